/** Numerical differentiation: gradients checked against central differences. */

import { enableGrad, noGrad } from "../autograd/modes.js";
import { Complex } from "../core/complex.js";
import { AutogradError } from "../core/errors.js";
import { formatShape } from "../core/shape.js";
import { fromHost } from "../tensor/create.js";
import { decodeElement, readSync } from "../tensor/read.js";
import { Tensor } from "../tensor/tensor.js";
import { grad } from "./grad.js";

/** The function under test: tensors to a tensor or several. */
export type Differentiable = (...inputs: Tensor[]) => unknown;

/** Options of `gradcheck`. */
export interface GradcheckOptions {
  /** The step of the central differences. */
  eps?: number;
  /** The absolute tolerance. */
  atol?: number;
  /** The relative tolerance. */
  rtol?: number;
  /** Whether a mismatch throws (the default) or gives false. */
  raiseException?: boolean;
}

function differentiableOutputs(result: unknown): Tensor[] {
  const list = Array.isArray(result) ? (result as unknown[]) : [result];
  return list.filter((out): out is Tensor => out instanceof Tensor && (out.dtype.isFloatingPoint || out.dtype.isComplex));
}

/** The numbers of a tensor: one per real element, two (real, imaginary) per complex one. */
function numbers(tensor: Tensor): number[] {
  const data = readSync(tensor, "gradcheck");
  const result: number[] = [];
  for (let i = 0; i < tensor.count; i++) {
    const value = decodeElement(data, i, tensor.dtype);
    if (value instanceof Complex) result.push(value.re, value.im);
    else result.push(Number(value));
  }
  return result;
}

/** A tensor like another with the given numbers. */
function withNumbers(like: Tensor, values: readonly number[]): Tensor {
  const host = new like.dtype.array(values.length);
  for (let i = 0; i < values.length; i++) host[i] = values[i] as number;
  return fromHost(host, like.shape, like.dtype, like.storage.backend);
}

/** The derivatives of all numbers of all outputs with respect to each number of an input, by central differences. */
function numericalJacobian(f: Differentiable, inputs: readonly Tensor[], which: number, eps: number): number[][] {
  const target = inputs[which] as Tensor;
  const values = numbers(target);
  const evaluate = (changed: readonly number[]): number[] => {
    const args = inputs.map((input, i) => (i === which ? withNumbers(target, changed) : input.detach()));
    return noGrad(() => differentiableOutputs(f(...args)).flatMap(numbers));
  };
  return values.map((value, k) => {
    const at = (x: number): number[] => evaluate(values.map((v, i) => (i === k ? x : v)));
    const above = at(value + eps);
    const below = at(value - eps);
    return above.map((a, i) => (a - (below[i] as number)) / (2 * eps));
  });
}

/** The same derivatives from backward passes, one per number of the outputs; `[input][number of the input][number of the outputs]`. */
function analyticalJacobians(outputs: readonly Tensor[], inputs: readonly Tensor[]): number[][][] {
  const jacobians = inputs.map((input) => Array.from({ length: input.count * input.dtype.components }, (): number[] => []));
  for (const output of outputs) {
    const size = output.count * output.dtype.components;
    for (let j = 0; j < size; j++) {
      const seed = withNumbers(
        output,
        Array.from({ length: size }, (_, i) => (i === j ? 1 : 0)),
      );
      const found = output.requiresGrad
        ? grad(output, inputs, { gradOutputs: seed, retainGraph: true, allowUnused: true })
        : inputs.map(() => null);
      inputs.forEach((input, i) => {
        const one = found[i] ?? null;
        const values = one === null ? new Array<number>(input.count * input.dtype.components).fill(0) : numbers(one);
        values.forEach((value, k) => {
          ((jacobians[i] as number[][])[k] as number[]).push(value);
        });
      });
    }
  }
  return jacobians;
}

