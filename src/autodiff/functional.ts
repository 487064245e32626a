/** Whole derivatives of functions: Jacobians, Hessians and products with them. */

import { ArgumentError, AutogradError, ShapeError } from "../core/errors.js";
import { formatShape, sameShape } from "../core/shape.js";
import { stack } from "../ops/shape/joining.js";
import { Tensor } from "../tensor/tensor.js";
import { grad } from "./grad.js";

type Many = Tensor | readonly Tensor[];

/** One result for one tensor, a list for a list. */
type Like<I extends Many> = I extends Tensor ? Tensor : Tensor[];

/** A function of tensors, with one result or several. */
type TensorFunction<O extends Many = Many> = (...inputs: Tensor[]) => O;

/** Options of the functions below. */
export interface FunctionalOptions {
  /** Makes the result differentiable with respect to the inputs. */
  createGraph?: boolean;
  /** Makes it an error if a result does not depend on an input, instead of a derivative of zero. */
  strict?: boolean;
}

const list = (one: Many): readonly Tensor[] => (one instanceof Tensor ? [one] : one);

function like<I extends Many>(given: I, results: readonly Tensor[]): Like<I> {
  return (given instanceof Tensor ? results[0] : [...results]) as Like<I>;
}

function leaves(op: string, inputs: Many, createGraph: boolean): Tensor[] {
  return list(inputs).map((input, i) => {
    if (!(input instanceof Tensor))
      throw new ArgumentError(
        `${op}: The inputs given to ${op} must be either a Tensor or an array of Tensors but the value at index ${i} has type ${typeof input}.`,
      );
    if (createGraph && input.requiresGrad) return input.viewAs(input);
    const leaf = input.detach();
    leaf.requiresGrad = true;
    return leaf;
  });
}

function outputsOf<O extends Many>(
  op: string,
  f: TensorFunction<O>,
  args: Tensor[],
  strict: boolean,
): [outputs: readonly Tensor[], given: O] {
  const given = f(...args);
  const outputs = list(given);
  outputs.forEach((output: unknown, i) => {
    if (!(output instanceof Tensor))
      throw new ArgumentError(
        `${op}: The outputs of the user-provided function given to ${op} must be Tensors, but output ${i} has type ${typeof output}.`,
      );
    if (strict && !output.requiresGrad)
      throw new AutogradError(
        `${op}: Output ${i} of the user-provided function does not require gradients. The outputs must be computed in a differentiable manner from the input when running in strict mode.`,
      );
  });
  return [outputs, given];
}

/** Gradients of those outputs that depend on something; zeros where nothing does. */
function gradients(
  op: string,
  outputs: readonly Tensor[],
  args: readonly Tensor[],
  seeds: readonly (Tensor | null)[],
  createGraph: boolean,
  strict: boolean,
): Tensor[] {
  const used = outputs.map((_, i) => i).filter((i) => (outputs[i] as Tensor).requiresGrad);
  const roots = used.map((i) => outputs[i] as Tensor);
  const found =
    used.length === 0
      ? args.map(() => null)
      : grad(roots, args, { gradOutputs: used.map((i) => seeds[i] ?? null), createGraph, retainGraph: true, allowUnused: true });
  return args.map((arg, i) => {
    const one = found[i] ?? null;
    if (one === null && strict)
      throw new AutogradError(
        `${op}: The outputs of the user-provided function are independent of input ${i}. This is not allowed in strict mode.`,
      );
    return one ?? arg.detach().newZeros([...arg.shape]);
  });
}

/** The vectors of a product, checked against what they are multiplied with. */
function vectors(op: string, v: Many | null | undefined, targets: readonly Tensor[], what: string): readonly Tensor[] {
  if (v === null || v === undefined) {
    const [only] = targets;
    if (targets.length !== 1 || only?.count !== 1)
      throw new ArgumentError(`${op}: The vector v can only be left out if ${what} a single Tensor with a single element.`);
    return [only.detach().newOnes([...only.shape])];
  }
  const given = list(v);
  if (given.length !== targets.length)
    throw new ArgumentError(`${op}: v is a list of invalid length: should be ${targets.length} but got ${given.length}.`);
  given.forEach((one, i) => {
    const { shape } = targets[i] as Tensor;
    if (!sameShape(one.shape, shape))
      throw new ShapeError(
        `${op}: v has invalid size${given.length > 1 ? ` (entry ${i})` : ""}: should be ${formatShape(shape)} but got ${formatShape(one.shape)}.`,
      );
  });
  return given;
}

function settle<O extends Many>(given: O, createGraph: boolean): Like<O> {
  return like(
    given,
    list(given).map((one) => (createGraph ? one : one.detach())),
  );
}

/**
 * The matrix of first derivatives: a tensor of shape `[...output, ...input]` for each output and each input.
 * @example
 * ```ts
 * torch.autograd.functional.jacobian((x) => x.exp(), torch.zeros(2)); // the identity
 * ```
 */
export function jacobian<I extends Many>(f: TensorFunction<Tensor>, inputs: I, options?: FunctionalOptions): Like<I>;
export function jacobian<I extends Many>(f: TensorFunction<readonly Tensor[]>, inputs: I, options?: FunctionalOptions): Like<I>[];
export function jacobian<I extends Many>(f: TensorFunction, inputs: I, options: FunctionalOptions = {}): Like<I> | Like<I>[] {
  const { createGraph = false, strict = false } = options;
  const args = leaves("jacobian", inputs, createGraph);
  const [outputs, given] = outputsOf("jacobian", f, args, strict);
  const matrices = outputs.map((output) => like(inputs, jacobianOf(output, args, createGraph, strict)));
  return given instanceof Tensor ? (matrices[0] as Like<I>) : matrices;
}

