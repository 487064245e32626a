/** What losses do with their elements: the argument `reduction`, and the two older ones that it replaced. */

import { ArgumentError } from "../../core/errors.js";
import type { Reduction } from "../../tensor/define/index.js";
import type { Tensor } from "../../tensor/tensor.js";

export type { Reduction } from "../../tensor/define/index.js";

/** What losses take by name. */
export interface LossOptions {
  reduction?: Reduction;
  /** Replaced by `reduction`. */
  sizeAverage?: boolean | null;
  /** Replaced by `reduction`. */
  reduce?: boolean | null;
}

/** The older arguments and `reduction`, in the order in which they stand. */
export type Legacy = [sizeAverage: boolean | null, reduce: boolean | null, reduction: Reduction];

/** The same in a signature. */
export const LEGACY = "bool? sizeAverage=null, bool? reduce=null, str reduction='mean'";

/** The graph node of a loss that PyTorch composes of other operations, the last of which makes the elements. */
export const composed =
  (last: string) =>
  (reduction: Reduction): string =>
    ({ none: last, mean: "MeanBackward0", sum: "SumBackward0" })[reduction];

/**
 * The reduction that the arguments name.
 * @throws {ArgumentError} for a name that is none.
 */
export function reductionOf(op: string, reduction: string, sizeAverage: boolean | null = null, reduce: boolean | null = null): Reduction {
  if (sizeAverage !== null || reduce !== null) return reduce === false ? "none" : sizeAverage === false ? "sum" : "mean";
  if (reduction !== "mean" && reduction !== "sum" && reduction !== "none") {
    throw new ArgumentError(`${op}: ${reduction} is not a valid value for reduction; it is "mean", "sum" or "none"`);
  }
  return reduction;
}

/** Elements reduced. */
export function reduceElements(elements: Tensor, reduction: Reduction): Tensor {
  if (reduction === "none") return elements;
  return reduction === "mean" ? elements.mean() : elements.sum();
}
