/** `nn.Module`: the base of everything that has parameters and a forward pass. */

import type { Device } from "../core/device.js";
import { bfloat16, type DType, float16, float32, float64 } from "../core/dtype.js";
import { ArgumentError } from "../core/errors.js";
import { printAsText } from "../tensor/inspect.js";
import { Tensor } from "../tensor/tensor.js";
import { conversion, type ModuleTarget, replaceAll } from "./convert.js";
import { copyOf } from "./deepcopy.js";
import { Hooked } from "./hooked.js";
import { Buffer, Parameter } from "./parameter.js";
import { moduleText } from "./repr.js";
import {
  collectState,
  type IncompatibleKeys,
  type LoadStateDictOptions,
  loadState,
  type StateDict,
  type StateDictOptions,
} from "./stateDict.js";
import { isRecursive, type MemberOptions, memberAt, members, moduleAt, type WalkOptions, walk } from "./tree.js";

/**
 * The base class of all neural-network modules. Parameters, buffers and modules that are assigned to properties belong to the module: they are
 * found, moved, saved and loaded with it. The module is called like a function, with the parameters of its `forward`.
 *
 * `Module<[x: Tensor], Tensor>` is the type of any module that is called that way.
 * @example
 * ```ts
 * class Net extends nn.Module {
 *   fc1 = new nn.Linear(1, 16);
 *   fc2 = new nn.Linear(16, 1);
 *   forward(x: torch.Tensor) { return this.fc2(this.fc1(x).relu()); }
 * }
 * const net = new Net();
 * const y = net(torch.randn(8, 1));
 * ```
 */
export class Module<A extends unknown[] = never[], R = unknown> extends Hooked<A, R> {
  /** Whether the module is training: dropout and normalisation behave differently then. Set by `train()` and `eval()`. */
  training = true;
  /** The names that were registered as buffers, and whether each is persistent. */
  #buffers: Map<string, boolean> | null = null;
  /** The names that were registered without a value: null belongs to the parameters or modules there. */
  #absent: Map<string, "parameter" | "module"> | null = null;

  // What belongs to the module: found by looking at its properties, in the order of their definition.

