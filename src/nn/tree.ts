/** Walking trees of modules: everything below a module with its dotted path, and the way back from a path. */

import { ArgumentError } from "../core/errors.js";
import { Tensor } from "../tensor/tensor.js";

/** A module, as far as walking is concerned. `M` is its own type. */
export interface Branch<M> {
  readonly _modules: ReadonlyMap<string, M | null>;
  _getName(): string;
}

/** Options of `namedModules`. */
export interface WalkOptions {
  /** Put before every path. */
  prefix?: string;
  /** Whether what is used in several places is given once. */
  removeDuplicate?: boolean;
}

/** Options of `namedParameters` and `namedBuffers`. */
export interface MemberOptions extends WalkOptions {
  /** Whether modules below are included. */
  recurse?: boolean;
}

/** `true`, or `{ recurse: true }`, as arguments are given by position or by name. */
export function isRecursive(recurse: boolean | { recurse?: boolean }): boolean {
  return typeof recurse === "boolean" ? recurse : recurse.recurse !== false;
}

const join = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

/** A module and all below it, parents first. */
export function walk<M extends Branch<M>>(root: M, { prefix = "", removeDuplicate = true }: WalkOptions): [string, M][] {
  const found: [string, M][] = [];
  const seen = new Set<M>();
  const visit = (module: M, path: string): void => {
    if (seen.has(module)) return;
    if (removeDuplicate) seen.add(module);
    found.push([path, module]);
    for (const [name, child] of module._modules) if (child !== null) visit(child, join(path, name));
  };
  visit(root, prefix);
  return found;
}

/** The tensors that `members` gives of a module and those below it. */
export function members<M extends Branch<M>, T extends Tensor>(
  root: M,
  own: (module: M) => ReadonlyMap<string, T | null>,
  options: MemberOptions,
): [string, T][] {
  const { recurse = true, removeDuplicate = true } = options;
  const found: [string, T][] = [];
  const seen = new Set<T>();
  const modules: readonly (readonly [string, M])[] = recurse ? walk(root, options) : [[options.prefix ?? "", root]];
  for (const [path, module] of modules) {
    for (const [name, tensor] of own(module)) {
      if (tensor === null || seen.has(tensor)) continue;
      if (removeDuplicate) seen.add(tensor);
      found.push([join(path, name), tensor]);
    }
  }
  return found;
}

/**
 * The module at a path.
 * @throws {ArgumentError} naming the first part of the path that is missing or no module.
 */
export function moduleAt<M extends Branch<M>>(root: M, target: string): M {
  let module = root;
  for (const item of target === "" ? [] : target.split(".")) {
    const child = module._modules.get(item);
    if (child === undefined || child === null) {
      const there: unknown = Reflect.get(module, item);
      throw new ArgumentError(
        there === undefined
          ? `getSubmodule: ${module._getName()} has no attribute \`${item}\``
          : `getSubmodule: \`${item}\` is not an nn.Module`,
      );
    }
    module = child;
  }
  return module;
}

/** The tensor at a path, among those that `own` gives of the module that has it. */
export function memberAt<M extends Branch<M>, T extends Tensor>(
  call: string,
  root: M,
  target: string,
  own: (module: M) => ReadonlyMap<string, T | null>,
  what: string,
): T {
  const dot = target.lastIndexOf(".");
  const module = moduleAt(root, dot < 0 ? "" : target.slice(0, dot));
  const name = target.slice(dot + 1);
  const found = own(module).get(name);
  if (found instanceof Tensor) return found;
  if (Reflect.get(module, name) === undefined) throw new ArgumentError(`${call}: ${module._getName()} has no attribute \`${name}\``);
  throw new ArgumentError(`${call}: \`${name}\` is not ${what}`);
}
