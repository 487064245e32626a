/** Factorisation `A = L·D·Lᵀ` of symmetric matrices that need not be positive-definite. */

import { int32 } from "../../core/dtype.js";
import { DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape, sameShape } from "../../core/shape.js";
import { composite, namedTuple } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { batchOf, blank, blankInfo, checkInfo, checkSquare, fitSides, kernelsOf } from "./checks.js";

/** The results of `ldlFactorEx`: `[LD, pivots, info]`. */
export type LDLFactorExResult = readonly [LD: Tensor, pivots: Tensor, info: Tensor] & {
  readonly LD: Tensor;
  readonly pivots: Tensor;
  readonly info: Tensor;
};

/** The results of `ldlFactor`: `[LD, pivots]`. */
export type LDLFactorResult = readonly [LD: Tensor, pivots: Tensor] & { readonly LD: Tensor; readonly pivots: Tensor };

function factor(op: string, A: Tensor, hermitian: boolean): readonly [LD: Tensor, pivots: Tensor, info: Tensor] {
  checkSquare(op, A);
  const [LD, pivots, info] = [blank(A, A.shape), blank(A, A.shape.slice(0, -1), int32), blankInfo(A)];
  kernelsOf(op, A).ldl(LD, pivots, info, A, hermitian);
  return [LD, pivots, info];
}

const zeroPivot = (code: number): string => `The factorization could not be completed because the pivot ${code} is zero.`;

/**
 * `L` and `D` of `A = L·D·Lᵀ` (`L·D·Lᴴ` with `hermitian`) in one matrix, where `D` has blocks of one or two rows; LAPACK's pivots, in which
 * blocks of two are negative; and `info`: 0, or the number of a pivot that is 0. The lower triangle of `A` is read. No gradient.
 *
 * Shapes: `A` and `LD` `[…, n, n]`, `pivots` `[…, n]`, `info` `[…]`.
 */
export const ldlFactorEx: Op<(A: Tensor, options?: { hermitian?: boolean; checkErrors?: boolean }) => LDLFactorExResult> = composite(
  "linalg.ldlFactorEx(Tensor A, *, bool hermitian=false, bool checkErrors=false)",
  (A, hermitian, checkErrors) => {
    const [LD, pivots, info] = factor("linalg.ldlFactorEx", A, hermitian);
    if (checkErrors) checkInfo("linalg.ldlFactorEx", info, zeroPivot);
    return namedTuple(["LD", "pivots", "info"], [LD, pivots, info]);
  },
  { differentiable: false },
);

/**
 * `L` and `D` of `A = L·D·Lᵀ` (`L·D·Lᴴ` with `hermitian`) in one matrix, and pivots, for `ldlSolve`. No gradient.
 *
 * Shapes: `A` and `LD` `[…, n, n]`, `pivots` `[…, n]`.
 * @throws {TorchError} if a pivot is 0.
 */
export const ldlFactor: Op<(A: Tensor, options?: { hermitian?: boolean }) => LDLFactorResult> = composite(
  "linalg.ldlFactor(Tensor A, *, bool hermitian=false)",
  (A, hermitian) => {
    const [LD, pivots, info] = factor("linalg.ldlFactor", A, hermitian);
    checkInfo("linalg.ldlFactor", info, zeroPivot);
    return namedTuple(["LD", "pivots"], [LD, pivots]);
  },
  { differentiable: false },
);

/**
 * The solution of `A·X = B` for `A` as `ldlFactor` gives it. No gradient.
 *
 * Shapes: `LD` `[…, n, n]`, `pivots` `[…, n]`, `B` and result `[…, n, k]`; batch dimensions broadcast.
 * @throws {ShapeError | DTypeError} if shapes or dtypes do not fit.
 */
export const ldlSolve: Op<(LD: Tensor, pivots: Tensor, B: Tensor, options?: { hermitian?: boolean }) => Tensor> = composite(
  "linalg.ldlSolve(Tensor LD, Tensor pivots, Tensor B, *, bool hermitian=false)",
  (LD, pivots, B, hermitian) => {
    const op = "linalg.ldlSolve";
    checkSquare(op, LD, "LD");
    if (!sameShape(pivots.shape, LD.shape.slice(0, -1)))
      throw new ShapeError(
        `${op}: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with shape ${formatShape(pivots.shape)} instead`,
      );
    if (pivots.dtype !== int32)
      throw new DTypeError(`${op}: Expected pivots to be integers as ldlFactor gives them, torch.int32. Got ${pivots.dtype}`);
    const [a, b] = fitSides(op, LD, B, true);
    const out = blank(B, b.shape);
    kernelsOf(op, LD).ldlSolve(out, a, pivots.expand([...batchOf(a), pivots.shape[pivots.shape.length - 1] as number]), b, hermitian);
    return out;
  },
  { differentiable: false },
);
