/** What is known of a tensor without looking at its elements, as properties. */

import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

const silent = { differentiable: false } as const;

/** Bytes of one element. */
export const itemsize: Op<(input: Tensor) => number> = composite("itemsize(Tensor input)", (input) => input.dtype.itemsize, silent);

/** Bytes of all elements, each counted as often as the shape shows it. */
export const nbytes: Op<(input: Tensor) => number> = composite(
  "nbytes(Tensor input)",
  (input) => input.count * input.dtype.itemsize,
  silent,
);

/** Whether the tensor is on the CPU. */
export const isCpu: Op<(input: Tensor) => boolean> = composite("isCpu(Tensor input)", (input) => input.device.type === "cpu", silent);

/** Whether the tensor is on a CUDA device. */
export const isCuda: Op<(input: Tensor) => boolean> = composite("isCuda(Tensor input)", (input) => input.device.type === "cuda", silent);

/** Whether the tensor has a shape and a dtype but no elements. */
export const isMeta: Op<(input: Tensor) => boolean> = composite("isMeta(Tensor input)", (input) => input.device.type === "meta", silent);