/** The derivatives of one output with respect to each argument. */
function jacobianOf(output: Tensor, args: readonly Tensor[], createGraph: boolean, strict: boolean): Tensor[] {
  const flat = output.reshape([-1]);
  const rows = Array.from({ length: output.count }, (_, i) =>
    gradients("jacobian", [flat.select(0, i)], args, [null], createGraph, strict),
  );
  return args.map((arg, k) => {
    const shape = [...output.shape, ...arg.shape];
    return rows.length === 0 ? arg.detach().newZeros(shape) : stack(rows.map((row) => row[k] as Tensor)).reshape(shape);
  });
}

/** The only output, which has one element, as a number. */
function single(op: string, outputs: readonly Tensor[]): Tensor {
  const [output] = outputs;
  if (outputs.length !== 1 || output === undefined || output.count !== 1) {
    throw new AutogradError(
      `${op}: The Tensor returned by the function given to ${op} should contain a single element, got ${outputs.map((one) => formatShape(one.shape)).join(" and ")}`,
    );
  }
  return output.reshape([]);
}

/** The matrix of second derivatives of a function with one number as its result: for several inputs, a row of matrices for each. */
export function hessian(f: TensorFunction<Tensor>, inputs: Tensor, options?: FunctionalOptions): Tensor;
export function hessian(f: TensorFunction<Tensor>, inputs: readonly Tensor[], options?: FunctionalOptions): Tensor[][];
export function hessian(f: TensorFunction<Tensor>, inputs: Many, options: FunctionalOptions = {}): Tensor | Tensor[][] {
  const { createGraph = false, strict = false } = options;
  const first: TensorFunction<readonly Tensor[]> = (...args) => {
    const [outputs] = outputsOf("hessian", f, args, strict);
    return gradients("hessian", [single("hessian", outputs)], args, [null], true, strict);
  };
  const rows = jacobian(first, list(inputs), { createGraph, strict });
  return inputs instanceof Tensor ? (rows[0]?.[0] as Tensor) : rows;
}

/** The result of `f` and the product of `v` with its Jacobian, `vᵀJ`. */
export function vjp<I extends Many, O extends Many>(
  f: TensorFunction<O>,
  inputs: I,
  v?: Many | null,
  options: FunctionalOptions = {},
): [outputs: Like<O>, product: Like<I>] {
  const { createGraph = false, strict = false } = options;
  const args = leaves("vjp", inputs, createGraph);
  const [outputs, given] = outputsOf("vjp", f, args, strict);
  const seeds = vectors("vjp", v, outputs, "the user-provided function returns");
  return [settle(given, createGraph), like(inputs, gradients("vjp", outputs, args, seeds, createGraph, strict))];
}

/** The result of `f` and the product of its Jacobian with `v`, `Jv`, by differentiating the backward pass. */
export function jvp<O extends Many>(
  f: TensorFunction<O>,
  inputs: Many,
  v?: Many | null,
  options: FunctionalOptions = {},
): [outputs: Like<O>, product: Like<O>] {
  const { createGraph = false, strict = false } = options;
  const args = leaves("jvp", inputs, createGraph);
  const tangents = vectors("jvp", v, args, "the input to the user-provided function is");
  const [outputs, given] = outputsOf("jvp", f, args, strict);
  // The backward pass is linear in its gradients, so that its derivative in them is Jᵀ transposed.
  const seeds = outputs.map((output) => output.detach().newZeros([...output.shape], { requiresGrad: true }));
  const pulled = gradients("jvp", outputs, args, seeds, true, strict);
  return [settle(given, createGraph), like(given, gradients("jvp", pulled, seeds, tangents, createGraph, strict))];
}

/** First derivatives of a function with one number as its result, and what is needed for products with the second ones. */
function firstOrder(
  op: string,
  f: TensorFunction<Tensor>,
  inputs: Many,
  options: FunctionalOptions,
): { args: Tensor[]; first: Tensor[]; given: Tensor; createGraph: boolean; strict: boolean } {
  const { createGraph = false, strict = false } = options;
  const args = leaves(op, inputs, createGraph);
  const [outputs, given] = outputsOf(op, f, args, strict);
  return { args, first: gradients(op, [single(op, outputs)], args, [null], true, strict), given, createGraph, strict };
}

/** The result of `f` (one number) and the product of `v` with its Hessian. */
export function vhp<I extends Many>(
  f: TensorFunction<Tensor>,
  inputs: I,
  v?: Many | null,
  options: FunctionalOptions = {},
): [output: Tensor, product: Like<I>] {
  const { args, first, given, createGraph, strict } = firstOrder("vhp", f, inputs, options);
  const seeds = vectors("vhp", v, args, "the input to the user-provided function is");
  return [settle(given, createGraph), like(inputs, gradients("vhp", first, args, seeds, createGraph, strict))];
}

/** The result of `f` (one number) and the product of its Hessian with `v`: that of `vhp`, since Hessians are symmetric. */
export const hvp: typeof vhp = vhp;
