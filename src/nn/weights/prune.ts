/** `torch.nn.utils.prune`: elements of parameters that are kept at zero. */

import { noGrad } from "../../autograd/modes.js";
import { ArgumentError, ShapeError } from "../../core/errors.js";
import { formatShape, sameShape } from "../../core/shape.js";
import { cat } from "../../ops/shape/joining.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Module } from "../module.js";
import { Parameter } from "../parameter.js";
import {
  type BasePruningMethod,
  CustomFromMask,
  Identity,
  L1Unstructured,
  LnStructured,
  PruningContainer,
  RandomStructured,
  RandomUnstructured,
} from "./pruning.js";
import { type Computation, computationOf, computeBeforeCalls, parameterOf, stopComputing, tensorOf } from "./replaced.js";

export {
  BasePruningMethod,
  CustomFromMask,
  Identity,
  L1Unstructured,
  LnStructured,
  PruningContainer,
  type PruningType,
  RandomStructured,
  RandomUnstructured,
} from "./pruning.js";

class Pruned implements Computation {
  constructor(
    readonly tensorName: string,
    readonly methods: PruningContainer,
  ) {}

  compute(module: Module): Tensor {
    const original = tensorOf("prune", module, `${this.tensorName}_orig`);
    return tensorOf("prune", module, `${this.tensorName}_mask`).to(original.dtype).mul(original);
  }
}

interface Scored {
  /** How important each element is, where that is not its magnitude. */
  importanceScores?: Tensor | null;
}

/**
 * Prunes a parameter in some way: `{name}_orig` is the parameter then, `{name}_mask` the mask, and before every call the parameter is their product.
 * @throws {ArgumentError} if there is no such parameter.
 */
export function applyMethod<M extends Module>(
  module: M,
  name: string,
  method: BasePruningMethod,
  { importanceScores = null }: Scored = {},
): M {
  const known = computationOf(module, name, Pruned);
  const original = known === undefined ? parameterOf("prune", module, name) : tensorOf("prune", module, `${name}_orig`);
  const scores = importanceScores ?? tensorOf("prune", module, name);
  if (!sameShape(scores.shape, original.shape))
    throw new ShapeError(
      `prune: importance_scores should have the same shape as parameter ${name} of ${module._getName()}, got ${formatShape(scores.shape)} vs ${formatShape(original.shape)}`,
    );
  const methods = new PruningContainer(...(known?.methods ?? []), method);
  const before = known === undefined ? original.newOnes(original.shape) : tensorOf("prune", module, `${name}_mask`);
  const mask = noGrad(() => (known === undefined ? method : methods).computeMask(scores, before)).detach();
  if (known === undefined) {
    Reflect.deleteProperty(module, name);
    module.registerParameter(`${name}_orig`, parameterLike(original));
  } else stopComputing(module, known);
  module.registerBuffer(`${name}_mask`, mask);
  const pruned = new Pruned(name, methods);
  computeBeforeCalls(module, pruned, pruned.compute(module));
  return module;
}

const parameterLike = (tensor: Tensor): Parameter => (tensor instanceof Parameter ? tensor : new Parameter(tensor.data));

/** Prunes nothing, but makes the parameter one that is pruned. */
export function identity<M extends Module>(module: M, name: string): M {
  return applyMethod(module, name, new Identity());
}

/** Prunes random elements: `amount` of them, or as a fraction that share. */
export function randomUnstructured<M extends Module>(module: M, name: string, amount: number): M {
  return applyMethod(module, name, new RandomUnstructured(amount));
}

/**
 * Prunes the elements of the smallest magnitude: `amount` of them, or as a fraction that share.
 * @example
 * ```ts
 * const layer = nn.utils.prune.l1Unstructured(new nn.Linear(2, 3), "weight", 0.2);
 * Object.keys(layer.stateDict()); // ["bias", "weight_orig", "weight_mask"]
 * ```
 */
export function l1Unstructured<M extends Module>(module: M, name: string, amount: number, options: Scored = {}): M {
  return applyMethod(module, name, new L1Unstructured(amount), options);
}

/** Prunes random channels along a dimension: `amount` of them, or as a fraction that share. */
export function randomStructured<M extends Module>(module: M, name: string, amount: number, dim: number): M {
  return applyMethod(module, name, new RandomStructured(amount, dim));
}

/** Prunes the channels of the smallest `n`-norm along a dimension: `amount` of them, or as a fraction that share. */
export function lnStructured<M extends Module>(
  module: M,
  name: string,
  amount: number,
  n: number | "fro",
  dim: number,
  options: Scored = {},
): M {
  return applyMethod(module, name, new LnStructured(amount, n, dim), options);
}

/** Prunes where a mask is 0. */
export function customFromMask<M extends Module>(module: M, name: string, mask: Tensor): M {
  return applyMethod(module, name, new CustomFromMask(mask));
}

/**
 * Prunes several parameters as if they were one.
 * @throws {ArgumentError} for a way that prunes channels.
 */
export function globalUnstructured(parameters: Iterable<readonly [module: Module, name: string]>, method: BasePruningMethod): void {
  if (method.pruningType !== "unstructured")
    throw new ArgumentError(
      `globalUnstructured: Only "unstructured" PRUNING_TYPE supported for the \`pruning_method\`. Found type ${method.pruningType}`,
    );
  const all = [...parameters].map(([module, name]) => ({ module, name, tensor: tensorOf("prune", module, name) }));
  const maskOf = ({ module, name, tensor }: (typeof all)[number]): Tensor =>
    module._buffers.get(`${name}_mask`) ?? tensor.newOnes(tensor.shape);
  const scores = cat(all.map(({ tensor }) => tensor.detach().flatten()));
  const mask = new PruningContainer(method).computeMask(scores, cat(all.map((one) => maskOf(one).flatten())));
  const parts = mask.split(all.map(({ tensor }) => tensor.count));
  all.forEach(({ module, name, tensor }, i) => {
    customFromMask(module, name, (parts[i] as Tensor).view(tensor.shape));
  });
}

/**
 * Makes a pruned parameter an ordinary one, in which the pruned elements are zero.
 * @throws {ArgumentError} if it is not pruned.
 */
export function remove<M extends Module>(module: M, name: string): M {
  const found = computationOf(module, name, Pruned);
  if (found === undefined)
    throw new ArgumentError(`remove: Parameter '${name}' of module ${module._getName()} has to be pruned before pruning can be removed`);
  const original = parameterOf("remove", module, `${name}_orig`);
  const value = noGrad(() => found.compute(module));
  stopComputing(module, found);
  for (const part of ["_orig", "_mask"]) Reflect.deleteProperty(module, name + part);
  original.data = value.data;
  module.registerParameter(name, original);
  return module;
}

/** Whether a parameter of the module, or of one below it, is pruned. */
export function isPruned(module: Module): boolean {
  return module.modules().some((one) => computationOf(one, null, Pruned) !== undefined);
}
