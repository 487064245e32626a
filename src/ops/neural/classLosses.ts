/** Losses of class scores against class labels. */

import { int64, uint8 } from "../../core/dtype.js";
import { ArgumentError, DTypeError, IndexError, ShapeError } from "../../core/errors.js";
import { formatShape, sameShape } from "../../core/shape.js";
import * as e from "../../expr/build.js";
import { input as element } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { emptyOn } from "../../tensor/create.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { sameDevice } from "../indexing/bounds.js";
import { type LossOptions, type Reduction, reductionOf } from "./reduction.js";

/** Labels that count for nothing, unless another `ignoreIndex` is given. */
const IGNORED = -100;

const classDim = (input: Tensor): number => (input.shape.length === 1 ? 0 : 1);

/** The labels as int64, checked for dtype and shape. */
function labelsFor(op: string, input: Tensor, target: Tensor): Tensor {
  const { shape } = input;
  if (shape.length === 0) throw new ShapeError(`${op}: input tensor should be 1D or more, got a 0-dim tensor`);
  sameDevice(op, input, target);
  if (target.dtype !== int64 && target.dtype !== uint8) {
    throw new DTypeError(
      `${op}: expected scalar type Long but found ${target.dtype.scalarName}: class labels are int64, convert them with target.long(). For class probabilities the target has the input's shape ${formatShape(shape)}, not ${formatShape(target.shape)}.`,
    );
  }
  if (shape.length <= 2) {
    if (target.shape.length > 1)
      throw new ShapeError(
        `${op}: 0D or 1D target tensor expected, multi-target not supported: got ${formatShape(target.shape)} for an input of shape ${formatShape(shape)}`,
      );
    const batch = shape.length === 2 ? shape[0] : 1;
    if ((target.shape[0] ?? 1) !== batch || (shape.length === 2 && target.shape.length === 0 && batch !== 1)) {
      throw new ShapeError(`${op}: Expected input batch_size (${batch}) to match target batch_size (${target.shape[0] ?? 1}).`);
    }
  } else if (!sameShape(target.shape, [shape[0] as number, ...shape.slice(2)])) {
    throw new ShapeError(
      `${op}: Expected target size ${formatShape([shape[0] as number, ...shape.slice(2)])}, got ${formatShape(target.shape)}: size mismatch (got input: ${formatShape(shape)}, target: ${formatShape(target.shape)})`,
    );
  }
  const labels = target.to(int64);
  // A vector of scores may come with a label in a vector of one.
  return shape.length === 1 && target.shape.length === 1 ? labels.reshape([]) : labels;
}

function checkWeight(op: string, input: Tensor, classes: number, weight: Tensor | null): void {
  if (weight === null) return;
  sameDevice(op, input, weight);
  if (weight.shape.length !== 1 || weight.shape[0] !== classes) {
    throw new ShapeError(
      `${op}: weight tensor should be defined either for all ${classes} classes or no classes but got weight tensor of shape: ${formatShape(weight.shape)}`,
    );
  }
  if (weight.dtype !== input.dtype)
    throw new DTypeError(
      `${op}: expected scalar type ${input.dtype.scalarName} but found ${weight.dtype.scalarName} for weight. Convert one with .to(dtype).`,
    );
}

/** Labels ready to index scores with, and what each element counts. */
interface Labels {
  /** In the shape of the scores, with one class. Ignored labels are class 0. */
  readonly places: Tensor;
  /** What each element counts, in the shape of the labels; null if all count 1. */
  readonly weights: Tensor | null;
  /** Where labels are ignored; null if none is. */
  readonly ignored: Tensor | null;
}

function prepare(op: string, input: Tensor, target: Tensor, weight: Tensor | null, ignoreIndex: number): Labels {
  const labels = labelsFor(op, input, target);
  const dim = classDim(input);
  const classes = input.shape[dim] as number;
  checkWeight(op, input, classes, weight);
  const { indexRange } = labels.storage.backend.kernels;
  const range = indexRange?.(labels);
  const outside = range !== undefined && labels.count > 0 && (range[0] < 0 || range[1] >= classes);
  const ignores = range === undefined || (ignoreIndex >= range[0] && ignoreIndex <= range[1]);
  const ignored = ignores ? labels.eq(ignoreIndex) : null;
  const safe = ignored === null ? labels : labels.maskedFill(ignored, 0);
  if (outside) {
    const rest = ignored === null ? range : (indexRange?.(safe) ?? range);
    const bad = rest[0] < 0 ? rest[0] : rest[1];
    if (bad < 0 || bad >= classes)
      throw new IndexError(
        `${op}: Target ${bad} is out of bounds: there are ${classes} classes, numbered from 0. Labels that are to be ignored need ignoreIndex.`,
      );
  }
  let weights = weight === null ? null : weight.detach().take(safe);
  if (ignored !== null) weights = (weights ?? input.detach().newOnes(labels.shape)).maskedFill(ignored, 0);
  return { places: safe.unsqueeze(dim), weights, ignored };
}

