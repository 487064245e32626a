/** Views that regroup, reorder, add or drop dimensions. */

import { DType } from "../../core/dtype.js";
import { ShapeError } from "../../core/errors.js";
import { formatShape, inferShape, numelOf, viewStrides, wrapDim, wrapDims } from "../../core/shape.js";
import { composite, view as defineView, sumToShape } from "../../tensor/define/index.js";
import type { InPlaceOp, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reinterpreted } from "./reinterpreting.js";

/** Sizes, spread or in an array: `view(2, 3)` or `view([2, 3])`. */
export type Sizes = number[] | [readonly number[]];

/** Sizes, or an options object with them under the name `N`. */
export type SizesNamed<N extends string> = Sizes | [options: { readonly [name in N]: number | readonly number[] }];

const viewShape: Op<(input: Tensor, size: readonly number[]) => Tensor> = defineView("view(Tensor input, int[] size)", {
  layout: (input, size) => {
    const shape = inferShape("view", size, numelOf(input.shape));
    const strides = viewStrides(input.shape, input.strides, shape);
    if (strides === null) {
      throw new ShapeError(
        `view: view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead. Size ${formatShape(shape)}, input ${formatShape(input.shape)} with strides ${formatShape(input.strides)}`,
      );
    }
    return { shape, strides, offset: input.offset };
  },
  gradient: (grad, input) => grad.reshape(input.shape),
});

const viewDType: Op<(input: Tensor, dtype: DType) => Tensor> = defineView("view(Tensor input, dtype dtype)", { layout: reinterpreted });

/**
 * The same memory in another shape, or with its bytes read as another dtype, without copying. One size may be -1.
 * With a dtype whose elements are larger or smaller, the last dimension shrinks or grows.
 * @throws {ShapeError} if the number of elements differs, or the memory layout needs a copy (use `reshape`).
 * @example
 * ```ts
 * torch.arange(6).view(2, -1).shape; // [2, 3]
 * torch.tensor([1]).view(torch.int32).item(); // 1065353216
 * ```
 */
export const view: Op<(input: Tensor, ...size: SizesNamed<"size"> | [dtype: DType]) => Tensor> = composite(
  "view(Tensor input, ...any size)",
  (input, size) => {
    const first = Array.isArray(size) ? (size[0] as unknown) : undefined;
    if (first instanceof DType)
      return first === input.dtype ? viewShape.record.run([input, input.shape]) : viewDType.record.run([input, first]);
    return viewShape.record.run([input, size]);
  },
);

/** The same elements in another shape: a view where possible, else a copy. One size may be -1. */
export const reshape: Op<(input: Tensor, ...shape: SizesNamed<"shape">) => Tensor> = composite(
  "reshape(Tensor input, ...int[] shape)",
  (input, shape) => {
    const target = inferShape("reshape", shape, input.count);
    if (viewStrides(input.shape, input.strides, target) !== null) return input.view(target);
    return input.clone().view(target);
  },
);

/**
 * A view in which dimensions of size 1 are repeated without copying; -1 keeps a size.
 * @throws {ShapeError} if a dimension that is not 1 would change.
 */
export const expand: Op<(input: Tensor, ...size: SizesNamed<"size">) => Tensor> = defineView("expand(Tensor input, ...int[] size)", {
  layout: (input, size) => {
    const lead = size.length - input.shape.length;
    if (lead < 0) {
      throw new ShapeError(
        `expand: the number of sizes provided (${size.length}) must be greater or equal to the number of dimensions in the tensor (${input.shape.length})`,
      );
    }
    const strides: number[] = [];
    const shape = size.map((n, d) => {
      const old = d < lead ? 1 : (input.shape[d - lead] as number);
      const target = n === -1 && d >= lead ? old : n;
      if (target < 0)
        throw new ShapeError(`expand: The expanded size of the tensor (${n}) isn't allowed in a leading, non-existing dimension ${d}`);
      if (old !== target && old !== 1) {
        throw new ShapeError(
          `expand: The expanded size of the tensor (${target}) must match the existing size (${old}) at non-singleton dimension ${d}. Target sizes: ${formatShape(size)}. Tensor sizes: ${formatShape(input.shape)}`,
        );
      }
      strides.push(d < lead || (old === 1 && target !== 1) ? 0 : (input.strides[d - lead] as number));
      return target;
    });
    return { shape, strides, offset: input.offset };
  },
  gradient: (grad, input) => sumToShape(grad, input.shape),
});

