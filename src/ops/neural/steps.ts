/** Steps along sequences, each a product of matrices and one pointwise kernel; in one kernel where the device has it. */

import type { Recurrence } from "../../backend/contract.js";
import { emptyOn, tensorOver } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { product } from "../matrix/factors.js";

/** What a step reads; see `Series` of the backend. */
export interface TensorSeries {
  readonly values: Tensor;
  readonly before?: Tensor | null;
  readonly after?: Tensor;
}

/** Steps over tensors; see `Recurrence` of the backend. */
export interface Steps extends Omit<Recurrence, "state" | "weight" | "added" | "inputs" | "outputs"> {
  readonly state: TensorSeries;
  readonly weight: Tensor;
  readonly added: TensorSeries | null;
  readonly inputs: readonly (TensorSeries | null)[];
  readonly outputs: readonly Tensor[];
}

/** The order in which steps are taken, and the step before each; below 0 or beyond the last it is the initial state. */
export function* order(steps: number, reverse: boolean): Generator<readonly [step: number, before: number]> {
  if (reverse) for (let t = steps - 1; t >= 0; t--) yield [t, t + 1];
  else for (let t = 0; t < steps; t++) yield [t, t - 1];
}

/** One step of a sequence, for kernels: outside of the graph. */
function at(sequence: Tensor, step: number): Tensor {
  if (sequence.shape.length < 3) return sequence;
  const shape = sequence.shape.slice(1);
  const strides = sequence.strides.slice(1);
  return tensorOver(sequence.storage, shape, strides, sequence.offset + step * (sequence.strides[0] as number), sequence.dtype);
}

/** The blocks of a matrix, for kernels. */
function blocksOf(matrix: Tensor, size: number): Tensor[] {
  const [rows, width] = matrix.shape as [number, number];
  const { storage, strides, offset, dtype } = matrix;
  const across = strides[1] as number;
  return Array.from({ length: width / size }, (_, k) => tensorOver(storage, [rows, size], strides, offset + k * size * across, dtype));
}

/** What a step reads of a series; null for nothing. */
function read({ values, before, after }: TensorSeries, step: number, previous: number, steps: number): Tensor | null {
  const isInside = (t: number): boolean => t >= 0 && t < steps;
  if (before !== undefined) return isInside(previous) ? at(values, previous) : before;
  if (after === undefined) return at(values, step);
  const following = 2 * step - previous;
  return isInside(following) ? at(values, following) : after;
}

/** Takes all steps, outside of the graph. Nothing is checked; `outputs` are written. */
export function takeSteps(all: Steps): void {
  const { steps, reverse, state, weight, added, program, size, inputs, outputs } = all;
  const { backend } = weight.storage;
  const { kernels } = backend;
  if (kernels.recurrence?.(all) === true) return;
  const rows = (outputs[0] as Tensor).shape.at(-2) as number;
  const sums = emptyOn(backend, [rows, weight.shape[1] as number], weight.dtype);
  for (const [t, previous] of order(steps, reverse)) {
    const from = (series: TensorSeries): Tensor | null => read(series, t, previous, steps);
    const more = added === null ? null : from(added);
    const before = from(state);
    if (before !== null) product(before, weight, { bias: more }, sums);
    else if (more !== null) sums.copy_(more);
    else sums.zero_();
    const blocks = inputs.flatMap((series) => blocksOf(series === null ? sums : (from(series) as Tensor), size));
    const targets = outputs.flatMap((values) => blocksOf(at(values, t), size));
    kernels.pointwise(program, weight.dtype, targets, blocks);
  }
}
