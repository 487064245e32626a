/** Factorisation `A = P·L·U` with partial pivoting. */

import { int32, int64 } from "../../core/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import { composite, namedTuple, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import { readSync } from "../../tensor/read.js";
import type { Tensor } from "../../tensor/tensor.js";
import { eye } from "../create/ranges.js";
import { cat } from "../shape/joining.js";
import {
  batchOf,
  blank,
  blankInfo,
  checkInfo,
  checkMatrix,
  checkSame,
  checkSquare,
  columnsOf,
  fitSides,
  isReadable,
  kernelsOf,
  rowsOf,
  stretched,
} from "./checks.js";
import { solveTriangular } from "./triangular.js";

/** The results of `luFactorEx`: `[LU, pivots, info]`. */
export type LUFactorExResult = readonly [LU: Tensor, pivots: Tensor, info: Tensor] & {
  readonly LU: Tensor;
  readonly pivots: Tensor;
  readonly info: Tensor;
};

/** The results of `luFactor`: `[LU, pivots]`. */
export type LUFactorResult = readonly [LU: Tensor, pivots: Tensor] & { readonly LU: Tensor; readonly pivots: Tensor };

/** The results of `lu` and `luUnpack`: `[P, L, U]`. */
export type LUResult = readonly [P: Tensor, L: Tensor, U: Tensor] & { readonly P: Tensor; readonly L: Tensor; readonly U: Tensor };

/** The permutation matrices that pivots stand for: `A = P·L·U`. */
function permutation(pivots: Tensor, like: Tensor): Tensor {
  const rows = rowsOf(like);
  const order = blank(like, [...batchOf(like), rows], int64);
  kernelsOf("luUnpack", like).permutation(order, pivots);
  const P = blank(like, [...batchOf(like), rows, rows]).fill_(0);
  return P.scatter(-2, order.unsqueeze(-2), 1);
}

/** `L` with its diagonal of ones, and `U`, from one matrix. */
function triangles(LU: Tensor): readonly [L: Tensor, U: Tensor] {
  const [rows, columns] = [rowsOf(LU), columnsOf(LU)];
  const k = Math.min(rows, columns);
  const lower = columns === k ? LU : LU.narrow(-1, 0, k);
  const upper = rows === k ? LU : LU.narrow(-2, 0, k);
  return [lower.tril(-1).add(eye(rows, k, { dtype: LU.dtype, device: LU.device })), upper.triu()];
}

/** The gradient of `A` from that of its packed factors, by the shape of `A`. */
function factorGradient(grad: Tensor, LU: Tensor, pivots: Tensor): Tensor {
  const [rows, columns] = [rowsOf(LU), columnsOf(LU)];
  const k = Math.min(rows, columns);
  const [L, U] = triangles(LU);
  const P = permutation(pivots, LU);
  const [gL, gU] = [grad.narrow(-1, 0, k), grad.narrow(-2, 0, k)];
  const [square, corner] = [L.narrow(-2, 0, k), U.narrow(-1, 0, k)];
  const [U1, gU1] = [corner.adjoint(), gU.narrow(-1, 0, k)];
  let lower = square.adjoint().matmul(gL.narrow(-2, 0, k));
  let upper = gU1.matmul(U1);
  const more: Tensor[] = [];
  if (columns > k) {
    const gU2 = gU.narrow(-1, k, columns - k);
    lower = lower.sub(gU2.matmul(U.narrow(-1, k, columns - k).adjoint()));
    more.push(solveTriangular(square.adjoint(), gU2, { upper: true, unitriangular: true }));
  } else if (rows > k) {
    const gL2 = gL.narrow(-2, k, rows - k);
    upper = upper.sub(
      L.narrow(-2, k, rows - k)
        .adjoint()
        .matmul(gL2),
    );
    more.push(solveTriangular(U1, gL2, { upper: false, left: false }));
  }
  const inner = solveTriangular(U1, lower.tril(-1).add(upper.triu()), { upper: false, left: false });
  const first = solveTriangular(square.adjoint(), inner, { upper: true, unitriangular: true });
  return P.matmul(more.length === 0 ? first : cat([first, ...more], columns > k ? -1 : -2));
}

