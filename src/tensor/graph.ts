/** A tensor's place in the recorded graph: leaves and their gradients, views, and in-place changes. */

import { currentPass, type Edge, type GradientType, runBackward } from "../autograd/engine.js";
import { modes } from "../autograd/modes.js";
import { type GradientHook, Node, type RemovableHandle } from "../autograd/node.js";
import { AutogradError, DTypeError } from "../core/errors.js";
import { formatShape, sameShape } from "../core/shape.js";
import type { Tensor, ViewOf } from "./tensor.js";

/** Adds the gradients that reach a leaf to its `grad`. */
class AccumulateGrad extends Node<Tensor> {
  readonly name = "AccumulateGrad";
  private readonly afterHooks: ((leaf: Tensor) => void)[] = [];

  constructor(readonly variable: Tensor) {
    super(1, -1);
  }

  /** Runs a hook whenever a gradient has been accumulated. */
  hookAfter(hook: (leaf: Tensor) => void): { remove(): void } {
    this.afterHooks.push(hook);
    return { remove: () => void this.afterHooks.splice(this.afterHooks.indexOf(hook) >>> 0, 1) };
  }

  apply(grads: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
    const grad = grads[0];
    if (grad === null || grad === undefined) return [];
    const leaf = this.variable;
    if (!sameShape(grad.shape, leaf.shape)) {
      throw new AutogradError(`backward: a gradient of shape ${formatShape(grad.shape)} reached a leaf of shape ${formatShape(leaf.shape)}`);
    }
    if (leaf.grad === null) leaf.grad = this.own(grad);
    else if (modes.grad || !leaf.grad.dense) leaf.grad = leaf.grad.add(grad);
    else leaf.grad.add_(grad);
    for (const hook of this.afterHooks) hook(leaf);
    return [];
  }

  /** The gradient itself where nobody else can hold its memory, else a copy. */
  private own(grad: Tensor): Tensor {
    if (modes.grad) return grad;
    const storage = grad.storage;
    const fresh = storage.epoch !== 0 && storage.epoch === currentPass() && grad.dense && storage.length === grad.count && !this.hasGradientHooks;
    if (!fresh) return grad.clone();
    // From now on the memory belongs to this leaf.
    storage.epoch = 0;
    return grad;
  }
}

/** Where gradients of a tensor flow, or null if it wants none. */
export function edgeOf(tensor: Tensor): Node<Tensor> | null {
  const producer = tensor.viewOf === null ? tensor.producer : tensor.gradFn;
  if (producer !== null) return producer;
  return tensor.wantsGrad ? accumulatorOf(tensor) : null;
}

/** The node that accumulates a leaf's gradient. */
export function accumulatorOf(leaf: Tensor): AccumulateGrad {
  if (!(leaf.accumulator instanceof AccumulateGrad)) leaf.accumulator = new AccumulateGrad(leaf);
  return leaf.accumulator as AccumulateGrad;
}

/** The edge for a tensor that requires grad. */
export function gradientEdge(tensor: Tensor): Edge<Tensor> {
  const node = edgeOf(tensor);
  if (node === null) throw new AutogradError("element 0 of tensors does not require grad and does not have a grad_fn");
  return { node, index: node === tensor.producer ? tensor.outputIndex : 0 };
}

/** Connects input number `node.next.length` of a node to the graph. */
export function connect(node: Node<Tensor>, input: Tensor): void {
  const source = edgeOf(input);
  node.next.push(source);
  node.nextIndex.push(source !== null && source === input.producer ? input.outputIndex : 0);
}

/** Switches a leaf's wish for a gradient. */
export function setRequiresGrad(tensor: Tensor, value: boolean): void {
  if (value === tensor.requiresGrad) return;
  if (!tensor.isLeaf) {
    throw new AutogradError("requiresGrad: you can only change requires_grad flags of leaf variables; use `detach()` to get one that does not require grad");
  }
  if (value && !tensor.dtype.isFloatingPoint && !tensor.dtype.isComplex) {
    throw new DTypeError(`requiresGrad: Only Tensors of floating point and complex dtype can require gradients, not ${tensor.dtype}`);
  }
  tensor.wantsGrad = value;
}

