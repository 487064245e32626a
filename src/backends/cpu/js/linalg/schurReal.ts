/** The real Schur form by Francis's double-shift QR steps (LAPACK's `dlahqr` and `dlanv2`). */

import { reflector, type Tau } from "./householder.js";
import { Matrix } from "./matrix.js";

/** The relative precision of float64. */
const PRECISION = 2 ** -52;
const SMALLEST = 2 ** -1022;
const SWEEPS = 30;
/** After so many steps without a result the shifts are chosen otherwise. */
const EXCEPTIONAL = 10;

const signOf = (x: number): number => (x < 0 || Object.is(x, -0) ? -1 : 1);

/** A block of two rows in standard form: its elements, eigenvalues, and the rotation. */
interface Block {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly im: number;
  readonly cos: number;
  readonly sin: number;
}

function blockOf(a: number, b: number, c: number, d: number, cos: number, sin: number): Block {
  return { a, b, c, d, cos, sin, im: c === 0 ? 0 : Math.sqrt(Math.abs(b)) * Math.sqrt(Math.abs(c)) };
}

/** The standard form of `[[a, b], [c, d]]`: triangular, or with equal diagonal and off-diagonal elements of opposite signs. */
function standardise(a: number, b: number, c: number, d: number): Block {
  if (c === 0) return blockOf(a, b, c, d, 1, 0);
  if (b === 0) return blockOf(d, -c, 0, a, 0, 1);
  if (a - d === 0 && signOf(b) !== signOf(c)) return blockOf(a, b, c, d, 1, 0);
  const difference = a - d;
  const half = difference / 2;
  const most = Math.max(Math.abs(b), Math.abs(c));
  const least = Math.min(Math.abs(b), Math.abs(c)) * signOf(b) * signOf(c);
  const scale = Math.max(Math.abs(half), most);
  const z = (half / scale) * half + (most / scale) * least;
  if (z >= 4 * PRECISION) {
    const step = half + signOf(half) * Math.sqrt(scale) * Math.sqrt(z);
    const length = Math.hypot(c, step);
    return blockOf(d + step, b - c, 0, d - (most / step) * least, step / length, c / length);
  }
  return equalise(a, b, c, d);
}

/** Complex or nearly equal eigenvalues: makes the diagonal elements equal. */
function equalise(a: number, b: number, c: number, d: number): Block {
  const sigma = b + c;
  const difference = a - d;
  const tau = Math.hypot(sigma, difference);
  const cos = Math.sqrt((1 + Math.abs(sigma) / tau) / 2);
  const sin = -(difference / 2 / (tau * cos)) * signOf(sigma);
  const [aa, bb, cc, dd] = [a * cos + b * sin, -a * sin + b * cos, c * cos + d * sin, -c * sin + d * cos];
  const [p, q, r, s] = [aa * cos + cc * sin, bb * cos + dd * sin, -aa * sin + cc * cos, -bb * sin + dd * cos];
  const mean = (p + s) / 2;
  if (r === 0) return blockOf(mean, q, r, mean, cos, sin);
  if (q === 0) return blockOf(mean, -r, 0, mean, -sin, cos);
  if (signOf(q) !== signOf(r)) return blockOf(mean, q, r, mean, cos, sin);
  const [rootB, rootC] = [Math.sqrt(Math.abs(q)), Math.sqrt(Math.abs(r))];
  const step = signOf(r) * rootB * rootC;
  const size = 1 / Math.sqrt(Math.abs(q + r));
  const [cos2, sin2] = [rootB * size, rootC * size];
  return blockOf(mean + step, q - r, 0, mean - step, cos * cos2 - sin * sin2, cos * sin2 + sin * cos2);
}

/** A Hessenberg matrix on its way to Schur form, with its basis and eigenvalues. */
class Francis {
  readonly re: Float64Array;
  readonly im: Float64Array;
  private readonly v = new Matrix(3, 1, false);
  private readonly tau: Tau = { re: 0, im: 0 };
  private readonly h: Float64Array;
  private readonly n: number;

  constructor(
    matrix: Matrix,
    private readonly basis: Matrix | null,
    private readonly low: number,
    private readonly high: number,
    private readonly precision: number,
  ) {
    this.n = matrix.rows;
    this.h = matrix.re;
    this.re = new Float64Array(this.n);
    this.im = new Float64Array(this.n);
    for (let i = 0; i < this.n; i++) if (i < low || i > high) this.re[i] = this.at(i, i);
  }

