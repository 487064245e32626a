/** Containers of parameters: `ParameterList` and `ParameterDict`. */

import { ArgumentError } from "../../core/errors.js";
import { Tensor } from "../../tensor/tensor.js";
import { Module } from "../module.js";
import { Parameter } from "../parameter.js";
import { entriesOf } from "./moduleList.js";
import { positionIn, positionsIn } from "./sequence.js";

function asParameter(call: string, value: Tensor): Parameter {
  if (!(value instanceof Tensor)) throw new ArgumentError(`${call}: expected tensors, not ${value === null ? "null" : typeof value}`);
  return value instanceof Parameter ? value : new Parameter(value);
}

function line(name: string | number, parameter: Parameter, type: string): string {
  const device = parameter.device.type === "cuda" ? ` (${parameter.device})` : "";
  return `  (${name}): Parameter containing: [${type} of size ${parameter.shape.join("x")}${device}]`;
}

/** Parameters in a list, which belong to the module that holds it. Other tensors are made parameters. */
export class ParameterList extends Module {
  [index: number]: Parameter;

  constructor(values: Iterable<Tensor> = []) {
    super();
    this.extend(values);
  }

  /** The number of parameters. */
  override get length(): number {
    return this._parameters.size;
  }

  private get elements(): Parameter[] {
    return [...this._parameters.values()] as Parameter[];
  }

  /** The parameter at a position, or a list of those that a slice such as `"1:3"` selects. */
  getItem(index: number): Parameter;
  getItem(slice: string): ParameterList;
  getItem(index: number | string): Parameter | ParameterList {
    const { elements } = this;
    if (typeof index === "number") return elements[positionIn("getItem", index, elements.length)] as Parameter;
    return new ParameterList(positionsIn("getItem", index, elements.length).map((i) => elements[i] as Parameter));
  }

  /** Puts another parameter at a position. */
  setItem(index: number, value: Tensor): void {
    this[positionIn("setItem", index, this.length)] = asParameter("setItem", value);
  }

  /** Adds a parameter at the end. */
  append(value: Tensor): this {
    this[this.length] = asParameter("append", value);
    return this;
  }

  /** Adds parameters at the end. */
  extend(values: Iterable<Tensor>): this {
    for (const value of values) this.append(value);
    return this;
  }

  /** Takes out the parameter at a position. */
  pop(index = -1): Parameter {
    const { elements } = this;
    const [taken] = elements.splice(positionIn("pop", index, elements.length), 1);
    Reflect.deleteProperty(this, String(elements.length));
    elements.forEach((parameter, i) => {
      this[i] = parameter;
    });
    return taken as Parameter;
  }

  [Symbol.iterator](): IterableIterator<Parameter> {
    return this.elements[Symbol.iterator]();
  }

  override extraRepr(): string {
    return this.elements.map((parameter, i) => line(i, parameter, String(parameter.dtype))).join("\n");
  }
}

/** What a `ParameterDict` is made from. */
export type NamedTensors = Readonly<Record<string, Tensor>> | Iterable<readonly [string, Tensor]>;

/**
 * Parameters by name, which belong to the module that holds it. Other tensors are made parameters.
 *
 * As in PyTorch, a plain object is taken in the order of its sorted names, maps and pairs in their own order.
 */
export class ParameterDict extends Module {
  /** The parameters, in a map: their names may be those of methods. */
  private readonly named: Map<string, Parameter> = new Map<string, Parameter>();

  constructor(parameters?: NamedTensors) {
    super();
    if (parameters !== undefined) this.update(parameters);
  }

  override get _parameters(): Map<string, Parameter | null> {
    return new Map<string, Parameter | null>(this.named);
  }

  /** @internal */
  override _replaceMember(name: string, tensor: Tensor): void {
    this.setItem(name, tensor);
  }

  /** The number of parameters. */
  override get length(): number {
    return this.named.size;
  }

  /**
   * The parameter of a name.
   * @throws {ArgumentError} if there is none.
   */
  getItem(key: string): Parameter {
    const parameter = this.named.get(key);
    if (parameter === undefined)
      throw new ArgumentError(`getItem: there is no parameter '${key}', only ${[...this.named.keys()].join(", ")}`);
    return parameter;
  }

  /** Puts a parameter under a name. */
  setItem(key: string, value: Tensor): void {
    this.named.set(key, asParameter("setItem", value));
  }

  /** The parameter of a name, or null. */
  get(key: string): Parameter | null {
    return this.named.get(key) ?? null;
  }

  /** Whether there is a parameter of this name. */
  has(key: string): boolean {
    return this.named.has(key);
  }

  /** Takes out the parameter of a name. */
  pop(key: string): Parameter {
    const parameter = this.getItem(key);
    this.named.delete(key);
    return parameter;
  }

  /** Takes out all parameters. */
  clear(): void {
    this.named.clear();
  }

  /** Adds parameters by name, in place of those that have these names. */
  update(parameters: NamedTensors): void {
    const ordered = Symbol.iterator in parameters;
    const entries = entriesOf(parameters);
    if (!ordered) entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    for (const [key, value] of entries) this.setItem(key, value);
  }

  /** The names. */
  keys(): string[] {
    return [...this.named.keys()];
  }

  /** The parameters. */
  values(): Parameter[] {
    return [...this.named.values()];
  }

  /** The names with their parameters. */
  items(): [name: string, parameter: Parameter][] {
    return [...this.named];
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this.keys()[Symbol.iterator]();
  }

  override extraRepr(): string {
    return this.items()
      .map(([name, parameter]) => line(name, parameter, `torch.${parameter.dtype.legacyName}Tensor`))
      .join("\n");
  }
}
