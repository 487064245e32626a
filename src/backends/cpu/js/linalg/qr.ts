/** Factorisation `A = Q·R` by Householder's reflectors. */

import type { CpuOperand } from "../../storage.js";
import { applyReflectors, openReflector, reflectLeft, reflector, Taus } from "./householder.js";
import { Batch, Matrix } from "./matrix.js";

/** Leaves `R` in the upper triangle and the reflectors below it. */
export function factorQR(a: Matrix): Taus {
  const { rows, columns } = a;
  const taus = new Taus(Math.min(rows, columns));
  for (let k = 0; k < taus.count; k++) {
    const at = a.at(k, k);
    reflector(a, at, rows - k, taus.one);
    taus.keep(k);
    const beta = openReflector(a, at);
    reflectLeft(a, k, k + 1, columns, a, at, rows - k, taus.one.re, -taus.one.im);
    a.re[at] = beta;
  }
  return taus;
}

/** The first `columns` columns of the product of the reflectors. */
export function formQ(packed: Matrix, taus: Taus, columns: number): Matrix {
  const q = Matrix.identity(packed.rows, columns, packed.isComplex);
  // Before reflector k is applied, columns before k are still those of the identity, with zeros from row k on.
  applyReflectors(q, packed, taus, 0, (k) => k);
  return q;
}

/** See `LinalgKernels.geqrf`. */
export function geqrf(output: CpuOperand, tau: CpuOperand, input: CpuOperand): void {
  const [from, to, factors] = [new Batch(input, 2), new Batch(output, 2), new Batch(tau, 1)];
  for (let b = 0; b < from.count; b++) {
    const a = from.read(b);
    const taus = factorQR(a);
    const column = new Matrix(taus.count, 1, a.isComplex);
    column.re.set(taus.re);
    if (a.isComplex) column.im.set(taus.im);
    to.write(b, a);
    factors.write(b, column);
  }
}

/** See `LinalgKernels.householderProduct`. */
export function householderProduct(output: CpuOperand, packed: CpuOperand, tau: CpuOperand): void {
  const [from, to, factors] = [new Batch(packed, 2), new Batch(output, 2), new Batch(tau, 1)];
  for (let b = 0; b < to.count; b++) {
    const column = factors.read(b);
    const taus = new Taus(factors.rows);
    taus.re.set(column.re);
    if (column.isComplex) taus.im.set(column.im);
    to.write(b, formQ(from.read(b), taus, to.columns));
  }
}
