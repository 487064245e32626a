/** Eigenvalues and vectors of general matrices (LAPACK's `geev`). */

import type { CpuOperand } from "../../storage.js";
import { addScaled, divide, found, norm, scale } from "./columns.js";
import { balance, toHessenberg, unbalance } from "./hessenberg.js";
import { Batch, Matrix } from "./matrix.js";
import { schurComplex } from "./schurComplex.js";
import { type Eigenvalues, schurReal } from "./schurReal.js";

const PRECISION = 2 ** -52;
const SMALLEST = 2 ** -1022;

/** `x ← x / (t - w)` for element `k` of a column, with a divisor that is not quite 0. */
function solveOne(x: Matrix, k: number, re: number, im: number, least: number): void {
  const isSmall = Math.abs(re) + Math.abs(im) < least;
  divide(x.re[k] as number, x.im[k] as number, isSmall ? least : re, isSmall ? 0 : im);
  x.re[k] = found.re;
  x.im[k] = found.im;
}

/** Solves `(T - w)·x = x` for the block of rows `k - 1, k` of a real Schur form, by Cramer's rule. */
function solveTwo(t: Matrix, x: Matrix, k: number, re: number, im: number, least: number): void {
  const [b, c] = [t.re[t.at(k - 1, k)] as number, t.re[t.at(k, k - 1)] as number];
  const [a, d] = [(t.re[t.at(k - 1, k - 1)] as number) - re, (t.re[t.at(k, k)] as number) - re];
  let [p, q] = [a * d - im * im - b * c, -im * (a + d)];
  if (Math.abs(p) + Math.abs(q) < least * least) [p, q] = [least * least, 0];
  const [x1, y1, x2, y2] = [x.re[k - 1] as number, x.im[k - 1] as number, x.re[k] as number, x.im[k] as number];
  divide(x1 * d + y1 * im - b * x2, y1 * d - x1 * im - b * y2, p, q);
  x.re[k - 1] = found.re;
  x.im[k - 1] = found.im;
  divide(x2 * a + y2 * im - c * x1, y2 * a - x2 * im - c * y1, p, q);
  x.re[k] = found.re;
  x.im[k] = found.im;
}

/** Substitutes back in `(T - w)·x = 0` from row `last` on upwards; `x` has the right side there, and the known elements below. */
function substitute(t: Matrix, x: Matrix, last: number, re: number, im: number, least: number): void {
  const isPair = (k: number): boolean => !t.isComplex && k > 0 && t.re[t.at(k, k - 1)] !== 0;
  for (let k = last; k >= 0; ) {
    const first = isPair(k) ? k - 1 : k;
    if (first < k) solveTwo(t, x, k, re, im, least);
    else solveOne(x, k, (t.re[t.at(k, k)] as number) - re, (t.isComplex ? (t.im[t.at(k, k)] as number) : 0) - im, least);
    for (let j = first; j <= k; j++) subtractColumn(t, x, j, first);
    k = first - 1;
  }
}

/** `x ← x - x[j]·T[:rows, j]` for the first rows. */
function subtractColumn(t: Matrix, x: Matrix, j: number, rows: number): void {
  const re = x.re[j] as number;
  const im = x.im[j] as number;
  for (let i = 0, p = t.at(0, j); i < rows; i++, p++) {
    const a = t.re[p] as number;
    const b = t.isComplex ? (t.im[p] as number) : 0;
    (x.re[i] as number) -= re * a - im * b;
    (x.im[i] as number) -= re * b + im * a;
  }
}

/** The eigenvector of number `j` of a matrix in Schur form, as LAPACK's `trevc` scales it; of a complex pair `j` is the first. */
function schurVector(t: Matrix, values: Eigenvalues, j: number): Matrix {
  const [re, im] = [values.re[j] as number, values.im[j] as number];
  const least = Math.max(PRECISION * (Math.abs(re) + Math.abs(im)), (SMALLEST / PRECISION) * t.rows);
  const x = new Matrix(t.rows, 1, true);
  x.re[j] = 1;
  if (t.isComplex || im === 0) {
    subtractColumn(t, x, j, j);
    substitute(t, x, j - 1, re, im, least);
    return x;
  }
  const [above, below] = [t.re[t.at(j, j + 1)] as number, t.re[t.at(j + 1, j)] as number];
  if (Math.abs(above) >= Math.abs(below)) x.im[j + 1] = im / above;
  else {
    x.re[j] = -im / below;
    x.im[j + 1] = 1;
  }
  subtractColumn(t, x, j, j);
  subtractColumn(t, x, j + 1, j);
  substitute(t, x, j - 1, re, im, least);
  return x;
}