  private at(row: number, column: number): number {
    return this.h[row + column * this.n] as number;
  }

  private put(row: number, column: number, value: number): void {
    this.h[row + column * this.n] = value;
  }

  /** Finds all eigenvalues; false if the steps do not converge. */
  solve(): boolean {
    const { low, high } = this;
    const most = SWEEPS * Math.max(10, high - low + 1);
    let last = high;
    while (last >= low) {
      let first = low;
      let steps = 0;
      for (; ; steps++) {
        if (steps > most) return false;
        first = this.split(first, last);
        if (first >= last - 1) break;
        this.step(first, last, steps + 1);
      }
      if (first === last) this.re[last] = this.at(last, last);
      else this.finishPair(last - 1);
      last = first - 1;
    }
    return true;
  }

  /** The first row of the block that ends with row `last`; the element before it becomes 0 (Ahues & Tisseur's test). */
  private split(low: number, last: number): number {
    const { precision } = this;
    const smallest = SMALLEST * ((this.high - this.low + 1) / precision);
    let k = last;
    for (; k > low; k--) {
      const below = Math.abs(this.at(k, k - 1));
      if (below <= smallest) break;
      let size = Math.abs(this.at(k - 1, k - 1)) + Math.abs(this.at(k, k));
      if (size === 0) {
        if (k - 2 >= this.low) size += Math.abs(this.at(k - 1, k - 2));
        if (k + 1 <= this.high) size += Math.abs(this.at(k + 1, k));
      }
      if (below > precision * size) continue;
      const above = Math.abs(this.at(k - 1, k));
      const [here, difference] = [Math.abs(this.at(k, k)), Math.abs(this.at(k - 1, k - 1) - this.at(k, k))];
      const [ab, ba, aa, bb] = [Math.max(below, above), Math.min(below, above), Math.max(here, difference), Math.min(here, difference)];
      const s = aa + ab;
      if (ba * (ab / s) <= Math.max(smallest, precision * (bb * (aa / s)))) break;
    }
    if (k > this.low) this.put(k, k - 1, 0);
    return k;
  }

  /** The two shifts for a block: `[re₁, im₁, re₂, im₂]`. */
  private shifts(first: number, last: number, count: number): readonly [number, number, number, number] {
    let [h11, h12, h21, h22] = [this.at(last - 1, last - 1), this.at(last - 1, last), this.at(last, last - 1), this.at(last, last)];
    if (count % EXCEPTIONAL === 0) {
      const isLate = count % (2 * EXCEPTIONAL) === 0;
      const s = isLate
        ? Math.abs(h21) + Math.abs(this.at(last - 1, last - 2))
        : Math.abs(this.at(first + 1, first)) + Math.abs(this.at(first + 2, first + 1));
      h11 = 0.75 * s + (isLate ? h22 : this.at(first, first));
      [h12, h21, h22] = [-0.4375 * s, s, h11];
    }
    const s = Math.abs(h11) + Math.abs(h12) + Math.abs(h21) + Math.abs(h22);
    if (s === 0) return [0, 0, 0, 0];
    const [a, b, c, d] = [h11 / s, h12 / s, h21 / s, h22 / s];
    const mean = (a + d) / 2;
    const determinant = (a - mean) * (d - mean) - b * c;
    const root = Math.sqrt(Math.abs(determinant));
    if (determinant >= 0) return [mean * s, root * s, mean * s, -root * s];
    const [more, less] = [mean + root, mean - root];
    const shift = (Math.abs(more - d) <= Math.abs(less - d) ? more : less) * s;
    return [shift, 0, shift, 0];
  }

  /** One step on rows `first … last`. */
  private step(first: number, last: number, count: number): void {
    const [re1, im1, re2, im2] = this.shifts(first, last, count);
    const v = this.v.re;
    let m = last - 2;
    for (; m >= first; m--) {
      const [here, next, below] = [this.at(m, m), this.at(m + 1, m + 1), this.at(m + 1, m)];
      const s = Math.abs(here - re2) + Math.abs(im2) + Math.abs(below);
      const scaled = below / s;
      v[0] = scaled * this.at(m, m + 1) + (here - re1) * ((here - re2) / s) - im1 * (im2 / s);
      v[1] = scaled * (here + next - re1 - re2);
      v[2] = scaled * this.at(m + 2, m + 1);
      const size = Math.abs(v[0]) + Math.abs(v[1]) + Math.abs(v[2]);
      for (let i = 0; i < 3; i++) (v[i] as number) /= size;
      if (m === first) break;
      const around = Math.abs(this.at(m - 1, m - 1)) + Math.abs(here) + Math.abs(next);
      if (Math.abs(this.at(m, m - 1)) * (Math.abs(v[1]) + Math.abs(v[2])) <= this.precision * Math.abs(v[0]) * around) break;
    }
    for (let k = m; k < last; k++) this.chase(k, m, first, last);
  }

