/** Dropout and the randomised rectifier: functions of `torch.nn.functional`. */

import { bool } from "../../core/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { emptyOn } from "../../tensor/create.js";
import { composite } from "../../tensor/define/index.js";
import { type Args, isIntercepted, type Op } from "../../tensor/dispatch.js";
import { stateFor } from "../../tensor/generator.js";
import type { Tensor } from "../../tensor/tensor.js";
import { fillFresh } from "./draw.js";

type DropoutOp = Op<
  (
    input: Tensor,
    ...args: Args<[p: number, training: boolean, inplace: boolean], { p?: number; training?: boolean; inplace?: boolean }>
  ) => Tensor
>;

function checkProbability(op: string, p: number): void {
  if (!(p >= 0 && p <= 1)) throw new ArgumentError(`${op}: dropout probability has to be between 0 and 1, but got ${p}`);
}

/** A one with probability `1 - p`, else a zero, for each element of `input`, or for each of its channels. */
function noiseFor(op: string, input: Tensor, perChannel: boolean, p: number): Tensor {
  if (perChannel && input.shape.length < 2) {
    throw new ShapeError(`${op}: Feature dropout requires at least 2 dimensions in the input, got ${input.shape.length}`);
  }
  const draw = (shape: readonly number[]): Tensor =>
    // A transform must see that numbers are drawn.
    isIntercepted()
      ? input.newEmpty(shape as number[]).bernoulli_(1 - p)
      : fillFresh(op, emptyOn(input.storage.backend, shape, input.dtype), { kind: "bernoulli", p: 1 - p }, null);
  if (perChannel) return draw(input.shape.map((n, d) => (d < 2 ? n : 1)));
  if (input.dense) return draw(input.shape);
  const order = memoryOrder(input);
  const drawn = draw(order.map((d) => input.shape[d] as number));
  return drawn.permute(input.shape.map((_, d) => order.indexOf(d)));
}

/**
 * The dimensions of a tensor from the widest step to the narrowest, as PyTorch sorts them: its noise lies in memory as the input does, and is
 * drawn in the order of memory.
 */
function memoryOrder({ shape, strides }: Tensor): number[] {
  // Positive if dimension `b` belongs inside of `a`, negative if outside, 0 if either will do.
  const compare = (a: number, b: number): number => {
    const [first, second] = [strides[a] as number, strides[b] as number];
    if (first === 0 || second === 0) return 0;
    return first !== second ? first - second : Math.max(0, (shape[a] as number) - (shape[b] as number));
  };
  const inward = shape.map((_, d) => shape.length - 1 - d);
  for (let i = 1; i < inward.length; i++) {
    for (let at = i, before = i - 1; before >= 0; before--) {
      const [a, b] = [inward[before] as number, inward[at] as number];
      const way = compare(a, b);
      if (way < 0) break;
      if (way === 0) continue;
      inward[before] = b;
      inward[at] = a;
      at = before;
    }
  }
  return inward.reverse();
}

const multiplied = (input: Tensor, noise: Tensor, inplace: boolean): Tensor => (inplace ? input.mul_(noise) : input.mul(noise));

/** `input · noise / (1 - p)`, the noise being 1 with probability `1 - p`, else 0. */
function drop(op: string, input: Tensor, p: number, training: boolean, inplace: boolean, perChannel: boolean): Tensor {
  checkProbability(op, p);
  if (p === 0 || !training || input.count === 0) return input;
  if (p === 1) return multiplied(input, input.newZeros([]), inplace);
  return multiplied(input, noiseFor(op, input, perChannel, p).div_(1 - p), inplace);
}

/** The value to which SELU saturates, `-scale · α`, negated. */
const SATURATION = 1.7580993408473766;

/** Dropout that keeps mean and variance of normalised inputs: what is dropped becomes `-SATURATION`, then all is rescaled. */
function dropAlpha(op: string, input: Tensor, p: number, training: boolean, inplace: boolean, perChannel: boolean): Tensor {
  checkProbability(op, p);
  if (p === 0 || !training || input.count === 0) return input;
  if (p === 1) return multiplied(input, input.newZeros([]), inplace);
  const noise = noiseFor(op, input, perChannel, p);
  const scale = 1 / Math.sqrt((SATURATION * SATURATION * p + 1) * (1 - p));
  const shift = noise
    .add(-1)
    .mul_(SATURATION * scale)
    .add_(SATURATION * scale * p);
  return multiplied(input, noise.mul_(scale), inplace).add_(shift);
}

const ARGUMENTS = "Tensor input, float p=0.5, bool training=true, bool inplace=false";

/**
 * Elements set to zero with probability `p` while training, and the others multiplied by `1 / (1 - p)`.
 * @throws {ArgumentError} if `p` is outside of `[0, 1]`.
 */
