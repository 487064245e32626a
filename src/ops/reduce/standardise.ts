/**
 * Standardised values `(x - mean)·rstd` over some dimensions, with `rstd = 1/√(variance + eps)`: what the normalisations of
 * layers, groups and batches share. Statistics keep the reduced dimensions as 1.
 */

import type { DType } from "../../core/dtype.js";
import * as e from "../../expr/build.js";
import { input as element } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { emptyLike, emptyOn } from "../../tensor/create.js";
import { pointwise, rules } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { accumulateType, countOver, reduceProgram, reduceWith } from "./reduction.js";
import { summation } from "./summation.js";

const [x, mean, rstd, weight, bias] = [element(0), element(1), element(2), element(3), element(4)];
const squared = new Program("variance", [e.square(e.sub(x, mean))], 2);
const inverseRoot = new Program("rstd", [e.div(1, e.sqrt(e.add(element(0), element(1))))], 2);
const standard = e.mul(e.sub(x, mean), rstd);
const affine = new Program("standardise", [e.add(e.mul(standard, weight), bias)], 5);

/** Mean and variance over dimensions, which stay as 1. Those of half floats are float32. */
export function moments(input: Tensor, dims: readonly number[]): [mean: Tensor, variance: Tensor] {
  const dtype = accumulateType(input.dtype);
  const scale = 1 / countOver(input.shape, dims);
  const mean = reduceWith("sum", input, dims, true, dtype, dtype, scale);
  const variance = reduceProgram("sum", squared, [input, mean.expand(input.shape as number[])], input.shape, {
    dims,
    keepdim: true,
    compute: dtype,
    result: dtype,
    scale,
  });
  return [mean, variance];
}

/** `1/√(variance + eps)` */
export function inverseDeviation(variance: Tensor, eps: number): Tensor {
  const out = emptyLike(variance, variance.dtype);
  out.storage.backend.kernels.pointwise(inverseRoot, variance.dtype, [out], [variance, eps]);
  return out;
}

/** `(input - mean)·rstd·weight + bias`, all broadcast to the input's shape. */
export function standardised(
  input: Tensor,
  mean: Tensor,
  rstd: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  dtype: DType = input.dtype,
): Tensor {
  const out = emptyLike(input, dtype);
  const full = (tensor: Tensor | null, otherwise: number): Tensor | number =>
    tensor === null ? otherwise : tensor.expand(input.shape as number[]);
  input.storage.backend.kernels.pointwise(
    affine,
    accumulateType(input.dtype),
    [out],
    [input, full(mean, 0), full(rstd, 1), full(weight, 1), full(bias, 0)],
  );
  return out;
}

/**
 * Rows of the last dimensions standardised in one kernel, if the device has it: the result, the means and `1/√(variance + eps)`, which keep
 * those dimensions as 1; null where it has not, or where operands are not dense.
 */
export function standardisedRows(
  input: Tensor,
  dims: readonly number[],
  weight: Tensor | null,
  bias: Tensor | null,
  eps: number,
): [out: Tensor, mean: Tensor, rstd: Tensor] | null {
  const { backend } = input.storage;
  if (backend.kernels.layerNorm === undefined || ![input, weight, bias].every((tensor) => tensor === null || tensor.dense)) return null;
  const shape = input.shape.map((size, d) => (dims.includes(d) ? 1 : size));
  if (input.count === 0) return null;
  const out = emptyLike(input, input.dtype);
  const mean = emptyOn(backend, shape, accumulateType(input.dtype));
  const rstd = emptyOn(backend, shape, mean.dtype);
  backend.kernels.layerNorm(out, mean, rstd, input, weight, bias, eps);
  return [out, mean, rstd];
}

