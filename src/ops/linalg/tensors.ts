/** Equations between tensors of more dimensions, taken as matrices. */

import { ArgumentError, ShapeError } from "../../core/errors.js";
import { numelOf, wrapDims } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { inv, solve } from "./solve.js";

/**
 * The inverse of a tensor as a linear map from its last dimensions to its first `ind` ones: with `tensordot` over `ind` dimensions it gives the identity.
 *
 * Shapes: `A` `[a…, b…]` with as many elements in `a`, its first `ind` sizes, as in `b`; result `[b…, a…]`.
 * @throws {ShapeError} if the numbers of elements differ.
 * @throws {TorchError} if the map has no inverse.
 */
export const tensorinv: Op<(A: Tensor, ...args: Args<[ind: number], { ind?: number }>) => Tensor> = composite(
  "linalg.tensorinv(Tensor A, int ind=2)",
  (A, ind) => {
    if (ind <= 0) throw new ArgumentError(`linalg.tensorinv: Expected a strictly positive integer for 'ind', but got ${ind}`);
    const [first, last] = [A.shape.slice(0, ind), A.shape.slice(ind)];
    if (numelOf(first) !== numelOf(last))
      throw new ShapeError(
        `linalg.tensorinv: Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got ${numelOf(last)} != ${numelOf(first)}`,
      );
    return inv(A.reshape([numelOf(first), numelOf(last)])).reshape([...last, ...first]);
  },
);

/**
 * The solution of `tensordot(A, X, X.ndim) = B`. The dimensions `dims` of `A` are moved to its end first.
 *
 * Shapes: `A` `[b…, x…]` with as many elements in `b`, the shape of `B`, as in `x`; result `[x…]`.
 * @throws {ShapeError} if the numbers of elements differ.
 * @throws {TorchError} if `A` as a matrix is singular.
 */
export const tensorsolve: Op<
  (A: Tensor, B: Tensor, ...args: Args<[dims: readonly number[] | null], { dims?: readonly number[] | null }>) => Tensor
> = composite("linalg.tensorsolve(Tensor A, Tensor B, int[]? dims=null)", (A, B, dims) => {
  const rank = A.shape.length;
  const moved = dims === null ? [] : wrapDims("linalg.tensorsolve", dims, rank);
  const a =
    moved.length === 0
      ? A
      : A.movedim(
          moved,
          moved.map((_, i) => rank - moved.length + i),
        );
  const [first, last] = [a.shape.slice(0, B.shape.length), a.shape.slice(B.shape.length)];
  if (numelOf(first) !== numelOf(last))
    throw new ShapeError(
      `linalg.tensorsolve: Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), but got ${numelOf(last)} != ${numelOf(first)}`,
    );
  return solve(a.reshape([B.count, numelOf(last)]), B.reshape([B.count])).reshape(last);
});
