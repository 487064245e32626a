/** Gradients as values: `autograd.grad` and `autograd.backward`. */

import { runBackward } from "../autograd/engine.js";
import { ArgumentError, AutogradError } from "../core/errors.js";
import { accumulateFrom, rootGradient, tensorGradients } from "../tensor/backward.js";
import { gradientEdge } from "../tensor/graph.js";
import type { Tensor } from "../tensor/tensor.js";

/** Options of `grad`. */
export interface GradOptions {
  /** The gradients of the final result with respect to the outputs; 1 by default, for outputs with one element. */
  gradOutputs?: Tensor | readonly (Tensor | null)[] | null;
  /** Keeps the graph for another pass; by default as `createGraph`. */
  retainGraph?: boolean;
  /** Records the computation of the gradients, so that they can be differentiated again. */
  createGraph?: boolean;
  /** Gives null for inputs that the outputs do not depend on, instead of an error. */
  allowUnused?: boolean;
  /** Gives zeros for inputs that the outputs do not depend on. */
  materializeGrads?: boolean;
}

function list<T>(one: T | readonly T[]): readonly T[] {
  return Array.isArray(one) ? (one as readonly T[]) : [one as T];
}

/**
 * The gradients of `outputs` (their sum, weighted by `gradOutputs`) with respect to `inputs`. Nothing is added to `.grad`.
 * @throws {AutogradError} if an input does not require grad, or was not used (unless `allowUnused`).
 * @example
 * ```ts
 * const x = torch.tensor(3, { requiresGrad: true });
 * const [dx] = torch.autograd.grad(x.mul(x), x); // tensor(6.)
 * ```
 */
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options?: GradOptions & { allowUnused?: false },
): readonly [Tensor, ...Tensor[]];
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions,
): readonly [Tensor | null, ...(Tensor | null)[]];
export function grad(
  outputs: Tensor | readonly Tensor[],
  inputs: Tensor | readonly Tensor[],
  options: GradOptions = {},
): readonly [Tensor | null, ...(Tensor | null)[]] {
  const roots = list(outputs);
  const targets = list(inputs);
  if (targets.length === 0) throw new ArgumentError("grad: 'inputs' argument to grad() cannot be empty.");
  if (options.materializeGrads && options.allowUnused === false)
    throw new ArgumentError(
      "grad: Expected allowUnused to be true or not passed when materializeGrads is true, but got allowUnused: false",
    );
  const given = options.gradOutputs === undefined || options.gradOutputs === null ? [] : list(options.gradOutputs);
  const grads = roots.map((root, i) => rootGradient("grad", root, given[i] ?? null, i));
  targets.forEach((input, i) => {
    if (!input.requiresGrad) throw new AutogradError(`grad: One of the differentiated Tensors does not require grad (input ${i})`);
  });
  const createGraph = options.createGraph ?? false;
  const captured = runBackward(roots.map(gradientEdge), grads, tensorGradients, {
    retainGraph: options.retainGraph ?? createGraph,
    createGraph,
    capture: targets.map(gradientEdge),
  });
  const results = captured.map((found, i) => {
    if (found !== null) return found;
    const target = targets[i] as Tensor;
    if (options.materializeGrads) return target.detach().newZeros([...target.shape]);
    if (options.allowUnused) return null;
    throw new AutogradError(
      `grad: The differentiated Tensor at index ${i} appears to not have been used in the graph. Set allowUnused: true if this is the desired behavior.`,
    );
  });
  return results as [Tensor | null, ...(Tensor | null)[]];
}

/** Options of `backward`. */
export interface BackwardOptions {
  /** Keeps the graph for another pass; by default as `createGraph`. */
  retainGraph?: boolean | null;
  /** Records the computation of the gradients, so that they can be differentiated again. */
  createGraph?: boolean;
  /** The tensors whose `grad` is added to; by default all leaves. */
  inputs?: Tensor | readonly Tensor[] | null;
}

/** Computes the gradients of several tensors together and adds them to the leaves' `grad`. */
export function backward(
  tensors: Tensor | readonly Tensor[],
  gradTensors: Tensor | readonly (Tensor | null)[] | null = null,
  options: BackwardOptions = {},
): void {
  const roots = list(tensors);
  const given = gradTensors === null ? [] : list(gradTensors);
  if (gradTensors !== null && given.length !== roots.length)
    throw new ArgumentError(`backward: got ${roots.length} tensors and ${given.length} gradients`);
  accumulateFrom(
    "backward",
    roots,
    roots.map((root, i) => rootGradient("backward", root, given[i] ?? null, i)),
    options,
  );
}
