/** A tensor's place in the recorded graph: leaves and their gradients, views, and in-place changes. */

import { currentPass, type Edge, type GradientType, runBackward } from "../autograd/engine.js";
import { modes } from "../autograd/modes.js";
import { type GradientHook, Node, type RemovableHandle } from "../autograd/node.js";
import { AutogradError, DTypeError } from "../core/errors.js";
import { formatShape, isContiguous, type Layout, sameShape } from "../core/shape.js";
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
  const { base } = info;
  if (base.requiresGrad && !view.wantsGrad) {
    if (info.origin !== null) throw new AutogradError(originMessage("gradFn", view, info, "its base or another view of its base has been"));
    const before = modes.grad;
    modes.grad = true;
    try {
      const again = viewAgain(base, view, info);
      if (again.producer !== null) placeBehind(base.producer, again.producer);
      view.producer = again.producer;
      view.outputIndex = again.outputIndex;
    } finally {
      modes.grad = before;
    }
  }
  info.version = view.storage.version;
}

/** What a view shows of its base, shown of another tensor in the same layout. */
function viewAgain(whole: Tensor, view: Layout, { base, replay }: Pick<ViewOf, "replay"> & { readonly base: Layout }): Tensor {
  return replay === null ? whole.asStrided(view.shape, view.strides, whole.offset + view.offset - base.offset) : replay(whole);
}

/**
 * Gives nodes that are made late, perhaps while their first user is, the place in the order of recording where they belong:
 * right behind the node that wrote the base. They form a chain from `last` back to that node.
 */
function placeBehind(source: Node<Tensor> | null, last: Node<Tensor>): void {
  const start = source?.sequence ?? -1;
  let place = start + 1;
  for (let node: Node<Tensor> | null = last; node !== null && node !== source && node.outputs > 0 && node.sequence >= 0; node = node.next[0] ?? null) {
    place = (start + place) / 2;
    node.sequence = place;
  }
}

/** Why a view must not be written in place, in PyTorch's words. */
function originMessage(op: string, view: Tensor, info: ViewOf, what: string): string {
  const { producer } = view;
  const head =
    producer === null
      ? `${op}: A view was created in no_grad mode and ${what} modified inplace with grad mode enabled.`
      : `${op}: Output ${view.outputIndex} of ${producer.name.replace(/Backward0?/, "")} is a view and ${what} modified inplace.`;
  const tail =
    info.origin === "several"
      ? "This view is the output of a function that returns multiple views. Such functions do not allow the output views to be modified inplace. You should replace the inplace operation by an out-of-place one."
      : "Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace either both inside the noGrad block (if you don't want the inplace to be tracked) or both outside (if you want the inplace to be tracked).";
  return `${head} ${tail}`;
}

/** The gradient of writing a view's new value into its base. */
class CopySlices extends Node<Tensor> {
  readonly name = "CopySlices";
  readonly base: Layout;
  readonly view: Layout;

  constructor(
    base: Tensor,
    value: Node<Tensor> | null,
    valueIndex: number,
    view: Tensor,
    readonly replay: ViewOf["replay"],
  ) {
    super(1);
    connect(this, base);
    this.base = layoutOf(base);
    this.view = layoutOf(view);
    this.next.push(value);
    this.nextIndex.push(valueIndex);
  }

  apply(grads: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
    const whole = copyInLayout(grads[0] as Tensor, this.base);
    const slice = viewAgain(whole, this.view, this).clone();
    viewAgain(whole, this.view, this).zero_();
    return [whole, slice];
  }
}

const layoutOf = ({ shape, strides, offset }: Layout): Layout => ({ shape, strides, offset });

/** A copy of a tensor with the strides of a layout. */
function copyInLayout(tensor: Tensor, { shape, strides }: Layout): Tensor {
  if (isContiguous(shape, strides)) return tensor.clone();
  const length = tensor.count === 0 ? 0 : shape.reduce((at, n, d) => at + (n - 1) * (strides[d] as number), 1);
  return tensor.newZeros([length]).asStridedScatter(tensor, shape, strides, 0).asStrided(shape, strides, 0);
}

/**
 * Checks that a tensor may be written in place now, with values made of `others`.
 * @throws {AutogradError} for a tensor that shows a place twice, and while operations are recorded for a leaf that requires grad,
 *   a view of one, one of several views, or a view made without recording.
 */
export function checkInPlace(op: string, tensor: Tensor, others: readonly unknown[] = []): void {
  for (let d = 0; d < tensor.strides.length; d++) {
    if (tensor.strides[d] === 0 && (tensor.shape[d] as number) > 1) {
      throw new AutogradError(`${op}: unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation.`);
    }
  }
  checkHistory(op, tensor, others);
}

/** The part of `checkInPlace` that concerns the recorded graph. */
export function checkHistory(op: string, tensor: Tensor, others: readonly unknown[] = []): void {
  if (!modes.grad) return;
  if (tensor.wantsGrad) throw new AutogradError(`${op}: a leaf Variable that requires grad is being used in an in-place operation. Wrap it in torch.noGrad(() => …) if that is meant.`);
  const view = tensor.viewOf;
  if (view === null) return;
  if (view.origin !== null && (view.base.requiresGrad || others.some(isRecorded))) throw new AutogradError(originMessage(op, tensor, view, "is being"));
  if (view.base.wantsGrad) throw new AutogradError(`${op}: a view of a leaf Variable that requires grad is being used in an in-place operation. Wrap it in torch.noGrad(() => …) if that is meant.`);
}

/** Whether an argument is a tensor that requires grad. */
function isRecorded(value: unknown): boolean {
  return typeof value === "object" && value !== null && "requiresGrad" in value && value.requiresGrad === true;
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
    base.producer = new CopySlices(base, producer, index, tensor, view.replay);
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

const positions = ["gradient", "retainGraph", "createGraph", "inputs"] as const;

function namedArguments(args: BackwardArguments): BackwardNamed {
  const named: BackwardNamed = {};
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    const isOptions = arg !== null && typeof arg === "object" && !("storage" in arg) && !Array.isArray(arg);
    Object.assign(named, isOptions ? arg : { [positions[i] as string]: arg });
  }
  return named;
}

/** See `Tensor.backward`. */
export function backward(root: Tensor, args: BackwardArguments): void {
  const named = namedArguments(args);
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
