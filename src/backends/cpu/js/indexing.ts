/** Advanced indexing: each indexed dimension has an index operand, and the other dimensions are taken whole. */

import { type DType, int64, type TypedArray } from "../../../core/dtype.js";
import { broadcastStrides } from "../../../core/shape.js";
import type { CpuOperand } from "../storage.js";
import { kernelFor } from "./compile.js";
import { loopText } from "./loops.js";
import { indexText, moveText, startOf, wordsOf } from "./raw.js";
import { arrayFor, combineText } from "./scatter.js";
import { joinDims, type LoopNest } from "./strided.js";

type Indices = readonly (CpuOperand | null)[];

/** Reading rows from the table, or writing or adding them to it. */
type Mode = "get" | "write" | "add";

/** How a row is walked: by a loop nest, by a loop over neighbours, or copied at once. */
type Walk = "nest" | "row" | "block";

/** `table` is the indexed operand, `rows` what is read from it or written to it; `words`, `places` and `steps` belong to the indices. */
type Kernel = (
  sizes: readonly number[],
  strides: readonly (readonly number[])[],
  sizesIn: readonly number[],
  stridesIn: readonly (readonly number[])[],
  rows: TypedArray,
  p: number,
  table: TypedArray,
  q: number,
  words: readonly Int32Array[],
  places: readonly number[],
  steps: readonly number[],
) => void;

/** A copy of fewer elements at once takes longer than a loop over them. */
const SHORTEST_BLOCK = 128;

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
  const operands: CpuOperand[] = [];
  const steps: number[] = [];
  const wholeSizes: number[] = [];
  const wholeStrides: number[] = [];
  for (let d = 0; d < table.shape.length; d++) {
    const index = indices[d] ?? null;
    if (index === null) {
      wholeSizes.push(table.shape[d] as number);
      wholeStrides.push(table.strides[d] as number);
    } else {
      operands.push(index);
      steps.push(table.strides[d] as number);
    }
  }
  const depth = rows.shape.length - wholeSizes.length;
  const shape = rows.shape.slice(0, depth);
  const outer = joinDims(shape, [
    rows.strides.slice(0, depth),
    ...operands.map((index) => broadcastStrides(index.shape, index.strides, shape)),
  ]);
  const inner = joinDims(wholeSizes, [rows.strides.slice(depth), wholeStrides]);
  const { dtype } = table;
  const walk = walkOf(mode, inner);
  const [outerRank, innerRank] = [outer.sizes.length, inner.sizes.length];
  const kernel = kernelFor(kernels, `${mode} ${walk} ${dtype.code} ${operands.length} ${outerRank} ${innerRank}`, () =>
    source(mode, walk, dtype, operands.length, outerRank, innerRank),
  );
  const access = mode === "add" ? "add" : "write";
  kernel(
    outer.sizes,
    outer.strides,
    inner.sizes,
    inner.strides,
    arrayFor(access, rows),
    startOf(rows),
    arrayFor(access, table),
    startOf(table),
    operands.map((index) => wordsOf(index.storage.data)),
    operands.map(startOf),
    steps,
  );
}

function walkOf(mode: Mode, { sizes, strides }: LoopNest): Walk {
  if (sizes.length !== 1 || strides[0]?.[0] !== 1 || strides[1]?.[0] !== 1) return "nest";
  return mode !== "add" && (sizes[0] as number) >= SHORTEST_BLOCK ? "block" : "row";
}

function source(mode: Mode, walk: Walk, dtype: DType, count: number, outerRank: number, innerRank: number): string {
  const each = Array.from({ length: count }, (_, k) => k);
  const declared = each.map((k) => `const x${k} = words[${k}], s${k} = steps[${k}]; let w${k} = places[${k}];`);
  if (walk !== "nest") declared.push("const n = sizesIn[0];");
  const place = ["q", ...each.map((k) => `${indexText(`x${k}`, `w${k}`)} * s${k}`)].join(" + ");
  const loops = loopText(outerRank, ["p", ...each.map((k) => `w${k}`)], rowText(mode, walk, dtype, place, innerRank));
  return `function index_${mode}_${dtype.name}(sizes, strides, sizesIn, stridesIn, rows, p, table, q, words, places, steps) {\n${declared.join("\n")}\n${loops}\n}`;
}

/** The statements for the row at `p` and the part of the table at `place`. */
function rowText(mode: Mode, walk: Walk, dtype: DType, place: string, innerRank: number): string {
  const element = (row: string, at: string): string =>
    mode === "get" ? moveText(dtype, "rows", row, "table", at) : combineText(mode, dtype, "table", at, "rows", row);
  if (walk === "nest") return `let r = p, t = ${place};\n${loopText(innerRank, ["r", "t"], element("r", "t"), "In")}`;
  if (walk === "row") return `const t = ${place};\nfor (let j = 0; j < n; j++) { ${element("p + j", "t + j")} }`;
  const numbers = dtype === int64 || dtype.isComplex ? "2 * " : "";
  const [to, at, from, of] = mode === "get" ? ["rows", "p", "table", "t"] : ["table", "t", "rows", "p"];
  return `const t = ${place};\n${to}.set(${from}.subarray(${numbers}${of}, ${numbers}(${of} + n)), ${numbers}${at});`;
}
