/** Distances of all pairs of rows by the library. */

import type { KernelTable } from "../../../backend/contract.js";
import { float32, float64 } from "../../../core/dtype.js";
import type { CpuStorage } from "../storage.js";
import type { Arguments } from "./arguments.js";
import type { NativeLibrary } from "./library.js";

type Distances = NonNullable<KernelTable<CpuStorage>["distances"]>;

/** The numbers of the kernel's measures; of other orders 4. */
const measures: ReadonlyMap<number, number> = new Map([
  [1, 0],
  [2, 1],
  [Number.POSITIVE_INFINITY, 2],
  [0, 3],
]);

/** The native `distances`. */
export function nativeDistances(library: NativeLibrary, args: Arguments): Distances {
  const [single, double] = [library.kernel("distance_float32"), library.kernel("distance_float64")];
  return (output, a, b, p) => {
    const { dtype } = output;
    if (dtype !== float32 && dtype !== float64) return false;
    if (output.count === 0) return true;
    const other = b ?? a;
    const [batches, rows, columns] = a.shape as readonly [number, number, number];
    args.at = 0;
    for (const value of [
      measures.get(p) ?? 4,
      measures.has(p) ? 0 : p,
      b === null ? 1 : 0,
      batches,
      rows,
      other.shape[1] as number,
      columns,
    ])
      args.put(value);
    for (const operand of [output, a, other]) args.put(args.address(operand));
    (dtype === float32 ? single : double)();
    return true;
  };
}
