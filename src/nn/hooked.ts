/** What is called with hooks around it: the part of modules that knows of calls. */

import type { RemovableHandle } from "../autograd/node.js";
import { TorchError } from "../core/errors.js";
import { Callable, type Interceptor } from "./callable.js";
import { callHooked, type FullBackwardHook, type FullBackwardPreHook, type HookOptions, ModuleHooks } from "./hooks.js";
import type { IncompatibleKeys, StateDict } from "./stateDict.js";

/** The parameters of a module's `forward`. */
export type ForwardArguments<M> = M extends { forward(...args: infer P): unknown } ? P : unknown[];

/** What a module's `forward` gives. */
export type ForwardResult<M> = M extends { forward(...args: never[]): infer R } ? R : unknown;

/** Something with a `forward` that is called through hooks. */
export abstract class Hooked<A extends unknown[], R> extends Callable<A, R> {
  #hooks: ModuleHooks | null = null;
  /** @internal Takes over calls while there are hooks. */
  _intercept: Interceptor | null = null;

  /** @internal */
  _forwardMissing(): never {
    throw new TorchError(`Module [${this._getName()}] is missing the required "forward" function`);
  }

  /** The name of the class. */
  _getName(): string {
    return this.constructor.name;
  }

  /** @internal */
  hooksOf(): ModuleHooks | null {
    return this.#hooks;
  }

  /** @internal Takes the hooks of another, of which this is a copy. */
  _copyHooks(other: Hooked<never[], unknown>): void {
    this._intercept = null;
    if (other.#hooks !== null) this.#useHooks(new ModuleHooks(other.#hooks));
  }

  #useHooks(hooks: ModuleHooks): ModuleHooks {
    this.#hooks = hooks;
    this._intercept = (args) => callHooked(this, hooks, args, (final) => forwardOf(this, final));
    return hooks;
  }

  get #ownHooks(): ModuleHooks["lists"] {
    return (this.#hooks ?? this.#useHooks(new ModuleHooks())).lists;
  }

  /** Calls a hook before every forward pass; the arguments that it returns (one, or an array of all) replace the given ones. */
  registerForwardPreHook(hook: (module: this, args: ForwardArguments<this>) => unknown, options: HookOptions = {}): RemovableHandle {
    return this.#ownHooks.forwardPre.add(hook, options);
  }

  /** Calls a hook after every forward pass; what it returns replaces the result. */
  registerForwardHook(
    hook: (module: this, args: ForwardArguments<this>, output: ForwardResult<this>) => unknown,
    options: HookOptions = {},
  ): RemovableHandle {
    return this.#ownHooks.forward.add(hook, options);
  }

  /** Calls a hook when the gradients of the module's inputs have been computed; those that it returns replace them. */
  registerFullBackwardHook(hook: FullBackwardHook<this>, options: HookOptions = {}): RemovableHandle {
    return this.#ownHooks.backward.add(hook, options);
  }

  /** Calls a hook when the gradients of the module's outputs have been computed; those that it returns replace them. */
  registerFullBackwardPreHook(hook: FullBackwardPreHook<this>, options: HookOptions = {}): RemovableHandle {
    return this.#ownHooks.backwardPre.add(hook, options);
  }

  /** Calls a hook before the state is taken. */
  registerStateDictPreHook(hook: (module: this, prefix: string, keepVars: boolean) => void): RemovableHandle {
    return this.#ownHooks.stateDictPre.add((module: this, [prefix, keepVars]: readonly [string, boolean]) =>
      hook(module, prefix, keepVars),
    );
  }

  /** Calls a hook with the state that was taken; it may change it. */
  registerStateDictPostHook(hook: (module: this, stateDict: StateDict, prefix: string) => void): RemovableHandle {
    return this.#ownHooks.stateDict.add(hook);
  }

  /** Calls a hook before the state is read; it may change the (copied) dictionary. */
  registerLoadStateDictPreHook(hook: (module: this, stateDict: StateDict, prefix: string) => void): RemovableHandle {
    return this.#ownHooks.loadPre.add(hook);
  }

  /** Calls a hook with the names that did not match. */
  registerLoadStateDictPostHook(hook: (module: this, incompatibleKeys: IncompatibleKeys) => void): RemovableHandle {
    return this.#ownHooks.loadPost.add(hook);
  }
}

function forwardOf(module: Hooked<never[], unknown> & { forward?(...args: unknown[]): unknown }, args: readonly unknown[]): unknown {
  return module.forward === undefined ? module._forwardMissing() : module.forward(...args);
}
