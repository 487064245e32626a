/** A tensor's place in the recorded graph: the edge along which its gradient flows, views, and in-place changes. */

import type { Edge } from "../autograd/engine.js";
import { modes } from "../autograd/modes.js";
import { Node } from "../autograd/node.js";
import { AutogradError, DTypeError } from "../core/errors.js";
import { isContiguous, type Layout } from "../core/shape.js";
import { accumulatorOf, keepGradient } from "./accumulate.js";
import type { Tensor, ViewOf } from "./tensor.js";

/** Where gradients of a tensor flow, or null if it wants none. */
export function edgeOf(tensor: Tensor): Node<Tensor> | null {
  const producer = tensor.viewOf === null ? tensor.producer : tensor.gradFn;
  if (producer !== null) return producer;
  return tensor.wantsGrad ? accumulatorOf(tensor) : null;
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
    throw new AutogradError(
      "requiresGrad: you can only change requires_grad flags of leaf variables; use `detach()` to get one that does not require grad",
    );
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
  for (
    let node: Node<Tensor> | null = last;
    node !== null && node !== source && node.outputs > 0 && node.sequence >= 0;
    node = node.next[0] ?? null
  ) {
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
      throw new AutogradError(
        `${op}: unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation.`,
      );
    }
  }
  checkHistory(op, tensor, others);
}

/** The part of `checkInPlace` that concerns the recorded graph. */
export function checkHistory(op: string, tensor: Tensor, others: readonly unknown[] = []): void {
  if (!modes.grad) return;
  if (tensor.wantsGrad)
    throw new AutogradError(
      `${op}: a leaf Variable that requires grad is being used in an in-place operation. Wrap it in torch.noGrad(() => …) if that is meant.`,
    );
  const view = tensor.viewOf;
  if (view === null) return;
  if (view.origin !== null && (view.base.requiresGrad || others.some(isRecorded)))
    throw new AutogradError(originMessage(op, tensor, view, "is being"));
  if (view.base.wantsGrad)
    throw new AutogradError(
      `${op}: a view of a leaf Variable that requires grad is being used in an in-place operation. Wrap it in torch.noGrad(() => …) if that is meant.`,
    );
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
    retainAgain(tensor);
    return;
  }
  const base = view.base;
  if (producer !== null || base.requiresGrad) {
    base.producer = new CopySlices(base, producer, index, tensor, view.replay);
    base.outputIndex = 0;
    retainAgain(base);
  }
  // The view itself is the value just written.
  view.version = -1;
  retainAgain(tensor);
}

/** A tensor that keeps its gradient keeps that of its newest value. */
function retainAgain(tensor: Tensor): void {
  if (tensor.retainsGrad && tensor.requiresGrad) keepGradient(tensor, gradientEdge(tensor));
}
