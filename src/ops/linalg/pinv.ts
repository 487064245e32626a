/** The pseudoinverse and the rank, by singular values. */

import { type DType, float64, int64, toRealType } from "../../core/dtype.js";
import { DTypeError } from "../../core/errors.js";
import type { Scalar } from "../../tensor/create.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { batchOf, blank, checkMatrix, checkSquare, columnsOf, rowsOf } from "./checks.js";
import { eigh, eigvalsh } from "./eigen.js";
import { decomposed, svdvals } from "./svd.js";

/** A bound for all matrices, or one for each. */
export type Bound = number | Tensor | null;

/** What counts as 0 among singular values. */
export interface RankOptions {
  atol?: Bound;
  rtol?: Bound;
  hermitian?: boolean;
}

/** The distance from 1 to the next number of a dtype. */
export const epsilonOf = (dtype: DType): number => (toRealType(dtype) === float64 ? 2 ** -52 : 2 ** -23);

/** A bound in the dtype of singular values, with a dimension for them. */
function boundFor(op: string, bound: Tensor | Scalar, S: Tensor): Tensor {
  if (!(bound instanceof Tensor)) return blank(S, []).fill_(Number(bound));
  if (bound.dtype.isComplex)
    throw new DTypeError(`${op}: atol and rtol tensors of complex type are not supported, got ${bound.dtype.scalarName}`);
  return bound.detach().to(S.dtype).unsqueeze(-1);
}

/** Which singular values, descending or not, count: those above `atol` and above `rtol` times the largest. */
function counted(op: string, A: Tensor, S: Tensor, atol: Tensor | Scalar | null, rtol: Tensor | Scalar | null): Tensor {
  const isAbsolute = atol !== null && (atol instanceof Tensor || Number(atol) > 0);
  const relative = rtol ?? (isAbsolute ? 0 : epsilonOf(A.dtype) * Math.max(rowsOf(A), columnsOf(A)));
  const least = boundFor(op, atol ?? 0, S);
  if (S.count === 0) return S.gt(least);
  const largest = S.amax(-1, true);
  return S.gt(boundFor(op, relative, S).mul(largest).maximum(least));
}

/** The gradient of `A` through its pseudoinverse (Golub & Pereyra, 1973). */
export function inverseGradient(grad: Tensor, inverse: Tensor, A: Tensor): Tensor {
  const [adjoint, gradh] = [inverse.adjoint(), grad.adjoint()];
  if (rowsOf(A) <= columnsOf(A)) {
    const K = gradh.matmul(inverse);
    const side = K.matmul(adjoint);
    return side
      .sub(inverse.matmul(K).adjoint())
      .sub(A.matmul(inverse).matmul(side))
      .add(adjoint.matmul(inverse).matmul(gradh.sub(K.matmul(A))));
  }
  const K = inverse.matmul(gradh);
  const side = adjoint.matmul(K);
  return side
    .sub(K.matmul(inverse).adjoint())
    .add(gradh.sub(A.matmul(K)).matmul(inverse).matmul(adjoint))
    .sub(side.matmul(inverse).matmul(A));
}

const reciprocalWhere = (S: Tensor, mask: Tensor): Tensor => S.where(mask, 1).reciprocal().where(mask, 0);

/** The pseudoinverse of matrices that were checked. */
export const pseudoinverse: Op<(A: Tensor, atol: Bound, rtol: Bound, hermitian: boolean) => Tensor> = primitive(
  "linalg.pinv(Tensor A, Operand? atol, Operand? rtol, bool hermitian)",
  {
    forward: (A, atol, rtol, hermitian) => {
      if (A.count === 0) return blank(A, [...batchOf(A), columnsOf(A), rowsOf(A)]).fill_(0);
      if (hermitian) {
        const [L, V] = eigh(A);
        const inverse = reciprocalWhere(L, counted("linalg.pinv", A, L.abs(), atol, rtol));
        return V.mul(inverse.unsqueeze(-2)).matmul(V.adjoint());
      }
      const [U, S, Vh] = decomposed(A, false);
      const inverse = reciprocalWhere(S, counted("linalg.pinv", A, S, atol, rtol));
      return Vh.adjoint().mul(inverse.unsqueeze(-2)).matmul(U.adjoint());
    },
    gradient: { A: (grad, { A, out }) => inverseGradient(grad, out, A) },
    gradName: "LinalgPinvBackward0",
  },
);

/**
 * The Moore–Penrose pseudoinverse. Singular values up to `max(atol, rtol·σ₁)` count as 0; by default `rtol` is `max(m, n)·ε`. Hermitian
 * matrices, said to be so, are decomposed faster.
 *
 * Shapes: `A` `[…, m, n]`, result `[…, n, m]`.
 * @throws {ShapeError | DTypeError} if `A` holds no matrices of floats or complex numbers.
 * @example
 * ```ts
 * torch.linalg.pinv(torch.tensor([[2, 0], [0, 0]])); // tensor([[0.5000, 0.0000], [0.0000, 0.0000]])
 * ```
 */
export const pinv: Op<(A: Tensor, options?: RankOptions) => Tensor> = composite(
  "linalg.pinv(Tensor A, *, Operand? atol=null, Operand? rtol=null, bool hermitian=false)",
  (A, atol, rtol, hermitian) => {
    if (hermitian) checkSquare("linalg.pinv", A);
    else checkMatrix("linalg.pinv", A);
    return pseudoinverse(A, atol as Bound, rtol as Bound, hermitian);
  },
);

/**
 * The number of singular values above `max(atol, rtol·σ₁)`; by default `rtol` is `max(m, n)·ε`.
 *
 * Shapes: `A` `[…, m, n]`, result `[…]`, int64.
 * @throws {ShapeError | DTypeError} if `A` holds no matrices of floats or complex numbers.
 */
export const matrixRank: Op<(A: Tensor, options?: RankOptions) => Tensor> = composite(
  "linalg.matrixRank(Tensor A, *, Operand? atol=null, Operand? rtol=null, bool hermitian=false)",
  (A, atol, rtol, hermitian) => {
    if (hermitian) checkSquare("linalg.matrixRank", A);
    else checkMatrix("linalg.matrixRank", A);
    if (A.count === 0) return blank(A, batchOf(A), int64).fill_(0);
    const S = hermitian ? eigvalsh(A.detach()).abs() : svdvals(A.detach());
    return counted("linalg.matrixRank", A, S, atol, rtol).sum(-1);
  },
  { differentiable: false },
);
