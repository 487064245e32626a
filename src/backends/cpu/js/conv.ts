/** Convolutions as matrix products: sample by sample, and within it in blocks of places whose patches stay in the cache. */

import type { Convolution } from "../../../backend/contract.js";
import { type DType, float32 } from "../../../core/dtype.js";
import { isHalf } from "../../../core/promotion.js";
import { contiguousStrides, type Shape } from "../../../core/shape.js";
import { input as element } from "../../../expr/node.js";
import { Program } from "../../../expr/program.js";
import { allocate, type CpuOperand, type CpuStorage } from "../storage.js";
import { matmul } from "./matmul.js";
import { gatherPatches, type Meeting, meet, scatterPatches } from "./patches.js";
import { pointwise } from "./pointwise.js";
import { startOf } from "./raw.js";

/** The elements of patches that are laid out at a time: 256 KB of float32, within a core's second-level cache. */
const BLOCK = 1 << 16;
const FEWEST_PLACES = 16;

const identity = new Program("conv", [element(0)], 1);

function operandOf(storage: CpuStorage, dtype: DType, shape: Shape, strides: readonly number[], offset: number): CpuOperand {
  return { storage, dtype, shape, strides, offset, count: shape.reduce((n, size) => n * size, 1), dense: false };
}

function denseCopy(operand: CpuOperand, dtype: DType): CpuOperand {
  const copy: CpuOperand = {
    ...shapeOf(operand),
    storage: allocate(dtype, operand.count),
    dtype,
    strides: contiguousStrides(operand.shape),
    offset: 0,
    dense: true,
  };
  pointwise(identity, operand.dtype, [copy], [operand]);
  return copy;
}

const shapeOf = ({ shape, count }: CpuOperand): Pick<CpuOperand, "shape" | "count"> => ({ shape, count });

const dense = (operand: CpuOperand): CpuOperand => (operand.dense ? operand : denseCopy(operand, operand.dtype));

/** Runs a kernel on half floats in float32, so that sums are rounded once. */
function widened(output: CpuOperand, inputs: readonly CpuOperand[], run: (output: CpuOperand, ...inputs: CpuOperand[]) => void): void {
  const wide: CpuOperand = {
    ...shapeOf(output),
    storage: allocate(float32, output.count),
    dtype: float32,
    strides: contiguousStrides(output.shape),
    offset: 0,
    dense: true,
  };
  run(wide, ...inputs.map((operand) => denseCopy(operand, float32)));
  pointwise(identity, float32, [output], [wide]);
}

/** The sizes of the matrices: in each of `groups`, `outer` channels times `inner` patches of one place. */
interface Matrices {
  readonly groups: number;
  readonly outer: number;
  readonly inner: number;
  readonly places: number;
}

function matricesOf({ shape }: CpuOperand, { groups }: Convolution, { taps, places }: Meeting): Matrices {
  return { groups, outer: (shape[0] as number) / groups, inner: (shape[1] as number) * taps, places };
}

/** The weight as `[groups, outer, inner]`, or the inner matrices transposed. */
function weightMatrix(weight: CpuOperand, { groups, outer, inner }: Matrices, transposed: boolean): CpuOperand {
  const [shape, strides] = transposed
    ? [
        [groups, inner, outer],
        [outer * inner, 1, inner],
      ]
    : [
        [groups, outer, inner],
        [outer * inner, inner, 1],
      ];
  return operandOf(weight.storage, weight.dtype, shape, strides, weight.offset);
}

/** The places `from` to `from + length` of sample `n` of a dense operand, as `[groups, channels, length]`. */
function sampleMatrix(
  operand: CpuOperand,
  n: number,
  groups: number,
  channels: number,
  places: number,
  from: number,
  length: number,
): CpuOperand {
  const offset = operand.offset + n * groups * channels * places + from;
  return operandOf(operand.storage, operand.dtype, [groups, channels, length], [channels * places, places, 1], offset);
}

function biasMatrix(bias: CpuOperand | null, groups: number): CpuOperand | null {
  if (bias === null) return null;
  const channels = bias.count / groups;
  const step = bias.strides[0] as number;
  return operandOf(bias.storage, bias.dtype, [groups, channels, 1], [channels * step, step, 0], bias.offset);
}

/** Calls back for blocks of places of every sample, with memory for their patches as `[groups, inner, length]`. */
function eachBlock(
  dtype: DType,
  samples: number,
  { groups, inner, places }: Matrices,
  run: (n: number, from: number, length: number, cols: CpuOperand) => void,
): void {
  const rows = groups * inner;
  const block = Math.min(places, Math.max(FEWEST_PLACES, Math.floor(BLOCK / Math.max(rows, 1))));
  const storage = allocate(dtype, rows * block);
  for (let n = 0; n < samples; n++) {
    for (let from = 0; from < places; from += block) {
      const length = Math.min(block, places - from);
      run(n, from, length, operandOf(storage, dtype, [groups, inner, length], [inner * length, length, 1], 0));
    }
  }
}