/** The packed factors, pivots and info of matrices that were checked. */
export const packed: Op<(A: Tensor) => LUFactorExResult> = primitive("linalg.luFactorEx(Tensor A)", {
  forward: (A) => {
    const [LU, info] = [blank(A, A.shape), blankInfo(A)];
    const pivots = blank(A, [...batchOf(A), Math.min(rowsOf(A), columnsOf(A))], int32);
    kernelsOf("linalg.luFactor", A).lu(LU, pivots, info, A);
    return [LU, pivots, info];
  },
  gradient: { A: (grad, { outs: [LU, pivots] }) => factorGradient(grad, LU as Tensor, pivots as Tensor) },
  results: ["LU", "pivots", "info"],
  gradName: "LinalgLuFactorExBackward0",
});

function checkPivot(op: string, pivot: boolean): void {
  if (!pivot) throw new ArgumentError(`${op}: LU without pivoting is not implemented on the CPU`);
}

const zeroPivot = (code: number): string =>
  `U[${code},${code}] is zero and using it on luSolve would result in a division by zero. If you still want to perform the factorization, consider calling linalg.lu(A, pivot) or linalg.luFactorEx(A, pivot)`;

/**
 * `L` and `U` of `A = P·L·U` in one matrix, the row exchanges (`pivots`, from 1), and `info`: 0, or the number of the first zero in the diagonal of `U`.
 *
 * Shapes: `A` and `LU` `[…, m, n]`, `pivots` `[…, min(m, n)]`, `info` `[…]`.
 */
export const luFactorEx: Op<(A: Tensor, options?: { pivot?: boolean; checkErrors?: boolean }) => LUFactorExResult> = composite(
  "linalg.luFactorEx(Tensor A, *, bool pivot=true, bool checkErrors=false)",
  (A, pivot, checkErrors) => {
    checkMatrix("linalg.luFactorEx", A);
    checkPivot("linalg.luFactorEx", pivot);
    const result = packed(A);
    if (checkErrors) checkInfo("linalg.luFactorEx", result.info, zeroPivot);
    return result;
  },
);

/**
 * `L` and `U` of `A = P·L·U` in one matrix, and the row exchanges, for `luSolve`.
 *
 * Shapes: `A` and `LU` `[…, m, n]`, `pivots` `[…, min(m, n)]`, int32, from 1.
 * @throws {TorchError} if a diagonal element of `U` is 0.
 */
export const luFactor: Op<(A: Tensor, options?: { pivot?: boolean }) => LUFactorResult> = composite(
  "linalg.luFactor(Tensor A, *, bool pivot=true)",
  (A, pivot) => {
    checkMatrix("linalg.luFactor", A);
    checkPivot("linalg.luFactor", pivot);
    const [LU, pivots, info] = packed(A);
    checkInfo("linalg.luFactor", info, zeroPivot);
    return namedTuple(["LU", "pivots"], [LU, pivots]);
  },
);

/**
 * The factors of `A = P·L·U`: a permutation, a lower triangle with ones in the diagonal, an upper triangle.
 *
 * Shapes: `A` `[…, m, n]`, `P` `[…, m, m]`, `L` `[…, m, k]`, `U` `[…, k, n]`, `k = min(m, n)`.
 */
export const lu: Op<(A: Tensor, options?: { pivot?: boolean }) => LUResult> = composite(
  "linalg.lu(Tensor A, *, bool pivot=true)",
  (A, pivot) => {
    checkMatrix("linalg.lu", A);
    checkPivot("linalg.lu", pivot);
    const [LU, pivots] = packed(A);
    return namedTuple(["P", "L", "U"], [permutation(pivots, LU.detach()), ...triangles(LU)]);
  },
);

