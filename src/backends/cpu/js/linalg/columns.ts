/**
 * Operations on pieces of columns, real or complex: the inner loops of all decompositions (level 1 of BLAS). A piece is `n` elements
 * of a matrix from place `at` on.
 */

import type { Matrix } from "./matrix.js";

/** The complex number that `dot` and `divide` found last: no object is made for each of them. */
export const found: { re: number; im: number } = { re: 0, im: 0 };

/** `Σ conj(x)·y`, in `found`. */
export function dot(x: Matrix, atX: number, y: Matrix, atY: number, n: number): void {
  const [a, b, c, d] = [x.re, x.im, y.re, y.im];
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let i = 0;
  if (!x.isComplex) {
    for (; i + 3 < n; i += 4) {
      s0 += (a[atX + i] as number) * (c[atY + i] as number);
      s1 += (a[atX + i + 1] as number) * (c[atY + i + 1] as number);
      s2 += (a[atX + i + 2] as number) * (c[atY + i + 2] as number);
      s3 += (a[atX + i + 3] as number) * (c[atY + i + 3] as number);
    }
    for (; i < n; i++) s0 += (a[atX + i] as number) * (c[atY + i] as number);
    found.re = s0 + s1 + (s2 + s3);
    found.im = 0;
    return;
  }
  for (; i < n; i++) {
    const p = atX + i;
    const q = atY + i;
    s0 += (a[p] as number) * (c[q] as number);
    s1 += (b[p] as number) * (d[q] as number);
    s2 += (a[p] as number) * (d[q] as number);
    s3 += (b[p] as number) * (c[q] as number);
  }
  found.re = s0 + s1;
  found.im = s2 - s3;
}

/** `y += (re + im·i)·x` */
export function addScaled(y: Matrix, atY: number, re: number, im: number, x: Matrix, atX: number, n: number): void {
  const [a, b, c, d] = [x.re, x.im, y.re, y.im];
  if (!x.isComplex) {
    if (re === 0) return;
    for (let i = 0; i < n; i++) (c[atY + i] as number) += re * (a[atX + i] as number);
    return;
  }
  if (re === 0 && im === 0) return;
  for (let i = 0; i < n; i++) {
    const u = a[atX + i] as number;
    const v = b[atX + i] as number;
    (c[atY + i] as number) += re * u - im * v;
    (d[atY + i] as number) += re * v + im * u;
  }
}

/** `x *= re + im·i` */
export function scale(x: Matrix, at: number, re: number, im: number, n: number): void {
  const [a, b] = [x.re, x.im];
  if (!x.isComplex) {
    for (let i = at; i < at + n; i++) (a[i] as number) *= re;
    return;
  }
  for (let i = at; i < at + n; i++) {
    const u = a[i] as number;
    const v = b[i] as number;
    a[i] = re * u - im * v;
    b[i] = re * v + im * u;
  }
}

/** Replaces columns `x, y` by `c·x + s·y, c·y - s·x`: a rotation. */
export function rotate(m: Matrix, atX: number, atY: number, c: number, s: number, n: number): void {
  rotatePart(m.re, atX, atY, c, s, n);
  if (m.isComplex) rotatePart(m.im, atX, atY, c, s, n);
}

function rotatePart(a: Float64Array, atX: number, atY: number, c: number, s: number, n: number): void {
  for (let i = 0; i < n; i++) {
    const u = a[atX + i] as number;
    const v = a[atY + i] as number;
    a[atX + i] = c * u + s * v;
    a[atY + i] = c * v - s * u;
  }
}

/** Exchanges elements `p, p + step, …` and `q, q + step, …`. */
export function swap(m: Matrix, p: number, q: number, step: number, n: number): void {
  if (p === q) return;
  for (const part of m.isComplex ? [m.re, m.im] : [m.re]) {
    for (let i = 0, a = p, b = q; i < n; i++, a += step, b += step) {
      const value = part[a] as number;
      part[a] = part[b] as number;
      part[b] = value;
    }
  }
}

/** The Euclidean norm, without overflow. */
export function norm(x: Matrix, at: number, n: number): number {
  let sum = 0;
  for (const part of x.isComplex ? [x.re, x.im] : [x.re]) for (let i = at; i < at + n; i++) sum += (part[i] as number) ** 2;
  if (sum > 1e-280 && sum < 1e300) return Math.sqrt(sum);
  let largest = 0;
  for (const part of x.isComplex ? [x.re, x.im] : [x.re])
    for (let i = at; i < at + n; i++) largest = Math.max(largest, Math.abs(part[i] as number));
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  sum = 0;
  for (const part of x.isComplex ? [x.re, x.im] : [x.re]) for (let i = at; i < at + n; i++) sum += ((part[i] as number) / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/** `(a + b·i) / (c + d·i)`, in `found`, by Smith's method. */
export function divide(a: number, b: number, c: number, d: number): void {
  if (d === 0) {
    found.re = a / c;
    found.im = b / c;
  } else if (Math.abs(c) >= Math.abs(d)) {
    const ratio = d / c;
    const size = c + d * ratio;
    found.re = (a + b * ratio) / size;
    found.im = (b - a * ratio) / size;
  } else {
    const ratio = c / d;
    const size = c * ratio + d;
    found.re = (a * ratio + b) / size;
    found.im = (b * ratio - a) / size;
  }
}
