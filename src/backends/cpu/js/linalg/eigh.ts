/** Eigenvalues and vectors of Hermitian matrices: Householder's tridiagonal form, then `tridiagonal.ts`. */

import type { LinalgKernels } from "../../../../backend/contract.js";
import type { CpuOperand, CpuStorage } from "../../storage.js";
import { Batch, Matrix } from "./matrix.js";
import { plainSteps, type Steps } from "./steps.js";
import { solveTridiagonal } from "./tridiagonal.js";

/** The eigenvalues of a matrix in `d`, and its vectors if they are wanted. */
function decompose(
  steps: Steps,
  given: Matrix,
  upper: boolean,
  d: Float64Array,
  wanted: boolean,
  epsilon: number,
): { vectors: Matrix | null; isDone: boolean } {
  const n = given.rows;
  // Read from its last row and column on, the upper triangle is a lower one.
  const a = upper ? given.reversed() : given;
  const e = new Float64Array(Math.max(n - 1, 0));
  const taus = steps.tridiagonalise(a, d, e);
  let vectors: Matrix | null = null;
  if (wanted) {
    vectors = Matrix.identity(n, n, a.isComplex);
    steps.applyReflectors(vectors, a, taus, 1, true);
    if (upper) vectors = vectors.reversed();
  }
  if (upper) {
    d.reverse();
    e.reverse();
  }
  return { vectors, isDone: solveTridiagonal(d, e, vectors === null ? null : steps.turned(vectors), epsilon) };
}

/** `LinalgKernels.eigh` by the given steps. */
export function eighBy(
  steps: Steps,
  values: CpuOperand,
  vectors: CpuOperand | null,
  info: CpuOperand,
  input: CpuOperand,
  upper: boolean,
): void {
  const [from, to, state] = [new Batch(input, 2), new Batch(values, 1), new Batch(info, 0)];
  const basis = vectors === null ? null : new Batch(vectors, 2);
  const d = new Float64Array(from.rows);
  for (let b = 0; b < from.count; b++) {
    const result = decompose(steps, from.read(b), upper, d, basis !== null, from.epsilon);
    state.writeNumber(b, result.isDone && d.every(Number.isFinite) ? 0 : 1);
    to.writeVector(b, d);
    if (result.vectors !== null) basis?.write(b, result.vectors);
  }
}

/** See `LinalgKernels.eigh`. */
export const eigh: LinalgKernels<CpuStorage>["eigh"] = (values, vectors, info, input, upper) =>
  eighBy(plainSteps, values, vectors, info, input, upper);
