/** Cell 44: the same numbers in every run. */

import * as torch from "flambeau";
import * as np from "numpy-ts";
import { type Section, section } from "./notebook.js";

/** Random numbers come from generators that begin at a seed. With the same seed a program does the same again. */
export const reproducibility: Section = section("Reproducibility", import.meta.url, ({ cell }) => {
  /**
   * Seeds flambeau's generators, on all devices, and NumPy's. The switches of cuDNN are there for programs that set them. The training above began
   * with these seeds, so its losses are the losses that PyTorch computes.
   */
  cell(44);
  function enforceReproducibility(seed = 42): void {
    torch.manualSeed(seed);
    torch.backends.cudnn.deterministic = true;
    torch.backends.cudnn.benchmark = false;
    np.random.seed(seed);
  }

  enforceReproducibility();
});
