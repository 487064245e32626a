/** Losses of elements: an expression of each prediction and its target, then a mean or a sum. */

import { ArgumentError, ShapeError } from "../../core/errors.js";
import { formatShape, sameShape } from "../../core/shape.js";
import * as e from "../../expr/build.js";
import type { Expr } from "../../expr/node.js";
import { composite, Reduced, rules } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { clampMin } from "./expressions.js";
import { composed, LEGACY, type Legacy, type LossOptions, type Reduction, reduceElements, reductionOf } from "./reduction.js";

/** A call with two tensors and nothing else, for means. */
function quickly(loss: Reduced, numbers: readonly number[] = []): (args: readonly unknown[]) => unknown {
  return (args) =>
    args.length === 2 && args[0] instanceof Tensor && args[1] instanceof Tensor
      ? loss.evaluate([args[0], args[1]], numbers, "mean")
      : undefined;
}

/** Errors times weights; their mean is weighted. */
function weighted(
  op: string,
  loss: Reduced,
  input: Tensor,
  target: Tensor,
  weight: Tensor,
  reduction: Reduction,
  numbers: readonly number[] = [],
): Tensor {
  checkWeight(op, input, weight);
  const errors = loss.evaluate([input, target], numbers, "none").mul(weight);
  return reduction === "mean" ? errors.sum().div(weight.sum()) : reduceElements(errors, reduction);
}

function checkWeight(op: string, input: Tensor, weight: Tensor): void {
  if (!sameShape(weight.shape, input.shape))
    throw new ShapeError(
      `${op}: Weights and input must have the same size, got ${formatShape(weight.shape)} and ${formatShape(input.shape)}`,
    );
}

const squaredError = new Reduced("mseLoss", {
  operands: 2,
  body: (x: Expr, y: Expr) => e.square(e.sub(x, y)),
  rule: rules.floatOnly,
  gradient: (grad, [x, y]) => {
    const twice = e.mul(e.mul(grad, 2), e.sub(x as Expr, y as Expr));
    return [twice, e.neg(twice)];
  },
  gradName: "MseLossBackward0",
});

/**
 * The mean (or sum) of squared errors, `(input - target)²`.
 * @throws {ShapeError} if the shapes do not broadcast.
 * @example
 * ```ts
 * torch.nn.functional.mseLoss(model(x), y);
 * ```
 */
export const mseLoss: Op<
  (input: Tensor, target: Tensor, ...args: Args<[...Legacy, weight: Tensor | null], LossOptions & { weight?: Tensor | null }>) => Tensor
> = composite(
  `mseLoss(Tensor input, Tensor target, ${LEGACY}, Tensor? weight=null)`,
  (input, target, sizeAverage, reduce, reduction, weight) => {
    const how = reductionOf("mseLoss", reduction, sizeAverage, reduce);
    return weight === null
      ? squaredError.evaluate([input, target], [], how)
      : weighted("mseLoss", squaredError, input, target, weight, how);
  },
  { quick: quickly(squaredError) },
);

const absoluteError = new Reduced("l1Loss", {
  operands: 2,
  body: (x: Expr, y: Expr) => e.abs(e.sub(x, y)),
  rule: { ...rules.floatOrComplex, result: "real" },
  gradName: composed("AbsBackward0"),
});

/** The mean (or sum) of absolute errors, `|input - target|`. */
export const l1Loss: Op<
  (input: Tensor, target: Tensor, ...args: Args<[...Legacy, weight: Tensor | null], LossOptions & { weight?: Tensor | null }>) => Tensor
> = composite(
  `l1Loss(Tensor input, Tensor target, ${LEGACY}, Tensor? weight=null)`,
  (input, target, sizeAverage, reduce, reduction, weight) => {
    const how = reductionOf("l1Loss", reduction, sizeAverage, reduce);
    return weight === null
      ? absoluteError.evaluate([input, target], [], how)
      : weighted("l1Loss", absoluteError, input, target, weight, how);
  },
  { quick: quickly(absoluteError) },
);

const smoothError = new Reduced("smoothL1Loss", {
  operands: 2,
  body: (x: Expr, y: Expr, beta: Expr) => {
    const z = e.abs(e.sub(x, y));
    return e.select(e.lt(z, beta), e.div(e.mul(0.5, e.square(z)), beta), e.sub(z, e.mul(0.5, beta)));
  },
  rule: rules.floatOnly,
  gradName: "SmoothL1LossBackward0",
});

/**
 * Squared errors below `beta`, absolute ones above: `0.5·z² / beta` where `z = |input - target| < beta`, else `z - 0.5·beta`.
 * @throws {ArgumentError} if `beta` is negative.
 */
export const smoothL1Loss: Op<
  (input: Tensor, target: Tensor, ...args: Args<[...Legacy, beta: number], LossOptions & { beta?: number }>) => Tensor
> = composite(
  `smoothL1Loss(Tensor input, Tensor target, ${LEGACY}, float beta=1)`,
  (input, target, sizeAverage, reduce, reduction, beta) => {
    const how = reductionOf("smoothL1Loss", reduction, sizeAverage, reduce);
    if (beta < 0) throw new ArgumentError(`smoothL1Loss: smooth_l1_loss does not support negative values for beta, got ${beta}.`);
    return beta === 0 ? absoluteError.evaluate([input, target], [], how) : smoothError.evaluate([input, target], [beta], how);
  },
);

