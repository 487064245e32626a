/** Backward passes from tensors, and the hooks that see gradients on the way. */

import { type GradientType, runBackward } from "../autograd/engine.js";
import type { GradientHook, RemovableHandle } from "../autograd/node.js";
import { ArgumentError, AutogradError } from "../core/errors.js";
import { formatShape, sameShape } from "../core/shape.js";
import { accumulatorOf, keepGradient, noteArrival, noteExposure } from "./accumulate.js";
import { gradientEdge } from "./graph.js";
import { noteRelease, noteWaiting, reclaim } from "./reclaim.js";
import type { Tensor } from "./tensor.js";

/** What the engine does with gradients that are tensors. */
export const tensorGradients: GradientType<Tensor> = {
  add: (a, b) => a.add(b),
  arrived: noteArrival,
  exposed: noteExposure,
  held: noteWaiting,
  released: noteRelease,
  passed: reclaim,
  checkNan: (grad, node, input) => {
    if (grad.storage.backend.canBlock && grad.isnan().any().item()) {
      throw new AutogradError(`backward: Function '${node.name}' returned nan values in its ${input}th output.`);
    }
  },
};

/** The arguments of `backward`: positional in PyTorch's order, or by name. */
export type BackwardArguments =
  | [options?: BackwardNamed]
  | [gradient: Tensor | null, options?: Omit<BackwardNamed, "gradient">]
  | [gradient: Tensor | null, retainGraph: boolean | null, options?: Omit<BackwardNamed, "gradient" | "retainGraph">]
  | [gradient: Tensor | null, retainGraph: boolean | null, createGraph: boolean, inputs?: Tensor | readonly Tensor[] | null];

interface BackwardNamed {
  gradient?: Tensor | null;
  retainGraph?: boolean | null;
  createGraph?: boolean;
  inputs?: Tensor | readonly Tensor[] | null;
}

/** The gradient to start from: the given one, checked, or 1. */
export function rootGradient(op: string, root: Tensor, given: Tensor | null, position = 0): Tensor {
  if (!root.requiresGrad)
    throw new AutogradError(`${op}: element ${position} of tensors does not require grad and does not have a grad_fn`);
  if (given !== null) {
    if (!sameShape(given.shape, root.shape)) {
      throw new AutogradError(
        `${op}: Mismatch in shape: grad_output[${position}] has a shape of ${formatShape(given.shape)} and output[${position}] has a shape of ${formatShape(root.shape)}.`,
      );
    }
    if (given.dtype.isComplex && !root.dtype.isComplex)
      throw new AutogradError(`${op}: For a real output, grad_output[${position}] must be real, got ${given.dtype}`);
    return given.dtype === root.dtype ? given : given.to(root.dtype);
  }
  if (root.count !== 1)
    throw new AutogradError(
      `${op}: grad can be implicitly created only for scalar outputs, not for one of shape ${formatShape(root.shape)}; give the gradient as an argument`,
    );
  if (root.dtype.isComplex)
    throw new AutogradError(`${op}: grad can be implicitly created only for real scalar outputs but got ${root.dtype}`);
  return root.data.clone().fill_(1);
}

const NOTHING_NAMED: BackwardNamed = {};

const positions = ["gradient", "retainGraph", "createGraph", "inputs"] as const;

function namedArguments(args: BackwardArguments): BackwardNamed {
  const named: BackwardNamed = {};
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    const isOptions = arg !== null && typeof arg === "object" && !("storage" in arg) && !Array.isArray(arg);
    if (isOptions) {
      const unknown = Object.keys(arg).find((name) => !(positions as readonly string[]).includes(name));
      if (unknown !== undefined)
        throw new ArgumentError(`backward() got an unexpected keyword argument '${unknown}'; it takes ${positions.join(", ")}`);
    }
    Object.assign(named, isOptions ? arg : { [positions[i] as string]: arg });
  }
  return named;
}

/** Runs a backward pass that adds to the `grad` of leaves: of all, or of the given tensors only, which need not be leaves then. */
export function accumulateFrom(
  op: string,
  roots: readonly Tensor[],
  gradients: readonly Tensor[],
  options: Omit<BackwardNamed, "gradient">,
): void {
  const createGraph = options.createGraph ?? false;
  const retainGraph = options.retainGraph ?? createGraph;
  const edges = roots.map(gradientEdge);
  const { inputs } = options;
  if (inputs === undefined || inputs === null) {
    runBackward(edges, gradients, tensorGradients, { retainGraph, createGraph, capture: null });
    return;
  }
  const targets: readonly Tensor[] = Array.isArray(inputs) ? inputs : [inputs as Tensor];
  if (targets.length === 0) throw new ArgumentError(`${op}: 'inputs' argument to backward() cannot be empty.`);
  targets.forEach((input, i) => {
    if (!input.requiresGrad) throw new AutogradError(`${op}: One of the differentiated Tensors (input ${i}) does not require grad`);
  });
  const captured = runBackward(edges, gradients, tensorGradients, {
    retainGraph,
    createGraph,
    capture: targets.map(gradientEdge),
    accumulate: true,
  });
  targets.forEach((input, i) => {
    const grad = captured[i] ?? null;
    if (grad !== null && !input.isLeaf && !input.retainsGrad) input.grad = input.grad === null ? grad.clone() : input.grad.add(grad);
  });
}

/** See `Tensor.backward`. */
export function backward(root: Tensor, args: BackwardArguments): void {
  const named = args.length === 0 ? NOTHING_NAMED : namedArguments(args);
  accumulateFrom("backward", [root], [rootGradient("backward", root, named.gradient ?? null)], named);
}

/** Checks what a hook returns to replace a gradient. */
function checkReplacement(given: unknown, grad: Tensor): void {
  if (given === null || given === undefined) return;
  if (typeof given !== "object" || !("storage" in given))
    throw new AutogradError(`registerHook: expected a Tensor, but the hook returned ${typeof given}`);
  const { shape } = given as Tensor;
  if (!sameShape(shape, grad.shape))
    throw new AutogradError(
      `registerHook: the hook has changed the size of value: from ${formatShape(grad.shape)} to ${formatShape(shape)}`,
    );
}

/** See `Tensor.registerHook`. */
export function registerHook(tensor: Tensor, hook: GradientHook<Tensor>): RemovableHandle {
  if (!tensor.requiresGrad) throw new AutogradError("registerHook: cannot register a hook on a tensor that doesn't require gradient");
  const { node, index } = gradientEdge(tensor);
  return node.hookGradient(index, (grad) => {
    noteExposure(grad);
    const changed = hook(grad);
    checkReplacement(changed, grad);
    return changed;
  });
}

/** See `Tensor.retainGrad`. */
export function retainGrad(tensor: Tensor): void {
  if (!tensor.requiresGrad) throw new AutogradError("retainGrad: can't retain_grad on Tensor that has requires_grad=False");
  if (tensor.isLeaf || tensor.retainsGrad) return;
  tensor.retainsGrad = true;
  keepGradient(tensor, gradientEdge(tensor));
}

/** See `Tensor.registerPostAccumulateGradHook`. */
export function hookAccumulated(tensor: Tensor, hook: (leaf: Tensor) => void): RemovableHandle {
  const op = "registerPostAccumulateGradHook";
  if (!tensor.requiresGrad) throw new AutogradError(`${op}: cannot register a hook on a tensor that doesn't require gradient`);
  if (!tensor.isLeaf) throw new AutogradError(`${op}: post accumulate grad hooks cannot be registered on non-leaf tensors`);
  return accumulatorOf(tensor).hookAfter(hook);
}
