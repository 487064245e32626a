/** Singular values of bidiagonal matrices by implicit zero-shift QR steps (LAPACK's `dbdsqr`; Demmel & Kahan, 1990). */

import { makeRotation, plane } from "./rotation.js";
import type { Turned } from "./steps.js";

const SMALLEST = 2 ** -1022;
const SWEEPS = 6;

const signOf = (x: number): number => (x < 0 || Object.is(x, -0) ? -1 : 1);

/** The smaller singular value of `[[f, g], [0, h]]` (`dlas2`). */
function smallerOf(f: number, g: number, h: number): number {
  const [a, b, c] = [Math.abs(f), Math.abs(g), Math.abs(h)];
  const [least, most] = a < c ? [a, c] : [c, a];
  if (least === 0) return 0;
  const sum = 1 + least / most;
  const difference = (most - least) / most;
  if (b < most) {
    const u = (b / most) ** 2;
    return least * (2 / (Math.sqrt(sum * sum + u) + Math.sqrt(difference * difference + u)));
  }
  const u = most / b;
  if (u === 0) return (least * most) / b;
  return 2 * least * u * (1 / (Math.sqrt(1 + (sum * u) ** 2) + Math.sqrt(1 + (difference * u) ** 2)));
}

interface Pair {
  readonly larger: number;
  readonly smaller: number;
  readonly left: readonly [c: number, s: number];
  readonly right: readonly [c: number, s: number];
}

/** The singular values of `[[f, g], [0, h]]` with the rotations that make it diagonal (`dlasv2`). */
function triangularPair(f: number, g: number, h: number): Pair {
  const isSwapped = Math.abs(h) > Math.abs(f);
  const [ft, ht] = isSwapped ? [h, f] : [f, h];
  const [fa, ha, ga] = [Math.abs(ft), Math.abs(ht), Math.abs(g)];
  let most = isSwapped ? 3 : 1;
  let [larger, smaller] = [fa, ha];
  let [cl, sl, cr, sr] = [1, 0, 1, 0];
  if (ga > fa) most = 2;
  if (ga > fa && fa / ga < 2 ** -53) {
    larger = ga;
    smaller = ha > 1 ? fa / (ga / ha) : (fa / ga) * ha;
    [cl, sl, sr, cr] = [1, ht / g, 1, ft / g];
  } else if (ga !== 0) {
    const d = fa - ha;
    const l = d === fa ? 1 : d / fa;
    const m = g / ft;
    const t = 2 - l;
    const s = Math.sqrt(t * t + m * m);
    const r = l === 0 ? Math.abs(m) : Math.sqrt(l * l + m * m);
    const a = (s + r) / 2;
    smaller = ha / a;
    larger = fa * a;
    let slope = (m / (s + t) + m / (r + l)) * (1 + a);
    if (m * m === 0) slope = l === 0 ? 2 * signOf(ft) * signOf(g) : g / (Math.abs(d) * signOf(ft)) + m / t;
    const length = Math.sqrt(slope * slope + 4);
    cr = 2 / length;
    sr = slope / length;
    cl = (cr + sr * m) / a;
    sl = ((ht / ft) * sr) / a;
  }
  const [left, right]: [[number, number], [number, number]] = isSwapped
    ? [
        [sr, cr],
        [sl, cl],
      ]
    : [
        [cl, sl],
        [cr, sr],
      ];
  const sign =
    most === 1
      ? signOf(right[0]) * signOf(left[0]) * signOf(f)
      : most === 2
        ? signOf(right[1]) * signOf(left[0]) * signOf(g)
        : signOf(right[1]) * signOf(left[1]) * signOf(h);
  return { larger: sign < 0 ? -larger : larger, smaller: sign * signOf(f) * signOf(h) < 0 ? -smaller : smaller, left, right };
}

/** An upper bidiagonal matrix with singular vectors that are rotated along with it. */
class Bidiagonal {
  private threshold = 0;
  private readonly tolerance: number;

  constructor(
    private readonly d: Float64Array,
    private readonly e: Float64Array,
    private readonly u: Turned | null,
    private readonly v: Turned | null,
    private readonly epsilon: number,
  ) {
    this.tolerance = epsilon * Math.max(10, Math.min(100, epsilon ** -0.125));
  }

  private turn(m: Turned | null, i: number, c: number, s: number): void {
    m?.turn(i, c, s);
  }

  /** Rotates a lower bidiagonal matrix to an upper one. */
  makeUpper(): void {
    const { d, e } = this;
    for (let i = 0; i < d.length - 1; i++) {
      makeRotation(d[i] as number, e[i] as number);
      const { c, s, r } = plane;
      d[i] = r;
      e[i] = s * (d[i + 1] as number);
      (d[i + 1] as number) *= c;
      this.turn(this.u, i, c, s);
    }
  }

