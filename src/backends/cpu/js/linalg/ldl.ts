/** Factorisation `A = L·D·Lᵀ` (or `L·D·Lᴴ`) with Bunch and Kaufman's pivoting, and systems of equations by it. */

import type { Complex } from "../../../../core/complex.js";
import type { CpuOperand } from "../../storage.js";
import { addScaled, scale, swap } from "./columns.js";
import { Batch, type Matrix } from "./matrix.js";
import { conj, elementAt, minus, over, plus, put, real, size, times } from "./scalar.js";

const ALPHA = (1 + Math.sqrt(17)) / 8;
const ONE = real(1);

/** The lower triangle of a symmetric matrix (a Hermitian one where `mirrored` conjugates), and its factorisation in place. */
class Symmetric {
  private readonly pivots: Int32Array;
  private readonly mirrored: (x: Complex) => Complex;

  constructor(
    private readonly a: Matrix,
    private readonly hermitian: boolean,
  ) {
    this.pivots = new Int32Array(a.rows);
    this.mirrored = hermitian ? conj : (x) => x;
  }

  private get(row: number, column: number): Complex {
    return elementAt(this.a, this.a.at(row, column));
  }

  private set(row: number, column: number, value: Complex): void {
    put(this.a, this.a.at(row, column), value);
  }

  private sizeAt(row: number, column: number): number {
    const value = this.get(row, column);
    return this.hermitian && row === column ? Math.abs(value.re) : size(value);
  }

  /** The row of the largest element of column `k` below row `from`, and its size. */
  private largestBelow(k: number, from: number): readonly [row: number, size: number] {
    let [row, largest] = [from, 0];
    for (let i = from; i < this.a.rows; i++) {
      const here = this.sizeAt(i, k);
      if (here > largest) [row, largest] = [i, here];
    }
    return [row, largest];
  }

  /** Which row changes places, and whether the pivot is a block of two. */
  private choose(k: number): { row: number; isBlock: boolean; isSingular: boolean } {
    const here = this.sizeAt(k, k);
    const [other, beside] = this.largestBelow(k, k + 1);
    if (Math.max(here, beside) === 0 || Number.isNaN(here)) return { row: k, isBlock: false, isSingular: true };
    if (here >= ALPHA * beside) return { row: k, isBlock: false, isSingular: false };
    let widest = this.largestBelow(other, other + 1)[1];
    for (let j = k; j < other; j++) widest = Math.max(widest, this.sizeAt(other, j));
    if (here >= ALPHA * beside * (beside / widest)) return { row: k, isBlock: false, isSingular: false };
    return { row: other, isBlock: this.sizeAt(other, other) < ALPHA * widest, isSingular: false };
  }

  /** Exchanges rows and columns `p < q` of what is left. */
  private exchange(p: number, q: number, k: number): void {
    const { a } = this;
    swap(a, a.at(q + 1, p), a.at(q + 1, q), 1, a.rows - q - 1);
    for (let j = p + 1; j < q; j++) {
      const value = this.get(j, p);
      this.set(j, p, this.mirrored(this.get(q, j)));
      this.set(q, j, this.mirrored(value));
    }
    this.set(q, p, this.mirrored(this.get(q, p)));
    swap(a, a.at(p, p), a.at(q, q), 1, 1);
    if (k < p) swap(a, a.at(p, k), a.at(q, k), 1, 1);
  }

  private eliminateOne(k: number): void {
    const { a, hermitian } = this;
    const [n, at] = [a.rows, a.at(k, k)];
    const pivot = hermitian ? real(a.re[at] as number) : elementAt(a, at);
    if (hermitian) put(a, at, pivot);
    const inverse = over(ONE, pivot);
    for (let j = k + 1; j < n; j++) {
      const factor = times(inverse, this.mirrored(this.get(j, k)));
      addScaled(a, a.at(j, j), -factor.re, -factor.im, a, a.at(j, k), n - j);
      if (hermitian && a.isComplex) a.im[a.at(j, j)] = 0;
    }
    scale(a, at + 1, inverse.re, inverse.im, n - k - 1);
  }

  private eliminateTwo(k: number): void {
    const { a, hermitian, mirrored } = this;
    const n = a.rows;
    const below = this.get(k + 1, k);
    // The inverse of [[x, conj(y)], [y, z]] is [[z, -conj(y)], [-y, x]] / (x·z - y·conj(y)), divided by y for the sake of overflow.
    const [first, second] = [over(this.get(k, k), mirrored(below)), over(this.get(k + 1, k + 1), below)];
    const size = over(ONE, minus(times(first, second), ONE));
    for (let j = k + 2; j < n; j++) {
      const [p, q] = [this.get(j, k), this.get(j, k + 1)];
      const x = times(size, over(minus(times(second, p), q), mirrored(below)));
      const y = times(size, over(minus(times(first, q), p), below));
      const [u, v] = [mirrored(x), mirrored(y)];
      addScaled(a, a.at(j, j), -u.re, -u.im, a, a.at(j, k), n - j);
      addScaled(a, a.at(j, j), -v.re, -v.im, a, a.at(j, k + 1), n - j);
      this.set(j, k, x);
      this.set(j, k + 1, y);
      if (hermitian && a.isComplex) a.im[a.at(j, j)] = 0;
    }
  }