/**
 * Checks gradients against central differences, `(f(x + eps) - f(x - eps)) / 2 eps`, for every element of every input that
 * requires grad. Use float64 (or complex128) inputs: float32 has too few digits for it.
 * @throws {AutogradError} telling the first derivative that differs, unless `raiseException` is false.
 * @example
 * ```ts
 * const x = torch.randn(3, { dtype: torch.float64, requiresGrad: true });
 * torch.autograd.gradcheck((x) => x.sin().mul(x), [x]); // true
 * ```
 */
export function gradcheck(f: Differentiable, inputs: Tensor | readonly Tensor[], options: GradcheckOptions = {}): boolean {
  const { eps = 1e-6, atol = 1e-5, rtol = 1e-3, raiseException = true } = options;
  const args: readonly Tensor[] = inputs instanceof Tensor ? [inputs] : inputs;
  const wanted = args.map((_, i) => i).filter((i) => (args[i] as Tensor).requiresGrad);
  if (wanted.length === 0)
    throw new AutogradError(
      "gradcheck: gradcheck expects at least one input tensor to require gradient, but none of the them have requires_grad=True.",
    );
  const outputs = differentiableOutputs(f(...args));
  const analytical = analyticalJacobians(
    outputs,
    wanted.map((i) => args[i] as Tensor),
  );
  for (let w = 0; w < wanted.length; w++) {
    const which = wanted[w] as number;
    const numerical = numericalJacobian(f, args, which, eps);
    for (let k = 0; k < numerical.length; k++) {
      const expected = numerical[k] as number[];
      const actual = (analytical[w] as number[][])[k] as number[];
      for (let j = 0; j < expected.length; j++) {
        const [n, a] = [expected[j] as number, actual[j] as number];
        if (Object.is(n, a) || Math.abs(n - a) <= atol + rtol * Math.abs(n)) continue;
        if (!raiseException) return false;
        const shape = formatShape((args[which] as Tensor).shape);
        throw new AutogradError(
          `gradcheck: Jacobian mismatch for output number ${j} with respect to number ${k} of input ${which} (shape ${shape}): numerical ${n}, analytical ${a}`,
        );
      }
    }
  }
  return true;
}

/**
 * Checks second derivatives: `gradcheck` of the gradients, as functions of the inputs and of the gradients of the outputs.
 * @param gradOutputs gradients of the outputs to check at; by default fixed values between -1 and 1.
 * @throws {AutogradError} telling the first derivative that differs, unless `raiseException` is false.
 */
export function gradgradcheck(
  f: Differentiable,
  inputs: Tensor | readonly Tensor[],
  gradOutputs: readonly Tensor[] | null = null,
  options: GradcheckOptions = {},
): boolean {
  const args: readonly Tensor[] = inputs instanceof Tensor ? [inputs] : inputs;
  const outputs = differentiableOutputs(f(...args)).filter((out) => out.requiresGrad);
  if (outputs.length === 0) return true;
  const seeds = (
    gradOutputs ??
    outputs.map((out, k) =>
      withNumbers(
        out,
        Array.from({ length: out.count * out.dtype.components }, (_, i) => Math.sin(1 + k + 2.3 * i)),
      ),
    )
  ).map((seed) => {
    const leaf = seed.detach();
    leaf.requiresGrad = true;
    return leaf;
  });
  const count = args.length;
  const gradients: Differentiable = (...all) => {
    const values = all.slice(0, count).map((value, i) => {
      if (!(args[i] as Tensor).requiresGrad || value.requiresGrad) return value;
      const leaf = value.detach();
      leaf.requiresGrad = true;
      return leaf;
    });
    const outs = differentiableOutputs(f(...values));
    const wanted = values.filter((value) => value.requiresGrad);
    return grad(
      outs.filter((out) => out.requiresGrad),
      wanted,
      { gradOutputs: all.slice(count), createGraph: true, materializeGrads: true },
    );
  };
  // The gradients must be computed even where only their values are asked for.
  return gradcheck((...all) => enableGrad(() => gradients(...all)), [...args, ...seeds], options);
}
