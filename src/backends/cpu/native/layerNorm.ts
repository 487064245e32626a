/** Layer normalisation by the native kernels. */

import type { KernelTable } from "../../../backend/contract.js";
import { float32, float64 } from "../../../core/dtype.js";
import type { CpuStorage } from "../storage.js";
import { GRAIN_COST } from "../thresholds.js";
import type { Arguments } from "./arguments.js";
import type { NativeLibrary } from "./library.js";

/** An element takes as long as this many additions; with its gradients as many more. */
const [COST, BACKWARD_COST] = [3, 8];

/** How the gradients cut rows into pieces with sums of their own, as `native/src/kernels/normalise.cc` does. */
const [PIECE_ROWS, MOST_PIECES] = [64, 64];

type Fused = Required<Pick<KernelTable<CpuStorage>, "layerNorm" | "layerNormBackward">>;

/** The native `layerNorm` and `layerNormBackward`. */
export function nativeLayerNorm(library: NativeLibrary, args: Arguments): Fused {
  const [forward, backward] = [library.kernel("layer_norm"), library.kernel("layer_norm_backward")];
  return {
    layerNorm(output, mean, rstd, input, weight, bias, eps) {
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
      forward();
    },
    layerNormBackward(gradInput, gradWeight, gradBias, grad, input, mean, rstd, weight) {
      const [rows, n] = [mean.count, gradWeight.count];
      args.at = 0;
      args.put(input.dtype.code);
      args.put(rows);
      args.put(n);
      const pieceRows = Math.max(PIECE_ROWS, rows / MOST_PIECES);
      args.put(Math.ceil(GRAIN_COST / BACKWARD_COST / n / pieceRows));
      for (const operand of [gradInput, gradWeight, gradBias]) args.put(args.target(operand));
      for (const operand of [grad, input, mean, rstd, weight]) args.put(operand === null ? 0 : args.address(operand));
      backward();
    },
  };
}
