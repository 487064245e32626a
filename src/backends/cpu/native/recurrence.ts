/** Recurrences by the native kernel: all steps in one call. */

import type { KernelTable, Series } from "../../../backend/contract.js";
import { type DType, float32, float64 } from "../../../core/dtype.js";
import type { Program } from "../../../expr/program.js";
import type { CpuOperand, CpuStorage } from "../storage.js";
import type { Arguments } from "./arguments.js";
import { encode, type StepTable } from "./encode.js";
import type { NativeLibrary } from "./library.js";
import { type Plan, planFrom } from "./pointwise.js";

type Kernel = NonNullable<KernelTable<CpuStorage>["recurrence"]>;
type CpuSeries = Series<CpuStorage>;

/** Tiles of products have so many rows at most: a thread takes a multiple of them. */
const TILE_ROWS = 8;

/** Where the block of an input of the program lies: in the sums (null) or in a series, so many columns from their first. */
interface Block {
  readonly series: CpuSeries | null;
  readonly column: number;
}

/** The blocks of operands, in order. */
function blocksOf(series: readonly (CpuSeries | null)[], size: number, width: number): Block[] {
  return series.flatMap((one) => {
    const columns = one === null ? width : (one.values.shape[one.values.shape.length - 1] as number);
    return Array.from({ length: columns / size }, (_, k) => ({ series: one, column: k * size }));
  });
}

/** Whether the kernel can read an operand: of the dtype of all others, with neighbouring columns. */
const isReadable = (operand: CpuOperand | null | undefined, dtype: DType): boolean =>
  operand === null || operand === undefined || (operand.dtype === dtype && operand.strides[operand.strides.length - 1] === 1);

const isSeriesReadable = (series: CpuSeries | null, dtype: DType): boolean =>
  series === null || (isReadable(series.values, dtype) && isReadable(series.before, dtype) && isReadable(series.after, dtype));

/** The native `recurrence`. */
export function nativeRecurrence(library: NativeLibrary, args: Arguments, table: StepTable): Kernel {
  const single = library.kernel("recurrence_float32");
  const double = library.kernel("recurrence_float64");

  const planOf = (program: Program, dtype: DType): Plan | null => {
    const key = `of ${dtype.name} throughout`;
    const known = program.encoded.get(key) as Plan | null | undefined;
    if (known !== undefined) return known;
    const outputs = program.outputs.map(() => dtype);
    const plan = planFrom(encode(program, table, dtype, outputs, new Array<DType>(program.arity).fill(dtype)), library);
    program.encoded.set(key, plan);
    return plan;
  };

  /** The address of an operand, which lies in the memory of one that is written or is read only. */
  const place = (operand: CpuOperand, outputs: readonly CpuOperand[]): number =>
    outputs.some((output) => output.storage.data === operand.storage.data) ? args.update(operand) : args.address(operand);

  /** Writes a series from a column on: its addresses in the first step, of step 0 and in the last step, and the bytes of a step and of a row. */
  const put = (series: CpuSeries | null, column: number, steps: number, reverse: boolean, outputs: readonly CpuOperand[]): void => {
    if (series === null) {
      for (let k = 0; k < 5; k++) args.put(0);
      return;
    }
    const { values, before, after } = series;
    const { itemsize } = values.dtype;
    const rank = values.shape.length;
    const along = rank === 3 ? (values.strides[0] as number) * itemsize : 0;
    const step = reverse ? -along : along;
    const shift = column * itemsize;
    const other = (operand: CpuOperand | null): number => (operand === null ? 0 : place(operand, outputs) + shift);
    const lag = before !== undefined ? -1 : after !== undefined ? 1 : 0;
    const start = place(values, outputs) + shift + (reverse ? along * (steps - 1) : 0) + lag * step;
    const isAlone = steps === 1 && after !== undefined;
    args.put(before !== undefined ? other(before) : isAlone ? other(after) : start);
    args.put(start);
    args.put(after !== undefined ? other(after) : start + (steps - 1) * step);
    args.put(step);
    args.put(rank === 1 ? 0 : (values.strides[rank - 2] as number) * itemsize);
  };

  return ({ steps, reverse, state, weight, added, program, size, inputs, outputs }) => {
    const { dtype } = weight;
    if ((dtype !== float32 && dtype !== float64) || size < 2) return false;
    const written = outputs.map((values) => ({ values }));
    if (![state, added, ...inputs, ...written].every((one) => isSeriesReadable(one, dtype))) return false;
    const plan = planOf(program, dtype);
    if (plan === null) return false;
    const [k, n] = weight.shape as [number, number];
    const rows = (outputs[0]?.shape.at(-2) as number | undefined) ?? 0;
    if (steps === 0 || rows === 0) return true;
    const pieces = Math.max(1, Math.min(library.threads, Math.ceil(rows / TILE_ROWS)));
    const grain = Math.ceil(rows / pieces / TILE_ROWS) * TILE_ROWS;
    args.at = 0;
    for (const value of [plan.address, steps, rows, size, grain, n, k, args.address(weight), ...weight.strides]) args.put(value);
    put(state, 0, steps, reverse, outputs);
    put(added, 0, steps, reverse, outputs);
    const targets = blocksOf(written, size, n);
    for (const { index } of plan.encoded.outputs) {
      const { series, column } = targets[index] as Block;
      put(series, column, steps, reverse, outputs);
    }
    const sources = blocksOf(inputs, size, n);
    for (const { index } of plan.encoded.leaves) {
      const { series, column } = sources[index] as Block;
      args.put(series === null ? column / size : -1);
      put(series, column, steps, reverse, outputs);
    }
    (dtype === float32 ? single : double)();
    return true;
  };
}
