/** What is known of a tensor from its dtype, device and layout, as methods. */

import { ShapeError } from "../../core/errors.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

const silent = { differentiable: false } as const;

/** Whether the dtype is complex. */
export const isComplex: Op<(input: Tensor) => boolean> = composite("isComplex(Tensor input)", (input) => input.dtype.isComplex, silent);

/** Whether the dtype is a real floating-point type. */
export const isFloatingPoint: Op<(input: Tensor) => boolean> = composite(
  "isFloatingPoint(Tensor input)",
  (input) => input.dtype.isFloatingPoint,
  silent,
);

/** Whether the dtype has negative numbers. */
export const isSigned: Op<(input: Tensor) => boolean> = composite("isSigned(Tensor input)", (input) => input.dtype.isSigned, silent);

/**
 * Whether the tensor may not be recorded, since it was made in inference mode: never so here, where inference mode only skips the
 * recording and its tensors are ordinary ones.
 */
export const isInference: Op<(input: Tensor) => boolean> = composite("isInference(Tensor input)", () => false, silent);

/**
 * Whether the one element of a tensor is not zero. Reads the value.
 * @throws {ShapeError} unless the tensor has one element.
 * @example
 * ```ts
 * torch.isNonzero(torch.tensor([0])); // false
 * ```
 */
export const isNonzero: Op<(input: Tensor) => boolean> = composite(
  "isNonzero(Tensor input)",
  (input) => {
    if (input.count !== 1)
      throw new ShapeError(
        `isNonzero: Boolean value of Tensor with ${input.count === 0 ? "no values" : "more than one value"} is ambiguous`,
      );
    return Boolean(input.ne(0).item());
  },
  silent,
);

/** The number of the device among those of its type; -1 for the CPU and `meta`. */
export const getDevice: Op<(input: Tensor) => number> = composite(
  "getDevice(Tensor input)",
  ({ device: { type, index } }) => (type === "cpu" || type === "meta" ? -1 : (index ?? 0)),
  silent,
);

/** The number of dimensions. */
export const ndimension: Op<(input: Tensor) => number> = composite("ndimension(Tensor input)", (input) => input.shape.length, silent);

/** The number of dimensions in which every element is stored: all, as no tensor is sparse. */
export const denseDim: Op<(input: Tensor) => number> = composite("denseDim(Tensor input)", (input) => input.shape.length, silent);

/** The number of elements. */
export const nelement: Op<(input: Tensor) => number> = composite("nelement(Tensor input)", (input) => input.count, silent);

/**
 * The dimensions from that of the largest stride to that of the smallest: how the tensor lies in memory.
 * @example
 * ```ts
 * torch.empty(2, 3).t().dimOrder(); // [1, 0]
 * ```
 */
export const dimOrder: Op<(input: Tensor) => readonly number[]> = composite(
  "dimOrder(Tensor input)",
  ({ shape, strides }) => shape.map((_, d) => d).sort((a, b) => (strides[b] as number) - (strides[a] as number) || a - b),
  silent,
);

/** Whether the memory is page-locked, for transfers to a GPU: that of no tensor is. */
export const isPinned: Op<(input: Tensor) => boolean> = composite("isPinned(Tensor input)", () => false, silent);

/** Whether other processes or workers see the memory: that of tensors is never shared so. */
export const isShared: Op<(input: Tensor) => boolean> = composite("isShared(Tensor input)", () => false, silent);
