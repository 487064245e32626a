/** Layer normalisation by the native kernel. */

import type { KernelTable } from "../../../backend/contract.js";
import { float32, float64 } from "../../../core/dtype.js";
import type { CpuStorage } from "../storage.js";
import { GRAIN_COST } from "../thresholds.js";
import type { Arguments } from "./arguments.js";
import type { NativeLibrary } from "./library.js";

/** An element takes as long as this many additions. */
const COST = 3;

/** The native `layerNorm`. */
export function nativeLayerNorm(library: NativeLibrary, args: Arguments): NonNullable<KernelTable<CpuStorage>["layerNorm"]> {
  const kernel = library.kernel("layer_norm");
  return (output, mean, rstd, input, weight, bias, eps) => {
    if (output.count === 0) return;
    const n = input.count / mean.count;
    args.at = 0;
    args.put((input.dtype === float64 ? float64 : float32).code);
    args.put(mean.count);
    args.put(n);
    args.put(eps);
    args.put(Math.ceil(GRAIN_COST / COST / n));
    for (const operand of [output, mean, rstd]) {
      args.put(operand.dtype.code);
      args.put(args.target(operand));
    }
    for (const operand of [input, weight, bias]) {
      args.put(operand === null ? 0 : operand.dtype.code);
      args.put(operand === null ? 0 : args.address(operand));
    }
    kernel();
  };
}
