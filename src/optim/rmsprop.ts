/** RMSprop. */

import { add, div, mul, sqrt, square, sub, type Term } from "../expr/build.js";
import type { Expr } from "../expr/node.js";
import type { Tensor } from "../tensor/tensor.js";
import { Update } from "../tensor/update.js";
import { moment } from "./adam.js";
import { Optimizer, type Parameters, type ParamGroup, type ParamState } from "./optimizer.js";
import type { Complete, ImplementationOptions } from "./options.js";

/** Options of `RMSprop`. */
export interface RMSpropOptions extends ImplementationOptions {
  /** The learning rate. */
  lr?: number;
  /** The decay rate of the running mean of squares. */
  alpha?: number;
  /** Added to the denominator. */
  eps?: number;
  /** The L2 penalty. */
  weightDecay?: number;
  /** The momentum factor. */
  momentum?: number;
  /** Whether to normalise by an estimate of the variance instead of the second moment. */
  centered?: boolean;
  /** Whether to maximise instead of minimise. */
  maximize?: boolean;
}

type Group = Complete<RMSpropOptions>;

const numbers = ["sign", "lr", "weightDecay", "alpha", "eps", "momentum"] as const;
const tensors = ["param", "grad", "squareAvg", "gradAvg", "buffer"] as const;

/** One program for each combination of `centered` and momentum; what a combination does not use is not written. */
function rule(centered: boolean, withMomentum: boolean): Update<(typeof tensors)[number], (typeof numbers)[number]> {
  return new Update(
    "RMSprop",
    tensors,
    numbers,
    ({ param, grad, squareAvg, gradAvg, buffer, sign, lr, weightDecay, alpha, eps, momentum }) => {
      const g = add(mul(sign, grad), mul(weightDecay, param));
      const squares = add(mul(alpha, squareAvg), mul(sub(1, alpha), square(g)));
      const mean = add(gradAvg, mul(sub(1, alpha), sub(g, gradAvg)));
      const spread: Expr = add(sqrt(centered ? sub(squares, square(mean)) : squares), eps);
      const step = withMomentum ? add(mul(momentum, buffer), div(g, spread)) : div(g, spread);
      const results: { param: Term; squareAvg: Term; gradAvg?: Term; buffer?: Term } = {
        param: sub(param, mul(lr, step)),
        squareAvg: squares,
      };
      if (centered) results.gradAvg = mean;
      if (withMomentum) results.buffer = step;
      return results;
    },
  );
}

const rules = [
  [rule(false, false), rule(false, true)],
  [rule(true, false), rule(true, true)],
] as const;

/**
 * RMSprop: `v ← αv + (1 - α)g²`, `p ← p - lr·g / (√v + ε)`, optionally centred and with momentum.
 *
 * Source: Hinton, "Neural Networks for Machine Learning", lecture 6; Graves, "Generating Sequences With Recurrent Neural Networks", 2013.
 */
export class RMSprop extends Optimizer<Group> {
  constructor(params: Parameters<RMSpropOptions>, options?: RMSpropOptions);
  constructor(params: Parameters<RMSpropOptions>, lr: number, options?: Omit<RMSpropOptions, "lr">);
  constructor(
    params: Parameters<RMSpropOptions>,
    lr: number,
    alpha: number,
    eps?: number,
    weightDecay?: number,
    momentum?: number,
    centered?: boolean,
  );
  constructor(...args: unknown[]) {
    super(
      "RMSprop(any params, float lr=0.01, float alpha=0.99, float eps=1e-8, float weightDecay=0, float momentum=0, bool centered=false, bool capturable=false, bool? foreach=null, bool maximize=false, bool differentiable=false)",
      args,
    );
  }

  protected override check(options: Group): void {
    this.nonNegative("learning rate", options.lr);
    this.nonNegative("epsilon value", options.eps);
    this.nonNegative("momentum value", options.momentum);
    this.nonNegative("weight_decay value", options.weightDecay);
    this.nonNegative("alpha value", options.alpha);
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<Group>): void {
    const { lr, weightDecay, alpha, eps, momentum, centered } = group;
    state.step = (state.step ?? 0) + 1;
    const squareAvg = moment(state, "squareAvg", param);
    const buffer = momentum > 0 ? moment(state, "momentumBuffer", param) : squareAvg;
    const gradAvg = centered ? moment(state, "gradAvg", param) : squareAvg;
    rules[centered ? 1 : 0][momentum > 0 ? 1 : 0].run(
      { param, grad, squareAvg, gradAvg, buffer },
      { sign: group.maximize ? -1 : 1, lr, weightDecay, alpha, eps, momentum },
    );
  }
}
