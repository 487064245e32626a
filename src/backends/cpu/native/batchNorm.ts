/** Batch normalisation by the native kernels: float32 and float64. */

import type { KernelTable } from "../../../backend/contract.js";
import { float64 } from "../../../core/dtype.js";
import type { CpuOperand, CpuStorage } from "../storage.js";
import type { Arguments } from "./arguments.js";
import type { NativeLibrary } from "./library.js";

type Fused = Required<Pick<KernelTable<CpuStorage>, "batchNorm" | "batchNormBackward">>;

/** The native `batchNorm` and `batchNormBackward`. */
export function nativeBatchNorm(library: NativeLibrary, args: Arguments): Fused {
  const kernels = (name: string): readonly [() => void, () => void] => [
    library.kernel(`${name}_float32`),
    library.kernel(`${name}_float64`),
  ];
  const [forward, backward] = [kernels("batch_norm"), kernels("batch_norm_backward")];

  /** Writes samples, channels and the elements of a plane. */
  const sizes = ({ shape, count }: CpuOperand): void => {
    const [samples, channels] = shape as readonly [number, number];
    args.at = 0;
    args.put(samples);
    args.put(channels);
    args.put(count / (samples * channels));
  };

  const read = (operands: readonly (CpuOperand | null)[]): void => {
    for (const operand of operands) args.put(operand === null ? 0 : args.address(operand));
  };
  const written = (operands: readonly (CpuOperand | null)[]): void => {
    for (const operand of operands) args.put(operand === null ? 0 : args.target(operand));
  };

  return {
    batchNorm(output, mean, variance, rstd, input, weight, bias, eps, training) {
      sizes(input);
      args.put(eps);
      args.put(training ? 1 : 0);
      written([output]);
      (training ? written : read)([mean, variance, rstd]);
      read([input, weight, bias]);
      forward[input.dtype === float64 ? 1 : 0]();
    },
    batchNormBackward(gradInput, gradWeight, gradBias, grad, input, mean, rstd, weight, training) {
      sizes(input);
      args.put(training ? 1 : 0);
      written([gradInput, gradWeight, gradBias]);
      read([grad, input, mean, rstd, weight]);
      backward[input.dtype === float64 ? 1 : 0]();
    },
  };
}
