/** Normalisation over the last dimensions. */

import { bfloat16, type DType, float16, float32, float64 } from "../../core/dtype.js";
import { DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape, type Shape, sameShape } from "../../core/shape.js";
import { denseCopy } from "../../tensor/copy.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { gradientsByRows } from "./fusedLayerNorm.js";
import { checkInexact } from "./reduction.js";
import {
  biasGradient,
  inputGradient,
  inverseDeviation,
  moments,
  type Standardisation,
  standardised,
  standardisedRows,
  statisticsGradient,
  weightGradient,
} from "./standardise.js";

function checkShapes(op: string, input: Tensor, normalizedShape: Shape, weight: Tensor | null, bias: Tensor | null): void {
  const k = normalizedShape.length;
  if (k === 0)
    throw new ShapeError(
      `${op}: Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = []`,
    );
  for (const [name, tensor] of [
    ["weight", weight],
    ["bias", bias],
  ] as const) {
    if (tensor !== null && !sameShape(tensor.shape, normalizedShape)) {
      throw new ShapeError(
        `${op}: Expected ${name} to be of same shape as normalized_shape, but got ${name} of shape ${formatShape(tensor.shape)} and normalized_shape = ${formatShape(normalizedShape)}`,
      );
    }
  }
  if (input.shape.length < k || !sameShape(input.shape.slice(-k), normalizedShape)) {
    throw new ShapeError(
      `${op}: Given normalized_shape=${formatShape(normalizedShape)}, expected input with shape [*, ${normalizedShape.join(", ")}], but got input of size${formatShape(input.shape)}`,
    );
  }
}

/** The dimensions before and those within the normalised shape. */
function splitDims(rank: number, k: number): [outer: number[], inner: number[]] {
  const all = Array.from({ length: rank }, (_, d) => d);
  return [all.slice(0, rank - k), all.slice(rank - k)];
}

const inDtype = (tensor: Tensor, dtype: DType): Tensor => (tensor.dtype === dtype ? tensor : denseCopy(tensor, dtype));

function composed(
  input: Tensor,
  dims: readonly number[],
  weight: Tensor | null,
  bias: Tensor | null,
  eps: number,
): [out: Tensor, mean: Tensor, rstd: Tensor] {
  const [mean, variance] = moments(input, dims);
  const rstd = inverseDeviation(variance, eps);
  return [standardised(input, mean, rstd, weight, bias), mean, rstd];
}

type NativeLayerNorm = Op<
  (
    input: Tensor,
    normalizedShape: number | readonly number[],
    weight: Tensor | null,
    bias: Tensor | null,
    eps: number,
  ) => readonly [output: Tensor, mean: Tensor, rstd: Tensor]
>;

/** The result and the statistics that it used; gradients flow through all three. */
const withStatistics: NativeLayerNorm = primitive(
  "nativeLayerNorm(Tensor input, int[] normalizedShape, Tensor? weight, Tensor? bias, float eps)",
  {
    forward: (input, normalizedShape, weight, bias, eps) => {
      checkShapes("layerNorm", input, normalizedShape, weight, bias);
      if (!input.dtype.isFloatingPoint)
        throw new DTypeError(`layerNorm: "LayerNormKernelImpl" not implemented for '${input.dtype.scalarName}'`);
      const [, inner] = splitDims(input.shape.length, normalizedShape.length);
      const [out, mean, rstd] = standardisedRows(input, inner, weight, bias, eps) ?? composed(input, inner, weight, bias, eps);
      const saved = weight !== null && weight.dtype !== input.dtype ? mean.dtype : input.dtype;
      return [out, inDtype(mean, saved), inDtype(rstd, saved)];
    },
    gradient: {
      input: (_grad, pass) => {
        const { input, weight, normalizedShape, outs, grads } = pass;
        const [, dims] = splitDims(input.shape.length, normalizedShape.length);
        const saved: Standardisation = { input, mean: outs[1] as Tensor, rstd: outs[2] as Tensor, weight, dims };
        const [first, toMean, toRstd] = grads as readonly (Tensor | null)[];
        const own = first === null || first === undefined ? null : (gradientsByRows(pass, first, dims)?.[0] ?? inputGradient(first, saved));
        const other = statisticsGradient(toMean ?? null, toRstd ?? null, saved);
        return own === null || other === null ? (own ?? other) : own.add(other);
      },
      weight: (grad, pass) => {
        const { input, given, outs } = pass;
        const shape = (given.weight as Tensor).shape;
        const [outer, dims] = splitDims(input.shape.length, shape.length);
        const fused = gradientsByRows(pass, grad, dims);
        if (fused !== null) return fused[1];
        return weightGradient(grad, { input, mean: outs[1] as Tensor, rstd: outs[2] as Tensor, weight: null, dims }, outer).reshape(
          shape as number[],
        );
      },
      bias: (grad, pass) => {
        const { given } = pass;
        const shape = (given.bias as Tensor).shape;
        const [outer, dims] = splitDims(given.input.shape.length, shape.length);
        const fused = gradientsByRows(pass, grad, dims);
        if (fused !== null) return fused[2];
        return biasGradient(grad, outer).reshape(shape as number[]);
      },
    },
  },
);

