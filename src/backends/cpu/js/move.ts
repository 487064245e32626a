/** Copies of elements between layouts. */

import type { DType, TypedArray } from "../../../core/dtype.js";
import { broadcastStrides, contiguousStrides, numelOf, type Shape } from "../../../core/shape.js";
import { allocate, type CpuOperand, CpuStorage } from "../storage.js";
import { kernelFor } from "./compile.js";
import { loopText } from "./loops.js";
import { moveText, rawOf, startOf } from "./raw.js";
import { joinDims } from "./strided.js";

type Kernel = (
  sizes: readonly number[],
  strides: readonly (readonly number[])[],
  o: TypedArray,
  p: number,
  a: TypedArray,
  q: number,
) => void;

const kernels = new Map<number, Kernel>();

/** Copies the elements of `input`, broadcast, to `output`, which has the same dtype. */
export function move(output: CpuOperand, input: CpuOperand): void {
  if (output.count === 0) return;
  const nest = joinDims(output.shape, [output.strides, broadcastStrides(input.shape, input.strides, output.shape)]);
  const { dtype } = output;
  const rank = nest.sizes.length;
  const kernel = kernelFor(kernels, dtype.code * 65 + rank, () => source(dtype, rank));
  kernel(nest.sizes, nest.strides, rawOf(output), startOf(output), rawOf(input), startOf(input));
}

function source(dtype: DType, rank: number): string {
  return `function move_${dtype.name}(sizes, strides, o, p, a, q) {\n${loopText(rank, ["p", "q"], moveText(dtype, "o", "p", "a", "q"))}\n}`;
}

/** A dense operand over new memory, or over the given array. */
export function denseOperand(dtype: DType, shape: Shape, data?: TypedArray): CpuOperand {
  const count = numelOf(shape);
  const storage = data === undefined ? allocate(dtype, count) : new CpuStorage(dtype, count, data, 0);
  return { storage, dtype, shape, strides: contiguousStrides(shape), offset: 0, count, dense: true };
}

/** The operand itself if it is dense, else a dense copy of it. */
export function toDense(operand: CpuOperand): CpuOperand {
  if (operand.dense) return operand;
  const copy = denseOperand(operand.dtype, operand.shape);
  move(copy, operand);
  return copy;
}
