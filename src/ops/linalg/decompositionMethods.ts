/** Decompositions as functions of `torch` and methods of tensors: PyTorch's older forms of those of `torch.linalg`. */

import { ShapeError } from "../../core/errors.js";
import { formatShape, sameShape } from "../../core/shape.js";
import { alias, composite, namedTuple, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { batchOf, blank, checkInfo, checkMatrix, checkSame, checkSquare, columnsOf, rowsOf } from "./checks.js";
import { factored, notPositive } from "./cholesky.js";
import { type LUFactorExResult, type LUFactorResult, luFactor, luFactorEx } from "./lu.js";
import { checkReflectors, qr as factorQR, type GeqrfResult, householderProduct, product, type QRResult, reflectors } from "./qr.js";
import { decomposed, svdvals } from "./svd.js";

/**
 * The factor `L` of Hermitian positive-definite matrices with `L·Lᴴ = input`, or with `upper` the factor `U` with `Uᴴ·U`.
 * @throws {TorchError} if a matrix is not positive-definite.
 */
export const cholesky: Op<(input: Tensor, ...args: Args<[upper: boolean], { upper?: boolean }>) => Tensor> = composite(
  "cholesky(Tensor input, bool upper=false)",
  (input, upper) => {
    checkSquare("cholesky", input);
    const [L, info] = factored(input, upper);
    checkInfo("cholesky", info, notPositive);
    return L;
  },
);

/** The factors of `input = Q·R`; all columns of `Q` with `some` false. */
export const qr: Op<(input: Tensor, ...args: Args<[some: boolean], { some?: boolean }>) => QRResult> = composite(
  "qr(Tensor input, bool some=true)",
  (input, some) => factorQR(input, some ? "reduced" : "complete"),
);

/**
 * The singular value decomposition `input = U·diag(S)·Vᴴ`, with `V` itself, not its adjoint. With `some` false `U` and `V` are square; with
 * `computeUv` false they are zeros.
 */
export const svd: Op<
  (
    input: Tensor,
    ...args: Args<[some: boolean, computeUv: boolean], { some?: boolean; computeUv?: boolean }>
  ) => readonly [U: Tensor, S: Tensor, V: Tensor] & {
    readonly U: Tensor;
    readonly S: Tensor;
    readonly V: Tensor;
  }
> = composite("svd(Tensor input, bool some=true, bool computeUv=true)", (input, some, computeUv) => {
  checkMatrix("svd", input, "input");
  const zeros = (n: number): Tensor => blank(input, [...batchOf(input), n, n]).fill_(0);
  if (!computeUv) return namedTuple(["U", "S", "V"], [zeros(rowsOf(input)), svdvals(input), zeros(columnsOf(input))]);
  const [U, S, Vh] = decomposed(input, !some);
  return namedTuple(["U", "S", "V"], [U, S, Vh.adjoint()]);
});

/** `L` and `U` of `A = P·L·U` in one matrix and the pivots; with `getInfos` also 0, or the number of the first zero in the diagonal of `U`. */
export const lu: Op<
  (
    A: Tensor,
    ...args: Args<[pivot: boolean, getInfos: boolean], { pivot?: boolean; getInfos?: boolean }>
  ) => LUFactorResult | LUFactorExResult
> = composite("lu(Tensor A, bool pivot=true, bool getInfos=false)", (A, pivot, getInfos) =>
  getInfos ? luFactorEx(A, { pivot }) : luFactor(A, { pivot }),
);

/**
 * `R` of `input = Q·R`, with Householder's reflectors below it, and their factors: what `orgqr` and `ormqr` take.
 *
 * Shapes: `input` and `a` `[…, m, n]`, `tau` `[…, min(m, n)]`.
 */
export const geqrf: Op<(input: Tensor) => GeqrfResult> = primitive("geqrf(Tensor input)", {
  forward: (input) => {
    checkMatrix("geqrf", input, "input");
    return reflectors(input);
  },
  results: ["a", "tau"],
});

/** The first columns of the product of Householder's reflectors: `torch.linalg.householderProduct`. */
export const orgqr: Op<(input: Tensor, tau: Tensor) => Tensor> = alias("orgqr", householderProduct);

/**
 * The product of `other` with the `Q` that reflectors stand for, or with `Qᴴ` by `transpose`, from the left or from the right.
 *
 * Shapes: `input` `[…, m, k]` (`[…, n, k]` from the right), `tau` `[…, k]`, `other` and result `[…, m, n]`.
 * @throws {ShapeError} if shapes do not fit.
 */
export const ormqr: Op<
  (
    input: Tensor,
    tau: Tensor,
    other: Tensor,
    ...args: Args<[left: boolean, transpose: boolean], { left?: boolean; transpose?: boolean }>
  ) => Tensor
> = composite(
  "ormqr(Tensor input, Tensor tau, Tensor other, bool left=true, bool transpose=false)",
  (input, tau, other, left, transpose) => {
    const op = "ormqr";
    checkMatrix(op, input, "input");
    checkMatrix(op, other, "other");
    const side = left ? -2 : -1;
    const length = other.shape[other.shape.length + side];
    if (length !== rowsOf(input))
      throw new ShapeError(
        `${op}: other.shape[${side}] must be equal to input.shape[-2], got ${formatShape(other.shape)} and ${formatShape(input.shape)}`,
      );
    checkReflectors(op, input, tau);
    if (tau.shape[tau.shape.length - 1] !== Math.min(length, columnsOf(input)))
      throw new ShapeError(
        `${op}: tau.shape[-1] must be equal to min(other.shape[${side}], input.shape[-1]), got ${formatShape(tau.shape)}`,
      );
    if (!sameShape(batchOf(input), batchOf(other)))
      throw new ShapeError(
        `${op}: Expected batch dimensions of other to be equal to input.shape[:-2], but got ${formatShape(other.shape)}`,
      );
    checkSame(op, input, other, ["input", "other"]);
    const Q = product(input, tau, rowsOf(input));
    const factor = transpose ? Q.adjoint() : Q;
    return left ? factor.matmul(other) : other.matmul(factor);
  },
);
