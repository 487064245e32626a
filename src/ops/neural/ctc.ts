/** Connectionist temporal classification (Graves et al. 2006). */

import { bool, int64 } from "../../core/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import { fromNested } from "../../tensor/create.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { cat, stack } from "../shape/joining.js";
import { type Reduction, reduceElements, reductionOf } from "./reduction.js";

/** A logarithm of zero that can be computed with: sums of such terms stay finite, so that their gradients are no NaN. */
const IMPOSSIBLE = -1e30;

type Lengths = Tensor | readonly number[] | number;

function lengthsOf(name: string, lengths: unknown, batch: number): number[] {
  const list = lengths instanceof Tensor ? lengths.reshape(-1).tolist() : typeof lengths === "number" ? [lengths] : lengths;
  if (!Array.isArray(list)) throw new ArgumentError(`ctcLoss: ${name} must be a tensor or an array of integers`);
  if (list.length !== batch) throw new ShapeError(`ctcLoss: ${name} must be of size batch_size: ${batch}, got ${list.length}`);
  return list.map((n: unknown) => {
    if (!Number.isInteger(Number(n)) || Number(n) < 0)
      throw new ArgumentError(`ctcLoss: Expected ${name} to have integer values of at least 0, but got ${String(n)}`);
    return Number(n);
  });
}

/** Target labels as rows `[batch, longest]`; what lies behind a row's length is the blank. */
function paddedTargets(targets: Tensor, lengths: readonly number[], blank: number): Tensor {
  const longest = Math.max(0, ...lengths);
  const labels = targets.to(int64);
  const batch = lengths.length;
  if (labels.shape.length === 2) {
    if ((labels.shape[0] as number) !== batch || (labels.shape[1] as number) < longest) {
      throw new ShapeError(
        `ctcLoss: Expected targets to have size at least [${batch}, ${longest}], but got size ${formatShape(targets.shape)}`,
      );
    }
    return labels.narrow(1, 0, longest);
  }
  const total = lengths.reduce((a, b) => a + b, 0);
  if (labels.count !== total)
    throw new ShapeError(
      `ctcLoss: Expected targets to have size ${total} (the sum of target_lengths), but got size ${formatShape(targets.shape)}`,
    );
  const rows = labels.newZeros([batch, longest]).fill_(blank);
  let start = 0;
  lengths.forEach((length, i) => {
    rows
      .select(0, i)
      .narrow(0, 0, length)
      .copy_(labels.narrow(0, start, length));
    start += length;
  });
  return rows;
}

/** Labels with blanks between and around them. */
function withBlanks(rows: Tensor, blank: number): Tensor {
  const [batch, n] = rows.shape as [number, number];
  const states = rows.newZeros([batch, 2 * n + 1]).fill_(blank);
  if (n > 0) states.slice(1, 1, null, 2).copy_(rows);
  return states;
}

/** The states shifted by `n` places; what moves in is impossible. */
function shifted(alpha: Tensor, n: number): Tensor {
  const [batch, states] = alpha.shape as [number, number];
  if (states <= n) return alpha.detach().newZeros([batch, states]).fill_(IMPOSSIBLE);
  return cat([alpha.detach().newZeros([batch, n]).fill_(IMPOSSIBLE), alpha.narrow(1, 0, states - n)], 1);
}

/** The negative log-likelihood of each sequence of labels, by the forward recursion over its states. */
function negativeLogLikelihood(
  logProbs: Tensor,
  states: Tensor,
  inputLengths: readonly number[],
  targetLengths: readonly number[],
  blank: number,
): Tensor {
  const [steps, batch] = logProbs.shape as [number, number];
  const count = states.shape[1] as number;
  const { backend } = logProbs.storage;
  const scores = logProbs.gather(2, states.unsqueeze(0).expand(steps, batch, count)).unbind(0);
  // A label may follow the one before it without a blank, unless they are equal.
  const mayNotSkip =
    count < 3
      ? null
      : cat(
          [
            states.newOnes([batch, 2]).to(bool),
            states
              .narrow(1, 2, count - 2)
              .eq(states.narrow(1, 0, count - 2))
              .logicalOr(states.narrow(1, 2, count - 2).eq(blank)),
          ],
          1,
        );
  const starts = fromNested(
    "ctcLoss",
    targetLengths.map((length) => Array.from({ length: count }, (_, s) => s > 1 || (s === 1 && length === 0))),
    bool,
    backend,
  ).reshape(batch, count);
  let alpha = (scores[0] as Tensor).maskedFill(starts, IMPOSSIBLE);
  const longest = Math.max(0, ...inputLengths);
  const shortest = Math.min(...inputLengths);
  for (let t = 1; t < longest; t++) {
    const ways = [alpha, shifted(alpha, 1)];
    if (mayNotSkip !== null) ways.push(shifted(alpha, 2).maskedFill(mayNotSkip, IMPOSSIBLE));
    const next = stack(ways, 0)
      .logsumexp(0)
      .add(scores[t] as Tensor);
    const isOver =
      t < shortest
        ? null
        : fromNested(
            "ctcLoss",
            inputLengths.map((length) => t >= length),
            bool,
            backend,
          ).reshape(batch, 1);
    alpha = isOver === null ? next : alpha.where(isOver, next);
  }
  const last = fromNested(
    "ctcLoss",
    targetLengths.map((length) => [2 * length, Math.max(2 * length - 1, 0)]),
    int64,
    backend,
  ).reshape(batch, 2);
  const isOne = fromNested(
    "ctcLoss",
    targetLengths.map((length) => [false, length === 0]),
    bool,
    backend,
  ).reshape(batch, 2);
  return alpha.gather(1, last).maskedFill(isOne, IMPOSSIBLE).logsumexp(1).neg();
}

