/** Losses of classifiers. */

import type { Args } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reader } from "../arguments.js";
import * as F from "../functional.js";
import { Loss, type OldReduction, REDUCTION, type Reduction, reductionOf, WeightedLoss } from "./loss.js";

/** The options of losses. */
interface LossOptions extends OldReduction {
  reduction?: Reduction;
}

const crossEntropyArguments = reader(
  "CrossEntropyLoss(Tensor? weight=null, bool? sizeAverage=null, int ignoreIndex=-100, bool? reduce=null, str reduction='mean', float labelSmoothing=0)",
);

/**
 * `-log softmax(input)[target]`: the loss of logits `[batch, classes, …]` for the class of each, or for the probabilities of all classes.
 * @example
 * ```ts
 * const loss = new nn.CrossEntropyLoss();
 * loss(torch.randn(3, 5), torch.tensor([1n, 0n, 4n]));
 * ```
 */
export class CrossEntropyLoss extends WeightedLoss<[input: Tensor, target: Tensor]> {
  /** The class that counts nothing. */
  readonly ignoreIndex: number;
  readonly labelSmoothing: number;

  constructor(
    ...args: Args<
      [
        weight: Tensor | null,
        sizeAverage: boolean | null,
        ignoreIndex: number,
        reduce: boolean | null,
        reduction: Reduction,
        labelSmoothing: number,
      ],
      LossOptions & { weight?: Tensor | null; ignoreIndex?: number; labelSmoothing?: number }
    >
  ) {
    const [weight, sizeAverage, ignoreIndex, reduce, reduction, labelSmoothing] = crossEntropyArguments(args);
    super(weight, reductionOf("CrossEntropyLoss", sizeAverage, reduce, reduction));
    this.ignoreIndex = ignoreIndex;
    this.labelSmoothing = labelSmoothing;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    const { weight, ignoreIndex, reduction, labelSmoothing } = this;
    return F.crossEntropy(input, target, { weight, ignoreIndex, reduction, labelSmoothing });
  }
}

const nllArguments = reader(
  "NLLLoss(Tensor? weight=null, bool? sizeAverage=null, int ignoreIndex=-100, bool? reduce=null, str reduction='mean')",
);

/** `-input[target]`: the loss of logarithms of probabilities `[batch, classes, …]` for the class of each. */
export class NLLLoss extends WeightedLoss<[input: Tensor, target: Tensor]> {
  /** The class that counts nothing. */
  readonly ignoreIndex: number;

  constructor(
    ...args: Args<
      [weight: Tensor | null, sizeAverage: boolean | null, ignoreIndex: number, reduce: boolean | null, reduction: Reduction],
      LossOptions & { weight?: Tensor | null; ignoreIndex?: number }
    >
  ) {
    const [weight, sizeAverage, ignoreIndex, reduce, reduction] = nllArguments(args, new.target.name);
    super(weight, reductionOf(new.target.name, sizeAverage, reduce, reduction));
    this.ignoreIndex = ignoreIndex;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    const { weight, ignoreIndex, reduction } = this;
    return F.nllLoss(input, target, { weight, ignoreIndex, reduction });
  }
}

/** `NLLLoss` under its old name for images. */
export class NLLLoss2d extends NLLLoss {}

type WeightedArguments = Args<
  [weight: Tensor | null, sizeAverage: boolean | null, reduce: boolean | null, reduction: Reduction],
  LossOptions & { weight?: Tensor | null }
>;

const bceArguments = reader(`BCELoss(Tensor? weight=null, ${REDUCTION})`);

/** `-(target · log(input) + (1 - target) · log(1 - input))`: the loss of probabilities. */
export class BCELoss extends WeightedLoss<[input: Tensor, target: Tensor]> {
  constructor(...args: WeightedArguments) {
    const [weight, sizeAverage, reduce, reduction] = bceArguments(args);
    super(weight, reductionOf("BCELoss", sizeAverage, reduce, reduction));
  }

  forward(input: Tensor, target: Tensor): Tensor {
    const { weight, reduction } = this;
    return F.binaryCrossEntropy(input, target, { weight, reduction });
  }
}

