/** Adafactor. */

import { bfloat16, type DType, float16, float64 } from "../core/dtype.js";
import { ArgumentError } from "../core/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { moment } from "./adam.js";
import { Optimizer, type Parameters, type ParamGroup, type ParamState } from "./optimizer.js";
import type { Complete } from "./options.js";

/** Options of `Adafactor`. */
export interface AdafactorOptions {
  /** The largest relative size of a step. */
  lr?: number;
  /** The power of the step with which the weight of new squares falls. */
  beta2Decay?: number;
  /** The least of the estimated variances (null: the dtype's resolution), and of the size of parameters. */
  eps?: readonly (number | null)[];
  /** The root mean square above which an update is scaled down. */
  d?: number;
  /** The weight decay, decoupled from the gradient. */
  weightDecay?: number;
  foreach?: boolean | null;
  /** Whether to maximise instead of minimise. */
  maximize?: boolean;
}

type Group = Complete<AdafactorOptions>;

/** The distance from 1 to the next number of a dtype. */
function resolution(dtype: DType): number {
  if (dtype === float64) return 2 ** -52;
  if (dtype === bfloat16) return 2 ** -7;
  return dtype === float16 ? 2 ** -10 : 2 ** -23;
}

/**
 * Adam's second moment in the memory of its row and column means, with steps relative to the size of the parameters.
 *
 * Source: Shazeer and Stern, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost", 2018.
 */
export class Adafactor extends Optimizer<Group> {
  constructor(params: Parameters<AdafactorOptions>, options?: AdafactorOptions);
  constructor(params: Parameters<AdafactorOptions>, lr: number, options?: Omit<AdafactorOptions, "lr">);
  constructor(
    params: Parameters<AdafactorOptions>,
    lr: number,
    beta2Decay: number,
    eps?: readonly (number | null)[],
    d?: number,
    weightDecay?: number,
  );
  constructor(...args: unknown[]) {
    super(
      "Adafactor(any params, float lr=0.01, float beta2Decay=-0.8, any eps=null, float d=1, float weightDecay=0, *, bool? foreach=null, bool maximize=false)",
      args,
    );
  }

  protected override check(options: Group): void {
    options.eps ??= [null, 1e-3];
    const { lr, beta2Decay, eps, d, weightDecay } = options;
    const [least, size] = eps;
    const demand = (holds: boolean, text: string): void => {
      if (!holds) throw new ArgumentError(`${this.className}: ${text}`);
    };
    demand(lr >= 0, `Learning rate should be >= 0 but is: ${lr}`);
    demand(beta2Decay <= 0, `beta2_decay should be <= 0 but is: ${beta2Decay}`);
    demand(least === null || (least !== undefined && least >= 0), `epsilon1 should be >= 0 but is: ${least}`);
    demand(typeof size === "number" && size >= 0, `epsilon2 should be >= 0 but is: ${size}`);
    demand(d >= 1, `Clipping threshold d should be >= 1 but is: ${d}`);
    demand(weightDecay >= 0, `weight_decay should be >= 0 but is: ${weightDecay}`);
  }

  protected override update(param: Tensor, given: Tensor, state: ParamState, group: ParamGroup<Group>): void {
    const { lr, beta2Decay, eps, d, weightDecay, maximize } = group;
    const grad = maximize ? given.neg() : given;
    const step = (state.step ?? 0) + 1;
    state.step = step;
    const least = eps[0] ?? resolution(param.dtype);
    const root = Math.sqrt(param.count);
    const size = param
      .norm(2)
      .div(root)
      .clamp(eps[1] ?? 0)
      .mul(Math.min(lr, 1 / Math.sqrt(step)));
    if (weightDecay !== 0) param.mul_(1 - lr * weightDecay);
    const variance = this.variance(grad, state, step ** beta2Decay, least);
    const update = variance
      .clamp(least * least)
      .rsqrt()
      .mul(grad);
    const excess = update
      .norm(2)
      .div(root * d)
      .clamp(1);
    param.sub_(update.mul(size.div(excess)));
  }

  /** The estimated second moment: of matrices, the product of the means over rows and columns. */
  private variance(grad: Tensor, state: ParamState, weight: number, least: number): Tensor {
    if (grad.ndim < 2) return moment(state, "variance", grad).lerp_(grad.square(), weight);
    const mean = (name: string, dim: number): Tensor => {
      const fresh = grad.square().mean(dim, true);
      return moment(state, name, fresh).lerp_(fresh, weight);
    };
    const rows = mean("rowVar", -1);
    const columns = mean("colVar", -2);
    return rows.matmul(columns).div(rows.mean(-2, true).clamp(least));
  }

  protected override updateComplex(): void {
    throw new ArgumentError(`${this.className}: Adafactor does not support complex parameters`);
  }
}
