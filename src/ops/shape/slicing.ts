/** Views of a part of a dimension. */

import { ArgumentError, IndexError, ShapeError } from "../../core/errors.js";
import { type Layout, wrapDim } from "../../core/shape.js";
import { composite, view as defineView } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { embedded } from "./embedding.js";
import { foldWindows } from "./windows.js";

/** The layout of the slice of a dimension at one index, without that dimension. */
function selectLayout(input: Layout, dim: number, index: number): Layout {
  if (input.shape.length === 0) throw new IndexError("select: select() cannot be applied to a 0-dim tensor.");
  const d = wrapDim("select", dim, input.shape.length);
  const size = input.shape[d] as number;
  if (index < -size || index >= size) {
    throw new IndexError(
      `select: index ${index} is out of bounds: select(): index ${index} out of range for tensor of size [${input.shape.join(", ")}] at dimension ${dim}`,
    );
  }
  const at = index < 0 ? index + size : index;
  return {
    shape: input.shape.filter((_, i) => i !== d),
    strides: input.strides.filter((_, i) => i !== d),
    offset: input.offset + at * (input.strides[d] as number),
  };
}

/**
 * The slice of a dimension at one index, as a view without that dimension.
 * @throws {IndexError} if the index is out of range.
 */
export const select: Op<(input: Tensor, dim: number, index: number) => Tensor> = defineView("select(Tensor input, int dim, int index)", {
  layout: selectLayout,
  gradient: embedded(selectLayout),
});

/** The layout of every `step`-th of the elements `from` to `to` (not included) of dimension `d`. */
function partLayout(input: Layout, d: number, from: number, to: number, step: number): Layout {
  const shape = [...input.shape];
  const strides = [...input.strides];
  shape[d] = Math.ceil((to - from) / step);
  strides[d] = (strides[d] as number) * step;
  return { shape, strides, offset: input.offset + from * (input.strides[d] as number) };
}

function sliceLayout(input: Layout, dim: number, start: number | null, end: number | null, step: number): Layout {
  if (input.shape.length === 0) throw new IndexError("slice: slice() cannot be applied to a 0-dim tensor.");
  if (step <= 0) throw new ArgumentError(`slice: slice step must be positive, got ${step}`);
  const d = wrapDim("slice", dim, input.shape.length);
  const size = input.shape[d] as number;
  const clamp = (n: number): number => Math.min(Math.max(n < 0 ? n + size : n, 0), size);
  const from = clamp(start ?? 0);
  return partLayout(input, d, from, Math.max(clamp(end ?? size), from), step);
}

/** Elements `start`, `start + step`, … before `end` of a dimension, as a view. Negative positions count from the end. */
export const slice: Op<(input: Tensor, dim?: number, start?: number | null, end?: number | null, step?: number) => Tensor> = defineView(
  "slice(Tensor input, int dim=0, int? start=null, int? end=null, int step=1)",
  { layout: sliceLayout, gradient: embedded(sliceLayout) },
);

function narrowLayout(input: Layout, dim: number, start: number, length: number): Layout {
  if (input.shape.length === 0) throw new ShapeError("narrow: narrow() cannot be applied to a 0-dim tensor.");
  if (length < 0) throw new ShapeError(`narrow: narrow(): length must be non-negative, got ${length}.`);
  const d = wrapDim("narrow", dim, input.shape.length);
  const size = input.shape[d] as number;
  if (start < -size || start > size)
    throw new IndexError(`narrow: start out of range (expected to be in range of [${-size}, ${size}], but got ${start})`);
  const from = start < 0 ? start + size : start;
  if (from + length > size) throw new ShapeError(`narrow: start (${from}) + length (${length}) exceeds dimension size (${size}).`);
  return partLayout(input, d, from, from + length, 1);
}

const narrowView: Op<(input: Tensor, dim: number, start: number, length: number) => Tensor> = defineView(
  "narrow(Tensor input, int dim, int start, int length)",
  {
    layout: narrowLayout,
    gradient: embedded(narrowLayout),
    gradName: "SliceBackward0",
  },
);

/**
 * `length` elements of a dimension from `start` on, as a view; `start` may be a 0-d integer tensor.
 * @throws {ShapeError} if they reach beyond the dimension.
 * @example
 * ```ts
 * torch.arange(5).narrow(0, 1, 3).tolist(); // [1, 2, 3]
 * ```
 */
export const narrow: Op<(input: Tensor, dim: number, start: number | Tensor, length: number) => Tensor> = composite(
  "narrow(Tensor input, int dim, any start, int length)",
  (input, dim, start, length) => {
    if (start instanceof Tensor && (start.shape.length > 0 || start.dtype.kind !== "int")) {
      throw new ArgumentError(`narrow: start must be an 0-dim integral Tensor, got ${start.dtype} with ${start.shape.length} dimensions.`);
    }
    return narrowView(input, dim, start instanceof Tensor ? start.item() : (start as number), length);
  },
);

/** A copy of `length` elements of a dimension from `start` on. */
export const narrowCopy: Op<(input: Tensor, dim: number, start: number, length: number) => Tensor> = composite(
  "narrowCopy(Tensor input, int dim, int start, int length)",
  (input, dim, start, length) => narrowView(input, dim, start, length).clone(),
);

/**
 * All windows of `size` neighbours along a dimension, `step` apart, as a view with the windows' elements in a new last dimension.
 * @throws {ShapeError} if the dimension is smaller than a window.
 * @example
 * ```ts
 * torch.arange(5).unfold(0, 3, 1).tolist(); // [[0, 1, 2], [1, 2, 3], [2, 3, 4]]
 * ```
 */
export const unfold: Op<(input: Tensor, dimension: number, size: number, step: number) => Tensor> = defineView(
  "unfold(Tensor input, int dimension, int size, int step)",
  {
    layout: (input, dimension, size, step) => {
      const rank = input.shape.length;
      const d = wrapDim("unfold", dimension, rank);
      const length = rank === 0 ? 1 : (input.shape[d] as number);
      const stride = rank === 0 ? 1 : (input.strides[d] as number);
      if (size < 0) throw new ShapeError(`unfold: size is ${size} but must be >= 0`);
      if (size > length) throw new ShapeError(`unfold: maximum size for tensor at dimension ${d} is ${length} but size is ${size}`);
      if (step <= 0) throw new ShapeError(`unfold: step is ${step} but must be > 0`);
      if (rank === 0) return { shape: [size], strides: [1], offset: input.offset };
      const shape = [...input.shape, size];
      const strides = [...input.strides, stride];
      shape[d] = Math.floor((length - size) / step) + 1;
      strides[d] = step * stride;
      return { shape, strides, offset: input.offset };
    },
    gradient: (grad, input, dimension, size, step) => {
      if (input.shape.length === 0) return size === 0 ? grad.newZeros([]) : grad.reshape([]);
      return foldWindows(grad, input.shape, wrapDim("unfold", dimension, input.shape.length), size, step);
    },
  },
);
