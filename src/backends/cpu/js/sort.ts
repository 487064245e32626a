/** Sorting along a dimension: elements become integer keys in the same order, and the keys are sorted. */

import { bfloat16, type DType, float16, float32, float64, int8, int64, type TypedArray } from "../../../core/dtype.js";
import type { CpuOperand } from "../storage.js";
import { kernelFor } from "./compile.js";
import { loopText, withoutDim } from "./loops.js";
import { KeySorter } from "./radix.js";
import { highText, indexText, moveText, rawOf, startOf, storeIndexText, wordsOf } from "./raw.js";
import { joinDims } from "./strided.js";

/** `bits` holds what keys are made of, `a` the raw numbers; the values are written to `v`, the indices to `x`. */
type Kernel = (
  sizes: readonly number[],
  strides: readonly (readonly number[])[],
  v: TypedArray,
  p: number,
  pStep: number,
  x: Int32Array,
  w: number,
  wStep: number,
  bits: TypedArray,
  a: TypedArray,
  q: number,
  qStep: number,
  n: number,
  sorter: KeySorter,
) => void;

const kernels = new Map<number, Kernel>();

/** See `KernelTable.sort`. */
export function sort(values: CpuOperand, indices: CpuOperand, input: CpuOperand, dim: number, descending: boolean): void {
  if (input.count === 0) return;
  const { dtype } = input;
  const strides = [values.strides, indices.strides, input.strides].map((s) => withoutDim(s, dim));
  const nest = joinDims(withoutDim(input.shape, dim), strides);
  const rank = nest.sizes.length;
  const n = input.shape[dim] ?? 1;
  const kernel = kernelFor(kernels, (dtype.code * 65 + rank) * 2 + (descending ? 1 : 0), () => source(dtype, rank, descending));
  kernel(
    nest.sizes,
    nest.strides,
    rawOf(values),
    startOf(values),
    values.strides[dim] ?? 0,
    wordsOf(indices.storage.data),
    startOf(indices),
    indices.strides[dim] ?? 0,
    dtype === float32 || dtype === float64 || dtype === int64 ? wordsOf(input.storage.data) : input.storage.data,
    rawOf(input),
    startOf(input),
    input.strides[dim] ?? 0,
    n,
    new KeySorter(n),
  );
}

/** The bits of negative floats grow away from 0. NaN becomes the greatest key, and -0 that of 0. */
function floatKey(magnitude: string, infinity: string): string {
  return `const b = bits[s], m = b & ${magnitude}; const key = m > ${infinity} ? ${magnitude} : b === m ? m : -m;`;
}

/** The statements that make the key of element `s`: one word, or for 64-bit elements the high (`part` 1) or low one. */
function keyText(dtype: DType, part: 0 | 1): string {
  if (dtype === float32) return floatKey("0x7fffffff", "0x7f800000");
  if (dtype === float16) return floatKey("0x7fff", "0x7c00");
  if (dtype === bfloat16) return floatKey("0x7fff", "0x7f80");
  const [low, high] = [indexText("bits", "s"), highText("bits", "s")];
  if (dtype === int64) return `const key = ${part === 1 ? high : `${low} ^ -0x80000000`};`;
  if (dtype !== float64) return "const key = bits[s];";
  // A negative number -(high, low) has the words of the two's complement of its magnitude.
  return `const l = ${low}, h = ${high}, m = h & 0x7fffffff;
    const isNaN = m > 0x7ff00000 || (m === 0x7ff00000 && l !== 0), isNegative = h !== m;
    ${
      part === 1
        ? "const key = isNaN ? 0x7fffffff : isNegative ? (l === 0 ? -m : ~m) : m;"
        : "const key = (isNaN ? -1 : isNegative ? -l : l) ^ -0x80000000;"
    }`;
}

function source(dtype: DType, rank: number, descending: boolean): string {
  // In the high half, so that the low one is the same for all.
  const short = dtype.itemsize === 2 || dtype === int8 ? "key << 16" : "key";
  const key = descending ? `~(${short})` : short;
  const isWide = dtype === int64 || dtype === float64;
  const first = `sorter.start();
    { const keys = sorter.keys;
    for (let i = 0, s = q; i < n; i++, s += qStep) { ${keyText(dtype, 0)} keys[i] = ${key}; } }
    sorter.sort();`;
  // The order by low words is kept among equal high ones.
  const second = `{ const keys = sorter.keys, order = sorter.order;
    for (let i = 0; i < n; i++) { const s = q + order[i] * qStep; ${keyText(dtype, 1)} keys[i] = ${key}; } }
    sorter.sort();`;
  const body = `${first}\n${isWide ? second : ""}
    const order = sorter.order;
    for (let i = 0, d = p, e = w; i < n; i++, d += pStep, e += wStep) {
      const at = order[i];
      ${moveText(dtype, "v", "d", "a", "q + at * qStep")}
      ${storeIndexText("x", "e", "at")}
    }`;
  return `function sort_${dtype.name}(sizes, strides, v, p, pStep, x, w, wStep, bits, a, q, qStep, n, sorter) {\n${loopText(rank, ["p", "w", "q"], body)}\n}`;
}
