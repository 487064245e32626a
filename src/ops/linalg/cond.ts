/** The condition number. */

import { toRealType } from "../../core/dtype.js";
import { ArgumentError, ShapeError } from "../../core/errors.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type MatrixOrder, matrixNorm } from "../reduce/vectorNorm.js";
import { batchOf, blank, checkMatrix, columnsOf, rowsOf } from "./checks.js";
import { invEx } from "./solve.js";
import { svdvals } from "./svd.js";

const orders: readonly unknown[] = ["fro", "nuc", 1, -1, 2, -2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/**
 * The condition number `‖A‖ₚ·‖A⁻¹‖ₚ`; by default (and for `p` 2) the largest singular value by the smallest, for -2 the reverse. Infinity
 * where a matrix is singular.
 *
 * Shapes: `A` `[…, m, n]`, square for other orders than ±2; result `[…]`, real.
 * @throws {ArgumentError} for an order that matrix norms do not have.
 */
export const cond: Op<(A: Tensor, ...args: Args<[p: MatrixOrder | null], { p?: MatrixOrder | null }>) => Tensor> = composite(
  "linalg.cond(Tensor A, any p=null)",
  (A, p) => {
    const op = "linalg.cond";
    checkMatrix(op, A);
    const order = (p ?? 2) as MatrixOrder;
    if (!orders.includes(order)) throw new ArgumentError(`${op}: linalg.cond got an invalid norm type: ${String(order)}`);
    const isSpectral = order === 2 || order === -2;
    if (!isSpectral && rowsOf(A) !== columnsOf(A))
      throw new ShapeError(
        `${op}(ord=${order}): A must be batches of square matrices, but they are ${rowsOf(A)} by ${columnsOf(A)} matrices`,
      );
    if (A.count === 0) return blank(A, batchOf(A), toRealType(A.dtype)).fill_(0);
    if (isSpectral) {
      const S = svdvals(A);
      const [largest, smallest] = [S.select(-1, 0), S.select(-1, -1)];
      return order === 2 ? largest.div(smallest) : smallest.div(largest);
    }
    const { inverse, info } = invEx(A);
    const product = matrixNorm(A, order).mul(matrixNorm(inverse, order));
    return product.where(info.eq(0), Number.POSITIVE_INFINITY);
  },
);
