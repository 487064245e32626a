/** Adagrad. */

import { add, div, mul, sqrt, square, sub } from "../expr/build.js";
import type { Tensor } from "../tensor/tensor.js";
import { Update } from "../tensor/update.js";
import { Optimizer, type Parameters, type ParamGroup, type ParamState } from "./optimizer.js";
import type { Complete, ImplementationOptions } from "./options.js";

/** Options of `Adagrad`. */
export interface AdagradOptions extends Omit<ImplementationOptions, "capturable"> {
  /** The learning rate. */
  lr?: number;
  /** How fast the learning rate falls: `lr / (1 + (step - 1) · lrDecay)`. */
  lrDecay?: number;
  /** The L2 penalty. */
  weightDecay?: number;
  /** What the sum of squares starts from. */
  initialAccumulatorValue?: number;
  /** Added to the denominator. */
  eps?: number;
  /** Whether to maximise instead of minimise. */
  maximize?: boolean;
  fused?: boolean | null;
}

type Group = Complete<AdagradOptions>;

const rule = new Update(
  "Adagrad",
  ["param", "grad", "sum"],
  ["sign", "weightDecay", "rate", "eps"],
  ({ param, grad, sum, sign, weightDecay, rate, eps }) => {
    const g = add(mul(sign, grad), mul(weightDecay, param));
    const squares = add(sum, square(g));
    return { param: sub(param, mul(rate, div(g, add(sqrt(squares), eps)))), sum: squares };
  },
);

/**
 * Adagrad: `s ← s + g²`, `p ← p - lr·g / (√s + ε)`.
 *
 * Source: Duchi, Hazan and Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization", 2011.
 */
export class Adagrad extends Optimizer<Group> {
  constructor(params: Parameters<AdagradOptions>, options?: AdagradOptions);
  constructor(params: Parameters<AdagradOptions>, lr: number, options?: Omit<AdagradOptions, "lr">);
  constructor(
    params: Parameters<AdagradOptions>,
    lr: number,
    lrDecay: number,
    weightDecay?: number,
    initialAccumulatorValue?: number,
    eps?: number,
  );
  constructor(...args: unknown[]) {
    super(
      "Adagrad(any params, float lr=0.01, float lrDecay=0, float weightDecay=0, float initialAccumulatorValue=0, float eps=1e-10, bool? foreach=null, *, bool maximize=false, bool differentiable=false, bool? fused=null)",
      args,
    );
  }

  protected override check(options: Group): void {
    this.nonNegative("learning rate", options.lr);
    this.nonNegative("lr_decay value", options.lrDecay);
    this.nonNegative("weight_decay value", options.weightDecay);
    this.nonNegative("initial_accumulator_value value", options.initialAccumulatorValue);
    this.nonNegative("epsilon value", options.eps);
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<Group>): void {
    const step = (state.step ?? 0) + 1;
    state.step = step;
    const sum = (state["sum"] ?? param.detach().newFull([...param.shape], group.initialAccumulatorValue)) as Tensor;
    state["sum"] = sum;
    const rate = group.lr / (1 + (step - 1) * group.lrDecay);
    rule.run({ param, grad, sum }, { sign: group.maximize ? -1 : 1, weightDecay: group.weightDecay, rate, eps: group.eps });
  }
}
