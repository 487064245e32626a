/** Distances and similarities of vectors. */

import type { Args } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reader } from "../arguments.js";
import * as F from "../functional.js";
import { Module } from "../module.js";

const similarityArguments = reader("CosineSimilarity(int dim=1, float eps=1e-8)");

/** `x₁ · x₂ / (‖x₁‖ ‖x₂‖)` along a dimension; norms count as at least `eps`. */
export class CosineSimilarity extends Module<[x1: Tensor, x2: Tensor], Tensor> {
  readonly dim: number;
  readonly eps: number;

  constructor(...args: Args<[dim: number, eps: number], { dim?: number; eps?: number }>) {
    super();
    [this.dim, this.eps] = similarityArguments(args);
  }

  forward(x1: Tensor, x2: Tensor): Tensor {
    return F.cosineSimilarity(x1, x2, this.dim, this.eps);
  }
}

const distanceArguments = reader("PairwiseDistance(float p=2, float eps=1e-6, bool keepdim=false)");

/** `‖x₁ - x₂ + eps‖` by the p-norm along the last dimension. */
export class PairwiseDistance extends Module<[x1: Tensor, x2: Tensor], Tensor> {
  /** The `p` of the norm. */
  readonly norm: number;
  readonly eps: number;
  readonly keepdim: boolean;

  constructor(...args: Args<[p: number, eps: number, keepdim: boolean], { p?: number; eps?: number; keepdim?: boolean }>) {
    super();
    [this.norm, this.eps, this.keepdim] = distanceArguments(args);
  }

  forward(x1: Tensor, x2: Tensor): Tensor {
    return F.pairwiseDistance(x1, x2, this.norm, this.eps, this.keepdim);
  }
}
