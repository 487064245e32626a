/** Least squares. */

import { int64, toRealType } from "../../core/dtype.js";
import { ShapeError } from "../../core/errors.js";
import { broadcastPair, formatShape } from "../../core/shape.js";
import { composite, namedTuple, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { eye } from "../create/ranges.js";
import { vectorNorm } from "../reduce/vectorNorm.js";
import { batchOf, blank, checkMatrix, checkSame, checkWord, columnsOf, isReadable, isVectorSide, rowsOf, stretched } from "./checks.js";
import { epsilonOf, inverseGradient, pinv } from "./pinv.js";
import { qr } from "./qr.js";
import { decomposed } from "./svd.js";
import { solveTriangular } from "./triangular.js";

/** The results of `lstsq`: `[solution, residuals, rank, singularValues]`; what a driver does not find is empty. */
export type LstsqResult = readonly [solution: Tensor, residuals: Tensor, rank: Tensor, singularValues: Tensor] & {
  readonly solution: Tensor;
  readonly residuals: Tensor;
  readonly rank: Tensor;
  readonly singularValues: Tensor;
};

/** LAPACK's name of the method: QR for matrices of full rank, QR with pivoting, or singular values. */
export type Driver = "gels" | "gelsy" | "gelsd" | "gelss";

/** The solution for matrices of full rank; of many the shortest. */
function solveFull(A: Tensor, B: Tensor): Tensor {
  if (rowsOf(A) >= columnsOf(A)) {
    const { Q, R } = qr(A);
    return solveTriangular(R, Q.adjoint().matmul(B), { upper: true });
  }
  const { Q, R } = qr(A.adjoint());
  return Q.matmul(solveTriangular(R.adjoint(), B, { upper: false }));
}

/**
 * Whether no singular value is as small as `rcond` times the largest, for sure: `‖RᴴR‖^½` in Frobenius' norm, `(Σσ⁴)^¼`, is an upper bound of
 * the largest, and of `R⁻¹` of the reciprocal of the smallest. False where that cannot be told.
 */
function hasFullRank(R: Tensor, rcond: number): boolean {
  if (!isReadable(R) || R.count === 0) return false;
  const inverse = solveTriangular(R, eye(rowsOf(R), { dtype: R.dtype, device: R.device }).expand(R.shape as number[]), { upper: true });
  const bound = (M: Tensor): Tensor => vectorNorm(M.adjoint().matmul(M), 2, [-2, -1]).sqrt();
  return Boolean(bound(inverse).mul(bound(R)).mul(rcond).lt(1).all().item());
}

/** As `solveRanked` without singular values, by an unpivoted QR factorisation; null unless it tells that the rank is full. */
function solveByQr(A: Tensor, B: Tensor, rcond: number): readonly [solution: Tensor, rank: Tensor, values: null] | null {
  if (rowsOf(A) < columnsOf(A)) return null;
  const { Q, R } = qr(A);
  if (!hasFullRank(R, rcond)) return null;
  return [solveTriangular(R, Q.adjoint().matmul(B), { upper: true }), blank(A, batchOf(A), int64).fill_(columnsOf(A)), null];
}

/** The solution, rank and singular values where those up to `rcond` times the largest count as 0. */
function solveRanked(A: Tensor, B: Tensor, rcond: number): readonly [solution: Tensor, rank: Tensor, values: Tensor] {
  const [U, S, Vh] = decomposed(A, false);
  const isCounted = S.count === 0 ? S.gt(0) : S.gt(S.amax(-1, true).mul(rcond));
  const inverse = S.where(isCounted, 1).reciprocal().where(isCounted, 0);
  return [Vh.adjoint().matmul(U.adjoint().matmul(B).mul(inverse.unsqueeze(-1))), isCounted.sum(-1), S];
}

/** The solution again, as a function of `A` and `B`; the residuals where they are wanted, else an empty tensor. */
const solution: Op<(A: Tensor, B: Tensor, X: Tensor, measured: boolean) => readonly [Tensor, Tensor]> = primitive(
  "linalg.lstsq(Tensor A, Tensor B, Tensor X, bool measured)",
  {
    forward: (A, B, X, measured) => {
      const real = toRealType(A.dtype);
      return [X.clone(), measured ? A.matmul(X).sub(B).abs().square().sum(-2) : blank(A, [0], real)];
    },
    gradient: {
      A: (_grad, { A, B, out: X, measured, grads: [gX, gR] }) => {
        const side = gX ? inverseGradient(gX.matmul(B.adjoint()), pinv(A), A) : null;
        if (!gR || !measured) return side;
        const rest = A.matmul(X).sub(B).mul(gR.unsqueeze(-2).mul(2)).matmul(X.adjoint());
        return side === null ? rest : side.add(rest);
      },
      B: (_grad, { A, B, out: X, measured, grads: [gX, gR] }) => {
        const side = gX ? pinv(A).adjoint().matmul(gX) : null;
        if (!gR || !measured) return side;
        const rest = B.sub(A.matmul(X)).mul(gR.unsqueeze(-2).mul(2));
        return side === null ? rest : side.add(rest);
      },
    },
    results: ["solution", "residuals"],
    gradName: "LinalgLstsqBackward0",
  },
);

/**
 * The solution of `A·X ≈ B` with the least squares; of many the shortest. Residuals `‖A·X - B‖²` by column are given for more rows than
 * columns and full rank, except by "gelsy"; the rank by all but "gels"; singular values by "gelsd" and "gelss". By default singular values
 * up to `max(m, n)·ε` times the largest count as 0.
 *
 * Shapes: `A` `[…, m, n]`; `B` `[…, m, k]` or vectors `[…, m]`; solution `[…, n, k]` or `[…, n]`.
 * @throws {ShapeError} if the numbers of rows differ.
 * @throws {ArgumentError} for another driver than "gels", "gelsy" (the default), "gelsd" and "gelss".
 */
export const lstsq: Op<
  (A: Tensor, B: Tensor, ...args: Args<[rcond: number | null], { rcond?: number | null; driver?: Driver | null }>) => LstsqResult
> = composite("linalg.lstsq(Tensor A, Tensor B, float? rcond=null, *, str? driver=null)", (A, B, rcond, given) => {
  const op = "linalg.lstsq";
  const driver = given ?? "gelsy";
  checkMatrix(op, A);
  if (B.shape.length < 1) throw new ShapeError(`${op}: other must have at least 1 dimension. Got shape ${formatShape(B.shape)}`);
  checkWord(op, "driver", driver, ["gels", "gelsy", "gelsd", "gelss"]);
  checkSame(op, A, B, ["input", "other"]);
  const isVector = isVectorSide(A, B);
  const side = isVector ? B.unsqueeze(-1) : B;
  if (side.shape.length < 2 || rowsOf(side) !== rowsOf(A))
    throw new ShapeError(`${op}: input.size(-2) should match other.size(-2), got ${formatShape(A.shape)} and ${formatShape(side.shape)}`);
  const batch = broadcastPair(op, batchOf(A), batchOf(side));
  const [a, b] = [stretched(A, batch), stretched(side, batch)];
  const isRanked = driver !== "gels";
  const threshold = rcond ?? epsilonOf(A.dtype) * Math.max(rowsOf(A), columnsOf(A));
  const [X, rank, S] = isRanked
    ? ((driver === "gelsy" ? solveByQr(a.detach(), b.detach(), threshold) : null) ?? solveRanked(a.detach(), b.detach(), threshold))
    : [solveFull(a.detach(), b.detach()), blank(A, [0], int64), null];
  const isFull = !isRanked || !isReadable(rank) || rank.count === 0 || rank.amin().item() === columnsOf(A);
  const [result, residuals] = solution(a, b, X, rowsOf(A) > columnsOf(A) && driver !== "gelsy" && isFull);
  const values = driver === "gelsd" || driver === "gelss" ? (S as Tensor) : blank(A, [0], toRealType(A.dtype));
  return namedTuple(["solution", "residuals", "rank", "singularValues"], [isVector ? result.squeeze(-1) : result, residuals, rank, values]);
});
