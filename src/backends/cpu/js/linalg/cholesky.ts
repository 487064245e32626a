/** Cholesky's factorisation of positive-definite matrices. */

import type { CpuOperand } from "../../storage.js";
import { addScaled, scale } from "./columns.js";
import { Batch, type Matrix } from "./matrix.js";

/** Turns the lower triangle of a matrix into `L` with `A = L·Lᴴ`; the order of the first minor that is not positive, or 0. */
function factor(a: Matrix): number {
  const n = a.rows;
  for (let j = 0; j < n; j++) {
    const at = a.at(j, j);
    for (let k = 0; k < j; k++) {
      const p = a.at(j, k);
      addScaled(a, at, -(a.re[p] as number), a.isComplex ? (a.im[p] as number) : 0, a, p, n - j);
    }
    const pivot = a.re[at] as number;
    if (!(pivot > 0)) return j + 1;
    const root = Math.sqrt(pivot);
    scale(a, at, 1 / root, 0, n - j);
    a.re[at] = root;
    if (a.isComplex) a.im[at] = 0;
  }
  return 0;
}

/** See `LinalgKernels.cholesky`. */
export function cholesky(output: CpuOperand, info: CpuOperand, input: CpuOperand, upper: boolean): void {
  const [from, to, state] = [new Batch(input, 2), new Batch(output, 2), new Batch(info, 0)];
  for (let b = 0; b < from.count; b++) {
    const given = from.read(b);
    const a = upper ? given.adjoint() : given;
    state.writeNumber(b, factor(a));
    a.keepTriangle(false);
    to.write(b, upper ? a.adjoint() : a);
  }
}
