/** Factorisation `P·A = L·U` with partial pivoting, and systems of equations by it. */

import type { CpuOperand } from "../../storage.js";
import { addScaled, divide, found, scale, swap } from "./columns.js";
import { Batch, type Matrix } from "./matrix.js";
import { solveAdjointTriangle, solveTriangle } from "./triangular.js";

/** The row from `k` on whose element in column `k` is the largest, by LAPACK's measure `|re| + |im|`. */
function pivotRow(a: Matrix, k: number): number {
  let [row, largest] = [k, -1];
  for (let i = k; i < a.rows; i++) {
    const at = a.at(i, k);
    const size = Math.abs(a.re[at] as number) + (a.isComplex ? Math.abs(a.im[at] as number) : 0);
    if (size > largest) [row, largest] = [i, size];
  }
  return row;
}

/** Packs `L` (without its diagonal of ones) and `U` into the matrix; the number of the first zero in the diagonal of `U`, from 1, or 0. */
function factor(a: Matrix, pivots: Int32Array): number {
  const { rows, columns } = a;
  let info = 0;
  for (let k = 0; k < pivots.length; k++) {
    const row = pivotRow(a, k);
    pivots[k] = row + 1;
    swap(a, k, row, rows, columns);
    const at = a.at(k, k);
    const [re, im] = [a.re[at] as number, a.isComplex ? (a.im[at] as number) : 0];
    if (re === 0 && im === 0) {
      if (info === 0) info = k + 1;
      continue;
    }
    divide(1, 0, re, im);
    scale(a, at + 1, found.re, found.im, rows - k - 1);
    for (let j = k + 1; j < columns; j++) {
      const top = a.at(k, j);
      addScaled(a, top + 1, -(a.re[top] as number), a.isComplex ? -(a.im[top] as number) : 0, a, at + 1, rows - k - 1);
    }
  }
  return info;
}

/** See `LinalgKernels.lu`. */
export function lu(output: CpuOperand, pivots: CpuOperand, info: CpuOperand, input: CpuOperand): void {
  const [from, to, order, state] = [new Batch(input, 2), new Batch(output, 2), new Batch(pivots, 1), new Batch(info, 0)];
  const swaps = new Int32Array(order.rows);
  for (let b = 0; b < from.count; b++) {
    const a = from.read(b);
    state.writeNumber(b, factor(a, swaps));
    order.writeVector(b, swaps);
    to.write(b, a);
  }
}

/** See `LinalgKernels.permutation`. */
export function permutation(output: CpuOperand, pivots: CpuOperand): void {
  const [from, to] = [new Batch(pivots, 1), new Batch(output, 1)];
  for (let b = 0; b < to.count; b++) {
    const order = BigInt64Array.from({ length: to.rows }, (_, i) => BigInt(i));
    from.readVector(b).forEach((pivot, k) => {
      const row = order[k] as bigint;
      order[k] = order[pivot - 1] as bigint;
      order[pivot - 1] = row;
    });
    to.writeVector(b, order);
  }
}

/** Exchanges rows as the factorisation did, or back. */
function exchange(x: Matrix, pivots: Float64Array, back: boolean): void {
  for (let step = 0; step < pivots.length; step++) {
    const k = back ? pivots.length - 1 - step : step;
    swap(x, k, (pivots[k] as number) - 1, x.rows, x.columns);
  }
}

/** See `LinalgKernels.luSolve`. */
export function luSolve(output: CpuOperand, packed: CpuOperand, pivots: CpuOperand, b: CpuOperand, adjoint: boolean): void {
  const [factors, order, sides, to] = [new Batch(packed, 2), new Batch(pivots, 1), new Batch(b, 2), new Batch(output, 2)];
  for (let i = 0; i < to.count; i++) {
    const [a, x, swaps] = [factors.read(i), sides.read(i), order.readVector(i)];
    if (adjoint) {
      solveAdjointTriangle(a, x, true, false);
      solveAdjointTriangle(a, x, false, true);
      exchange(x, swaps, true);
    } else {
      exchange(x, swaps, false);
      solveTriangle(a, x, false, true);
      solveTriangle(a, x, true, false);
    }
    to.write(i, x);
  }
}
