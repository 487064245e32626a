/** Losses of distances: what should be near and what far. */

import type { Args } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reader } from "../arguments.js";
import * as F from "../functional.js";
import { PairwiseDistance } from "./distance.js";
import { Loss, type OldReduction, REDUCTION, type Reduction, reductionOf } from "./loss.js";

interface MarginOptions extends OldReduction {
  reduction?: Reduction;
  margin?: number;
}

type MarginArguments = Args<[margin: number, sizeAverage: boolean | null, reduce: boolean | null, reduction: Reduction], MarginOptions>;

const marginArguments = reader(`MarginRankingLoss(float margin=0, ${REDUCTION})`);
const hingeArguments = reader(`HingeEmbeddingLoss(float margin=1, ${REDUCTION})`);

/** `max(0, -target · (input1 - input2) + margin)`: target 1 says that the first should rank higher, -1 the second. */
export class MarginRankingLoss extends Loss<[input1: Tensor, input2: Tensor, target: Tensor]> {
  readonly margin: number;

  constructor(...args: MarginArguments) {
    const [margin, sizeAverage, reduce, reduction] = marginArguments(args);
    super(reductionOf("MarginRankingLoss", sizeAverage, reduce, reduction));
    this.margin = margin;
  }

  forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return F.marginRankingLoss(input1, input2, target, { margin: this.margin, reduction: this.reduction });
  }
}

/** `1 - cos(input1, input2)` for target 1, `max(0, cos(input1, input2) - margin)` for target -1. */
export class CosineEmbeddingLoss extends Loss<[input1: Tensor, input2: Tensor, target: Tensor]> {
  readonly margin: number;

  constructor(...args: MarginArguments) {
    const [margin, sizeAverage, reduce, reduction] = marginArguments(args, "CosineEmbeddingLoss");
    super(reductionOf("CosineEmbeddingLoss", sizeAverage, reduce, reduction));
    this.margin = margin;
  }

  forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return F.cosineEmbeddingLoss(input1, input2, target, { margin: this.margin, reduction: this.reduction });
  }
}

/** `input` for target 1, `max(0, margin - input)` for target -1. */
export class HingeEmbeddingLoss extends Loss<[input: Tensor, target: Tensor]> {
  readonly margin: number;

  constructor(...args: MarginArguments) {
    const [margin, sizeAverage, reduce, reduction] = hingeArguments(args);
    super(reductionOf("HingeEmbeddingLoss", sizeAverage, reduce, reduction));
    this.margin = margin;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return F.hingeEmbeddingLoss(input, target, { margin: this.margin, reduction: this.reduction });
  }
}

const tripletArguments = reader(`TripletMarginLoss(float margin=1, float p=2, float eps=1e-6, bool swap=false, ${REDUCTION})`);

/** `max(0, d(anchor, positive) - d(anchor, negative) + margin)`, `d` being the distance by the p-norm. */
export class TripletMarginLoss extends Loss<[anchor: Tensor, positive: Tensor, negative: Tensor]> {
  readonly margin: number;
  readonly p: number;
  readonly eps: number;
  readonly swap: boolean;

  constructor(
    ...args: Args<
      [margin: number, p: number, eps: number, swap: boolean, sizeAverage: boolean | null, reduce: boolean | null, reduction: Reduction],
      MarginOptions & { p?: number; eps?: number; swap?: boolean }
    >
  ) {
    const [margin, p, eps, swap, sizeAverage, reduce, reduction] = tripletArguments(args);
    super(reductionOf("TripletMarginLoss", sizeAverage, reduce, reduction));
    this.margin = margin;
    this.p = p;
    this.eps = eps;
    this.swap = swap;
  }

  forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    const { margin, p, eps, swap, reduction } = this;
    return F.tripletMarginLoss(anchor, positive, negative, { margin, p, eps, swap, reduction });
  }
}

/** The distance between two tensors. */
export type DistanceFunction = (a: Tensor, b: Tensor) => Tensor;

const distanceArguments = reader(
  "TripletMarginWithDistanceLoss(*, any distanceFunction=null, float margin=1, bool swap=false, str reduction='mean')",
);

/** `TripletMarginLoss` with a distance of one's own. */
export class TripletMarginWithDistanceLoss extends Loss<[anchor: Tensor, positive: Tensor, negative: Tensor]> {
  /** The distance: `PairwiseDistance` unless another was given. A module is part of this one, under PyTorch's name. */
  readonly distance_function: DistanceFunction;
  readonly margin: number;
  readonly swap: boolean;

  constructor(...args: Args<[], { distanceFunction?: DistanceFunction | null; margin?: number; swap?: boolean; reduction?: Reduction }>) {
    const [distanceFunction, margin, swap, reduction] = distanceArguments(args);
    super(reductionOf("TripletMarginWithDistanceLoss", null, null, reduction));
    this.distance_function = (distanceFunction as DistanceFunction | null) ?? new PairwiseDistance();
    this.margin = margin;
    this.swap = swap;
  }

  forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    const { distance_function, margin, swap, reduction } = this;
    return F.tripletMarginWithDistanceLoss(anchor, positive, negative, { distanceFunction: distance_function, margin, swap, reduction });
  }
}
