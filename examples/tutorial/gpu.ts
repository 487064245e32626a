/** Cells 23 to 28: devices. */

import * as torch from "flambeau";
import { type Section, section } from "./notebook.js";

/**
 * A tensor lives on a device: the CPU, or one of the graphics processors, which compute large tensors much faster. Cells that need a GPU are wrapped
 * in `onGpu`, which on a machine without one notes why they did not run, where the notebook would stop.
 */
export const gpu: Section = section("GPU computation", import.meta.url, ({ cell, print, show, onGpu }) => {
  /** The types of `torch.cuda` make tensors on the GPU. This one is then set to zero, there. */
  cell(23);
  onGpu(() => {
    const tGpu = torch.cuda.FloatTensor(3, 3);
    show(tGpu.zero_());
  });

  /** More often one names the device: the first GPU is `"cuda:0"`. This draws nine random numbers on it. */
  cell(24);
  onGpu(() => {
    const tGpu = torch.randn(3, 3, { device: "cuda:0" });
    show(tGpu);
  });

  /** Without a device, a tensor is on the CPU, and its text does not mention it. */
  cell(25);
  const t = torch.randn(3, 3);
  show(t);

  /** `to` copies a tensor to a device. A tensor that is already there is returned as it is. */
  cell(26);
  onGpu(() => {
    const tGpu = t.to("cuda:0");
    print(tGpu);
    print(tGpu.device);
  });

  /** Choosing the device once, at the beginning, makes a program that runs with a GPU and without. */
  cell(27);
  const device = torch.cuda.isAvailable() ? torch.device("cuda:0") : torch.device("cpu");
  print(device);

  /** From here on, everything is moved to `device`. That works everywhere. */
  cell(28);
  show(t.to(device));
});
