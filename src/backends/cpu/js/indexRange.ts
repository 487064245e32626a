/** The range of index values, for checks of bounds. */

import type { CpuOperand } from "../storage.js";
import { kernelFor } from "./compile.js";
import { loopText } from "./loops.js";
import { highText, indexText, startOf, wordsOf } from "./raw.js";
import { joinDims } from "./strided.js";

type Kernel = (sizes: readonly number[], strides: readonly (readonly number[])[], x: Int32Array, w: number) => readonly [number, number];

const kernels = new Map<number, Kernel>();

/** See `KernelTable.indexRange`. */
export function indexRange(index: CpuOperand): readonly [smallest: number, largest: number] {
  if (index.count === 0) return [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const nest = joinDims(index.shape, [index.strides]);
  const kernel = kernelFor(kernels, nest.sizes.length, () => source(nest.sizes.length));
  return kernel(nest.sizes, nest.strides, wordsOf(index.storage.data), startOf(index));
}

function source(rank: number): string {
  const body = `const v = ${highText("x", "w")} * 4294967296 + (${indexText("x", "w")} >>> 0); if (v < smallest) smallest = v; if (v > largest) largest = v;`;
  return `function index_range(sizes, strides, x, w) {\nlet smallest = Infinity, largest = -Infinity;\n${loopText(rank, ["w"], body)}\nreturn [smallest, largest];\n}`;
}