/** The result of `layerNorm`, and the mean and `1/√(variance + eps)` that it used, through which no gradient flows. */
export const nativeLayerNorm: NativeLayerNorm = composite(
  "nativeLayerNorm(Tensor input, int[] normalizedShape, Tensor? weight, Tensor? bias, float eps)",
  (input, normalizedShape, weight, bias, eps) => {
    const [out, mean, rstd] = withStatistics(input, normalizedShape, weight, bias, eps);
    return [out, mean.detach(), rstd.detach()];
  },
);

type NormArgs = Args<
  [weight: Tensor | null, bias: Tensor | null, eps: number],
  { weight?: Tensor | null; bias?: Tensor | null; eps?: number }
>;

/**
 * `(input - mean) / √(variance + eps) · weight + bias`, with statistics over the last dimensions, which have the shape `normalizedShape`.
 * @throws {ShapeError} if the shapes do not fit.
 */
export const layerNorm: Op<(input: Tensor, normalizedShape: number | readonly number[], ...args: NormArgs) => Tensor> = composite(
  "layerNorm(Tensor input, int[] normalizedShape, Tensor? weight=null, Tensor? bias=null, float eps=1e-5)",
  (input, normalizedShape, weight, bias, eps) => withStatistics(input, normalizedShape, weight, bias, eps)[0],
);

/** The distance from 1 to the next number of a dtype. */
const epsilons: ReadonlyMap<DType, number> = new Map([
  [float64, 2 ** -52],
  [float32, 2 ** -23],
  [float16, 2 ** -23],
  [bfloat16, 2 ** -23],
]);

/**
 * `input / √(mean(input²) + eps) · weight`, with the mean over the last dimensions, which have the shape `normalizedShape`.
 * @throws {ShapeError} if the shapes do not fit.
 */
export const rmsNorm: Op<
  (
    input: Tensor,
    normalizedShape: number | readonly number[],
    ...args: Args<[weight: Tensor | null, eps: number | null], { weight?: Tensor | null; eps?: number | null }>
  ) => Tensor
> = composite(
  "rmsNorm(Tensor input, int[] normalizedShape, Tensor? weight=null, float? eps=null)",
  (input, normalizedShape, weight, eps) => {
    checkShapes("rmsNorm", input, normalizedShape, weight, null);
    checkInexact("rmsNorm", input.dtype);
    const [, dims] = splitDims(input.shape.length, normalizedShape.length);
    const values = input.dtype === float16 || input.dtype === bfloat16 ? input.float() : input;
    const scale = values
      .mul(values)
      .mean(dims, true)
      .add(eps ?? epsilons.get(input.dtype) ?? 2 ** -23)
      .rsqrt();
    const standard = values.mul(scale);
    const result = weight === null ? standard : standard.mul(weight);
    return result.dtype === input.dtype ? result : result.to(input.dtype);
  },
);
