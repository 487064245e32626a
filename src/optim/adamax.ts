/** Adamax. */

import { abs, add, div, maximum, mul, sub } from "../expr/build.js";
import type { Tensor } from "../tensor/tensor.js";
import { Update } from "../tensor/update.js";
import { moment } from "./adam.js";
import { Optimizer, type Parameters, type ParamGroup, type ParamState } from "./optimizer.js";
import type { Complete, ImplementationOptions } from "./options.js";

/** Options of `Adamax`. */
export interface AdamaxOptions extends ImplementationOptions {
  /** The learning rate. */
  lr?: number;
  /** The decay rates of the running mean of the gradient and of its infinity norm. */
  betas?: readonly number[];
  /** Added to the absolute gradient. */
  eps?: number;
  /** The L2 penalty. */
  weightDecay?: number;
  /** Whether to maximise instead of minimise. */
  maximize?: boolean;
}

type Group = Complete<AdamaxOptions>;

const rule = new Update(
  "Adamax",
  ["param", "grad", "expAvg", "expInf"],
  ["sign", "weightDecay", "beta1", "beta2", "rate", "eps"],
  ({ param, grad, expAvg, expInf, sign, weightDecay, beta1, beta2, rate, eps }) => {
    const g = add(mul(sign, grad), mul(weightDecay, param));
    const mean = add(expAvg, mul(sub(1, beta1), sub(g, expAvg)));
    const norm = maximum(mul(beta2, expInf), add(abs(g), eps));
    return { param: sub(param, mul(rate, div(mean, norm))), expAvg: mean, expInf: norm };
  },
);

/**
 * Adamax, Adam with the infinity norm: `m ← β₁m + (1 - β₁)g`, `u ← max(β₂u, |g| + ε)`, `p ← p - lr / (1 - β₁ᵗ) · m / u`.
 *
 * Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2014.
 */
export class Adamax extends Optimizer<Group> {
  constructor(params: Parameters<AdamaxOptions>, options?: AdamaxOptions);
  constructor(params: Parameters<AdamaxOptions>, lr: number, options?: Omit<AdamaxOptions, "lr">);
  constructor(params: Parameters<AdamaxOptions>, lr: number, betas: readonly number[], eps?: number, weightDecay?: number);
  constructor(...args: unknown[]) {
    super(
      "Adamax(any params, float lr=0.002, float[] betas=[0.9 0.999], float eps=1e-8, float weightDecay=0, bool? foreach=null, *, bool maximize=false, bool differentiable=false, bool capturable=false)",
      args,
    );
  }

  protected override check(options: Group): void {
    this.nonNegative("learning rate", options.lr);
    this.nonNegative("epsilon value", options.eps);
    options.betas.forEach((beta, i) => {
      this.fraction(`beta parameter at index ${i}`, beta);
    });
    this.nonNegative("weight_decay value", options.weightDecay);
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<Group>): void {
    const step = (state.step ?? 0) + 1;
    state.step = step;
    const [beta1, beta2] = group.betas as readonly [number, number];
    const expAvg = moment(state, "expAvg", param);
    const expInf = moment(state, "expInf", param);
    const rate = group.lr / (1 - beta1 ** step);
    rule.run(
      { param, grad, expAvg, expInf },
      { sign: group.maximize ? -1 : 1, weightDecay: group.weightDecay, beta1, beta2, rate, eps: group.eps },
    );
  }
}
