/** Where random numbers go: a run of elements of one dtype in a typed array, and the writing of numbers into it. */

import { type DTypeName, dtypes, type TypedArray } from "../../../core/dtype.js";
import { ArgumentError, DTypeError } from "../../../core/errors.js";
import { decodeBfloat16, decodeFloat16, encodeBfloat16, encodeFloat16 } from "../../../core/half.js";

interface Run<Name extends DTypeName, Data extends TypedArray> {
  /** The type of the elements: it decides how many bits a number takes from the generator. */
  readonly dtype: Name;
  /** The array that holds them; half floats as their 16 bits, booleans as 0 and 1. */
  readonly data: Data;
  /** The index of the first element. */
  readonly start: number;
  /** How many elements there are. */
  readonly count: number;
}

/** A contiguous run of real floating-point elements. */
export type FloatElements =
  | Run<"float16", Uint16Array>
  | Run<"bfloat16", Uint16Array>
  | Run<"float32", Float32Array>
  | Run<"float64", Float64Array>;

/** A contiguous run of integers or booleans. */
export type IntegerElements =
  | Run<"bool", Uint8Array>
  | Run<"uint8", Uint8Array>
  | Run<"int8", Int8Array>
  | Run<"int16", Int16Array>
  | Run<"int32", Int32Array>
  | Run<"int64", BigInt64Array>;

/** A contiguous run of elements of any real dtype. */
export type Elements = FloatElements | IntegerElements;

/**
 * The run of `count` elements from `start` in `data`.
 * @throws DTypeError if `dtype` is complex or `data` is not the kind of array that holds it; ArgumentError if the run leaves
 * `data`.
 */
export function elementsOf(dtype: DTypeName, data: TypedArray, start = 0, count: number = data.length - start): Elements {
  if (!(start >= 0 && count >= 0 && start + count <= data.length)) {
    throw new ArgumentError(`random: elements ${start} to ${start + count} are outside an array of ${data.length}`);
  }
  if (dtype === "float32" && data instanceof Float32Array) return { dtype, data, start, count };
  if (dtype === "float64" && data instanceof Float64Array) return { dtype, data, start, count };
  if ((dtype === "float16" || dtype === "bfloat16") && data instanceof Uint16Array) return { dtype, data, start, count };
  if ((dtype === "bool" || dtype === "uint8") && data instanceof Uint8Array) return { dtype, data, start, count };
  if (dtype === "int8" && data instanceof Int8Array) return { dtype, data, start, count };
  if (dtype === "int16" && data instanceof Int16Array) return { dtype, data, start, count };
  if (dtype === "int32" && data instanceof Int32Array) return { dtype, data, start, count };
  if (dtype === "int64" && data instanceof BigInt64Array) return { dtype, data, start, count };
  throw new DTypeError(`random: a ${data.constructor.name} does not hold real elements of type ${dtype}`);
}

/** Whether the elements are real floating-point numbers. */
export function isFloat(elements: Elements): elements is FloatElements {
  return dtypes.some((dtype) => dtype.name === elements.dtype && dtype.isFloatingPoint);
}

/** The same elements in memory of their own. */
export function copyOf(elements: FloatElements): FloatElements {
  const { start, count } = elements;
  const place = { start: 0, count };
  switch (elements.dtype) {
    case "float32":
      return { dtype: elements.dtype, data: elements.data.slice(start, start + count), ...place };
    case "float64":
      return { dtype: elements.dtype, data: elements.data.slice(start, start + count), ...place };
    default:
      return { dtype: elements.dtype, data: elements.data.slice(start, start + count), ...place };
  }
}

/** Writes a number, rounded to the elements' dtype, at an offset from the run's start. */
export type Store = (at: number, value: number) => void;

/** The function that writes into `elements`. Half floats round by way of float32, as PyTorch's do. */
export function storeInto(elements: Elements): Store {
  const { start } = elements;
  switch (elements.dtype) {
    case "float16": {
      const { data } = elements;
      return (at, value) => {
        data[start + at] = encodeFloat16(value);
      };
    }
    case "bfloat16": {
      const { data } = elements;
      return (at, value) => {
        data[start + at] = encodeBfloat16(value);
      };
    }
    case "int64": {
      const words = wordsOf(elements.data);
      const first = 2 * start;
      return (at, value) => storeWords(words, first + 2 * at, Math.floor(value / TWO_TO_32), value);
    }
    case "bool": {
      const { data } = elements;
      return (at, value) => {
        data[start + at] = value === 0 ? 0 : 1;
      };
    }
    default: {
      const data: Int8Array | Uint8Array | Int16Array | Int32Array | Float32Array | Float64Array = elements.data;
      return (at, value) => {
        data[start + at] = value;
      };
    }
  }
}

/** The function that reads numbers from float elements, at an offset from the run's start. */
export function loadFrom(elements: FloatElements): (at: number) => number {
  const { data, start } = elements;
  if (elements.dtype === "float16") return (at) => decodeFloat16(data[start + at] as number);
  if (elements.dtype === "bfloat16") return (at) => decodeBfloat16(data[start + at] as number);
  return (at) => data[start + at] as number;
}

/** The nearest number of a floating-point dtype. */
export function rounding(dtype: FloatElements["dtype"]): (value: number) => number {
  switch (dtype) {
    case "float16":
      return (value) => decodeFloat16(encodeFloat16(value));
    case "bfloat16":
      return (value) => decodeBfloat16(encodeBfloat16(value));
    case "float32":
      return Math.fround;
    case "float64":
      return (value) => value;
  }
}

const TWO_TO_32 = 2 ** 32;
const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
const LOW = isLittleEndian ? 0 : 1;
const HIGH = 1 - LOW;

/** The 32-bit words of an int64 array: writing them needs no bigint. */
export function wordsOf(data: BigInt64Array): Int32Array {
  return new Int32Array(data.buffer, data.byteOffset, 2 * data.length);
}

/** Writes the 64-bit integer of words `high` and `low` (each taken modulo 2^32) at word `at`. */
export function storeWords(words: Int32Array, at: number, high: number, low: number): void {
  words[at + LOW] = low;
  words[at + HIGH] = high;
}
