/**
 * What can be made again in another thread. A worker shares no objects with the thread that made it: it imports modules of its own and gets copies
 * of plain data. An object with methods, and a function with the variables around it, cannot be copied. So a worker is told where they come from:
 * the module that exports a class or function, the name, and the arguments.
 */

import { ArgumentError } from "../../core/errors.js";

/** Where a value comes from: an export of a module, or what the export makes of arguments. */
export interface Origin {
  /** The address of the module. */
  readonly module: string;
  /** The name of the export. */
  readonly name: string;
  /** What it is called with; null if the export itself is meant. */
  readonly args: readonly unknown[] | null;
}

type Constructor<A extends readonly unknown[], R> = new (...args: A) => R;
type Maker<A extends readonly unknown[], R> = (...args: A) => R;

/** Origins of single values. */
const origins = new WeakMap<object, Origin>();

/** The classes whose objects tell their constructor's arguments. */
const classes = new Map<unknown, { readonly module: string; readonly args: (value: object) => readonly unknown[] }>();

/** Whether a function must be called with `new`. */
function isClass<A extends readonly unknown[], R>(make: Constructor<A, R> | Maker<A, R>): make is Constructor<A, R> {
  return /^class\b/.test(Function.prototype.toString.call(make));
}

function addressOf(call: string, module: string | URL): string {
  const address = String(module);
  if (URL.canParse(address)) return address;
  throw new ArgumentError(
    `${call}: a module is given by its address, such as import.meta.url, new URL("./digits.js", import.meta.url) or import.meta.resolve("./digits.js"), not '${address}'`,
  );
}

function nameOf(call: string, value: { readonly name: string }): string {
  if (value.name !== "") return value.name;
  throw new ArgumentError(`${call}: the class or function has no name, by which a worker would find it among the exports of its module`);
}

/**
 * Makes a dataset (or anything else) that workers can make again: `new make(...args)` for a class, `make(...args)` for a function. The module must
 * export it under its name, and be one that may be imported again: not the program itself, but a file that only defines things. Arguments are plain
 * data, tensors, or what was made by `fromModule` or given to `exported`.
 * @param module the address of the module that exports `make`.
 * @throws {ArgumentError} for a module without an address, or a class without a name.
 * @example
 * ```
 * // digits.ts: export class Digits extends torch.utils.data.Dataset<[torch.Tensor, number]> { constructor(readonly folder: string) … }
 * const digits = fromModule(new URL("./digits.js", import.meta.url), Digits, "data/digits");
 * const loader = new torch.utils.data.DataLoader(digits, { batchSize: 32, numWorkers: 2 });
 * ```
 */
export function fromModule<A extends readonly unknown[], R extends object>(
  module: string | URL,
  make: Constructor<A, R> | Maker<A, R>,
  ...args: A
): R {
  const origin = { module: addressOf("fromModule", module), name: nameOf("fromModule", make), args };
  const made = isClass(make) ? new make(...args) : make(...args);
  origins.set(made, origin);
  return made;
}

/**
 * Tells workers where a function comes from, such as a `collateFn` or a `workerInitFn`: the module must export it under its name.
 * @throws {ArgumentError} for a module without an address, or a function without a name.
 * @example
 * ```
 * export const padded = exported(import.meta.url, function padded(items: torch.Tensor[]) { … });
 * ```
 */
export function exported<F extends (...args: never[]) => unknown>(module: string | URL, value: F): F {
  origins.set(value, { module: addressOf("exported", module), name: nameOf("exported", value), args: null });
  return value;
}

/** Makes all objects of a class portable; objects of subclasses, whose constructors are not known, stay at home. */
export function registerPortable<T extends object>(
  module: string,
  type: abstract new (...args: never[]) => T,
  args: (value: T) => readonly unknown[],
): void {
  classes.set(type, { module, args: (value) => args(value as T) });
}

/** Where a value comes from, or null if that is not known. */
export function originOf(value: object): Origin | null {
  const own = origins.get(value);
  if (own !== undefined) return own;
  const type: unknown = value.constructor;
  const rule = typeof type === "function" ? classes.get(type) : undefined;
  return rule === undefined ? null : { module: rule.module, name: (type as { readonly name: string }).name, args: rule.args(value) };
}

type Exports = Readonly<Record<string, unknown>>;

/** The modules that origins name, once they are imported. */
export type Modules = ReadonlyMap<string, Exports>;

function exportOf({ module, name }: Origin, modules: Modules): unknown {
  const exports = modules.get(module) ?? {};
  if (name in exports) return exports[name];
  const main = exports["default"];
  if (typeof main === "function" && main.name === name) return main;
  const names = Object.keys(exports);
  throw new ArgumentError(
    `DataLoader: a worker found no export '${name}' in ${module}; it exports ${names.length === 0 ? "nothing" : names.join(", ")}`,
  );
}

/**
 * Makes a value again from its origin, whose arguments are already at hand.
 * @throws {ArgumentError} if the module does not export it.
 */
export function remake(origin: Origin, modules: Modules): unknown {
  const found = exportOf(origin, modules);
  if (origin.args === null) return found;
  if (typeof found !== "function")
    throw new ArgumentError(`DataLoader: the export '${origin.name}' of ${origin.module} is no class or function`);
  const make = found as Constructor<readonly unknown[], object> | Maker<readonly unknown[], object>;
  const made = isClass(make) ? new make(...origin.args) : make(...origin.args);
  // So that it can travel on, and errors can name it.
  origins.set(made, origin);
  return made;
}