  private findThreshold(): void {
    const { d, e } = this;
    const n = d.length;
    let bound = Math.abs(d[0] as number);
    let mu = bound;
    for (let i = 1; i < n && bound !== 0; i++) {
      mu = Math.abs(d[i] as number) * (mu / (mu + Math.abs(e[i - 1] as number)));
      bound = Math.min(bound, mu);
    }
    this.threshold = Math.max((this.tolerance * bound) / Math.sqrt(n), SWEEPS * n * n * SMALLEST);
  }

  /** Makes all off-diagonal elements 0; false if that does not converge. */
  diagonalise(): boolean {
    const { d, e } = this;
    const n = d.length;
    this.findThreshold();
    let [steps, m, oldFirst, oldLast, goesDown] = [0, n - 1, -1, -1, true];
    while (m > 0) {
      if (steps > SWEEPS * n * n || Number.isNaN(d[m])) return false;
      let first = m;
      let largest = Math.abs(d[m] as number);
      for (; first > 0; first--) {
        const beside = Math.abs(e[first - 1] as number);
        if (beside <= this.threshold) break;
        largest = Math.max(largest, Math.abs(d[first - 1] as number), beside);
      }
      if (first > 0) e[first - 1] = 0;
      if (first === m) {
        m--;
        continue;
      }
      if (first === m - 1) {
        this.finishPair(first);
        m -= 2;
        continue;
      }
      if (first > oldLast || m < oldFirst) goesDown = Math.abs(d[first] as number) >= Math.abs(d[m] as number);
      const least = goesDown ? this.deflateDown(first, m) : this.deflateUp(first, m);
      if (least === null) continue;
      [oldFirst, oldLast] = [first, m];
      const shift =
        n * this.tolerance * (least / largest) <= Math.max(this.epsilon, 0.01 * this.tolerance) ? 0 : this.shiftOf(first, m, goesDown);
      steps += m - first;
      if (shift === 0) goesDown ? this.plainDown(first, m) : this.plainUp(first, m);
      else goesDown ? this.shiftedDown(first, m, shift) : this.shiftedUp(first, m, shift);
      const end = goesDown ? m - 1 : first;
      if (Math.abs(e[end] as number) <= this.threshold) e[end] = 0;
    }
    return true;
  }

  private finishPair(i: number): void {
    const { d, e } = this;
    const { larger, smaller, left, right } = triangularPair(d[i] as number, e[i] as number, d[i + 1] as number);
    d[i] = larger;
    e[i] = 0;
    d[i + 1] = smaller;
    this.turn(this.v, i, right[0], right[1]);
    this.turn(this.u, i, left[0], left[1]);
  }

  /** A lower bound of the singular values of rows `first … last`, or null where an element became 0. */
  private deflateDown(first: number, last: number): number | null {
    const { d, e } = this;
    if (Math.abs(e[last - 1] as number) <= this.tolerance * Math.abs(d[last] as number)) {
      e[last - 1] = 0;
      return null;
    }
    let mu = Math.abs(d[first] as number);
    let least = mu;
    for (let i = first; i < last; i++) {
      const beside = Math.abs(e[i] as number);
      if (beside <= this.tolerance * mu) {
        e[i] = 0;
        return null;
      }
      mu = Math.abs(d[i + 1] as number) * (mu / (mu + beside));
      least = Math.min(least, mu);
    }
    return least;
  }

  private deflateUp(first: number, last: number): number | null {
    const { d, e } = this;
    if (Math.abs(e[first] as number) <= this.tolerance * Math.abs(d[first] as number)) {
      e[first] = 0;
      return null;
    }
    let mu = Math.abs(d[last] as number);
    let least = mu;
    for (let i = last - 1; i >= first; i--) {
      const beside = Math.abs(e[i] as number);
      if (beside <= this.tolerance * mu) {
        e[i] = 0;
        return null;
      }
      mu = Math.abs(d[i] as number) * (mu / (mu + beside));
      least = Math.min(least, mu);
    }
    return least;
  }

  private shiftOf(first: number, last: number, goesDown: boolean): number {
    const { d, e } = this;
    const at = goesDown ? last - 1 : first;
    const start = Math.abs(d[goesDown ? first : last] as number);
    const shift = smallerOf(d[at] as number, e[at] as number, d[at + 1] as number);
    return start > 0 && (shift / start) ** 2 < this.epsilon ? 0 : shift;
  }

