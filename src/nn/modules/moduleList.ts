/** Containers that hold modules in order: `ModuleList` and `Sequential`. */

import { ArgumentError, IndexError } from "../../core/errors.js";
import { isOptions } from "../../tensor/schema.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Module } from "../module.js";
import { moduleListText } from "../repr.js";
import { positionIn, positionsIn } from "./sequence.js";

/** What containers with names are made from: an object, a map, or pairs. */
export type NamedModules<M extends Module = Module> = Readonly<Record<string, M>> | Iterable<readonly [string, M]>;

/** The modules that containers are made from, by name. */
export function entriesOf<T>(named: Readonly<Record<string, T>> | Iterable<readonly [string, T]>): (readonly [string, T])[] {
  return Symbol.iterator in named ? [...(named as Iterable<readonly [string, T]>)] : Object.entries(named as Readonly<Record<string, T>>);
}

/** Modules in order, held as properties that are named by their positions. */
abstract class Elements<M extends Module, A extends unknown[], R> extends Module<A, R> {
  [index: number]: M;

  /** The number of modules. */
  override get length(): number {
    return this._modules.size;
  }

  /** @internal */
  protected get elements(): M[] {
    return [...this._modules.values()] as M[];
  }

  /** @internal Holds other modules instead, named by their positions. */
  protected replaceElements(modules: readonly Module[]): void {
    for (const name of this._modules.keys()) Reflect.deleteProperty(this, name);
    modules.forEach((module, i) => {
      this.addModule(String(i), module);
    });
  }

  /** Puts another module at a position. */
  setItem(index: number, module: M): void {
    const names = [...this._modules.keys()];
    this.addModule(names[positionIn("setItem", index, names.length)] as string, module);
  }

  /** Adds a module at the end. */
  append(module: M): this {
    this.addModule(String(this.length), module);
    return this;
  }

  /** Adds a module before the one at a position. */
  insert(index: number, module: M): this {
    const { elements } = this;
    if (!(module instanceof Module)) throw new ArgumentError(`insert: module should be of type: Module, not ${typeof module}`);
    if (index < -elements.length || index > elements.length) throw new IndexError(`insert: Index out of range: ${index}`);
    elements.splice(index, 0, module);
    this.replaceElements(elements);
    return this;
  }

  /** Adds modules at the end. */
  extend(modules: Iterable<M>): this {
    for (const module of modules) this.append(module);
    return this;
  }

  /** Takes out the module at a position. */
  pop(index = -1): M {
    const { elements } = this;
    const [taken] = elements.splice(positionIn("pop", index, elements.length), 1);
    this.replaceElements(elements);
    return taken as M;
  }

  [Symbol.iterator](): IterableIterator<M> {
    return this.elements[Symbol.iterator]();
  }
}

/**
 * Modules in a list, whose parameters belong to the module that holds it. It is not called itself.
 * @example
 * ```ts
 * class Net extends nn.Module {
 *   layers = new nn.ModuleList([new nn.Linear(4, 4), new nn.Linear(4, 2)]);
 *   forward(x: torch.Tensor) {
 *     for (const layer of this.layers) x = layer(x);
 *     return x;
 *   }
 * }
 * ```
 */
export class ModuleList<M extends Module = Module> extends Elements<M, never[], unknown> {
  constructor(modules: Iterable<M> = []) {
    super();
    this.extend(modules);
  }

  /** The module at a position, or a list of those that a slice such as `"1:3"` selects. */
  getItem(index: number): M;
  getItem(slice: string): ModuleList<M>;
  getItem(index: number | string): M | ModuleList<M> {
    const { elements } = this;
    if (typeof index === "number") return elements[positionIn("getItem", index, elements.length)] as M;
    return new ModuleList(positionsIn("getItem", index, elements.length).map((i) => elements[i] as M));
  }

  override toString(): string {
    return moduleListText(this._getName(), this.elements.map(String));
  }
}

/**
 * The names of the modules of sequences that were called, since looking for them takes longer than calling them. The modules themselves are
 * read anew in every call.
 */
const chains: WeakMap<Module, readonly (string | number)[]> = new WeakMap();

function chainOf(sequence: Module): readonly (string | number)[] {
  // Positions as numbers: the text of one would be read anew in every call.
  const names = [...sequence._modules.keys()].map((name) => (/^(0|[1-9]\d{0,8})$/.test(name) ? Number(name) : name));
  chains.set(sequence, names);
  return names;
}

class SequentialModules<M extends readonly Module[]> extends Elements<Module, [input: Tensor], Tensor> {
  constructor(...args: M | [NamedModules]) {
    super();
    const [first] = args;
    const named = args.length === 1 && !(first instanceof Module) && first !== undefined;
    if (named && !isOptions(first) && !(typeof first === "object" && Symbol.iterator in first)) {
      throw new ArgumentError(`Sequential: expected modules, or one object of modules by name, not ${typeof first}`);
    }
    const entries = named ? entriesOf(first as NamedModules) : args.map((module, i) => [String(i), module as Module] as const);
    for (const [name, module] of entries) this.addModule(name, module);
  }

  /** The module at a position, or a `Sequential` of those that a slice such as `"1:3"` selects. */
  getItem<K extends number>(index: K): `${K}` extends keyof M ? M[`${K}`] : Module;
  getItem(slice: string): Sequential;
  getItem(index: number | string): unknown {
    const entries = [...this._modules] as [string, Module][];
    if (typeof index === "number") return entries[positionIn("getItem", index, entries.length)]?.[1];
    return new Sequential(positionsIn("getItem", index, entries.length).map((i) => entries[i] as [string, Module]));
  }

  override addModule(name: string, module: Module | null): void {
    super.addModule(name, module);
    chains.delete(this);
  }

  /** @internal */
  protected override replaceElements(modules: readonly Module[]): void {
    super.replaceElements(modules);
    chains.delete(this);
  }

  forward(input: Tensor): Tensor {
    let value = input;
    for (const name of chains.get(this) ?? chainOf(this)) {
      const module: unknown = typeof name === "number" ? this[name] : Reflect.get(this, name);
      if (!(module instanceof Module)) return this.restart(input);
      value = (module as Module<[input: Tensor], Tensor>)(value);
    }
    return value;
  }

  /** Calls the modules that are there now: one has been deleted by hand. */
  private restart(input: Tensor): Tensor {
    chains.delete(this);
    return this.forward(input);
  }
}

/** The elements of a tuple by their positions. */
type Positions<M extends readonly Module[]> = { readonly [K in keyof M as K extends number | `${number}` ? K : never]: M[K] };

/**
 * Modules that are called one after another, each with what the one before gave.
 * @example
 * ```ts
 * const model = new nn.Sequential(new nn.Linear(1, 8), new nn.ReLU(), new nn.Linear(8, 1));
 * const y = model(torch.randn(4, 1));
 * model[0].weight.shape; // [8, 1]
 * const named = new nn.Sequential({ hidden: new nn.Linear(1, 8), out: new nn.Linear(8, 1) });
 * ```
 */
export type Sequential<M extends readonly Module[] = Module[]> = SequentialModules<M> & Positions<M>;

interface SequentialConstructor {
  new <M extends readonly Module[] = Module[]>(...modules: M): Sequential<M>;
  new (modules: NamedModules): Sequential;
  readonly prototype: Sequential;
}

/** Modules that are called one after another. */
export const Sequential: SequentialConstructor = SequentialModules as SequentialConstructor;
Object.defineProperty(SequentialModules, "name", { value: "Sequential" });
