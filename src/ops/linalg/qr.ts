/** Factorisation `A = Q·R`, and products of Householder's reflectors. */

import { AutogradError, DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape, sameShape } from "../../core/shape.js";
import { composite, namedTuple, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { eye } from "../create/ranges.js";
import { cat } from "../shape/joining.js";
import { batchOf, blank, checkMatrix, checkWord, columnsOf, kernelsOf, rowsOf, stretched } from "./checks.js";
import { solveTriangular } from "./triangular.js";

/** The results of `qr`: `[Q, R]`. */
export type QRResult = readonly [Q: Tensor, R: Tensor] & { readonly Q: Tensor; readonly R: Tensor };

/** The results of `geqrf`: `[a, tau]`. */
export type GeqrfResult = readonly [a: Tensor, tau: Tensor] & { readonly a: Tensor; readonly tau: Tensor };

/** How much of `Q` is wanted: as many columns as `R` needs, all, or none. */
export type QRMode = "reduced" | "complete" | "r";

/** `R` and below it the reflectors, and their factors. */
export function reflectors(A: Tensor): GeqrfResult {
  const [packed, tau] = [blank(A, A.shape), blank(A, [...batchOf(A), Math.min(rowsOf(A), columnsOf(A))])];
  kernelsOf("geqrf", A).geqrf(packed, tau, A);
  return namedTuple(["a", "tau"], [packed, tau]) as GeqrfResult;
}

/** The first columns of a product of reflectors. */
function productOf(packed: Tensor, tau: Tensor, columns: number): Tensor {
  const Q = blank(packed, [...batchOf(packed), rowsOf(packed), columns]);
  kernelsOf("linalg.householderProduct", packed).householderProduct(Q, packed, tau);
  return Q;
}

const halfDiagonal = (A: Tensor): Tensor => A.sub(A.diagonal(0, -2, -1).mul(0.5).diagEmbed());

/** At least as many rows as columns: `(gQ + Q·sym(triu(gR·Rᴴ - Qᴴ·gQ)))·R⁻ᴴ`, where sym mirrors the triangle. */
function tallGradient(gQ: Tensor | null, gR: Tensor | null, Q: Tensor, R: Tensor): Tensor {
  const fromR = gR?.matmul(R.adjoint()) ?? null;
  const fromQ = gQ === null ? null : Q.adjoint().matmul(gQ);
  const inner = fromR === null ? (fromQ as Tensor).neg() : fromQ === null ? fromR : fromR.sub(fromQ);
  const upper = inner.triu();
  const side = Q.matmul(halfDiagonal(upper.add(upper.adjoint())));
  return solveTriangular(R.adjoint(), gQ === null ? side : side.add(gQ), { upper: false, left: false });
}

/** More columns than rows: with `R₁` the square part of `R`, `Q·([skew(Qᴴ·gQ - gR·Rᴴ)·R₁⁻ᴴ, 0] + gR)`, where skew is the triangle of `X - Xᴴ`. */
function wideGradient(gQ: Tensor | null, gR: Tensor | null, Q: Tensor, R: Tensor): Tensor {
  const fromR = gR?.matmul(R.adjoint()) ?? null;
  const fromQ = gQ === null ? null : Q.adjoint().matmul(gQ);
  const inner = fromQ === null ? (fromR as Tensor).neg() : fromR === null ? fromQ : fromQ.sub(fromR);
  const lower = halfDiagonal(inner.sub(inner.adjoint()).tril());
  const [rows, columns] = [rowsOf(R), columnsOf(R)];
  const square = solveTriangular(R.narrow(-1, 0, rows).adjoint(), lower, { upper: false, left: false });
  // Zeros to the right, by the columns of an identity.
  const padded = square.matmul(eye(rows, columns, { dtype: R.dtype, device: R.device }));
  return Q.matmul(gR === null ? padded : padded.add(gR));
}

/** The factors of matrices that were checked. */
const factored: Op<(A: Tensor, mode: string) => QRResult> = primitive("linalg.qr(Tensor A, str mode)", {
  forward: (A, mode) => {
    const k = Math.min(rowsOf(A), columnsOf(A));
    const { a, tau } = reflectors(A);
    const Q = mode === "r" ? blank(A, [0]) : productOf(a, tau, mode === "complete" ? rowsOf(A) : k);
    return [Q, mode === "complete" ? a.triu() : a.narrow(-2, 0, k).triu()];
  },
  gradient: {
    A: (_grad, { A, mode, outs: [Q, R], grads: [gQ, gR] }) => {
      if (mode === "r")
        throw new AutogradError(
          "linalg.qr: The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use linalg.qr(A, mode='reduced') if you are going to require gradients.",
        );
      if (mode === "complete" && rowsOf(A) > columnsOf(A))
        throw new AutogradError(
          `linalg.qr: The QR decomposition is not differentiable when mode='complete' and nrows > ncols, as for ${formatShape(A.shape)}; mode='reduced' is.`,
        );
      return (rowsOf(A) >= columnsOf(A) ? tallGradient : wideGradient)(gQ ?? null, gR ?? null, Q as Tensor, R as Tensor);
    },
  },
  results: ["Q", "R"],
  gradName: "LinalgQrBackward0",
});

/**
 * The factors of `A = Q·R`: columns that are orthonormal, and an upper triangle. With `mode` "complete" all columns of `Q`, with "r" none.
 *
 * Shapes: `A` `[…, m, n]`, `Q` `[…, m, k]`, `R` `[…, k, n]`; `k` is `min(m, n)`, or `m` if complete.
 * @throws {ArgumentError} for another mode.
 * @example
 * ```ts
 * const { Q, R } = torch.linalg.qr(torch.tensor([[3, 1], [4, 2]]));
 * ```
 */
export const qr: Op<(A: Tensor, ...args: Args<[mode: QRMode], { mode?: QRMode }>) => QRResult> = composite(
  "linalg.qr(Tensor A, str mode='reduced')",
  (A, mode) => {
    checkMatrix("linalg.qr", A);
    checkWord("linalg.qr", "mode", mode, ["reduced", "complete", "r"]);
    return factored(A, mode);
  },
);

/** Checks reflectors and their factors. */
export function checkReflectors(op: string, input: Tensor, tau: Tensor): void {
  checkMatrix(op, input, "input");
  if (tau.shape.length !== input.shape.length - 1)
    throw new ShapeError(
      `${op}: Expected tau to have one dimension less than input, but got tau.ndim equal to ${tau.shape.length} and input.ndim is equal to ${input.shape.length}`,
    );
  if (!sameShape(batchOf(input), tau.shape.slice(0, -1)))
    throw new ShapeError(
      `${op}: Expected batch dimensions of tau to be equal to input.shape[:-2], but got ${formatShape(tau.shape.slice(0, -1))}`,
    );
  if (columnsOf(input) < (tau.shape[tau.shape.length - 1] as number))
    throw new ShapeError(
      `${op}: input.shape[-1] must be greater than or equal to tau.shape[-1], got ${formatShape(input.shape)} and ${formatShape(tau.shape)}`,
    );
  if (tau.dtype !== input.dtype)
    throw new DTypeError(`${op}: tau dtype ${tau.dtype.scalarName} does not match input dtype ${input.dtype.scalarName}`);
}

/**
 * The gradients of reflectors and their factors in `Q = H₀·H₁⋯·E`. For each `H = I - τ·v·vᴴ`, with `L` what stands before it, applied to the
 * gradient, and `R` what stands behind it: `gH = L·Rᴴ`, `gτ = -vᴴ·gH·v`, `gv = -τ̄·gH·v - τ·gHᴴ·v`.
 */
function reflectorGradients(grad: Tensor, input: Tensor, tau: Tensor): readonly [input: Tensor, tau: Tensor] {
  const [rows, width, count] = [rowsOf(input), columnsOf(input), tau.shape[tau.shape.length - 1] as number];
  const identity = (columns: number): Tensor => eye(rows, columns, { dtype: input.dtype, device: input.device });
  const vectors = input.tril(-1).add(identity(width));
  const vectorOf = (k: number): Tensor => vectors.narrow(-1, k, 1);
  const factorOf = (k: number): Tensor => tau.narrow(-1, k, 1).unsqueeze(-1);
  const reflected = (C: Tensor, v: Tensor, factor: Tensor): Tensor => C.sub(v.mul(factor).matmul(v.adjoint().matmul(C)));
  const behind = [stretched(identity(columnsOf(grad)), batchOf(input))];
  for (let k = count - 1; k > 0; k--) behind.unshift(reflected(behind[0] as Tensor, vectorOf(k), factorOf(k)));
  const [columns, factors]: [Tensor[], Tensor[]] = [[], []];
  let before = grad;
  for (let k = 0; k < count; k++) {
    const [v, factor, R] = [vectorOf(k), factorOf(k), behind[k] as Tensor];
    const forward = before.matmul(R.adjoint().matmul(v));
    const backward = R.matmul(before.adjoint().matmul(v));
    factors.push(v.adjoint().matmul(forward).neg().squeeze(-1));
    columns.push(factor.conj().mul(forward).add(factor.mul(backward)).neg());
    before = reflected(before, v, factor.conj());
  }
  const rest = width > count ? [input.narrow(-1, count, width - count).mul(0)] : [];
  return [cat([...columns, ...rest], -1).tril(-1), cat(factors, -1)];
}

/** The first columns of `H₀·H₁⋯` with `H = I - τ·v·vᴴ`, where `v` has a 1 in the diagonal of `input` and goes on below. */
export const product: Op<(input: Tensor, tau: Tensor, columns: number) => Tensor> = primitive(
  "linalg.householderProduct(Tensor input, Tensor tau, int columns)",
  {
    forward: productOf,
    gradient: {
      input: (grad, { input, tau }) => (tau.count === 0 ? null : reflectorGradients(grad, input, tau)[0]),
      tau: (grad, { input, tau }) => (tau.count === 0 ? null : reflectorGradients(grad, input, tau)[1]),
    },
    gradName: "LinalgHouseholderProductBackward0",
  },
);

/**
 * The first `n` columns of the product of Householder's reflectors `I - τ·v·vᴴ`, which `geqrf` gives.
 *
 * Shapes: `input` `[…, m, n]` with `m ≥ n`, `tau` `[…, k]` with `k ≤ n`, result `[…, m, n]`.
 * @throws {ShapeError} if shapes do not fit.
 */
export const householderProduct: Op<(input: Tensor, tau: Tensor) => Tensor> = composite(
  "linalg.householderProduct(Tensor input, Tensor tau)",
  (input, tau) => {
    const op = "linalg.householderProduct";
    checkMatrix(op, input, "input");
    if (rowsOf(input) < columnsOf(input))
      throw new ShapeError(`${op}: input.shape[-2] must be greater than or equal to input.shape[-1], got ${formatShape(input.shape)}`);
    checkReflectors(op, input, tau);
    return product(input, tau, columnsOf(input));
  },
);
