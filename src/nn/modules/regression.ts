/** Losses of numbers: how far an input is from its target. */

import type { Args } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reader } from "../arguments.js";
import * as F from "../functional.js";
import { Loss, type OldReduction, REDUCTION, type Reduction, reductionOf } from "./loss.js";

interface LossOptions extends OldReduction {
  reduction?: Reduction;
}

type ReductionArguments = Args<[sizeAverage: boolean | null, reduce: boolean | null, reduction: Reduction], LossOptions>;

const reductionArguments = reader(`Loss(${REDUCTION})`);

/** A loss of an input and a target that takes a reduction only. */
abstract class PlainLoss extends Loss<[input: Tensor, target: Tensor]> {
  constructor(...args: ReductionArguments) {
    const [sizeAverage, reduce, reduction] = reductionArguments(args, new.target.name);
    super(reductionOf(new.target.name, sizeAverage, reduce, reduction));
  }
}

/** `|input - target|` */
export class L1Loss extends PlainLoss {
  forward(input: Tensor, target: Tensor): Tensor {
    return F.l1Loss(input, target, { reduction: this.reduction });
  }
}

/**
 * `(input - target)²`
 * @example
 * ```ts
 * const loss = new nn.MSELoss();
 * loss(torch.tensor([1, 2]), torch.tensor([0, 0])); // tensor(2.5000)
 * ```
 */
export class MSELoss extends PlainLoss {
  forward(input: Tensor, target: Tensor): Tensor {
    return F.mseLoss(input, target, { reduction: this.reduction });
  }
}

/** `log(1 + exp(-target · input))`, the targets being 1 or -1. */
export class SoftMarginLoss extends PlainLoss {
  forward(input: Tensor, target: Tensor): Tensor {
    return F.softMarginLoss(input, target, { reduction: this.reduction });
  }
}

/** `Σ max(0, 1 - (input[target[j]] - input[i])) / classes` over the classes `i` that are no targets; -1 ends the targets. */
export class MultiLabelMarginLoss extends PlainLoss {
  forward(input: Tensor, target: Tensor): Tensor {
    return F.multilabelMarginLoss(input, target, { reduction: this.reduction });
  }
}

const smoothArguments = reader(`SmoothL1Loss(${REDUCTION}, float beta=1)`);

/** `½ (input - target)² / beta` where `|input - target| < beta`, else `|input - target| - ½ beta`. */
export class SmoothL1Loss extends Loss<[input: Tensor, target: Tensor]> {
  readonly beta: number;

  constructor(
    ...args: Args<
      [sizeAverage: boolean | null, reduce: boolean | null, reduction: Reduction, beta: number],
      LossOptions & { beta?: number }
    >
  ) {
    const [sizeAverage, reduce, reduction, beta] = smoothArguments(args);
    super(reductionOf("SmoothL1Loss", sizeAverage, reduce, reduction));
    this.beta = beta;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return F.smoothL1Loss(input, target, { reduction: this.reduction, beta: this.beta });
  }
}

const huberArguments = reader("HuberLoss(str reduction='mean', float delta=1)");

/** `½ (input - target)²` where `|input - target| < delta`, else `delta · (|input - target| - ½ delta)`. */
export class HuberLoss extends Loss<[input: Tensor, target: Tensor]> {
  readonly delta: number;

  constructor(...args: Args<[reduction: Reduction, delta: number], { reduction?: Reduction; delta?: number }>) {
    const [reduction, delta] = huberArguments(args);
    super(reductionOf("HuberLoss", null, null, reduction));
    this.delta = delta;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return F.huberLoss(input, target, { reduction: this.reduction, delta: this.delta });
  }
}

type DivergenceReduction = Reduction | "batchmean";

const divergenceArguments = reader(`KLDivLoss(${REDUCTION}, bool logTarget=false)`);

/** `target · (log(target) - input)`, the input being logarithms; `"batchmean"` divides the sum by the size of the batch, as the mathematics does. */
export class KLDivLoss extends Loss<[input: Tensor, target: Tensor], DivergenceReduction> {
  readonly logTarget: boolean;

  constructor(
    ...args: Args<
      [sizeAverage: boolean | null, reduce: boolean | null, reduction: DivergenceReduction, logTarget: boolean],
      OldReduction & { reduction?: DivergenceReduction; logTarget?: boolean }
    >
  ) {
    const [sizeAverage, reduce, reduction, logTarget] = divergenceArguments(args);
    super(reductionOf("KLDivLoss", sizeAverage, reduce, reduction, ["none", "mean", "sum", "batchmean"]));
    this.logTarget = logTarget;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return F.klDiv(input, target, { reduction: this.reduction, logTarget: this.logTarget });
  }
}

const poissonArguments = reader(
  "PoissonNLLLoss(bool logInput=true, bool full=false, bool? sizeAverage=null, float eps=1e-8, bool? reduce=null, str reduction='mean')",
);

/** `exp(input) - target · input`: the loss of the logarithm of a Poisson rate; with `full` the term of Stirling is added. */
export class PoissonNLLLoss extends Loss<[input: Tensor, target: Tensor]> {
  readonly logInput: boolean;
  readonly full: boolean;
  readonly eps: number;

  constructor(
    ...args: Args<
      [logInput: boolean, full: boolean, sizeAverage: boolean | null, eps: number, reduce: boolean | null, reduction: Reduction],
      LossOptions & { logInput?: boolean; full?: boolean; eps?: number }
    >
  ) {
    const [logInput, full, sizeAverage, eps, reduce, reduction] = poissonArguments(args);
    super(reductionOf("PoissonNLLLoss", sizeAverage, reduce, reduction));
    this.logInput = logInput;
    this.full = full;
    this.eps = eps;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    const { logInput, full, eps, reduction } = this;
    return F.poissonNllLoss(input, target, { logInput, full, eps, reduction });
  }
}

const gaussianArguments = reader("GaussianNLLLoss(*, bool full=false, float eps=1e-6, str reduction='mean')");

/** `½ (log(var) + (input - target)² / var)`: the loss of the mean and variance of a normal distribution. */
export class GaussianNLLLoss extends Loss<[input: Tensor, target: Tensor, variance: Tensor | number]> {
  readonly full: boolean;
  readonly eps: number;

  constructor(...args: Args<[], { full?: boolean; eps?: number; reduction?: Reduction }>) {
    const [full, eps, reduction] = gaussianArguments(args);
    super(reductionOf("GaussianNLLLoss", null, null, reduction));
    this.full = full;
    this.eps = eps;
  }

  forward(input: Tensor, target: Tensor, variance: Tensor | number): Tensor {
    const { full, eps, reduction } = this;
    return F.gaussianNllLoss(input, target, variance, { full, eps, reduction });
  }
}
