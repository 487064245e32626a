/** Views by explicit strides. */

import { int64 } from "../../core/dtype.js";
import { ShapeError } from "../../core/errors.js";
import { formatShape, type Layout, numelOf } from "../../core/shape.js";
import { primitive, view } from "../../tensor/define/index.js";
import { emptyOn, tensorOver } from "../../tensor/create.js";
import { copyInto, denseCopy } from "../../tensor/copy.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/** Checks that every element of a layout lies within a storage of `length` elements. */
function checkBounds(op: string, layout: Layout, length: number, itemsize: number): void {
  const { shape, strides, offset } = layout;
  if (shape.length !== strides.length) throw new ShapeError(`${op}: mismatch in length of strides and shape: ${formatShape(strides)} and ${formatShape(shape)}`);
  if (strides.some((s) => s < 0)) throw new ShapeError(`${op}: Negative strides are not supported at the moment, got strides: ${formatShape(strides)}`);
  if (numelOf(shape) === 0) return;
  const last = shape.reduce((at, size, d) => at + (size - 1) * (strides[d] as number), offset);
  if (offset < 0 || last >= length) {
    throw new ShapeError(
      `${op}: setStorage: sizes ${formatShape(shape)}, strides ${formatShape(strides)}, storage offset ${offset}, and itemsize ${itemsize} requiring a storage size of ${(last + 1) * itemsize} are out of bounds for storage of size ${length * itemsize}`,
    );
  }
}

/**
 * A view with the given sizes, strides and offset into the storage.
 * @throws {ShapeError} if an element would lie outside of the storage.
 */
export const asStrided: Op<(input: Tensor, size: readonly number[], stride: readonly number[], storageOffset?: number | null) => Tensor> = view(
  "asStrided(Tensor input, int[] size, int[] stride, int? storageOffset=null)",
  {
    layout: (input, size, stride, storageOffset) => {
      const layout = { shape: size, strides: stride, offset: storageOffset ?? input.offset };
      const last = input.shape.reduce((at, n, d) => at + Math.max(n - 1, 0) * (input.strides[d] as number), input.offset);
      const length = "storage" in input ? (input as Tensor).storage.length : last + 1;
      checkBounds("asStrided", layout, length, input.dtype.itemsize);
      return layout;
    },
    gradient: (grad, input, size, stride, storageOffset) => asStridedBackward(grad, input, { shape: size, strides: stride, offset: storageOffset ?? input.offset }),
  },
);

/** Sums gradients of a strided view into the places that it read. */
function asStridedBackward(grad: Tensor, input: Layout, layout: Layout): Tensor {
  const span = (l: Layout): number => (numelOf(l.shape) === 0 ? 0 : l.shape.reduce((at, n, d) => at + (n - 1) * (l.strides[d] as number), 1));
  const start = Math.min(input.offset, layout.offset);
  const length = Math.max(input.offset + span(input), layout.offset + span(layout)) - start;
  const places = placesOf({ ...layout, offset: layout.offset - start }, grad);
  const flat = grad.newZeros([Math.max(length, 0)]).indexAdd(0, places, grad.reshape(-1));
  return flat.asStrided(input.shape, input.strides, input.offset - start);
}

/** The place in the storage of every element of a layout, in row-major order (int64). */
function placesOf(layout: Layout, like: Tensor): Tensor {
  const backend = like.storage.backend;
  const { shape, strides } = layout;
  const places = emptyOn(backend, shape, int64);
  const all = emptyOn(backend, [Math.max(1, shape.reduce((at, n, d) => at + Math.max(n - 1, 0) * (strides[d] as number), layout.offset) + 1)], int64);
  backend.kernels.sequence(all, 0n, 1n);
  copyInto(places, tensorOver(all.storage, shape, strides, layout.offset, int64));
  return tensorOver(places.storage, [places.count], [1], 0, int64);
}

/** A copy of `input` in which the elements of a strided view are those of `src`. */
export const asStridedScatter: Op<
  (input: Tensor, src: Tensor, size: readonly number[], stride: readonly number[], storageOffset?: number | null) => Tensor
> = primitive("asStridedScatter(Tensor input, Tensor src, int[] size, int[] stride, int? storageOffset=null)", {
  forward: (input, src, size, stride, storageOffset) => {
    const out = denseCopy(input);
    const layout = { shape: size, strides: stride, offset: storageOffset ?? 0 };
    checkBounds("asStridedScatter", layout, out.count, out.dtype.itemsize);
    copyInto(tensorOver(out.storage, layout.shape, layout.strides, layout.offset, out.dtype), src);
    return out;
  },
  gradient: {
    input: (grad, { src, size, stride, storageOffset }) => {
      const zeros = src.detach().mul(0);
      return grad.asStridedScatter(zeros, size, stride, storageOffset);
    },
    src: (grad, { size, stride, storageOffset }) => grad.contiguous().asStrided(size, stride, storageOffset),
  },
});

