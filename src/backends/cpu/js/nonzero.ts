/** Where elements are not zero. */

import { type DType, int64, type TypedArray } from "../../../core/dtype.js";
import { allocate, type CpuOperand, type CpuStorage } from "../storage.js";
import { compileFunction, kernelFor } from "./compile.js";
import { loopText } from "./loops.js";
import { maskText } from "./operands.js";
import { startOf, storeIndexText, wordsOf } from "./raw.js";
import { joinDims } from "./strided.js";

/** Writes the row-major numbers of elements that are not zero, and gives how many there are. */
type Finder = (sizes: readonly number[], strides: readonly (readonly number[])[], a: TypedArray, q: number, found: Int32Array) => number;

/** Writes coordinate `d` of each element: its number divided by `stride`, modulo `size`. */
type Splitter = (found: Int32Array, n: number, x: Int32Array, w: number, step: number, stride: number, size: number) => void;

const finders = new Map<number, Finder>();
let splitter: Splitter | undefined;

/** See `KernelTable.nonzero`. A 0-d input has no coordinates, so its result is empty whatever its value. */
export function nonzero(input: CpuOperand): CpuStorage {
  const { dtype, shape, count } = input;
  if (count === 0 || shape.length === 0) return allocate(int64, 0);
  const nest = joinDims(shape, [input.strides]);
  const found = new Int32Array(count);
  const find = kernelFor(finders, dtype.code * 65 + nest.sizes.length, () => source(dtype, nest.sizes.length));
  const n = find(nest.sizes, nest.strides, input.storage.data, startOf(input), found);
  const result = allocate(int64, n * shape.length);
  const words = wordsOf(result.data);
  splitter ??= compileFunction<Splitter>(splitSource);
  let stride = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = shape[d] as number;
    splitter(found, n, words, result.base + d, shape.length, stride, size);
    stride *= size;
  }
  return result;
}

function source(dtype: DType, rank: number): string {
  const truth = dtype.isComplex ? "(a[2 * q] !== 0 || a[2 * q + 1] !== 0)" : maskText(dtype, "a", "q");
  const body = `found[n] = i; i++; if ${truth} n++;`;
  return `function nonzero_${dtype.name}(sizes, strides, a, q, found) { let i = 0, n = 0;\n${loopText(rank, ["q"], body)}\nreturn n; }`;
}

const splitSource = `function coordinates(found, n, x, w, step, stride, size) {
  for (let i = 0; i < n; i++, w += step) {
    const at = ((found[i] / stride) | 0) % size;
    ${storeIndexText("x", "w", "at")}
  }
}`;
