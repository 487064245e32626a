/** RAdam. */

import { add, div, mul, ne, select, sqrt, square, sub } from "../expr/build.js";
import type { Tensor } from "../tensor/tensor.js";
import { Update } from "../tensor/update.js";
import { moment } from "./adam.js";
import { Optimizer, type Parameters, type ParamGroup, type ParamState } from "./optimizer.js";
import type { Complete, ImplementationOptions } from "./options.js";

/** Options of `RAdam`. */
export interface RAdamOptions extends ImplementationOptions {
  /** The learning rate. */
  lr?: number;
  /** The decay rates of the running means of the gradient and of its square. */
  betas?: readonly number[];
  /** Added to the denominator. */
  eps?: number;
  /** The weight decay. */
  weightDecay?: number;
  /** Whether weight decay is decoupled from the gradient, as in `AdamW`. */
  decoupledWeightDecay?: boolean;
  /** Whether to maximise instead of minimise. */
  maximize?: boolean;
}

type Group = Complete<RAdamOptions>;

const rule = new Update(
  "RAdam",
  ["param", "grad", "expAvg", "expAvgSq"],
  ["sign", "weightDecay", "shrink", "beta1", "beta2", "rate", "rectified", "eps"],
  ({ param, grad, expAvg, expAvgSq, sign, weightDecay, shrink, beta1, beta2, rate, rectified, eps }) => {
    const g = add(mul(sign, grad), mul(weightDecay, param));
    const mean = add(expAvg, mul(sub(1, beta1), sub(g, expAvg)));
    const squares = add(mul(beta2, expAvgSq), mul(sub(1, beta2), square(g)));
    const scale = select(ne(rectified, 0), div(rectified, add(sqrt(squares), eps)), 1);
    return { param: sub(mul(shrink, param), mul(mul(rate, mean), scale)), expAvg: mean, expAvgSq: squares };
  },
);

/**
 * Adam whose adaptive rate is rectified: while the variance of the second moment is too large to be of use, plain momentum is taken.
 *
 * Source: Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", 2019.
 */
export class RAdam extends Optimizer<Group> {
  constructor(params: Parameters<RAdamOptions>, options?: RAdamOptions);
  constructor(params: Parameters<RAdamOptions>, lr: number, options?: Omit<RAdamOptions, "lr">);
  constructor(
    params: Parameters<RAdamOptions>,
    lr: number,
    betas: readonly number[],
    eps?: number,
    weightDecay?: number,
    decoupledWeightDecay?: boolean,
  );
  constructor(...args: unknown[]) {
    super(
      "RAdam(any params, float lr=0.001, float[] betas=[0.9 0.999], float eps=1e-8, float weightDecay=0, bool decoupledWeightDecay=false, *, bool? foreach=null, bool maximize=false, bool capturable=false, bool differentiable=false)",
      args,
    );
  }

  protected override check(options: Group): void {
    this.nonNegative("learning rate", options.lr);
    this.nonNegative("epsilon value", options.eps);
    this.twoFractions(options.betas);
    this.nonNegative("weight_decay value", options.weightDecay);
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<Group>): void {
    const { lr, weightDecay, decoupledWeightDecay, eps } = group;
    const [beta1, beta2] = group.betas as readonly [number, number];
    const step = (state.step ?? 0) + 1;
    state.step = step;
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
        rate: lr / (1 - beta1 ** step),
        rectified: rectification(beta2, step),
        eps,
      },
    );
  }
}

/** The factor of the adaptive rate from the length of the moving average; 0 where it is too short. */
function rectification(beta2: number, step: number): number {
  const correction = 1 - beta2 ** step;
  const longest = 2 / (1 - beta2) - 1;
  const length = longest - (2 * step * beta2 ** step) / correction;
  if (length <= 5) return 0;
  return Math.sqrt((((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length)) * correction);
}
