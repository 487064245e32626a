/** Numbers beside tensors, as pointwise computations take them. */

import type { ComplexLike } from "../../core/complex.js";
import { complex64, complex128, type DType, float32, float64, int64 } from "../../core/dtype.js";
import { DTypeError } from "../../core/errors.js";
import { decodeBfloat16, decodeFloat16, encodeBfloat16, encodeFloat16 } from "../../core/half.js";
import { isHalf } from "../../core/promotion.js";

/** The number as the computation takes it: half floats compute in float32, but are compared (`compares`) with numbers of their own dtype. */
export function rounded(value: unknown, compute: DType, compares: boolean): number | bigint {
  if (compute === int64) return BigInt.asIntN(64, typeof value === "bigint" ? value : BigInt(Math.trunc(Number(value))));
  const number = Number(value);
  if (compute === float32 || compute === complex64) return Math.fround(number);
  if (compute === float64 || compute === complex128) return number;
  if (isHalf(compute) && !compares) return Math.fround(number);
  if (compute.name === "float16") return decodeFloat16(encodeFloat16(number));
  if (compute.name === "bfloat16") return decodeBfloat16(encodeBfloat16(number));
  return compute.kind === "int" ? wrapped(number, compute) : Math.trunc(number);
}

/** The integer as a dtype of at most 32 bits holds it: without its higher bits. */
function wrapped(value: number, dtype: DType): number {
  const spare = 32 - 8 * dtype.itemsize;
  const bits = Math.trunc(value) << spare;
  return dtype.isSigned ? bits >> spare : bits >>> spare;
}

/** Whether a number beside tensors of a dtype leaves that dtype as it is. */
export function fits(value: unknown, dtype: DType): boolean {
  if (typeof value === "number")
    return dtype.kind === "float" || dtype.kind === "complex" || (dtype.kind === "int" && Number.isInteger(value));
  return false;
}

/** The error for a complex number beside real tensors that stay real. */
export function complexError(op: string, value: ComplexLike): never {
  throw new DTypeError(`${op}: value (${value.re}, ${value.im}i) cannot be converted to a real dtype without overflow`);
}
