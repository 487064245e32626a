/** Softmax along a dimension in one pass over each line: its maximum, the sum of exponentials, the quotients. */

import type { DType, TypedArray } from "../../../core/dtype.js";
import type { CpuOperand } from "../storage.js";
import { kernelFor } from "./compile.js";
import { loopText, withoutDim } from "./loops.js";
import { loadText, storeText } from "./operands.js";
import { startOf } from "./raw.js";
import { joinDims } from "./strided.js";

type Kernel = (
  sizes: readonly number[],
  strides: readonly (readonly number[])[],
  o: TypedArray,
  p: number,
  pStep: number,
  a: TypedArray,
  q: number,
  qStep: number,
  n: number,
  e: Float64Array,
) => void;

const kernels = new Map<string, Kernel>();

/** Exponentials of one line, for the division that follows. */
let line = new Float64Array(0);

/** See `KernelTable.softmax`. */
export function softmax(output: CpuOperand, input: CpuOperand, dim: number, log: boolean): void {
  if (output.count === 0) return;
  const nest = joinDims(withoutDim(input.shape, dim), [withoutDim(output.strides, dim), withoutDim(input.strides, dim)]);
  const rank = nest.sizes.length;
  const n = input.shape[dim] as number;
  if (!log && line.length < n) line = new Float64Array(n);
  const kernel = kernelFor(kernels, `${input.dtype.code} ${output.dtype.code} ${rank} ${log}`, () =>
    source(output.dtype, input.dtype, rank, log),
  );
  kernel(
    nest.sizes,
    nest.strides,
    output.storage.data,
    startOf(output),
    output.strides[dim] as number,
    input.storage.data,
    startOf(input),
    input.strides[dim] as number,
    n,
    line,
  );
}

function source(output: DType, input: DType, rank: number, log: boolean): string {
  const load = (place: string): string => loadText(input, "float", "a", place);
  const store = (value: string): string => `o[d] = ${storeText(output, "float", value, false)};`;
  const along = (body: string): string => `for (let i = 0, s = q, d = p; i < n; i++, s += qStep, d += pStep) { ${body} }`;
  const sum = log ? `sum += Math.exp(${load("s")} - top);` : `const v = Math.exp(${load("s")} - top); e[i] = v; sum += v;`;
  const last = log
    ? `const shift = top + Math.log(sum); ${along(store(`${load("s")} - shift`))}`
    : `const scale = 1 / sum; ${along(store("e[i] * scale"))}`;
  const body = `let top = -Infinity, sum = 0;
  ${along(`top = Math.max(top, ${load("s")});`)}
  ${along(sum)}
  ${last}`;
  return `function softmax_${input.name}(sizes, strides, o, p, pStep, a, q, qStep, n, e) {\n${loopText(rank, ["p", "q"], body)}\n}`;
}