/** See `Tensor.data`: gives a tensor the memory, shape and dtype of another one. */
export function setData(tensor: Tensor, value: Tensor): void {
  const { storage, shape, strides, offset, dtype, count, dense } = value;
  if (tensor.requiresGrad && !dtype.isFloatingPoint && !dtype.isComplex) {
    throw new DTypeError(`data: data set to a tensor that requires gradients must be floating point or complex dtype, not ${dtype}`);
  }
  Object.assign(tensor, { storage, shape, strides, offset, dtype, count, dense });
}

/** Brings the `gradFn` of a view up to date after its memory was changed through another tensor. */
export function refreshView(view: Tensor, info: ViewOf): void {
  info.version = view.storage.version;
  const base = info.base;
  if (!base.requiresGrad || view.wantsGrad) return;
  const before = { grad: modes.grad };
  modes.grad = true;
  try {
    const again = base.asStrided(view.shape, view.strides, view.offset);
    view.producer = again.producer;
    view.outputIndex = again.outputIndex;
  } finally {
    modes.grad = before.grad;
  }
}

/** The gradient of writing a view's new value into its base. */
class CopySlices extends Node<Tensor> {
  readonly name = "CopySlices";

  constructor(
    base: Tensor,
    value: Node<Tensor> | null,
    valueIndex: number,
    private readonly view: { readonly shape: readonly number[]; readonly strides: readonly number[]; readonly offset: number },
  ) {
    super(1);
    connect(this, base);
    this.next.push(value);
    this.nextIndex.push(valueIndex);
  }

  apply(grads: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
    const grad = grads[0] as Tensor;
    const { shape, strides, offset } = this.view;
    const whole = grad.contiguous();
    const slice = whole.asStrided(shape, strides, offset);
    return [whole.asStridedScatter(slice.mul(0), shape, strides, offset), slice];
  }
}

/**
 * Checks that a tensor may be written in place now.
 * @throws {AutogradError} for a leaf that requires grad, or a view of one, while operations are recorded.
 */
export function checkInPlace(op: string, tensor: Tensor): void {
  for (let d = 0; d < tensor.strides.length; d++) {
    if (tensor.strides[d] === 0 && (tensor.shape[d] as number) > 1) {
      throw new AutogradError(`${op}: unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation.`);
    }
  }
  if (!modes.grad) return;
  if (tensor.wantsGrad) throw new AutogradError(`${op}: a leaf Variable that requires grad is being used in an in-place operation. Wrap it in torch.noGrad(() => …) if that is meant.`);
  const base = tensor.viewOf?.base;
  if (base?.wantsGrad) throw new AutogradError(`${op}: a view of a leaf Variable that requires grad is being used in an in-place operation. Wrap it in torch.noGrad(() => …) if that is meant.`);
}

/**
 * Gives a tensor that was written in place its new history: its value is now output `index` of `producer`
 * (null: it no longer depends on anything recorded). The memory has been written already.
 */
export function rebase(tensor: Tensor, producer: Node<Tensor> | null, index: number): void {
  tensor.storage.version++;
  const view = tensor.viewOf;
  if (!modes.grad) {
    if (view !== null && view.version === tensor.storage.version - 1) view.version = tensor.storage.version;
    return;
  }
  if (view === null) {
    tensor.producer = producer;
    tensor.outputIndex = index;
    return;
  }
  const base = view.base;
  if (producer !== null || base.requiresGrad) {
    base.producer = new CopySlices(base, producer, index, { shape: tensor.shape, strides: tensor.strides, offset: tensor.offset - base.offset });
    base.outputIndex = 0;
  }
  // The view itself is the value just written.
  view.version = -1;
}

