/** Averaged stochastic gradient descent. */

import { add, eq, mul, select, sub } from "../expr/build.js";
import type { Tensor } from "../tensor/tensor.js";
import { Update } from "../tensor/update.js";
import { moment } from "./adam.js";
import { Optimizer, type Parameters, type ParamGroup, type ParamState } from "./optimizer.js";
import type { Complete, ImplementationOptions } from "./options.js";

/** Options of `ASGD`. */
export interface ASGDOptions extends ImplementationOptions {
  /** The learning rate. */
  lr?: number;
  /** How fast parameters decay. */
  lambd?: number;
  /** The power with which the rate falls. */
  alpha?: number;
  /** The step at which averaging begins. */
  t0?: number;
  /** The L2 penalty. */
  weightDecay?: number;
  /** Whether to maximise instead of minimise. */
  maximize?: boolean;
}

type Group = Complete<ASGDOptions>;

const rule = new Update(
  "ASGD",
  ["param", "grad", "ax"],
  ["sign", "weightDecay", "lambd", "eta", "mu"],
  ({ param, grad, ax, sign, weightDecay, lambd, eta, mu }) => {
    const g = add(mul(sign, grad), mul(weightDecay, param));
    const next = sub(mul(param, sub(1, mul(lambd, eta))), mul(eta, g));
    return { param: next, ax: select(eq(mu, 1), next, add(ax, mul(mu, sub(next, ax)))) };
  },
);

/**
 * Averaged stochastic gradient descent: `p ← (1 - λη)p - ηg`; the state's `ax` is the mean of the parameters from step `t0` on.
 *
 * Source: Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992.
 */
export class ASGD extends Optimizer<Group> {
  constructor(params: Parameters<ASGDOptions>, options?: ASGDOptions);
  constructor(params: Parameters<ASGDOptions>, lr: number, options?: Omit<ASGDOptions, "lr">);
  constructor(params: Parameters<ASGDOptions>, lr: number, lambd: number, alpha?: number, t0?: number, weightDecay?: number);
  constructor(...args: unknown[]) {
    super(
      "ASGD(any params, float lr=0.01, float lambd=0.0001, float alpha=0.75, float t0=1e6, float weightDecay=0, bool? foreach=null, bool maximize=false, bool differentiable=false, bool capturable=false)",
      args,
    );
  }

  protected override get scalarState(): readonly string[] {
    return ["step", "eta", "mu"];
  }

  protected override check(options: Group): void {
    this.nonNegative("learning rate", options.lr);
    this.nonNegative("weight_decay value", options.weightDecay);
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<Group>): void {
    const { lr, lambd, alpha, t0, weightDecay } = group;
    const step = (state.step ?? 0) + 1;
    const eta = (state["eta"] ?? Math.fround(lr)) as number;
    const mu = (state["mu"] ?? 1) as number;
    const ax = moment(state, "ax", param);
    rule.run({ param, grad, ax }, { sign: group.maximize ? -1 : 1, weightDecay, lambd, eta, mu });
    state.step = step;
    state["eta"] = Math.fround(lr / (1 + lambd * lr * step) ** alpha);
    state["mu"] = Math.fround(1 / Math.max(1, step - t0));
  }
}
