/** Discrete Fourier transforms along a dimension, line by line in double precision. */

import type { CpuOperand } from "../storage.js";
import { newLine, planFor } from "./fourier/plan.js";
import { withoutDim } from "./loops.js";
import { startOf } from "./raw.js";

/** The offsets of all lines of an operand: where their first elements lie. */
function lineStarts(shape: readonly number[], strides: readonly number[], start: number): number[] {
  let starts = [start];
  shape.forEach((size, d) => {
    const step = strides[d] as number;
    starts = starts.flatMap((from) => Array.from({ length: size }, (_, i) => from + i * step));
  });
  return starts;
}

/** See `KernelTable.fft`. */
export function fft(output: CpuOperand, input: CpuOperand, dim: number, inverse: boolean, scale: number): void {
  if (output.count === 0) return;
  const n = input.shape[dim] as number;
  const across = withoutDim(input.shape, dim);
  const [from, to] = [
    lineStarts(across, withoutDim(input.strides, dim), startOf(input)),
    lineStarts(across, withoutDim(output.strides, dim), startOf(output)),
  ];
  const [a, o] = [input.storage.data as Float64Array, output.storage.data as Float64Array];
  const [step, outStep] = [2 * (input.strides[dim] as number), 2 * (output.strides[dim] as number)];
  const plan = planFor(n);
  const line = newLine(n);
  // The inverse transform is the transform with real and imaginary parts swapped.
  const [first, second] = inverse ? [line.im, line.re] : [line.re, line.im];
  for (let l = 0; l < from.length; l++) {
    for (let i = 0, p = 2 * (from[l] as number); i < n; i++, p += step) {
      first[i] = a[p] as number;
      second[i] = a[p + 1] as number;
    }
    plan.transform(line);
    for (let i = 0, p = 2 * (to[l] as number); i < n; i++, p += outStep) {
      o[p] = (first[i] as number) * scale;
      o[p + 1] = (second[i] as number) * scale;
    }
  }
}
