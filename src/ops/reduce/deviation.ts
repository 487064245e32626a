/** Variances, and what turns them into the results of `var`, `std` and their pairs with the mean. */

import { type DType, toRealType } from "../../core/dtype.js";
import { DTypeError } from "../../core/errors.js";
import * as e from "../../expr/build.js";
import { input as element } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { emptyLike } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import {
  accumulateType,
  countOver,
  type Dims,
  itself,
  reduceDims,
  reducedShape,
  reduceProgram,
  reduceWith,
  reshaped,
  spread,
} from "./reduction.js";

const difference = e.sub(element(0), element(1));
const squared = new Program("var", [e.square(difference)], 2);
const squaredModulus = new Program("var", [e.add(e.square(e.re(difference)), e.square(e.im(difference)))], 2);
const root = new Program("std", [e.sqrt(element(0))], 1);

/** How a variance is asked for: dimensions (null: all), what is subtracted from the count, and whether reduced dimensions stay. */
export interface Deviation {
  readonly dim: readonly number[] | null;
  readonly correction: number;
  readonly keepdim: boolean;
}

/** The arguments of `var` and its like: `(unbiased)`, `(dim, unbiased, keepdim)` or by name with `correction`. */
export function deviationOf(
  op: string,
  input: Tensor,
  dim: unknown,
  unbiased: boolean | null,
  correction: number | null,
  keepdim: boolean,
): Deviation {
  if (!input.dtype.isFloatingPoint && !input.dtype.isComplex) {
    throw new DTypeError(
      `${op}: ${op} only support floating point and complex dtypes, got ${input.dtype}. Convert it with .to(torch.float32).`,
    );
  }
  const first = typeof dim === "boolean" ? dim : unbiased;
  const dims = typeof dim === "boolean" ? null : (dim as Dims);
  return {
    dim: typeof dims === "number" ? [dims] : dims,
    correction: correction ?? (first === false ? 0 : 1),
    keepdim,
  };
}

/** The mean and the variance (or its root) of a tensor: `Σ |x - mean|² / max(0, n - correction)`. */
export function measure(op: string, input: Tensor, how: Deviation, takeRoot: boolean): [deviation: Tensor, mean: Tensor] {
  const dims = reduceDims(op, how.dim, input.shape.length);
  const accumulate = accumulateType(input.dtype);
  const real = toRealType(accumulate);
  const result = toRealType(input.dtype);
  const count = countOver(input.shape, dims);
  const mean = reduceWith("sum", input, dims, true, accumulate, accumulate, 1 / count);
  const program = input.dtype.isComplex ? squaredModulus : squared;
  const scale = 1 / Math.max(0, count - how.correction);
  const inputs: [Tensor, Tensor] = [input, mean.expand(input.shape as number[])];
  const out = reduceProgram("sum", program, inputs, input.shape, {
    dims,
    keepdim: how.keepdim,
    compute: real,
    result: takeRoot ? real : result,
    scale,
  });
  const keptMean = how.keepdim ? mean : reshaped(mean, reducedShape(input.shape, dims, false));
  return [takeRoot ? through(root, out, result) : out, keptMean.dtype === input.dtype ? keptMean : through(itself, keptMean, input.dtype)];
}

/** The values of a program of one input in a dtype, written over the input if that has the dtype already. */
function through(program: Program, from: Tensor, dtype: DType): Tensor {
  const to = from.dtype === dtype ? from : emptyLike(from, dtype);
  from.storage.backend.kernels.pointwise(program, from.dtype, [to], [from]);
  return to;
}

/** `grad · 2/(n - correction) · (x - mean)` */
export function varianceGradient(op: string, grad: Tensor, input: Tensor, how: Deviation): Tensor {
  const dims = reduceDims(op, how.dim, input.shape.length);
  const factor = 2 / Math.max(0, countOver(input.shape, dims) - how.correction);
  const centered = input.sub(input.mean(dims.length === 0 ? null : dims, true));
  return spread(grad.mul(factor), input.shape, dims, how.keepdim).mul(centered);
}

/** The gradient of the variance from that of its root; zero where the root is. */
export function rootGradient(grad: Tensor, root: Tensor): Tensor {
  return grad.div(root.mul(2)).maskedFill(root.eq(0), 0);
}

/** The gradient of the mean. */
export function meanGradient(op: string, grad: Tensor, input: Tensor, how: Deviation): Tensor {
  const dims = reduceDims(op, how.dim, input.shape.length);
  return spread(grad.mul(1 / Math.max(1, countOver(input.shape, dims))), input.shape, dims, how.keepdim);
}
