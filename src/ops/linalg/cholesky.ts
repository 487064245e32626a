/** Cholesky's factorisation. */

import { composite, namedTuple, primitive } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { blank, blankInfo, checkInfo, checkSquare, kernelsOf } from "./checks.js";
import { solveTriangular } from "./triangular.js";

/** The results of `choleskyEx`: `[L, info]`. */
export type CholeskyResult = readonly [L: Tensor, info: Tensor] & { readonly L: Tensor; readonly info: Tensor };

/** What is wrong with a matrix that has no factor. */
export const notPositive = (code: number): string =>
  `The factorization could not be completed because the input is not positive-definite (the leading minor of order ${code} is not positive-definite).`;

/** The factor and info of matrices that were checked. */
export const factored: Op<(A: Tensor, upper: boolean) => CholeskyResult> = primitive("linalg.choleskyEx(Tensor A, bool upper)", {
  forward: (A, upper) => {
    const [L, info] = [blank(A, A.shape), blankInfo(A)];
    kernelsOf("linalg.cholesky", A).cholesky(L, info, A, upper);
    return [L, info];
  },
  gradient: {
    // L⁻ᴴ · sym(tril(Lᴴ·gL)) · L⁻¹, where sym takes half of the matrix and half of its adjoint.
    A: (grad, { out, upper }) => {
      const [L, gL] = upper ? [out.adjoint(), grad.adjoint()] : [out, grad];
      const inner = L.adjoint().matmul(gL).tril();
      const half = inner.add(inner.tril(-1).adjoint()).mul(0.5);
      return solveTriangular(L, solveTriangular(L.adjoint(), half, { upper: true }), { upper: false, left: false });
    },
  },
  results: ["L", "info"],
  gradName: "LinalgCholeskyExBackward0",
});

/**
 * The factor `L` of Hermitian positive-definite matrices with `L·Lᴴ = A` (or `U` with `Uᴴ·U = A`), and `info`: 0, or the order of the first
 * minor that is not positive. One triangle of `A` is read.
 *
 * Shapes: `A` and `L` `[…, n, n]`, `info` `[…]`.
 */
export const choleskyEx: Op<(A: Tensor, options?: { upper?: boolean; checkErrors?: boolean }) => CholeskyResult> = composite(
  "linalg.choleskyEx(Tensor A, *, bool upper=false, bool checkErrors=false)",
  (A, upper, checkErrors) => {
    checkSquare("linalg.choleskyEx", A);
    const [L, info] = factored(A, upper);
    if (checkErrors) checkInfo("linalg.choleskyEx", info, notPositive);
    return namedTuple(["L", "info"], [L, info]);
  },
);

/**
 * The factor `L` of Hermitian positive-definite matrices with `L·Lᴴ = A`, or with `upper` the factor `U` with `Uᴴ·U = A`.
 *
 * Shapes: `A` and result `[…, n, n]`.
 * @throws {TorchError} if a matrix is not positive-definite.
 * @example
 * ```ts
 * torch.linalg.cholesky(torch.tensor([[4, 2], [2, 2]])); // tensor([[2., 0.], [1., 1.]])
 * ```
 */
export const cholesky: Op<(A: Tensor, options?: { upper?: boolean }) => Tensor> = composite(
  "linalg.cholesky(Tensor A, *, bool upper=false)",
  (A, upper) => {
    checkSquare("linalg.cholesky", A);
    const [L, info] = factored(A, upper);
    checkInfo("linalg.cholesky", info, notPositive);
    return L;
  },
);
