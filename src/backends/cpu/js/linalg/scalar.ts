/** Arithmetic of complex numbers that stand outside of inner loops. */

import { Complex } from "../../../../core/complex.js";
import { divide, found } from "./columns.js";
import type { Matrix } from "./matrix.js";

/** The element at a place. */
export const elementAt = (m: Matrix, at: number): Complex => new Complex(m.re[at] as number, m.isComplex ? (m.im[at] as number) : 0);

/** Writes the element at a place. */
export function put(m: Matrix, at: number, { re, im }: Complex): void {
  m.re[at] = re;
  if (m.isComplex) m.im[at] = im;
}

export const real = (re: number): Complex => new Complex(re, 0);
export const conj = ({ re, im }: Complex): Complex => new Complex(re, -im);
export const plus = (a: Complex, b: Complex): Complex => new Complex(a.re + b.re, a.im + b.im);
export const minus = (a: Complex, b: Complex): Complex => new Complex(a.re - b.re, a.im - b.im);
export const times = (a: Complex, b: Complex): Complex => new Complex(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re);
export const modulus = ({ re, im }: Complex): number => Math.hypot(re, im);
/** LAPACK's cheap measure of size. */
export const size = ({ re, im }: Complex): number => Math.abs(re) + Math.abs(im);

export function over(a: Complex, b: Complex): Complex {
  divide(a.re, a.im, b.re, b.im);
  return new Complex(found.re, found.im);
}

/** The root in the right half plane. */
export function root({ re, im }: Complex): Complex {
  const length = Math.hypot(re, im);
  if (length === 0) return real(0);
  const half = Math.sqrt((length + Math.abs(re)) / 2);
  const other = im / (2 * half);
  return re >= 0 ? new Complex(half, other) : new Complex(Math.abs(other), im < 0 ? -half : half);
}
