/** What all optimisers share: parameter groups, state and its exchange, hooks. */

import { enableGrad, noGrad } from "../autograd/modes.js";
import type { RemovableHandle } from "../autograd/node.js";
import { ArgumentError } from "../core/errors.js";
import { viewAsComplex, viewAsReal } from "../ops/shape/complexViews.js";
import { bind, parseSchema, type Schema } from "../tensor/schema.js";
import { Tensor } from "../tensor/tensor.js";
import { gatherUpdates } from "../tensor/update.js";
import { camel, loadedState, type OptimizerStateDict, type ParamState, pythonText, snake, storedState } from "./exchange.js";

export type { OptimizerStateDict, ParamState, StateValue } from "./exchange.js";

/** A value of a group's options. */
export type OptionValue = number | boolean | null | readonly number[] | string;

/** Parameters that are updated with the same options. */
export type ParamGroup<O extends object> = O & { params: Tensor[] };

/** What an optimiser is given: parameters, or groups of them with options of their own. */
export type Parameters<O extends object> =
  | Iterable<Tensor>
  | Iterable<readonly [string, Tensor]>
  | Iterable<{ params: Iterable<Tensor> } & Partial<O>>;

type StepHook = (optimizer: object) => void;

/**
 * The base of optimisers. A subclass gives its signature and the update of one parameter.
 *
 * Source: the algorithms follow `torch.optim` of PyTorch 2.13.
 */
export abstract class Optimizer<O extends object> {
  /** The groups, each with its options. Changing an option takes effect at the next step. */
  readonly paramGroups: ParamGroup<O>[] = [];
  /** What is remembered of each parameter. */
  readonly state: Map<Tensor, ParamState> = new Map();
  /** The options of groups that do not give their own. */
  readonly defaults: O;
  private readonly preHooks = new Map<object, StepHook>();
  private readonly postHooks = new Map<object, StepHook>();

  /**
   * @param signature the constructor's, in the notation of operations; its first argument is `params`.
   * @param args the constructor's arguments.
   */
  protected constructor(signature: string, args: readonly unknown[]) {
    const schema: Schema = parseSchema(signature);
    const [params, ...values] = bind(schema, args);
    const options = schema.parameters.slice(1).map((parameter, i) => [parameter.name, values[i]] as const);
    this.defaults = Object.fromEntries(options) as O;
    this.check(this.defaults);
    if (params instanceof Tensor || typeof params !== "object" || params === null || !(Symbol.iterator in params)) {
      throw new ArgumentError(
        `${schema.name}: params argument given to the optimizer should be an iterable of Tensors or groups, but got ${params instanceof Tensor ? "torch.Tensor" : typeof params}`,
      );
    }
    const list: unknown[] = [...(params as Iterable<unknown>)];
    if (list.length === 0) throw new ArgumentError(`${schema.name}: optimizer got an empty parameter list`);
    const isGroup = (one: unknown): one is { params: Iterable<Tensor> } & Partial<O> =>
      typeof one === "object" && one !== null && !(one instanceof Tensor) && "params" in one;
    if (list.every(isGroup)) for (const group of list) this.addParamGroup(group);
    else this.addGroup(list, this.defaults);
  }

  /** Checks the options of a group; throws for what makes no sense. */
  protected abstract check(options: O): void;

  /** Updates one parameter from its gradient, by one `Update` at last. Nothing is recorded. */
  protected abstract update(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<O>): void;

  /** What is remembered as a number and stored as a 0-d float32 tensor, as PyTorch does. */
  protected get scalarState(): readonly string[] {
    return ["step"];
  }

  /** The name of the class. */
  protected get className(): string {
    return this.constructor.name;
  }

  /** Throws unless `value` is a number of at least 0. */
  protected nonNegative(name: string, value: number): void {
    if (!(value >= 0)) throw new ArgumentError(`${this.className}: Invalid ${name}: ${value}`);
  }

  /** Throws unless there are two decay rates in [0, 1). */
  protected twoFractions(betas: readonly number[]): void {
    if (betas.length !== 2) throw new ArgumentError(`${this.className}: betas must be two numbers, got ${betas.length}`);
    betas.forEach((beta, i) => {
      this.fraction(`beta parameter at index ${i}`, beta);
    });
  }

