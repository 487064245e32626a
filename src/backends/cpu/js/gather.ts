/** Reading elements through indices along one dimension. */

import type { DType, TypedArray } from "../../../core/dtype.js";
import type { CpuOperand } from "../storage.js";
import { kernelFor } from "./compile.js";
import { loopText, stridesAcross } from "./loops.js";
import { indexText, moveText, rawOf, startOf, wordsOf } from "./raw.js";
import { joinDims } from "./strided.js";

type Kernel = (
  sizes: readonly number[],
  strides: readonly (readonly number[])[],
  o: TypedArray,
  p: number,
  a: TypedArray,
  q: number,
  x: Int32Array,
  w: number,
  step: number,
) => void;

const kernels = new Map<number, Kernel>();

/** See `KernelTable.gather`. */
export function gather(output: CpuOperand, input: CpuOperand, dim: number, index: CpuOperand): void {
  if (index.count === 0) return;
  const { dtype } = output;
  const across = stridesAcross(input.strides, dim, index.shape.length);
  const nest = joinDims(index.shape, [output.strides, across, index.strides]);
  const rank = nest.sizes.length;
  const kernel = kernelFor(kernels, dtype.code * 65 + rank, () => source(dtype, rank));
  kernel(
    nest.sizes,
    nest.strides,
    rawOf(output),
    startOf(output),
    rawOf(input),
    startOf(input),
    wordsOf(index.storage.data),
    startOf(index),
    input.strides[dim] ?? 0,
  );
}

function source(dtype: DType, rank: number): string {
  const body = moveText(dtype, "o", "p", "a", `q + ${indexText("x", "w")} * step`);
  return `function gather_${dtype.name}(sizes, strides, o, p, a, q, x, w, step) {\n${loopText(rank, ["p", "q", "w"], body)}\n}`;
}
