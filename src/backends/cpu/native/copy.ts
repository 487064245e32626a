/** Copies between layouts of one dtype by the library. */

import type { KernelTable } from "../../../backend/contract.js";
import { broadcastStrides } from "../../../core/shape.js";
import { input as element } from "../../../expr/node.js";
import { joinDims, type LoopNest } from "../js/strided.js";
import type { CpuStorage } from "../storage.js";
import { type Arguments, MOST_DIMS } from "./arguments.js";
import type { NativeLibrary } from "./library.js";

type Pointwise = KernelTable<CpuStorage>["pointwise"];

/** The dimensions in an order, by which the strides of the first operand descend; those of equal strides stay in their order. */
export function ordered(shape: readonly number[], strides: readonly (readonly number[])[], keys: readonly number[]): LoopNest {
  const order = shape.map((_, d) => d).sort((a, b) => Math.abs(keys[b] as number) - Math.abs(keys[a] as number));
  const pick = (list: readonly number[]): number[] => order.map((d) => list[d] as number);
  return joinDims(pick(shape), strides.map(pick));
}

/** The shortest sides of a transposition that is done by blocks. */
const SHORTEST_SIDE = 4;

/** The loop along which the input has no gaps while the result has none along the last; -1 where rows stay rows. */
function crossingOf({ sizes, strides: [to, from] }: LoopNest): number {
  const last = sizes.length - 1;
  if (to?.[last] !== 1 || Math.abs(from?.[last] ?? 0) < 2 || (sizes[last] as number) < SHORTEST_SIDE) return -1;
  return sizes.findIndex((size, d) => d < last && from?.[d] === 1 && size >= SHORTEST_SIDE);
}

/** `pointwise`, with copies that convert nothing by a kernel of their own, and `otherwise` for all else. */
export function nativeCopy(library: NativeLibrary, args: Arguments, otherwise: Pointwise): Pointwise {
  const kernel = library.kernel("copy");
  const itself = element(0);
  return (program, compute, outputs, inputs) => {
    const [output] = outputs;
    const [input] = inputs;
    if (
      program.outputs[0] !== itself ||
      outputs.length !== 1 ||
      output === undefined ||
      typeof input !== "object" ||
      input.dtype !== output.dtype ||
      compute !== output.dtype ||
      input.count === 1
    )
      return otherwise(program, compute, outputs, inputs);
    const nest = ordered(output.shape, [output.strides, broadcastStrides(input.shape, input.strides, output.shape)], output.strides);
    if (output.count === 0 || nest.sizes.length > MOST_DIMS) return otherwise(program, compute, outputs, inputs);
    args.at = 0;
    args.put(output.dtype.itemsize);
    args.put(crossingOf(nest));
    args.sizes(nest.sizes);
    [output, input].forEach((operand, k) => {
      args.put(k === 0 ? args.target(operand) : args.address(operand));
      args.strides(nest.strides[k] as readonly number[], 1);
    });
    kernel();
  };
}