/** Checks pivots as `luFactor` gives them. */
function checkPivots(op: string, LU: Tensor, pivots: Tensor): void {
  if (pivots.dtype !== int32)
    throw new DTypeError(
      `${op}: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype, got ${pivots.dtype}. Note: this function is intended to be used with the output produced by torch.linalg.luFactor`,
    );
  const count = Math.min(rowsOf(LU), columnsOf(LU));
  if (pivots.shape[pivots.shape.length - 1] !== count)
    throw new ShapeError(
      `${op}: Number of pivots per batch should be same as the dimension of the matrix, got ${formatShape(pivots.shape)} for ${formatShape(LU.shape)}`,
    );
  if (!isReadable(pivots)) return;
  if (readSync(pivots, op).some((p) => p < 1 || p > rowsOf(LU)))
    throw new ArgumentError(
      `${op}: pivots passed to luUnpack must be between 1 and LU.size(-2) inclusive. Did you properly pass the result of luFactor?`,
    );
}

/**
 * `P`, `L` and `U` from what `luFactor` gives. What is not asked for is an empty tensor.
 *
 * Shapes: `LU_data` `[…, m, n]`, `LU_pivots` `[…, min(m, n)]`.
 * @throws {DTypeError} if the pivots are not int32.
 */
export const luUnpack: Op<
  (
    LU_data: Tensor,
    LU_pivots: Tensor,
    ...args: Args<[unpackData: boolean, unpackPivots: boolean], { unpackData?: boolean; unpackPivots?: boolean }>
  ) => LUResult
> = composite(
  "luUnpack(Tensor LU_data, Tensor LU_pivots, bool unpackData=true, bool unpackPivots=true)",
  (LU, pivots, unpackData, unpackPivots) => {
    checkMatrix("luUnpack", LU, "LU_data");
    if (unpackPivots) checkPivots("luUnpack", LU, pivots);
    const none = (): Tensor => blank(LU, [0]);
    const P = unpackPivots ? permutation(pivots, LU.detach()) : none();
    return namedTuple(["P", "L", "U"], [P, ...(unpackData ? triangles(LU) : [none(), none()])]);
  },
);

/**
 * The solution of `A·X = B` for `A` as `luFactor` gives it; of `Aᴴ·X = B` with `adjoint`, of `X·A = B` with `left` false.
 *
 * Shapes: `LU` `[…, n, n]`, `pivots` `[…, n]`, `B` and result `[…, n, k]` (`[…, k, n]`); batch dimensions broadcast.
 * @throws {ShapeError | DTypeError} if shapes or dtypes do not fit.
 */
export const luSolve: Op<(LU: Tensor, pivots: Tensor, B: Tensor, options?: { left?: boolean; adjoint?: boolean }) => Tensor> = composite(
  "linalg.luSolve(Tensor LU, Tensor pivots, Tensor B, *, bool left=true, bool adjoint=false)",
  (LU, pivots, B, left, adjoint) => {
    const op = "linalg.luSolve";
    checkSquare(op, LU, "LU");
    checkSame(op, LU, B, ["LU", "B"]);
    checkPivots(op, LU, pivots);
    const [a, b] = fitSides(op, LU, B, left);
    const P = stretched(permutation(pivots, LU.detach()), batchOf(a));
    const [L, U] = triangles(a);
    // X·A = B is Aᴴ·Xᴴ = Bᴴ.
    const [side, isAdjoint] = left ? [b, adjoint] : [b.adjoint(), !adjoint];
    const X = isAdjoint
      ? P.matmul(solveTriangular(L.adjoint(), solveTriangular(U.adjoint(), side, { upper: false }), { upper: true, unitriangular: true }))
      : solveTriangular(U, solveTriangular(L, P.mT.matmul(side), { upper: false, unitriangular: true }), { upper: true });
    return left ? X : X.adjoint();
  },
);