const negative = new Program("nllLoss", [e.neg(element(0))], 1);

/** The loss, and the weight of all elements together. */
const nllLossWithWeight: Op<
  (input: Tensor, target: Tensor, weight: Tensor | null, reduction: string, ignoreIndex: number) => readonly [Tensor, Tensor]
> = primitive("nllLoss(Tensor input, Tensor target, Tensor? weight, str reduction, int ignoreIndex)", {
  forward: (input, target, weight, reduction, ignoreIndex) => {
    const dim = classDim(input);
    const { places, weights, ignored } = prepare("nllLoss", input, target, weight, ignoreIndex);
    const { backend } = input.storage;
    const picked = emptyOn(backend, places.shape, input.dtype);
    backend.kernels.gather(picked, input, dim, places);
    const shape = target.shape.length === places.shape.length ? [] : places.shape.filter((_, d) => d !== dim);
    if (weights === null) {
      const out = emptyOn(backend, reduction === "none" ? shape : [], input.dtype);
      const total = input.newZeros([]).fill_(places.count);
      if (reduction === "none") backend.kernels.pointwise(negative, input.dtype, [out], [picked.view(shape)]);
      else
        backend.kernels.reduce(
          "sum",
          negative,
          input.dtype,
          out,
          [picked],
          picked.shape,
          picked.shape.map((_, d) => d),
          reduction === "mean" ? 1 / places.count : 1,
        );
      return [out, total];
    }
    const elements = picked.view(shape).mul(weights).neg();
    const each = ignored === null ? elements : elements.maskedFill(ignored, 0);
    const total = weights.sum();
    if (reduction === "none") return [each, total];
    return [reduction === "mean" ? each.sum().div(total) : each.sum(), total];
  },
  gradient: {
    input: (grad, { given, outs, target, weight, reduction, ignoreIndex }) => {
      const { places, weights } = prepare("nllLoss", given.input, target, weight, ignoreIndex);
      const negated = reduction === "mean" ? grad.div((outs[1] as Tensor).detach()).neg() : grad.neg();
      const each = weights === null ? negated : negated.mul(weights);
      const dim = classDim(given.input);
      const shape = places.shape.filter((_, d) => d !== dim);
      return grad.newZeros(given.input.shape).scatter_(dim, places, each.expand(shape).unsqueeze(dim));
    },
  },
  gradName: (input) => (input.shape.length <= 2 ? "NllLossBackward0" : "NllLoss2DBackward0"),
});

function nll(input: Tensor, target: Tensor, weight: Tensor | null, reduction: Reduction, ignoreIndex: number): Tensor {
  return (nllLossWithWeight.record.run([input, target, weight, reduction, ignoreIndex]) as readonly [Tensor, Tensor])[0];
}

/** What losses of classes take by name. */
interface ClassLossOptions extends LossOptions {
  /** The weight of each class. */
  weight?: Tensor | null;
  /** The label of elements that count for nothing. */
  ignoreIndex?: number;
}

type ClassArguments = [
  weight: Tensor | null,
  sizeAverage: boolean | null,
  ignoreIndex: number,
  reduce: boolean | null,
  reduction: Reduction,
];

const SIGNATURE = `Tensor input, Tensor target, Tensor? weight=null, bool? sizeAverage=null, int ignoreIndex=${IGNORED}, bool? reduce=null, str reduction='mean'`;

/**
 * The negative log-likelihood of labels: `-weight[label] · input[label]`, for log-probabilities `[N, C]` (or `[C]`, `[N, C, d1, …]`)
 * and labels `[N]` (or `[]`, `[N, d1, …]`). The mean is weighted.
 * @throws {DTypeError} if labels are not int64.
 * @throws {IndexError} for a label that names no class.
 */
export const nllLoss: Op<(input: Tensor, target: Tensor, ...args: Args<ClassArguments, ClassLossOptions>) => Tensor> = composite(
  `nllLoss(${SIGNATURE})`,
  (input, target, weight, sizeAverage, ignoreIndex, reduce, reduction) =>
    nll(input, target, weight, reductionOf("nllLoss", reduction, sizeAverage, reduce), ignoreIndex),
);

