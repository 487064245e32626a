/** Evenly spaced numbers. */

import { type DType, int64, type TypedArray } from "../../../core/dtype.js";
import type { CpuOperand } from "../storage.js";
import { kernelFor } from "./compile.js";
import { loopText } from "./loops.js";
import { storeText } from "./operands.js";
import { startOf, storeIndexText, wordsOf } from "./raw.js";
import { joinDims } from "./strided.js";

type Kernel = (
  sizes: readonly number[],
  strides: readonly (readonly number[])[],
  o: TypedArray,
  p: number,
  start: number | bigint,
  step: number | bigint,
) => void;

/** Doubles stored in the dtype, exact 64-bit integers, or int64 values that fit in 32 bits. */
type Arithmetic = "float" | "int64" | "int32";

const kernels = new Map<string, Kernel>();

/** See `KernelTable.sequence`. */
export function sequence(output: CpuOperand, start: number | bigint, step: number | bigint): void {
  if (output.count === 0) return;
  const { dtype, count } = output;
  const arithmetic = dtype === int64 ? int64Arithmetic(start, step, count) : "float";
  const nest = joinDims(output.shape, [output.strides]);
  const rank = nest.sizes.length;
  const kernel = kernelFor(kernels, `${arithmetic} ${dtype.code} ${rank}`, () => source(arithmetic, dtype, rank));
  const convert = arithmetic === "int64" ? BigInt : Number;
  const data = arithmetic === "int32" ? wordsOf(output.storage.data) : output.storage.data;
  kernel(nest.sizes, nest.strides, data, startOf(output), convert(start), convert(step));
}

function int64Arithmetic(start: number | bigint, step: number | bigint, count: number): Arithmetic {
  const isWhole = (x: number | bigint): boolean => typeof x === "bigint" || Number.isInteger(x);
  if (!isWhole(start) || !isWhole(step)) return "float";
  const fits = (x: number): boolean => Math.abs(x) < 2 ** 31;
  const last = Number(start) + Number(step) * (count - 1);
  return fits(Number(start)) && fits(last) ? "int32" : "int64";
}

function source(arithmetic: Arithmetic, dtype: DType, rank: number): string {
  const [zero, one] = arithmetic === "int64" ? ["0n", "1n"] : ["0", "1"];
  const body = `const y = start + i * step; i += ${one}; ${storeElement(arithmetic, dtype)}`;
  return `function sequence_${arithmetic}_${dtype.name}(sizes, strides, o, p, start, step) { let i = ${zero};\n${loopText(rank, ["p"], body)}\n}`;
}

function storeElement(arithmetic: Arithmetic, dtype: DType): string {
  if (arithmetic === "int32") return storeIndexText("o", "p", "y");
  if (dtype.isComplex) return "o[2 * p] = y; o[2 * p + 1] = 0;";
  return `o[p] = ${storeText(dtype, arithmetic === "int64" ? "int64" : "float", "y", false)};`;
}
