/** Rprop. */

import { ArgumentError } from "../core/errors.js";
import { gt, lt, maximum, minimum, mul, select, sign as signOf, sub } from "../expr/build.js";
import type { Tensor } from "../tensor/tensor.js";
import { Update } from "../tensor/update.js";
import { moment } from "./adam.js";
import { Optimizer, type Parameters, type ParamGroup, type ParamState } from "./optimizer.js";
import type { Complete, ImplementationOptions } from "./options.js";

/** Options of `Rprop`. */
export interface RpropOptions extends ImplementationOptions {
  /** The first size of steps. */
  lr?: number;
  /** By what steps shrink when a gradient changes its sign, and grow when it does not. */
  etas?: readonly number[];
  /** The smallest and the largest size of a step. */
  stepSizes?: readonly number[];
  /** Whether to maximise instead of minimise. */
  maximize?: boolean;
}

type Group = Complete<RpropOptions>;

const rule = new Update(
  "Rprop",
  ["param", "grad", "prev", "stepSize"],
  ["sign", "shrink", "grow", "least", "largest"],
  ({ param, grad, prev, stepSize, sign, shrink, grow, least, largest }) => {
    const g = mul(sign, grad);
    const along = mul(g, prev);
    const turned = lt(along, 0);
    const size = minimum(maximum(mul(stepSize, select(turned, shrink, select(gt(along, 0), grow, 1))), least), largest);
    const used = select(turned, 0, g);
    return { param: sub(param, mul(signOf(used), size)), prev: used, stepSize: size };
  },
);

/**
 * Resilient backpropagation: each element moves by its own step against the sign of its gradient; the step grows while the sign stays.
 *
 * Source: Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning: the RPROP algorithm", 1993.
 */
export class Rprop extends Optimizer<Group> {
  constructor(params: Parameters<RpropOptions>, options?: RpropOptions);
  constructor(params: Parameters<RpropOptions>, lr: number, options?: Omit<RpropOptions, "lr">);
  constructor(params: Parameters<RpropOptions>, lr: number, etas: readonly number[], stepSizes?: readonly number[]);
  constructor(...args: unknown[]) {
    super(
      "Rprop(any params, float lr=0.01, float[] etas=[0.5 1.2], float[] stepSizes=[1e-6 50], *, bool capturable=false, bool? foreach=null, bool maximize=false, bool differentiable=false)",
      args,
    );
  }

  protected override check(options: Group): void {
    this.nonNegative("learning rate", options.lr);
    const [shrink = Number.NaN, grow = Number.NaN] = options.etas;
    if (!(shrink > 0 && shrink < 1 && grow > 1)) throw new ArgumentError(`${this.className}: Invalid eta values: ${shrink}, ${grow}`);
    if (options.stepSizes.length !== 2)
      throw new ArgumentError(`${this.className}: stepSizes must be two numbers, got ${options.stepSizes.length}`);
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<Group>): void {
    const [shrink, grow] = group.etas as readonly [number, number];
    const [least, largest] = group.stepSizes as readonly [number, number];
    state.step = (state.step ?? 0) + 1;
    const prev = moment(state, "prev", param);
    state["stepSize"] ??= param.detach().newFull([...param.shape], group.lr);
    rule.run({ param, grad, prev, stepSize: state["stepSize"] as Tensor }, { sign: group.maximize ? -1 : 1, shrink, grow, least, largest });
  }
}
