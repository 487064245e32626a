/** Whole derivatives of functions: Jacobians, Hessians and products with them. */

import { AutogradError } from "../core/errors.js";
import { stack } from "../ops/shape/joining.js";
import { Tensor } from "../tensor/tensor.js";
import { grad } from "./grad.js";

type Inputs = Tensor | readonly Tensor[];
type TensorFunction = (...inputs: Tensor[]) => Tensor;

/** Options of the functions below. */
export interface FunctionalOptions {
  /** Makes the result differentiable with respect to the inputs. */
  createGraph?: boolean;
}

function leaves(inputs: Inputs, createGraph: boolean): Tensor[] {
  return (inputs instanceof Tensor ? [inputs] : inputs).map((input) => {
    if (createGraph && input.requiresGrad) return input.viewAs(input);
    const leaf = input.detach();
    leaf.requiresGrad = true;
    return leaf;
  });
}

function like<I extends Inputs>(inputs: I, results: readonly Tensor[]): I extends Tensor ? Tensor : Tensor[] {
  return (inputs instanceof Tensor ? results[0] : [...results]) as I extends Tensor ? Tensor : Tensor[];
}

/**
 * The matrix of first derivatives: a tensor of shape `[...output, ...input]` for each input.
 * @example
 * ```ts
 * torch.autograd.functional.jacobian((x) => x.exp(), torch.zeros(2)); // the identity
 * ```
 */
export function jacobian<I extends Inputs>(f: TensorFunction, inputs: I, options: FunctionalOptions = {}): I extends Tensor ? Tensor : Tensor[] {
  const createGraph = options.createGraph ?? false;
  const args = leaves(inputs, createGraph);
  const output = f(...args);
  const rows = args.map((): Tensor[] => []);
  const flat = output.reshape(-1);
  for (let i = 0; i < output.count; i++) {
    const found = flat.requiresGrad
      ? grad(flat.select(0, i), args, { retainGraph: true, createGraph, materializeGrads: true })
      : args.map((arg) => arg.detach().mul(0));
    found.forEach((one, k) => {
      (rows[k] as Tensor[]).push(one as Tensor);
    });
  }
  const results = rows.map((list, k) => {
    const shape = [...output.shape, ...(args[k] as Tensor).shape];
    return list.length === 0 ? output.newZeros(shape) : stack(list).reshape(shape);
  });
  return like(inputs, results);
}

/** The matrix of second derivatives of a function with one number as its result. */
export function hessian(f: TensorFunction, input: Tensor, options: FunctionalOptions = {}): Tensor {
  return jacobian(
    (x) => {
      const output = f(x);
      if (output.count !== 1) throw new AutogradError(`hessian: the function should return a Tensor with a single element, got ${output.count}`);
      return grad(output.reshape([]), x, { createGraph: true, materializeGrads: true })[0] as Tensor;
    },
    input,
    options,
  );
}

/** The result of `f` and the product of `v` with its Jacobian, `vᵀJ`. */
export function vjp<I extends Inputs>(f: TensorFunction, inputs: I, v?: Tensor, options: FunctionalOptions = {}): [Tensor, I extends Tensor ? Tensor : Tensor[]] {
  const args = leaves(inputs, options.createGraph ?? false);
  const output = f(...args);
  const found = grad(output, args, { gradOutputs: v ?? null, createGraph: options.createGraph ?? false, materializeGrads: true });
  return [options.createGraph ? output : output.detach(), like(inputs, found as readonly Tensor[])];
}

/** The result of `f` and the product of its Jacobian with `v`, `Jv`, by differentiating the backward pass. */
export function jvp(f: TensorFunction, inputs: Inputs, v: Inputs, options: FunctionalOptions = {}): [Tensor, Tensor] {
  const createGraph = options.createGraph ?? false;
  const args = leaves(inputs, createGraph);
  const tangents = v instanceof Tensor ? [v] : v;
  const output = f(...args);
  const dummy = output.detach().mul(0);
  dummy.requiresGrad = true;
  const pulled = grad(output, args, { gradOutputs: dummy, createGraph: true, materializeGrads: true }) as readonly Tensor[];
  const used = pulled.map((_, i) => i).filter((i) => (pulled[i] as Tensor).requiresGrad);
  if (used.length === 0) return [createGraph ? output : output.detach(), dummy.detach()];
  const [product] = grad(used.map((i) => pulled[i] as Tensor), dummy, { gradOutputs: used.map((i) => tangents[i] as Tensor), createGraph, materializeGrads: true });
  return [createGraph ? output : output.detach(), product as Tensor];
}

/** The result of `f` (one number) and the product of its Hessian with `v`. */
export function hvp(f: TensorFunction, input: Tensor, v: Tensor, options: FunctionalOptions = {}): [Tensor, Tensor] {
  const createGraph = options.createGraph ?? false;
  const [x] = leaves(input, createGraph) as [Tensor];
  const output = f(x);
  const [first] = grad(output, x, { createGraph: true, materializeGrads: true }) as readonly [Tensor];
  const product = first.requiresGrad ? (grad(first, x, { gradOutputs: v, createGraph, materializeGrads: true })[0] as Tensor) : first.mul(0);
  return [createGraph ? output : output.detach(), product];
}

/** The result of `f` (one number) and the product of `v` with its Hessian, which is symmetric. */
export const vhp: typeof hvp = hvp;
