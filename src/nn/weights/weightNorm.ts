/** Weight normalisation: the length and the direction of weights as parameters of their own (Salimans and Kingma, 2016). */

import { noGrad } from "../../autograd/modes.js";
import { ArgumentError } from "../../core/errors.js";
import { vectorNorm } from "../../ops/reduce/vectorNorm.js";
import type { Args } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reader } from "../arguments.js";
import type { Module } from "../module.js";
import { Parameter } from "../parameter.js";
import { type Computation, computationOf, computeBeforeCalls, parameterOf, stopComputing, tensorOf } from "./replaced.js";

/** The norms of slices along a dimension, in a shape that stretches over the tensor; of the whole tensor for null or -1. */
export function normExceptDim(v: Tensor, dim: number | null): Tensor {
  if (dim === null || dim === -1) return vectorNorm(v, 2);
  const kept = dim < 0 ? dim + v.shape.length : dim;
  const others = v.shape.map((_, d) => d).filter((d) => d !== kept);
  return others.length === 0 ? v.abs() : vectorNorm(v, 2, others, true);
}

/** `v · g / |v|`, with the norms of slices along a dimension. */
export function withLength(v: Tensor, g: Tensor, dim: number | null): Tensor {
  return v.mul(g.div(normExceptDim(v, dim)));
}

class WeightNorm implements Computation {
  constructor(
    readonly tensorName: string,
    readonly dim: number | null,
  ) {}

  compute(module: Module): Tensor {
    const { tensorName: name, dim } = this;
    return withLength(tensorOf("weightNorm", module, `${name}_v`), tensorOf("weightNorm", module, `${name}_g`), dim);
  }
}

const normArguments = reader("weightNorm(any module, str name='weight', int? dim=0)");

/**
 * Replaces a parameter by its direction `{name}_v` and its lengths `{name}_g`, one for each slice along `dim` (null: one for all); before every call
 * the parameter is computed from them. `nn.utils.parametrizations.weightNorm` is its successor.
 * @throws {ArgumentError} if there is no such parameter, or it is normalised already.
 */
export function weightNorm<M extends Module>(
  module: M,
  ...args: Args<[name: string, dim: number | null], { name?: string; dim?: number | null }>
): M {
  const [, name, dim] = normArguments([module, ...args]);
  if (computationOf(module, name, WeightNorm) !== undefined)
    throw new ArgumentError(`weightNorm: Cannot register two weight_norm hooks on the same parameter ${name}`);
  const weight = parameterOf("weightNorm", module, name);
  Reflect.deleteProperty(module, name);
  module.registerParameter(`${name}_g`, new Parameter(noGrad(() => normExceptDim(weight, dim)).detach()));
  module.registerParameter(`${name}_v`, new Parameter(weight.data));
  const norm = new WeightNorm(name, dim);
  computeBeforeCalls(module, norm, norm.compute(module));
  return module;
}

/**
 * Makes a normalised parameter an ordinary one again.
 * @throws {ArgumentError} if it is not normalised.
 */
export function removeWeightNorm<M extends Module>(module: M, name = "weight"): M {
  const found = computationOf(module, name, WeightNorm);
  if (found === undefined) throw new ArgumentError(`removeWeightNorm: weight_norm of '${name}' not found in ${module._getName()}`);
  const weight = noGrad(() => found.compute(module));
  stopComputing(module, found);
  for (const part of ["_g", "_v"]) Reflect.deleteProperty(module, name + part);
  module.registerParameter(name, new Parameter(weight.data));
  return module;
}
