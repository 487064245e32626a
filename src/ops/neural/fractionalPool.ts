/** Fractional max pooling (Graham 2014): windows at pseudo-random places, so that sizes shrink by any factor. */

import { int64 } from "../../core/dtype.js";
import { ArgumentError, ShapeError } from "../../core/errors.js";
import { formatShape, type Shape } from "../../core/shape.js";
import { composite, namedTuple } from "../../tensor/define/index.js";
import { type Args, type OverloadedOp, overloaded } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { arange } from "../create/ranges.js";
import { rand } from "../random/sampled.js";
import { cat } from "../shape/joining.js";
import type { PooledIndices } from "./maxPool.js";
import { asBatch, checkSpatial, type Rank, type Sizes, sizesOf } from "./spatial.js";
import { checkPooled, flattened } from "./windows.js";

/** `[0, 1, …, n - 1]` beside a tensor. */
const counting = (n: number, { device, dtype }: Tensor): Tensor => arange(0, n, { device, dtype });

/** Where the windows of a dimension begin: `⌊(i + sample)·α⌋ - ⌊sample·α⌋` with `α = (size - kernel)/(places - 1)`, the last one at the end. */
function beginnings(samples: Tensor, size: number, kernel: number, places: number): Tensor {
  const last = samples.newFull([...samples.shape, 1], size - kernel, { dtype: int64 });
  if (places === 1) return last;
  const alpha = (size - kernel) / (places - 1);
  const sample = samples.unsqueeze(-1);
  const inner = counting(places - 1, samples)
    .add(sample)
    .mul(alpha)
    .floor()
    .sub(sample.mul(alpha).floor());
  return cat([inner.to(int64), last], -1);
}

/** The places `[N, C, P, K]` in the flattened spatial dimensions that each window covers. */
function covered(starts: readonly Tensor[], from: Shape, kernel: Shape): Tensor {
  const rank = starts.length;
  const alongEach = starts.map((start, d) => {
    const [batch, channels, count] = start.shape as [number, number, number];
    const taps = start.unsqueeze(-1).add(counting(kernel[d] as number, start));
    const shape = new Array<number>(2 * rank).fill(1);
    [shape[d], shape[rank + d]] = [count, kernel[d] as number];
    return taps.view([batch, channels, ...shape]);
  });
  const places = alongEach.reduce((sum, along, d) => sum.mul(from[d] as number).add(along));
  return places.flatten(2, rank + 1).flatten(3);
}

function fractionalSizes(
  op: string,
  input: Tensor,
  rank: Rank,
  outputSize: readonly number[] | null,
  outputRatio: readonly number[] | null,
): Shape {
  if (outputSize !== null) return sizesOf(op, "output_size", outputSize, rank);
  if (outputRatio === null) throw new ArgumentError(`${op}: ${op} requires specifying either an output_size or an output_ratio`);
  const ratio = sizesOf(op, "output_ratio", outputRatio, rank);
  return input.shape.slice(-rank).map((n, d) => Math.trunc(n * (ratio[d] as number)));
}

function samplesFor(op: string, input: Tensor, rank: Rank, given: Tensor | null): Tensor {
  const [batch, channels] = input.shape as [number, number];
  if (given === null) return rand([batch, channels, rank], { dtype: input.dtype, device: input.device });
  if (given.shape.length !== 3 || given.shape[0] !== batch || given.shape[1] !== channels || given.shape[2] !== rank) {
    throw new ShapeError(
      `${op}: Expect _random_samples to have 3 dimensions [${batch}, ${channels}, ${rank}], got ${formatShape(given.shape)}`,
    );
  }
  return given.detach();
}

type FractionalOptions<R extends boolean> = {
  outputSize?: Sizes | null;
  outputRatio?: Sizes | null;
  returnIndices?: R;
  _randomSamples?: Tensor | null;
};

type FractionalArgs<R extends boolean> = Args<
  [outputSize: Sizes | null, outputRatio: Sizes | null, returnIndices: R, randomSamples: Tensor | null],
  FractionalOptions<R>
>;

interface FractionalMaxPool {
  (input: Tensor, kernelSize: Sizes, ...args: FractionalArgs<false>): Tensor;
  (input: Tensor, kernelSize: Sizes, ...args: FractionalArgs<true>): PooledIndices;
  (input: Tensor, kernelSize: Sizes, ...args: FractionalArgs<boolean>): Tensor | PooledIndices;
}

const fractionalMaxPool = (op: string, rank: Rank): OverloadedOp<FractionalMaxPool> =>
  overloaded(
    composite(
      `${op}(Tensor input, int[] kernelSize, int[]? outputSize=null, float[]? outputRatio=null, bool returnIndices=false, Tensor? _randomSamples=null)`,
      (given, kernelSize, outputSize, outputRatio, returnIndices, randomSamples) => {
        checkSpatial(op, given, rank);
        checkPooled(op, given, false);
        const kernel = sizesOf(op, "kernel_size", kernelSize, rank);
        const size = fractionalSizes(op, given, rank, outputSize, outputRatio);
        const { input, unbatched } = asBatch(given, rank);
        const from = input.shape.slice(2);
        size.forEach((n, d) => {
          if (n < 1 || n + (kernel[d] as number) - 1 > (from[d] as number)) {
            throw new ShapeError(
              `${op}: ${op}(): pool ${["size", "height and width", "time, height and width"][rank - 1]} ${kernel[d]} too large relative to input size ${from[d]} at dimension ${d}, for an output of size ${n}`,
            );
          }
        });
        const samples = samplesFor(op, input, rank, randomSamples);
        // Of images, the first sample is that of the width.
        const starts = size.map((n, d) => beginnings(samples.select(2, rank === 2 ? 1 - d : d), from[d] as number, kernel[d] as number, n));
        const places = covered(starts, from, kernel);
        const taps = flattened(input, rank).gather(2, places.flatten(2)).view(places.shape);
        const { values, indices } = taps.max(-1);
        const shape = unbatched ? [input.shape[1] as number, ...size] : [...input.shape.slice(0, 2), ...size];
        const output = values.reshape(shape);
        if (!returnIndices) return output;
        return namedTuple(["output", "indices"], [output, places.gather(-1, indices.unsqueeze(-1)).reshape(shape)]);
      },
    ),
  );

/**
 * The largest elements of windows of an image at pseudo-random places, `[N, C, H, W] → [N, C, …outputSize]`; `outputRatio` gives the
 * sizes as fractions of the input's. `_randomSamples` `[N, C, 2]` takes the place of the random numbers.
 * @throws {ShapeError} if the windows do not fit.
 */
export const fractionalMaxPool2d: OverloadedOp<FractionalMaxPool> = fractionalMaxPool("fractionalMaxPool2d", 2);

/**
 * The largest elements of windows of a volume at pseudo-random places, `[N, C, D, H, W] → [N, C, …outputSize]`.
 * @throws {ShapeError} if the windows do not fit.
 */
export const fractionalMaxPool3d: OverloadedOp<FractionalMaxPool> = fractionalMaxPool("fractionalMaxPool3d", 3);