/**
 * Length 1, and for complex vectors a phase in which the largest element is real: positive for complex matrices, for real ones with the sign
 * that LAPACK's rotation gives it, negative where it was nearer to the negative real axis than to any other.
 */
function normalise(vectors: Matrix, at: number, isReal: boolean, isGeneral: boolean): void {
  const n = vectors.rows;
  scale(vectors, at, 1 / norm(vectors, at, n), 0, n);
  if (isReal) return;
  let largest = at;
  const sizeAt = (p: number): number => (vectors.re[p] as number) ** 2 + (vectors.im[p] as number) ** 2;
  for (let p = at + 1; p < at + n; p++) if (sizeAt(p) > sizeAt(largest)) largest = p;
  const isFlipped =
    !isGeneral && (vectors.re[largest] as number) < 0 && -(vectors.re[largest] as number) > Math.abs(vectors.im[largest] as number);
  const length = Math.sqrt(sizeAt(largest)) * (isFlipped ? -1 : 1);
  scale(vectors, at, (vectors.re[largest] as number) / length, -(vectors.im[largest] as number) / length, n);
  vectors.im[largest] = 0;
}

/** The eigenvectors as columns, from the Schur form and its basis. */
function eigenvectors(t: Matrix, basis: Matrix, values: Eigenvalues, finish: (vectors: Matrix) => void): Matrix {
  const n = t.rows;
  const vectors = new Matrix(n, n, true);
  const isSecond = (j: number): boolean => !t.isComplex && (values.im[j] as number) < 0;
  for (let j = 0; j < n; j++) {
    if (isSecond(j)) continue;
    const x = schurVector(t, values, j);
    const to = vectors.at(0, j);
    for (let k = 0; k < n; k++) {
      const [re, im, from] = [x.re[k] as number, x.im[k] as number, basis.at(0, k)];
      if (re === 0 && im === 0) continue;
      if (basis.isComplex) {
        addScaled(vectors, to, re, im, basis, from, n);
        continue;
      }
      for (let i = 0; i < n; i++) {
        const value = basis.re[from + i] as number;
        (vectors.re[to + i] as number) += re * value;
        (vectors.im[to + i] as number) += im * value;
      }
    }
  }
  finish(vectors);
  for (let j = 0; j < n; j++) {
    const at = vectors.at(0, j);
    if (!isSecond(j)) {
      normalise(vectors, at, !t.isComplex && values.im[j] === 0, t.isComplex);
      continue;
    }
    vectors.re.copyWithin(at, at - n, at);
    for (let i = at; i < at + n; i++) vectors.im[i] = -(vectors.im[i - n] as number);
  }
  return vectors;
}

/** See `LinalgKernels.eig`. */
export function eig(values: CpuOperand, vectors: CpuOperand | null, info: CpuOperand, input: CpuOperand): void {
  const [from, to, state] = [new Batch(input, 2), new Batch(values, 1), new Batch(info, 0)];
  const columns = vectors === null ? null : new Batch(vectors, 2);
  for (let b = 0; b < from.count; b++) {
    const a = from.read(b);
    const n = a.rows;
    if (n === 0 || !a.isFinite()) {
      state.writeNumber(b, a.isFinite() ? 0 : -1);
      continue;
    }
    const balanced = balance(a);
    const basis = toHessenberg(a, balanced, columns !== null);
    const found = (a.isComplex ? schurComplex : schurReal)(a, basis, balanced.low, balanced.high, 2 * from.epsilon);
    state.writeNumber(b, found.isDone ? 0 : 1);
    const row = new Matrix(n, 1, true);
    row.re.set(found.re);
    row.im.set(found.im);
    to.write(b, row);
    if (basis !== null)
      columns?.write(
        b,
        eigenvectors(a, basis, found, (made) => unbalance(made, balanced)),
      );
  }
}
