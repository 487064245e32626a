/** Losses that are negative log-likelihoods of elements under a distribution. */

import { bool } from "../../core/dtype.js";
import { ArgumentError, ShapeError } from "../../core/errors.js";
import { formatShape, sameShape } from "../../core/shape.js";
import * as e from "../../expr/build.js";
import { type Expr, input as element } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { emptyOn } from "../../tensor/create.js";
import { composite, Reduced, rules } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { logSigmoid } from "./expressions.js";
import { composed, LEGACY, type Legacy, type LossOptions, type Reduction, reductionOf } from "./reduction.js";

/** Whether an element satisfies `condition`, where the host can know at once. */
function holdsSomewhere(input: Tensor, condition: Program): boolean {
  const { backend } = input.storage;
  if (backend.kernels.indexRange === undefined) return false;
  const found = emptyOn(backend, [], bool);
  backend.kernels.reduce(
    "any",
    condition,
    input.dtype,
    found,
    [input],
    input.shape,
    input.shape.map((_, d) => d),
    1,
  );
  return backend.read(found)[0] !== 0;
}

const outsideUnit = new Program("binaryCrossEntropy", [e.not(e.and(e.ge(element(0), 0), e.le(element(0), 1)))], 1);
const negative = new Program("gaussianNllLoss", [e.lt(element(0), 0)], 1);

/** A logarithm not below -100, so that the loss stays finite. */
const bounded = (x: Expr): Expr => e.select(e.lt(x, -100), -100, x);

const crossEntropyOfBits = new Reduced("binaryCrossEntropy", {
  operands: 3,
  body: (x: Expr, y: Expr, weight: Expr) =>
    e.mul(weight, e.sub(e.mul(e.sub(y, 1), bounded(e.log1p(e.neg(x)))), e.mul(y, bounded(e.log(x))))),
  rule: rules.floatOnly,
  gradient: (grad, [x, y, weight]) => {
    const g = e.mul(grad, weight as Expr);
    const [p, t] = [x as Expr, y as Expr];
    return [
      e.div(e.mul(g, e.sub(p, t)), e.maximum(e.mul(e.sub(1, p), p), 1e-12)),
      e.mul(g, e.sub(bounded(e.log1p(e.neg(p))), bounded(e.log(p)))),
      null,
    ];
  },
  constant: [2],
  gradName: "BinaryCrossEntropyBackward0",
});

/**
 * The cross entropy of probabilities and targets between 0 and 1, `-(target·log(input) + (1 - target)·log(1 - input))`. Logarithms are bounded by -100.
 * @throws {ArgumentError} if an input lies outside of [0, 1].
 */
export const binaryCrossEntropy: Op<
  (input: Tensor, target: Tensor, ...args: Args<[weight: Tensor | null, ...Legacy], LossOptions & { weight?: Tensor | null }>) => Tensor
> = composite(
  `binaryCrossEntropy(Tensor input, Tensor target, Tensor? weight=null, ${LEGACY})`,
  (input, target, weight, sizeAverage, reduce, reduction) => {
    const how = reductionOf("binaryCrossEntropy", reduction, sizeAverage, reduce);
    if (!sameShape(input.shape, target.shape)) {
      throw new ShapeError(
        `binaryCrossEntropy: Using a target size (${formatShape(target.shape)}) that is different to the input size (${formatShape(input.shape)}) is deprecated. Please ensure they have the same size.`,
      );
    }
    if (holdsSomewhere(input, outsideUnit)) {
      throw new ArgumentError(
        "binaryCrossEntropy: all elements of input should be between 0 and 1; for logits use binaryCrossEntropyWithLogits, or apply sigmoid first",
      );
    }
    return crossEntropyOfBits.evaluate([input, target, weight ?? 1], [], how);
  },
);

const crossEntropyOfLogits = new Reduced("binaryCrossEntropyWithLogits", {
  operands: 4,
  body: (x: Expr, y: Expr, weight: Expr, positive: Expr) => {
    const factor = e.add(1, e.mul(e.sub(positive, 1), y));
    return e.mul(weight, e.sub(e.mul(e.sub(1, y), x), e.mul(factor, logSigmoid(x))));
  },
  rule: rules.floatOnly,
  gradient: (grad, [x, y, weight, positive]) => {
    const g = e.mul(grad, weight as Expr);
    const [z, t, p] = [x as Expr, y as Expr, positive as Expr];
    const share = e.mul(p, t);
    return [
      e.mul(g, e.sub(e.mul(e.sub(e.add(share, 1), t), e.sigmoid(z)), share)),
      e.mul(g, e.sub(logSigmoid(e.neg(z)), e.mul(p, logSigmoid(z)))),
      null,
      null,
    ];
  },
  constant: [2, 3],
  gradName: "BinaryCrossEntropyWithLogitsBackward0",
});