const huberError = new Reduced("huberLoss", {
  operands: 2,
  body: (x: Expr, y: Expr, delta: Expr) => {
    const z = e.abs(e.sub(x, y));
    return e.select(e.le(z, delta), e.mul(0.5, e.square(z)), e.mul(delta, e.sub(z, e.mul(0.5, delta))));
  },
  rule: rules.floatOnly,
  gradName: "HuberLossBackward0",
});

/**
 * Squared errors up to `delta`, linear ones beyond: `0.5·z²` where `z = |input - target| ≤ delta`, else `delta·(z - 0.5·delta)`.
 * @throws {ArgumentError} if `delta` is not positive.
 */
export const huberLoss: Op<
  (
    input: Tensor,
    target: Tensor,
    ...args: Args<
      [reduction: Reduction, delta: number, weight: Tensor | null],
      { reduction?: Reduction; delta?: number; weight?: Tensor | null }
    >
  ) => Tensor
> = composite(
  "huberLoss(Tensor input, Tensor target, str reduction='mean', float delta=1, Tensor? weight=null)",
  (input, target, reduction, delta, weight) => {
    const how = reductionOf("huberLoss", reduction);
    if (delta <= 0) throw new ArgumentError(`huberLoss: huber_loss does not support non-positive values for delta, got ${delta}.`);
    if (weight === null) return huberError.evaluate([input, target], [delta], how);
    checkWeight("huberLoss", input, weight);
    return reduceElements(huberError.evaluate([input, target], [delta], "none").mul(weight), how);
  },
);

const softMargin = new Reduced("softMarginLoss", {
  operands: 2,
  body: (x: Expr, y: Expr) => e.log1p(e.exp(e.mul(e.neg(y), x))),
  rule: rules.floatOnly,
  gradient: (grad, [x, y]) => {
    const z = e.exp(e.mul(e.neg(y as Expr), x as Expr));
    return [e.div(e.mul(grad, e.mul(e.neg(y as Expr), z)), e.add(1, z)), null];
  },
  constant: [1],
  gradName: "SoftMarginLossBackward0",
});

/** The logistic loss for targets 1 and -1, `log(1 + exp(-target · input))`. */
export const softMarginLoss: Op<(input: Tensor, target: Tensor, ...args: Args<Legacy, LossOptions>) => Tensor> = composite(
  `softMarginLoss(Tensor input, Tensor target, ${LEGACY})`,
  (input, target, sizeAverage, reduce, reduction) =>
    softMargin.evaluate([input, target], [], reductionOf("softMarginLoss", reduction, sizeAverage, reduce)),
);

const hinge = new Reduced("hingeEmbeddingLoss", {
  operands: 2,
  body: (x: Expr, y: Expr, margin: Expr) => e.add(e.select(e.ne(y, 1), clampMin(e.sub(margin, x)), 0), e.select(e.ne(y, -1), x, 0)),
  rule: rules.floating,
  constant: [1],
  gradName: composed("AddBackward0"),
});

/** `input` where the target is 1, `max(0, margin - input)` where it is -1. */
export const hingeEmbeddingLoss: Op<
  (input: Tensor, target: Tensor, ...args: Args<[margin: number, ...Legacy], LossOptions & { margin?: number }>) => Tensor
> = composite(
  `hingeEmbeddingLoss(Tensor input, Tensor target, float margin=1, ${LEGACY})`,
  (input, target, margin, sizeAverage, reduce, reduction) =>
    hinge.evaluate([input, target], [margin], reductionOf("hingeEmbeddingLoss", reduction, sizeAverage, reduce)),
);

const ranking = new Reduced("marginRankingLoss", {
  operands: 3,
  body: (x1: Expr, x2: Expr, y: Expr, margin: Expr) => clampMin(e.add(e.mul(e.neg(y), e.sub(x1, x2)), margin)),
  rule: rules.realFloating,
  gradName: composed("ClampMinBackward0"),
});

/** `max(0, -target · (input1 - input2) + margin)`: the target is 1 where the first input should be ranked higher, else -1. */
export const marginRankingLoss: Op<
  (input1: Tensor, input2: Tensor, target: Tensor, ...args: Args<[margin: number, ...Legacy], LossOptions & { margin?: number }>) => Tensor
> = composite(
  `marginRankingLoss(Tensor input1, Tensor input2, Tensor target, float margin=0, ${LEGACY})`,
  (input1, input2, target, margin, sizeAverage, reduce, reduction) => {
    const how = reductionOf("marginRankingLoss", reduction, sizeAverage, reduce);
    if (input1.shape.length !== input2.shape.length || input1.shape.length !== target.shape.length) {
      throw new ShapeError(
        `marginRankingLoss: All input tensors should have same dimension but got sizes: input1: ${formatShape(input1.shape)}, input2: ${formatShape(input2.shape)}, target: ${formatShape(target.shape)}`,
      );
    }
    return ranking.evaluate([input1, input2, target], [margin], how);
  },
);