const logitsArguments = reader(`BCEWithLogitsLoss(Tensor? weight=null, ${REDUCTION}, Tensor? posWeight=null)`);

/** `BCELoss` of `sigmoid(input)`, computed without overflow. */
export class BCEWithLogitsLoss extends WeightedLoss<[input: Tensor, target: Tensor]> {
  /** The weight of positive targets, a buffer. */
  pos_weight: Tensor | null;

  constructor(
    ...args: Args<
      [weight: Tensor | null, sizeAverage: boolean | null, reduce: boolean | null, reduction: Reduction, posWeight: Tensor | null],
      LossOptions & { weight?: Tensor | null; posWeight?: Tensor | null }
    >
  ) {
    const [weight, sizeAverage, reduce, reduction, posWeight] = logitsArguments(args);
    super(weight, reductionOf("BCEWithLogitsLoss", sizeAverage, reduce, reduction));
    this.pos_weight = null;
    this.registerBuffer("pos_weight", posWeight);
  }

  forward(input: Tensor, target: Tensor): Tensor {
    const { weight, reduction, pos_weight: posWeight } = this;
    return F.binaryCrossEntropyWithLogits(input, target, { weight, posWeight, reduction });
  }
}

const multiLabelArguments = reader(`MultiLabelSoftMarginLoss(Tensor? weight=null, ${REDUCTION})`);

/** The mean over classes of `BCEWithLogitsLoss`. */
export class MultiLabelSoftMarginLoss extends WeightedLoss<[input: Tensor, target: Tensor]> {
  constructor(...args: WeightedArguments) {
    const [weight, sizeAverage, reduce, reduction] = multiLabelArguments(args);
    super(weight, reductionOf("MultiLabelSoftMarginLoss", sizeAverage, reduce, reduction));
  }

  forward(input: Tensor, target: Tensor): Tensor {
    const { weight, reduction } = this;
    return F.multilabelSoftMarginLoss(input, target, { weight, reduction });
  }
}

const multiMarginArguments = reader(`MultiMarginLoss(float p=1, float margin=1, Tensor? weight=null, ${REDUCTION})`);

/** `Σ max(0, margin - input[target] + input[i])^p / classes` over the classes other than the target. */
export class MultiMarginLoss extends WeightedLoss<[input: Tensor, target: Tensor]> {
  readonly p: number;
  readonly margin: number;

  constructor(
    ...args: Args<
      [p: number, margin: number, weight: Tensor | null, sizeAverage: boolean | null, reduce: boolean | null, reduction: Reduction],
      LossOptions & { p?: number; margin?: number; weight?: Tensor | null }
    >
  ) {
    const [p, margin, weight, sizeAverage, reduce, reduction] = multiMarginArguments(args);
    super(weight, reductionOf("MultiMarginLoss", sizeAverage, reduce, reduction));
    this.p = p;
    this.margin = margin;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    const { p, margin, weight, reduction } = this;
    return F.multiMarginLoss(input, target, { p, margin, weight, reduction });
  }
}

const ctcArguments = reader("CTCLoss(int blank=0, str reduction='mean', bool zeroInfinity=false)");

/** Connectionist temporal classification: the loss of a sequence `[time, batch, classes]` of logarithms of probabilities (Graves et al., 2006). */
export class CTCLoss extends Loss<[logProbs: Tensor, targets: Tensor, inputLengths: Tensor, targetLengths: Tensor]> {
  readonly blank: number;
  readonly zeroInfinity: boolean;

  constructor(
    ...args: Args<
      [blank: number, reduction: Reduction, zeroInfinity: boolean],
      { blank?: number; reduction?: Reduction; zeroInfinity?: boolean }
    >
  ) {
    const [blank, reduction, zeroInfinity] = ctcArguments(args);
    super(reductionOf("CTCLoss", null, null, reduction));
    this.blank = blank;
    this.zeroInfinity = zeroInfinity;
  }

  forward(logProbs: Tensor, targets: Tensor, inputLengths: Tensor | readonly number[], targetLengths: Tensor | readonly number[]): Tensor {
    const { blank, reduction, zeroInfinity } = this;
    return F.ctcLoss(logProbs, targets, inputLengths, targetLengths, { blank, reduction, zeroInfinity });
  }
}
