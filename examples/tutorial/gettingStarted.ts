/** Cells 1 to 4: the imports. */

import * as torch from "flambeau";
import * as np from "numpy-ts";
import { type Section, section } from "./notebook.js";

/** Whose notebook it is. */
interface Origin {
  readonly author: string;
  readonly version: string;
}

/**
 * flambeau is PyTorch for TypeScript. Tensors, automatic differentiation, modules, optimisers and data loaders work as they do in Python, under the
 * same names: what is `zero_grad` there is `zeroGrad` here.
 */
export const gettingStarted: Section<Origin> = section("Getting started", import.meta.url, ({ cell, print }) => {
  /** The notebook begins by saying who wrote it. What never changes is a `const`, the rest is `let`. */
  cell(1);
  const author = "Ignacio Cases";
  const version = "CS224U, Stanford, Spring 2019";

  /** Everything lives in one namespace. It is called `torch`, so that code reads as it does in Python. */
  cell(2, { imports: ["flambeau"] });

  /** Which version is this, and has it found a GPU? Here, `print` is Python's: it writes values with spaces between. */
  cell(3);
  print(`flambeau version ${torch.__version__}`);
  print(`GPU-enabled? ${torch.cuda.isAvailable()}`);

  /** NumPy's part is played by `numpy-ts`: the same functions, and with the same seed the same random numbers. */
  cell(4, { imports: ["numpy-ts"] });

  /** With the seed set, every run prints the same numbers, and they are those that PyTorch prints after `torch.manual_seed(42)`. */
  cell(null);
  torch.manualSeed(42);
  np.random.seed(42);

  return { author, version };
});
