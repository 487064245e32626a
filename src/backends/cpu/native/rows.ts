/** Kernels that move whole rows: sorting them, and copying them by index. */

import type { KernelTable } from "../../../backend/contract.js";
import { numelOf } from "../../../core/shape.js";
import { withoutDim } from "../js/loops.js";
import { joinDims } from "../js/strided.js";
import type { CpuStorage } from "../storage.js";
import { type Arguments, MOST_DIMS } from "./arguments.js";
import type { NativeLibrary } from "./library.js";

type Table = KernelTable<CpuStorage>;

/** The native `sort`, with `otherwise` for what it does not take. */
export function nativeSort(library: NativeLibrary, args: Arguments, otherwise: Table["sort"]): Table["sort"] {
  const kernel = library.kernel("sort");
  return (values, indices, input, dim, descending) => {
    const operands = [values, indices, input];
    const nest = joinDims(
      withoutDim(input.shape, dim),
      operands.map((operand) => withoutDim(operand.strides, dim)),
    );
    const n = input.shape[dim] ?? 1;
    if (input.count === 0 || nest.sizes.length > MOST_DIMS || input.dtype.isComplex || n >= 2 ** 32)
      return otherwise(values, indices, input, dim, descending);
    args.at = 0;
    args.put(input.dtype.code);
    args.put(descending ? 1 : 0);
    args.put(n);
    for (const operand of operands) args.put(operand.strides[dim] ?? 0);
    args.sizes(nest.sizes);
    operands.forEach((operand, k) => {
      args.put(operand === input ? args.address(operand) : args.target(operand));
      args.strides(nest.strides[k] as readonly number[], 1);
    });
    kernel();
  };
}

/** The native `indexGet`: rows by one index into the first dimension, with `otherwise` for other indexing. */
export function nativeIndexGet(library: NativeLibrary, args: Arguments, otherwise: Table["indexGet"]): Table["indexGet"] {
  const kernel = library.kernel("gather_rows");
  return (output, input, indices) => {
    const index = indices[0] ?? null;
    const isFirst = index !== null && indices.every((one, d) => d === 0 || one === null);
    if (!isFirst || !output.dense || !input.dense || !index.dense || output.count === 0) return otherwise(output, input, indices);
    const row = numelOf(input.shape.slice(1));
    // The index may broadcast, and rows of numbers are better copied by a loop over them.
    if (index.count * row !== output.count || row < 4) return otherwise(output, input, indices);
    const bytes = row * input.dtype.itemsize;
    args.at = 0;
    for (const value of [index.count, bytes, args.target(output), bytes, args.address(input), bytes, args.address(index), 1])
      args.put(value);
    kernel();
  };
}