/** What the engine does with gradients that are tensors. */
export const tensorGradients: GradientType<Tensor> = {
  add: (a, b) => a.add(b),
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
  | [gradient: Tensor | null, retainGraph: boolean, options?: Omit<BackwardNamed, "gradient" | "retainGraph">]
  | [gradient: Tensor | null, retainGraph: boolean, createGraph: boolean, inputs?: readonly Tensor[]];

interface BackwardNamed {
  gradient?: Tensor | null;
  retainGraph?: boolean;
  createGraph?: boolean;
  inputs?: readonly Tensor[];
}

/** The gradient to start from: the given one, checked, or 1. */
export function rootGradient(op: string, root: Tensor, given: Tensor | null): Tensor {
  if (!root.requiresGrad) throw new AutogradError(`${op}: element 0 of tensors does not require grad and does not have a grad_fn`);
  if (given !== null) {
    if (!sameShape(given.shape, root.shape)) {
      throw new AutogradError(`${op}: Mismatch in shape: grad_output has a shape of ${formatShape(given.shape)} and output has a shape of ${formatShape(root.shape)}.`);
    }
    return given;
  }
  if (root.count !== 1) throw new AutogradError(`${op}: grad can be implicitly created only for scalar outputs, not for one of shape ${formatShape(root.shape)}; give the gradient as an argument`);
  if (root.dtype.isComplex) throw new AutogradError(`${op}: grad can be implicitly created only for real scalar outputs but got ${root.dtype}`);
  return root.detach().clone().fill_(1);
}

/** See `Tensor.backward`. */
export function backward(root: Tensor, args: BackwardArguments): void {
  const named: BackwardNamed = {};
  const positions = ["gradient", "retainGraph", "createGraph", "inputs"] as const;
  args.forEach((arg, i) => {
    const isTensorLike = arg !== null && typeof arg === "object" && "storage" in arg;
    if (arg !== null && typeof arg === "object" && !isTensorLike && !Array.isArray(arg)) Object.assign(named, arg);
    else Object.assign(named, { [positions[i] as string]: arg });
  });
  const gradient = rootGradient("backward", root, named.gradient ?? null);
  const createGraph = named.createGraph ?? false;
  const options = { retainGraph: named.retainGraph ?? createGraph, createGraph };
  if (named.inputs === undefined) {
    runBackward([gradientEdge(root)], [gradient], tensorGradients, { ...options, capture: null });
    return;
  }
  const captured = runBackward([gradientEdge(root)], [gradient], tensorGradients, { ...options, capture: named.inputs.map(gradientEdge) });
  named.inputs.forEach((input, i) => {
    const grad = captured[i];
    if (grad === null || grad === undefined) return;
    input.grad = input.grad === null ? grad : input.grad.add(grad);
  });
}

/** See `Tensor.registerHook`. */
export function registerHook(tensor: Tensor, hook: GradientHook<Tensor>): RemovableHandle {
  if (!tensor.requiresGrad) throw new AutogradError("registerHook: cannot register a hook on a tensor that doesn't require gradient");
  const { node, index } = gradientEdge(tensor);
  return node.hookGradient(index, (grad) => {
    // Whoever sees a gradient may keep it, so its memory is no longer the engine's.
    grad.storage.epoch = 0;
    return hook(grad);
  });
}

/** See `Tensor.retainGrad`. */
export function retainGrad(tensor: Tensor): void {
  if (!tensor.requiresGrad) throw new AutogradError("retainGrad: can't retain_grad on Tensor that has requires_grad=False");
  if (tensor.isLeaf || tensor.retainsGrad) return;
  tensor.retainsGrad = true;
  registerHook(tensor, (grad) => {
    tensor.grad = tensor.grad === null ? grad : tensor.grad.add(grad);
  });
}

/** See `Tensor.registerPostAccumulateGradHook`. */
export function hookAccumulated(tensor: Tensor, hook: (leaf: Tensor) => void): RemovableHandle {
  if (!tensor.isLeaf || !tensor.wantsGrad) throw new AutogradError("registerPostAccumulateGradHook: post accumulate grad hooks cannot be registered on non-leaf tensors");
  return accumulatorOf(tensor).hookAfter(hook);
}