/**
 * The cross entropy of `sigmoid(input)` and targets between 0 and 1, computed from the logits without overflow. `posWeight` weighs positive targets.
 * @throws {ShapeError} if the shapes differ.
 */
export const binaryCrossEntropyWithLogits: Op<
  (
    input: Tensor,
    target: Tensor,
    ...args: Args<
      [weight: Tensor | null, ...Legacy, posWeight: Tensor | null],
      LossOptions & { weight?: Tensor | null; posWeight?: Tensor | null }
    >
  ) => Tensor
> = composite(
  `binaryCrossEntropyWithLogits(Tensor input, Tensor target, Tensor? weight=null, ${LEGACY}, Tensor? posWeight=null)`,
  (input, target, weight, sizeAverage, reduce, reduction, posWeight) => {
    const how = reductionOf("binaryCrossEntropyWithLogits", reduction, sizeAverage, reduce);
    if (!sameShape(input.shape, target.shape)) {
      throw new ShapeError(
        `binaryCrossEntropyWithLogits: Target size (${formatShape(target.shape)}) must be the same as input size (${formatShape(input.shape)})`,
      );
    }
    return crossEntropyOfLogits.evaluate([input, target, weight ?? 1, posWeight ?? 1], [], how);
  },
);

const divergence = new Reduced("klDiv", {
  operands: 2,
  body: (x: Expr, y: Expr) => e.sub(e.select(e.eq(y, 0), 0, e.mul(y, e.log(y))), e.mul(y, x)),
  rule: rules.floatOnly,
  gradName: composed("SubBackward0"),
});

const divergenceOfLogs = new Reduced("klDiv", {
  operands: 2,
  body: (x: Expr, y: Expr) => e.mul(e.exp(y), e.sub(y, x)),
  rule: rules.floatOnly,
  gradName: composed("MulBackward0"),
});

/**
 * The Kullback–Leibler divergence of log-probabilities from a target, `target · (log(target) - input)`. `"batchmean"` divides the sum by the
 * batch size, as the mathematical definition does.
 */
export const klDiv: Op<
  (
    input: Tensor,
    target: Tensor,
    ...args: Args<
      [sizeAverage: boolean | null, reduce: boolean | null, reduction: Reduction | "batchmean", logTarget: boolean],
      Omit<LossOptions, "reduction"> & { reduction?: Reduction | "batchmean"; logTarget?: boolean }
    >
  ) => Tensor
> = composite(
  `klDiv(Tensor input, Tensor target, ${LEGACY}, bool logTarget=false)`,
  (input, target, sizeAverage, reduce, reduction, logTarget) => {
    const isBatchMean = reduction === "batchmean" && sizeAverage === null && reduce === null;
    const how = isBatchMean ? "sum" : reductionOf("klDiv", reduction, sizeAverage, reduce);
    const loss = (logTarget ? divergenceOfLogs : divergence).evaluate([input, target], [], how);
    return isBatchMean && input.shape.length > 0 ? loss.div(input.shape[0] as number) : loss;
  },
);

/** Stirling's approximation of `log(y!)` for `y > 1`, else 0. */
const stirling = (y: Expr): Expr => {
  const large = e.sub(e.mul(y, e.log(y)), e.sub(y, e.mul(0.5, e.log(e.mul(2 * Math.PI, y)))));
  return e.select(e.le(y, 1), 0, large);
};

const ofLog = (x: Expr, y: Expr): Expr => e.sub(e.exp(x), e.mul(y, x));
const ofRate = (x: Expr, y: Expr, eps: Expr): Expr => e.sub(x, e.mul(y, e.log(e.add(x, eps))));

const poisson = (body: (x: Expr, y: Expr, eps: Expr) => Expr): Reduced =>
  new Reduced("poissonNllLoss", {
    operands: 2,
    body: (x: Expr, y: Expr, eps: Expr) => body(x, y, eps),
    rule: rules.realFloating,
    gradName: composed("SubBackward0"),
  });

