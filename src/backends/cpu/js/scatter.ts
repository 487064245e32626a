/** Writing elements through indices along one dimension. */

import type { PointwiseInput, ScatterMode } from "../../../backend/contract.js";
import { type DType, int64, type TypedArray } from "../../../core/dtype.js";
import { input } from "../../../expr/node.js";
import { Program } from "../../../expr/program.js";
import type { CpuOperand, CpuStorage } from "../storage.js";
import { kernelFor } from "./compile.js";
import { loopText, stridesAcross } from "./loops.js";
import { denseOperand } from "./move.js";
import { loadText, numberTypeOf, storeText } from "./operands.js";
import { pointwise } from "./pointwise.js";
import { indexText, moveText, rawOf, startOf, wordsOf } from "./raw.js";
import { joinDims } from "./strided.js";

type Kernel = (
  sizes: readonly number[],
  strides: readonly (readonly number[])[],
  o: TypedArray,
  p: number,
  a: TypedArray,
  q: number,
  x: Int32Array,
  w: number,
  step: number,
) => void;

const kernels = new Map<number, Kernel>();

const modes: readonly ScatterMode[] = ["write", "add", "mul", "max", "min"];

/** See `KernelTable.scatter`. */
export function scatter(output: CpuOperand, dim: number, index: CpuOperand, source: PointwiseInput<CpuStorage>, mode: ScatterMode): void {
  if (index.count === 0) return;
  const { dtype } = output;
  const values = typeof source === "object" ? source : numberOperand(dtype, source);
  const steps = typeof source === "object" ? source.strides : [];
  const across = stridesAcross(output.strides, dim, index.shape.length);
  const nest = joinDims(index.shape, [across, stridesAcross(steps, -1, index.shape.length), index.strides]);
  const rank = nest.sizes.length;
  const key = (dtype.code * 65 + rank) * modes.length + modes.indexOf(mode);
  const kernel = kernelFor(kernels, key, () => sourceText(mode, dtype, rank));
  kernel(
    nest.sizes,
    nest.strides,
    arrayFor(mode, output),
    startOf(output),
    arrayFor(mode, values),
    startOf(values),
    wordsOf(index.storage.data),
    startOf(index),
    output.strides[dim] ?? 0,
  );
}

function sourceText(mode: ScatterMode, dtype: DType, rank: number): string {
  const body = `const t = p + ${indexText("x", "w")} * step; ${combineText(mode, dtype, "o", "t", "a", "q")}`;
  return `function scatter_${mode}_${dtype.name}(sizes, strides, o, p, a, q, x, w, step) {\n${loopText(rank, ["p", "q", "w"], body)}\n}`;
}

const identity = new Program("scatter", [input(0)], 1);

/** One element with the value of a number. */
export function numberOperand(dtype: DType, value: number | bigint): CpuOperand {
  const operand = denseOperand(dtype, []);
  const exact = dtype === int64 && typeof value === "number" ? BigInt(Math.trunc(value)) : value;
  pointwise(identity, dtype, [operand], [exact]);
  return operand;
}

/** The array in which elements are combined: as raw numbers if they are only written. */
export function arrayFor(mode: ScatterMode, operand: CpuOperand): TypedArray {
  return mode === "write" ? rawOf(operand) : operand.storage.data;
}

/** The statement that combines element `place` of array `o` with element `source` of array `a`. */
export function combineText(mode: ScatterMode, dtype: DType, o: string, place: string, a: string, source: string): string {
  if (mode === "write") return moveText(dtype, o, place, a, source);
  if (dtype.isComplex) {
    const read = `const to = 2 * (${place}), of = 2 * (${source}), xr = ${o}[to], xi = ${o}[to + 1], yr = ${a}[of], yi = ${a}[of + 1];`;
    return mode === "add"
      ? `{ ${read} ${o}[to] = xr + yr; ${o}[to + 1] = xi + yi; }`
      : `{ ${read} ${o}[to] = xr * yr - xi * yi; ${o}[to + 1] = xr * yi + xi * yr; }`;
  }
  const type = numberTypeOf(dtype);
  const x = loadText(dtype, type, o, place);
  const y = loadText(dtype, type, a, source);
  const combined = (): string => {
    switch (mode) {
      case "add":
        return `${x} + ${y}`;
      case "mul":
        return type === "int" ? `Math.imul(${x}, ${y})` : `${x} * ${y}`;
      case "max":
        return type === "float" ? `Math.max(${x}, ${y})` : `(${x} > ${y} ? ${x} : ${y})`;
      case "min":
        return type === "float" ? `Math.min(${x}, ${y})` : `(${x} < ${y} ? ${x} : ${y})`;
    }
  };
  return `${o}[${place}] = ${storeText(dtype, type, `(${combined()})`, false)};`;
}
