/** Products of vectors along a dimension, as `torch.linalg` has them. */

import { DTypeError } from "../../core/errors.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/**
 * The cross product of vectors of length 3 along `dim`. Other dimensions broadcast.
 * @throws {ShapeError} if the dimension has not size 3 in both.
 */
export const cross: Op<(input: Tensor, other: Tensor, ...args: Args<[dim: number], { dim?: number }>) => Tensor> = composite(
  "cross(Tensor input, Tensor other, int dim=-1)",
  (input, other, dim) => input.cross(other, dim),
);

/**
 * The dot products of vectors along `dim`, those of `x` conjugated: `Σ conj(xᵢ) · yᵢ`. Other dimensions broadcast.
 * @throws {DTypeError} for integers, or where dtypes differ.
 */
export const vecdot: Op<(x: Tensor, y: Tensor, ...args: Args<[dim: number], { dim?: number }>) => Tensor> = composite(
  "vecdot(Tensor x, Tensor y, int dim=-1)",
  (x, y, dim) => {
    if (!x.dtype.isFloatingPoint && !x.dtype.isComplex)
      throw new DTypeError(`vecdot: Expected a floating point or complex tensor as input. Got ${x.dtype.scalarName}`);
    if (x.dtype !== y.dtype)
      throw new DTypeError(
        `vecdot: Expected x and y to have the same dtype, but found x of type ${x.dtype.scalarName} and y of type ${y.dtype.scalarName} instead`,
      );
    return x.conj().mul(y).sum(dim);
  },
);
