/** Eigenvalues and eigenvectors. */

import { modes } from "../../autograd/modes.js";
import { int32, toComplexType, toRealType } from "../../core/dtype.js";
import { ArgumentError } from "../../core/errors.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { batchOf, blank, checkGauge, checkInfo, checkSquare, kernelsOf, rowsOf } from "./checks.js";
import { solve } from "./solve.js";

/** The results of `eig` and `eigh`: `[eigenvalues, eigenvectors]`. */
export type EigenResult = readonly [eigenvalues: Tensor, eigenvectors: Tensor] & {
  readonly eigenvalues: Tensor;
  readonly eigenvectors: Tensor;
};

/** Which triangle of a Hermitian matrix is read. */
export type Triangle = "L" | "U";

const hermitianFailure = (): string =>
  "The algorithm failed to converge because the input matrix is ill-conditioned, has too many repeated eigenvalues or contains non-finite values.";
const generalFailure = (code: number): string =>
  code < 0 ? "input tensor should not contain infs or NaNs." : "The algorithm failed to converge (too many repeated eigenvalues).";

/** `Lⱼ - Lᵢ`, with ones in the diagonal. */
function gaps(L: Tensor): Tensor {
  const E = L.unsqueeze(-2).sub(L.unsqueeze(-1));
  return E.add(L.mul(0).add(1).diagEmbed());
}

const hermitian: Op<(A: Tensor, upper: boolean) => EigenResult> = primitive("linalg.eigh(Tensor A, bool upper)", {
  forward: (A, upper) => {
    const [values, vectors] = [blank(A, A.shape.slice(0, -1), toRealType(A.dtype)), blank(A, A.shape)];
    const info = blank(A, batchOf(A), int32);
    kernelsOf("linalg.eigh", A).eigh(values, vectors, info, A, upper);
    checkInfo("linalg.eigh", info, hermitianFailure);
    return [values, vectors];
  },
  gradient: {
    // V·(diag(gL) + skew(Vᴴ·gV) / E)·Vᴴ, where skew takes half of X - Xᴴ.
    A: (_grad, { outs: [L, V], grads: [gL, gV] }) => {
      const [values, vectors] = [L as Tensor, V as Tensor];
      const adjoint = vectors.adjoint();
      if (!gV) return gL ? vectors.mul(gL.unsqueeze(-2)).matmul(adjoint) : null;
      const inner = adjoint.matmul(gV);
      const diagonal = inner.diagonal(0, -2, -1);
      if (inner.dtype.isComplex) checkGauge("linalg.eigh", "eigenvectors", diagonal.imag);
      const skew = inner.sub(inner.adjoint()).mul(0.5);
      const turned = skew.sub(skew.diagonal(0, -2, -1).diagEmbed()).div(gaps(values));
      return vectors.matmul(gL ? turned.add(gL.diagEmbed()) : turned).matmul(adjoint);
    },
  },
  results: ["eigenvalues", "eigenvectors"],
  gradName: "LinalgEighBackward0",
});

function isUpper(op: string, UPLO: string): boolean {
  if (!/^[LUlu]$/.test(UPLO)) throw new ArgumentError(`${op}: Expected UPLO argument to be 'L' or 'U', but got ${UPLO}`);
  return UPLO.toUpperCase() === "U";
}

/**
 * The eigenvalues (real, ascending) of Hermitian matrices and their eigenvectors as orthonormal columns: `A = V·diag(λ)·Vᴴ`. One triangle
 * of `A` is read. Gradients are finite only where no two eigenvalues are equal.
 *
 * Shapes: `A` and eigenvectors `[…, n, n]`, eigenvalues `[…, n]`.
 * @throws {ShapeError} if the matrices are not square.
 * @example
 * ```ts
 * const { eigenvalues, eigenvectors } = torch.linalg.eigh(torch.tensor([[2, 1], [1, 2]]));
 * eigenvalues; // tensor([1., 3.])
 * ```
 */
export const eigh: Op<(A: Tensor, ...args: Args<[UPLO: Triangle], { UPLO?: Triangle }>) => EigenResult> = composite(
  "linalg.eigh(Tensor A, str UPLO='L')",
  (A, UPLO) => {
    checkSquare("linalg.eigh", A);
    return hermitian(A, isUpper("linalg.eigh", UPLO));
  },
);