export const dropout: DropoutOp = composite(`dropout(${ARGUMENTS})`, (input, p, training, inplace) =>
  drop("dropout", input, p, training, inplace, false),
);

/** Runs a dropout of channels on a batch; an input without batch dimension gets one for the while. */
function asBatch(input: Tensor, rank: number, run: (batch: Tensor) => Tensor): Tensor {
  return input.shape.length === rank ? run(input) : run(input.unsqueeze(0)).squeeze(0);
}

/**
 * Whole channels set to zero with probability `p` while training; channels are vectors, `[batch, channels, length]` or `[channels, length]`.
 * @throws {ShapeError} for inputs of other ranks.
 */
export const dropout1d: DropoutOp = composite(`dropout1d(${ARGUMENTS})`, (input, p, training, inplace) => {
  checkProbability("dropout1d", p);
  const rank = input.shape.length;
  if (rank !== 2 && rank !== 3)
    throw new ShapeError(
      `dropout1d: Expected 2D or 3D input, but received a ${rank}D input. Note that dropout1d exists to provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional batch dimension (i.e. 2D or 3D inputs).`,
    );
  const result = asBatch(input, 3, (batch) => drop("dropout1d", batch, p, training, inplace, true));
  return inplace ? input : result;
});

/** Whole channels set to zero with probability `p` while training; channels are images, `[batch, channels, height, width]`. */
export const dropout2d: DropoutOp = composite(`dropout2d(${ARGUMENTS})`, (input, p, training, inplace) =>
  drop("dropout2d", input, p, training, inplace, true),
);

/** Whole channels set to zero with probability `p` while training; channels are volumes, with or without a batch dimension. */
export const dropout3d: DropoutOp = composite(`dropout3d(${ARGUMENTS})`, (input, p, training, inplace) => {
  checkProbability("dropout3d", p);
  const result = asBatch(input, 5, (batch) => drop("dropout3d", batch, p, training, inplace, true));
  return inplace ? input : result;
});

const ALPHA_ARGUMENTS = "Tensor input, float p=0.5, bool training=false, bool inplace=false";

/**
 * Alpha dropout (Klambauer et al., 2017): elements set to the value at which SELU saturates, with probability `p` while training, then all
 * rescaled so that mean 0 and variance 1 stay.
 */
export const alphaDropout: DropoutOp = composite(`alphaDropout(${ALPHA_ARGUMENTS})`, (input, p, training, inplace) =>
  dropAlpha("alphaDropout", input, p, training, inplace, false),
);

/** Alpha dropout of whole channels, `[batch, channels, …]`. */
export const featureAlphaDropout: DropoutOp = composite(`featureAlphaDropout(${ALPHA_ARGUMENTS})`, (input, p, training, inplace) =>
  dropAlpha("featureAlphaDropout", input, p, training, inplace, true),
);

/**
 * The randomised leaky rectifier: negative elements are multiplied by a slope, drawn from `[lower, upper)` while training, else
 * `(lower + upper) / 2`.
 * @throws {ArgumentError} if `lower > upper`.
 */
export const rrelu: Op<
  (
    input: Tensor,
    ...args: Args<
      [lower: number, upper: number, training: boolean, inplace: boolean],
      { lower?: number; upper?: number; training?: boolean; inplace?: boolean }
    >
  ) => Tensor
> = composite(
  "rrelu(Tensor input, float lower=0.125, float upper=0.3333333333333333, bool training=false, bool inplace=false)",
  (input, lower, upper, training, inplace) => {
    if (lower > upper)
      throw new ArgumentError(`rrelu: Lower bound should be less than or equal to the upper bound, got ${lower} and ${upper}`);
    if (!input.dtype.isFloatingPoint)
      throw new DTypeError(`rrelu: "rrelu_with_noise_out_cpu" not implemented for '${input.dtype.scalarName}'`);
    const negative = input.detach().le(0);
    if (!training) {
      const slope = (lower + upper) / 2;
      return multiplied(
        input,
        negative
          .to(input.dtype)
          .mul(slope - 1)
          .add(1),
        inplace,
      );
    }
    const backend = input.storage.backend;
    const noise = emptyOn(backend, input.shape, input.dtype);
    backend.kernels.sample("uniformWhere", noise, [negative.to(bool), lower, upper], stateFor("rrelu", null, backend));
    return multiplied(input, noise, inplace);
  },
);

/** `rrelu` in place. */
export const rrelu_: Op<
  (
    input: Tensor,
    ...args: Args<[lower: number, upper: number, training: boolean], { lower?: number; upper?: number; training?: boolean }>
  ) => Tensor
> = composite(
  "rrelu_(Tensor input, float lower=0.125, float upper=0.3333333333333333, bool training=false)",
  (input, lower, upper, training) => rrelu(input, lower, upper, training, true),
);
