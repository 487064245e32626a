/** Nodes of the graph that is recorded in the forward pass. `T` is the type of gradients. */

import { modes } from "./modes.js";

/** Changes a gradient on its way, or only looks at it. */
export type GradientHook<T> = (grad: T) => T | undefined | void;

/** Sees the gradients that a node received and gave; may replace the latter. */
export type NodeHook<T> = (gradInputs: readonly (T | null)[], gradOutputs: readonly (T | null)[]) => readonly (T | null)[] | undefined | void;

/** Takes a hook away again. */
export interface RemovableHandle {
  remove(): void;
}

let sequence = 0;

/** The number of the next node in the order of recording. */
export function nextSequence(): number {
  return sequence++;
}

/** One recorded operation: how gradients of its outputs become gradients of its inputs. */
export abstract class Node<T> {
  /** Position in the order of recording: a node's inputs were recorded before it. */
  readonly sequence: number;
  /** Gradients that have arrived in the running backward pass, by output. */
  inbox: (T | null)[] | null = null;
  /** The backward pass that visits the node now, or 0. */
  run = 0;
  /** Where the operation was called, if anomaly detection was on. */
  readonly trace: string | null = modes.anomaly ? (new Error().stack ?? null) : null;
  private gradientHooks: Map<number, GradientHook<T>[]> | null = null;
  private nodeHooks: NodeHook<T>[] | null = null;

  constructor(
    /** The number of outputs of the operation. */
    readonly outputs: number,
    /** Nodes that end paths take -1, so that they run after all others. */
    order: number = sequence++,
    /** For each input, the node that made it; null where no gradient is wanted. */
    readonly next: (Node<T> | null)[] = [],
    /** For each input, which output of that node it was. */
    readonly nextIndex: number[] = [],
  ) {
    this.sequence = order;
  }

  /** The name in PyTorch's manner, such as `AddmmBackward0`. */
  abstract readonly name: string;

  /** Gradients of the inputs from those of the outputs, in the order of `next`. */
  abstract apply(grads: readonly (T | null)[]): readonly (T | null)[];

  /** Gives up what was saved for `apply`. */
  release(): void {}

  /** Adds a hook for the gradient of one output. */
  hookGradient(output: number, hook: GradientHook<T>): RemovableHandle {
    this.gradientHooks ??= new Map();
    const hooks = this.gradientHooks.get(output) ?? [];
    this.gradientHooks.set(output, hooks);
    hooks.push(hook);
    return { remove: () => void hooks.splice(hooks.indexOf(hook) >>> 0, 1) };
  }

  /** Adds a hook that runs after the node. */
  registerHook(hook: NodeHook<T>): RemovableHandle {
    this.nodeHooks ??= [];
    const hooks = this.nodeHooks;
    hooks.push(hook);
    return { remove: () => void hooks.splice(hooks.indexOf(hook) >>> 0, 1) };
  }

  /** Whether gradients may be seen by hooks on the way in. */
  get hasGradientHooks(): boolean {
    return this.gradientHooks !== null;
  }

  /** Runs the gradient hooks over what has arrived. */
  runGradientHooks(grads: (T | null)[]): void {
    if (this.gradientHooks === null) return;
    for (const [output, hooks] of this.gradientHooks) {
      for (const hook of [...hooks]) {
        const grad = grads[output];
        if (grad === null || grad === undefined) break;
        const changed = hook(grad);
        if (changed !== undefined) grads[output] = changed;
      }
    }
  }

  /** Runs the node's own hooks. */
  runNodeHooks(results: readonly (T | null)[], grads: readonly (T | null)[]): readonly (T | null)[] {
    if (this.nodeHooks === null) return results;
    let current = results;
    for (const hook of [...this.nodeHooks]) current = hook(current, grads) ?? current;
    return current;
  }

  /** The nodes that made the inputs, with the number of the output, as PyTorch's `next_functions`. */
  get nextFunctions(): readonly (readonly [Node<T> | null, number])[] {
    return this.next.map((node, i) => [node, this.nextIndex[i] ?? 0] as const);
  }

  /** `<AddmmBackward0>` */
  toString(): string {
    return `<${this.name}>`;
  }
}
