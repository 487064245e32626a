/** Singular values and vectors. */

import { modes } from "../../autograd/modes.js";
import { int32, toRealType } from "../../core/dtype.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { batchOf, blank, checkGauge, checkInfo, checkMatrix, columnsOf, kernelsOf, rowsOf } from "./checks.js";

/** The results of `svd`: `[U, S, Vh]`. */
export type SVDResult = readonly [U: Tensor, S: Tensor, Vh: Tensor] & { readonly U: Tensor; readonly S: Tensor; readonly Vh: Tensor };

const failure = (): string => "The algorithm failed to converge because the input matrix contained non-finite values.";

const skew = (A: Tensor): Tensor => A.sub(A.adjoint());

/** The first columns (or rows, `dim` -2). */
const first = (A: Tensor, dim: -1 | -2, k: number): Tensor => (A.shape[A.shape.length + dim] === k ? A : A.narrow(dim, 0, k));

/**
 * `U·(skew(Uᴴ·gU) / E · S + S · skew(Vᴴ·gV) / E + diag(gS))·Vᴴ` with `Eᵢⱼ = Sⱼ² - Sᵢ²`, and what leaves the spaces of `U` and `V`
 * (Townsend, 2016; for complex matrices Wan & Zhang, 2019).
 */
function gradientOf(gU: Tensor | null, gS: Tensor | null, gVh: Tensor | null, U: Tensor, S: Tensor, Vh: Tensor): Tensor | null {
  if (gU === null && gVh === null) return gS === null ? null : U.mul(gS.unsqueeze(-2)).matmul(Vh);
  const left = gU === null ? null : skew(U.adjoint().matmul(gU));
  const right = gVh === null ? null : skew(Vh.matmul(gVh.adjoint()));
  if (U.dtype.isComplex) {
    const phases = [left, right].map((side) => side?.diagonal(0, -2, -1).imag ?? null).filter((phase) => phase !== null);
    checkGauge(
      "linalg.svd",
      "singular vectors",
      phases.reduce((a, b) => a.add(b)),
    );
  }
  const squares = S.mul(S);
  const gaps = squares.unsqueeze(-2).sub(squares.unsqueeze(-1)).add(S.mul(0).add(1).diagEmbed());
  let inner: Tensor | null = left === null ? null : left.div(gaps).mul(S.unsqueeze(-2));
  if (right !== null) {
    const turned = right.div(gaps).mul(S.unsqueeze(-1));
    inner = inner === null ? turned : inner.add(turned);
  }
  let sum = inner as Tensor;
  sum = sum.sub(sum.diagonal(0, -2, -1).diagEmbed());
  if (U.dtype.isComplex && left !== null) sum = sum.add(left.diagonal(0, -2, -1).div(S.mul(2)).diagEmbed());
  if (gS !== null) sum = sum.add(gS.diagEmbed());
  const k = S.shape[S.shape.length - 1] as number;
  if (rowsOf(U) > k && gU !== null) {
    const beyond = gU.div(S.unsqueeze(-2));
    return U.matmul(sum)
      .add(beyond)
      .sub(U.matmul(U.adjoint().matmul(beyond)))
      .matmul(Vh);
  }
  if (columnsOf(Vh) > k && gVh !== null) {
    const beyond = gVh.div(S.unsqueeze(-1));
    return U.matmul(sum.matmul(Vh).add(beyond).sub(beyond.matmul(Vh.adjoint()).matmul(Vh)));
  }
  return U.matmul(sum).matmul(Vh);
}

/** The decomposition of matrices that were checked. */
export const decomposed: Op<(A: Tensor, full: boolean) => SVDResult> = primitive("linalg.svd(Tensor A, bool full)", {
  forward: (A, full) => {
    const [m, n] = [rowsOf(A), columnsOf(A)];
    const k = Math.min(m, n);
    const batch = batchOf(A);
    const U = blank(A, [...batch, m, full ? m : k]);
    const S = blank(A, [...batch, k], toRealType(A.dtype));
    const Vh = blank(A, [...batch, full ? n : k, n]);
    const info = blank(A, batch, int32);
    kernelsOf("linalg.svd", A).svd(S, U, Vh, info, A);
    checkInfo("linalg.svd", info, failure);
    return [U, S, Vh];
  },
  gradient: {
    // Columns beyond the singular values are an arbitrary basis: nothing may depend on them.
    A: (_grad, { outs, grads: [gU, gS, gVh] }) => {
      const [U, S, Vh] = outs as SVDResult;
      const k = S.shape[S.shape.length - 1] as number;
      return gradientOf(gU ? first(gU, -1, k) : null, gS ?? null, gVh ? first(gVh, -2, k) : null, first(U, -1, k), S, first(Vh, -2, k));
    },
  },
  results: ["U", "S", "Vh"],
  gradName: "LinalgSvdBackward0",
});

/**
 * The singular value decomposition `A = U·diag(S)·Vᴴ`, values descending; with `fullMatrices` (the default) `U` and `Vh` are square.
 * Gradients through `U` and `Vh` are finite only where no two singular values are equal.
 *
 * Shapes: `A` `[…, m, n]`, `U` `[…, m, m]`, `S` `[…, k]`, `Vh` `[…, n, n]`; `[…, m, k]` and `[…, k, n]` if not full; `k = min(m, n)`.
 * @throws {TorchError} if elements are infinite or NaN.
 * @example
 * ```ts
 * const { S } = torch.linalg.svd(torch.tensor([[3, 0], [0, -4]]));
 * S; // tensor([4., 3.])
 * ```
 */
export const svd: Op<(A: Tensor, ...args: Args<[fullMatrices: boolean], { fullMatrices?: boolean; driver?: string | null }>) => SVDResult> =
  composite("linalg.svd(Tensor A, bool fullMatrices=true, *, str? driver=null)", (A, fullMatrices) => {
    checkMatrix("linalg.svd", A);
    return decomposed(A, fullMatrices);
  });

/**
 * The singular values of matrices, descending.
 *
 * Shapes: `A` `[…, m, n]`, result `[…, min(m, n)]`.
 * @throws {TorchError} if elements are infinite or NaN.
 */
export const svdvals: Op<(A: Tensor, options?: { driver?: string | null }) => Tensor> = composite(
  "linalg.svdvals(Tensor A, *, str? driver=null)",
  (A) => {
    checkMatrix("linalg.svdvals", A);
    if (modes.grad && A.requiresGrad) return decomposed(A, false)[1];
    const S = blank(A, [...batchOf(A), Math.min(rowsOf(A), columnsOf(A))], toRealType(A.dtype));
    const info = blank(A, batchOf(A), int32);
    kernelsOf("linalg.svdvals", A).svd(S, null, null, info, A);
    checkInfo("linalg.svdvals", info, failure);
    return S;
  },
);
