/** Histograms and counts, as methods of tensors. */

import { float32, float64, int64 } from "../../core/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape, sameShape } from "../../core/shape.js";
import { primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { countInto, evenEdges, givenRange, outerEdges, placesByEdges, placesByWidth } from "./binning.js";
import { accumulateType } from "./reduction.js";

/**
 * How many elements fall into each of `bins` even intervals between `min` and `max`, or between the extremes if both are 0. Others are not counted.
 * @throws {DTypeError} unless the dtype is a float.
 * @throws {ArgumentError} for a range that is not finite or runs downwards, or no bins.
 * @example
 * ```ts
 * torch.tensor([1, 2, 1]).histc(4, 0, 3); // tensor([0., 2., 1., 0.])
 * ```
 */
export const histc: Op<
  (input: Tensor, ...args: Args<[bins: number, min: number, max: number], { bins?: number; min?: number; max?: number }>) => Tensor
> = primitive("histc(Tensor input, int bins=100, float min=0, float max=0)", {
  forward: (input, bins, min, max) => {
    if (!input.dtype.isFloatingPoint)
      throw new DTypeError(`histc: "histogram_cpu" not implemented for '${input.dtype.scalarName}'. Convert it with .to(torch.float32).`);
    if (bins <= 0) throw new ArgumentError(`histc: bins must be > 0, but got ${bins}`);
    if (!Number.isFinite(min) || !Number.isFinite(max)) throw new ArgumentError(`histc: range of [${min}, ${max}] is not finite`);
    if (min > max) throw new ArgumentError(`histc: max must be larger than min, but got min ${min} and max ${max}`);
    const samples = input.reshape(-1);
    const [from, to] =
      min === max
        ? input.count === 0 || min !== 0
          ? givenRange(samples, min - 1, max + 1)
          : outerEdges(samples, 1)
        : givenRange(samples, min, max);
    return countInto(bins, placesByWidth(samples, from, to, bins), null, accumulateType(input.dtype)).to(input.dtype);
  },
});

/** Counts in bins, and the bins' edges. */
export type Histogram = readonly [hist: Tensor, binEdges: Tensor] & { readonly hist: Tensor; readonly binEdges: Tensor };

function checkSamples(op: string, input: Tensor): void {
  if (input.dtype !== float32 && input.dtype !== float64)
    throw new DTypeError(`${op}: "histogram_cpu" not implemented for '${input.dtype.scalarName}'. Convert it with .to(torch.float32).`);
}

function edgesOf(input: Tensor, bins: unknown, range: readonly number[] | null): Tensor {
  if (bins instanceof Tensor) {
    if (bins.shape.length !== 1 || bins.count < 2)
      throw new ShapeError(`histogram: bins tensor should have one dimension and at least two edges, got shape ${formatShape(bins.shape)}`);
    if (bins.dtype !== input.dtype)
      throw new DTypeError(
        `histogram: torch.histogram: input tensor and bins tensors should have the same dtype, but got input with dtype ${input.dtype} and bins with dtype ${bins.dtype}`,
      );
    return bins;
  }
  if (typeof bins !== "number" || !Number.isInteger(bins))
    throw new ArgumentError(`histogram(): argument 'bins' (position 2) must be int or Tensor, not ${typeof bins}`);
  if (bins <= 0) throw new ArgumentError(`histogram: bins must be > 0, but got ${bins} for dimension 0`);
  if (range === null) return evenEdges(...outerEdges(input, 0.5), bins);
  if (range.length !== 2) throw new ArgumentError(`histogram: range should have 2 elements, but got ${range.length}`);
  const [from, to] = range as readonly [number, number];
  if (!Number.isFinite(from) || !Number.isFinite(to))
    throw new ArgumentError(`histogram: dimension 0's range [${from}, ${to}] is not finite`);
  if (from > to) throw new ArgumentError(`histogram: min should not exceed max, but got min ${from} max ${to} for dimension 0`);
  return evenEdges(...givenRange(input, from === to ? from - 0.5 : from, from === to ? to + 0.5 : to), bins);
}

/**
 * How many elements (or what `weight` of them) fall into each bin, and the edges of the bins: `bins` even ones in `range` (by default between the extremes), or given edges.
 * With `density` the result integrates to 1.
 * @throws {DTypeError} unless the dtype is float32 or float64.
 */
export const histogram: Op<
  (
    input: Tensor,
    bins: number | Tensor,
    options?: { range?: readonly number[] | null; weight?: Tensor | null; density?: boolean },
  ) => Histogram
> = primitive("histogram(Tensor input, any bins, *, float[]? range=null, Tensor? weight=null, bool density=false)", {
  forward: (input, bins, range, weight, density) => {
    checkSamples("histogram", input);
    if (weight !== null && !sameShape(weight.shape, input.shape))
      throw new ShapeError(
        `histogram: if weight tensor is provided it should have the same shape as the input tensor, got ${formatShape(weight.shape)} and ${formatShape(input.shape)}`,
      );
    if (weight !== null && weight.dtype !== input.dtype)
      throw new DTypeError(
        `histogram: if weight tensor is provided, input tensor and weight tensor should have the same dtype, but got ${input.dtype} and ${weight.dtype}`,
      );
    const samples = input.reshape(-1);
    const edges = edgesOf(samples, bins, range);
    const counts = countInto(edges.count - 1, placesByEdges(samples, edges), weight === null ? null : weight.reshape(-1), input.dtype);
    return [density ? counts.div(counts.sum()).div(edges.diff()) : counts, edges];
  },
  results: ["hist", "binEdges"],
});

/**
 * How often each integer occurs in a vector of them, or the sum of their `weights`.
 * @throws {ArgumentError} if the input is no vector of non-negative integers.
 * @example
 * ```ts
 * torch.tensor([1n, 3n, 1n]).bincount(); // tensor([0, 2, 0, 1])
 * ```
 */
export const bincount: Op<
  (input: Tensor, ...args: Args<[weights: Tensor | null, minlength: number], { weights?: Tensor | null; minlength?: number }>) => Tensor
> = primitive("bincount(Tensor input, Tensor? weights=null, int minlength=0)", {
  forward: (input, weights, minlength) => {
    if (minlength < 0) throw new ArgumentError(`bincount: minlength should be >= 0, got ${minlength}`);
    if (input.dtype.kind !== "int")
      throw new DTypeError(`bincount: "bincount_cpu" not implemented for '${input.dtype.scalarName}'. Convert it with .long().`);
    if (weights !== null && weights.shape[0] !== input.shape[0])
      throw new ShapeError(
        `bincount: weights should be 1-d and have the same length as input, got ${formatShape(weights.shape)} and ${formatShape(input.shape)}`,
      );
    const dtype = weights === null ? int64 : weights.dtype === float32 ? float32 : float64;
    if (input.shape.length === 1 && input.count === 0) return input.newZeros([minlength], { dtype: int64 });
    if (input.shape.length !== 1 || input.amin().item() < 0)
      throw new ArgumentError(`bincount: bincount only supports 1-d non-negative integral inputs, got shape ${formatShape(input.shape)}`);
    const counts = input.newZeros([Math.max(minlength, Number(input.amax().item()) + 1)], { dtype });
    const source = weights === null ? input.newOnes(input.shape, { dtype }) : weights.to(dtype);
    input.storage.backend.kernels.scatter(counts, 0, input.long(), source, "add");
    return counts;
  },
  dynamicShape: true,
});