/** A view with the dimensions in another order. */
export const permute: Op<(input: Tensor, ...dims: SizesNamed<"dims">) => Tensor> = defineView("permute(Tensor input, ...int[] dims)", {
  layout: (input, dims) => {
    if (dims.length !== input.shape.length) {
      throw new ShapeError(
        `permute: number of dimensions in the tensor input does not match the length of the desired ordering of dimensions i.e. input.dim() = ${input.shape.length} is not equal to len(dims) = ${dims.length}`,
      );
    }
    const order = wrapDims("permute", dims, input.shape.length);
    return {
      shape: order.map((d) => input.shape[d] as number),
      strides: order.map((d) => input.strides[d] as number),
      offset: input.offset,
    };
  },
  gradient: (grad, input, dims) => {
    const inverse: number[] = [];
    dims.forEach((d, i) => {
      inverse[wrapDim("permute", d, input.shape.length)] = i;
    });
    return grad.permute(inverse);
  },
});

function swapped<T>(list: readonly T[], a: number, b: number): T[] {
  const copy = [...list];
  [copy[a], copy[b]] = [copy[b] as T, copy[a] as T];
  return copy;
}

/** A view with two dimensions exchanged. */
export const transpose: InPlaceOp<(input: Tensor, dim0: number, dim1: number) => Tensor> = defineView(
  "transpose(Tensor input, int dim0, int dim1)",
  {
    layout: (input, dim0, dim1) => {
      const rank = input.shape.length;
      const [a, b] = [wrapDim("transpose", dim0, rank), wrapDim("transpose", dim1, rank)];
      if (rank === 0) return input;
      return { shape: swapped(input.shape, a, b), strides: swapped(input.strides, a, b), offset: input.offset };
    },
    gradient: (grad, _input, dim0, dim1) => grad.transpose(dim0, dim1),
    inPlace: true,
  },
);

/**
 * The transpose of a matrix, as a view; a vector or a 0-d tensor is returned as it is.
 * @throws {ShapeError} for more than two dimensions.
 */
export const t: InPlaceOp<(input: Tensor) => Tensor> = defineView("t(Tensor input)", {
  layout: (input) => {
    if (input.shape.length > 2) throw new ShapeError(`t: t() expects a tensor with <= 2 dimensions, but self is ${input.shape.length}D`);
    return { shape: [...input.shape].reverse(), strides: [...input.strides].reverse(), offset: input.offset };
  },
  gradient: (grad) => grad.t(),
  gradName: "TBackward0",
  inPlace: true,
});

/** A view with a dimension of size 1 inserted before `dim`. */
export const unsqueeze: InPlaceOp<(input: Tensor, dim: number) => Tensor> = defineView("unsqueeze(Tensor input, int dim)", {
  layout: (input, dim) => {
    const at = wrapDim("unsqueeze", dim, input.shape.length + 1);
    const step = at < input.shape.length ? (input.shape[at] as number) * (input.strides[at] as number) : 1;
    const insert = (list: readonly number[], n: number): number[] => [...list.slice(0, at), n, ...list.slice(at)];
    return { shape: insert(input.shape, 1), strides: insert(input.strides, step), offset: input.offset };
  },
  gradient: (grad, input, dim) => grad.squeeze(wrapDim("unsqueeze", dim, input.shape.length + 1)),
  inPlace: true,
});

/** A view without the dimensions of size 1, or without those named that have size 1. */
export const squeeze: InPlaceOp<(input: Tensor, dim?: number | readonly number[] | null) => Tensor> = defineView(
  "squeeze(Tensor input, int[]? dim=null)",
  {
    layout: (input, dim) => {
      const drop = new Set(wrapDims("squeeze", dim, input.shape.length));
      const keep = input.shape.map((_, d) => d).filter((d) => !(drop.has(d) && input.shape[d] === 1));
      return {
        shape: keep.map((d) => input.shape[d] as number),
        strides: keep.map((d) => input.strides[d] as number),
        offset: input.offset,
      };
    },
    gradient: (grad, input) => grad.reshape(input.shape),
    inPlace: true,
  },
);

/** The dimensions `startDim` to `endDim` joined into one: a view where possible, else a copy. */
export const flatten: Op<(input: Tensor, startDim?: number, endDim?: number) => Tensor> = composite(
  "flatten(Tensor input, int startDim=0, int endDim=-1)",
  (input, startDim, endDim) => {
    const rank = input.shape.length;
    const from = wrapDim("flatten", startDim, rank);
    const to = wrapDim("flatten", endDim, rank);
    if (from > to)
      throw new ShapeError(`flatten: flatten() has invalid args: start_dim cannot come after end_dim, got ${startDim} and ${endDim}`);
    if (rank === 0) return input.reshape(1);
    if (from === to) return input;
    const joined = numelOf(input.shape.slice(from, to + 1));
    return input.reshape([...input.shape.slice(0, from), joined, ...input.shape.slice(to + 1)]);
  },
);
