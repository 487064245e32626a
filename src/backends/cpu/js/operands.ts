/** How generated JavaScript reads and writes elements of each dtype. */

import { bfloat16, type DType, float16, int64 } from "../../../core/dtype.js";
import type { NumberType } from "../../../expr/print-js.js";

/** The number type in which values of a dtype are computed. */
export function numberTypeOf(compute: DType): NumberType {
  if (compute === int64) return "int64";
  return compute.kind === "int" || compute.kind === "bool" ? "int" : "float";
}

/** The text that reads the number at `place` (a JavaScript expression) of array `array` as a number of `type`. */
export function loadText(dtype: DType, type: NumberType, array: string, place: string): string {
  const raw = `${array}[${place}]`;
  if (dtype === int64) return type === "int64" ? raw : `Number(${raw})`;
  if (type === "int64") return `BigInt(${raw})`;
  if (dtype === float16) return `S.float16[${raw}]`;
  if (dtype === bfloat16) return `S.bfloat16[${raw}]`;
  return raw;
}

/** The text that reads the number at `place` as a truth value. */
export function maskText(dtype: DType, array: string, place: string): string {
  const raw = `${array}[${place}]`;
  if (dtype === int64) return `(${raw} !== 0n)`;
  if (dtype === float16 || dtype === bfloat16) return `((${raw} & 0x7fff) !== 0)`;
  return `(${raw} !== 0)`;
}

/** The text of `value` (a number of `type`, or a truth value) as it is stored in an array of `dtype`. */
export function storeText(dtype: DType, type: NumberType, value: string, isTruth: boolean): string {
  if (isTruth) return dtype === int64 ? `(${value} ? 1n : 0n)` : float(dtype, `(${value} ? 1 : 0)`);
  if (dtype.kind === "bool") return `(${value} !== ${type === "int64" ? "0n" : "0"} ? 1 : 0)`;
  if (dtype === int64) {
    if (type === "int64") return value;
    return type === "int" ? `BigInt(${value})` : `S.toInt64(${value})`;
  }
  if (type === "int64") return float(dtype, dtype.kind === "int" ? `Number(BigInt.asIntN(32, ${value}))` : `Number(${value})`);
  return float(dtype, value);
}

function float(dtype: DType, value: string): string {
  if (dtype === float16) return `S.encodeFloat16(${value})`;
  if (dtype === bfloat16) return `S.encodeBfloat16(${value})`;
  return value;
}