const weighed = summation("standardiseSum", 2, (grad, weight) => e.mul(grad, weight));
const weighedStandard = summation("standardiseDot", 5, (grad, weight, x, mean, rstd) =>
  e.mul(e.mul(grad, weight), e.mul(e.sub(x, mean), rstd)),
);
const plain = summation("sum", 1, (grad) => grad);
const alongStandard = summation("standardDot", 4, (grad, x, mean, rstd) => e.mul(grad, e.mul(e.sub(x, mean), rstd)));

/** `rstd·(grad·weight - sum - (x - mean)·rstd·dot)`: see `inputGradient`. */
const step: Op<(grad: Tensor, weight: Tensor | number, x: Tensor, mean: Tensor, rstd: Tensor, sum: Tensor, dot: Tensor) => Tensor> =
  pointwise(
    "standardiseStep(Operand grad, Operand weight, Operand x, Operand mean, Operand rstd, Operand sum, Operand dot)",
    (grad, weight, x, mean, rstd, sum, dot) => e.mul(rstd, e.sub(e.sub(e.mul(grad, weight), sum), e.mul(e.mul(e.sub(x, mean), rstd), dot))),
    rules.gradientRule,
    { inPlace: false },
  );

/** `grad·weight·rstd`: the gradient of the input where the statistics are constants. */
const scaled: Op<(grad: Tensor, weight: Tensor | number, rstd: Tensor) => Tensor> = pointwise(
  "standardiseScale(Operand grad, Operand weight, Operand rstd)",
  (grad, weight, rstd) => e.mul(e.mul(grad, weight), rstd),
  rules.gradientRule,
  { inPlace: false },
);

/** What a normalisation saved for its gradients: all broadcast with the input. */
export interface Standardisation {
  readonly input: Tensor;
  readonly mean: Tensor;
  readonly rstd: Tensor;
  readonly weight: Tensor | null;
  /** The dimensions that were averaged over. */
  readonly dims: readonly number[];
}

/**
 * The gradient of the input. With `g = grad·weight` and standardised values `z`, it is `rstd·(g - average(g) - z·average(g·z))`.
 */
export function inputGradient(grad: Tensor, saved: Standardisation): Tensor {
  const { input, mean, rstd, weight, dims } = saved;
  const share = 1 / Math.max(1, countOver(input.shape, dims));
  const factor = weight ?? 1;
  const sum = weight === null ? plain([grad], dims, true, share) : weighed([grad, weight], dims, true, share);
  const dot =
    weight === null
      ? alongStandard([grad, input, mean, rstd], dims, true, share)
      : weighedStandard([grad, weight, input, mean, rstd], dims, true, share);
  return step(grad, factor, input, mean, rstd, sum, dot);
}

/** The gradient of the input where the statistics do not depend on it. */
export function constantGradient(grad: Tensor, weight: Tensor | null, rstd: Tensor): Tensor {
  return scaled(grad, weight ?? 1, rstd);
}

/** The gradient of the input by way of the mean (`toMean`) and of `rstd` (`toRstd`): `toMean/n - toRstd·rstd³·(x - mean)/n`. */
export function statisticsGradient(toMean: Tensor | null, toRstd: Tensor | null, saved: Standardisation): Tensor | null {
  const { input, mean, rstd, dims } = saved;
  const share = 1 / Math.max(1, countOver(input.shape, dims));
  const first = toMean === null ? null : toMean.mul(share).expand(input.shape as number[]);
  const second = toRstd === null ? null : toRstd.mul(rstd.pow(3)).mul(-share).mul(input.sub(mean));
  if (first === null || second === null) return first ?? second;
  return first.add(second);
}

/** The gradient of the weight, of the input's shape reduced over `dims`: `Σ grad·z`. */
export function weightGradient(grad: Tensor, saved: Standardisation, dims: readonly number[]): Tensor {
  return alongStandard([grad, saved.input, saved.mean, saved.rstd], dims, true);
}

/** The gradient of the bias: `Σ grad`. */
export function biasGradient(grad: Tensor, dims: readonly number[]): Tensor {
  return plain([grad], dims, true);
}
