/** Systems of equations with triangular matrices. */

import type { CpuOperand } from "../../storage.js";
import { addScaled, divide, dot, found } from "./columns.js";
import { Batch, type Matrix } from "./matrix.js";

/** Divides an element by a number. */
function divideAt(x: Matrix, at: number, re: number, im: number): void {
  if (!x.isComplex) {
    (x.re[at] as number) /= re;
    return;
  }
  divide(x.re[at] as number, x.im[at] as number, re, im);
  x.re[at] = found.re;
  x.im[at] = found.im;
}

/** `X ← A⁻¹·X` for the upper or lower triangle of `A`, whose diagonal counts as ones with `unit`. */
export function solveTriangle(a: Matrix, x: Matrix, upper: boolean, unit: boolean): void {
  const n = a.columns;
  for (let j = 0; j < x.columns; j++) {
    const column = x.at(0, j);
    for (let step = 0; step < n; step++) {
      const k = upper ? n - 1 - step : step;
      const [at, diagonal] = [column + k, a.at(k, k)];
      if (!unit) divideAt(x, at, a.re[diagonal] as number, a.isComplex ? (a.im[diagonal] as number) : 0);
      const [re, im] = [-(x.re[at] as number), x.isComplex ? -(x.im[at] as number) : 0];
      if (upper) addScaled(x, column, re, im, a, a.at(0, k), k);
      else addScaled(x, at + 1, re, im, a, diagonal + 1, n - k - 1);
    }
  }
}

/** `X ← A⁻ᴴ·X` for the upper or lower triangle of `A`. */
export function solveAdjointTriangle(a: Matrix, x: Matrix, upper: boolean, unit: boolean): void {
  const n = a.columns;
  for (let j = 0; j < x.columns; j++) {
    const column = x.at(0, j);
    for (let step = 0; step < n; step++) {
      const k = upper ? step : n - 1 - step;
      const [at, diagonal] = [column + k, a.at(k, k)];
      if (upper) dot(a, a.at(0, k), x, column, k);
      else dot(a, diagonal + 1, x, at + 1, n - k - 1);
      (x.re[at] as number) -= found.re;
      if (x.isComplex) (x.im[at] as number) -= found.im;
      if (!unit) divideAt(x, at, a.re[diagonal] as number, a.isComplex ? -(a.im[diagonal] as number) : 0);
    }
  }
}

/** See `LinalgKernels.triangularSolve`. */
export function triangularSolve(output: CpuOperand, a: CpuOperand, b: CpuOperand, upper: boolean, unit: boolean): void {
  const [triangles, sides, to] = [new Batch(a, 2), new Batch(b, 2), new Batch(output, 2)];
  for (let i = 0; i < to.count; i++) {
    const x = sides.read(i);
    solveTriangle(triangles.read(i), x, upper, unit);
    to.write(i, x);
  }
}
