/** Advanced indexing: each indexed dimension has an index operand, and the other dimensions are taken whole. */

import type { DType, TypedArray } from "../../../core/dtype.js";
import { broadcastStrides } from "../../../core/shape.js";
import type { CpuOperand } from "../storage.js";
import { kernelFor } from "./compile.js";
import { loopText } from "./loops.js";
import { indexText, moveText, startOf, wordsOf } from "./raw.js";
import { arrayFor, combineText } from "./scatter.js";
import { joinDims } from "./strided.js";

type Indices = readonly (CpuOperand | null)[];

type Mode = "get" | "write" | "add";

/** `table` is the indexed operand, `rows` what is read from it or written to it; `words`, `places` and `steps` belong to the indices. */
type Kernel = (
  sizes: readonly number[], strides: readonly (readonly number[])[],
  sizesIn: readonly number[], stridesIn: readonly (readonly number[])[],
  rows: TypedArray, p: number,
  table: TypedArray, q: number,
  words: readonly Int32Array[], places: readonly number[], steps: readonly number[],
) => void;

const kernels = new Map<string, Kernel>();

/** See `KernelTable.indexGet`. */
export function indexGet(output: CpuOperand, input: CpuOperand, indices: Indices): void {
  visit("get", output, input, indices);
}

/** See `KernelTable.indexPut`. */
export function indexPut(output: CpuOperand, indices: Indices, source: CpuOperand, accumulate: boolean): void {
  visit(accumulate ? "add" : "write", source, output, indices);
}

function visit(mode: Mode, rows: CpuOperand, table: CpuOperand, indices: Indices): void {
  if (rows.count === 0) return;
  const whole = table.shape.map((_, d) => d).filter((d) => (indices[d] ?? null) === null);
  const depth = rows.shape.length - whole.length;
  const shape = rows.shape.slice(0, depth);
  const operands: CpuOperand[] = [];
  const steps: number[] = [];
  indices.forEach((index, d) => {
    if (index === null) return;
    operands.push(index);
    steps.push(table.strides[d] as number);
  });
  const outer = joinDims(shape, [rows.strides.slice(0, depth), ...operands.map((index) => broadcastStrides(index.shape, index.strides, shape))]);
  const inner = joinDims(
    whole.map((d) => table.shape[d] as number),
    [rows.strides.slice(depth), whole.map((d) => table.strides[d] as number)],
  );
  const { dtype } = table;
  const [outerRank, innerRank] = [outer.sizes.length, inner.sizes.length];
  const kernel = kernelFor(kernels, `${mode} ${dtype.code} ${operands.length} ${outerRank} ${innerRank}`, () =>
    sourceText(mode, dtype, operands.length, outerRank, innerRank),
  );
  const access = mode === "add" ? "add" : "write";
  kernel(
    outer.sizes, outer.strides,
    inner.sizes, inner.strides,
    arrayFor(access, rows), startOf(rows),
    arrayFor(access, table), startOf(table),
    operands.map((index) => wordsOf(index.storage.data)), operands.map(startOf), steps,
  );
}

function sourceText(mode: Mode, dtype: DType, count: number, outerRank: number, innerRank: number): string {
  const each = Array.from({ length: count }, (_, k) => k);
  const declared = each.map((k) => `const x${k} = words[${k}], s${k} = steps[${k}]; let w${k} = places[${k}];`).join("\n");
  const place = ["q", ...each.map((k) => `${indexText(`x${k}`, `w${k}`)} * s${k}`)].join(" + ");
  const element = mode === "get" ? moveText(dtype, "rows", "r", "table", "t") : combineText(mode, dtype, "table", "t", "rows", "r");
  const body = `let r = p, t = ${place};\n${loopText(innerRank, ["r", "t"], element, "In")}`;
  const loops = loopText(outerRank, ["p", ...each.map((k) => `w${k}`)], body);
  return `function index_${mode}_${dtype.name}(sizes, strides, sizesIn, stridesIn, rows, p, table, q, words, places, steps) {\n${declared}\n${loops}\n}`;
}