/**
 * The sum of all probabilities up to each sequence's end, less itself: zero with a gradient. PyTorch's gradient, that of Graves (equation 16), is the
 * one with respect to the scores before the log-softmax; together with this term, ours is the same.
 */
function gradientOfSoftmax(logProbs: Tensor, inputLengths: readonly number[]): Tensor {
  const steps = logProbs.shape[0] as number;
  const isOver = fromNested(
    "ctcLoss",
    Array.from({ length: steps }, (_, t) => inputLengths.map((length) => t >= length)),
    bool,
    logProbs.storage.backend,
  );
  const sums = logProbs
    .exp()
    .maskedFill(isOver.reshape(steps, inputLengths.length, 1), 0)
    .sum([0, 2]);
  return sums.sub(sums.detach());
}

function checkLengths(logProbs: Tensor, inputLengths: readonly number[]): void {
  const steps = logProbs.shape[0] as number;
  for (const length of inputLengths)
    if (length > steps) throw new ArgumentError(`ctcLoss: Expected input_lengths to have value at most ${steps}, but got value ${length}`);
}

/**
 * The negative log-likelihood of label sequences under log-probabilities `[T, N, C]` (or `[T, C]`) over time, summed over all alignments. The
 * mean divides each loss by its target's length. `zeroInfinity` makes impossible alignments cost nothing.
 * @throws {ArgumentError} if a length or the blank is out of range.
 */
export const ctcLoss: Op<
  (
    logProbs: Tensor,
    targets: Tensor,
    inputLengths: Lengths,
    targetLengths: Lengths,
    ...args: Args<
      [blank: number, reduction: Reduction, zeroInfinity: boolean],
      { blank?: number; reduction?: Reduction; zeroInfinity?: boolean }
    >
  ) => Tensor
> = composite(
  "ctcLoss(Tensor logProbs, Tensor targets, any inputLengths, any targetLengths, int blank=0, str reduction='mean', bool zeroInfinity=false)",
  (logProbs, targets, inputLengths, targetLengths, blank, reduction, zeroInfinity) => {
    const how = reductionOf("ctcLoss", reduction);
    if (logProbs.shape.length !== 2 && logProbs.shape.length !== 3)
      throw new ShapeError(`ctcLoss: log_probs must be [T, N, C] or [T, C], got ${formatShape(logProbs.shape)}`);
    if (targets.dtype.kind !== "int")
      throw new DTypeError(`ctcLoss: targets must be integral, got ${targets.dtype.scalarName}; convert them with .long()`);
    const isBatch = logProbs.shape.length === 3;
    const probs = isBatch ? logProbs : logProbs.unsqueeze(1);
    const [, batch, classes] = probs.shape as [number, number, number];
    if (blank < 0 || blank >= classes)
      throw new ArgumentError(`ctcLoss: blank must be in label range: ${blank}, there are ${classes} classes`);
    const times = lengthsOf("input_lengths", inputLengths, batch);
    const sizes = lengthsOf("target_lengths", targetLengths, batch);
    checkLengths(probs, times);
    const states = withBlanks(paddedTargets(targets, sizes, blank), blank);
    const likelihood = negativeLogLikelihood(probs, states, times, sizes, blank);
    const isImpossible = likelihood.gt(-IMPOSSIBLE / 2);
    const loss = likelihood.add(gradientOfSoftmax(probs, times)).maskedFill(isImpossible, zeroInfinity ? 0 : Number.POSITIVE_INFINITY);
    const each =
      how === "mean"
        ? loss.div(
            fromNested(
              "ctcLoss",
              sizes.map((n) => Math.max(n, 1)),
              probs.dtype,
              probs.storage.backend,
            ),
          )
        : loss;
    const result = reduceElements(each, how);
    return how === "none" && !isBatch ? result.reshape([]) : result;
  },
);
