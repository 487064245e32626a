/** Randomised decompositions of matrices of low rank (Halko, Martinsson & Tropp, 2009). */

import { ArgumentError } from "../../core/errors.js";
import { composite, namedTuple } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { randn } from "../random/sampled.js";
import { checkMatrix, columnsOf, rowsOf } from "./checks.js";
import { qr } from "./qr.js";
import { svd } from "./svd.js";

/** The results: `[U, S, V]`. */
export type LowrankResult = readonly [U: Tensor, S: Tensor, V: Tensor] & { readonly U: Tensor; readonly S: Tensor; readonly V: Tensor };

/** `A·X`, or `(A - M)·X`. */
const apply = (A: Tensor, M: Tensor | null, X: Tensor): Tensor => (M === null ? A.matmul(X) : A.matmul(X).sub(M.matmul(X)));

/** Orthonormal columns that span nearly what `A - M` maps to: algorithm 4.4. */
function basisOf(A: Tensor, M: Tensor | null, q: number, niter: number): Tensor {
  const R = randn([columnsOf(A), q], { dtype: A.dtype, device: A.device });
  const [adjoint, adjointM] = [A.adjoint(), M?.adjoint() ?? null];
  let Q = qr(apply(A, M, R))[0];
  for (let i = 0; i < niter; i++) {
    Q = qr(apply(adjoint, adjointM, Q))[0];
    Q = qr(apply(A, M, Q))[0];
  }
  return Q;
}

/** Algorithm 5.1. */
function decompose(A: Tensor, q: number, niter: number, M: Tensor | null): LowrankResult {
  const isWide = rowsOf(A) < columnsOf(A);
  const mean = M?.broadcastTo(A.shape) ?? null;
  const [a, m] = isWide ? [A.adjoint(), mean?.adjoint() ?? null] : [A, mean];
  const Q = basisOf(a, m, q, niter);
  const B = Q.adjoint().matmul(a);
  const [small, S, Vh] = svd(m === null ? B : B.sub(Q.adjoint().matmul(m)), false);
  const [U, V] = [Q.matmul(small), Vh.adjoint()];
  return namedTuple(["U", "S", "V"], isWide ? [V, S, U] : [U, S, V]) as LowrankResult;
}

/**
 * Nearly the `q` largest singular values of `A` (of `A - M`) and their vectors: `A ≈ U·diag(S)·Vᴴ`, from `q` random directions after
 * `niter` steps of subspace iteration.
 *
 * Shapes: `A` `[…, m, n]`, `U` `[…, m, q]`, `S` `[…, q]`, `V` `[…, n, q]`.
 */
export const svdLowrank: Op<
  (
    A: Tensor,
    ...args: Args<
      [q: number | null, niter: number | null, M: Tensor | null],
      { q?: number | null; niter?: number | null; M?: Tensor | null }
    >
  ) => LowrankResult
> = composite("svdLowrank(Tensor A, int? q=6, int? niter=2, Tensor? M=null)", (A, q, niter, M) => {
  checkMatrix("svdLowrank", A);
  return decompose(A, q ?? 6, niter ?? 2, M);
});

/**
 * The principal components of the rows of `A`: columns of `V`, by the `q` largest singular values of the matrix, from whose columns the
 * mean is taken first unless `center` is false. By default `q` is `min(6, m, n)`.
 *
 * Shapes: `A` `[…, m, n]`, `U` `[…, m, q]`, `S` `[…, q]`, `V` `[…, n, q]`.
 * @throws {ArgumentError} if `q` or `niter` is out of range.
 */
export const pcaLowrank: Op<
  (
    A: Tensor,
    ...args: Args<[q: number | null, center: boolean, niter: number], { q?: number | null; center?: boolean; niter?: number }>
  ) => LowrankResult
> = composite("pcaLowrank(Tensor A, int? q=null, bool center=true, int niter=2)", (A, q, center, niter) => {
  checkMatrix("pcaLowrank", A);
  const most = Math.min(rowsOf(A), columnsOf(A));
  if (q !== null && (q < 0 || q > most))
    throw new ArgumentError(`pcaLowrank: q(=${q}) must be non-negative integer and not greater than min(m, n)=${most}`);
  if (niter < 0) throw new ArgumentError(`pcaLowrank: niter(=${niter}) must be non-negative integer`);
  return decompose(center ? A.sub(A.mean(-2, true)) : A, q ?? Math.min(6, most), niter, null);
});