/** See `KernelTable.conv`. */
export function conv(output: CpuOperand, input: CpuOperand, weight: CpuOperand, bias: CpuOperand | null, convolution: Convolution): void {
  if (output.count === 0) return;
  const { dtype } = output;
  if (isHalf(dtype)) {
    return widened(output, bias === null ? [input, weight] : [input, weight, bias], (o, a, w, b) =>
      conv(o, a as CpuOperand, w as CpuOperand, b ?? null, convolution),
    );
  }
  const meeting = meet(input, weight, output, convolution);
  const matrices = matricesOf(weight, convolution, meeting);
  const { groups, outer, inner, places } = matrices;
  const samples = output.shape[0] as number;
  const kernel = weightMatrix(dense(weight), matrices, false);
  const options = { bias: biasMatrix(bias, groups) };
  if (meeting.isPlain) {
    const image = dense(input);
    for (let n = 0; n < samples; n++) {
      matmul(
        sampleMatrix(output, n, groups, outer, places, 0, places),
        kernel,
        sampleMatrix(image, n, groups, inner, places, 0, places),
        options,
      );
    }
    return;
  }
  eachBlock(dtype, samples, matrices, (n, from, length, cols) => {
    gatherPatches(cols, input, n, meeting, from, from + length);
    matmul(sampleMatrix(output, n, groups, outer, places, from, length), kernel, cols, options);
  });
}

/** Writes zeros, or a channel's bias to each of its elements. */
function fillChannels({ storage, shape, dtype, count, offset }: CpuOperand, bias: CpuOperand | null): void {
  const { data, base } = storage;
  const parts = dtype.components;
  const channels = shape[1] as number;
  const size = count / ((shape[0] as number) * channels);
  for (let at = 0, line = 0; at < count; at += size, line++) {
    for (let part = 0; part < parts; part++) {
      const from = (base + offset + at) * parts + part;
      const value =
        bias === null
          ? null
          : (bias.storage.data[(startOf(bias) + (line % channels) * (bias.strides[0] as number)) * parts + part] as number | bigint);
      for (let i = from, end = from + size * parts; i < end; i += parts) data[i] = value ?? (data instanceof BigInt64Array ? 0n : 0);
    }
  }
}

/** See `KernelTable.convTranspose`. */
export function convTranspose(
  output: CpuOperand,
  input: CpuOperand,
  weight: CpuOperand,
  bias: CpuOperand | null,
  convolution: Convolution,
): void {
  if (output.count === 0) return;
  const { dtype } = output;
  if (isHalf(dtype)) {
    return widened(output, bias === null ? [input, weight] : [input, weight, bias], (o, a, w, b) =>
      convTranspose(o, a as CpuOperand, w as CpuOperand, b ?? null, convolution),
    );
  }
  const meeting = meet(output, weight, input, convolution);
  const matrices = matricesOf(weight, convolution, meeting);
  const { groups, outer, inner, places } = matrices;
  const samples = output.shape[0] as number;
  const kernel = weightMatrix(dense(weight), matrices, true);
  const from = dense(input);
  if (meeting.isPlain) {
    const options = { bias: biasMatrix(bias, groups) };
    for (let n = 0; n < samples; n++) {
      matmul(
        sampleMatrix(output, n, groups, inner, places, 0, places),
        kernel,
        sampleMatrix(from, n, groups, outer, places, 0, places),
        options,
      );
    }
    return;
  }
  fillChannels(output, bias);
  eachBlock(dtype, samples, matrices, (n, first, length, cols) => {
    matmul(cols, kernel, sampleMatrix(from, n, groups, outer, places, first, length), {});
    scatterPatches(cols, output, n, meeting, first, first + length);
  });
}

/** See `KernelTable.convWeight`. */
export function convWeight(output: CpuOperand, input: CpuOperand, grad: CpuOperand, convolution: Convolution): void {
  if (output.count === 0) return;
  const { dtype } = output;
  if (isHalf(dtype)) return widened(output, [input, grad], (o, a, g) => convWeight(o, a as CpuOperand, g as CpuOperand, convolution));
  if (grad.count === 0) return fillChannels(output, null);
  const meeting = meet(input, output, grad, convolution);
  const matrices = matricesOf(output, convolution, meeting);
  const { groups, outer, inner, places } = matrices;
  const result = weightMatrix(output, matrices, false);
  const from = dense(grad);
  let options = {};
  eachBlock(dtype, grad.shape[0] as number, matrices, (n, first, length, cols) => {
    gatherPatches(cols, input, n, meeting, first, first + length);
    const patches = { ...cols, shape: [groups, length, inner], strides: [inner * length, 1, length] };
    matmul(result, sampleMatrix(from, n, groups, outer, places, first, length), patches, options);
    options = { bias: result };
  });
}
