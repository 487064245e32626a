/** Adam and AdamW. */

import { ArgumentError } from "../core/errors.js";
import { add, div, maximum, mul, sqrt, square, sub } from "../expr/build.js";
import type { Expr } from "../expr/node.js";
import type { Tensor } from "../tensor/tensor.js";
import { Update } from "../tensor/update.js";
import { Optimizer, type Parameters, type ParamGroup, type ParamState } from "./optimizer.js";
import type { Complete, ImplementationOptions } from "./options.js";

/** Options of `Adam` and `AdamW`. */
export interface AdamOptions extends ImplementationOptions {
  /** The learning rate. */
  lr?: number;
  /** The decay rates of the running means of the gradient and of its square. */
  betas?: readonly number[];
  /** Added to the denominator. */
  eps?: number;
  /** The weight decay: an L2 penalty in `Adam`, decoupled from the gradient in `AdamW`. */
  weightDecay?: number;
  /** Whether to use the largest running mean of squares so far (AMSGrad). */
  amsgrad?: boolean;
  /** Whether to maximise instead of minimise. */
  maximize?: boolean;
  fused?: boolean | null;
  /** Whether weight decay is decoupled from the gradient, as in `AdamW`. */
  decoupledWeightDecay?: boolean;
}

type Group = Complete<AdamOptions>;

const numbers = ["sign", "weightDecay", "shrink", "beta1", "beta2", "stepSize", "correction", "eps"] as const;
type Numbers = (typeof numbers)[number];
type Inputs = { readonly [name in Numbers | "param" | "grad" | "expAvg" | "expAvgSq"]: Expr };

/** The shared part: moments, and the parameter once the denominator's second moment is known. */
function moments({ param, grad, expAvg, expAvgSq, sign, weightDecay, shrink, beta1, beta2, stepSize, correction, eps }: Inputs): {
  expAvg: Expr;
  expAvgSq: Expr;
  param: (second: Expr) => Expr;
} {
  const decayed = mul(param, shrink);
  const g = add(mul(sign, grad), mul(weightDecay, decayed));
  const first = add(expAvg, mul(sub(1, beta1), sub(g, expAvg)));
  const squares = add(mul(beta2, expAvgSq), mul(sub(1, beta2), square(g)));
  return {
    expAvg: first,
    expAvgSq: squares,
    param: (second) => sub(decayed, mul(stepSize, div(first, add(div(sqrt(second), correction), eps)))),
  };
}

const adam = new Update("Adam", ["param", "grad", "expAvg", "expAvgSq"], numbers, (inputs) => {
  const { expAvg, expAvgSq, param } = moments(inputs);
  return { param: param(expAvgSq), expAvg, expAvgSq };
});

const amsgrad = new Update("Adam", ["param", "grad", "expAvg", "expAvgSq", "maxExpAvgSq"], numbers, (inputs) => {
  const { expAvg, expAvgSq, param } = moments(inputs);
  const largest = maximum(inputs.maxExpAvgSq, expAvgSq);
  return { param: param(largest), expAvg, expAvgSq, maxExpAvgSq: largest };
});

const SIGNATURE_TAIL =
  "bool amsgrad=false, *, bool? foreach=null, bool maximize=false, bool capturable=false, bool differentiable=false, bool? fused=null";

/**
 * Adam: `m ← β₁m + (1 - β₁)g`, `v ← β₂v + (1 - β₂)g²`, `p ← p - lr · m̂ / (√v̂ + ε)` with the bias-corrected moments m̂ and v̂.
 *
 * Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2014.
 * @example
 * ```ts
 * const optimizer = new torch.optim.Adam(model.parameters(), { lr: 0.01 });
 * ```
 */
export class Adam extends Optimizer<Group> {
  constructor(params: Parameters<AdamOptions>, options?: AdamOptions);
  constructor(params: Parameters<AdamOptions>, lr: number, options?: Omit<AdamOptions, "lr">);
  constructor(params: Parameters<AdamOptions>, lr: number, betas: readonly number[], eps?: number, weightDecay?: number, amsgrad?: boolean);
  constructor(...args: unknown[]) {
    super(
      `Adam(any params, float lr=0.001, float[] betas=[0.9 0.999], float eps=1e-8, float weightDecay=0, ${SIGNATURE_TAIL}, bool decoupledWeightDecay=false)`,
      args,
    );
  }

