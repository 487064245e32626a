/** Adadelta. */

import { add, div, mul, sqrt, square, sub } from "../expr/build.js";
import type { Tensor } from "../tensor/tensor.js";
import { Update } from "../tensor/update.js";
import { moment } from "./adam.js";
import { Optimizer, type Parameters, type ParamGroup, type ParamState } from "./optimizer.js";
import type { Complete, ImplementationOptions } from "./options.js";

/** Options of `Adadelta`. */
export interface AdadeltaOptions extends ImplementationOptions {
  /** The factor of the update. */
  lr?: number;
  /** The decay rate of the running means. */
  rho?: number;
  /** Added under the roots. */
  eps?: number;
  /** The L2 penalty. */
  weightDecay?: number;
  /** Whether to maximise instead of minimise. */
  maximize?: boolean;
}

type Group = Complete<AdadeltaOptions>;

const rule = new Update(
  "Adadelta",
  ["param", "grad", "squareAvg", "accDelta"],
  ["sign", "lr", "weightDecay", "rho", "eps"],
  ({ param, grad, squareAvg, accDelta, sign, lr, weightDecay, rho, eps }) => {
    const g = add(mul(sign, grad), mul(weightDecay, param));
    const squares = add(mul(rho, squareAvg), mul(sub(1, rho), square(g)));
    const delta = mul(div(sqrt(add(accDelta, eps)), sqrt(add(squares, eps))), g);
    return { param: sub(param, mul(lr, delta)), squareAvg: squares, accDelta: add(mul(rho, accDelta), mul(sub(1, rho), square(delta))) };
  },
);

/**
 * Adadelta: `v ← ρv + (1 - ρ)g²`, `Δ ← √(u + ε) / √(v + ε) · g`, `u ← ρu + (1 - ρ)Δ²`, `p ← p - lr·Δ`.
 *
 * Source: Zeiler, "ADADELTA: An Adaptive Learning Rate Method", 2012.
 */
export class Adadelta extends Optimizer<Group> {
  constructor(params: Parameters<AdadeltaOptions>, options?: AdadeltaOptions);
  constructor(params: Parameters<AdadeltaOptions>, lr: number, options?: Omit<AdadeltaOptions, "lr">);
  constructor(params: Parameters<AdadeltaOptions>, lr: number, rho: number, eps?: number, weightDecay?: number);
  constructor(...args: unknown[]) {
    super(
      "Adadelta(any params, float lr=1, float rho=0.9, float eps=1e-6, float weightDecay=0, bool? foreach=null, *, bool capturable=false, bool maximize=false, bool differentiable=false)",
      args,
    );
  }

  protected override check(options: Group): void {
    this.nonNegative("learning rate", options.lr);
    if (!(options.rho >= 0 && options.rho <= 1)) this.fraction("rho value", options.rho);
    this.nonNegative("epsilon value", options.eps);
    this.nonNegative("weight_decay value", options.weightDecay);
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<Group>): void {
    state.step = (state.step ?? 0) + 1;
    const { lr, weightDecay, rho, eps } = group;
    const squareAvg = moment(state, "squareAvg", param);
    const accDelta = moment(state, "accDelta", param);
    rule.run({ param, grad, squareAvg, accDelta }, { sign: group.maximize ? -1 : 1, lr, weightDecay, rho, eps });
  }
}
