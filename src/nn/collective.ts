/** `torch.nn.utils`: the parameters of a model taken together, as one long vector. */

import { noGrad } from "../autograd/modes.js";
import { ArgumentError, TorchError } from "../core/errors.js";
import { scalarTensor } from "../ops/create/tensor.js";
import { vectorNorm } from "../ops/reduce/vectorNorm.js";
import { cat, stack } from "../ops/shape/joining.js";
import type { Args } from "../tensor/dispatch.js";
import { Tensor } from "../tensor/tensor.js";
import { reader } from "./arguments.js";

type Tensors = Tensor | Iterable<Tensor>;

const list = (tensors: Tensors): Tensor[] => (tensors instanceof Tensor ? [tensors] : [...tensors]);

const gradientsOf = (parameters: Tensors): Tensor[] =>
  list(parameters).flatMap((parameter) => (parameter.grad === null ? [] : [parameter.grad]));

interface NormOptions {
  /** The `p` of the norm; `Infinity` for the largest value. */
  normType?: number;
  /** Whether a norm that is no finite number is an error. Asking makes the device wait. */
  errorIfNonfinite?: boolean;
}

const normArguments = reader("getTotalNorm(any tensors, float normType=2, bool errorIfNonfinite=false, bool? foreach=null)");

/**
 * The norm of all tensors as if they were one vector.
 * @throws {TorchError} with `errorIfNonfinite`, if it is no finite number.
 */
export function getTotalNorm(tensors: Tensors, ...args: Args<[normType: number, errorIfNonfinite: boolean], NormOptions>): Tensor {
  const [, normType, errorIfNonfinite] = normArguments([list(tensors), ...args]);
  const all = list(tensors);
  const [first] = all;
  if (first === undefined) return scalarTensor(0);
  const total = vectorNorm(stack(all.map((tensor) => vectorNorm(tensor, normType).to(first.device))), normType);
  if (errorIfNonfinite && !Number.isFinite(total.item())) {
    throw new TorchError(
      `getTotalNorm: The total norm of order ${normType} for gradients from \`parameters\` is non-finite, so it cannot be clipped. To disable this error and scale the gradients by the non-finite norm anyway, set { errorIfNonfinite: false }`,
    );
  }
  return total;
}

/** Multiplies all gradients by `min(1, maxNorm / (totalNorm + 1e-6))`, in place. */
export function clipGradsWithNorm_(parameters: Tensors, maxNorm: number, totalNorm: Tensor): void {
  noGrad(() => {
    const factor = totalNorm.add(1e-6).reciprocal().mul(maxNorm).clamp({ max: 1 });
    for (const grad of gradientsOf(parameters)) grad.mul_(factor.to(grad.device));
  });
}

/**
 * Scales all gradients, in place, so that their norm as one vector is at most `maxNorm`. Returns the norm that it was.
 * @throws {TorchError} with `errorIfNonfinite`, if it is no finite number.
 * @example
 * ```ts
 * loss.backward();
 * nn.utils.clipGradNorm_(model.parameters(), 1);
 * optimizer.step();
 * ```
 */
export function clipGradNorm_(
  parameters: Tensors,
  maxNorm: number,
  ...args: Args<[normType: number, errorIfNonfinite: boolean], NormOptions>
): Tensor {
  const all = list(parameters);
  const total = noGrad(() => getTotalNorm(gradientsOf(all), ...args));
  clipGradsWithNorm_(all, maxNorm, total);
  return total;
}

/** The name that `clipGradNorm_` had before, deprecated in PyTorch too. */
export const clipGradNorm: typeof clipGradNorm_ = clipGradNorm_;

/** Keeps every element of all gradients between `-clipValue` and `clipValue`, in place. */
export function clipGradValue_(parameters: Tensors, clipValue: number): void {
  noGrad(() => {
    for (const grad of gradientsOf(parameters)) grad.clamp_(-clipValue, clipValue);
  });
}

/** The elements of all parameters as one vector. */
export function parametersToVector(parameters: Iterable<Tensor>): Tensor {
  return cat([...parameters].map((parameter) => parameter.reshape(-1)));
}

/**
 * Gives parameters the elements of a vector, as `parametersToVector` put them there; they then share its memory.
 * @throws {ArgumentError} if the vector is shorter than all of them.
 */
export function vectorToParameters(vec: Tensor, parameters: Iterable<Tensor>): void {
  if (!(vec instanceof Tensor)) throw new ArgumentError(`vectorToParameters: expected torch.Tensor, but got: ${typeof vec}`);
  let at = 0;
  for (const parameter of parameters) {
    if (at + parameter.count > vec.count)
      throw new ArgumentError(`vectorToParameters: the vector has ${vec.count} elements, too few for all parameters`);
    parameter.data = vec.narrow(0, at, parameter.count).view(parameter.shape).data;
    at += parameter.count;
  }
}
