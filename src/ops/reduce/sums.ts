/** Reductions of elements to sums and means. */

import { type DType, int64 } from "../../core/dtype.js";
import { DTypeError } from "../../core/errors.js";
import { type Shape, wrapDims } from "../../core/shape.js";
import { input as element } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import type { Reducer } from "../../backend/contract.js";
import { primitive } from "../../tensor/define/index.js";
import { emptyOn } from "../../tensor/create.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/** One dimension or several; null means all. */
export type Dims = number | readonly number[] | null;

const itself = new Program("reduce", [element(0)], 1);

/** The shape with dimensions reduced: kept as 1, or dropped. */
export function reducedShape(shape: Shape, dims: readonly number[], keepdim: boolean): number[] {
  if (keepdim) return shape.map((n, d) => (dims.includes(d) ? 1 : n));
  return shape.filter((_, d) => !dims.includes(d));
}

/** Runs a reduction kernel over dimensions (counted from the front). */
export function reduceWith(reducer: Reducer, input: Tensor, dims: readonly number[], keepdim: boolean, compute: DType, result: DType, scale = 1): Tensor {
  const out = emptyOn(input.storage.backend, reducedShape(input.shape, dims, false), result);
  input.storage.backend.kernels.reduce(reducer, itself, compute, out, [input], input.shape, dims, scale);
  if (!keepdim) return out;
  const shape = reducedShape(input.shape, dims, true);
  return out.view(shape);
}

/** A gradient of a reduction, spread over the reduced dimensions again (as a view). */
export function spread(grad: Tensor, shape: Shape, dims: readonly number[], keepdim: boolean): Tensor {
  const kept = keepdim ? grad : grad.reshape(reducedShape(shape, dims, true));
  return kept.expand(shape as number[]);
}

/** Empty lists of dimensions mean all of them, as in PyTorch's sums. */
export function reduceDims(op: string, dim: readonly number[] | null, rank: number): number[] {
  return wrapDims(op, dim === null || dim.length === 0 ? null : dim, rank);
}

/**
 * The sum of all elements, or along dimensions. Integers are summed as int64.
 * @example
 * ```ts
 * torch.ones(2, 3).sum({ dim: 0 }); // tensor([2., 2., 2.])
 * ```
 */
export const sum: Op<(input: Tensor, ...args: Args<[dim: Dims, keepdim: boolean], { dim?: Dims; keepdim?: boolean; dtype?: DType | null }>) => Tensor> = primitive(
  "sum(Tensor input, int[]? dim=null, bool keepdim=false, *, dtype? dtype=null)",
  {
    forward: (input, dim, keepdim, dtype) => {
      const result = dtype ?? (input.dtype.kind === "int" || input.dtype.kind === "bool" ? int64 : input.dtype);
      return reduceWith("sum", input, reduceDims("sum", dim, input.shape.length), keepdim, result, result);
    },
    gradient: { input: (grad, { input, dim, keepdim }) => spread(grad, input.shape, reduceDims("sum", dim, input.shape.length), keepdim) },
    gradName: (_input, dim) => (dim === null ? "SumBackward0" : "SumBackward1"),
  },
);

/**
 * The mean of all elements, or along dimensions.
 * @throws {DTypeError} for integers, unless a float `dtype` is given.
 */
export const mean: Op<(input: Tensor, ...args: Args<[dim: Dims, keepdim: boolean], { dim?: Dims; keepdim?: boolean; dtype?: DType | null }>) => Tensor> = primitive(
  "mean(Tensor input, int[]? dim=null, bool keepdim=false, *, dtype? dtype=null)",
  {
    forward: (input, dim, keepdim, dtype) => {
      const result = dtype ?? input.dtype;
      if (!result.isFloatingPoint && !result.isComplex) {
        const which = dtype === null ? "Input dtype" : "Optional dtype";
        throw new DTypeError(`mean: mean(): could not infer output dtype. ${which} must be either a floating point or complex dtype. Got: ${result.scalarName}`);
      }
      const dims = reduceDims("mean", dim, input.shape.length);
      const count = dims.reduce((n, d) => n * (input.shape[d] as number), 1);
      return reduceWith("sum", input, dims, keepdim, result, result, 1 / count);
    },
    gradient: {
      input: (grad, { input, out, dim, keepdim }) => {
        const dims = reduceDims("mean", dim, input.shape.length);
        return spread(grad, input.shape, dims, keepdim).mul(out.count / Math.max(input.count, 1));
      },
    },
    gradName: (_input, dim) => (dim === null ? "MeanBackward0" : "MeanBackward1"),
  },
);
