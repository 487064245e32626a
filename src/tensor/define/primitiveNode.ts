/** Recorded primitive operations: their arguments and results, and the rules that gradients go through. */

import { modes } from "../../autograd/modes.js";
import { Node, nextSequence } from "../../autograd/node.js";
import { tensorOver } from "../create.js";
import { edgeOf } from "../graph.js";
import { reclaimSaved } from "../reclaim.js";
import { PackedTensor, packAll, type SavedTensorHooks, savedHooks, unpackAll } from "../savedTensors.js";
import type { Schema } from "../schema.js";
import { Tensor } from "../tensor.js";
import { fit } from "./fit.js";
import { checkVersion, freedError } from "./saved.js";

/** A gradient rule, whatever the signature. */
export type AnyRule = (grad: Tensor, saved: object) => Tensor | null | readonly (Tensor | null)[];

type Gradients = readonly (Tensor | null)[];

/** Makes the object through which rules read what a node saved. */
type SavedView = (node: PrimitiveNode, grads: Gradients) => object;

/** Whether some argument with a rule requires grad. */
export function wantsGradient(args: readonly unknown[], rules: readonly (AnyRule | null)[]): boolean {
  for (let i = 0; i < args.length; i++) {
    if (rules[i] === null) continue;
    const arg = args[i];
    if (
      arg instanceof Tensor ? arg.requiresGrad : Array.isArray(arg) && arg.some((one: unknown) => one instanceof Tensor && one.requiresGrad)
    )
      return true;
  }
  return false;
}

/** The number of tensors among arguments that have a rule, those in lists one by one. */
function countInputs(args: readonly unknown[], rules: readonly (AnyRule | null)[]): number {
  let count = 0;
  for (let i = 0; i < args.length; i++) {
    if (rules[i] === null) continue;
    const arg = args[i];
    if (arg instanceof Tensor) count++;
    else if (Array.isArray(arg)) for (const one of arg as unknown[]) if (one instanceof Tensor) count++;
  }
  return count;
}

/** Versions of tensors; null while all are 0, as they are for tensors that nobody writes in place. */
function versionsOf(args: readonly unknown[]): (number | readonly number[])[] | null {
  let versions: (number | readonly number[])[] | null = null;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    const version =
      arg instanceof Tensor
        ? arg.storage.version
        : Array.isArray(arg)
          ? arg.map((one: unknown) => (one instanceof Tensor ? one.storage.version : 0))
          : 0;
    if (version === 0) continue;
    versions ??= new Array<number>(args.length).fill(0);
    versions[i] = version;
  }
  return versions;
}

/** A tensor's shape and dtype on its device, for rules that read no more; other arguments as they are. */
function withoutValues(arg: unknown): unknown {
  if (Array.isArray(arg)) return arg.map(withoutValues);
  if (!(arg instanceof Tensor)) return arg;
  return tensorOver(arg.storage.backend.allocate(arg.dtype, 0), arg.shape, arg.strides, 0, arg.dtype);
}

/** A recorded primitive operation. */
export class PrimitiveNode extends Node<Tensor> {
  private args: readonly unknown[] | null;
  private outs: readonly Tensor[] | null;
  private inputVersions: (number | readonly number[])[] | null;
  private outVersions: (number | readonly number[])[] | null;
  /** Arguments and results as hooks packed them; `args` and `outs` are there while the node is applied then. */
  private packed: { readonly args: readonly unknown[]; readonly outs: readonly PackedTensor[] } | null = null;

  constructor(
    readonly name: string,
    private readonly rules: readonly (AnyRule | null)[],
    args: readonly unknown[],
    outs: readonly Tensor[],
    private readonly view: SavedView,
    private readonly keepsValues: boolean,
    private inner: readonly number[] | null,
  ) {
    const order = nextSequence();
    // Arrays of the right size from the start: those that grow take several times the memory.
    const count = countInputs(args, rules);
    const next = new Array<Node<Tensor> | null>(count).fill(null);
    const nextIndex = new Array<number>(count).fill(0);
    let at = 0;
    const connect = (tensor: unknown): void => {
      if (!(tensor instanceof Tensor)) return;
      const source = edgeOf(tensor);
      next[at] = source;
      if (source !== null && source === tensor.producer) nextIndex[at] = tensor.outputIndex;
      at++;
    };
    for (let i = 0; i < args.length; i++) {
      if (rules[i] === null) continue;
      const arg = args[i];
      if (Array.isArray(arg)) arg.forEach(connect);
      else connect(arg);
    }
    super(outs.length, order, next, nextIndex);
    this.args = keepsValues ? args : args.map(withoutValues);
    this.outs = keepsValues ? outs : [];
    this.inputVersions = versionsOf(args);
    this.outVersions = versionsOf(outs);
    if (savedHooks.current !== null && keepsValues) this.pack(args, outs, savedHooks.current);
  }

