/** Kernels that walk along lines of a dimension: scans, extremes and their places, elements of given ranks. */

import type { KernelTable } from "../../../backend/contract.js";
import { int64 } from "../../../core/dtype.js";
import { withoutDim } from "../js/loops.js";
import { joinDims } from "../js/strided.js";
import type { CpuOperand, CpuStorage } from "../storage.js";
import { type Arguments, MOST_DIMS } from "./arguments.js";
import type { NativeLibrary } from "./library.js";

type Kernels = KernelTable<CpuStorage>;

/** Indices within a line are counted in 31 bits. */
const LONGEST_LINE = 2 ** 31;

/** Writes the length of lines, the steps of operands along them, and the nest across; false where the nest is too deep or lines too long. */
function putLines(
  args: Arguments,
  n: number,
  shape: readonly number[],
  operands: readonly CpuOperand[],
  along: readonly number[],
  across: readonly (readonly number[])[],
): boolean {
  const nest = joinDims(shape, across);
  if (nest.sizes.length > MOST_DIMS || n >= LONGEST_LINE) return false;
  args.put(n);
  for (const step of along) args.put(step);
  args.sizes(nest.sizes);
  operands.forEach((operand, k) => {
    args.put(args.address(operand));
    args.strides(nest.strides[k] as readonly number[], 1);
  });
  return true;
}

/** The native `scan`, with `otherwise` for what it does not take. */
export function nativeScan(library: NativeLibrary, args: Arguments, otherwise: Kernels["scan"]): Kernels["scan"] {
  const kernel = library.kernel("scan");
  const codes = { sum: 0, prod: 1, max: 2, min: 3, logsumexp: 4 };
  return (kind, values, indices, input, dim) => {
    const isExtreme = kind === "max" || kind === "min";
    const wanted = isExtreme || input.dtype.isFloatingPoint ? input.dtype : int64;
    const operands = [values, indices ?? values, input];
    args.at = 0;
    args.put(codes[kind]);
    args.put(input.dtype.code);
    args.put(indices === null ? 0 : 1);
    const isTaken =
      input.count > 0 &&
      !input.dtype.isComplex &&
      values.dtype === wanted &&
      putLines(
        args,
        input.shape[dim] ?? 1,
        withoutDim(input.shape, dim),
        operands,
        operands.map(({ strides }) => strides[dim] ?? 0),
        operands.map(({ strides }) => withoutDim(strides, dim)),
      );
    if (isTaken) kernel();
    else otherwise(kind, values, indices, input, dim);
  };
}

/** The native `argReduce`, with `otherwise` for what it does not take. */
export function nativeArgReduce(library: NativeLibrary, args: Arguments, otherwise: Kernels["argReduce"]): Kernels["argReduce"] {
  const kernel = library.kernel("arg_reduce");
  return (kind, values, indices, input, dim) => {
    const target = values ?? indices;
    args.at = 0;
    args.put(kind === "max" ? 1 : 0);
    args.put(input.dtype.code);
    args.put(values === null ? 0 : 1);
    const isTaken =
      input.count > 0 &&
      !input.dtype.isComplex &&
      putLines(
        args,
        input.shape[dim] ?? 1,
        withoutDim(input.shape, dim),
        [target, indices, input],
        [0, 0, input.strides[dim] ?? 0],
        [target.strides, indices.strides, withoutDim(input.strides, dim)],
      );
    if (isTaken) kernel();
    else otherwise(kind, values, indices, input, dim);
  };
}

/** The native `select`. */
export function nativeSelect(library: NativeLibrary, args: Arguments): NonNullable<Kernels["select"]> {
  const kernel = library.kernel("select");
  return (values, indices, input, dim, ranks, descending) => {
    const operands = [values, indices, ranks, input];
    if (input.count === 0 || values.count === 0) return true;
    args.at = 0;
    args.put(input.dtype.code);
    args.put(descending ? 1 : 0);
    args.put(ranks.shape[dim] ?? 1);
    const isTaken = putLines(
      args,
      input.shape[dim] ?? 1,
      withoutDim(input.shape, dim),
      operands,
      operands.map(({ strides }) => strides[dim] ?? 0),
      operands.map(({ strides }) => withoutDim(strides, dim)),
    );
    if (isTaken) kernel();
    return isTaken;
  };
}
