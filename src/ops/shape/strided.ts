/** Views by explicit strides. */

import { int64 } from "../../core/dtype.js";
import { ShapeError } from "../../core/errors.js";
import { contiguousStrides, formatShape, type Layout, numelOf, type Shape, sameShape } from "../../core/shape.js";
import { copyInto, denseCopy } from "../../tensor/copy.js";
import { emptyOn, tensorOver } from "../../tensor/create.js";
import { primitive, view } from "../../tensor/define/index.js";
import type { InPlaceOp, Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { embed, overlaps, stridedPart } from "./embedding.js";

/** The number of places from the first element of a layout to the last. */
const spanOf = ({ shape, strides }: Layout): number =>
  numelOf(shape) === 0 ? 0 : shape.reduce((at, n, d) => at + (n - 1) * (strides[d] as number), 1);

/** Checks that every element of a layout lies within a storage of `length` elements. */
function checkBounds(op: string, layout: Layout, length: number, itemsize: number): void {
  const { shape, strides, offset } = layout;
  if (shape.length !== strides.length)
    throw new ShapeError(`${op}: mismatch in length of strides and shape: ${formatShape(strides)} and ${formatShape(shape)}`);
  if (strides.some((s) => s < 0))
    throw new ShapeError(`${op}: as_strided: Negative strides are not supported at the moment, got strides: ${formatShape(strides)}`);
  if (shape.some((n) => n < 0))
    throw new ShapeError(`${op}: Storage size calculation overflowed with sizes=${formatShape(shape)} and strides=${formatShape(strides)}`);
  if (offset < 0) throw new ShapeError(`${op}: Tensor: invalid storage offset ${offset}`);
  const end = offset + spanOf(layout);
  if (numelOf(shape) > 0 && end > length) {
    throw new ShapeError(
      `${op}: setStorage: sizes ${formatShape(shape)}, strides ${formatShape(strides)}, storage offset ${offset}, and itemsize ${itemsize} requiring a storage size of ${end * itemsize} are out of bounds for storage of size ${length * itemsize}`,
    );
  }
}

/**
 * A view with the given sizes, strides and offset into the storage, all in elements.
 * @throws {ShapeError} if an element would lie outside of the storage.
 * @example
 * ```ts
 * torch.arange(6).asStrided([2, 2], [1, 2], 1).tolist(); // [[1, 3], [2, 4]]
 * ```
 */
export const asStrided: InPlaceOp<
  (input: Tensor, size: Shape, stride: readonly number[], storageOffset?: number | null | { storageOffset?: number | null }) => Tensor
> = view("asStrided(Tensor input, int[] size, int[] stride, int? storageOffset=null)", {
  layout: (input, size, stride, storageOffset) => {
    const layout = { shape: size, strides: stride, offset: storageOffset ?? input.offset };
    const length = input instanceof Tensor ? input.storage.length : input.offset + spanOf(input);
    checkBounds("asStrided", layout, length, input.dtype.itemsize);
    return layout;
  },
  gradient: (grad, input, size, stride, storageOffset) =>
    stridedBackward(grad, input, { shape: size, strides: stride, offset: storageOffset ?? input.offset }),
  inPlace: true,
});

/**
 * The gradient of reading memory by a layout, for the tensor that lies in it by another one: the gradients are summed into the
 * memory, and read from there. Where several elements of the input share a place, each gets an equal part.
 */
function stridedBackward(grad: Tensor, input: Layout, layout: Layout): Tensor {
  const inputOverlaps = overlaps(input);
  const start = Math.min(input.offset, layout.offset);
  const length = Math.max(input.offset + spanOf(input), layout.offset + spanOf(layout)) - start;
  const read = { ...layout, offset: layout.offset - start };
  const from = { ...input, offset: input.offset - start };
  const memory = overlaps(layout) ? summedInto(grad, length, read) : embed(grad, [length], read);
  if (!inputOverlaps) {
    const covers = from.offset === 0 && length === numelOf(input.shape) && sameShape(input.strides, contiguousStrides(input.shape));
    return covers ? memory.view(input.shape) : stridedPart(memory, from);
  }
  const shares = summedInto(grad.newOnes([]).expand(input.shape), length, from);
  return stridedPart(memory.div(shares), from);
}

/** Sums the elements of a tensor into the places of a layout. */
function summedInto(values: Tensor, length: number, layout: Layout): Tensor {
  return values.newZeros([length]).indexAdd(0, placesOf(layout, values), values.reshape(-1));
}

/** The place of every element of a layout, in row-major order (int64). */
function placesOf(layout: Layout, like: Tensor): Tensor {
  const { backend } = like.storage;
  const all = emptyOn(backend, [layout.offset + spanOf(layout)], int64);
  backend.kernels.sequence(all, 0n, 1n);
  const places = emptyOn(backend, layout.shape, int64);
  copyInto(places, tensorOver(all.storage, layout.shape, layout.strides, layout.offset, int64));
  return tensorOver(places.storage, [places.count], [1], 0, int64);
}

/** A copy in memory of its own that is as large as that of `input`, with the elements at the same places. */
function copyOfMemory(input: Tensor): Tensor {
  const { storage, shape, strides, offset, dtype } = input;
  if (input.dense && offset === 0 && storage.length === input.count) return denseCopy(input);
  const memory = denseCopy(tensorOver(storage, [storage.length], [1], 0, dtype));
  return tensorOver(memory.storage, shape, strides, offset, dtype);
}

/**
 * A copy of `input`, strides and offset included, in which the elements of a strided view are those of `src`.
 * @throws {ShapeError} if an element would lie outside of the storage, or `src` has not the shape of the view.
 */
export const asStridedScatter: Op<
  (
    input: Tensor,
    src: Tensor,
    size: Shape,
    stride: readonly number[],
    storageOffset?: number | null | { storageOffset?: number | null },
  ) => Tensor
> = primitive("asStridedScatter(Tensor input, Tensor src, int[] size, int[] stride, int? storageOffset=null)", {
  forward: (input, src, size, stride, storageOffset) => {
    const out = copyOfMemory(input);
    const layout = { shape: size, strides: stride, offset: storageOffset ?? input.offset };
    checkBounds("asStridedScatter", layout, out.storage.length, out.dtype.itemsize);
    if (!sameShape(size, src.shape)) {
      throw new ShapeError(
        `asStridedScatter: expected src to have a size equal to the slice of self. src size = ${formatShape(src.shape)}, slice size = ${formatShape(size)}`,
      );
    }
    copyInto(tensorOver(out.storage, size, stride, layout.offset, out.dtype), src);
    return out;
  },
  gradient: {
    input: (grad, { given: { input, size, stride, storageOffset } }) => {
      const whole = grad.contiguous();
      const zeros = grad.newZeros([]).expand(size);
      return whole.asStridedScatter(zeros, size, stride, (storageOffset ?? input.offset) - input.offset + whole.offset);
    },
    src: (grad, { given: { input, size, stride, storageOffset } }) =>
      stridedPart(grad, { shape: size, strides: stride, offset: (storageOffset ?? input.offset) - input.offset }),
  },
});
