/** The scalar library of generated JavaScript: what `Math` lacks, in PyTorch's meaning. */

import digamma from "@stdlib/math-base-special-digamma";
import erf from "@stdlib/math-base-special-erf";
import erfc from "@stdlib/math-base-special-erfc";
import erfinv from "@stdlib/math-base-special-erfinv";
import gammaln from "@stdlib/math-base-special-gammaln";
import polygamma from "@stdlib/math-base-special-polygamma";
import { decodeBfloat16, decodeFloat16, encodeBfloat16, encodeFloat16 } from "../../../core/half.js";
import { ArgumentError } from "../../../core/errors.js";

const float16Values = Float32Array.from({ length: 65536 }, (_, bits) => decodeFloat16(bits));
const bfloat16Values = Float32Array.from({ length: 65536 }, (_, bits) => decodeBfloat16(bits));

const zeroDivision = (op: string): never => {
  throw new ArgumentError(`${op}: ZeroDivisionError: integer division by zero`);
};

function gcd(x: number, y: number): number {
  let a = Math.abs(x);
  let b = Math.abs(y);
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

function gcd64(x: bigint, y: bigint): bigint {
  let a = x < 0n ? -x : x;
  let b = y < 0n ? -y : y;
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

function remainder(x: number, y: number): number {
  const r = x % y;
  return r !== 0 && r < 0 !== y < 0 ? r + y : r;
}

function roundEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest < 0.5) return floor;
  if (rest > 0.5) return Math.ceil(x);
  return rest === 0.5 ? (floor % 2 === 0 ? floor : floor + 1) : x;
}

/** Python's `//` for floats: the division is done on what is left after the remainder, as PyTorch does. */
function floorDivide(x: number, y: number): number {
  if (y === 0) return x / y;
  const mod = x % y;
  let quotient = (x - mod) / y;
  if (mod !== 0 && y < 0 !== mod < 0) quotient -= 1;
  if (quotient === 0) return x / y < 0 || Object.is(x / y, -0) ? -0 : 0;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

function pow(x: number, y: number): number {
  // IEEE 754 differs from JavaScript here: 1 to any power, even NaN, is 1, and so is -1 to an infinite one.
  if (x === 1 || (x === -1 && (y === Number.POSITIVE_INFINITY || y === Number.NEGATIVE_INFINITY))) return 1;
  return x ** y;
}

function intPow(x: number, y: number): number {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y % 2 === 0 ? 1 : -1) : 0;
  let result = 1;
  let base = x;
  for (let n = y; n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) result = Math.imul(result, base);
    base = Math.imul(base, base);
  }
  return result;
}

function int64Pow(x: bigint, y: bigint): bigint {
  if (y < 0n) return x === 1n ? 1n : x === -1n ? (y % 2n === 0n ? 1n : -1n) : 0n;
  let result = 1n;
  let base = x;
  for (let n = y; n > 0n; n >>= 1n) {
    if (n & 1n) result = BigInt.asIntN(64, result * base);
    base = BigInt.asIntN(64, base * base);
  }
  return result;
}

const scratch = new DataView(new ArrayBuffer(8));

/** The neighbour of a float32 (`bits` 32) or float64 in the direction of `y`. */
function neighbour(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  if (x === y) return y;
  if (x === 0) return y > 0 ? 5e-324 : -5e-324;
  scratch.setFloat64(0, x);
  const up = x < y === x > 0;
  scratch.setBigInt64(0, scratch.getBigInt64(0) + (up ? 1n : -1n));
  return scratch.getFloat64(0);
}

/** The neighbour of a float32. */
function neighbour32(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  if (x === y) return y;
  if (x === 0) return y > 0 ? 2 ** -149 : -(2 ** -149);
  scratch.setFloat32(0, x);
  const up = x < y === x > 0;
  scratch.setInt32(0, scratch.getInt32(0) + (up ? 1 : -1));
  return scratch.getFloat32(0);
}

/** The nearest whole number as int64, with values that have none as the smallest (what x86 conversions give). */
function toInt64(x: number): bigint {
  if (!(Math.abs(x) < 9223372036854775808)) return -9223372036854775808n;
  return BigInt(Math.trunc(x));
}

/** What generated code calls as `S`. */
export const scalarLibrary: Readonly<Record<string, unknown>> = {
  erf,
  erfc,
  erfinv,
  lgamma: gammaln,
  digamma,
  polygamma,
  float16: float16Values,
  bfloat16: bfloat16Values,
  encodeFloat16,
  encodeBfloat16,
  toInt64,
  roundEven,
  floorDivide,
  remainder,
  pow,
  intPow,
  int64Pow,
  fmin: (x: number, y: number): number => (x < y || Number.isNaN(y) ? x : y),
  fmax: (x: number, y: number): number => (x > y || Number.isNaN(y) ? x : y),
  copysign: (x: number, y: number): number => (y < 0 || (y === 0 && 1 / y < 0) ? -Math.abs(x) : Math.abs(x)),
  nextafter: neighbour,
  nextafter32: neighbour32,
  intFmod: (x: number, y: number): number => (y === 0 ? zeroDivision("fmod") : x % y),
  int64Fmod: (x: bigint, y: bigint): bigint => (y === 0n ? zeroDivision("fmod") : x % y),
  intRemainder: (x: number, y: number): number => (y === 0 ? zeroDivision("remainder") : remainder(x, y)),
  int64Remainder: (x: bigint, y: bigint): bigint => {
    if (y === 0n) zeroDivision("remainder");
    const r = x % y;
    return r !== 0n && r < 0n !== y < 0n ? r + y : r;
  },
  intFloorDivide: (x: number, y: number): number => (y === 0 ? zeroDivision("floor_divide") : Math.floor(x / y)),
  int64FloorDivide: (x: bigint, y: bigint): bigint => {
    if (y === 0n) zeroDivision("floor_divide");
    const q = x / y;
    return x % y !== 0n && x < 0n !== y < 0n ? q - 1n : q;
  },
  intTruncDivide: (x: number, y: number): number => (y === 0 ? zeroDivision("div") : Math.trunc(x / y)),
  int64TruncDivide: (x: bigint, y: bigint): bigint => (y === 0n ? zeroDivision("div") : x / y),
  intGcd: gcd,
  int64Gcd: gcd64,
  intLcm: (x: number, y: number): number => (x === 0 || y === 0 ? 0 : Math.abs((x / gcd(x, y)) * y)),
  int64Lcm: (x: bigint, y: bigint): bigint => {
    if (x === 0n || y === 0n) return 0n;
    const product = (x / gcd64(x, y)) * y;
    return product < 0n ? -product : product;
  },
  intShiftLeft: (x: number, y: number): number => (y < 0 || y > 31 ? 0 : x << y),
  int64ShiftLeft: (x: bigint, y: bigint): bigint => (y < 0n || y > 63n ? 0n : BigInt.asIntN(64, x << y)),
  intShiftRight: (x: number, y: number): number => x >> (y < 0 || y > 31 ? 31 : y),
  int64ShiftRight: (x: bigint, y: bigint): bigint => x >> (y < 0n || y > 63n ? 63n : y),
};