/**
 * The eigenvalues of Hermitian matrices, ascending. One triangle of `A` is read.
 *
 * Shapes: `A` `[…, n, n]`, result `[…, n]`.
 * @throws {ShapeError} if the matrices are not square.
 */
export const eigvalsh: Op<(A: Tensor, ...args: Args<[UPLO: Triangle], { UPLO?: Triangle }>) => Tensor> = composite(
  "linalg.eigvalsh(Tensor A, str UPLO='L')",
  (A, UPLO) => {
    checkSquare("linalg.eigvalsh", A);
    const upper = isUpper("linalg.eigvalsh", UPLO);
    if (modes.grad && A.requiresGrad) return hermitian(A, upper)[0];
    const values = blank(A, A.shape.slice(0, -1), toRealType(A.dtype));
    const info = blank(A, batchOf(A), int32);
    kernelsOf("linalg.eigvalsh", A).eigh(values, null, info, A, upper);
    checkInfo("linalg.eigvalsh", info, hermitianFailure);
    return values;
  },
);

const general: Op<(A: Tensor) => EigenResult> = primitive("linalg.eig(Tensor A)", {
  forward: (A) => {
    const dtype = toComplexType(A.dtype);
    const [values, vectors, info] = [blank(A, A.shape.slice(0, -1), dtype), blank(A, A.shape, dtype), blank(A, batchOf(A), int32)];
    kernelsOf("linalg.eig", A).eig(values, vectors, info, A);
    checkInfo("linalg.eig", info, generalFailure);
    return [values, vectors];
  },
  gradient: {
    // V⁻ᴴ·(diag(gL) + (Vᴴ·gV - Vᴴ·V·diag(Re(Vᴴ·gV))) / E*)·Vᴴ
    A: (_grad, { outs: [L, V], grads: [gL, gV] }) => {
      const [values, vectors] = [L as Tensor, V as Tensor];
      const adjoint = vectors.adjoint();
      if (!gV) return gL ? solve(adjoint, adjoint.mul(gL.unsqueeze(-1))) : null;
      const inner = adjoint.matmul(gV);
      const diagonal = inner.diagonal(0, -2, -1);
      checkGauge("linalg.eig", "eigenvectors", diagonal.imag);
      const tangent = inner.sub(adjoint.matmul(vectors.mul(diagonal.real.unsqueeze(-2))));
      const quotient = tangent.div(gaps(values).conj());
      const turned = quotient.sub(quotient.diagonal(0, -2, -1).diagEmbed());
      return solve(adjoint, (gL ? turned.add(gL.diagEmbed()) : turned).matmul(adjoint));
    },
  },
  results: ["eigenvalues", "eigenvectors"],
  gradName: "LinalgEigBackward0",
});

/**
 * The complex eigenvalues of square matrices and their eigenvectors as columns of length 1: `A·V = V·diag(λ)`. Neither the order of the
 * values nor the phase of the vectors is unique.
 *
 * Shapes: `A` and eigenvectors `[…, n, n]`, eigenvalues `[…, n]`.
 * @throws {ShapeError} if the matrices are not square.
 * @throws {TorchError} if elements are infinite or NaN.
 */
export const eig: Op<(A: Tensor) => EigenResult> = composite("linalg.eig(Tensor A)", (A) => {
  checkSquare("linalg.eig", A);
  return general(A);
});

/**
 * The complex eigenvalues of square matrices.
 *
 * Shapes: `A` `[…, n, n]`, result `[…, n]`.
 * @throws {ShapeError} if the matrices are not square.
 */
export const eigvals: Op<(A: Tensor) => Tensor> = composite("linalg.eigvals(Tensor A)", (A) => {
  checkSquare("linalg.eigvals", A);
  if (modes.grad && A.requiresGrad) return general(A)[0];
  const values = blank(A, [...batchOf(A), rowsOf(A)], toComplexType(A.dtype));
  const info = blank(A, batchOf(A), int32);
  kernelsOf("linalg.eigvals", A).eig(values, null, info, A);
  checkInfo("linalg.eigvals", info, generalFailure);
  return values;
});
