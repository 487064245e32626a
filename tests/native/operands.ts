/** Operands for tests of kernels: random numbers in any layout, and what they hold. */

import fc from "fast-check";
import { Arguments } from "../../src/backends/cpu/native/arguments.js";
import type { NativeLibrary } from "../../src/backends/cpu/native/library.js";
import type { CpuOperand } from "../../src/backends/cpu/storage.js";
import { allocate, CpuStorage } from "../../src/backends/cpu/storage.js";
import { CopyingArguments } from "../../src/backends/cpu/wasm/arguments.js";
import type { WasmLibrary } from "../../src/backends/cpu/wasm/library.js";
import type { TypedArray } from "../../src/core/dtype.js";
import { type DType, float32 } from "../../src/core/dtype.js";
import { loaded } from "./engines.js";

/** The library, or null where it is absent; why is printed. */
export const library: NativeLibrary | null = typeof loaded === "string" ? null : loaded;
if (typeof loaded === "string") console.warn(`native kernels are not tested: ${loaded}`);

/** Arguments for the kernels of a library, of the native one or that of WebAssembly. */
export function argumentsOf(library: NativeLibrary | WasmLibrary): Arguments {
  return "arena" in library ? new CopyingArguments(library, library.arena) : new Arguments(library);
}

/** How an operand lies in memory: the order of its dimensions from the outermost in, gaps, and which dimensions have stride 0. */
export interface Arrangement {
  readonly order: readonly number[];
  readonly gap: number;
  readonly offset: number;
  readonly repeated: readonly boolean[];
}

/** Arrangements of a number of dimensions. */
export const arrangements = (rank: number, repeats = true): fc.Arbitrary<Arrangement> =>
  fc.record({
    order: fc.shuffledSubarray([...Array(rank).keys()], { minLength: rank, maxLength: rank }),
    gap: fc.constantFrom(1, 1, 1, 2, 3),
    offset: fc.constantFrom(0, 0, 1, 5),
    repeated: fc.array(repeats ? fc.constantFrom(false, false, false, true) : fc.constant(false), { minLength: rank, maxLength: rank }),
  });

/** The dimensions in order, without gaps. */
export const plain = (rank: number): Arrangement => ({
  order: [...Array(rank).keys()],
  gap: 1,
  offset: 0,
  repeated: new Array<boolean>(rank).fill(false),
});

/** An operand of small whole numbers, whose products and sums floats hold exactly. */
export function operand(shape: readonly number[], arrangement: Arrangement, seed: number, dtype: DType = float32): CpuOperand {
  const strides = new Array<number>(shape.length).fill(0);
  let size = arrangement.gap;
  for (const d of [...arrangement.order].reverse()) {
    if (arrangement.repeated[d] === true) continue;
    strides[d] = size;
    size *= shape[d] as number;
  }
  const data = new dtype.array(size + arrangement.offset + 1);
  let state = seed * 2654435761 + 12345;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    data[i] = ((state >>> 16) % 9) - 4;
  }
  const count = shape.reduce((n, s) => n * s, 1);
  return { storage: new CpuStorage(dtype, data.length, data, 0), dtype, shape, strides, offset: arrangement.offset, count, dense: false };
}

/** The same layout over a copy of the memory. */
export function copied(operand: CpuOperand): CpuOperand {
  const { dtype, data, base, length } = operand.storage;
  return { ...operand, storage: new CpuStorage(dtype, length, data.slice() as TypedArray, base) };
}

/** A dense operand whose content is not defined. */
export function empty(shape: readonly number[], dtype: DType = float32): CpuOperand {
  const count = shape.reduce((n, s) => n * s, 1);
  const strides = shape.map((_, d) => shape.slice(d + 1).reduce((n, s) => n * s, 1));
  return { storage: allocate(dtype, count), dtype, shape, strides, offset: 0, count, dense: true };
}

/** All numbers of an operand's memory. */
export const memory = ({ storage }: CpuOperand): number[] =>
  Array.from(storage.data.subarray(storage.base, storage.base + storage.length) as Float64Array, Number);
