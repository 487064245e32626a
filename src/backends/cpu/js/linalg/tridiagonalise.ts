/** Householder's tridiagonal form of Hermitian matrices. */

import { addScaled, dot, found } from "./columns.js";
import { openReflector, reflector, Taus } from "./householder.js";
import { Matrix } from "./matrix.js";

/** `y ← A·v` for the rows and columns of `a` from `first` on, of which the lower triangle is read; `v` lies at place `at` of `a`. */
function multiplyLower(a: Matrix, first: number, at: number, y: Matrix): void {
  const n = a.rows - first;
  y.re.fill(0, 0, n);
  if (y.isComplex) y.im.fill(0, 0, n);
  for (let j = 0; j < n; j++) {
    const diagonal = a.at(first + j, first + j);
    const [re, im] = [a.re[at + j] as number, a.isComplex ? (a.im[at + j] as number) : 0];
    addScaled(y, j + 1, re, im, a, diagonal + 1, n - j - 1);
    dot(a, diagonal + 1, a, at + j + 1, n - j - 1);
    const size = a.re[diagonal] as number;
    (y.re[j] as number) += found.re + size * re;
    if (y.isComplex) (y.im[j] as number) += found.im + size * im;
  }
}

/** Brings the lower triangle to tridiagonal form (LAPACK's `zhetd2`); the reflectors stay below. */
export function tridiagonalise(a: Matrix, d: Float64Array, e: Float64Array): Taus {
  const n = a.rows;
  const taus = new Taus(Math.max(n - 1, 0));
  const w = new Matrix(n, 1, a.isComplex);
  for (let i = 0; i < n - 1; i++) {
    const at = a.at(i + 1, i);
    const length = n - i - 1;
    reflector(a, at, length, taus.one);
    taus.keep(i);
    const { re, im } = taus.one;
    const beta = openReflector(a, at);
    e[i] = beta;
    if (re !== 0 || im !== 0) {
      multiplyLower(a, i + 1, at, w);
      // w = τ·A·v - ½·τ·(τ·A·v)ᴴv · v
      dot(w, 0, a, at, length);
      const [x, y] = [re * found.re + im * found.im, re * found.im - im * found.re];
      const scaled = new Matrix(length, 1, a.isComplex);
      addScaled(scaled, 0, re, im, w, 0, length);
      addScaled(scaled, 0, -(re * x - im * y) / 2, -(re * y + im * x) / 2, a, at, length);
      for (let j = 0; j < length; j++) {
        const place = a.at(i + 1 + j, i + 1 + j);
        addScaled(a, place, -(scaled.re[j] as number), a.isComplex ? (scaled.im[j] as number) : 0, a, at + j, length - j);
        addScaled(a, place, -(a.re[at + j] as number), a.isComplex ? (a.im[at + j] as number) : 0, scaled, j, length - j);
      }
    }
    a.re[at] = beta;
    d[i] = a.re[a.at(i, i)] as number;
  }
  if (n > 0) d[n - 1] = a.re[a.at(n - 1, n - 1)] as number;
  return taus;
}
