/** The state of a module as a dictionary: taking it out, and putting it back. */

import { modes } from "../autograd/modes.js";
import { ArgumentError, ShapeError } from "../core/errors.js";
import { sameShape } from "../core/shape.js";
import { copyInto } from "../tensor/copy.js";
import { rebase } from "../tensor/graph.js";
import { Size } from "../tensor/size.js";
import { Tensor } from "../tensor/tensor.js";
import type { ModuleHooks } from "./hooks.js";
import { isUninitialized, materialize, Parameter } from "./parameter.js";

/** Tensors by their dotted names, as PyTorch's: `{ "fc.weight": …, "fc.bias": … }`. */
export interface StateDict {
  [name: string]: Tensor;
}

/** What is known of each module of a state: the version of its layout. */
export interface StateMetadata {
  readonly [module: string]: { readonly version?: number };
}

/** The names that did not match in `loadStateDict`. */
export class IncompatibleKeys {
  constructor(
    /** Names that the module has and the state lacks. */
    readonly missingKeys: readonly string[],
    /** Names that the state has and the module lacks. */
    readonly unexpectedKeys: readonly string[],
  ) {}

  /** `<All keys matched successfully>`, or both lists. */
  toString(): string {
    if (this.missingKeys.length === 0 && this.unexpectedKeys.length === 0) return "<All keys matched successfully>";
    const list = (keys: readonly string[]): string => `[${keys.map((key) => `'${key}'`).join(", ")}]`;
    return `_IncompatibleKeys(missing_keys=${list(this.missingKeys)}, unexpected_keys=${list(this.unexpectedKeys)})`;
  }
}

/** What saving and loading must know of a module. */
export interface Stateful {
  readonly _parameters: ReadonlyMap<string, Tensor | null>;
  readonly _buffers: ReadonlyMap<string, Tensor | null>;
  readonly _modules: ReadonlyMap<string, Stateful | null>;
  /** The version of the layout of the module's own state. */
  readonly stateVersion: number;
  isPersistent(buffer: string): boolean;
  /** Puts a tensor in the place of one that has this name. */
  _replaceMember(name: string, tensor: Tensor): void;
  /** The module's hooks, if it has any. */
  hooksOf(): ModuleHooks | null;
  /** Brings entries of an older version up to date, before they are read. */
  upgradeState(state: StateDict, prefix: string, version: number | null): void;
  _getName(): string;
}

/** The parameters and persistent buffers of the module itself. */
function* ownState(module: Stateful): Generator<[string, Tensor]> {
  for (const [name, tensor] of module._parameters) if (tensor !== null) yield [name, tensor];
  for (const [name, tensor] of module._buffers) if (tensor !== null && module.isPersistent(name)) yield [name, tensor];
}

/** Options of `stateDict`. */
export interface StateDictOptions {
  /** Put before every name. */
  prefix?: string;
  /** Gives the parameters themselves, not tensors outside the graph over their memory. */
  keepVars?: boolean;
  /** Adds to this dictionary. */
  destination?: StateDict;
}

/** The metadata of a state, as PyTorch attaches them. */
export function metadataOf(state: object): StateMetadata | null {
  const found: unknown = Reflect.get(state, "_metadata");
  return typeof found === "object" && found !== null && !(found instanceof Tensor) ? (found as StateMetadata) : null;
}

/** See `Module.stateDict`. */
export function collectState(module: Stateful, options: StateDictOptions): StateDict {
  const { prefix = "", keepVars = false, destination = {} } = options;
  const metadata: Record<string, { version: number }> = {};
  if (metadataOf(destination) === null)
    Object.defineProperty(destination, "_metadata", { value: metadata, enumerable: false, writable: true, configurable: true });
  const into = metadataOf(destination) as Record<string, { version: number }>;
  const walk = (from: Stateful, path: string): void => {
    into[path.slice(0, -1)] = { version: from.stateVersion };
    const hooks = from.hooksOf()?.lists;
    hooks?.stateDictPre.run(
      from,
      () => [path, keepVars],
      () => {},
    );
    for (const [name, tensor] of ownState(from)) destination[path + name] = keepVars ? tensor : tensor.data;
    for (const [name, child] of from._modules) if (child !== null) walk(child, `${path}${name}.`);
    hooks?.stateDict.run(
      from,
      () => [destination, path],
      () => {},
    );
  };
  walk(module, prefix);
  return destination;
}

