/** Dynamic dimensions of inputs: their names, and the sizes with which the model is traced. */

import { int64 } from "../../core/dtype.js";
import { ArgumentError } from "../../core/errors.js";
import { wrapDim } from "../../core/shape.js";
import { fromHost } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";

/** Names of dimensions by their numbers, or only the numbers. */
export type NamedAxes = Readonly<Record<number, string>> | readonly number[];

/** A dynamic dimension of an input. */
export interface DynamicAxis {
  readonly input: number;
  readonly dim: number;
  readonly symbol: string;
}

/** The names of the dimensions of a tensor. */
export function namesOf(axes: NamedAxes | null | undefined, of: string): (readonly [dim: number, symbol: string])[] {
  if (axes === null || axes === undefined) return [];
  if (Array.isArray(axes)) return (axes as readonly number[]).map((dim) => [dim, `${of}_dynamic_axes_${dim}`]);
  return Object.entries(axes).map(([dim, symbol]) => [Number(dim), symbol as string]);
}

/**
 * The dynamic dimensions of the inputs.
 * @throws {ArgumentError} if a name is that of no input or output, or one name stands for several sizes.
 */
export function dynamicAxes(
  inputs: readonly Tensor[],
  inputNames: readonly string[],
  outputNames: readonly string[],
  byName: Readonly<Record<string, NamedAxes>>,
): DynamicAxis[] {
  for (const name of Object.keys(byName)) {
    if (!inputNames.includes(name) && !outputNames.includes(name))
      throw new ArgumentError(
        `onnx.export: dynamicAxes names '${name}', but the inputs are ${inputNames.join(", ")} and the outputs ${outputNames.join(", ")}; give inputNames`,
      );
  }
  const found: DynamicAxis[] = [];
  inputs.forEach((tensor, input) => {
    for (const [given, symbol] of namesOf(byName[inputNames[input] as string], inputNames[input] as string)) {
      const dim = wrapDim("onnx.export", given, tensor.shape.length);
      const other = found.find((axis) => axis.symbol === symbol);
      const size = other === undefined ? undefined : (inputs[other.input] as Tensor).shape[other.dim];
      if (size !== undefined && size !== tensor.shape[dim])
        throw new ArgumentError(`onnx.export: the dynamic size '${symbol}' is ${size} in one input and ${tensor.shape[dim]} in another`);
      found.push({ input, dim, symbol });
    }
  });
  return found;
}

/** A plan for the sizes of dynamic dimensions: by the size that was given and the number of the name, a size for each run. */
export type Plan = (size: number, symbol: number) => readonly number[];

/**
 * Plans for the sizes of dynamic dimensions, in the order in which they are tried: a model may not take every size. Never 1, which broadcasts
 * and is dropped by squeeze(); and never the same for two names. The last one is far from the others: what stays the same within a few steps may still depend on the size.
 */
export const plans: readonly Plan[] = [
  (size, k) => [Math.max(size, 2), Math.max(size, 2) + 1 + 2 * k, 2 * Math.max(size, 2) + 3 + 4 * k],
  (size, k) => [Math.max(size, 2), Math.max(size - 1 - k, 2), Math.max(size - 2 - 2 * k, 3)],
  (size, k) => [size, size * (k + 2), size * (k + 4)],
];

/** A tensor with other sizes: its slices again and again, or as many as there are to be. */
export function resized(tensor: Tensor, dim: number, size: number): Tensor {
  const from = tensor.shape[dim] as number;
  if (from === size) return tensor;
  const places = BigInt64Array.from({ length: size }, (_, i) => BigInt(i % Math.max(from, 1)));
  return tensor.indexSelect(dim, fromHost(places, [size], int64, tensor.storage.backend));
}

/** A tensor like another with other elements, which a model takes as well: scaled numbers, or the same in reverse order. */
export function altered(tensor: Tensor): Tensor {
  if (tensor.dtype.isFloatingPoint) return tensor.mul(0.75);
  return tensor.shape.length === 0 ? tensor : tensor.flip(tensor.shape.map((_, d) => d));
}