  protected override check(options: Group): void {
    checkAdam(this.className, options);
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<Group>): void {
    adamStep(param, grad, state, group, group.decoupledWeightDecay);
  }
}

/**
 * Adam with weight decay that does not pass through the moments: `p ← p - lr·λ·p` before the update.
 *
 * Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2017.
 */
export class AdamW extends Optimizer<Group> {
  constructor(params: Parameters<AdamOptions>, options?: AdamOptions);
  constructor(params: Parameters<AdamOptions>, lr: number, options?: Omit<AdamOptions, "lr">);
  constructor(params: Parameters<AdamOptions>, lr: number, betas: readonly number[], eps?: number, weightDecay?: number, amsgrad?: boolean);
  constructor(...args: unknown[]) {
    super(
      `AdamW(any params, float lr=0.001, float[] betas=[0.9 0.999], float eps=1e-8, float weightDecay=0.01, ${SIGNATURE_TAIL}, bool decoupledWeightDecay=true)`,
      args,
    );
  }

  protected override check(options: Group): void {
    checkAdam(this.className, options);
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<Group>): void {
    adamStep(param, grad, state, group, true);
  }
}

function checkAdam(name: string, options: Group): void {
  const { lr, eps, betas, weightDecay } = options;
  if (!(lr >= 0)) throw new ArgumentError(`${name}: Invalid learning rate: ${lr}`);
  if (!(eps >= 0)) throw new ArgumentError(`${name}: Invalid epsilon value: ${eps}`);
  if (betas.length !== 2) throw new ArgumentError(`${name}: betas must be two numbers, got ${betas.length}`);
  betas.forEach((beta, i) => {
    if (!(beta >= 0 && beta < 1)) throw new ArgumentError(`${name}: Invalid beta parameter at index ${i}: ${beta}`);
  });
  if (!(weightDecay >= 0)) throw new ArgumentError(`${name}: Invalid weight_decay value: ${weightDecay}`);
}

/** The numbers of the program, which are the same for parameters with the same options and the same number of steps. */
class StepNumbers {
  private readonly from = new Float64Array(7).fill(Number.NaN);
  private values: readonly number[] = [];

  of(group: Group, decoupled: boolean, step: number): readonly number[] {
    const { lr, weightDecay, eps } = group;
    const [beta1, beta2] = group.betas as readonly [number, number];
    const kind = (group.maximize ? 1 : 0) + (decoupled ? 2 : 0);
    const { from } = this;
    const isKnown =
      from[0] === step &&
      from[1] === lr &&
      from[2] === weightDecay &&
      from[3] === eps &&
      from[4] === beta1 &&
      from[5] === beta2 &&
      from[6] === kind;
    if (isKnown) return this.values;
    from.set([step, lr, weightDecay, eps, beta1, beta2, kind]);
    const named: { readonly [name in Numbers]: number } = {
      sign: group.maximize ? -1 : 1,
      weightDecay: decoupled ? 0 : weightDecay,
      shrink: decoupled ? 1 - lr * weightDecay : 1,
      beta1,
      beta2,
      stepSize: lr / (1 - beta1 ** step),
      correction: Math.sqrt(1 - beta2 ** step),
      eps,
    };
    this.values = numbers.map((name) => named[name]);
    return this.values;
  }
}

const stepNumbers = new StepNumbers();

function adamStep(param: Tensor, grad: Tensor, state: ParamState, group: Group, decoupled: boolean): void {
  const step = (state.step ?? 0) + 1;
  state.step = step;
  const expAvg = moment(state, "expAvg", param);
  const expAvgSq = moment(state, "expAvgSq", param);
  const values = stepNumbers.of(group, decoupled, step);
  if (group.amsgrad) amsgrad.apply([param, grad, expAvg, expAvgSq, moment(state, "maxExpAvgSq", param)], values);
  else adam.apply([param, grad, expAvg, expAvgSq], values);
}

/** A running mean of the state, zero at first. */
export function moment(state: ParamState, name: string, like: Tensor): Tensor {
  const known = state[name];
  if (known !== undefined) return known as Tensor;
  const zeros = like.detach().newZeros([...like.shape]);
  state[name] = zeros;
  return zeros;
}