/** A vector over classes in a shape that broadcasts to scores. */
function alongClasses(weight: Tensor, input: Tensor): Tensor {
  return input.shape.length === 1 ? weight : weight.view([1, -1, ...input.shape.slice(2).map(() => 1)]);
}

/** The cross entropy of class probabilities. */
function ofProbabilities(input: Tensor, target: Tensor, weight: Tensor | null, reduction: Reduction, smoothing: number): Tensor {
  const dim = classDim(input);
  const classes = input.shape[dim] as number;
  if (!target.dtype.isFloatingPoint) {
    throw new DTypeError(
      `crossEntropy: Expected floating point type for target with class probabilities, got ${target.dtype.scalarName}; class labels have the shape of the input without its classes`,
    );
  }
  checkWeight("crossEntropy", input, classes, weight);
  const smooth = smoothing > 0 ? target.mul(1 - smoothing).add(smoothing / classes) : target;
  const products = input.logSoftmax(dim).mul(smooth);
  const each = weight === null ? products : products.mul(alongClasses(weight, input));
  if (reduction === "none") return each.sum(dim).neg();
  const sum = each.sum().neg();
  return reduction === "mean" ? sum.div(input.count / classes) : sum;
}

/** The cross entropy of labels of which a part is spread over all classes. */
function smoothed(
  input: Tensor,
  target: Tensor,
  weight: Tensor | null,
  reduction: Reduction,
  ignoreIndex: number,
  smoothing: number,
): Tensor {
  const dim = classDim(input);
  const scores = input.logSoftmax(dim);
  const [loss, total] = nllLossWithWeight.record.run([scores, target, weight, reduction, ignoreIndex]) as readonly [Tensor, Tensor];
  const spread = (weight === null ? scores : scores.mul(alongClasses(weight, input))).sum(dim).neg();
  const each = spread.maskedFill(target.eq(ignoreIndex).reshape(spread.shape as number[]), 0);
  const rest = reduction === "none" ? each : reduction === "sum" ? each.sum() : each.sum().div(total.detach());
  return loss.mul(1 - smoothing).add(rest.mul(smoothing / (input.shape[dim] as number)));
}

function crossEntropyOf(
  input: Tensor,
  target: Tensor,
  weight: Tensor | null,
  reduction: Reduction,
  ignoreIndex: number,
  smoothing: number,
): Tensor {
  if (smoothing < 0 || smoothing > 1)
    throw new ArgumentError(`crossEntropy: label_smoothing must be between 0.0 and 1.0. Got: ${smoothing}`);
  if (input.shape.length === 0) throw new ShapeError("crossEntropy: input has no dimensions: scores are [C], [N, C] or [N, C, d1, …]");
  if (sameShape(input.shape, target.shape)) {
    if (ignoreIndex >= 0) throw new ArgumentError("crossEntropy: ignore_index is not supported for floating point target");
    return ofProbabilities(input, target, weight, reduction, smoothing);
  }
  labelsFor("crossEntropy", input, target);
  if (smoothing > 0) return smoothed(input, target, weight, reduction, ignoreIndex, smoothing);
  return nll(input.logSoftmax(classDim(input)), target, weight, reduction, ignoreIndex);
}

/**
 * The cross entropy of scores (logits) `[N, C]` (or `[C]`, `[N, C, d1, …]`) and a target: class labels `[N]` (or `[]`, `[N, d1, …]`), or class
 * probabilities in the shape of the scores. `-weight[label] · logSoftmax(input)[label]`; the mean is weighted.
 * @throws {DTypeError} if labels are not int64.
 * @throws {IndexError} for a label that names no class.
 * @example
 * ```ts
 * torch.nn.functional.crossEntropy(torch.randn(2, 4), torch.tensor([3n, 1n]), { labelSmoothing: 0.1 });
 * ```
 */
export const crossEntropy: Op<
  (
    input: Tensor,
    target: Tensor,
    ...args: Args<[...ClassArguments, labelSmoothing: number], ClassLossOptions & { labelSmoothing?: number }>
  ) => Tensor
> = composite(
  `crossEntropy(${SIGNATURE}, float labelSmoothing=0)`,
  (input, target, weight, sizeAverage, ignoreIndex, reduce, reduction, labelSmoothing) =>
    crossEntropyOf(input, target, weight, reductionOf("crossEntropy", reduction, sizeAverage, reduce), ignoreIndex, labelSmoothing),
);
