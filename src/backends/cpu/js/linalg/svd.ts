/** Singular values and vectors: Householder's bidiagonal form, then `bidiagonal.ts`; LAPACK's `gesdd` for small matrices. */

import type { LinalgKernels } from "../../../../backend/contract.js";
import type { CpuOperand, CpuStorage } from "../../storage.js";
import { solveBidiagonal } from "./bidiagonal.js";
import { Batch, Matrix } from "./matrix.js";
import { factorQR } from "./qr.js";
import { plainSteps, type Steps, type Turned } from "./steps.js";

/** Left and right singular vectors as columns (null where not wanted), and the values. */
interface Decomposition {
  readonly u: Matrix | null;
  readonly v: Matrix | null;
  readonly values: Float64Array;
  readonly isDone: boolean;
}

/** A real square matrix in the corner of one of another size, which goes on as the identity. */
function embedded(square: Matrix, rows: number, columns: number, isComplex: boolean): Matrix {
  const result = Matrix.identity(rows, columns, isComplex);
  const n = square.rows;
  for (let j = 0; j < n; j++) result.re.set(square.re.subarray(j * n, (j + 1) * n), j * rows);
  return result;
}

/** Of a matrix that is at most about twice as long as wide; `long` is the number of vectors of its longer side. */
function decomposeCompact(steps: Steps, a: Matrix, long: number, wanted: boolean, epsilon: number): Decomposition {
  const isWide = a.rows < a.columns;
  const { isComplex } = a;
  const { d, e, left, leftTaus, right, rightTaus } = steps.bidiagonalise(isWide ? a.adjoint() : a);
  const n = d.length;
  const [ub, vb] = wanted ? [Matrix.identity(n, n, false), Matrix.identity(n, n, false)] : [null, null];
  const turned = (m: Matrix | null): Turned | null => (m === null ? null : steps.turned(m));
  const isDone = solveBidiagonal(d, e, turned(ub), turned(vb), isWide, epsilon);
  if (ub === null || vb === null) return { u: null, v: null, values: d, isDone };
  const outer = embedded(isWide ? vb : ub, left.rows, long, isComplex);
  const inner = embedded(isWide ? ub : vb, n, n, isComplex);
  steps.applyReflectors(outer, left, leftTaus, 0, false);
  steps.applyReflectors(inner, right, rightTaus, 1, false);
  return isWide ? { u: inner, v: outer, values: d, isDone } : { u: outer, v: inner, values: d, isDone };
}

/** Whether a matrix is brought to triangular form first; found by comparing signs of vectors with MKL's. */
function isLong(a: Matrix, n: number, length: number): boolean {
  if (a.isComplex) return length >= Math.floor((17 * n) / 9);
  return a.rows > a.columns && length >= Math.floor(1.5 * n);
}

/** As `decomposeCompact`, for any shape: a long matrix is brought to triangular form first. */
function decompose(steps: Steps, a: Matrix, long: number, wanted: boolean, epsilon: number): Decomposition {
  const isWide = a.rows < a.columns;
  const n = Math.min(a.rows, a.columns);
  const length = Math.max(a.rows, a.columns);
  if (length === n || !isLong(a, n, length)) return decomposeCompact(steps, a, long, wanted, epsilon);
  const tall = isWide ? a.adjoint() : a;
  const taus = factorQR(tall);
  const triangle = tall.resized(n, n);
  triangle.keepTriangle(true);
  const { u, v, values, isDone } = decomposeCompact(steps, isWide ? triangle.adjoint() : triangle, n, wanted, epsilon);
  if (u === null || v === null) return { u, v, values, isDone };
  const small = isWide ? v : u;
  const outer = Matrix.identity(length, long, a.isComplex);
  for (let j = 0; j < n; j++) {
    outer.re.set(small.re.subarray(j * n, (j + 1) * n), j * length);
    if (a.isComplex) outer.im.set(small.im.subarray(j * n, (j + 1) * n), j * length);
  }
  steps.applyReflectors(outer, tall, taus, 0, false);
  return isWide ? { u, v: outer, values, isDone } : { u: outer, v, values, isDone };
}

/** `LinalgKernels.svd` by the given steps. */
export function svdBy(
  steps: Steps,
  values: CpuOperand,
  u: CpuOperand | null,
  vh: CpuOperand | null,
  info: CpuOperand,
  input: CpuOperand,
): void {
  const [from, to, state] = [new Batch(input, 2), new Batch(values, 1), new Batch(info, 0)];
  const [left, right] = [u === null ? null : new Batch(u, 2), vh === null ? null : new Batch(vh, 2)];
  const long = left === null || right === null ? 0 : from.rows < from.columns ? right.rows : left.columns;
  for (let b = 0; b < from.count; b++) {
    const a = from.read(b);
    const isFinite = a.isFinite();
    const result = decompose(steps, a, long, left !== null, from.epsilon);
    state.writeNumber(b, isFinite && result.isDone ? 0 : from.columns + 1);
    to.writeVector(b, result.values);
    if (result.u !== null) left?.write(b, result.u);
    if (result.v !== null) right?.write(b, result.v.adjoint());
  }
}

/** See `LinalgKernels.svd`. */
export const svd: LinalgKernels<CpuStorage>["svd"] = (values, u, vh, info, input) => svdBy(plainSteps, values, u, vh, info, input);
