/** Sorting samples into bins: edges, places, and weighed counts. */

import { type DType, int64 } from "../../core/dtype.js";
import * as e from "../../expr/build.js";
import { input as element } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { emptyOn } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";
import { searchsorted } from "../indexing/searching.js";

const [i, left, right, bins] = [element(0), element(1), element(2), element(3)];
const width = e.div(e.sub(right, left), bins);
/** As PyTorch's `linspace`: from both ends towards the middle. */
const even = new Program(
  "binEdges",
  [e.select(e.lt(i, e.div(e.add(bins, 1), 2)), e.add(left, e.mul(width, i)), e.sub(right, e.mul(width, e.sub(bins, i))))],
  4,
);

/** `n + 1` evenly spaced edges from the 0-d tensor `from` to `to`. */
export function evenEdges(from: Tensor, to: Tensor, n: number): Tensor {
  const { backend } = from.storage;
  const index = emptyOn(backend, [n + 1], from.dtype);
  backend.kernels.sequence(index, 0, 1);
  const edges = emptyOn(backend, [n + 1], from.dtype);
  backend.kernels.pointwise(even, from.dtype, [edges], [index, from.expand([n + 1]), to.expand([n + 1]), n]);
  return edges;
}

const widen = (name: string, sign: 1 | -1, by: number): Program =>
  new Program(
    name,
    [e.select(e.eq(element(0), element(1)), e.add(element(sign === -1 ? 0 : 1), sign * by), element(sign === -1 ? 0 : 1))],
    2,
  );

const widenings = new Map([0.5, 1].map((by) => [by, [widen("lowest", -1, by), widen("highest", 1, by)] as const]));

/** The smallest and the largest sample, moved apart by `by` each where they are equal; of none, 0 and 1. */
export function outerEdges(samples: Tensor, by: 0.5 | 1): [from: Tensor, to: Tensor] {
  if (samples.count === 0) return givenRange(samples, 0, 1);
  const [low, high] = [samples.amin(), samples.amax()];
  return widenings.get(by)?.map((program) => {
    const out = emptyOn(samples.storage.backend, [], samples.dtype);
    samples.storage.backend.kernels.pointwise(program, samples.dtype, [out], [low, high]);
    return out;
  }) as [Tensor, Tensor];
}

/** A range given by numbers, as 0-d tensors. */
export function givenRange(samples: Tensor, from: number, to: number): [from: Tensor, to: Tensor] {
  return [samples.newFull([], from), samples.newFull([], to)];
}

/** Whether samples lie between the outer edges: what is outside, and NaN, is not counted. */
const within = new Program("within", [e.and(e.ge(element(0), element(1)), e.le(element(0), element(2)))], 3);

/** The places of samples in bins, and whether they have one. The last bin includes its right edge. */
export interface Places {
  /** int64, 0 for samples without a place. */
  readonly index: Tensor;
  readonly inside: Tensor;
}

function insideOf(samples: Tensor, from: Tensor, to: Tensor): Tensor {
  const inside = samples.newEmpty(samples.shape).bool();
  samples.storage.backend.kernels.pointwise(
    within,
    samples.dtype,
    [inside],
    [samples, from.expand(samples.shape), to.expand(samples.shape)],
  );
  return inside;
}

/** The places of samples between given edges. */
export function placesByEdges(samples: Tensor, edges: Tensor): Places {
  const n = edges.count - 1;
  const inside = insideOf(samples, edges.select(0, 0), edges.select(0, n));
  const place = searchsorted(edges, samples.contiguous(), { right: true })
    .sub(1)
    .clamp(0, n - 1);
  return { index: place.mul(inside), inside };
}

const lastBin = new Program("bin", [e.select(element(0), e.minimum(element(1), e.sub(element(2), 1)), 0)], 3);

/** The places of samples in `n` even bins, by `⌊(sample - from)·n / (to - from)⌋` in the dtype of the samples, as PyTorch rounds it. */
export function placesByWidth(samples: Tensor, from: Tensor, to: Tensor, n: number): Places {
  const inside = insideOf(samples, from, to);
  const position = samples.sub(from).mul(n).div(to.sub(from)).floor();
  const index = emptyOn(samples.storage.backend, samples.shape, int64);
  samples.storage.backend.kernels.pointwise(lastBin, samples.dtype, [index], [inside.to(samples.dtype), position, n]);
  return { index, inside };
}

/** The sum of weights (each 1 by default) of the samples in each of `n` bins. */
export function countInto(n: number, { index, inside }: Places, weight: Tensor | null, dtype: DType): Tensor {
  const counts = index.newZeros([n], { dtype });
  const source = weight === null ? inside.to(dtype) : weight.to(dtype).mul(inside);
  index.storage.backend.kernels.scatter(counts, 0, index.reshape(-1), source.reshape(-1), "add");
  return counts;
}
