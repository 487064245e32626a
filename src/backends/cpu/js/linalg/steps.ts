/** The steps of eigenvalue and singular value decompositions that take most of their time, which a faster engine may replace. */

import { rotate, scale, swap } from "./columns.js";
import { applyReflectors, openReflector, reflectLeft, reflector, reflectRight, Taus } from "./householder.js";
import { Matrix } from "./matrix.js";
import { tridiagonalise } from "./tridiagonalise.js";

/** A matrix with at least as many rows as columns, as `Q·B·Pᴴ`, where `B` is upper bidiagonal. */
export interface Bidiagonalised {
  readonly d: Float64Array;
  readonly e: Float64Array;
  /** The reflectors of `Q`, below the diagonal, and of `P`, below the first lower diagonal. */
  readonly left: Matrix;
  readonly leftTaus: Taus;
  readonly right: Matrix;
  readonly rightTaus: Taus;
}

/** A matrix whose columns are rotated, exchanged and negated. */
export interface Turned {
  /** Replaces columns `i` and `i + 1`, `x` and `y`, by `c·x + s·y` and `c·y - s·x`. */
  turn(i: number, c: number, s: number): void;
  /** Exchanges two columns. */
  swap(i: number, j: number): void;
  /** Changes the sign of a column. */
  negate(i: number): void;
  /** Does what is left to do. */
  finish(): void;
}

/** The steps. */
export interface Steps {
  /** Brings the lower triangle to tridiagonal form; the reflectors stay below. */
  tridiagonalise(a: Matrix, d: Float64Array, e: Float64Array): Taus;
  /** Brings a matrix with at least as many rows as columns to bidiagonal form. */
  bidiagonalise(a: Matrix): Bidiagonalised;
  /** `C ← H₀·H₁⋯·C`, reflector `k` in column `k` of `m` from row `k + shift` on; with `isTriangle` for columns `k + shift …` of `c` only. */
  applyReflectors(c: Matrix, m: Matrix, taus: Taus, shift: number, isTriangle: boolean): void;
  /** The columns of a matrix, to be turned. */
  turned(m: Matrix): Turned;
}

/** Turns columns at once. */
export class TurnedColumns implements Turned {
  constructor(private readonly m: Matrix) {}

  turn(i: number, c: number, s: number): void {
    const { m } = this;
    rotate(m, m.at(0, i), m.at(0, i + 1), c, s, m.rows);
  }

  swap(i: number, j: number): void {
    const { m } = this;
    swap(m, m.at(0, i), m.at(0, j), 1, m.rows);
  }

  negate(i: number): void {
    scale(this.m, this.m.at(0, i), -1, 0, this.m.rows);
  }

  finish(): void {}
}

function bidiagonalise(a: Matrix): Bidiagonalised {
  const { rows, columns: n, isComplex } = a;
  const [d, e] = [new Float64Array(n), new Float64Array(Math.max(n - 1, 0))];
  const right = new Matrix(n, n, isComplex);
  const [leftTaus, rightTaus] = [new Taus(n), new Taus(Math.max(n - 1, 0))];
  for (let i = 0; i < n; i++) {
    const at = a.at(i, i);
    reflector(a, at, rows - i, leftTaus.one);
    leftTaus.keep(i);
    d[i] = openReflector(a, at);
    reflectLeft(a, i, i + 1, n, a, at, rows - i, leftTaus.one.re, -leftTaus.one.im);
    a.re[at] = d[i] as number;
    if (i === n - 1) break;
    const place = right.at(i + 1, i);
    for (let j = i + 1; j < n; j++) {
      right.re[place + j - i - 1] = a.re[a.at(i, j)] as number;
      if (isComplex) right.im[place + j - i - 1] = -(a.im[a.at(i, j)] as number);
    }
    reflector(right, place, n - i - 1, rightTaus.one);
    rightTaus.keep(i);
    e[i] = openReflector(right, place);
    reflectRight(a, i + 1, rows, i + 1, right, place, n - i - 1, rightTaus.one.re, rightTaus.one.im);
  }
  return { d, e, left: a, leftTaus, right, rightTaus };
}

/** The steps in JavaScript. */
export const plainSteps: Steps = {
  tridiagonalise,
  bidiagonalise,
  applyReflectors: (c, m, taus, shift, isTriangle) => applyReflectors(c, m, taus, shift, (k) => (isTriangle ? k + shift : 0)),
  turned: (m) => new TurnedColumns(m),
};
