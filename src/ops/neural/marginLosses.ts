/** Losses of class scores that want a margin between classes. */

import { int64 } from "../../core/dtype.js";
import { ArgumentError, DTypeError, IndexError, ShapeError } from "../../core/errors.js";
import { formatShape, sameShape } from "../../core/shape.js";
import * as e from "../../expr/build.js";
import type { Expr } from "../../expr/node.js";
import { composite, Reduced, rules } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkBounds } from "../indexing/bounds.js";
import { clampMin, logSigmoid } from "./expressions.js";
import { LEGACY, type Legacy, type LossOptions, reduceElements, reductionOf } from "./reduction.js";

/** Scores as a batch `[N, C]`: a vector is a batch of one. */
function batchOf(op: string, input: Tensor): Tensor {
  const rank = input.shape.length;
  if (rank > 2 || (rank === 1 && input.shape[0] === 0) || (rank === 2 && input.shape[1] === 0)) {
    throw new ShapeError(`${op}: Expected non-empty vector or matrix with optional 0-dim batch size, but got: ${formatShape(input.shape)}`);
  }
  return rank === 2 ? input : input.reshape(1, -1);
}

function requireLong(op: string, target: Tensor): void {
  if (target.dtype !== int64)
    throw new DTypeError(
      `${op}: expected scalar type Long but found ${target.dtype.scalarName}: class labels are int64, convert them with target.long()`,
    );
}

/** `max(0, margin - right + score)`, to the power 1 or 2, for every class but the right one. */
const marginOf = (power: 1 | 2): Reduced =>
  new Reduced("multiMarginLoss", {
    operands: 3,
    body: (score: Expr, right: Expr, isRight: Expr, margin: Expr) => {
      const z = clampMin(e.add(e.sub(margin, right), score));
      return e.select(e.ne(isRight, 0), 0, power === 1 ? z : e.square(z));
    },
    rule: rules.floatOnly,
    constant: [2],
    gradName: "MultiMarginLossBackward0",
  });

const margins = { 1: marginOf(1), 2: marginOf(2) };

/**
 * The mean over the other classes of `max(0, margin - input[label] + input[i])^p`, times the label's weight.
 * @throws {ArgumentError} unless `p` is 1 or 2.
 */
export const multiMarginLoss: Op<
  (
    input: Tensor,
    target: Tensor,
    ...args: Args<
      [p: number, margin: number, weight: Tensor | null, ...Legacy],
      LossOptions & { p?: number; margin?: number; weight?: Tensor | null }
    >
  ) => Tensor
> = composite(
  `multiMarginLoss(Tensor input, Tensor target, int p=1, float margin=1, Tensor? weight=null, ${LEGACY})`,
  (input, target, p, margin, weight, sizeAverage, reduce, reduction) => {
    const how = reductionOf("multiMarginLoss", reduction, sizeAverage, reduce);
    if (p !== 1 && p !== 2) throw new ArgumentError(`multiMarginLoss: only p == 1 and p == 2 supported, got ${p}`);
    if (weight !== null && weight.shape.length !== 1)
      throw new ShapeError(`multiMarginLoss: weight must be one-dimensional, got ${formatShape(weight.shape)}`);
    const scores = batchOf("multiMarginLoss", input);
    const [batch, classes] = scores.shape as [number, number];
    if (target.shape.length > 1 || target.count !== batch)
      throw new ShapeError(`multiMarginLoss: inconsistent target size, expected ${batch} but got ${formatShape(target.shape)}`);
    requireLong("multiMarginLoss", target);
    checkBounds(target, 0, classes, (bad) => {
      throw new IndexError(`multiMarginLoss: target out of range: class ${bad}, there are ${classes} classes`);
    });
    const labels = target.reshape(-1, 1);
    const right = scores.gather(1, labels).expand(batch, classes);
    const isRight = scores.detach().newZeros([batch, classes]).scatter_(1, labels, 1);
    const each = margins[p].evaluate([scores, right, isRight], [margin], "none");
    const weighted = weight === null ? each : each.mul(weight.detach().take(labels));
    const losses = weighted.sum(1).div(classes);
    return reduceElements(how === "none" && input.shape.length < 2 && target.shape.length === 0 ? losses.reshape([]) : losses, how);
  },
);

