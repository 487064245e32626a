/** Matrix products by the library: float32 and float64, any strides. */

import type { KernelTable, MatmulOptions } from "../../../backend/contract.js";
import { float32, float64 } from "../../../core/dtype.js";
import type { CpuOperand, CpuStorage } from "../storage.js";
import type { Arguments } from "./arguments.js";
import type { NativeLibrary } from "./library.js";

type Kernels = KernelTable<CpuStorage>;

/** The kernel `matmul` over that of the js engine, which keeps other dtypes and what is small. */
export function nativeMatmul(library: NativeLibrary, args: Arguments, js: Kernels["matmul"], always: boolean): Kernels["matmul"] {
  const { block } = library;
  const single = library.kernel("gemm_float32");
  const double = library.kernel("gemm_float64");
  const least = always ? 0 : library.thresholds.matmul;

  /** Writes an operand: address, batch stride, row stride, column stride. */
  const place = (at: number, operand: CpuOperand, address: number): void => {
    const { strides } = operand;
    const rank = strides.length;
    block[at] = address;
    block[at + 1] = rank === 3 ? (strides[0] as number) : 0;
    block[at + 2] = strides[rank - 2] as number;
    block[at + 3] = strides[rank - 1] as number;
  };

  /** The same for a bias, which may have fewer dimensions, or some of size 1. */
  const placeBias = (at: number, operand: CpuOperand): void => {
    const { strides, shape } = operand;
    const rank = strides.length;
    block[at] = args.address(operand);
    for (let d = 1; d <= 3; d++) block[at + 4 - d] = d > rank || shape[rank - d] === 1 ? 0 : (strides[rank - d] as number);
  };

  return (output: CpuOperand, a: CpuOperand, b: CpuOperand, options: MatmulOptions<CpuStorage>): void => {
    const { dtype, shape } = output;
    const rank = shape.length;
    const k = a.shape[rank - 1] as number;
    const bias = options.bias ?? null;
    const isNative =
      (dtype === float32 || dtype === float64) && a.dtype === dtype && b.dtype === dtype && (bias === null || bias.dtype === dtype);
    if (!isNative || output.count * k < least || output.count === 0) {
      js(output, a, b, options);
      return;
    }
    block[0] = rank === 3 ? (shape[0] as number) : 1;
    block[1] = shape[rank - 2] as number;
    block[2] = shape[rank - 1] as number;
    block[3] = k;
    place(4, output, args.target(output));
    place(8, a, args.address(a));
    place(12, b, args.address(b));
    if (bias === null) block[16] = 0;
    else placeBias(16, bias);
    block[20] = options.alpha ?? 1;
    block[21] = options.beta ?? 1;
    (dtype === float32 ? single : double)();
  };
}
