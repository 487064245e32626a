/** The long steps of eigenvalue and singular value decompositions of real matrices by the library. */

import { Taus } from "../js/linalg/householder.js";
import { Matrix } from "../js/linalg/matrix.js";
import { plainSteps, type Steps, type Turned, TurnedColumns } from "../js/linalg/steps.js";
import type { Arguments } from "./arguments.js";
import type { NativeLibrary } from "./library.js";

/** So many turns are done together: three numbers each. */
const TURNS = 1 << 15;

/** Matrices of fewer columns stay with JavaScript. */
const FEWEST_COLUMNS = 12;

/** Collects turns of columns and does many of them at a time, rows by rows, so that each row is read once for all. */
class QueuedTurns implements Turned {
  private readonly columns: TurnedColumns;
  private readonly turns: Float64Array;
  private count = 0;

  constructor(
    private readonly m: Matrix,
    private readonly run: (m: Matrix, turns: Float64Array, count: number) => void,
  ) {
    this.columns = new TurnedColumns(m);
    this.turns = new Float64Array(3 * TURNS);
  }

  turn(i: number, c: number, s: number): void {
    const at = 3 * this.count;
    this.turns[at] = i;
    this.turns[at + 1] = c;
    this.turns[at + 2] = s;
    if (++this.count === TURNS) this.finish();
  }

  swap(i: number, j: number): void {
    this.finish();
    this.columns.swap(i, j);
  }

  negate(i: number): void {
    this.finish();
    this.columns.negate(i);
  }

  finish(): void {
    if (this.count > 0) this.run(this.m, this.turns, this.count);
    this.count = 0;
  }
}

/** The steps, with those in JavaScript for complex and small matrices. */
export function nativeSteps(library: NativeLibrary, args: Arguments, always: boolean): Steps {
  const tridiagonalise = library.kernel("tridiagonalise");
  const bidiagonalise = library.kernel("bidiagonalise");
  const turn = library.kernel("turn");
  const reflect = library.kernel("reflect");
  const least = always ? 1 : FEWEST_COLUMNS;
  const isTaken = (m: Matrix): boolean => !m.isComplex && m.columns >= least && m.rows > 0;

  const put = (...values: readonly (number | Float64Array)[]): void => {
    args.at = 0;
    for (const value of values) args.put(typeof value === "number" ? value : value.length === 0 ? 0 : library.address(value));
  };

  const runTurns = (m: Matrix, turns: Float64Array, count: number): void => {
    put(m.rows, m.columns, m.re, count, turns);
    turn();
  };

  return {
    tridiagonalise(a, d, e) {
      if (!isTaken(a)) return plainSteps.tridiagonalise(a, d, e);
      const taus = new Taus(Math.max(a.rows - 1, 0));
      put(a.rows, a.re, d, e, taus.re);
      tridiagonalise();
      return taus;
    },
    bidiagonalise(a) {
      if (!isTaken(a)) return plainSteps.bidiagonalise(a);
      const n = a.columns;
      const [d, e] = [new Float64Array(n), new Float64Array(Math.max(n - 1, 0))];
      const right = new Matrix(n, n, false);
      const [leftTaus, rightTaus] = [new Taus(n), new Taus(Math.max(n - 1, 0))];
      put(a.rows, n, a.re, right.re, d, e, leftTaus.re, rightTaus.re);
      bidiagonalise();
      return { d, e, left: a, leftTaus, right, rightTaus };
    },
    applyReflectors(c, m, taus, shift, isTriangle) {
      if (c.isComplex || !isTaken(m)) return plainSteps.applyReflectors(c, m, taus, shift, isTriangle);
      put(c.rows, c.columns, c.re, m.columns, m.re, taus.count, taus.re, shift, isTriangle ? 1 : 0);
      reflect();
    },
    turned: (m) => (isTaken(m) ? new QueuedTurns(m, runTurns) : plainSteps.turned(m)),
  };
}
