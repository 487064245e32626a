/** Where gradients end up: in the `grad` of leaves, and of other tensors that were asked to keep theirs. */

import { currentPass, type Edge } from "../autograd/engine.js";
import { modes } from "../autograd/modes.js";
import { LEAF, Node, type RemovableHandle } from "../autograd/node.js";
import { ArgumentError, AutogradError } from "../core/errors.js";
import { formatShape, sameShape } from "../core/shape.js";
import type { Tensor } from "./tensor.js";

const NONE: readonly (Tensor | null)[] = [];

/** Adds the gradients that reach a leaf to its `grad`. */
class AccumulateGrad extends Node<Tensor> {
  readonly name = "AccumulateGrad";
  private readonly afterHooks = new Map<object, (leaf: Tensor) => void>();

  constructor(readonly variable: Tensor) {
    super(1, LEAF);
  }

  /** Runs a hook whenever a gradient has been accumulated. */
  hookAfter(hook: (leaf: Tensor) => void): RemovableHandle {
    const handle = { remove: (): void => void this.afterHooks.delete(handle) };
    this.afterHooks.set(handle, hook);
    return handle;
  }

  apply(grads: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
    const grad = grads[0];
    if (grad === null || grad === undefined) return NONE;
    const leaf = this.variable;
    if (!sameShape(grad.shape, leaf.shape)) {
      throw new AutogradError(
        `backward: a gradient of shape ${formatShape(grad.shape)} reached a leaf of shape ${formatShape(leaf.shape)}`,
      );
    }
    const before = leaf.grad;
    if (before === null) leaf.grad = this.own(grad);
    else if (modes.grad || !before.dense) leaf.grad = before.add(grad);
    else before.add_(grad);
    if (this.afterHooks.size > 0) for (const hook of [...this.afterHooks.values()]) hook(leaf);
    return NONE;
  }

  /** The gradient itself where nobody else can hold its memory, else a copy. */
  private own(grad: Tensor): Tensor {
    const pass = currentPass();
    const { storage } = grad;
    if (modes.grad || pass === 0 || storage.epoch !== -pass || !grad.dense || storage.length !== grad.count) return grad.clone();
    // From now on the memory belongs to this leaf.
    storage.epoch = 0;
    return grad;
  }
}

/** The node that accumulates a leaf's gradient. */
export function accumulatorOf(leaf: Tensor): AccumulateGrad {
  if (!(leaf.accumulator instanceof AccumulateGrad)) leaf.accumulator = new AccumulateGrad(leaf);
  return leaf.accumulator as AccumulateGrad;
}

/**
 * Notes that a gradient made in the running pass has arrived at a leaf: the storage's epoch becomes its negative. If it arrives
 * at a second leaf, neither may take the memory over.
 */
export function noteArrival(grad: Tensor): void {
  const pass = currentPass();
  const { storage } = grad;
  if (storage.epoch === pass) storage.epoch = -pass;
  else if (storage.epoch === -pass) storage.epoch = 0;
}

/** Notes that somebody outside of the engine may keep a gradient: its memory is nobody's to take over. */
export function noteExposure(grad: Tensor): void {
  grad.storage.epoch = 0;
  grad.storage.root.epoch = 0;
}

const retained = new WeakMap<Tensor, RemovableHandle>();

/** Makes a tensor that is not a leaf keep the gradient that arrives at an edge, its own; it no longer keeps any from before. */
export function keepGradient(tensor: Tensor, edge: Edge<Tensor>): void {
  retained.get(tensor)?.remove();
  const handle = edge.node.keepGradient(edge.index, (grad) => {
    noteExposure(grad);
    tensor.grad = tensor.grad === null ? grad.clone() : tensor.grad.add(grad);
  });
  retained.set(tensor, handle);
}

/**
 * Checks what a user assigns to `grad`.
 * @throws {ArgumentError} if it is not a tensor of the same shape, dtype and device.
 */
export function checkGradient(tensor: Tensor, grad: unknown): void {
  if (grad === null) return;
  if (typeof grad !== "object" || !("storage" in grad))
    throw new ArgumentError(
      `grad: assigned grad expected to be a Tensor or null but got ${grad === undefined ? "undefined" : typeof grad}`,
    );
  const given = grad as Tensor;
  if (!sameShape(given.shape, tensor.shape)) {
    throw new ArgumentError(
      `grad: attempting to assign a gradient of size ${formatShape(given.shape)} to a tensor of size ${formatShape(tensor.shape)}. Please ensure that the gradient and the tensor are the same size`,
    );
  }
  if (given.dtype !== tensor.dtype)
    throw new ArgumentError(`grad: attempting to assign a gradient with dtype ${given.dtype} to a tensor of dtype ${tensor.dtype}`);
  if (given.storage.backend !== tensor.storage.backend)
    throw new ArgumentError(`grad: attempting to assign a gradient on ${given.device} to a tensor on ${tensor.device}`);
}
