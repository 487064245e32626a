/** Hooks of modules: functions that see, and may change, what goes into a module, what comes out, and the gradients of both. */

import { modes } from "../autograd/modes.js";
import { Node, type RemovableHandle } from "../autograd/node.js";
import { AutogradError } from "../core/errors.js";
import { noteExposure } from "../tensor/accumulate.js";
import { connect } from "../tensor/graph.js";
import { Tensor } from "../tensor/tensor.js";

/** Gradients by position; null where an argument is no tensor or has none. */
export type Gradients = readonly (Tensor | null)[];

/** Sees the gradients of a module's inputs and outputs; those of the inputs that it returns replace them. */
export type FullBackwardHook<M> =
  | ((module: M, gradInput: Gradients, gradOutput: Gradients) => Gradients | undefined)
  | ((module: M, gradInput: Gradients, gradOutput: Gradients) => void);

/** Sees the gradients of a module's outputs before its backward pass; those that it returns replace them. */
export type FullBackwardPreHook<M> =
  | ((module: M, gradOutput: Gradients) => Gradients | undefined)
  | ((module: M, gradOutput: Gradients) => void);

/** How a hook is registered. */
export interface HookOptions {
  /** Runs the hook before those that are there. */
  prepend?: boolean;
  /** Runs a forward hook even if the module throws. */
  alwaysCall?: boolean;
}

/** A hook as it is stored: which module it is for is known where it was registered. */
export type Stored = (module: never, first: never, second: never) => unknown;

interface Entry {
  readonly hook: Stored;
  readonly always: boolean;
}

/** Hooks in the order in which they run. */
export class HookList {
  private entries: readonly Entry[] = [];

