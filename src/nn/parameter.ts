/** Tensors that belong to a module: parameters, which are trained, and buffers, which are only part of its state. */

import { ArgumentError } from "../core/errors.js";
import type { Args } from "../tensor/dispatch.js";
import { isOptions } from "../tensor/schema.js";
import { Tensor } from "../tensor/tensor.js";

function flag(args: readonly unknown[], name: string, fallback: boolean, call: string): boolean {
  const first = args[0];
  const last = args[args.length - 1];
  const given = isOptions(last) && last[name] !== undefined ? last[name] : isOptions(first) ? undefined : first;
  if (given === undefined) return fallback;
  if (typeof given !== "boolean") throw new ArgumentError(`${call}: argument '${name}' must be bool, not ${typeof given}`);
  return given;
}

/**
 * A tensor that a module learns: assigned to a property of a module, it is among its `parameters()`. It shares the memory of `data`.
 * @example
 * ```ts
 * class Scale extends nn.Module {
 *   factor = new nn.Parameter(torch.ones(1));
 *   forward(x: torch.Tensor) { return x.mul(this.factor); }
 * }
 * ```
 */
export class Parameter extends Tensor {
  constructor(data: Tensor, ...args: Args<[requiresGrad: boolean], { requiresGrad?: boolean }>) {
    if (!(data instanceof Tensor)) throw new ArgumentError(`Parameter: expected a Tensor, not ${data === null ? "null" : typeof data}`);
    super(data.storage, data.shape, data.strides, data.offset, data.dtype, data.count, data.dense);
    if (flag(args, "requiresGrad", true, "Parameter")) this.requiresGrad = true;
  }

  /** PyTorch's text: `Parameter containing:` and the tensor. */
  override toString(): string {
    return `Parameter containing:\n${super.toString()}`;
  }
}

/**
 * A tensor that is state of a module but not learnt, such as a running mean: assigned to a property of a module, it is among its
 * `buffers()`, and in its state unless `persistent` is false.
 */
export class Buffer extends Tensor {
  /** Whether the buffer is part of the module's state. */
  readonly persistent: boolean;

  constructor(data: Tensor, ...args: Args<[persistent: boolean], { persistent?: boolean }>) {
    if (!(data instanceof Tensor)) throw new ArgumentError(`Buffer: expected a Tensor, not ${data === null ? "null" : typeof data}`);
    super(data.storage, data.shape, data.strides, data.offset, data.dtype, data.count, data.dense);
    this.persistent = flag(args, "persistent", true, "Buffer");
  }
}

/** What says that the shape of a tensor of a module comes with the first input. */
const pending: WeakSet<Tensor> = new WeakSet();

/** Whether a parameter or buffer still waits for its shape. */
export function isUninitialized(tensor: Tensor): boolean {
  return pending.has(tensor);
}

/** Marks a parameter or buffer, empty as yet, as one whose shape is not known. */
export function uninitialized<T extends Tensor>(tensor: T): T {
  pending.add(tensor);
  return tensor;
}

/** Gives a waiting parameter or buffer its shape; its content is undefined. */
export function materialize(tensor: Tensor, shape: readonly number[]): void {
  tensor.data = tensor.data.newEmpty(shape);
  pending.delete(tensor);
}
