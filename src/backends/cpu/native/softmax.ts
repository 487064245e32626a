/** Softmax by the native kernel. */

import type { KernelTable } from "../../../backend/contract.js";
import { float32, float64 } from "../../../core/dtype.js";
import { withoutDim } from "../js/loops.js";
import { joinDims } from "../js/strided.js";
import type { CpuStorage } from "../storage.js";
import { GRAIN_COST } from "../thresholds.js";
import { type Arguments, MOST_DIMS } from "./arguments.js";
import type { NativeLibrary } from "./library.js";

type Softmax = NonNullable<KernelTable<CpuStorage>["softmax"]>;

/** An element takes as long as this many additions. */
const COST = 6;

/** The native `softmax`, with `otherwise` for what it does not take. */
export function nativeSoftmax(library: NativeLibrary, args: Arguments, otherwise: Softmax): Softmax {
  const kernel = library.kernel("softmax");
  return (output, input, dim, log) => {
    const nest = joinDims(withoutDim(input.shape, dim), [withoutDim(output.strides, dim), withoutDim(input.strides, dim)]);
    if (output.count === 0 || nest.sizes.length > MOST_DIMS || !input.dtype.isFloatingPoint || !output.dtype.isFloatingPoint)
      return otherwise(output, input, dim, log);
    const n = input.shape[dim] as number;
    args.at = 0;
    args.put((input.dtype === float64 || output.dtype === float64 ? float64 : float32).code);
    args.put(log ? 1 : 0);
    args.put(n);
    args.put(Math.ceil(GRAIN_COST / COST / n));
    for (const operand of [output, input]) {
      args.put(operand.dtype.code);
      args.put(operand.strides[dim] as number);
    }
    args.sizes(nest.sizes);
    [output, input].forEach((operand, k) => {
      args.put(k === 0 ? args.target(operand) : args.address(operand));
      args.strides(nest.strides[k] as readonly number[], 1);
    });
    kernel();
  };
}