  /** The module's own parameters by name. */
  get _parameters(): Map<string, Parameter | null> {
    const found = new Map<string, Parameter | null>();
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Parameter) found.set(name, value);
      else if (value === null && this.#absent?.get(name) === "parameter") found.set(name, null);
    }
    return found;
  }

  /** The module's own buffers by name. */
  get _buffers(): Map<string, Tensor | null> {
    const found = new Map<string, Tensor | null>();
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Buffer) found.set(name, value);
      else if (this.#buffers?.has(name) && (value === null || (value instanceof Tensor && !(value instanceof Parameter))))
        found.set(name, value);
    }
    return found;
  }

  /** The module's children by name. */
  get _modules(): Map<string, Module | null> {
    const found = new Map<string, Module | null>();
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Module) found.set(name, value);
      else if (value === null && this.#absent?.get(name) === "module") found.set(name, null);
    }
    return found;
  }

  /** @internal Whether a buffer is part of the state. */
  isPersistent(buffer: string): boolean {
    const value: unknown = Reflect.get(this, buffer);
    return value instanceof Buffer ? value.persistent : this.#buffers?.get(buffer) !== false;
  }

  /** @internal Puts a tensor in the place of one that has this name. */
  _replaceMember(name: string, tensor: Tensor): void {
    Reflect.set(this, name, tensor);
  }

  #register(kind: string, name: string, value: unknown): void {
    if (name.includes(".")) throw new ArgumentError(`${kind} name can't contain ".", got: ${name}`);
    if (name === "") throw new ArgumentError(`${kind} name can't be empty string ""`);
    const there: unknown = Reflect.get(this, name);
    const replaces = this._parameters.has(name) || this._buffers.has(name) || this._modules.has(name);
    if (there !== undefined && there !== null && !replaces) throw new ArgumentError(`attribute '${name}' already exists`);
    Reflect.set(this, name, value);
  }

  #leave(name: string, kind: "parameter" | "module"): void {
    this.#absent ??= new Map();
    this.#absent.set(name, kind);
  }

  /**
   * Adds a buffer: a tensor that is state of the module but not learnt.
   * @param persistent whether the buffer is part of the module's state.
   */
  registerBuffer(name: string, tensor: Tensor | null, persistent: boolean | { persistent?: boolean } = true): void {
    if (tensor !== null && !(tensor instanceof Tensor))
      throw new ArgumentError(
        `registerBuffer: cannot assign '${typeof tensor}' object to buffer '${name}' (torch Tensor or null required)`,
      );
    this.#register("buffer", name, tensor);
    this.#buffers ??= new Map();
    this.#buffers.set(name, typeof persistent === "boolean" ? persistent : persistent.persistent !== false);
  }

  /** Adds a parameter; null keeps the place of one that is absent. */
  registerParameter(name: string, parameter: Parameter | null): void {
    if (parameter !== null && !(parameter instanceof Parameter)) {
      throw new ArgumentError(
        `registerParameter: cannot assign '${typeof parameter}' object to parameter '${name}' (torch.nn.Parameter or null required)`,
      );
    }
    this.#register("parameter", name, parameter);
    if (parameter === null) this.#leave(name, "parameter");
  }

  /** Adds a child; null keeps the place of one that is absent. */
  addModule(name: string, module: Module | null): void {
    if (module !== null && !(module instanceof Module)) throw new ArgumentError(`addModule: ${typeof module} is not a Module subclass`);
    this.#register("module", name, module);
    if (module === null) this.#leave(name, "module");
  }

  /** Adds a child, as `addModule`. */
  registerModule(name: string, module: Module | null): void {
    this.addModule(name, module);
  }

  // Finding things.

  /**
   * The module at a dotted path, such as `"encoder.layers.0"`.
   * @throws {ArgumentError} if there is none.
   */
  getSubmodule(target: string): Module {
    return moduleAt<Module>(this, target);
  }

  /** The parameter at a dotted path, such as `"fc.weight"`. */
  getParameter(target: string): Parameter {
    return memberAt<Module, Parameter>("getParameter", this, target, (module) => module._parameters, "an nn.Parameter");
  }

  /** The buffer at a dotted path. */
  getBuffer(target: string): Tensor {
    return memberAt<Module, Tensor>("getBuffer", this, target, (module) => module._buffers, "a buffer");
  }

  /** This module and all below it, with their paths, each once. */
  namedModules(options: WalkOptions = {}): [name: string, module: Module][] {
    return walk<Module>(this, options);
  }

  /** This module and all below it, each once. */
  modules(): Module[] {
    return this.namedModules().map(([, module]) => module);
  }

  /** The modules directly below this one, with their names, each once. */
  namedChildren(): [name: string, module: Module][] {
    const seen = new Set<Module>();
    return [...this._modules].filter((entry): entry is [string, Module] => {
      const module = entry[1];
      if (module === null || seen.has(module)) return false;
      seen.add(module);
      return true;
    });
  }

  /** The modules directly below this one, each once. */
  children(): Module[] {
    return this.namedChildren().map(([, module]) => module);
  }

  /** The parameters of this module and all below it, with their paths, each once. */
  namedParameters(options: MemberOptions = {}): [name: string, parameter: Parameter][] {
    return members<Module, Parameter>(this, (module) => module._parameters, options);
  }

  /** The parameters of this module and, unless `recurse` is false, of all below it: what an optimiser takes. */
  parameters(recurse: boolean | { recurse?: boolean } = true): Parameter[] {
    return this.namedParameters({ recurse: isRecursive(recurse) }).map(([, parameter]) => parameter);
  }

  /** The buffers of this module and all below it, with their paths, each once. */
  namedBuffers(options: MemberOptions = {}): [name: string, buffer: Tensor][] {
    return members<Module, Tensor>(this, (module) => module._buffers, options);
  }

  /** The buffers of this module and, unless `recurse` is false, of all below it. */
  buffers(recurse: boolean | { recurse?: boolean } = true): Tensor[] {
    return this.namedBuffers({ recurse: isRecursive(recurse) }).map(([, buffer]) => buffer);
  }

  // Changing all of it.

  /** Calls `fn` with every module below this one, then with this one, as for initialising parameters. */
  override apply(fn: (module: Module) => void): this {
    for (const child of this.children()) child.apply(fn);
    fn(this);
    return this;
  }

  /** Switches the module and all below it to training, or with false to evaluation. */
  train(mode = true): this {
    if (typeof mode !== "boolean") throw new ArgumentError("train: training mode is expected to be boolean");
    this.training = mode;
    for (const child of this.children()) child.train(mode);
    return this;
  }

  /** Switches the module and all below it to evaluation. */
  eval(): this {
    return this.train(false);
  }

  /** Says for all parameters whether gradients are computed for them. */
  requiresGrad_(requiresGrad = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad = requiresGrad;
    return this;
  }

  /** Forgets the gradients of all parameters, or with `setToNone: false` makes them zeros. */
  zeroGrad(setToNone: boolean | { setToNone?: boolean } = true): void {
    const forget = typeof setToNone === "boolean" ? setToNone : setToNone.setToNone !== false;
    for (const parameter of this.parameters()) {
      if (forget) parameter.grad = null;
      else if (parameter.grad !== null) parameter.grad = parameter.grad.detach().zero_();
    }
  }

  /** @internal Replaces the memory of every parameter and its gradient, and every buffer, each once. */
  _apply(fn: (tensor: Tensor) => Tensor): this {
    replaceAll(this.modules(), fn);
    return this;
  }

  /**
   * Moves parameters and buffers to a device and floating ones to a dtype. The parameters stay the same objects.
   * @throws {DTypeError} for a dtype that is not floating point or complex.
   */
  to(target: ModuleTarget, second?: DType): this {
    return this._apply(conversion(target, second));
  }

  #cast(dtype: DType): this {
    return this._apply((tensor) => (tensor.dtype.isFloatingPoint ? tensor.to(dtype) : tensor));
  }

  /** Makes all floating parameters and buffers float32. */
  float(): this {
    return this.#cast(float32);
  }

  /** Makes all floating parameters and buffers float64. */
  double(): this {
    return this.#cast(float64);
  }

  /** Makes all floating parameters and buffers float16. */
  half(): this {
    return this.#cast(float16);
  }

  /** Makes all floating parameters and buffers bfloat16. */
  bfloat16(): this {
    return this.#cast(bfloat16);
  }

  /** Makes all parameters and buffers of one dtype. */
  type(dtype: DType): this {
    return this._apply((tensor) => tensor.to(dtype));
  }

  /** Moves all parameters and buffers to the CPU. */
  cpu(): this {
    return this._apply((tensor) => tensor.to("cpu"));
  }

  /** Moves parameters and buffers to a device without their values, which are undefined then. */
  toEmpty({ device }: { device: Device | string }): this {
    return this._apply((tensor) => tensor.newEmpty(tensor.shape, { device }));
  }

  // State.

  /** @internal The version of the layout of the module's own state; classes whose layout changed have a higher one. */
  get stateVersion(): number {
    return 1;
  }

  /** @internal Brings entries of an older version up to date, before they are read. */
  upgradeState(_state: StateDict, _prefix: string, _version: number | null): void {}

  /**
   * The parameters and persistent buffers by name, over the memory of the module.
   * @example
   * ```ts
   * Object.keys(new nn.Linear(1, 2).stateDict()); // ["weight", "bias"]
   * ```
   */
  stateDict(options: StateDictOptions = {}): StateDict {
    return collectState(this, options);
  }

  /**
   * Copies parameters and buffers from a state. On an error nothing is changed.
   * @throws {ShapeError} with all names that are missing, unexpected or of the wrong size.
   */
  loadStateDict(
    stateDict: { readonly [name: string]: Tensor },
    strict: boolean | LoadStateDictOptions = true,
    assign = false,
  ): IncompatibleKeys {
    return loadState(this, stateDict, typeof strict === "boolean" ? { strict, assign } : strict);
  }

  /** A copy with parameters, buffers and modules of its own. Fields that are private by `#` are not copied. */
  deepcopy(memo: Map<object, object> = new Map()): this {
    const found = memo.get(this);
    if (found !== undefined) return found as this;
    // The class is not run again: the copy takes over every property instead.
    const copy = Reflect.construct(Module, [], this.constructor as new () => object) as this;
    memo.set(this, copy);
    for (const key of Reflect.ownKeys(this)) {
      const property = Object.getOwnPropertyDescriptor(this, key) as PropertyDescriptor;
      Object.defineProperty(copy, key, "value" in property ? { ...property, value: copyOf(property.value, memo) } : property);
    }
    copy._copyHooks(this);
    copy.#buffers = this.#buffers === null ? null : new Map(this.#buffers);
    copy.#absent = this.#absent === null ? null : new Map(this.#absent);
    return copy;
  }

  // Text.

  /** What the module's text says of it, such as its sizes; several lines are allowed. */
  extraRepr(): string {
    return "";
  }

  /** PyTorch's text of the module and all below it. */
  override toString(): string {
    return moduleText(
      this._getName(),
      this.extraRepr(),
      [...this._modules].map(([name, child]) => [name, child === null ? "None" : child.toString()] as const),
    );
  }
}

printAsText(Module);
