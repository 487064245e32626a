/** New tensors of samples. */

import { type DType, int64 } from "../../core/dtype.js";
import { ArgumentError, DTypeError } from "../../core/errors.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Generator } from "../../tensor/generator.js";
import type { Tensor } from "../../tensor/tensor.js";
import { blank, blankLike, finish, type TensorOptions } from "../create/blank.js";
import type { Sizes } from "../shape/views.js";
import { fillFresh } from "./draw.js";
import { checkRange, wholeBound } from "./limits.js";

/** What functions that make tensors of samples take by name. */
export interface SampledOptions extends TensorOptions {
  /** The stream to draw from; that of the device by default. */
  generator?: Generator | null;
}

type SizesAndSampledOptions = Sizes | [...size: number[], options: SampledOptions] | [size: readonly number[], options: SampledOptions];

const SAMPLED = `*, generator? generator=null, dtype? dtype=null, device? device=null, bool requiresGrad=false`;

function checkKernel(op: string, kernel: string, dtype: DType): void {
  if (!dtype.isFloatingPoint && !dtype.isComplex) throw new DTypeError(`${op}: "${kernel}" not implemented for '${dtype.scalarName}'`);
}

function uniform(op: string, made: Tensor, generator: Generator | null): Tensor {
  checkKernel(op, "check_uniform_bounds", made.dtype);
  return fillFresh(op, made, { kind: "uniform", from: 0, to: 1 }, generator);
}

function normal(op: string, made: Tensor, generator: Generator | null): Tensor {
  checkKernel(op, "normal_kernel_cpu", made.dtype);
  return fillFresh(op, made, { kind: "normal", mean: 0, std: made.dtype.isComplex ? Math.SQRT1_2 : 1 }, generator);
}

/**
 * Uniform numbers in [0, 1).
 * @example
 * ```ts
 * torch.manualSeed(42);
 * torch.rand(3); // tensor([0.8823, 0.9150, 0.3829])
 * ```
 */
export const rand: Op<(...size: SizesAndSampledOptions) => Tensor> = composite(
  `rand(...int[] size, ${SAMPLED})`,
  (size, generator, dtype, device, requiresGrad) => finish(uniform("rand", blank("rand", size, dtype, device), generator), requiresGrad),
);

/**
 * Normal numbers of mean 0 and variance 1.
 * @example
 * ```ts
 * torch.manualSeed(42);
 * torch.randn(3); // tensor([0.3367, 0.1288, 0.2345])
 * ```
 */
export const randn: Op<(...size: SizesAndSampledOptions) => Tensor> = composite(
  `randn(...int[] size, ${SAMPLED})`,
  (size, generator, dtype, device, requiresGrad) => finish(normal("randn", blank("randn", size, dtype, device), generator), requiresGrad),
);

/** Uniform numbers in [0, 1) in the shape of `input`. */
export const randLike: Op<(input: Tensor, options?: SampledOptions) => Tensor> = composite(
  `randLike(Tensor input, ${SAMPLED})`,
  (input, generator, dtype, device, requiresGrad) => finish(uniform("randLike", blankLike(input, dtype, device), generator), requiresGrad),
);

/** Normal numbers of mean 0 and variance 1 in the shape of `input`. */
export const randnLike: Op<(input: Tensor, options?: SampledOptions) => Tensor> = composite(
  `randnLike(Tensor input, ${SAMPLED})`,
  (input, generator, dtype, device, requiresGrad) => finish(normal("randnLike", blankLike(input, dtype, device), generator), requiresGrad),
);

type Bound = number | bigint;

/** The arguments of `randint`: the bounds (the lower one may be left out) and sizes. */
export type RandintArguments =
  | [high: Bound, size: readonly number[], options?: SampledOptions]
  | [low: Bound, high: Bound, size: readonly number[], options?: SampledOptions]
  | [options: SampledOptions & { low?: Bound; high: Bound; size: readonly number[] }]
  | [high: Bound, options: SampledOptions & { size: readonly number[] }]
  | [low: Bound, high: Bound, options: SampledOptions & { size: readonly number[] }];

function integers(op: string, made: Tensor, low: unknown, high: unknown, generator: Generator | null): Tensor {
  const [from, to] = [wholeBound(op, "low", low as Bound), wholeBound(op, "high", high as Bound)];
  if (made.dtype.isComplex) throw new DTypeError(`${op}: "random_from_to" not implemented for '${made.dtype.scalarName}'`);
  checkRange(op, from, to, made.dtype);
  return fillFresh(op, made, { kind: "integer", from, to }, generator);
}

/**
 * Uniform integers in `[low, high)`, int64 unless another dtype is given.
 * @throws {ArgumentError} if the range is empty or leaves the dtype.
 * @example
 * ```ts
 * torch.randint(10, [2, 3]);    // from 0 to 9
 * torch.randint(-5, 5, [4]);    // from -5 to 4
 * ```
 */
export const randint: Op<(...args: RandintArguments) => Tensor> = composite(
  `randint(any low=0, any high=null, any size=null, ${SAMPLED})`,
  (low, high, size, generator, dtype, device, requiresGrad) => {
    const [from, to, sizes] = Array.isArray(high) ? [0, low, high] : high === null ? [0, low, size] : [low, high, size];
    if (!Array.isArray(sizes) || !sizes.every((n) => Number.isInteger(n)))
      throw new ArgumentError("randint() expects (high, size) or (low, high, size), the size as an array of whole numbers");
    return finish(integers("randint", blank("randint", sizes, dtype ?? int64, device), from, to, generator), requiresGrad);
  },
);

/** Uniform integers in `[low, high)` in the shape of `input`; given one bound, in `[0, high)`. */
export const randintLike: Op<
  (
    input: Tensor,
    ...args:
      | [high: Bound, options?: SampledOptions]
      | [low: Bound, high: Bound, options?: SampledOptions]
      | [options: SampledOptions & { low?: Bound; high: Bound }]
  ) => Tensor
> = composite(
  `randintLike(Tensor input, any low=0, any high=null, ${SAMPLED})`,
  (input, low, high, generator, dtype, device, requiresGrad) => {
    const [from, to] = high === null ? [0, low] : [low, high];
    return finish(integers("randintLike", blankLike(input, dtype, device), from, to, generator), requiresGrad);
  },
);

/** A random permutation of the integers from 0 to `n - 1`, int64 unless another dtype is given. */
export const randperm: Op<(n: number, options?: SampledOptions) => Tensor> = composite(
  `randperm(int n, ${SAMPLED})`,
  (n, generator, dtype, device, requiresGrad) => {
    if (n < 0) throw new ArgumentError(`randperm: n must be non-negative, got ${n}`);
    if (dtype !== null && n > 0) checkRange("randperm", 0n, BigInt(n), dtype);
    return finish(fillFresh("randperm", blank("randperm", [n], dtype ?? int64, device), { kind: "randperm" }, generator), requiresGrad);
  },
);