/** Options of `loadStateDict`. */
export interface LoadStateDictOptions {
  /** Whether the names must be exactly those of the module. */
  strict?: boolean;
  /** Makes the given tensors the module's own instead of copying their values. */
  assign?: boolean;
}

/** What loading found: what is to be done, and what is wrong. */
class Plan {
  readonly steps: (() => void)[] = [];
  readonly missing: string[] = [];
  readonly unexpected: string[] = [];
  readonly errors: string[] = [];

  constructor(
    private readonly state: StateDict,
    private readonly metadata: StateMetadata | null,
    private readonly assign: boolean,
  ) {}

  visit(module: Stateful, prefix: string): void {
    const hooks = module.hooksOf()?.lists;
    hooks?.loadPre.run(
      module,
      () => [this.state, prefix],
      () => {},
    );
    module.upgradeState(this.state, prefix, this.metadata?.[prefix.slice(0, -1)]?.version ?? null);
    const own = new Map(ownState(module));
    for (const [name, target] of own) this.entry(module, name, target, prefix + name);
    for (const key of Object.keys(this.state)) {
      if (!key.startsWith(prefix)) continue;
      const [head = "", ...rest] = key.slice(prefix.length).split(".");
      if (rest.length > 0 ? !module._modules.has(head) : !own.has(head)) this.unexpected.push(key);
    }
    for (const [name, child] of module._modules) if (child !== null) this.visit(child, `${prefix}${name}.`);
    hooks?.loadPost.run(
      module,
      () => [new IncompatibleKeys(this.missing, this.unexpected)],
      () => {},
    );
  }

  private entry(module: Stateful, name: string, target: Tensor, key: string): void {
    let source: unknown = this.state[key];
    if (source === undefined) {
      this.missing.push(key);
      return;
    }
    if (!(source instanceof Tensor)) {
      this.errors.push(
        `While copying the parameter named "${key}", expected torch.Tensor or Tensor-like object from checkpoint but received ${typeof source}`,
      );
      return;
    }
    if (target.shape.length === 0 && source.shape.length === 1 && source.shape[0] === 1) source = source.select(0, 0);
    const value = source as Tensor;
    if (isUninitialized(target)) {
      this.steps.push(() => materialize(target, value.shape));
    } else if (!sameShape(value.shape, target.shape)) {
      this.errors.push(
        `size mismatch for ${key}: copying a param with shape ${Size.ofShape(value.shape)} from checkpoint, the shape in current model is ${Size.ofShape(target.shape)}.`,
      );
      return;
    }
    this.steps.push(this.assign ? () => adopt(module, name, target, value) : () => overwrite(target, value));
  }
}

/** Makes a tensor the module's own; a parameter keeps its wish for a gradient. */
function adopt(module: Stateful, name: string, target: Tensor, value: Tensor): void {
  if (!(target instanceof Parameter)) return module._replaceMember(name, value);
  const own = value instanceof Parameter ? value : new Parameter(value, false);
  own.requiresGrad = target.requiresGrad;
  module._replaceMember(name, own);
}

/** Writes the values of one tensor into another, recording nothing. */
export function overwrite(target: Tensor, source: Tensor): void {
  const before = modes.grad;
  modes.grad = false;
  try {
    copyInto(target, source);
    rebase(target, null, 0);
  } finally {
    modes.grad = before;
  }
}

function quoted(keys: readonly string[]): string {
  return keys.map((key) => `"${key}"`).join(", ");
}

/** See `Module.loadStateDict`. */
export function loadState(module: Stateful, given: { readonly [name: string]: Tensor }, options: LoadStateDictOptions): IncompatibleKeys {
  if (typeof given !== "object" || given === null)
    throw new ArgumentError(`loadStateDict: Expected state_dict to be dict-like, got ${given === null ? "null" : typeof given}.`);
  const plan = new Plan({ ...given }, metadataOf(given), options.assign === true);
  plan.visit(module, "");
  const { errors, missing, unexpected } = plan;
  if (options.strict !== false) {
    if (unexpected.length > 0) errors.unshift(`Unexpected key(s) in state_dict: ${quoted(unexpected)}. `);
    if (missing.length > 0) errors.unshift(`Missing key(s) in state_dict: ${quoted(missing)}. `);
  }
  if (errors.length > 0)
    throw new ShapeError(`loadStateDict: Error(s) in loading state_dict for ${module._getName()}:\n\t${errors.join("\n\t")}`);
  for (const step of plan.steps) step();
  return new IncompatibleKeys(missing, unexpected);
}
