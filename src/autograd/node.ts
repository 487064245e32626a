/** Nodes of the graph that is recorded in the forward pass. `T` is the type of gradients. */

// biome-ignore-all lint/suspicious/noConfusingVoidType: hooks may return nothing

import { modes } from "./modes.js";

/** Changes a gradient on its way, or only looks at it. */
export type GradientHook<T> = (grad: T) => T | undefined | void;

/** Sees the gradients that a node received and gave; may replace the latter. */
export type NodeHook<T> = (
  gradInputs: readonly (T | null)[],
  gradOutputs: readonly (T | null)[],
) => readonly (T | null)[] | undefined | void;

/** Takes a hook away again. */
export interface RemovableHandle {
  remove(): void;
}

/** The place of leaves in the order of recording: gradients reach them last. */
export const LEAF = -1;

interface GradientEntry<T> {
  readonly hook: GradientHook<T>;
  /** Whether it keeps the gradient as it finally is, after all hooks that change it. */
  readonly last: boolean;
}

let sequence = 0;

/** The number of the next node in the order of recording. */
export function nextSequence(): number {
  return sequence++;
}

/** Takes an entry out of a list, once. */
function drop<E>(entries: E[], entry: E): void {
  const at = entries.indexOf(entry);
  if (at >= 0) entries.splice(at, 1);
}

/** One recorded operation: how gradients of its outputs become gradients of its inputs. */
export abstract class Node<T> {
  /** Position in the order of recording: a node's inputs were recorded before it. */
  sequence: number;
  /** Gradients that have arrived in the running backward pass, by output. */
  inbox: (T | null)[] | null = null;
  /** The backward pass that visits the node now, or 0. */
  run = 0;
  /** Where the operation was called, if anomaly detection was on. */
  readonly trace: string | null = modes.anomaly ? (new Error().stack ?? null) : null;
  private gradientHooks: Map<number, GradientEntry<T>[]> | null = null;
  private nodeHooks: { readonly hook: NodeHook<T> }[] | null = null;

  constructor(
    /** The number of outputs of the operation. */
    readonly outputs: number,
    /** Leaves take `LEAF`, so that they come after all others. */
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
    return this.addGradientEntry(output, { hook, last: false });
  }

  /** Adds a hook that sees the gradient of one output after all hooks that may change it, also those added later. */
  keepGradient(output: number, hook: GradientHook<T>): RemovableHandle {
    return this.addGradientEntry(output, { hook, last: true });
  }

  private addGradientEntry(output: number, entry: GradientEntry<T>): RemovableHandle {
    this.gradientHooks ??= new Map();
    const entries = this.gradientHooks.get(output) ?? [];
    this.gradientHooks.set(output, entries);
    const end = entry.last ? -1 : entries.findIndex((other) => other.last);
    entries.splice(end < 0 ? entries.length : end, 0, entry);
    return { remove: () => drop(entries, entry) };
  }

  /** Adds a hook that runs after the node. */
  registerHook(hook: NodeHook<T>): RemovableHandle {
    this.nodeHooks ??= [];
    const entries = this.nodeHooks;
    const entry = { hook };
    entries.push(entry);
    return { remove: () => drop(entries, entry) };
  }

  /** Whether hooks see what the node receives and gives. */
  get hasNodeHooks(): boolean {
    return this.nodeHooks !== null && this.nodeHooks.length > 0;
  }

  /** Whether gradients may be seen by hooks on the way in. */
  get hasGradientHooks(): boolean {
    return this.gradientHooks !== null;
  }

  /** Runs the gradient hooks over what has arrived. */
  runGradientHooks(grads: (T | null)[]): void {
    if (this.gradientHooks === null) return;
    for (const [output, entries] of this.gradientHooks) {
      for (const { hook } of [...entries]) {
        const grad = grads[output];
        if (grad === null || grad === undefined) break;
        const changed = hook(grad);
        if (changed !== undefined && changed !== null) grads[output] = changed;
      }
    }
  }

  /** Runs the node's own hooks. */
  runNodeHooks(results: readonly (T | null)[], grads: readonly (T | null)[]): readonly (T | null)[] {
    if (this.nodeHooks === null) return results;
    let current = results;
    for (const { hook } of [...this.nodeHooks]) current = hook(current, grads) ?? current;
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
