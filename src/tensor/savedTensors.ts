/** What users may do to the tensors that nodes keep for the backward pass: pack them when they are saved, unpack them when they are read. */

import type { ModeGuard } from "../autograd/modes.js";
import { noGrad } from "../autograd/modes.js";
import type { Node } from "../autograd/node.js";
import { Scoped } from "../autograd/scope.js";
import { AutogradError } from "../core/errors.js";
import { accumulatorOf, noteExposure } from "./accumulate.js";
import { Tensor } from "./tensor.js";

/** A pair of hooks; what `pack` returns is kept in place of the tensor, and `unpack` makes a tensor of it again. */
export interface SavedTensorHooks {
  pack(tensor: Tensor): unknown;
  unpack(packed: unknown): Tensor;
}

/** The hooks of the innermost scope. */
export const savedHooks: Scoped<SavedTensorHooks | null> = new Scoped<SavedTensorHooks | null>(null);

const disabled = new Scoped<string | null>(null);

/** Runs a callback, or a `using` block, with hooks. */
export function withSavedHooks<R>(hooks: SavedTensorHooks, callback: (() => R) | undefined): R | ModeGuard {
  if (disabled.current !== null) throw new AutogradError(`savedTensorsHooks: ${disabled.current}`);
  return callback === undefined ? savedHooks.enter(hooks) : savedHooks.within(hooks, callback);
}

/** Runs a callback, or a `using` block, in which hooks are an error with a message. */
export function withoutSavedHooks<R>(message: string, callback: (() => R) | undefined): R | ModeGuard {
  if (savedHooks.current !== null) throw new AutogradError(`disableSavedTensorsHooks: ${message}`);
  return callback === undefined ? disabled.enter(message) : disabled.within(message, callback);
}

/** What stands for a tensor that was packed, and its place in the graph. */
export class PackedTensor {
  private readonly packed: unknown;
  private readonly producer: Node<Tensor> | null;
  private readonly outputIndex: number;
  private readonly accumulator: Node<Tensor> | null;

  constructor(
    tensor: Tensor,
    private readonly hooks: SavedTensorHooks,
  ) {
    this.producer = tensor.gradFn;
    this.outputIndex = tensor.outputIndex;
    this.accumulator = this.producer === null && tensor.wantsGrad ? accumulatorOf(tensor) : null;
    const { version } = tensor.storage;
    this.packed = noGrad(() => hooks.pack(tensor.data));
    if (tensor.storage.version !== version) {
      throw new AutogradError(
        "savedTensorsHooks: A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook can not be modified by in-place operations as this can lead to unexpected side-effects.",
      );
    }
  }

  /** The tensor, connected to the graph as the saved one was; a result is that of its node, whose construction was not finished then. */
  unpack(producer: Node<Tensor> | null = this.producer, outputIndex: number = this.outputIndex): Tensor {
    const made: unknown = this.hooks.unpack(this.packed);
    if (!(made instanceof Tensor))
      throw new AutogradError(`savedTensorsHooks: the unpack hook must return a Tensor, not ${made === null ? "null" : typeof made}`);
    noteExposure(made);
    const tensor = made.data;
    tensor.producer = producer;
    tensor.outputIndex = outputIndex;
    if (this.accumulator !== null) {
      tensor.wantsGrad = true;
      tensor.accumulator = this.accumulator;
    }
    return tensor;
  }
}

/** Values with the tensors among them packed, also those in lists. */
export function packAll<V>(values: readonly V[], hooks: SavedTensorHooks): (V | PackedTensor | (V | PackedTensor)[])[] {
  return values.map((value) =>
    value instanceof Tensor
      ? new PackedTensor(value, hooks)
      : Array.isArray(value)
        ? (packAll(value, hooks) as (V | PackedTensor)[])
        : value,
  );
}

/** What `packAll` packed. */
export function unpackAll(values: readonly unknown[]): unknown[] {
  return values.map((value) => (value instanceof PackedTensor ? value.unpack() : Array.isArray(value) ? unpackAll(value) : value));
}