/**
 * The mean over classes of `max(0, 1 - (input[label] - input[i]))` over all labels of an element and all classes `i` that are none. The
 * labels of an element end at the first negative one.
 */
export const multilabelMarginLoss: Op<(input: Tensor, target: Tensor, ...args: Args<Legacy, LossOptions>) => Tensor> = composite(
  `multilabelMarginLoss(Tensor input, Tensor target, ${LEGACY})`,
  (input, target, sizeAverage, reduce, reduction) => {
    const how = reductionOf("multilabelMarginLoss", reduction, sizeAverage, reduce);
    const scores = batchOf("multilabelMarginLoss", input);
    if (!sameShape(input.shape, target.shape) && !(input.shape.length < 2 && target.count === input.count)) {
      throw new ShapeError(
        `multilabelMarginLoss: inconsistent target size: ${formatShape(target.shape)} for input of size: ${formatShape(input.shape)}`,
      );
    }
    requireLong("multilabelMarginLoss", target);
    const [batch, classes] = scores.shape as [number, number];
    const labels = target.reshape(batch, classes);
    checkBounds(labels, -1, classes, (bad) => {
      throw new IndexError(`multilabelMarginLoss: argument #2 'target' is out of range: ${bad}, there are ${classes} classes`);
    });
    const isLabel = labels.lt(0).cumsum(1).eq(0);
    const safe = labels.maskedFill(isLabel.logicalNot(), 0);
    const isTarget = labels.newZeros([batch, classes]).scatterAdd(1, safe, isLabel.to(int64)).gt(0);
    const gaps = scores.unsqueeze(1).sub(scores.gather(1, safe).unsqueeze(2)).add(1).clampMin(0);
    const counts = isLabel.unsqueeze(2).logicalAnd(isTarget.unsqueeze(1).logicalNot());
    const losses = gaps.mul(counts.to(input.dtype)).sum([1, 2]).div(classes);
    return reduceElements(input.shape.length < 2 ? losses.reshape([]) : losses, how);
  },
);

const bits = new Reduced("multilabelSoftMarginLoss", {
  operands: 2,
  body: (x: Expr, y: Expr) => e.neg(e.add(e.mul(y, logSigmoid(x)), e.mul(e.sub(1, y), logSigmoid(e.neg(x))))),
  rule: rules.floatOnly,
  gradient: (grad, [x, y]) => [
    e.mul(grad, e.sub(e.sigmoid(x as Expr), y as Expr)),
    e.mul(grad, e.sub(logSigmoid(e.neg(x as Expr)), logSigmoid(x as Expr))),
  ],
  gradName: "NegBackward0",
});

/** The mean over classes of the cross entropy of `sigmoid(input)` and targets 0 or 1. */
export const multilabelSoftMarginLoss: Op<
  (input: Tensor, target: Tensor, ...args: Args<[weight: Tensor | null, ...Legacy], LossOptions & { weight?: Tensor | null }>) => Tensor
> = composite(
  `multilabelSoftMarginLoss(Tensor input, Tensor target, Tensor? weight=null, ${LEGACY})`,
  (input, target, weight, sizeAverage, reduce, reduction) => {
    const how = reductionOf("multilabelSoftMarginLoss", reduction, sizeAverage, reduce);
    if (input.shape.length === 0)
      throw new ShapeError("multilabelSoftMarginLoss: Dimension out of range: the input has no dimension of classes");
    const each = bits.evaluate([input, target], [], "none");
    const weighted = weight === null ? each : each.mul(weight);
    return reduceElements(weighted.sum(-1).div(input.shape[input.shape.length - 1] as number), how);
  },
);