  /** Throws unless `value` lies in [0, 1). */
  protected fraction(name: string, value: number): void {
    if (!(value >= 0 && value < 1)) throw new ArgumentError(`${this.className}: Invalid ${name}: ${value}`);
  }

  /**
   * Adds a group of parameters.
   * @throws {ArgumentError} for a parameter that is no leaf, or is in another group already.
   */
  addParamGroup(group: { params: Iterable<Tensor> } & Partial<O>): void {
    const given = group.params instanceof Tensor ? [group.params] : [...group.params];
    this.addGroup(given, { ...this.defaults, ...group });
  }

  private addGroup(given: readonly unknown[], options: O): void {
    const params = given.map((one: unknown) => (Array.isArray(one) ? (one as unknown[])[1] : one));
    const names = given.flatMap((one: unknown) => (Array.isArray(one) ? [String(one[0])] : []));
    if (names.length > 0 && names.length < given.length)
      throw new ArgumentError(`${this.className}: all optimizer params should be with/without names. Some param names are missing`);
    if (this.paramGroups.length > 0 && names.length > 0 !== this.paramGroups.some((group) => "paramNames" in group)) {
      throw new ArgumentError(
        `${this.className}: all optimizer param groups should be with/without names. cannot add param group with names to the optimizer without, or the other way round`,
      );
    }
    const seen = new Set<unknown>(this.paramGroups.flatMap((other) => other.params));
    for (const param of params) {
      if (!(param instanceof Tensor))
        throw new ArgumentError(
          `${this.className}: optimizer can only optimize Tensors, but one of the params is ${param === null ? "null" : typeof param}`,
        );
      if (!param.isLeaf) throw new ArgumentError(`${this.className}: can't optimize a non-leaf Tensor`);
      if (seen.has(param))
        throw new ArgumentError(`${this.className}: some parameters appear in more than one parameter group, or twice in one`);
      seen.add(param);
    }
    const full = { ...options, params: params as Tensor[], ...(names.length === 0 ? {} : { paramNames: names }) };
    this.check(full);
    this.paramGroups.push(full);
  }

  /** Forgets the gradients of all parameters; with `setToNone` false they become zeros instead. */
  zeroGrad(setToNone = true): void {
    for (const group of this.paramGroups) {
      for (const param of group.params) {
        if (param.grad === null) continue;
        if (setToNone) param.grad = null;
        else param.grad.detach_().zero_();
      }
    }
  }

  /**
   * Updates all parameters that have a gradient.
   * @param closure computes the loss again and returns it; some optimisers need it.
   */
  step(): null;
  step<R>(closure: () => R): R;
  step<R>(closure?: () => R): R | null {
    this.runHooks(this.preHooks);
    const loss = closure === undefined ? null : enableGrad(closure);
    noGrad(() => gatherUpdates(() => this.updateAll()));
    this.runHooks(this.postHooks);
    return loss;
  }

  private updateAll(): void {
    for (const group of this.paramGroups) {
      for (const param of group.params) {
        const grad = param.grad;
        if (grad === null) continue;
        const state = this.stateOf(param);
        if (param.dtype.isComplex) this.updateComplex(param, grad, state, group);
        else this.update(param, grad, state, group);
      }
    }
  }

  /** What is remembered of a parameter; empty at first. */
  protected stateOf(param: Tensor): ParamState {
    let state = this.state.get(param);
    if (state === undefined) {
      state = {};
      this.state.set(param, state);
    }
    return state;
  }

  private runHooks(hooks: ReadonlyMap<object, StepHook>): void {
    for (const hook of [...hooks.values()]) hook(this);
  }

  /** Takes a step with hooks around it, for optimisers that update all parameters together. */
  protected hooked<R>(step: () => R): R {
    this.runHooks(this.preHooks);
    const result = noGrad(step);
    this.runHooks(this.postHooks);
    return result;
  }

