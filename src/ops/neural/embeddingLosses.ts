/** Losses of vectors that should lie close together or apart. */

import { ArgumentError, ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { pairwiseDistance } from "../reduce/distances.js";
import { LEGACY, type Legacy, type LossOptions, type Reduction, reduceElements, reductionOf } from "./reduction.js";

/** What PyTorch adds to squared lengths. */
const EPSILON = 1e-12;

/** `1 - cos(input1, input2)` where the target is 1, `max(0, cos(input1, input2) - margin)` where it is -1. */
export const cosineEmbeddingLoss: Op<
  (input1: Tensor, input2: Tensor, target: Tensor, ...args: Args<[margin: number, ...Legacy], LossOptions & { margin?: number }>) => Tensor
> = composite(
  `cosineEmbeddingLoss(Tensor input1, Tensor input2, Tensor target, float margin=0, ${LEGACY})`,
  (input1, input2, target, margin, sizeAverage, reduce, reduction) => {
    const how = reductionOf("cosineEmbeddingLoss", reduction, sizeAverage, reduce);
    const dim = target.shape.length;
    if (dim > 1)
      throw new ShapeError(
        `cosineEmbeddingLoss: 0D or 1D target tensor expected, multi-target not supported: got ${formatShape(target.shape)}`,
      );
    if (input1.shape.length !== dim + 1 || input2.shape.length !== dim + 1) {
      throw new ShapeError(
        `cosineEmbeddingLoss: ${dim}D target tensor expects ${dim + 1}D input tensors, but found inputs with sizes ${formatShape(input1.shape)} and ${formatShape(input2.shape)}.`,
      );
    }
    const product = input1.mul(input2).sum(dim);
    const lengths = input1.mul(input1).sum(dim).add(EPSILON).mul(input2.mul(input2).sum(dim).add(EPSILON));
    const cosine = product.div(lengths.sqrt());
    const near = cosine.neg().add(1);
    const far = cosine.sub(margin).clampMin(0);
    return reduceElements(near.maskedFill(target.ne(1), 0).add(far.maskedFill(target.ne(-1), 0)), how);
  },
);

function checkTriplet(op: string, anchor: Tensor, positive: Tensor, negative: Tensor, margin: number): void {
  if (margin <= 0) throw new ArgumentError(`${op}: margin must be greater than 0, got ${margin}`);
  const ranks = [anchor, positive, negative].map((tensor) => tensor.shape.length);
  if (ranks.some((rank) => rank !== ranks[0])) {
    throw new ShapeError(
      `${op}: The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor ${ranks[0]}D, positive ${ranks[1]}D, and negative ${ranks[2]}D inputs`,
    );
  }
}

type Distance = (a: Tensor, b: Tensor) => Tensor;

/** `max(0, margin + distance(anchor, positive) - distance(anchor, negative))`. */
function triplet(anchor: Tensor, positive: Tensor, negative: Tensor, distance: Distance, margin: number, swap: boolean): Tensor {
  const near = distance(anchor, positive);
  const far = distance(anchor, negative);
  const farthest = swap ? far.minimum(distance(positive, negative)) : far;
  return near.add(margin).sub(farthest).clampMin(0);
}

/**
 * `max(0, margin + |anchor - positive|ₚ - |anchor - negative|ₚ)`. With `swap`, the distance of positive and negative counts where it is smaller
 * than that of anchor and negative.
 * @throws {ArgumentError} if `margin` is not positive.
 */
export const tripletMarginLoss: Op<
  (
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    ...args: Args<
      [margin: number, p: number, eps: number, swap: boolean, ...Legacy],
      LossOptions & { margin?: number; p?: number; eps?: number; swap?: boolean }
    >
  ) => Tensor
> = composite(
  `tripletMarginLoss(Tensor anchor, Tensor positive, Tensor negative, float margin=1, float p=2, float eps=1e-6, bool swap=false, ${LEGACY})`,
  (anchor, positive, negative, margin, p, eps, swap, sizeAverage, reduce, reduction) => {
    const how = reductionOf("tripletMarginLoss", reduction, sizeAverage, reduce);
    checkTriplet("tripletMarginLoss", anchor, positive, negative, margin);
    return reduceElements(
      triplet(anchor, positive, negative, (a, b) => pairwiseDistance(a, b, p, eps), margin, swap),
      how,
    );
  },
);

/**
 * `max(0, margin + distance(anchor, positive) - distance(anchor, negative))` for any distance; by default the Euclidean one.
 * @throws {ArgumentError} if `margin` is not positive.
 */
export const tripletMarginWithDistanceLoss: Op<
  (
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    options?: { distanceFunction?: Distance | null; margin?: number; swap?: boolean; reduction?: Reduction },
  ) => Tensor
> = composite(
  "tripletMarginWithDistanceLoss(Tensor anchor, Tensor positive, Tensor negative, *, any distanceFunction=null, float margin=1, bool swap=false, str reduction='mean')",
  (anchor, positive, negative, distanceFunction, margin, swap, reduction) => {
    const how = reductionOf("tripletMarginWithDistanceLoss", reduction);
    checkTriplet("tripletMarginWithDistanceLoss", anchor, positive, negative, margin);
    const distance = distanceFunction === null ? (a: Tensor, b: Tensor) => pairwiseDistance(a, b) : (distanceFunction as Distance);
    return reduceElements(triplet(anchor, positive, negative, distance, margin, swap), how);
  },
);
