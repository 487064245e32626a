/** A softmax over many classes in clusters, the frequent ones first (Grave et al., 2017). */

import { ArgumentError, ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import { cat } from "../../ops/shape/joining.js";
import { namedTuple } from "../../tensor/define/index.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Arguments, type FactoryOptions, reader } from "../arguments.js";
import { Module } from "../module.js";
import { Linear } from "./linear.js";
import { ModuleList, Sequential } from "./moduleList.js";

/** The logarithm of the probability of each target, and the mean loss. */
export type AdaptiveResult = readonly [output: Tensor, loss: Tensor] & { readonly output: Tensor; readonly loss: Tensor };

const adaptiveArguments = reader(
  "AdaptiveLogSoftmaxWithLoss(int inFeatures, int nClasses, int[] cutoffs, float divValue=4, bool headBias=false, device? device=null, dtype? dtype=null)",
);

/**
 * Logarithms of the probabilities of classes numbered by falling frequency. The first `cutoffs[0]` and one entry for each cluster of the others
 * are computed for every sample; the clusters only for the samples that need them, by projections that are smaller by `divValue` each.
 */
export class AdaptiveLogSoftmaxWithLoss extends Module<[input: Tensor, target: Tensor], AdaptiveResult> {
  readonly inFeatures: number;
  readonly nClasses: number;
  /** Where clusters end. */
  readonly cutoffs: readonly number[];
  readonly divValue: number;
  readonly headBias: boolean;
  readonly shortlistSize: number;
  readonly head: Linear;
  readonly tail: ModuleList<Sequential<[Linear, Linear]>>;

  /** @throws {ArgumentError} unless the cutoffs rise between 1 and `nClasses - 1`. */
  constructor(
    ...args: Arguments<
      [inFeatures: number, nClasses: number, cutoffs: readonly number[]],
      { inFeatures: number; nClasses: number; cutoffs: readonly number[] },
      [divValue: number, headBias: boolean],
      FactoryOptions & { divValue?: number; headBias?: boolean }
    >
  ) {
    super();
    const [inFeatures, nClasses, cutoffs, divValue, headBias, device, dtype] = adaptiveArguments(args);
    if (cutoffs.length === 0) throw new ArgumentError("AdaptiveLogSoftmaxWithLoss: cutoffs should be a sequence of length larger than 0");
    if (cutoffs.some((cutoff, i) => cutoff <= (cutoffs[i - 1] ?? 0) || cutoff > nClasses - 1)) {
      throw new ArgumentError(
        `AdaptiveLogSoftmaxWithLoss: cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each value is between 1 and n_classes-1, got [${cutoffs.join(", ")}]`,
      );
    }
    this.inFeatures = inFeatures;
    this.nClasses = nClasses;
    this.cutoffs = [...cutoffs, nClasses];
    this.divValue = divValue;
    this.headBias = headBias;
    this.shortlistSize = cutoffs[0] as number;
    this.head = new Linear(inFeatures, this.shortlistSize + cutoffs.length, { bias: headBias, device, dtype });
    const plain = { bias: false, device, dtype };
    this.tail = new ModuleList(
      cutoffs.map((cutoff, i) => {
        const hidden = Math.floor(inFeatures / divValue ** (i + 1));
        return new Sequential(new Linear(inFeatures, hidden, plain), new Linear(hidden, (this.cutoffs[i + 1] as number) - cutoff, plain));
      }),
    );
  }

  /** Initialises all weights anew. */
  resetParameters(): void {
    this.head.resetParameters();
    for (const projection of this.tail) for (const layer of projection) if (layer instanceof Linear) layer.resetParameters();
  }

  private checkShapes(input: Tensor, target: Tensor): void {
    const [rank, targets] = [input.shape.length, target.shape.length];
    const name = "AdaptiveLogSoftmaxWithLoss";
    if (targets > 1) throw new ShapeError(`${name}: 0D or 1D target tensor expected, multi-target not supported`);
    if (rank !== targets + 1)
      throw new ShapeError(
        `${name}: ${targets}D target tensor expects ${targets + 1}D input tensors, but found inputs with size ${formatShape(input.shape)}`,
      );
    if (targets === 1 && input.shape[0] !== target.shape[0])
      throw new ShapeError(`${name}: Input and target should have the same size in the batch dimension.`);
  }

  forward(given: Tensor, givenTarget: Tensor): AdaptiveResult {
    this.checkShapes(given, givenTarget);
    const batched = givenTarget.shape.length === 1;
    const input = batched ? given : given.unsqueeze(0);
    const target = batched ? givenTarget : givenTarget.unsqueeze(0);
    // The entry of the head for each sample: its class, or its cluster.
    let entry = target;
    let output = input.newZeros([target.count]);
    let used = target.lt(this.shortlistSize).logicalAnd(target.ge(0)).sum().item();
    [...this.tail].forEach((projection, i) => {
      const low = this.cutoffs[i] as number;
      const rows = target
        .ge(low)
        .logicalAnd(target.lt(this.cutoffs[i + 1] as number))
        .nonzero()
        .squeeze(1);
      if (rows.count === 0) return;
      used += rows.count;
      const within = projection(input.indexSelect(0, rows)).logSoftmax(1);
      output = output.indexCopy(0, rows, within.gather(1, target.indexSelect(0, rows).sub(low).unsqueeze(1)).squeeze(1));
      entry = entry.indexFill(0, rows, this.shortlistSize + i);
    });
    if (used !== target.count)
      throw new ArgumentError(
        `AdaptiveLogSoftmaxWithLoss: Target values should be in [0, ${this.nClasses - 1}], but values in range [${target.min().item()}, ${target.max().item()}] were found.`,
      );
    const all = output.add(this.head(input).logSoftmax(1).gather(1, entry.unsqueeze(1)).squeeze(1));
    const loss = all.neg().mean();
    return namedTuple(["output", "loss"], [batched ? all : all.squeeze(0), loss]) as AdaptiveResult;
  }

  /** The logarithms of the probabilities of all classes, `[batch, nClasses]`. */
  logProb(input: Tensor): Tensor {
    const head = this.head(input).logSoftmax(1);
    const clusters = [...this.tail].map((projection, i) =>
      projection(input)
        .logSoftmax(1)
        .add(head.narrow(1, this.shortlistSize + i, 1)),
    );
    return cat([head.narrow(1, 0, this.shortlistSize), ...clusters], 1);
  }

  /** The most probable class of each sample. */
  predict(input: Tensor): Tensor {
    return this.logProb(input).argmax(1);
  }
}
