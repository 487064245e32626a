/** The numbers that each dtype holds, for the bounds of samples. */

import type { DType } from "../../core/dtype.js";
import { ArgumentError } from "../../core/errors.js";

const largestFloat: Readonly<Record<string, number>> = {
  float16: 65504,
  bfloat16: 2 ** 127 * (2 - 2 ** -7),
  float32: 2 ** 127 * (2 - 2 ** -23),
  float64: Number.MAX_VALUE,
};

/** The largest finite number of a floating-point dtype, or of the parts of a complex one. */
export function largestOf(dtype: DType): number {
  return largestFloat[dtype.name] ?? (dtype.name === "complex128" ? Number.MAX_VALUE : (largestFloat["float32"] as number));
}

/** The smallest and the largest integer of a dtype; of a float, those that its range holds. */
export function integerRange(dtype: DType): readonly [min: bigint, max: bigint] {
  if (dtype.isFloatingPoint) {
    const max = BigInt(largestOf(dtype));
    return [-max, max];
  }
  if (dtype.kind === "bool") return [0n, 1n];
  const bits = BigInt(dtype.itemsize * 8);
  return dtype.isSigned ? [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n] : [0n, 2n ** bits - 1n];
}

/**
 * Checks a range `[from, to)` of integers to draw from.
 * @throws {ArgumentError} if it is empty, or leaves the dtype.
 */
export function checkRange(op: string, from: bigint, to: bigint, dtype: DType): void {
  if (from >= to) throw new ArgumentError(`${op}: random_ expects 'from' to be less than 'to', but got from=${from} >= to=${to}`);
  const [min, max] = integerRange(dtype);
  if (from < min || from > max) throw new ArgumentError(`${op}: from is out of bounds for ${dtype}: ${from}`);
  if (to - 1n < min || to - 1n > max) throw new ArgumentError(`${op}: to - 1 is out of bounds for ${dtype}: ${to - 1n}`);
}

/** A bound as an integer. */
export function wholeBound(op: string, name: string, value: number | bigint): bigint {
  if (typeof value === "number" && !Number.isInteger(value)) throw new ArgumentError(`${op}: argument '${name}' must be int, not ${value}`);
  return BigInt(value);
}
