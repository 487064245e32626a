/** Where elements are not zero, and places in sorted sequences, by the library. */

import type { KernelTable } from "../../../backend/contract.js";
import { int64 } from "../../../core/dtype.js";
import { allocate, type CpuStorage } from "../storage.js";
import { type Arguments, MOST_DIMS } from "./arguments.js";
import type { NativeLibrary } from "./library.js";

type Kernels = KernelTable<CpuStorage>;

/** Elements of a piece, of which the kernel counts those that are not zero; `native/src/kernels/nonzero.cc` knows it too. */
const PIECE = 32768;

/** The native `nonzero`, with `otherwise` for what it does not take. */
export function nativeNonzero(library: NativeLibrary, args: Arguments, otherwise: Kernels["nonzero"]): Kernels["nonzero"] {
  const count = library.kernel("nonzero_count");
  const write = library.kernel("nonzero_write");
  return (input) => {
    const rank = input.shape.length;
    if (!input.dense || input.dtype.isComplex || input.count === 0 || rank === 0 || rank > MOST_DIMS) return otherwise(input);
    // Long enough that its elements lie outside of the garbage-collected heap.
    const before = new Float64Array(Math.max(65, Math.ceil(input.count / PIECE)));
    const start = (): void => {
      args.at = 0;
      for (const value of [input.dtype.code, input.count, args.address(input), library.address(before)]) args.put(value);
    };
    start();
    count();
    let total = 0;
    for (let piece = 0; piece < before.length; piece++) {
      const found = before[piece] as number;
      before[piece] = total;
      total += found;
    }
    const result = allocate(int64, total * rank);
    if (total === 0) return result;
    start();
    args.put(
      args.address({ storage: result, dtype: int64, shape: [total * rank], strides: [1], offset: 0, count: total * rank, dense: true }),
    );
    args.put(rank);
    for (const size of input.shape) args.put(size);
    write();
    return result;
  };
}

/** The native `search`: all operands are dense. */
export function nativeSearch(library: NativeLibrary, args: Arguments): NonNullable<Kernels["search"]> {
  const kernel = library.kernel("search");
  return (output, sequences, values, right) => {
    const [rows, k] = values.shape as readonly [number, number];
    const m = sequences.shape[1] as number;
    args.at = 0;
    for (const value of [sequences.dtype.code, right ? 1 : 0, rows, m, k]) args.put(value);
    for (const operand of [output, sequences, values]) args.put(args.address(operand));
    kernel();
  };
}