  /** Factors the matrix; the pivots as LAPACK writes them, and the number of the first pivot that is 0, from 1, or 0. */
  factor(): { pivots: Int32Array; info: number } {
    const { a, pivots } = this;
    let info = 0;
    for (let k = 0; k < a.rows; ) {
      const { row, isBlock, isSingular } = this.choose(k);
      const last = isBlock ? k + 1 : k;
      if (isSingular && info === 0) info = k + 1;
      if (!isSingular) {
        if (row !== last) this.exchange(last, row, k);
        if (isBlock) this.eliminateTwo(k);
        else this.eliminateOne(k);
      }
      pivots[k] = isBlock ? -(row + 1) : row + 1;
      if (isBlock) pivots[k + 1] = -(row + 1);
      k = last + 1;
    }
    return { pivots, info };
  }
}

/** See `LinalgKernels.ldl`. */
export function ldl(output: CpuOperand, pivots: CpuOperand, info: CpuOperand, input: CpuOperand, hermitian: boolean): void {
  const [from, to, order, state] = [new Batch(input, 2), new Batch(output, 2), new Batch(pivots, 1), new Batch(info, 0)];
  for (let b = 0; b < from.count; b++) {
    const a = from.read(b);
    a.keepTriangle(false);
    if (hermitian && a.isComplex) for (let k = 0; k < a.rows; k++) a.im[a.at(k, k)] = 0;
    const result = new Symmetric(a, hermitian && a.isComplex).factor();
    state.writeNumber(b, result.info);
    order.writeVector(b, result.pivots);
    to.write(b, a);
  }
}

/** `Σ l·x`, or `Σ conj(l)·x`, over the elements of column `k` of `l` and column `j` of `x` from row `from` on. */
function product(l: Matrix, k: number, x: Matrix, j: number, from: number, mirrored: (x: Complex) => Complex): Complex {
  let sum = real(0);
  for (let i = from; i < l.rows; i++) sum = plus(sum, times(mirrored(elementAt(l, l.at(i, k))), elementAt(x, x.at(i, j))));
  return sum;
}

/** `X ← A⁻¹·X` for a factored matrix. */
function solve(a: Matrix, pivots: Float64Array, x: Matrix, hermitian: boolean): void {
  const n = a.rows;
  const mirrored = hermitian ? conj : (value: Complex): Complex => value;
  const isBlock = (k: number): boolean => (pivots[k] as number) < 0;
  const exchange = (k: number): void => swap(x, k, Math.abs(pivots[k] as number) - 1, n, x.columns);
  const subtract = (k: number, from: number): void => {
    for (let j = 0; j < x.columns; j++) {
      const { re, im } = elementAt(x, x.at(k, j));
      addScaled(x, x.at(from, j), -re, -im, a, a.at(from, k), n - from);
    }
  };
  for (let k = 0; k < n; ) {
    if (isBlock(k)) {
      exchange(k + 1);
      subtract(k, k + 2);
      subtract(k + 1, k + 2);
      solvePair(a, x, k, mirrored);
      k += 2;
      continue;
    }
    exchange(k);
    subtract(k, k + 1);
    const pivot = elementAt(a, a.at(k, k));
    for (let j = 0; j < x.columns; j++) put(x, x.at(k, j), over(elementAt(x, x.at(k, j)), pivot));
    k++;
  }
  for (let k = n - 1; k >= 0; ) {
    const first = isBlock(k) ? k - 1 : k;
    for (let row = k; row >= first; row--) {
      for (let j = 0; j < x.columns; j++) {
        const at = x.at(row, j);
        put(x, at, minus(elementAt(x, at), product(a, row, x, j, k + 1, mirrored)));
      }
    }
    exchange(k);
    k = first - 1;
  }
}

/** Solves with the block of two at row `k`. */
function solvePair(a: Matrix, x: Matrix, k: number, mirrored: (x: Complex) => Complex): void {
  const below = elementAt(a, a.at(k + 1, k));
  const above = mirrored(below);
  const [first, second] = [over(elementAt(a, a.at(k, k)), above), over(elementAt(a, a.at(k + 1, k + 1)), below)];
  const size = minus(times(first, second), ONE);
  for (let j = 0; j < x.columns; j++) {
    const p = over(elementAt(x, x.at(k, j)), above);
    const q = over(elementAt(x, x.at(k + 1, j)), below);
    put(x, x.at(k, j), over(minus(times(second, p), q), size));
    put(x, x.at(k + 1, j), over(minus(times(first, q), p), size));
  }
}

/** See `LinalgKernels.ldlSolve`. */
export function ldlSolve(output: CpuOperand, packed: CpuOperand, pivots: CpuOperand, b: CpuOperand, hermitian: boolean): void {
  const [factors, order, sides, to] = [new Batch(packed, 2), new Batch(pivots, 1), new Batch(b, 2), new Batch(output, 2)];
  for (let i = 0; i < to.count; i++) {
    const [a, x] = [factors.read(i), sides.read(i)];
    solve(a, order.readVector(i), x, hermitian && a.isComplex);
    to.write(i, x);
  }
}
