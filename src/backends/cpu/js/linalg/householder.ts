/** Householder's reflectors `H = I - τ·v·vᴴ` with `v₀ = 1`, as LAPACK makes and keeps them. */

import { addScaled, divide, dot, found, norm, scale } from "./columns.js";
import { Matrix } from "./matrix.js";

/** The factor of a reflector. */
export interface Tau {
  re: number;
  im: number;
}

/**
 * Makes the reflector for which `Hᴴ·x = (β, 0, …, 0)` with real β, from the `n` elements of a column from place `at` on. They are
 * replaced by β and the rest of `v`; `tau` gets the factor.
 */
export function reflector(m: Matrix, at: number, n: number, tau: Tau): void {
  tau.re = 0;
  tau.im = 0;
  if (n <= 0) return;
  const [re, im] = [m.re[at] as number, m.isComplex ? (m.im[at] as number) : 0];
  const rest = norm(m, at + 1, n - 1);
  if (rest === 0 && im === 0) return;
  const beta = re >= 0 ? -Math.hypot(re, im, rest) : Math.hypot(re, im, rest);
  tau.re = (beta - re) / beta;
  tau.im = -im / beta;
  divide(1, 0, re - beta, im);
  scale(m, at + 1, found.re, found.im, n - 1);
  m.re[at] = beta;
  if (m.isComplex) m.im[at] = 0;
}

/** Makes `v₀` 1, and gives what was there. */
export function openReflector(m: Matrix, at: number): number {
  const beta = m.re[at] as number;
  m.re[at] = 1;
  if (m.isComplex) m.im[at] = 0;
  return beta;
}

/**
 * `C ← (I - τ·v·vᴴ)·C` for rows `row …` and columns `from … to` of `c`; `v` has `n` elements at place `at` of `m`, its first one written out.
 */
export function reflectLeft(
  c: Matrix,
  row: number,
  from: number,
  to: number,
  m: Matrix,
  at: number,
  n: number,
  re: number,
  im: number,
): void {
  if (re === 0 && im === 0) return;
  for (let j = from; j < to; j++) {
    const place = row + j * c.rows;
    dot(m, at, c, place, n);
    const [x, y] = [found.re, found.im];
    addScaled(c, place, -(re * x - im * y), -(re * y + im * x), m, at, n);
  }
}

/** `C ← C·(I - τ·v·vᴴ)` for rows `from … to` and columns `column …` of `c`. */
export function reflectRight(
  c: Matrix,
  from: number,
  to: number,
  column: number,
  m: Matrix,
  at: number,
  n: number,
  re: number,
  im: number,
): void {
  if (re === 0 && im === 0) return;
  const height = to - from;
  const sum = new Matrix(height, 1, c.isComplex);
  for (let j = 0; j < n; j++) {
    addScaled(sum, 0, m.re[at + j] as number, m.isComplex ? (m.im[at + j] as number) : 0, c, from + (column + j) * c.rows, height);
  }
  for (let j = 0; j < n; j++) {
    const [x, y] = [m.re[at + j] as number, m.isComplex ? -(m.im[at + j] as number) : 0];
    addScaled(c, from + (column + j) * c.rows, -(re * x - im * y), -(re * y + im * x), sum, 0, height);
  }
}

/** The factors of several reflectors. */
export class Taus {
  readonly re: Float64Array;
  readonly im: Float64Array;
  readonly one: Tau = { re: 0, im: 0 };

  constructor(readonly count: number) {
    this.re = new Float64Array(count);
    this.im = new Float64Array(count);
  }

  /** Keeps the factor in `one` as number `i`. */
  keep(i: number): void {
    this.re[i] = this.one.re;
    this.im[i] = this.one.im;
  }
}

/**
 * `C ← H₀·H₁⋯·C` where reflector `k` lies in column `k` of `m` from row `k + shift` on, for columns `first(k) …` of `c`.
 */
export function applyReflectors(c: Matrix, m: Matrix, taus: Taus, shift: number, first: (k: number) => number): void {
  for (let k = taus.count - 1; k >= 0; k--) {
    const row = k + shift;
    const at = m.at(row, k);
    const [beta, betaIm] = [m.re[at] as number, m.isComplex ? (m.im[at] as number) : 0];
    openReflector(m, at);
    reflectLeft(c, row, first(k), c.columns, m, at, m.rows - row, taus.re[k] as number, taus.im[k] as number);
    m.re[at] = beta;
    if (m.isComplex) m.im[at] = betaIm;
  }
}
