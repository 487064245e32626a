/** Eigenvalues of symmetric tridiagonal matrices by implicit QL and QR steps (LAPACK's `dsteqr`). */

import { lengthOf, makeOldRotation, plane } from "./rotation.js";
import type { Turned } from "./steps.js";

const SMALLEST = 2 ** -1022;
const SWEEPS = 30;

/** A symmetric tridiagonal matrix, and vectors that are rotated along with it. */
class Tridiagonal {
  private sweeps = 0;
  private readonly most: number;

  constructor(
    private readonly d: Float64Array,
    private readonly e: Float64Array,
    private readonly vectors: Turned | null,
    private readonly epsilon: number,
  ) {
    this.most = SWEEPS * d.length;
  }

  /** Makes all off-diagonal elements 0; false if that does not converge. */
  diagonalise(): boolean {
    const { d, e } = this;
    const n = d.length;
    for (let start = 0; start < n; ) {
      if (start > 0) e[start - 1] = 0;
      let end = start;
      for (; end < n - 1; end++) {
        const size = Math.abs(e[end] as number);
        if (size === 0) break;
        if (size <= Math.sqrt(Math.abs(d[end] as number)) * Math.sqrt(Math.abs(d[end + 1] as number)) * this.epsilon) {
          e[end] = 0;
          break;
        }
      }
      const first = start;
      start = end + 1;
      if (end === first) continue;
      const isDone = Math.abs(d[end] as number) < Math.abs(d[first] as number) ? this.stepsDown(end, first) : this.stepsUp(first, end);
      if (!isDone) return false;
    }
    return true;
  }

  private isSmall(i: number): boolean {
    const { d, e } = this;
    return (e[i] as number) ** 2 <= this.epsilon ** 2 * Math.abs(d[i] as number) * Math.abs(d[i + 1] as number) + SMALLEST;
  }

  private turn(i: number, c: number, s: number): void {
    this.vectors?.turn(i, c, s);
  }

  /** Diagonalises the two rows from `i` on at once (`dlaev2`). */
  private finishPair(i: number): void {
    const { d, e } = this;
    const { larger, smaller, c, s } = symmetricPair(d[i] as number, e[i] as number, d[i + 1] as number);
    this.turn(i, c, s);
    d[i] = larger;
    d[i + 1] = smaller;
    e[i] = 0;
  }

  /** QL steps on rows `l … end`. */
  private stepsUp(from: number, end: number): boolean {
    const { d, e } = this;
    let l = from;
    while (l <= end) {
      let m = l;
      while (m < end && !this.isSmall(m)) m++;
      if (m < end) e[m] = 0;
      if (m === l) {
        l++;
        continue;
      }
      if (m === l + 1) {
        this.finishPair(l);
        l += 2;
        continue;
      }
      if (this.sweeps++ >= this.most) return false;
      const first = d[l] as number;
      const slope = ((d[l + 1] as number) - first) / (2 * (e[l] as number));
      const r = lengthOf(slope, 1);
      let g = (d[m] as number) - first + (e[l] as number) / (slope + (slope < 0 ? -r : r));
      let [s, c, p] = [1, 1, 0];
      for (let i = m - 1; i >= l; i--) {
        const f = s * (e[i] as number);
        const b = c * (e[i] as number);
        makeOldRotation(g, f);
        ({ c, s } = plane);
        if (i !== m - 1) e[i + 1] = plane.r;
        g = (d[i + 1] as number) - p;
        const t = ((d[i] as number) - g) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = g + p;
        g = c * t - b;
        this.turn(i, c, -s);
      }
      (d[l] as number) -= p;
      e[l] = g;
    }
    return true;
  }

  /** QR steps on rows `end … l`, from below. */
  private stepsDown(from: number, end: number): boolean {
    const { d, e } = this;
    let l = from;
    while (l >= end) {
      let m = l;
      while (m > end && !this.isSmall(m - 1)) m--;
      if (m > end) e[m - 1] = 0;
      if (m === l) {
        l--;
        continue;
      }
      if (m === l - 1) {
        this.finishPair(l - 1);
        l -= 2;
        continue;
      }
      if (this.sweeps++ >= this.most) return false;
      const last = d[l] as number;
      const slope = ((d[l - 1] as number) - last) / (2 * (e[l - 1] as number));
      const r = lengthOf(slope, 1);
      let g = (d[m] as number) - last + (e[l - 1] as number) / (slope + (slope < 0 ? -r : r));
      let [s, c, p] = [1, 1, 0];
      for (let i = m; i < l; i++) {
        const f = s * (e[i] as number);
        const b = c * (e[i] as number);
        makeOldRotation(g, f);
        ({ c, s } = plane);
        if (i !== m) e[i - 1] = plane.r;
        g = (d[i] as number) - p;
        const t = ((d[i + 1] as number) - g) * s + 2 * c * b;
        p = s * t;
        d[i] = g + p;
        g = c * t - b;
        this.turn(i, c, s);
      }
      (d[l] as number) -= p;
      e[l - 1] = g;
    }
    return true;
  }

  /** Brings the eigenvalues into ascending order. */
  sort(): void {
    const { d, vectors } = this;
    for (let i = 0; i < d.length - 1; i++) {
      let k = i;
      for (let j = i + 1; j < d.length; j++) if ((d[j] as number) < (d[k] as number)) k = j;
      if (k === i) continue;
      const value = d[k] as number;
      d[k] = d[i] as number;
      d[i] = value;
      vectors?.swap(i, k);
    }
  }
}

/** The eigenvalues of `[[a, b], [b, c]]` by modulus, and the rotation that makes it diagonal. */
function symmetricPair(a: number, b: number, c: number): { larger: number; smaller: number; c: number; s: number } {
  const [sum, difference, twice] = [a + c, a - c, 2 * b];
  const [most, least] = Math.abs(a) > Math.abs(c) ? [a, c] : [c, a];
  const size = Math.hypot(difference, twice);
  const sign = sum < 0 ? -1 : 1;
  const larger = sum === 0 ? size / 2 : (sum + sign * size) / 2;
  const smaller = sum === 0 ? -size / 2 : (most / larger) * least - (b / larger) * b;
  const turned = difference >= 0 ? 1 : -1;
  const along = difference + turned * size;
  let [cosine, sine] = [1, 0];
  if (Math.abs(along) > Math.abs(twice)) {
    const t = -twice / along;
    sine = 1 / Math.sqrt(1 + t * t);
    cosine = t * sine;
  } else if (twice !== 0) {
    const t = -along / twice;
    cosine = 1 / Math.sqrt(1 + t * t);
    sine = t * cosine;
  }
  return sign === turned ? { larger, smaller, c: -sine, s: cosine } : { larger, smaller, c: cosine, s: sine };
}

/**
 * Replaces the diagonal `d` by the eigenvalues, ascending, where `e` lies beside it; the columns of `vectors` turn into eigenvectors if
 * they were the basis in which the matrix is tridiagonal. `epsilon` is the rounding error of the dtype that the results are rounded to: with it,
 * steps end where those of LAPACK end, which the signs of vectors depend on.
 * @returns whether the steps converged.
 */
export function solveTridiagonal(d: Float64Array, e: Float64Array, vectors: Turned | null, epsilon: number): boolean {
  const matrix = new Tridiagonal(d, e, vectors, epsilon);
  const isDone = matrix.diagonalise();
  vectors?.finish();
  matrix.sort();
  return isDone;
}
