/** Elements as raw numbers: what only moves them needs no decoding, and int64 elements are two 32-bit words each. */

import { type DType, int64, type TypedArray } from "../../../core/dtype.js";
import type { CpuOperand } from "../storage.js";

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
const [LOW, HIGH] = isLittleEndian ? ["", " + 1"] : [" + 1", ""];

/** Making a view takes longer than a small kernel, and small operands in a row mostly lie in one slab. */
const LONGEST_KEPT = 8192;
let lastData: TypedArray = new BigInt64Array(0);
let lastWords: Int32Array = new Int32Array(0);

/** The 32-bit words of an array of int64. */
export function wordsOf(data: TypedArray): Int32Array {
  if (data === lastData) return lastWords;
  const words = new Int32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  if (data.length > LONGEST_KEPT) return words;
  lastData = data;
  lastWords = words;
  return words;
}

/** The array that holds an operand's elements as raw numbers. */
export function rawOf(operand: CpuOperand): TypedArray {
  const { data } = operand.storage;
  return operand.dtype === int64 ? wordsOf(data) : data;
}

/** The place of an operand's first element. */
export function startOf(operand: CpuOperand): number {
  return operand.storage.base + operand.offset;
}

/** The text that reads the index at `place` of an array of words: indices fit in the low word. */
export function indexText(words: string, place: string): string {
  return `${words}[2 * (${place})${LOW}]`;
}

/** The text that reads the high word of the int64 at `place`. */
export function highText(words: string, place: string): string {
  return `${words}[2 * (${place})${HIGH}]`;
}

/** The statements that write a 32-bit integer as the int64 at `place`. */
export function storeIndexText(words: string, place: string, value: string): string {
  return `${indexText(words, place)} = ${value}; ${highText(words, place)} = ${value} >> 31;`;
}

/** The statement that moves the element at `source` of raw array `from` to `place` of raw array `to`. */
export function moveText(dtype: DType, to: string, place: string, from: string, source: string): string {
  if (dtype !== int64 && !dtype.isComplex) return `${to}[${place}] = ${from}[${source}];`;
  return `{ const to = 2 * (${place}), of = 2 * (${source}); ${to}[to] = ${from}[of]; ${to}[to + 1] = ${from}[of + 1]; }`;
}
