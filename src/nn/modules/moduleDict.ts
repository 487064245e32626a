/** `ModuleDict`: modules by name. */

import { ArgumentError } from "../../core/errors.js";
import { Module } from "../module.js";
import { entriesOf, type NamedModules } from "./moduleList.js";

/**
 * Modules by name, whose parameters belong to the module that holds it. It is not called itself.
 * @example
 * ```ts
 * const choices = new nn.ModuleDict({ conv: new nn.Linear(10, 10), pool: new nn.Identity() });
 * choices.getItem("pool")(x);
 * ```
 */
export class ModuleDict<D extends Readonly<Record<string, Module>> = Record<string, Module>> extends Module {
  /** The modules, in a map: their names may be those of methods. */
  private readonly named: Map<string, Module> = new Map<string, Module>();

  constructor(modules?: D | Iterable<readonly [string, D[string]]>) {
    super();
    if (modules !== undefined) this.update(modules);
  }

  override get _modules(): Map<string, Module | null> {
    return new Map<string, Module | null>(this.named);
  }

  override addModule(name: string, module: Module | null): void {
    if (!(module instanceof Module))
      throw new ArgumentError(`addModule: ${module === null ? "null" : typeof module} is not a Module subclass`);
    if (name.includes(".")) throw new ArgumentError(`addModule: module name can't contain ".", got: ${name}`);
    if (name === "") throw new ArgumentError(`addModule: module name can't be empty string ""`);
    this.named.set(name, module);
  }

  /** The number of modules. */
  override get length(): number {
    return this.named.size;
  }

  /**
   * The module of a name.
   * @throws {ArgumentError} if there is none.
   */
  getItem<K extends keyof D & string>(key: K): D[K] {
    const module = this.named.get(key);
    if (module === undefined) throw new ArgumentError(`getItem: there is no module '${key}', only ${[...this.named.keys()].join(", ")}`);
    return module as D[K];
  }

  /** Puts a module under a name. */
  setItem(key: string, module: Module): void {
    this.addModule(key, module);
  }

  /** Whether there is a module of this name. */
  has(key: string): boolean {
    return this.named.has(key);
  }

  /** Takes out the module of a name. */
  pop<K extends keyof D & string>(key: K): D[K] {
    const module = this.getItem(key);
    this.named.delete(key);
    return module;
  }

  /** Takes out all modules. */
  clear(): void {
    this.named.clear();
  }

  /** Adds modules by name, in place of those that have these names. */
  update(modules: NamedModules): void {
    for (const [key, module] of entriesOf(modules)) this.addModule(key, module);
  }

  /** The names. */
  keys(): (keyof D & string)[] {
    return [...this.named.keys()];
  }

  /** The modules. */
  values(): D[string][] {
    return [...this.named.values()] as D[string][];
  }

  /** The names with their modules. */
  items(): [name: string, module: D[string]][] {
    return [...this.named] as [string, D[string]][];
  }

  [Symbol.iterator](): IterableIterator<keyof D & string> {
    return this.keys()[Symbol.iterator]();
  }
}