const poissonLosses = {
  log: poisson(ofLog),
  rate: poisson(ofRate),
  logFull: poisson((x, y) => e.add(ofLog(x, y), stirling(y))),
  rateFull: poisson((x, y, eps) => e.add(ofRate(x, y, eps), stirling(y))),
};

/**
 * The negative log-likelihood of counts under Poisson distributions with the (logarithm of the) rate `input`; `full` adds Stirling's approximation
 * of the constant term.
 */
export const poissonNllLoss: Op<
  (
    input: Tensor,
    target: Tensor,
    ...args: Args<
      [logInput: boolean, full: boolean, sizeAverage: boolean | null, eps: number, reduce: boolean | null, reduction: Reduction],
      LossOptions & { logInput?: boolean; full?: boolean; eps?: number }
    >
  ) => Tensor
> = composite(
  "poissonNllLoss(Tensor input, Tensor target, bool logInput=true, bool full=false, bool? sizeAverage=null, float eps=1e-8, bool? reduce=null, str reduction='mean')",
  (input, target, logInput, full, sizeAverage, eps, reduce, reduction) => {
    const how = reductionOf("poissonNllLoss", reduction, sizeAverage, reduce);
    const loss = logInput ? (full ? poissonLosses.logFull : poissonLosses.log) : full ? poissonLosses.rateFull : poissonLosses.rate;
    return loss.evaluate([input, target], [eps], how);
  },
);

const gaussian = new Reduced("gaussianNllLoss", {
  operands: 3,
  body: (x: Expr, y: Expr, variance: Expr, eps: Expr, constant: Expr) => {
    const v = e.maximum(variance, eps);
    return e.add(e.mul(0.5, e.add(e.log(v), e.div(e.square(e.sub(x, y)), v))), constant);
  },
  rule: rules.realFloating,
  // The bound of the variance counts as if it were not there.
  gradient: (grad, [x, y, variance, eps]) => {
    const v = e.maximum(variance as Expr, eps as Expr);
    const d = e.sub(x as Expr, y as Expr);
    const ratio = e.div(d, v);
    const g = e.mul(grad, ratio);
    return [g, e.neg(g), e.mul(e.mul(0.5, grad), e.sub(e.div(1, v), e.square(ratio)))];
  },
  gradName: composed("MulBackward0"),
});

/** The variance in a shape that broadcasts to the input's. */
function varianceFor(input: Tensor, variance: Tensor): Tensor {
  if (sameShape(variance.shape, input.shape)) return variance;
  if (sameShape(variance.shape, input.shape.slice(0, -1))) return variance.unsqueeze(-1);
  const differing = variance.shape.filter((n, d) => n !== input.shape[d]);
  if (variance.shape.length === input.shape.length && differing.length > 0 && differing.reduce((a, b) => a + b, 0) === 1) return variance;
  throw new ShapeError(
    `gaussianNllLoss: var is of incorrect size: ${formatShape(variance.shape)} for an input of shape ${formatShape(input.shape)}`,
  );
}

/**
 * The negative log-likelihood of targets under normal distributions with mean `input` and variance `var`, `0.5·(log(var) + (input - target)² / var)`;
 * `full` adds the constant term. Variances are bounded below by `eps`.
 * @throws {ArgumentError} if a variance is negative.
 */
export const gaussianNllLoss: Op<
  (
    input: Tensor,
    target: Tensor,
    variance: Tensor | number,
    ...args: Args<[full: boolean, eps: number, reduction: Reduction], { full?: boolean; eps?: number; reduction?: Reduction }>
  ) => Tensor
> = composite(
  "gaussianNllLoss(Tensor input, Tensor target, Operand var, bool full=false, float eps=1e-6, str reduction='mean')",
  (input, target, variance, full, eps, reduction) => {
    const isNegative = variance instanceof Tensor ? holdsSomewhere(variance, negative) : Number(variance) < 0;
    if (isNegative) throw new ArgumentError("gaussianNllLoss: var has negative entry/entries");
    const v = variance instanceof Tensor ? varianceFor(input, variance) : Number(variance);
    const how = reductionOf("gaussianNllLoss", reduction);
    return gaussian.evaluate([input, target, v], [eps, full ? 0.5 * Math.log(2 * Math.PI) : 0], how);
  },
);
