/** Sums of expressions over dimensions: one kernel call, without the tensor that is summed, and derived gradients. */

import { promoteTypes } from "../../core/promotion.js";
import { broadcastShapes } from "../../core/shape.js";
import { gradient as derive } from "../../expr/derivative.js";
import { type Expr, input as element, lift, type Term } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { pointwise, primitive, rules } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { accumulateType, reduceProgram, spread } from "./reduction.js";

/** `scale · Σ body(inputs…)` over `dims` of the inputs' broadcast shape. */
export type Summation = Op<(inputs: readonly Tensor[], dims: readonly number[], keepdim: boolean, scale?: number) => Tensor>;

/** Defines the sum of an expression. Half floats give float32 sums. */
export function summation(name: string, arity: number, body: (...inputs: Expr[]) => Term): Summation {
  const program = new Program(name, [lift(body(...Array.from({ length: arity }, (_, i) => element(i))))], arity);
  const operands = Array.from({ length: arity }, (_, i) => `Operand x${i}`).join(", ");
  const steps: Op<(...inputs: Tensor[]) => Tensor>[] = [];
  const step = (i: number): Op<(...inputs: Tensor[]) => Tensor> => {
    steps[i] ??= pointwise(
      `${name}Backward${i}(Operand grad, ${operands})`,
      (grad, ...xs) => derive(lift(body(...xs)), xs[i] as Expr, grad),
      rules.gradientRule,
      { inPlace: false },
    );
    return steps[i];
  };
  return primitive(`${name}(Tensor[] inputs, int[] dims, bool keepdim, float scale=1)`, {
    forward: (inputs, dims, keepdim, scale) => {
      const shape = broadcastShapes(
        name,
        inputs.map((input) => input.shape),
      );
      const dtype = accumulateType(inputs.map((input) => input.dtype).reduce(promoteTypes));
      const expanded = inputs.map((input) => input.expand(shape as number[]));
      return reduceProgram("sum", program, expanded as [Tensor, ...Tensor[]], shape, {
        dims,
        keepdim,
        compute: dtype,
        result: dtype,
        scale,
      });
    },
    gradient: {
      inputs: (grad, { inputs, dims, keepdim, scale }) => {
        const shape = broadcastShapes(
          name,
          inputs.map((input) => input.shape),
        );
        const scaled = spread(scale === 1 ? grad : grad.mul(scale), shape, dims, keepdim);
        return inputs.map((input, i) => (input.requiresGrad ? step(i)(scaled, ...inputs) : null));
      },
    },
  });
}
