/** Extreme values and where they are. */

import type { DType, TypedArray } from "../../../core/dtype.js";
import type { CpuOperand } from "../storage.js";
import { kernelFor } from "./compile.js";
import { loopText, withoutDim } from "./loops.js";
import { loadText, numberTypeOf } from "./operands.js";
import { moveText, rawOf, startOf, storeIndexText, wordsOf } from "./raw.js";
import { joinDims } from "./strided.js";

/** `b` holds the same numbers as `a`, raw; the values are written to `v` at `p`, the indices to `x` at `w`. */
type Kernel = (
  sizes: readonly number[],
  strides: readonly (readonly number[])[],
  v: TypedArray,
  p: number,
  x: Int32Array,
  w: number,
  a: TypedArray,
  b: TypedArray,
  q: number,
  n: number,
  step: number,
) => void;

const kernels = new Map<number, Kernel>();

/** See `KernelTable.argReduce`. */
export function argReduce(kind: "max" | "min", values: CpuOperand | null, indices: CpuOperand, input: CpuOperand, dim: number): void {
  if (indices.count === 0) return;
  const { dtype } = input;
  const target = values ?? input;
  const across = withoutDim(input.strides, dim);
  const nest = joinDims(withoutDim(input.shape, dim), [values === null ? across : values.strides, indices.strides, across]);
  const rank = nest.sizes.length;
  const hasValues = values !== null;
  const key = ((dtype.code * 65 + rank) * 2 + (hasValues ? 1 : 0)) * 2 + (kind === "max" ? 1 : 0);
  const kernel = kernelFor(kernels, key, () => source(kind, dtype, rank, hasValues));
  kernel(
    nest.sizes,
    nest.strides,
    rawOf(target),
    startOf(target),
    wordsOf(indices.storage.data),
    startOf(indices),
    input.storage.data,
    rawOf(input),
    startOf(input),
    input.shape[dim] ?? 1,
    input.strides[dim] ?? 0,
  );
}

function source(kind: "max" | "min", dtype: DType, rank: number, hasValues: boolean): string {
  const type = numberTypeOf(dtype);
  const symbol = kind === "max" ? ">" : "<";
  // What is not less than or equal to the best so far is greater or NaN, and the first NaN wins.
  const better = type === "float" ? `!(${kind === "max" ? "y <= best" : "y >= best"})` : `y ${symbol} best`;
  const search = `for (let i = 1, t = q + step; i < n; i++, t += step) {
    const y = ${loadText(dtype, type, "a", "t")};
    if (${better}) { best = y; at = i;${type === "float" ? " if (y !== y) break;" : ""} }
  }`;
  const body = `let best = ${loadText(dtype, type, "a", "q")}, at = 0;
  ${type === "float" ? `if (best === best) ${search}` : search}
  ${storeIndexText("x", "w", "at")}
  ${hasValues ? moveText(dtype, "v", "p", "b", "q + at * step") : ""}`;
  return `function arg${kind}_${dtype.name}(sizes, strides, v, p, x, w, a, b, q, n, step) {\n${loopText(rank, ["p", "w", "q"], body)}\n}`;
}
