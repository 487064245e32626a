/** Stochastic gradient descent. */

import { ArgumentError } from "../core/errors.js";
import { add, mul, ne, select, sub } from "../expr/build.js";
import type { Expr } from "../expr/node.js";
import type { Tensor } from "../tensor/tensor.js";
import { Update } from "../tensor/update.js";
import { Optimizer, type Parameters, type ParamGroup, type ParamState } from "./optimizer.js";
import type { Complete, ImplementationOptions } from "./options.js";

/** Options of `SGD`. */
export interface SGDOptions extends Omit<ImplementationOptions, "capturable"> {
  /** The learning rate. */
  lr?: number;
  /** The momentum factor. */
  momentum?: number;
  /** How much of a gradient does not enter the momentum. */
  dampening?: number;
  /** The L2 penalty. */
  weightDecay?: number;
  /** Whether to look ahead along the momentum. */
  nesterov?: boolean;
  /** Whether to maximise instead of minimise. */
  maximize?: boolean;
  fused?: boolean | null;
}

type Group = Complete<SGDOptions>;

const numbers = ["sign", "lr", "weightDecay"] as const;

/** The gradient with its sign and the weight decay. */
const decayed = (grad: Expr, param: Expr, sign: Expr, weightDecay: Expr): Expr => add(mul(sign, grad), mul(weightDecay, param));

const plain = new Update("SGD", ["param", "grad"], numbers, ({ param, grad, sign, lr, weightDecay }) => ({
  param: sub(param, mul(lr, decayed(grad, param, sign, weightDecay))),
}));

const withMomentum = (
  nesterov: boolean,
): Update<"param" | "grad" | "buffer", (typeof numbers)[number] | "momentum" | "dampening" | "first"> =>
  new Update(
    "SGD",
    ["param", "grad", "buffer"],
    [...numbers, "momentum", "dampening", "first"],
    ({ param, grad, buffer, sign, lr, weightDecay, momentum, dampening, first }) => {
      const g = decayed(grad, param, sign, weightDecay);
      const next = select(ne(first, 0), g, add(mul(momentum, buffer), mul(sub(1, dampening), g)));
      return { param: sub(param, mul(lr, nesterov ? add(g, mul(momentum, next)) : next)), buffer: next };
    },
  );

const heavyBall = withMomentum(false);
const nesterov = withMomentum(true);

/**
 * Stochastic gradient descent, optionally with (Nesterov) momentum: `p ← p - lr·g`, or with the buffer `b ← μ·b + (1 - τ)·g`, `p ← p - lr·b`.
 *
 * Source: Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013.
 * @example
 * ```ts
 * const optimizer = new torch.optim.SGD(model.parameters(), { lr: 0.1, momentum: 0.9 });
 * ```
 */
export class SGD extends Optimizer<Group> {
  constructor(params: Parameters<SGDOptions>, options?: SGDOptions);
  constructor(params: Parameters<SGDOptions>, lr: number, options?: Omit<SGDOptions, "lr">);
  constructor(params: Parameters<SGDOptions>, lr: number, momentum: number, dampening?: number, weightDecay?: number, nesterov?: boolean);
  constructor(...args: unknown[]) {
    super(
      "SGD(any params, float lr=0.001, float momentum=0, float dampening=0, float weightDecay=0, bool nesterov=false, *, bool maximize=false, bool? foreach=null, bool differentiable=false, bool? fused=null)",
      args,
    );
  }

  protected override check(options: Group): void {
    this.nonNegative("learning rate", options.lr);
    this.nonNegative("momentum value", options.momentum);
    this.nonNegative("weight_decay value", options.weightDecay);
    if (options.nesterov && (options.momentum <= 0 || options.dampening !== 0)) {
      throw new ArgumentError("SGD: Nesterov momentum requires a momentum and zero dampening");
    }
  }

  protected override update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<Group>): void {
    const common = { sign: group.maximize ? -1 : 1, lr: group.lr, weightDecay: group.weightDecay };
    if (group.momentum === 0) {
      plain.run({ param, grad }, common);
      return;
    }
    const known = state["momentumBuffer"];
    const buffer = known === undefined ? param.detach().newZeros([...param.shape]) : (known as Tensor);
    const rule = group.nesterov ? nesterov : heavyBall;
    rule.run(
      { param, grad, buffer },
      { ...common, momentum: group.momentum, dampening: group.dampening, first: known === undefined ? 1 : 0 },
    );
    state["momentumBuffer"] = buffer;
  }
}
