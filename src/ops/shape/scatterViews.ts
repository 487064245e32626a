/** Copies in which the elements of a view have been replaced: views written without writing in place. */

import { ShapeError } from "../../core/errors.js";
import { formatShape, type Layout, sameShape } from "../../core/shape.js";
import { copyInto, denseCopy } from "../../tensor/copy.js";
import { primitive } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/** A copy of `input` with `src` in the place of a view of the copy. */
function replaced(op: string, input: Tensor, src: Tensor, viewOf: (whole: Tensor) => Tensor): Tensor {
  const out = denseCopy(input);
  const part = viewOf(out);
  if (!sameShape(part.shape, src.shape)) {
    throw new ShapeError(
      `${op}: expected src to have a size equal to the slice of self. src size = ${formatShape(src.shape)}, slice size = ${formatShape(part.shape)}`,
    );
  }
  copyInto(part, src);
  return out;
}

/** Zeros in the shape of a tensor of which only that is known. */
const zerosFor = (grad: Tensor, like: Layout): Tensor => grad.newZeros([]).expand(like.shape);

/**
 * A copy of `input` in which the slice at `index` of a dimension is `src`.
 * @throws {ShapeError} if `src` has not the shape of the slice.
 */
export const selectScatter: Op<(input: Tensor, src: Tensor, dim: number, index: number) => Tensor> = primitive(
  "selectScatter(Tensor input, Tensor src, int dim, int index)",
  {
    forward: (input, src, dim, index) => replaced("selectScatter", input, src, (whole) => whole.select(dim, index)),
    gradient: {
      input: (grad, { given: { src, dim, index } }) => grad.selectScatter(zerosFor(grad, src), dim, index),
      src: (grad, { dim, index }) => grad.select(dim, index),
    },
  },
);

/**
 * A copy of `input` in which elements `start`, `start + step`, … before `end` of a dimension are those of `src`.
 * @throws {ShapeError} if `src` has not the shape of that slice.
 */
export const sliceScatter: Op<
  (input: Tensor, src: Tensor, dim?: number, start?: number | null, end?: number | null, step?: number) => Tensor
> = primitive("sliceScatter(Tensor input, Tensor src, int dim=0, int? start=null, int? end=null, int step=1)", {
  forward: (input, src, dim, start, end, step) => replaced("sliceScatter", input, src, (whole) => whole.slice(dim, start, end, step)),
  gradient: {
    input: (grad, { given: { src, dim, start, end, step } }) => grad.sliceScatter(zerosFor(grad, src), dim, start, end, step),
    src: (grad, { dim, start, end, step }) => grad.slice(dim, start, end, step),
  },
});

/**
 * A copy of `input` in which a diagonal is `src`.
 * @throws {ShapeError} if `src` has not the shape of the diagonal.
 */
export const diagonalScatter: Op<(input: Tensor, src: Tensor, offset?: number, dim1?: number, dim2?: number) => Tensor> = primitive(
  "diagonalScatter(Tensor input, Tensor src, int offset=0, int dim1=0, int dim2=1)",
  {
    forward: (input, src, offset, dim1, dim2) => replaced("diagonalScatter", input, src, (whole) => whole.diagonal(offset, dim1, dim2)),
    gradient: {
      input: (grad, { given: { src, offset, dim1, dim2 } }) => grad.diagonalScatter(zerosFor(grad, src), offset, dim1, dim2),
      src: (grad, { offset, dim1, dim2 }) => grad.diagonal(offset, dim1, dim2),
    },
  },
);
