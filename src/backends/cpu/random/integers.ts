/** Uniform integers and permutations. */

import { ArgumentError, DTypeError } from "../../../core/errors.js";
import { type Elements, isFloat, storeInto, storeWords, wordsOf } from "./elements.js";
import type { Mt19937 } from "./mt19937.js";

type Name = Elements["dtype"];

/** Ranges from here on take 64 bits a number, so that the remainder is nearly even. */
const WIDE = 2n ** 28n;
const INT64_MIN = -(2n ** 63n);

/** The integers that each dtype holds: all of them, or for floats the consecutive ones. */
const bounds: Readonly<Record<Name, readonly [min: bigint, max: bigint]>> = {
  bool: [0n, 1n],
  uint8: [0n, 255n],
  int8: [-128n, 127n],
  int16: [-32768n, 32767n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  int64: [INT64_MIN, 2n ** 63n - 1n],
  float16: [-(2n ** 11n), 2n ** 11n],
  bfloat16: [-(2n ** 8n), 2n ** 8n],
  float32: [-(2n ** 24n), 2n ** 24n],
  float64: [-(2n ** 53n), 2n ** 53n],
};

/** The largest magnitude of each float dtype, as an integer. */
const largest: Readonly<Partial<Record<Name, bigint>>> = {
  float16: 65504n,
  bfloat16: BigInt(2 ** 127 * (2 - 2 ** -7)),
  float32: BigInt(2 ** 127 * (2 - 2 ** -23)),
  float64: BigInt(Number.MAX_VALUE),
};

/** Bits in the significand of each float dtype. */
const digits: Readonly<Partial<Record<Name, number>>> = { float16: 11, bfloat16: 8, float32: 24, float64: 53 };

/**
 * Uniform integers in [from, to), by remainder: 32 bits a number when the range is below 2^28, else 64. Without `to`, up to the
 * largest integer of the dtype (for floats the largest with all smaller ones, 2^24 for float32). `Tensor.random_(from, to)`,
 * `torch.randint`.
 *
 * @throws ArgumentError if the range is empty or leaves the dtype; DTypeError if the dtype cannot hold all 64 bits asked for.
 */
export function randomInt_(generator: Mt19937, elements: Elements, from: number | bigint, to?: number | bigint): void {
  const { dtype } = elements;
  let low = BigInt(from);
  if (to === undefined && low === INT64_MIN) return random64Bits(generator, elements);
  let high = to === undefined ? bounds[dtype][1] + 1n : BigInt(to);
  if (low >= high) {
    throw new ArgumentError(`random_ expects 'from' to be less than 'to', but got from=${low} >= to=${high}`);
  }
  if (isFloat(elements)) {
    low = raised(low, dtype);
    if (to !== undefined) high = lowered(high, dtype);
    if (low >= high) {
      throw new ArgumentError(
        `random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, but got from=${low} >= to=${high}`,
      );
    }
  }
  const limit = largest[dtype];
  const [min, max] = limit === undefined ? bounds[dtype] : [-limit, limit];
  if (low < min || low > max) throw new ArgumentError(`random_: from = ${low} is out of bounds for ${dtype}`);
  if (high - 1n < min || high - 1n > max) throw new ArgumentError(`random_: to - 1 = ${high - 1n} is out of bounds for ${dtype}`);
  if (high - low < WIDE) return narrow(generator, elements, low, Number(high - low));
  const store = storeBigInto(elements);
  for (let i = 0; i < elements.count; i++) store(i, (bits64(generator) % (high - low)) + low);
}

/** Integers in [low, low + range), 32 bits each. */
function narrow(generator: Mt19937, elements: Elements, low: bigint, range: number): void {
  const base = Number(low);
  if (Number.isSafeInteger(base) && Number.isSafeInteger(base + range)) {
    const store = storeInto(elements);
    for (let i = 0; i < elements.count; i++) store(i, (generator.random32() % range) + base);
    return;
  }
  const store = storeBigInto(elements);
  for (let i = 0; i < elements.count; i++) store(i, BigInt(generator.random32() % range) + low);
}

/** All integers of 64 bits. */
function random64Bits(generator: Mt19937, elements: Elements): void {
  if (!["int64", "float64", "float32", "bfloat16"].includes(elements.dtype)) {
    throw new DTypeError(`random_: 64 random bits do not fit ${elements.dtype}; give it a smaller range`);
  }
  const store = storeBigInto(elements);
  for (let i = 0; i < elements.count; i++) store(i, BigInt.asIntN(64, bits64(generator)));
}

/**
 * Uniform integers over what the dtype holds: [0, max] for integers, [0, 2^digits] for floats (2^24 for float32). int64 and float64
 * take 64 bits a number, the others 32. `Tensor.random_()`.
 */
export function random_(generator: Mt19937, elements: Elements): void {
  const { dtype, start, count } = elements;
  if (dtype === "int64") {
    const words = wordsOf(elements.data);
    for (let i = start; i < start + count; i++) {
      const high = generator.random32() & 0x7fffffff;
      storeWords(words, 2 * i, high, generator.random32());
    }
    return;
  }
  const store = storeInto(elements);
  const values = bounds[dtype][1] + 1n;
  if (dtype === "float64") {
    for (let i = 0; i < count; i++) store(i, Number(bits64(generator) % values));
    return;
  }
  const range = Number(values);
  for (let i = 0; i < count; i++) store(i, generator.random32() % range);
}

/** From this length on, a permutation takes 64 bits a step. */
const LONG_PERMUTATION = Math.floor((2 ** 32 - 1) / 20);

/**
 * A random permutation of 0, …, n - 1. Below 214,748,364 it is the shuffle of Fisher and Yates from the front, `n - 1` draws of 32
 * bits; from there on its inside-out form, `n` draws of 64 bits. `torch.randperm`.
 *
 * @throws ArgumentError unless `n` is an integer in [0, 2^32).
 */
export function randperm(generator: Mt19937, n: number): Uint32Array {
  if (!Number.isInteger(n) || n < 0 || n >= 2 ** 32) {
    throw new ArgumentError(`randperm: n is an integer in [0, 2^32), ${n} is not`);
  }
  const order = new Uint32Array(n);
  if (n >= LONG_PERMUTATION) return insideOut(generator, order);
  for (let i = 0; i < n; i++) order[i] = i;
  for (let i = 0; i < n - 1; i++) {
    // The remainder by a quotient: `%` of numbers beyond 2^31 takes ten times as long, and both are exact below 2^32.
    const bits = generator.random32();
    const size = n - i;
    const j = i + bits - Math.floor(bits / size) * size;
    const value = order[i] as number;
    order[i] = order[j] as number;
    order[j] = value;
  }
  return order;
}

/** The inside-out shuffle of Fisher and Yates. */
function insideOut(generator: Mt19937, order: Uint32Array): Uint32Array {
  for (let i = 0; i < order.length; i++) {
    const j = remainder64(generator, i + 1);
    order[i] = order[j] as number;
    order[j] = i;
  }
  return order;
}

/** The next 64 bits modulo `m < 2^32`, in numbers: the low word enters 16 bits at a time. */
function remainder64(generator: Mt19937, m: number): number {
  const high = generator.random32() % m;
  const low = generator.random32();
  const middle = (high * 0x10000 + (low >>> 16)) % m;
  return (middle * 0x10000 + (low & 0xffff)) % m;
}

/** The next 64 bits. */
function bits64(generator: Mt19937): bigint {
  const [high, low] = generator.random64();
  return (BigInt(high) << 32n) | BigInt(low);
}

/** The function that writes 64-bit integers, rounded to the elements' dtype. */
function storeBigInto(elements: Elements): (at: number, value: bigint) => void {
  if (elements.dtype === "int64") {
    const { data, start } = elements;
    return (at, value) => {
      data[start + at] = value;
    };
  }
  const store = storeInto(elements);
  if (elements.dtype === "float64") return (at, value) => store(at, Number(value));
  return (at, value) => store(at, toOdd(value));
}

/**
 * A float64 that rounds to float32 as the 64-bit integer itself would: the bits that float64 cannot hold are folded into its last
 * one.
 */
function toOdd(value: bigint): number {
  const rest = value & 0x7ffn;
  if (rest === 0n || BigInt.asIntN(54, value) === value) return Number(value);
  return Number((value - rest) | 0x800n);
}

/** The first integer from `from` on that survives rounding to a float dtype, as PyTorch reckons it. */
function raised(from: bigint, dtype: Name): bigint {
  const next = castInteger(from + 1n, dtype);
  return next < from ? next + step(from + 1n, dtype) : from;
}

/** The bound that replaces `to` so that no integer below it rounds up to `to`, as PyTorch reckons it. */
function lowered(to: bigint, dtype: Name): bigint {
  const previous = castInteger(to - 1n, dtype);
  return previous >= to ? previous - step(to - 1n, dtype) : to;
}

/** An integer after a cast to a float dtype and back. */
function castInteger(value: bigint, dtype: Name): bigint {
  const excess = bitLength(value) - (digits[dtype] ?? 64);
  if (excess <= 0) return value;
  const unit = 1n << BigInt(excess);
  const magnitude = value < 0n ? -value : value;
  const rest = magnitude % unit;
  const floor = magnitude - rest;
  const isUp = 2n * rest > unit || (2n * rest === unit && (floor / unit) % 2n === 1n);
  const rounded = isUp ? floor + unit : floor;
  return value < 0n ? -rounded : rounded;
}

/** The distance between neighbouring floats at `value`. */
function step(value: bigint, dtype: Name): bigint {
  return 1n << BigInt(bitLength(value) - (digits[dtype] ?? 64));
}

function bitLength(value: bigint): number {
  return (value < 0n ? -value : value).toString(2).length;
}
