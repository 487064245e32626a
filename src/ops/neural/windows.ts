/** The windows of pooling: arguments, checks and the sizes that they leave. */

import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape, type Shape } from "../../core/shape.js";
import { tensorOver } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkSpatial, type Rank, sizesOf } from "./spatial.js";

/** Windows as users give them. */
interface Given {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[] | null;
  readonly padding: readonly number[];
  readonly dilation?: readonly number[];
  readonly ceilMode: boolean;
}

/** Windows with one number for each spatial dimension, and the sizes of what they leave. */
export interface Windows {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly size: Shape;
}

/** Every window begins within the input or the padding before it. */
function placesOf(input: number, kernel: number, stride: number, padding: number, dilation: number, ceilMode: boolean): number {
  const places = Math.floor((input + 2 * padding - dilation * (kernel - 1) - 1 + (ceilMode ? stride - 1 : 0)) / stride) + 1;
  return ceilMode && (places - 1) * stride >= input + padding ? places - 1 : places;
}

/**
 * Checks an input and the windows of pooling over it.
 * @throws {ShapeError | ArgumentError} naming what does not fit.
 */
export function windowsOf(op: string, input: Tensor, rank: Rank, given: Given): Windows {
  const kernel = sizesOf(op, "kernel_size", given.kernelSize, rank);
  const stride = given.stride === null || given.stride.length === 0 ? kernel : sizesOf(op, "stride", given.stride, rank);
  const padding = sizesOf(op, "padding", given.padding, rank);
  const dilation = sizesOf(op, "dilation", given.dilation ?? [1], rank);
  const positive = (name: string, list: readonly number[]): void => {
    if (list.some((n) => n <= 0)) throw new ArgumentError(`${op}: ${name} must be greater than zero, but got ${formatShape(list)}`);
  };
  positive("kernel_size", kernel);
  positive("stride", stride);
  positive("dilation", dilation);
  padding.forEach((pad, d) => {
    const [size, apart] = [kernel[d] as number, dilation[d] as number];
    if (pad < 0) throw new ArgumentError(`${op}: pad must be non-negative, but got pad: ${pad}`);
    if (pad > ((size - 1) * apart + 1) / 2)
      throw new ArgumentError(
        `${op}: pad should be at most half of effective kernel size, but got pad=${pad}, kernel_size=${size} and dilation=${apart}`,
      );
  });
  checkSpatial(op, input, rank);
  const from = input.shape.slice(-rank);
  const size = from.map((n, d) =>
    placesOf(n, kernel[d] as number, stride[d] as number, padding[d] as number, dilation[d] as number, given.ceilMode),
  );
  if (size.some((n) => n < 1)) {
    const channels = input.shape[input.shape.length - rank - 1];
    throw new ShapeError(
      `${op}: Given input size: (${[channels, ...from].join("x")}). Calculated output size: (${[channels, ...size].join("x")}). Output size is too small`,
    );
  }
  return { kernel, stride, padding, dilation, size };
}

/**
 * The sizes that an adaptive pooling is asked for; null leaves a dimension as it is.
 * @throws {ArgumentError} if there is not one for each dimension.
 */
export function adaptiveSizes(op: string, input: Tensor, rank: Rank, given: unknown): Shape {
  const list: readonly unknown[] = Array.isArray(given) ? given : new Array<unknown>(rank).fill(given);
  if (list.length !== rank)
    throw new ArgumentError(
      `${op}: ${op}: output_size must be ${rank} (elements): 'output_size' should contain ${["", "one int", "two ints", "three ints"][rank]}, got ${list.length}`,
    );
  const { shape } = input;
  if (shape.length !== rank + 1 && shape.length !== rank + 2) {
    throw new ShapeError(
      `${op}: Expected ${rank + 1}D or ${rank + 2}D tensor: Input dimension should be at least ${rank + 1}, but got ${formatShape(shape)}`,
    );
  }
  const size = list.map((n, d) => (n === null ? (shape[shape.length - rank + d] as number) : Number(n)));
  if (size.some((n) => !Number.isInteger(n) || n < 0))
    throw new ArgumentError(`${op}: elements of output_size must be greater than or equal to 0 integers, but got ${formatShape(size)}`);
  return size;
}

/** Checks that an input of adaptive pooling has floats, and elements in every dimension that is no batch. */
export function checkPieces(op: string, input: Tensor, rank: Rank): void {
  checkPooled(op, input, false);
  for (let d = input.shape.length - rank; d < input.shape.length; d++) {
    if (input.shape[d] === 0) {
      throw new ShapeError(
        `${op}: ${op}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes ${formatShape(input.shape)} with dimension ${d} being empty`,
      );
    }
  }
}

/** Checks that an input of pooling has a dtype that can be pooled: floats, and perhaps integers. */
export function checkPooled(op: string, input: Tensor, integers: boolean): void {
  if (!input.dtype.isFloatingPoint && !(integers && input.dtype.kind === "int"))
    throw new DTypeError(`${op}: "${op}" not implemented for '${input.dtype.scalarName}'`);
}

/** The elements of a tensor as `[N, C, …]`, over the same memory and unknown to autograd. */
export function asPlanes(tensor: Tensor, rank: number): Tensor {
  if (tensor.shape.length === rank + 2) return tensor;
  return tensorOver(tensor.storage, [1, ...tensor.shape], [0, ...tensor.strides], tensor.offset, tensor.dtype);
}

/** The shape of a result: the input's with other spatial sizes. */
export function pooledShape(input: Shape, size: Shape): number[] {
  return [...input.slice(0, input.length - size.length), ...size];
}

/** A tensor with its last dimensions joined. */
export function flattened(tensor: Tensor, rank: number): Tensor {
  return rank === 1 ? tensor : tensor.flatten(-rank);
}
