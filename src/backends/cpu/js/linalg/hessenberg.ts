/** What comes before and after the QR steps for eigenvalues: balancing, and Householder's Hessenberg form. */

import { scale, swap } from "./columns.js";
import { applyReflectors, openReflector, reflectLeft, reflector, reflectRight, Taus } from "./householder.js";
import { Matrix } from "./matrix.js";

/** How a matrix was balanced (LAPACK's `gebal`): rows and columns outside of `low … high` are triangular already. */
export interface Balance {
  readonly low: number;
  readonly high: number;
  /** For a row within `low … high` its scale, for others the row it changed places with. */
  readonly scales: Float64Array;
}

const isZero = (a: Matrix, at: number): boolean => a.re[at] === 0 && (!a.isComplex || a.im[at] === 0);

function exchange(a: Matrix, p: number, q: number, high: number, low: number): void {
  swap(a, a.at(0, p), a.at(0, q), 1, high + 1);
  swap(a, a.at(p, low), a.at(q, low), a.rows, a.columns - low);
}

/** Moves rows and columns that isolate an eigenvalue to the ends; the bounds of the rest. */
function isolate(a: Matrix, scales: Float64Array): { low: number; high: number } {
  let [low, high] = [0, a.rows - 1];
  const isRowZero = (i: number): boolean => {
    for (let j = 0; j <= high; j++) if (j !== i && !isZero(a, a.at(i, j))) return false;
    return true;
  };
  const isColumnZero = (j: number): boolean => {
    for (let i = low; i <= high; i++) if (i !== j && !isZero(a, a.at(i, j))) return false;
    return true;
  };
  for (let i = high; i >= 0; i--) {
    if (!isRowZero(i)) continue;
    scales[high] = i;
    if (i !== high) exchange(a, i, high, high, 0);
    if (high === 0) return { low: 0, high: 0 };
    high--;
    i = high + 1;
  }
  for (let j = low; j <= high; j++) {
    if (!isColumnZero(j)) continue;
    scales[low] = j;
    if (j !== low) exchange(a, j, low, high, low);
    low++;
    j = low - 1;
  }
  return { low, high };
}

function lengthOf(a: Matrix, at: number, step: number, n: number): number {
  let sum = 0;
  for (let i = 0, p = at; i < n; i++, p += step) sum += (a.re[p] as number) ** 2 + (a.isComplex ? (a.im[p] as number) ** 2 : 0);
  return Math.sqrt(sum);
}

/** Balances a matrix in place: rows and columns are scaled by powers of 2 to norms that are nearly the same. */
export function balance(a: Matrix): Balance {
  const n = a.rows;
  const scales = new Float64Array(n).fill(1);
  const { low, high } = isolate(a, scales);
  for (let goesOn = true; goesOn; ) {
    goesOn = false;
    for (let i = low; i <= high; i++) {
      let column = lengthOf(a, a.at(low, i), 1, high - low + 1);
      let row = lengthOf(a, a.at(i, low), n, high - low + 1);
      if (!(column > 0 && row > 0 && Number.isFinite(column + row))) continue;
      const sum = column + row;
      let f = 1;
      for (; column < row / 2; f *= 2, column *= 2) row /= 2;
      for (; row < column / 2; f /= 2, column /= 2) row *= 2;
      if (column + row >= 0.95 * sum) continue;
      (scales[i] as number) *= f;
      goesOn = true;
      scale(a, a.at(0, i), f, 0, high + 1);
      for (let j = low; j < n; j++) scale(a, a.at(i, j), 1 / f, 0, 1);
    }
  }
  return { low, high, scales };
}

/** Turns eigenvectors of the balanced matrix into those of the one before (LAPACK's `gebak`). */
export function unbalance(vectors: Matrix, { low, high, scales }: Balance): void {
  const { rows, columns } = vectors;
  for (let i = low; i <= high; i++) for (let j = 0; j < columns; j++) scale(vectors, vectors.at(i, j), scales[i] as number, 0, 1);
  for (let i = low - 1; i >= 0; i--) swap(vectors, i, scales[i] as number, rows, columns);
  for (let i = high + 1; i < rows; i++) swap(vectors, i, scales[i] as number, rows, columns);
}

/** Brings a balanced matrix to Hessenberg form in place; the basis in which it has that form, if it is wanted. */
export function toHessenberg(a: Matrix, { low, high }: Balance, wanted: boolean): Matrix | null {
  const n = a.rows;
  const reflectors = new Matrix(n, Math.max(n - 1, 0), a.isComplex);
  const taus = new Taus(Math.max(n - 1, 0));
  for (let k = low; k < high; k++) {
    const [at, length] = [a.at(k + 1, k), high - k];
    reflector(a, at, length, taus.one);
    taus.keep(k);
    const { re, im } = taus.one;
    const beta = openReflector(a, at);
    reflectRight(a, 0, high + 1, k + 1, a, at, length, re, im);
    reflectLeft(a, k + 1, k + 1, n, a, at, length, re, -im);
    reflectors.re.set(a.re.subarray(at, at + length), at);
    if (a.isComplex) reflectors.im.set(a.im.subarray(at, at + length), at);
    a.re.fill(0, at, at + length);
    if (a.isComplex) a.im.fill(0, at, at + length);
    a.re[at] = beta;
  }
  if (!wanted) return null;
  const basis = Matrix.identity(n, n, a.isComplex);
  applyReflectors(basis, reflectors, taus, 1, (k) => k + 1);
  return basis;
}
