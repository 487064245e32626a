/** Normalisation over groups of channels, and across neighbouring channels. */

import type { DType } from "../../core/dtype.js";
import { ArgumentError, ShapeError } from "../../core/errors.js";
import { formatShape, numelOf } from "../../core/shape.js";
import { denseCopy } from "../../tensor/copy.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkInexact, reshaped } from "./reduction.js";
import {
  biasGradient,
  inputGradient,
  inverseDeviation,
  moments,
  type Standardisation,
  standardised,
  statisticsGradient,
  weightGradient,
} from "./standardise.js";

/** Groups are seen as `[N, groups, channels of a group, positions]`; statistics run over the last two. */
const DIMS = [2, 3];

interface Groups {
  readonly N: number;
  readonly C: number;
  readonly HxW: number;
  readonly group: number;
}

const grouped = ({ N, C, HxW, group }: Groups): number[] => [N, group, C / group, HxW];
const perChannel = ({ C, group }: Groups): number[] => [1, group, C / group, 1];
const perGroup = ({ N, group }: Groups): number[] => [N, group, 1, 1];

function standardisation(input: Tensor, weight: Tensor | null, outs: readonly Tensor[], shape: Groups): Standardisation {
  return {
    input: input.reshape(grouped(shape)),
    mean: (outs[1] as Tensor).reshape(perGroup(shape)),
    rstd: (outs[2] as Tensor).reshape(perGroup(shape)),
    weight: weight === null ? null : weight.reshape(perChannel(shape)),
    dims: DIMS,
  };
}

const inDtype = (tensor: Tensor, dtype: DType): Tensor => (tensor.dtype === dtype ? tensor : denseCopy(tensor, dtype));

/** The result of `groupNorm` for an input of `N` samples, `C` channels and `HxW` positions; the mean and `1/√(variance + eps)` of each group. */
export const nativeGroupNorm: Op<
  (
    input: Tensor,
    weight: Tensor | null,
    bias: Tensor | null,
    N: number,
    C: number,
    HxW: number,
    group: number,
    eps: number,
  ) => readonly [output: Tensor, mean: Tensor, rstd: Tensor]
> = primitive("nativeGroupNorm(Tensor input, Tensor? weight, Tensor? bias, int N, int C, int HxW, int group, float eps)", {
  forward: (input, weight, bias, N, C, HxW, group, eps) => {
    checkInexact("groupNorm", input.dtype);
    const shape = { N, C, HxW, group };
    const values = input.reshape(grouped(shape));
    const [mean, variance] = moments(values, DIMS);
    const rstd = inverseDeviation(variance, eps);
    const channel = (tensor: Tensor | null): Tensor | null => (tensor === null ? null : tensor.reshape(perChannel(shape)));
    const out = standardised(values, mean, rstd, channel(weight), channel(bias));
    const saved = weight !== null && weight.dtype !== input.dtype ? mean.dtype : input.dtype;
    return [reshaped(out, input.shape), reshaped(inDtype(mean, saved), [N, group]), reshaped(inDtype(rstd, saved), [N, group])];
  },
  gradient: {
    input: (_grad, { input, weight, N, C, HxW, group, outs, grads }) => {
      const shape = { N, C, HxW, group };
      const saved = standardisation(input, weight, outs, shape);
      const [first, toMean, toRstd] = grads.map((grad, i) =>
        grad === null ? null : grad.reshape(i === 0 ? grouped(shape) : perGroup(shape)),
      );
      const own = first === null || first === undefined ? null : inputGradient(first, saved);
      const other = statisticsGradient(toMean ?? null, toRstd ?? null, saved);
      const total = own === null || other === null ? (own ?? other) : own.add(other);
      return total === null ? null : total.reshape(input.shape as number[]);
    },
    weight: (grad, { input, N, C, HxW, group, outs }) => {
      const shape = { N, C, HxW, group };
      return weightGradient(grad.reshape(grouped(shape)), standardisation(input, null, outs, shape), [0, 3]).reshape(C);
    },
    bias: (grad, { N, C, HxW, group }) => biasGradient(grad.reshape(grouped({ N, C, HxW, group })), [0, 3]).reshape(C),
  },
});

/**
 * `(input - mean) / √(variance + eps) · weight + bias`, with statistics over each of `numGroups` groups of channels (dimension 1) of each sample.
 * @throws {ShapeError} if the channels do not divide into the groups.
 */
export const groupNorm: Op<
  (
    input: Tensor,
    numGroups: number,
    ...args: Args<[weight: Tensor | null, bias: Tensor | null, eps: number], { weight?: Tensor | null; bias?: Tensor | null; eps?: number }>
  ) => Tensor
> = composite(
  "groupNorm(Tensor input, int numGroups, Tensor? weight=null, Tensor? bias=null, float eps=1e-5)",
  (input, numGroups, weight, bias, eps) => {
    const { shape } = input;
    if (shape.length < 2) throw new ShapeError(`groupNorm: Expected at least 2 dimensions for input tensor but received ${shape.length}`);
    const [N, C] = shape as readonly [number, number];
    if (numGroups <= 0) throw new ArgumentError(`groupNorm: Expected num groups to be greater than 0, got ${numGroups}`);
    if (C % numGroups !== 0)
      throw new ShapeError(
        `groupNorm: Expected number of channels in input to be divisible by num_groups, but got input of shape ${formatShape(shape)} and num_groups=${numGroups}`,
      );
    for (const [name, tensor] of [
      ["weight", weight],
      ["bias", bias],
    ] as const) {
      if (tensor !== null && (tensor.shape.length !== 1 || tensor.shape[0] !== C)) {
        throw new ShapeError(
          `groupNorm: Expected ${name} to be a vector of size equal to the number of channels in input, but got ${name} of shape ${formatShape(tensor.shape)} and input of shape ${formatShape(shape)}`,
        );
      }
    }
    return nativeGroupNorm(input, weight, bias, N, C, numelOf(shape.slice(2)), numGroups, eps)[0];
  },
);

/**
 * `input / (k + alpha·average(input² over size neighbouring channels))^beta`
 * @throws {ShapeError} for fewer than three dimensions.
 */
export const localResponseNorm: Op<
  (
    input: Tensor,
    size: number,
    ...args: Args<[alpha: number, beta: number, k: number], { alpha?: number; beta?: number; k?: number }>
  ) => Tensor
> = composite("localResponseNorm(Tensor input, int size, float alpha=1e-4, float beta=0.75, float k=1)", (input, size, alpha, beta, k) => {
  if (input.shape.length < 3)
    throw new ShapeError(`localResponseNorm: Expected 3D or higher dimensionality input (got ${input.shape.length} dimensions)`);
  if (input.count === 0) return input;
  const before = Math.floor(size / 2);
  const [N, C, ...rest] = input.shape as readonly [number, number, ...number[]];
  const padded = input.newZeros([N, C + size - 1, ...rest]).sliceScatter(input.mul(input), 1, before, before + C);
  const sums = padded.unfold(1, size, 1).sum(-1);
  const average = sums.dtype.kind === "int" ? sums.div(size, { roundingMode: "trunc" }) : sums.div(size);
  return input.div(average.mul(alpha).add(k).pow(beta));
});
