/** Spectral normalisation: weights divided by their largest singular value (Miyato et al., 2018). */

import { noGrad } from "../../autograd/modes.js";
import { ArgumentError } from "../../core/errors.js";
import type { Args } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reader } from "../arguments.js";
import { normalize } from "../functional.js";
import type { Module } from "../module.js";
import { ConvNd } from "../modules/convBase.js";
import { isUninitialized, Parameter } from "../parameter.js";
import { type Computation, computationOf, computeBeforeCalls, parameterOf, stopComputing, tensorOf } from "./replaced.js";

/** A weight as a matrix whose rows are its slices along a dimension. */
export function asRows(weight: Tensor, dim: number): Tensor {
  const turned = dim === 0 ? weight : weight.permute([dim, ...weight.shape.map((_, d) => d).filter((d) => d !== dim)]);
  return turned.reshape([turned.shape[0] as number, -1]);
}

/** The dimension of a weight that belongs to the outputs of its module. */
export const outputDim = (module: Module): number => (module instanceof ConvNd && module.transposed ? 1 : 0);

/** A random vector of length 1. */
export const unitVector = (like: Tensor, size: number, eps: number): Tensor =>
  normalize(like.newEmpty([size]).normal_(0, 1), { dim: 0, eps });

class SpectralNorm implements Computation {
  constructor(
    readonly tensorName: string,
    readonly iterations: number,
    readonly dim: number,
    readonly eps: number,
  ) {}

  compute(module: Module): Tensor {
    return this.computeWith(module, module.training);
  }

  computeWith(module: Module, iterate: boolean): Tensor {
    const part = (suffix: string): Tensor => tensorOf("spectralNorm", module, this.tensorName + suffix);
    const [weight, u, v] = [part("_orig"), part("_u"), part("_v")];
    const matrix = asRows(weight, this.dim);
    if (iterate)
      noGrad(() => {
        for (let i = 0; i < this.iterations; i++) {
          v.copy_(normalize(matrix.t().mv(u), { dim: 0, eps: this.eps }));
          u.copy_(normalize(matrix.mv(v), { dim: 0, eps: this.eps }));
        }
      });
    // Copies, since the next call writes u and v before this one's gradients are computed.
    const [left, right] = iterate ? [u.clone(), v.clone()] : [u, v];
    return weight.div(left.dot(matrix.mv(right)));
  }
}

const normArguments = reader("spectralNorm(any module, str name='weight', int nPowerIterations=1, float eps=1e-12, int? dim=null)");

/** The options of spectral normalisation. */
export interface SpectralNormOptions {
  name?: string;
  /** How many steps towards the largest singular value are taken in every call while training. */
  nPowerIterations?: number;
  eps?: number;
  /** The dimension of the outputs; 1 for transposed convolutions, else 0. */
  dim?: number | null;
}

/**
 * Divides a parameter by its largest singular value before every call, in training after a step of the power iteration: `{name}_orig` is the parameter
 * then, `{name}_u` and `{name}_v` the vectors. `nn.utils.parametrizations.spectralNorm` is its successor.
 * @throws {ArgumentError} if there is no such parameter, or it is normalised already.
 */
export function spectralNorm<M extends Module>(
  module: M,
  ...args: Args<[name: string, nPowerIterations: number, eps: number, dim: number | null], SpectralNormOptions>
): M {
  const [, name, iterations, eps, dim] = normArguments([module, ...args]);
  if (iterations <= 0)
    throw new ArgumentError(`spectralNorm: Expected n_power_iterations to be positive, but got n_power_iterations=${iterations}`);
  if (computationOf(module, name, SpectralNorm) !== undefined)
    throw new ArgumentError(`spectralNorm: Cannot register two spectral_norm hooks on the same parameter ${name}`);
  const weight = parameterOf("spectralNorm", module, name);
  if (isUninitialized(weight))
    throw new ArgumentError(`spectralNorm: the parameter '${name}' has no shape yet; call the module once before`);
  const norm = new SpectralNorm(name, iterations, dim ?? outputDim(module), eps);
  const [rows, columns] = asRows(weight.data, norm.dim).shape as [number, number];
  const [u, v] = [unitVector(weight.data, rows, eps), unitVector(weight.data, columns, eps)];
  Reflect.deleteProperty(module, name);
  module.registerParameter(`${name}_orig`, weight);
  module.registerBuffer(`${name}_u`, u);
  module.registerBuffer(`${name}_v`, v);
  computeBeforeCalls(module, norm, weight.data);
  return module;
}

/**
 * Makes a normalised parameter an ordinary one again.
 * @throws {ArgumentError} if it is not normalised.
 */
export function removeSpectralNorm<M extends Module>(module: M, name = "weight"): M {
  const found = computationOf(module, name, SpectralNorm);
  if (found === undefined) throw new ArgumentError(`removeSpectralNorm: spectral_norm of '${name}' not found in ${module._getName()}`);
  const weight = noGrad(() => found.computeWith(module, false));
  stopComputing(module, found);
  for (const part of ["_u", "_v", "_orig"]) Reflect.deleteProperty(module, name + part);
  module.registerParameter(name, new Parameter(weight.data));
  return module;
}
