/** The largest elements of windows. */

import type { PoolWindow } from "../../../backend/contract.js";
import { type DType, int64, type TypedArray } from "../../../core/dtype.js";
import { contiguousStrides } from "../../../core/shape.js";
import { input as element } from "../../../expr/node.js";
import { Program } from "../../../expr/program.js";
import type { CpuOperand } from "../storage.js";
import { kernelFor } from "./compile.js";
import { toDense } from "./move.js";
import { loadText, numberTypeOf, storeText } from "./operands.js";
import { pointwise } from "./pointwise.js";
import { moveText, rawOf, startOf, storeIndexText, wordsOf } from "./raw.js";
import { scatter } from "./scatter.js";
import { placeLoops, planeSteps, type WindowTable, windowLoops, windowTables } from "./windows.js";

/** `b` holds the same numbers as `a`, raw; values are written to `o` from `w` on, indices to `x` from `w + shift` on. */
type Kernel = (
  samples: number,
  channels: number,
  o: TypedArray,
  w: number,
  x: Int32Array | null,
  shift: number,
  a: TypedArray,
  b: TypedArray,
  q: number,
  steps: readonly number[],
  tables: readonly WindowTable[],
) => void;

const kernels = new Map<number, Kernel>();

/** See `KernelTable.maxPool`. */
export function maxPool(output: CpuOperand, indices: CpuOperand | null, input: CpuOperand, window: PoolWindow | null): void {
  if (output.count === 0) return;
  const { dtype } = input;
  const kernel = kernelFor(kernels, dtype.code * 2 + (indices === null ? 0 : 1), () => source(dtype, indices !== null));
  const start = startOf(output);
  kernel(
    input.shape[0] as number,
    input.shape[1] as number,
    rawOf(output),
    start,
    indices === null ? null : wordsOf(indices.storage.data),
    indices === null ? 0 : startOf(indices) - start,
    input.storage.data,
    rawOf(input),
    startOf(input),
    planeSteps(input),
    windowTables(input, output, window),
  );
}

const fill = new Program("fill", [element(0)], 1);

/** The elements of a dense operand `[N, C, …]` as `[N, C, plane]`. */
function asLines(operand: CpuOperand): CpuOperand {
  const [samples, channels] = operand.shape as readonly [number, number];
  const shape = [samples, channels, operand.count / (samples * channels)];
  return { ...operand, shape, strides: contiguousStrides(shape) };
}

/** See `KernelTable.maxPoolBackward`. */
export function maxPoolBackward(output: CpuOperand, grad: CpuOperand, indices: CpuOperand): void {
  if (output.count === 0) return;
  pointwise(fill, output.dtype, [output], [0]);
  if (grad.count > 0) scatter(asLines(output), 2, asLines(indices), asLines(toDense(grad)), "add");
}

function source(dtype: DType, hasIndices: boolean): string {
  const type = numberTypeOf(dtype);
  const better = type === "float" ? "y > best || y !== y" : "y > best";
  const step = `const y = ${loadText(dtype, type, "a", "p")};
    if (at < 0 || ${better}) { best = y; at = p;${hasIndices ? " place = (i0 * n1 + i1) * n2 + i2;" : ""} }`;
  // A dilated window may meet nothing but padding.
  const empty =
    dtype === int64 ? storeIndexText("o", "w", "0") : `o[w] = ${type === "float" ? storeText(dtype, type, "-Infinity", false) : "0"};`;
  const body = `let best = ${type === "int64" ? "0n" : "0"}, at = -1, place = 0;
    ${windowLoops(step)}
    if (at >= 0) { ${moveText(dtype, "o", "w", "b", "at")} } else { ${empty} }
    ${hasIndices ? storeIndexText("x", "(w + shift)", "place") : ""}`;
  return `function maxPool_${dtype.name}(samples, channels, o, w, x, shift, a, b, q, steps, tables) {
    const n1 = tables[1].size, n2 = tables[2].size;
    ${placeLoops("", body)}
  }`;
}
