/** Solutions, inverses and determinants as functions of `torch` and methods of tensors. */

import { broadcastPair } from "../../core/shape.js";
import { alias, composite, namedTuple, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { eye } from "../create/ranges.js";
import { batchOf, blank, checkMatrix, checkSquare, fitSides, kernelsOf, rowsOf, stretched } from "./checks.js";
import { det as determinant, logarithm, type SlogdetResult, slogdet as signAndLogarithm } from "./determinant.js";
import { luSolve as solveLU } from "./lu.js";
import { pseudoinverse } from "./pinv.js";
import { inv } from "./solve.js";
import { solveTriangular } from "./triangular.js";

/** `(L·Lᴴ)⁻¹·B` for matrices with the same batch dimensions. */
const solvedBy: Op<(B: Tensor, L: Tensor, upper: boolean) => Tensor> = primitive("choleskySolve(Tensor B, Tensor L, bool upper)", {
  forward: (B, L, upper) => {
    const { triangularSolve } = kernelsOf("choleskySolve", L);
    const [first, out] = [blank(B, B.shape), blank(B, B.shape)];
    const adjoint = L.adjoint();
    triangularSolve(first, upper ? adjoint : L, B, false, false);
    triangularSolve(out, upper ? L : adjoint, first, true, false);
    return out;
  },
  gradient: {
    B: (grad, { L, upper }) => solvedBy(grad, L, upper),
    L: (grad, { L, out, upper }) => {
      const side = solvedBy(grad, L, upper).matmul(out.adjoint());
      const both = side.add(side.adjoint());
      return (upper ? L.matmul(both) : both.matmul(L)).neg();
    },
  },
});

/**
 * The solution of `A·X = B` for `A = L·Lᴴ`, or with `upper` for `A = Lᴴ·L`.
 *
 * Shapes: `B` and result `[…, n, k]`, `L` `[…, n, n]`; batch dimensions broadcast.
 * @throws {ShapeError | DTypeError} if shapes or dtypes do not fit.
 */
export const choleskySolve: Op<(B: Tensor, L: Tensor, ...args: Args<[upper: boolean], { upper?: boolean }>) => Tensor> = composite(
  "choleskySolve(Tensor B, Tensor L, bool upper=false)",
  (B, L, upper) => {
    checkSquare("choleskySolve", L, "L");
    const [l, b] = fitSides("choleskySolve", L, B, true);
    return solvedBy(b, l, upper);
  },
);

/**
 * The inverse of `A = L·Lᴴ`, or with `upper` of `A = Lᴴ·L`.
 *
 * Shapes: `L` and result `[…, n, n]`.
 * @throws {ShapeError} if the matrices are not square.
 */
export const choleskyInverse: Op<(L: Tensor, ...args: Args<[upper: boolean], { upper?: boolean }>) => Tensor> = composite(
  "choleskyInverse(Tensor L, bool upper=false)",
  (L, upper) => {
    checkSquare("choleskyInverse", L, "L");
    return solvedBy(stretched(eye(rowsOf(L), { dtype: L.dtype, device: L.device }), batchOf(L)), L, upper);
  },
);

/**
 * The solution of `A·X = b` for the upper (or lower) triangle of `A`, of `Aᵀ·X = b` with `transpose`; and a copy of `A`.
 *
 * Shapes: `b` and solution `[…, n, k]`, `A` `[…, n, n]`; batch dimensions broadcast.
 * @throws {ShapeError | DTypeError} if shapes or dtypes do not fit.
 */
export const triangularSolve: Op<
  (
    b: Tensor,
    A: Tensor,
    ...args: Args<
      [upper: boolean, transpose: boolean, unitriangular: boolean],
      { upper?: boolean; transpose?: boolean; unitriangular?: boolean }
    >
  ) => readonly [solution: Tensor, clonedCoefficient: Tensor] & { readonly solution: Tensor; readonly clonedCoefficient: Tensor }
> = composite(
  "triangularSolve(Tensor b, Tensor A, bool upper=true, bool transpose=false, bool unitriangular=false)",
  (b, A, upper, transpose, unitriangular) => {
    const solution = solveTriangular(transpose ? A.mT : A, b, { upper: transpose ? !upper : upper, unitriangular });
    const batch = broadcastPair("triangularSolve", batchOf(A), batchOf(b));
    return namedTuple(["solution", "clonedCoefficient"], [solution, stretched(A, batch).clone()]);
  },
);

/** The solution of `A·X = b` for `A` as `luFactor` gives it. */
export const luSolve: Op<(b: Tensor, LU_data: Tensor, LU_pivots: Tensor) => Tensor> = composite(
  "luSolve(Tensor b, Tensor LU_data, Tensor LU_pivots)",
  (b, LU, pivots) => solveLU(LU, pivots, b),
);

/** The inverses of square matrices: `torch.linalg.inv`. */
export const inverse: Op<(input: Tensor) => Tensor> = alias("inverse", inv);

/** The determinants of square matrices: `torch.linalg.det`. */
export const det: Op<(input: Tensor) => Tensor> = alias("det", determinant);

/** The signs and the logarithms of the moduli of determinants: `torch.linalg.slogdet`. */
export const slogdet: Op<(input: Tensor) => SlogdetResult> = alias("slogdet", signAndLogarithm);

/** The logarithms of determinants; NaN for negative ones, -Infinity for 0. */
export const logdet: Op<(input: Tensor) => Tensor> = composite("logdet(Tensor input)", (input) => {
  checkSquare("logdet", input);
  return logarithm(input);
});

/** The Moore–Penrose pseudoinverse, where singular values up to `rcond` times the largest count as 0. */
export const pinverse: Op<(input: Tensor, ...args: Args<[rcond: number], { rcond?: number }>) => Tensor> = composite(
  "pinverse(Tensor input, float rcond=1e-15)",
  (input, rcond) => {
    checkMatrix("pinverse", input, "input");
    return pseudoinverse(input, 0, rcond, false);
  },
);