  private pack(args: readonly unknown[], outs: readonly Tensor[], hooks: SavedTensorHooks): void {
    this.packed = { args: packAll(args, hooks), outs: outs.map((out) => new PackedTensor(out, hooks)) };
    this.args = [];
    this.outs = [];
  }

  /** The value of an argument, checked to be what it was. */
  argument(position: number): unknown {
    const arg = this.given(position);
    const version = this.inputVersions?.[position] ?? 0;
    if (arg instanceof Tensor) checkVersion(arg, version as number);
    else if (Array.isArray(arg)) {
      arg.forEach((one: unknown, item) => {
        if (one instanceof Tensor) checkVersion(one, version === 0 ? 0 : ((version as readonly number[])[item] as number));
      });
    }
    return arg;
  }

  /** The value of an argument, of which only the shape and dtype will be read. */
  given(position: number): unknown {
    if (this.args === null) throw freedError();
    return this.args[position];
  }

  /** A result, checked to be what it was. */
  result(position: number): Tensor {
    const { outs } = this;
    if (outs === null) throw freedError();
    const out = outs[position] as Tensor;
    checkVersion(out, (this.outVersions?.[position] ?? 0) as number);
    return out;
  }

  /** The results. One that was written in place since is an error only if it is read: what follows a batch norm may do that to its first one. */
  results(): readonly Tensor[] {
    const { outs, outVersions } = this;
    if (outs === null) throw freedError();
    if (outs.every((out, i) => out.storage.version === (outVersions?.[i] ?? 0))) return outs;
    const checked = [...outs];
    outs.forEach((_, i) => {
      Object.defineProperty(checked, i, { get: () => this.result(i), enumerable: true });
    });
    return checked;
  }

  apply(grads: Gradients): Gradients {
    const { packed } = this;
    if (packed === null) return this.gradients(grads);
    this.args = unpackAll(packed.args);
    this.outs = packed.outs.map((out, i) => out.unpack(this, i));
    this.inputVersions = versionsOf(this.args);
    this.outVersions = versionsOf(this.outs);
    try {
      return this.gradients(grads);
    } finally {
      this.args = [];
      this.outs = [];
    }
  }

  private gradients(grads: Gradients): Gradients {
    const { args, outs, rules, next } = this;
    if (args === null || outs === null) throw freedError();
    // What is recorded now may read them later.
    if (modes.grad) this.inner = null;
    const saved = this.view(this, grads);
    const first = grads[0] ?? (outs[0] as Tensor).detach().mul(0);
    const results = new Array<Tensor | null>(next.length).fill(null);
    let at = 0;
    for (let i = 0; i < args.length; i++) {
      const rule = rules[i];
      if (rule === null || rule === undefined) continue;
      const arg = args[i];
      if (arg instanceof Tensor) {
        if (next[at] !== null) {
          const grad = rule(first, saved) as Tensor | null;
          if (grad !== null) results[at] = fit(grad, arg.shape, arg.dtype);
        }
        at++;
      } else if (Array.isArray(arg)) at = this.applyToList(arg, rule(first, saved) as Gradients | null, at, results);
    }
    return results;
  }

  /** The gradients of a list of tensors; returns the place behind them. */
  private applyToList(list: readonly unknown[], grads: Gradients | null, from: number, results: (Tensor | null)[]): number {
    let at = from;
    list.forEach((one, item) => {
      if (!(one instanceof Tensor)) return;
      const grad = this.next[at] === null ? null : (grads?.[item] ?? null);
      if (grad !== null) results[at] = fit(grad, one.shape, one.dtype);
      at++;
    });
    return at;
  }

  override release(): void {
    if (!this.keepsValues) return;
    if (this.inner !== null && this.packed === null)
      for (const i of this.inner) if (this.outs !== null) reclaimSaved(this.outs[i] as Tensor);
    this.packed = null;
    this.args = null;
    this.outs = null;
  }
}

/** A class of objects that read a node's saved values by the names of the signature, checking each when it is read. */
export function savedView(schema: Schema): SavedView {
  class View {
    constructor(
      readonly node: PrimitiveNode,
      readonly from: Gradients,
    ) {}
  }
  // Getters and not an object of all arguments, which takes longer to make than a small kernel runs.
  class Given {
    constructor(readonly node: PrimitiveNode) {}
  }
  const getter = <V>(target: object, name: string, read: (view: V) => unknown): void => {
    Object.defineProperty(target, name, {
      get(this: V) {
        return read(this);
      },
      configurable: true,
    });
  };
  const define = (name: string, read: (view: View) => unknown): void => getter(View.prototype, name, read);
  schema.parameters.forEach((parameter, i) => {
    define(parameter.name, (view) => view.node.argument(i));
    getter<Given>(Given.prototype, parameter.name, ({ node }) => node.given(i));
  });
  define("given", (view) => new Given(view.node));
  define("out", (view) => view.node.result(0));
  define("outs", (view) => view.node.results());
  define("grads", (view) => view.from);
  return (node, grads) => new View(node, grads);
}