  /** Applies the reflector of column `k`. */
  private chase(k: number, start: number, first: number, last: number): void {
    const { v, tau, n, basis } = this;
    const length = Math.min(3, last - k + 1);
    if (k > start) for (let i = 0; i < length; i++) v.re[i] = this.at(k + i, k - 1);
    reflector(v, 0, length, tau);
    if (k > start) {
      this.put(k, k - 1, v.re[0] as number);
      this.put(k + 1, k - 1, 0);
      if (k < last - 1) this.put(k + 2, k - 1, 0);
    } else if (start > first) this.put(k, k - 1, this.at(k, k - 1) * (1 - tau.re));
    const t1 = tau.re;
    const v2 = v.re[1] as number;
    const v3 = length === 3 ? (v.re[2] as number) : 0;
    const h = this.h;
    for (let j = k, p = k + k * n; j < n; j++, p += n) {
      const third = length === 3 ? (h[p + 2] as number) : 0;
      const sum = t1 * ((h[p] as number) + v2 * (h[p + 1] as number) + v3 * third);
      (h[p] as number) -= sum;
      (h[p + 1] as number) -= sum * v2;
      if (length === 3) h[p + 2] = third - sum * v3;
    }
    mix(h, n, k, Math.min(k + 4, last + 1), t1, v2, v3, length === 3);
    if (basis !== null) mix(basis.re, n, k, n, t1, v2, v3, length === 3);
  }

  /** Brings the two rows from `i` on to standard form. */
  private finishPair(i: number): void {
    const { n, h, basis } = this;
    const { a, b, c, d, im, cos, sin } = standardise(this.at(i, i), this.at(i, i + 1), this.at(i + 1, i), this.at(i + 1, i + 1));
    for (let j = i + 2; j < n; j++) {
      const [x, y] = [this.at(i, j), this.at(i + 1, j)];
      this.put(i, j, cos * x + sin * y);
      this.put(i + 1, j, cos * y - sin * x);
    }
    turn(h, i * n, (i + 1) * n, cos, sin, i);
    if (basis !== null) turn(basis.re, i * n, (i + 1) * n, cos, sin, n);
    this.put(i, i, a);
    this.put(i, i + 1, b);
    this.put(i + 1, i, c);
    this.put(i + 1, i + 1, d);
    this.re[i] = a;
    this.re[i + 1] = d;
    this.im[i] = im;
    this.im[i + 1] = -im;
  }
}

/** Applies a reflector of two or three elements to columns `k …` from the right, for the first `rows` rows. */
function mix(h: Float64Array, n: number, k: number, rows: number, t1: number, v2: number, v3: number, isThree: boolean): void {
  const [p, q, r] = [k * n, (k + 1) * n, (k + 2) * n];
  for (let i = 0; i < rows; i++) {
    const third = isThree ? (h[r + i] as number) : 0;
    const sum = t1 * ((h[p + i] as number) + v2 * (h[q + i] as number) + v3 * third);
    (h[p + i] as number) -= sum;
    (h[q + i] as number) -= sum * v2;
    if (isThree) h[r + i] = third - sum * v3;
  }
}

function turn(h: Float64Array, p: number, q: number, cos: number, sin: number, n: number): void {
  for (let i = 0; i < n; i++) {
    const x = h[p + i] as number;
    const y = h[q + i] as number;
    h[p + i] = cos * x + sin * y;
    h[q + i] = cos * y - sin * x;
  }
}

/** Eigenvalues by real and imaginary parts, and whether all were found. */
export interface Eigenvalues {
  readonly re: Float64Array;
  readonly im: Float64Array;
  readonly isDone: boolean;
}

/** Brings a real Hessenberg matrix to Schur form in place, and its basis along. What is smaller by `precision` than its neighbours counts as 0. */
export function schurReal(h: Matrix, basis: Matrix | null, low: number, high: number, precision: number): Eigenvalues {
  const steps = new Francis(h, basis, low, high, precision);
  const isDone = steps.solve();
  return { re: steps.re, im: steps.im, isDone };
}
