/** The scalar library of generated JavaScript: what `Math` lacks, in PyTorch's meaning. */

import { ArgumentError } from "../../../core/errors.js";
import { decodeBfloat16, decodeFloat16, encodeBfloat16, encodeFloat16 } from "../../../core/half.js";
import { specialFunctions } from "./special/index.js";

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

/**
 * The next number after `x` towards `y` in a binary format with `digits` digits and the least exponent `least`. The step between
 * neighbours is that of the binade of `x`; below a power of two, going down, it is half of that.
 */
function nextafter(x: number, y: number, digits: number, least: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  if (x === y) return y;
  const smallest = 2 ** (least - digits + 1);
  if (x === 0) return y > 0 ? smallest : -smallest;
  const top = (2 - 2 ** (1 - digits)) * 2 ** -least * 2;
  const magnitude = Math.abs(x);
  const grows = y > x === x > 0;
  if (magnitude === Number.POSITIVE_INFINITY) return x > 0 ? top : -top;
  const exponent = Math.max(exponentOf(magnitude), least);
  const isPower = exponent > least && magnitude === 2 ** exponent;
  const step = 2 ** (exponent - digits + 1) / (isPower && !grows ? 2 : 1);
  const moved = grows ? (magnitude >= top ? Number.POSITIVE_INFINITY : magnitude + step) : magnitude - step;
  return x > 0 ? moved : -moved;
}

const scratch = new DataView(new ArrayBuffer(8));

/** The binary exponent of a positive number: `2^e <= x < 2^(e+1)`, or -1023 for subnormal numbers. */
function exponentOf(x: number): number {
  scratch.setFloat64(0, x);
  return ((scratch.getUint32(0) >>> 20) & 0x7ff) - 1023;
}

/** The nearest whole number as int64, with values that have none as the smallest (what x86 conversions give). */
function toInt64(x: number): bigint {
  if (!(Math.abs(x) < 9223372036854775808)) return -9223372036854775808n;
  return BigInt(Math.trunc(x));
}

/** What generated code calls as `S`. */
export const scalarLibrary: Readonly<Record<string, unknown>> = {
  ...specialFunctions,
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
  nextafter,
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
