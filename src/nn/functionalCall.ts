/** Modules as functions of their parameters. */

import { ArgumentError } from "../core/errors.js";
import { stack } from "../ops/shape/joining.js";
import type { Tensor } from "../tensor/tensor.js";
import type { ForwardArguments, ForwardResult } from "./hooked.js";
import type { Module } from "./module.js";
import { isParametrized } from "./weights/parametrize.js";

/** Tensors by the names that they have in a module's state. */
type Named = Readonly<Record<string, Tensor>>;

interface CallOptions {
  /** Whether a tensor that has several names is replaced under all of them when it is given under one. */
  tieWeights?: boolean;
  /** Whether all tensors must be given, and no others. */
  strict?: boolean;
}

/** The parameters and buffers of a module by name, those with several names under each. */
function tensorsOf(module: Module): Map<string, Tensor> {
  const options = { removeDuplicate: false };
  return new Map<string, Tensor>([...module.namedParameters(options), ...module.namedBuffers(options)]);
}

function checkNames(given: Named, known: ReadonlyMap<string, Tensor>): void {
  const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(", ");
  const unexpected = Object.keys(given).filter((name) => !known.has(name));
  const missing = [...known.keys()].filter((name) => !(name in given));
  const errors: string[] = [];
  if (unexpected.length > 0) errors.push(`Unexpected key(s): ${quoted(unexpected)}.`);
  if (missing.length > 0) errors.push(`Missing key(s): ${quoted(missing)}.`);
  if (errors.length > 0) throw new ArgumentError(`functionalCall: Error(s) in reparametrizing the module:\n\t${errors.join("\n\t")}`);
}

/** The given tensors, also under the other names that those which they replace have. */
function tied(given: Named, known: ReadonlyMap<string, Tensor>): Named {
  const replacements = new Map<Tensor, Tensor>();
  for (const [name, tensor] of Object.entries(given)) {
    const replaced = known.get(name);
    if (replaced === undefined) continue;
    const other = replacements.get(replaced);
    if (other !== undefined && other !== tensor)
      throw new ArgumentError(
        `functionalCall: functional_call got multiple values for the tied tensor '${name}'. Give it under one name, or set tieWeights to false.`,
      );
    replacements.set(replaced, tensor);
  }
  const all: Record<string, Tensor> = { ...given };
  for (const [name, tensor] of known) {
    const replacement = replacements.get(tensor);
    if (replacement !== undefined) all[name] = replacement;
  }
  return all;
}

/** Puts a tensor in the place of a module's own; returns how to put that back. */
function replace(root: Module, path: string, tensor: Tensor): () => void {
  const dot = path.lastIndexOf(".");
  const module = root.getSubmodule(dot < 0 ? "" : path.slice(0, dot));
  const name = path.slice(dot + 1);
  if (isParametrized(module, name))
    throw new ArgumentError(`functionalCall: '${path}' is parametrized; give 'parametrizations.${name}.original' instead`);
  const own = Object.getOwnPropertyDescriptor(module, name);
  if (own === undefined) throw new ArgumentError(`functionalCall: ${module._getName()} has no attribute \`${name}\``);
  Object.defineProperty(module, name, { ...own, value: tensor });
  return () => {
    Object.defineProperty(module, name, own);
  };
}

/**
 * Calls a module with other parameters and buffers than its own, given by name; those that are not given are its own. Gradients flow to those given.
 * @throws {ArgumentError} for a name that the module does not have.
 * @example
 * ```ts
 * const net = new nn.Linear(2, 1, { bias: false });
 * const weight = torch.ones(1, 2, { requiresGrad: true });
 * nn.utils.stateless.functionalCall(net, { weight }, [torch.ones(3, 2)]).sum().backward();
 * weight.grad; // tensor([[3., 3.]])
 * ```
 */
export function functionalCall<M extends Module>(
  module: M,
  parametersAndBuffers: Named | readonly Named[],
  args: ForwardArguments<M>,
  { tieWeights = true, strict = false }: CallOptions = {},
): ForwardResult<M> {
  const lists: readonly Named[] = Array.isArray(parametersAndBuffers) ? parametersAndBuffers : [parametersAndBuffers as Named];
  const given: Record<string, Tensor> = Object.assign({}, ...lists);
  const known = tensorsOf(module);
  if (strict) checkNames(given, known);
  const restore: (() => void)[] = [];
  try {
    for (const [name, tensor] of Object.entries(tieWeights ? tied(given, known) : given)) restore.push(replace(module, name, tensor));
    return Reflect.apply(module, undefined, args);
  } finally {
    for (const put of restore.reverse()) put();
  }
}

/**
 * The parameters and the buffers of several models of one class, those of each name stacked: for calling all of them as one function.
 * @throws {ArgumentError} for no models, or models of different classes or modes.
 */
export function stackModuleState(models: readonly Module[]): [parameters: Record<string, Tensor>, buffers: Record<string, Tensor>] {
  const [first] = models;
  if (first === undefined) throw new ArgumentError("stackModuleState: Expected at least one model, got 0.");
  if (models.some((model) => model.training !== first.training))
    throw new ArgumentError("stackModuleState: Expected all models to have the same training/eval mode.");
  if (models.some((model) => model.constructor !== first.constructor))
    throw new ArgumentError("stackModuleState: Expected all models to be of the same class.");
  const stacked = (tensorsBy: (model: Module) => readonly (readonly [string, Tensor])[]): Record<string, Tensor> => {
    const states = models.map((model) => new Map(tensorsBy(model)));
    const names = tensorsBy(first).map(([name]) => name);
    return Object.fromEntries(
      names.map((name) => {
        const tensors = states.map((state) => state.get(name) as Tensor);
        const whole = stack(tensors.map((tensor) => tensor.detach()));
        whole.requiresGrad = tensors.every((tensor) => tensor.requiresGrad);
        return [name, whole];
      }),
    );
  };
  return [stacked((model) => model.namedParameters()), stacked((model) => model.namedBuffers())];
}