  /** Adds a hook at the end, or at the front. */
  add(hook: Stored, options: HookOptions = {}): RemovableHandle {
    const entry: Entry = { hook, always: options.alwaysCall === true };
    this.entries = options.prepend === true ? [entry, ...this.entries] : [...this.entries, entry];
    return {
      remove: () => {
        this.entries = this.entries.filter((other) => other !== entry);
      },
    };
  }

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  /** What a test gives for the first hook for which it gives something. */
  find<T>(test: (hook: Stored) => T | undefined): T | undefined {
    for (const { hook } of this.entries) {
      const found = test(hook);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Takes out a hook. */
  remove(hook: Stored): void {
    this.entries = this.entries.filter((entry) => entry.hook !== hook);
  }

  /** Calls every hook; `use` takes what it returns and gives the next hook's arguments. */
  run(module: object, args: () => readonly [unknown, unknown?], use: (result: unknown) => void): void {
    for (const { hook } of this.entries) {
      const [first, second] = args();
      const result = hook(module as never, first as never, second as never);
      if (result !== undefined) use(result);
    }
  }

  /** The hooks that run even after an error. */
  get always(): HookList {
    const list = new HookList();
    list.entries = this.entries.filter((entry) => entry.always);
    return list;
  }

  /** The same hooks in a list of their own. */
  copy(): HookList {
    const list = new HookList();
    list.entries = this.entries;
    return list;
  }
}

const kinds = ["forwardPre", "forward", "backwardPre", "backward", "stateDictPre", "stateDict", "loadPre", "loadPost"] as const;

/** All hooks of a module. */
export class ModuleHooks {
  readonly lists: { readonly [kind in (typeof kinds)[number]]: HookList };

  constructor(from: ModuleHooks | null = null) {
    this.lists = Object.fromEntries(
      kinds.map((kind) => [kind, from === null ? new HookList() : from.lists[kind].copy()]),
    ) as ModuleHooks["lists"];
  }
}

/** A node that lets gradients through, so that hooks can see all of them at once. */
class Passage extends Node<Tensor> {
  readonly name = "BackwardHookFunctionBackward";

  constructor(tensors: readonly Tensor[]) {
    super(tensors.length);
    for (const tensor of tensors) connect(this, tensor);
  }

  apply(grads: Gradients): Gradients {
    for (const grad of grads) if (grad !== null) noteExposure(grad);
    return grads;
  }
}

interface Passed {
  readonly values: readonly unknown[];
  /** The positions of tensors among the values; null where no gradient flows. */
  readonly places: readonly number[] | null;
}

/** The values with their tensors led through a node on which `hook` sees the gradients. */
function passThrough(values: readonly unknown[], hook: (grads: Gradients) => Gradients | undefined): Passed {
  const places = values.flatMap((value, i) => (value instanceof Tensor ? [i] : []));
  const tensors = places.map((i) => values[i] as Tensor);
  if (!modes.grad || !tensors.some((tensor) => tensor.requiresGrad)) return { values, places: null };
  const node = new Passage(tensors);
  node.registerHook((grads) => hook(grads));
  const passed = [...values];
  places.forEach((place, i) => {
    const tensor = tensors[i] as Tensor;
    const alias = tensor.data;
    if (tensor.dtype.isFloatingPoint || tensor.dtype.isComplex) {
      alias.producer = node;
      alias.outputIndex = i;
    }
    passed[place] = alias;
  });
  return { values: passed, places };
}

/** Runs a module between its backward hooks. */
class BackwardHooks {
  private gradOutputs: Gradients | null = null;
  private inputs: Passed | null = null;

  constructor(
    private readonly module: object,
    private readonly hooks: ModuleHooks,
  ) {}

  enter(args: readonly unknown[]): readonly unknown[] {
    this.inputs = passThrough(args, (grads) => {
      if (this.gradOutputs === null) return undefined;
      const places = this.inputs?.places ?? [];
      const gradInputs = this.runHooks(this.spread(places, grads, args.length), this.gradOutputs);
      this.gradOutputs = null;
      return places.map((place) => gradInputs[place] ?? null);
    });
    return this.inputs.values;
  }

  leave(output: unknown): unknown {
    const list = Array.isArray(output);
    const values: readonly unknown[] = list ? output : [output];
    const outputs = passThrough(values, (grads) => {
      const places = outputs.places ?? [];
      let gradOutputs: Gradients = this.spread(places, grads, values.length);
      this.hooks.lists.backwardPre.run(
        this.module,
        () => [gradOutputs],
        (changed) => {
          gradOutputs = changedGradients("Backward pre hook", "grad_output", changed, gradOutputs.length);
        },
      );
      if (this.inputs?.places == null) this.runHooks(new Array<null>(this.inputs?.values.length ?? 0).fill(null), gradOutputs);
      else this.gradOutputs = gradOutputs;
      return places.map((place) => gradOutputs[place] ?? null);
    });
    if (!list) return outputs.values[0];
    // Results with names, such as { values, indices }, keep them.
    const named = [...outputs.values];
    for (const key of Object.getOwnPropertyNames(output)) {
      const place = key in named ? -1 : values.indexOf(Reflect.get(output, key));
      if (place >= 0) Object.defineProperty(named, key, { value: named[place], enumerable: false });
    }
    return named;
  }

  private spread(places: readonly number[], grads: Gradients, length: number): Gradients {
    const all: (Tensor | null)[] = new Array<null>(length).fill(null);
    places.forEach((place, i) => {
      all[place] = grads[i] ?? null;
    });
    return all;
  }

  private runHooks(gradInputs: Gradients, gradOutputs: Gradients): Gradients {
    let current = gradInputs;
    this.hooks.lists.backward.run(
      this.module,
      () => [current, gradOutputs],
      (changed) => {
        current = changedGradients("Backward hook", "grad_input", changed, gradInputs.length);
      },
    );
    return current;
  }
}

function changedGradients(hook: string, what: string, changed: unknown, expected: number): Gradients {
  if (!Array.isArray(changed) || changed.length !== expected) {
    throw new AutogradError(
      `${hook} returned an invalid number of ${what}, got ${Array.isArray(changed) ? changed.length : 1}, but expected ${expected}`,
    );
  }
  return changed as Gradients;
}

/** Calls a module that has hooks: those before it, its forward, those behind it. */
export function callHooked(
  module: object,
  hooks: ModuleHooks,
  given: readonly unknown[],
  forward: (args: readonly unknown[]) => unknown,
): unknown {
  const { forwardPre, forward: forwardHooks, backward, backwardPre } = hooks.lists;
  let args = given;
  let output: unknown;
  let reached = false;
  try {
    forwardPre.run(
      module,
      () => [args],
      (changed) => {
        args = Array.isArray(changed) ? changed : [changed];
      },
    );
    const between = backward.isEmpty && backwardPre.isEmpty ? null : new BackwardHooks(module, hooks);
    if (between !== null) args = between.enter(args);
    output = forward(args);
    reached = true;
    forwardHooks.run(
      module,
      () => [args, output],
      (changed) => {
        output = changed;
      },
    );
    return between === null ? output : between.leave(output);
  } finally {
    if (!reached)
      forwardHooks.always.run(
        module,
        () => [args, output],
        () => {},
      );
  }
}
