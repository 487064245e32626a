/** NAdam. */

import { add, div, mul, sqrt, square, sub } from "../expr/build.js";
import type { Tensor } from "../tensor/tensor.js";
import { Update } from "../tensor/update.js";
import { moment } from "./adam.js";
import { Optimizer, type Parameters, type ParamGroup, type ParamState } from "./optimizer.js";
import type { Complete, ImplementationOptions } from "./options.js";

/** Options of `NAdam`. */
export interface NAdamOptions extends ImplementationOptions {
  /** The learning rate. */
  lr?: number;
  /** The decay rates of the running means of the gradient and of its square. */
  betas?: readonly number[];
  /** Added to the denominator. */
  eps?: number;
  /** The weight decay. */
  weightDecay?: number;
  /** How the momentum grows over the steps. */
  momentumDecay?: number;
  /** Whether weight decay is decoupled from the gradient, as in `AdamW`. */
  decoupledWeightDecay?: boolean;
  /** Whether to maximise instead of minimise. */
  maximize?: boolean;
}

type Group = Complete<NAdamOptions>;

const rule = new Update(
  "NAdam",
  ["param", "grad", "expAvg", "expAvgSq"],
  ["sign", "weightDecay", "shrink", "beta1", "beta2", "gradRate", "meanRate", "correction", "eps"],
  ({ param, grad, expAvg, expAvgSq, sign, weightDecay, shrink, beta1, beta2, gradRate, meanRate, correction, eps }) => {
    const g = add(mul(sign, grad), mul(weightDecay, param));
    const mean = add(expAvg, mul(sub(1, beta1), sub(g, expAvg)));
    const squares = add(mul(beta2, expAvgSq), mul(sub(1, beta2), square(g)));
    const spread = add(sqrt(div(squares, correction)), eps);
    return { param: sub(mul(shrink, param), div(add(mul(gradRate, g), mul(meanRate, mean)), spread)), expAvg: mean, expAvgSq: squares };
  },
);

/**
 * Adam with Nesterov momentum: the update takes `(1 - μₜ) / (1 - Πμ) · g + μₜ₊₁ / (1 - μₜ₊₁Πμ) · m` for Adam's mean,
 * with `μₜ = β₁ (1 - 0.5 · 0.96^(t·ψ))`.
 *
 * Source: Dozat, "Incorporating Nesterov Momentum into Adam", 2016.
 */
export class NAdam extends Optimizer<Group> {
  constructor(params: Parameters<NAdamOptions>, options?: NAdamOptions);
  constructor(params: Parameters<NAdamOptions>, lr: number, options?: Omit<NAdamOptions, "lr">);
  constructor(
    params: Parameters<NAdamOptions>,
    lr: number,
    betas: readonly number[],
    eps?: number,
    weightDecay?: number,
    momentumDecay?: number,
    decoupledWeightDecay?: boolean,
  );
  constructor(...args: unknown[]) {
    super(
      "NAdam(any params, float lr=0.002, float[] betas=[0.9 0.999], float eps=1e-8, float weightDecay=0, float momentumDecay=0.004, bool decoupledWeightDecay=false, *, bool maximize=false, bool? foreach=null, bool capturable=false, bool differentiable=false)",
      args,
    );
  }

  protected override get scalarState(): readonly string[] {
    return ["step", "muProduct"];
  }

  protected override check(options: Group): void {
    this.nonNegative("learning rate", options.lr);
    this.nonNegative("epsilon value", options.eps);
    this.twoFractions(options.betas);
    this.nonNegative("weight_decay value", options.weightDecay);
    this.nonNegative("momentum_decay value", options.momentumDecay);
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<Group>): void {
    const { lr, weightDecay, momentumDecay, decoupledWeightDecay, eps } = group;
    const [beta1, beta2] = group.betas as readonly [number, number];
    const step = (state.step ?? 0) + 1;
    const momentum = (t: number): number => beta1 * (1 - 0.5 * 0.96 ** (t * momentumDecay));
    const now = momentum(step);
    const next = momentum(step + 1);
    const product = Math.fround(((state["muProduct"] ?? 1) as number) * now);
    state.step = step;
    state["muProduct"] = product;
    const expAvg = moment(state, "expAvg", param);
    const expAvgSq = moment(state, "expAvgSq", param);
    rule.run(
      { param, grad, expAvg, expAvgSq },
      {
        sign: group.maximize ? -1 : 1,
        weightDecay: decoupledWeightDecay ? 0 : weightDecay,
        shrink: decoupledWeightDecay ? 1 - lr * weightDecay : 1,
        beta1,
        beta2,
        gradRate: (lr * (1 - now)) / (1 - product),
        meanRate: (lr * next) / (1 - product * next),
        correction: 1 - beta2 ** step,
        eps,
      },
    );
  }
}