  private plainDown(first: number, last: number): void {
    const { d, e } = this;
    let [c, oldC, oldS] = [1, 1, 0];
    for (let i = first; i < last; i++) {
      makeRotation((d[i] as number) * c, e[i] as number);
      const { s, r } = plane;
      c = plane.c;
      if (i > first) e[i - 1] = oldS * r;
      this.turn(this.v, i, c, s);
      makeRotation(oldC * r, (d[i + 1] as number) * s);
      oldC = plane.c;
      oldS = plane.s;
      d[i] = plane.r;
      this.turn(this.u, i, oldC, oldS);
    }
    const h = (d[last] as number) * c;
    d[last] = h * oldC;
    e[last - 1] = h * oldS;
  }

  private plainUp(first: number, last: number): void {
    const { d, e } = this;
    let [c, oldC, oldS] = [1, 1, 0];
    for (let i = last; i > first; i--) {
      makeRotation((d[i] as number) * c, e[i - 1] as number);
      const { s, r } = plane;
      c = plane.c;
      if (i < last) e[i] = oldS * r;
      this.turn(this.u, i - 1, c, -s);
      makeRotation(oldC * r, (d[i - 1] as number) * s);
      oldC = plane.c;
      oldS = plane.s;
      d[i] = plane.r;
      this.turn(this.v, i - 1, oldC, -oldS);
    }
    const h = (d[first] as number) * c;
    d[first] = h * oldC;
    e[first] = h * oldS;
  }

  private shiftedDown(first: number, last: number, shift: number): void {
    const { d, e } = this;
    const start = d[first] as number;
    let f = (Math.abs(start) - shift) * (signOf(start) + shift / start);
    let g = e[first] as number;
    for (let i = first; i < last; i++) {
      makeRotation(f, g);
      let { c, s } = plane;
      if (i > first) e[i - 1] = plane.r;
      f = c * (d[i] as number) + s * (e[i] as number);
      e[i] = c * (e[i] as number) - s * (d[i] as number);
      g = s * (d[i + 1] as number);
      (d[i + 1] as number) *= c;
      this.turn(this.v, i, c, s);
      makeRotation(f, g);
      ({ c, s } = plane);
      d[i] = plane.r;
      f = c * (e[i] as number) + s * (d[i + 1] as number);
      d[i + 1] = c * (d[i + 1] as number) - s * (e[i] as number);
      if (i < last - 1) {
        g = s * (e[i + 1] as number);
        (e[i + 1] as number) *= c;
      }
      this.turn(this.u, i, c, s);
    }
    e[last - 1] = f;
  }

  private shiftedUp(first: number, last: number, shift: number): void {
    const { d, e } = this;
    const start = d[last] as number;
    let f = (Math.abs(start) - shift) * (signOf(start) + shift / start);
    let g = e[last - 1] as number;
    for (let i = last; i > first; i--) {
      makeRotation(f, g);
      let { c, s } = plane;
      if (i < last) e[i] = plane.r;
      f = c * (d[i] as number) + s * (e[i - 1] as number);
      e[i - 1] = c * (e[i - 1] as number) - s * (d[i] as number);
      g = s * (d[i - 1] as number);
      (d[i - 1] as number) *= c;
      this.turn(this.u, i - 1, c, -s);
      makeRotation(f, g);
      ({ c, s } = plane);
      d[i] = plane.r;
      f = c * (e[i - 1] as number) + s * (d[i - 1] as number);
      d[i - 1] = c * (d[i - 1] as number) - s * (e[i - 1] as number);
      if (i > first + 1) {
        g = s * (e[i - 2] as number);
        (e[i - 2] as number) *= c;
      }
      this.turn(this.v, i - 1, c, -s);
    }
    e[first] = f;
  }

  /** Makes the values positive, in descending order. */
  sort(): void {
    const { d, u, v } = this;
    const n = d.length;
    for (let i = 0; i < n; i++) {
      if (!((d[i] as number) < 0)) continue;
      d[i] = -(d[i] as number);
      v?.negate(i);
    }
    for (let last = n - 1; last > 0; last--) {
      let least = 0;
      for (let j = 1; j <= last; j++) if ((d[j] as number) <= (d[least] as number)) least = j;
      if (least === last) continue;
      const value = d[least] as number;
      d[least] = d[last] as number;
      d[last] = value;
      u?.swap(least, last);
      v?.swap(least, last);
    }
  }
}

/**
 * Replaces the diagonal `d` by the singular values, descending, where `e` lies above it (below it with `lower`); the columns of `u` and
 * `v` turn along. `epsilon` is the rounding error of the dtype that the results are rounded to.
 * @returns whether the steps converged.
 */
export function solveBidiagonal(
  d: Float64Array,
  e: Float64Array,
  u: Turned | null,
  v: Turned | null,
  lower: boolean,
  epsilon: number,
): boolean {
  if (d.length === 0) return true;
  const matrix = new Bidiagonal(d, e, u, v, epsilon);
  if (lower) matrix.makeUpper();
  const isDone = matrix.diagonalise();
  u?.finish();
  v?.finish();
  matrix.sort();
  return isDone;
}
