/** What reductions share: the dimensions they run over, the shape they leave, and the kernel call. */

import type { PointwiseInput, Reducer } from "../../backend/contract.js";
import { type DType, float32 } from "../../core/dtype.js";
import { DTypeError, IndexError, ShapeError } from "../../core/errors.js";
import { isHalf } from "../../core/promotion.js";
import { contiguousStrides, type Shape, wrapDim, wrapDims } from "../../core/shape.js";
import { input as element } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { emptyOn, tensorOver } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";

/** One dimension or several; null means all. */
export type Dims = number | readonly number[] | null;

/** Values chosen along a dimension, and where they were. */
export type ValuesIndices = readonly [values: Tensor, indices: Tensor] & { readonly values: Tensor; readonly indices: Tensor };

/** The program that gives an element as it is. */
export const itself: Program = new Program("reduce", [element(0)], 1);

/** The shape with dimensions reduced: kept as 1, or dropped. */
export function reducedShape(shape: Shape, dims: readonly number[], keepdim: boolean): number[] {
  if (keepdim) return shape.map((n, d) => (dims.includes(d) ? 1 : n));
  return shape.filter((_, d) => !dims.includes(d));
}

/** The same dense elements in another shape of as many: another tensor over the memory, unknown to autograd. */
export function reshaped(tensor: Tensor, shape: Shape): Tensor {
  return tensorOver(tensor.storage, shape, contiguousStrides(shape), tensor.offset, tensor.dtype);
}

/** Options of a reduction of a program. */
interface ReduceOptions {
  readonly dims: readonly number[];
  readonly keepdim: boolean;
  /** The dtype to compute in. */
  readonly compute: DType;
  readonly result: DType;
  readonly scale?: number;
}

/** Reduces the values of a program over inputs of (or broadcast to) one shape. The first input is a tensor. */
export function reduceProgram(
  reducer: Reducer,
  program: Program,
  inputs: readonly [Tensor, ...PointwiseInput[]],
  shape: Shape,
  options: ReduceOptions,
): Tensor {
  const { dims, keepdim, compute, result, scale = 1 } = options;
  const { backend } = inputs[0].storage;
  const out = emptyOn(backend, reducedShape(shape, dims, false), result);
  backend.kernels.reduce(reducer, program, compute, out, inputs, shape, dims, scale);
  return keepdim ? reshaped(out, reducedShape(shape, dims, true)) : out;
}

/** Runs a reduction kernel over dimensions (counted from the front). */
export function reduceWith(
  reducer: Reducer,
  input: Tensor,
  dims: readonly number[],
  keepdim: boolean,
  compute: DType,
  result: DType,
  scale = 1,
): Tensor {
  return reduceProgram(reducer, itself, [input], input.shape, { dims, keepdim, compute, result, scale });
}

/** A gradient of a reduction, spread over the reduced dimensions again (as a view). */
export function spread(grad: Tensor, shape: Shape, dims: readonly number[], keepdim: boolean): Tensor {
  return kept(grad, shape, dims, keepdim).expand(shape as number[]);
}

/** The result of a reduction (or its gradient) with the reduced dimensions kept as 1. */
export function kept(result: Tensor, shape: Shape, dims: readonly number[], keepdim: boolean): Tensor {
  return keepdim || dims.length === 0 ? result : result.reshape(reducedShape(shape, dims, true));
}

/** Puts gradients of values chosen along `dim` back where they were. */
export function scatterBack(grad: Tensor, indices: Tensor, shape: Shape, dim: number, keepdim: boolean): Tensor {
  if (shape.length === 0) return grad;
  const d = wrapDim("scatter", dim, shape.length);
  return grad.newZeros(shape).scatter(d, kept(indices, shape, [d], keepdim), kept(grad, shape, [d], keepdim));
}

/** Empty lists of dimensions mean all of them, as in PyTorch's sums. */
export function reduceDims(op: string, dim: readonly number[] | null, rank: number): number[] {
  return wrapDims(op, dim === null || dim.length === 0 ? null : dim, rank);
}

/** The number of elements along dimensions. */
export function countOver(shape: Shape, dims: readonly number[]): number {
  return dims.reduce((n, d) => n * (shape[d] as number), 1);
}

/** The dtype in which values are accumulated: half floats in float32. */
export function accumulateType(dtype: DType): DType {
  return isHalf(dtype) ? float32 : dtype;
}

/** A 0-d tensor as a line of one element, so that it has a dimension to run along; others as they are. */
export function asLine(input: Tensor): Tensor {
  return input.shape.length === 0 ? tensorOver(input.storage, [1], [1], input.offset, input.dtype) : input;
}

/**
 * Checks that a reduction without an identity has something to reduce.
 * @throws {ShapeError} if all elements are reduced and there are none.
 * @throws {IndexError} if a dimension is empty.
 */
export function checkNonEmpty(op: string, shape: Shape, count: number, dim: readonly number[] | null): void {
  if (count !== 0) return;
  if (dim === null || dim.length === 0) {
    throw new ShapeError(
      `${op}: ${op}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.`,
    );
  }
  for (const d of wrapDims(op, dim, shape.length)) {
    if (shape[d] === 0) throw new IndexError(`${op}: ${op}(): Expected reduction dim ${d} to have non-zero size.`);
  }
}

/**
 * Checks that elements can be ordered.
 * @throws {DTypeError} for complex numbers.
 */
export function checkOrdered(op: string, dtype: DType): void {
  if (dtype.isComplex) throw new DTypeError(`${op}: "${op}" not implemented for '${dtype.scalarName}': complex numbers have no order`);
}

/**
 * Checks that a dtype is floating point or complex.
 * @throws {DTypeError} if it is not.
 */
export function checkInexact(op: string, dtype: DType): void {
  if (!dtype.isFloatingPoint && !dtype.isComplex) {
    throw new DTypeError(
      `${op}: ${op}(): Expected a floating point or complex tensor as input. Got ${dtype.scalarName}. Convert it with .to(torch.float32).`,
    );
  }
}
