/** Normalisation over batches: each channel (dimension 1) by its statistics in the batch, or by running ones. */

import { ArgumentError, ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import * as e from "../../expr/build.js";
import { input as element } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { denseCopy } from "../../tensor/copy.js";
import { emptyOn } from "../../tensor/create.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { gradientsByBatch, standardisedBy, standardisedByBatch } from "./fusedBatchNorm.js";
import { checkInexact, countOver, reshaped } from "./reduction.js";
import {
  biasGradient,
  constantGradient,
  inputGradient,
  inverseDeviation,
  moments,
  type Standardisation,
  standardised,
  statisticsGradient,
  weightGradient,
} from "./standardise.js";

/** `running + momentum·(scale·current - running)` */
const moving = new Program(
  "runningStatistics",
  [e.add(e.mul(e.sub(1, element(2)), element(0)), e.mul(element(2), e.mul(element(3), element(1))))],
  4,
);

function updateRunning(running: Tensor, current: Tensor, momentum: number, scale: number): void {
  running.storage.backend.kernels.pointwise(moving, current.dtype, [running], [running, current, momentum, scale]);
  running.storage.version++;
}

/** A vector over channels, seen along dimension 1 of a tensor with `rank` dimensions. */
const acrossRank = (vector: Tensor, rank: number): Tensor => vector.reshape([1, -1, ...new Array<number>(Math.max(rank - 2, 0)).fill(1)]);

/** All dimensions but that of channels. */
const batchDims = (rank: number): number[] => Array.from({ length: rank }, (_, d) => d).filter((d) => d !== 1);

function checkVectors(input: Tensor, vectors: Readonly<Record<string, Tensor | null>>): void {
  const channels = input.shape[1] as number;
  for (const [name, vector] of Object.entries(vectors)) {
    if (vector !== null && vector.count !== channels)
      throw new ShapeError(`batchNorm: ${name} should contain ${channels} elements not ${vector.count}`);
  }
}

/** What a pass through the graph reads. */
interface Pass {
  readonly input: Tensor;
  readonly weight: Tensor | null;
  readonly runningMean: Tensor | null;
  readonly runningVar: Tensor | null;
  readonly training: boolean;
  readonly eps: number;
  readonly outs: readonly Tensor[];
}

/** Vectors over channels: the statistics of the batch, or the running ones. */
function statistics({ outs, runningMean, runningVar, training, eps }: Pass): [mean: Tensor, rstd: Tensor] {
  if (training) return [outs[1] as Tensor, outs[2] as Tensor];
  return [runningMean as Tensor, (runningVar as Tensor).add(eps).rsqrt()];
}

/** What the composed gradients need. */
function standardisation({ input }: Pass, weight: Tensor | null, mean: Tensor, rstd: Tensor): Standardisation {
  const rank = input.shape.length;
  return {
    input,
    mean: acrossRank(mean, rank),
    rstd: acrossRank(rstd, rank),
    weight: weight === null ? null : acrossRank(weight, rank),
    dims: batchDims(rank),
  };
}

/** The gradient of the input by way of the result. */
function throughResult(grad: Tensor, pass: Pass): Tensor {
  const { input, weight, training } = pass;
  const [mean, rstd] = statistics(pass);
  const fused = gradientsByBatch(pass, grad, input, weight, mean, rstd, training);
  if (fused !== null) return fused[0];
  const saved = standardisation(pass, weight, mean, rstd);
  return training ? inputGradient(grad, saved) : constantGradient(grad, saved.weight, saved.rstd);
}

type NativeBatchNorm = Op<
  (
    input: Tensor,
    weight: Tensor | null,
    bias: Tensor | null,
    runningMean: Tensor | null,
    runningVar: Tensor | null,
    training: boolean,
    momentum: number,
    eps: number,
  ) => readonly [output: Tensor, saveMean: Tensor, saveInvstd: Tensor]
>;

const SIGNATURE =
  "nativeBatchNorm(Tensor input, Tensor? weight, Tensor? bias, Tensor? runningMean, Tensor? runningVar, bool training, float momentum, float eps)";

/** The result and the statistics that it used; gradients flow through all three. */
const withStatistics: NativeBatchNorm = primitive(SIGNATURE, {
  forward: (input, weight, bias, runningMean, runningVar, training, momentum, eps) => {
    checkInexact("batchNorm", input.dtype);
    if (input.shape.length < 2)
      throw new ShapeError(`batchNorm: expected an input with at least 2 dimensions, got ${formatShape(input.shape)}`);
    checkVectors(input, { running_mean: runningMean, running_var: runningVar, weight, bias });
    const rank = input.shape.length;
    const channels = input.shape[1] as number;
    const across = (vector: Tensor | null): Tensor | null => (vector === null ? null : acrossRank(vector, rank));
    if (!training) {
      if (runningMean === null || runningVar === null)
        throw new ArgumentError("batchNorm: Expected running_mean and running_var to be defined when training=False");
      const rstd = inverseDeviation(runningVar, eps);
      const out =
        standardisedBy(input, runningMean, rstd, weight, bias) ??
        standardised(input, acrossRank(runningMean, rank), acrossRank(rstd, rank), across(weight), across(bias));
      const { backend } = input.storage;
      return [out, emptyOn(backend, [0], runningMean.dtype), emptyOn(backend, [0], runningMean.dtype)];
    }
    const dims = batchDims(rank);
    const n = countOver(input.shape, dims);
    const dtype = (weight ?? runningMean ?? input).dtype;
    const fused = dtype === input.dtype ? standardisedByBatch(input, weight, bias, eps) : null;
    const [mean, variance] = fused === null ? moments(input, dims) : [fused.mean, fused.variance];
    if (runningMean !== null) updateRunning(runningMean, reshaped(mean, [channels]), momentum, 1);
    if (runningVar !== null) updateRunning(runningVar, reshaped(variance, [channels]), momentum, n / (n - 1));
    if (fused !== null) return [fused.out, fused.mean, fused.rstd];
    // As in PyTorch, the result is computed from the statistics as they are saved.
    const saved = (statistic: Tensor): Tensor => (statistic.dtype === dtype ? statistic : denseCopy(statistic, dtype));
    const [saveMean, saveInvstd] = [saved(mean), saved(inverseDeviation(variance, eps))];
    const out = standardised(input, saveMean, saveInvstd, across(weight), across(bias));
    return [out, reshaped(saveMean, [channels]), reshaped(saveInvstd, [channels])];
  },
  gradient: {
    input: (_grad, pass) => {
      const { input, training, grads } = pass;
      const [first, toMean, toRstd] = grads;
      const own = first === null || first === undefined ? null : throughResult(first, pass);
      if (!training) return own;
      const across = (grad: Tensor | null | undefined): Tensor | null =>
        grad === null || grad === undefined ? null : acrossRank(grad, input.shape.length);
      const other = statisticsGradient(across(toMean), across(toRstd), standardisation(pass, null, ...statistics(pass)));
      return own === null || other === null ? (own ?? other) : own.add(other);
    },
    weight: (grad, pass) => {
      const { input, weight, training } = pass;
      const [mean, rstd] = statistics(pass);
      const fused = gradientsByBatch(pass, grad, input, weight, mean, rstd, training);
      if (fused !== null) return fused[1];
      const saved = standardisation(pass, null, mean, rstd);
      return weightGradient(grad, saved, saved.dims).reshape(-1);
    },
    bias: (grad, pass) => {
      const { input, weight, training } = pass;
      const fused = gradientsByBatch(pass, grad, input, weight, ...statistics(pass), training);
      return fused === null ? biasGradient(grad, batchDims(grad.shape.length)).reshape(-1) : fused[2];
    },
  },
});

/**
 * The result of `batchNorm`, and the mean and `1/√(variance + eps)` of the batch (empty unless `training`), through which no gradient flows.
 * Updates the running statistics.
 */
export const nativeBatchNorm: NativeBatchNorm = composite(
  SIGNATURE,
  (input, weight, bias, runningMean, runningVar, training, momentum, eps) => {
    const [out, mean, invstd] = withStatistics(input, weight, bias, runningMean, runningVar, training, momentum, eps);
    return [out, mean.detach(), invstd.detach()];
  },
);

/** The result for no elements, through which weight and bias get gradients of zeros. */
function withoutElements(input: Tensor, weight: Tensor | null, bias: Tensor | null): Tensor {
  const scaled = weight === null ? input.clone() : input.mul(weight.select(0, 0));
  return bias === null ? scaled : scaled.add(bias.select(0, 0));
}

interface StatisticsOptions {
  weight?: Tensor | null;
  bias?: Tensor | null;
  momentum?: number;
  eps?: number;
}

/**
 * `(input - mean) / √(variance + eps) · weight + bias` for each channel (dimension 1). In training the statistics are those of the batch and
 * move the running ones, `running = (1 - momentum)·running + momentum·current`; else they are the running ones.
 * @throws {ShapeError} in training with one value per channel.
 */
export const batchNorm: Op<
  (
    input: Tensor,
    runningMean: Tensor | null,
    runningVar: Tensor | null,
    ...args: Args<
      [weight: Tensor | null, bias: Tensor | null, training: boolean, momentum: number, eps: number],
      StatisticsOptions & { training?: boolean }
    >
  ) => Tensor
> = composite(
  "batchNorm(Tensor input, Tensor? runningMean, Tensor? runningVar, Tensor? weight=null, Tensor? bias=null, bool training=false, float momentum=0.1, float eps=1e-5)",
  (input, runningMean, runningVar, weight, bias, training, momentum, eps) => {
    if (training && countOver(input.shape, batchDims(input.shape.length)) === 1) {
      throw new ShapeError(
        `batchNorm: Expected more than 1 value per channel when training, got input size torch.Size(${formatShape(input.shape)})`,
      );
    }
    if (input.count === 0) return withoutElements(input, weight, bias);
    return withStatistics(input, weight, bias, runningMean, runningVar, training, momentum, eps)[0];
  },
);

/**
 * `batchNorm` of each sample on its own: statistics over the positions of each channel of each sample.
 * @throws {ShapeError} with one position per channel, where the statistics are those of the input.
 */
export const instanceNorm: Op<
  (
    input: Tensor,
    ...args: Args<
      [
        runningMean: Tensor | null,
        runningVar: Tensor | null,
        weight: Tensor | null,
        bias: Tensor | null,
        useInputStats: boolean,
        momentum: number,
        eps: number,
      ],
      StatisticsOptions & { runningMean?: Tensor | null; runningVar?: Tensor | null; useInputStats?: boolean }
    >
  ) => Tensor
> = composite(
  "instanceNorm(Tensor input, Tensor? runningMean=null, Tensor? runningVar=null, Tensor? weight=null, Tensor? bias=null, bool useInputStats=true, float momentum=0.1, float eps=1e-5)",
  (input, runningMean, runningVar, weight, bias, useInputStats, momentum, eps) => {
    const { shape } = input;
    if (shape.length < 2) throw new ShapeError(`instanceNorm: expected an input with at least 2 dimensions, got ${formatShape(shape)}`);
    if (!useInputStats && (runningMean === null || runningVar === null))
      throw new ArgumentError("instanceNorm: Expected running_mean and running_var to be defined when use_input_stats=False");
    const [N, C, ...rest] = shape as readonly [number, number, ...number[]];
    if (useInputStats && rest.reduce((a, b) => a * b, 1) === 1) {
      throw new ShapeError(
        `instanceNorm: Expected more than 1 spatial element when training, got input size torch.Size(${formatShape(shape)})`,
      );
    }
    const repeated = (vector: Tensor | null): Tensor | null => (vector === null ? null : vector.repeat(N));
    const [means, variances] = [repeated(runningMean), repeated(runningVar)];
    const out = withStatistics(
      input.reshape([1, N * C, ...rest]),
      repeated(weight),
      repeated(bias),
      means,
      variances,
      useInputStats,
      momentum,
      eps,
    )[0];
    if (useInputStats) {
      if (runningMean !== null && means !== null) runningMean.copy_(means.view([N, C]).mean(0));
      if (runningVar !== null && variances !== null) runningVar.copy_(variances.view([N, C]).mean(0));
    }
    return out.view(shape as number[]);
  },
);
