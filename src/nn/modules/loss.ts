/** What losses have in common: how the losses of single elements are reduced to one number. */

import { ArgumentError } from "../../core/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Module } from "../module.js";

/** Their mean, their sum, or none: the loss of every element. */
export type Reduction = "mean" | "sum" | "none";

/** Arguments that PyTorch keeps for old programs; both null for `reduction` to count. */
export interface OldReduction {
  sizeAverage?: boolean | null;
  reduce?: boolean | null;
}

/**
 * The reduction that the arguments ask for.
 * @throws {ArgumentError} for a name that is none.
 */
export function reductionOf(
  loss: string,
  sizeAverage: boolean | null,
  reduce: boolean | null,
  reduction: string,
  allowed: readonly string[] = ["none", "mean", "sum"],
): Reduction {
  if (sizeAverage !== null || reduce !== null) {
    if (reduce === false) return "none";
    return sizeAverage === false ? "sum" : "mean";
  }
  if (!allowed.includes(reduction))
    throw new ArgumentError(`${loss}: ${reduction} is not a valid value for reduction; it is one of ${allowed.join(", ")}`);
  return reduction as Reduction;
}

/** A loss with a reduction. */
export abstract class Loss<A extends unknown[], R extends string = Reduction> extends Module<A, Tensor> {
  /** How the losses of single elements are reduced. */
  readonly reduction: R;

  constructor(reduction: R) {
    super();
    this.reduction = reduction;
  }
}

/** A loss with weights, one for each class or element; they are a buffer of the module. */
export abstract class WeightedLoss<A extends unknown[]> extends Loss<A> {
  weight: Tensor | null;

  constructor(weight: Tensor | null, reduction: Reduction) {
    super(reduction);
    this.weight = null;
    this.registerBuffer("weight", weight);
  }
}

/** Arguments of losses that take a reduction only, in PyTorch's positional order. */
export const REDUCTION: "bool? sizeAverage=null, bool? reduce=null, str reduction='mean'" =
  "bool? sizeAverage=null, bool? reduce=null, str reduction='mean'";