  /** Updates a complex parameter as the pairs of real numbers that it is. */
  protected updateComplex(param: Tensor, grad: Tensor, state: ParamState, group: ParamGroup<O>): void {
    const asReal = (tensor: Tensor): Tensor => viewAsReal(tensor.detach());
    const view: ParamState = {};
    for (const [name, value] of Object.entries(state))
      view[name] = value instanceof Tensor && value.dtype.isComplex ? asReal(value) : value;
    this.update(asReal(param), asReal(grad), view, group);
    for (const [name, value] of Object.entries(view))
      if (!(name in state) || !(value instanceof Tensor)) state[name] = value instanceof Tensor ? viewAsComplex(value) : value;
  }

  /** Calls a hook before every step. */
  registerStepPreHook(hook: StepHook): RemovableHandle {
    const handle = { remove: (): void => void this.preHooks.delete(handle) };
    this.preHooks.set(handle, hook);
    return handle;
  }

  /** Calls a hook after every step. */
  registerStepPostHook(hook: StepHook): RemovableHandle {
    const handle = { remove: (): void => void this.postHooks.delete(handle) };
    this.postHooks.set(handle, hook);
    return handle;
  }

  /** The state as data: options of the groups, parameters as numbers, and what is remembered of them. PyTorch's layout and names. */
  stateDict(): OptimizerStateDict {
    const indices = new Map<Tensor, number>();
    const groups = this.paramGroups.map((group) => {
      const { params, ...options } = group;
      const entries = Object.entries(options).map(([name, value]) => [snake(name), value] as const);
      return { ...Object.fromEntries(entries), params: params.map((param) => numbered(indices, param)) };
    });
    const state: OptimizerStateDict["state"] = {};
    for (const [param, index] of indices) {
      const own = this.state.get(param);
      if (own === undefined || Object.keys(own).length === 0) continue;
      state[index] = storedState(own, this.scalarState);
    }
    return { state, param_groups: groups };
  }

  /**
   * Takes over a state that `stateDict` (or PyTorch's `state_dict`) gave. Tensors are copied to the parameters' devices and dtypes.
   * @throws {ArgumentError} if its groups do not fit; then nothing is changed.
   */
  loadStateDict(dict: OptimizerStateDict): void {
    const groups = dict.param_groups;
    if (groups.length !== this.paramGroups.length) {
      throw new ArgumentError(
        `${this.className}: loaded state dict has a different number of parameter groups: ${groups.length}, not ${this.paramGroups.length}`,
      );
    }
    const params = new Map<number, Tensor>();
    groups.forEach((group, g) => {
      const numbers = group["params"] as readonly number[];
      const own = (this.paramGroups[g] as ParamGroup<O>).params;
      if (numbers.length !== own.length) {
        throw new ArgumentError(
          `${this.className}: loaded state dict contains a parameter group that doesn't match the size of optimizer's group: ${numbers.length}, not ${own.length}`,
        );
      }
      numbers.forEach((n, i) => {
        params.set(n, own[i] as Tensor);
      });
    });
    const loaded = new Map<Tensor, ParamState>();
    for (const [key, values] of Object.entries(dict.state)) {
      const param = params.get(Number(key));
      if (param === undefined)
        throw new ArgumentError(`${this.className}: loaded state dict has state for parameter ${key}, which is in no group`);
      loaded.set(param, loadedState(param, values, this.scalarState));
    }
    groups.forEach((group, g) => {
      for (const [name, value] of Object.entries(group))
        if (name !== "params") Object.assign(this.paramGroups[g] as object, { [camel(name)]: value });
    });
    this.state.clear();
    for (const [param, state] of loaded) this.state.set(param, state);
  }

  /** PyTorch's text: the class and the options of every group. */
  toString(): string {
    const lines = this.paramGroups.map((group, g) => {
      const options = Object.entries(group)
        .filter(([name]) => name !== "params")
        .map(([name, value]) => [snake(name), value] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => `    ${name}: ${pythonText(value)}\n`);
      return `Parameter Group ${g}\n${options.join("")}`;
    });
    return `${this.className} (\n${lines.join("\n")})`;
  }
}

function numbered(indices: Map<Tensor, number>, param: Tensor): number {
  const known = indices.get(param);
  if (known !== undefined) return known;
  indices.set(param, indices.size);
  return indices.size - 1;
}
