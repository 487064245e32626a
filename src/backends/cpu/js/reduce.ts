/** Reductions as generated loops: a program is evaluated element by element and its values are combined. */

import type { PointwiseInput, Reducer } from "../../../backend/contract.js";
import { type DType, int64 } from "../../../core/dtype.js";
import { broadcastStrides } from "../../../core/shape.js";
import { lower } from "../../../expr/complex.js";
import { type Expr, type Input, isBool } from "../../../expr/node.js";
import { type NumberType, printJs } from "../../../expr/print-js.js";
import type { Program } from "../../../expr/program.js";
import type { CpuOperand, CpuStorage } from "../storage.js";
import { compileFunction } from "./compile.js";
import { numberTypeOf, storeText } from "./operands.js";
import { loadElement } from "./pointwise.js";
import { joinDims, type LoopNest } from "./strided.js";

type Kernel = (
  outerSizes: readonly number[],
  innerSizes: readonly number[],
  strides: readonly (readonly number[])[],
  innerStrides: readonly (readonly number[])[],
  output: CpuOperand,
  inputs: readonly PointwiseInput<CpuStorage>[],
  scale: number,
) => void;

/** How values are combined: a first value, and the text of a step for accumulator `r` and value `v`. */
interface Combine {
  readonly first: (type: NumberType) => string;
  readonly step: (r: string, v: string, type: NumberType) => string;
}

const whole = (n: string, type: NumberType): string => (type === "int64" ? `${n}n` : n);
const extreme = (name: string, symbol: string): Combine["step"] => {
  return (r, v, type) => (type === "float" ? `${r} = Math.${name}(${r}, ${v});` : `if (${v} ${symbol} ${r}) ${r} = ${v};`);
};

const combines: { readonly [reducer in Reducer]: Combine } = {
  sum: { first: (type) => whole("0", type), step: (r, v) => `${r} += ${v};` },
  prod: {
    first: (type) => whole("1", type),
    step: (r, v, type) =>
      type === "int" ? `${r} = Math.imul(${r}, ${v});` : type === "int64" ? `${r} = BigInt.asIntN(64, ${r} * ${v});` : `${r} *= ${v};`,
  },
  max: { first: (type) => (type === "int64" ? "-9223372036854775808n" : "-Infinity"), step: extreme("max", ">") },
  min: { first: (type) => (type === "int64" ? "9223372036854775807n" : "Infinity"), step: extreme("min", "<") },
  any: { first: () => "false", step: (r, v) => `if (${v}) { ${r} = true; break reduction; }` },
  all: { first: () => "true", step: (r, v) => `if (!${v}) { ${r} = false; break reduction; }` },
};

const codes: { readonly [reducer in Reducer]: number } = { sum: 0, prod: 1, max: 2, min: 3, any: 4, all: 5 };

/** Reduces a program's values over dimensions; see `KernelTable.reduce`. */
export function reduce(
  reducer: Reducer,
  program: Program,
  compute: DType,
  output: CpuOperand,
  inputs: readonly PointwiseInput<CpuStorage>[],
  shape: readonly number[],
  dims: readonly number[],
  scale: number,
): void {
  if (output.count === 0) return;
  const nests = blockNests(output, inputs, shape, dims) ?? generalNests(output, inputs, shape, dims);
  const { outer, inner } = nests;
  // Ranks are at most 64; with three operands and up to eight numbers the key stays exact.
  let key = ((codes[reducer] * 12 + compute.code) * 12 + output.dtype.code) * 2 + (scale === 1 ? 1 : 0);
  key = (key * 65 + outer.sizes.length) * 65 + inner.sizes.length;
  for (const input of inputs) key = key * 13 + (typeof input === "object" ? input.dtype.code + 1 : 0);
  if (!Number.isSafeInteger(key)) throw new RangeError(`reduce: too many inputs (${inputs.length})`);
  let kernel = program.reductions.get(key) as Kernel | undefined;
  if (kernel === undefined) {
    kernel = compileFunction<Kernel>(source(reducer, program, compute, output, inputs, outer.sizes.length, inner.sizes.length, scale));
    program.reductions.set(key, kernel);
  }
  kernel(outer.sizes, inner.sizes, outer.strides, inner.strides, output, inputs, scale);
}

interface Nests {
  readonly outer: LoopNest;
  readonly inner: LoopNest;
}

/** The loops over neighbouring dimensions of dense operands of one shape, which is what most reductions are; null for others. */
function blockNests(
  output: CpuOperand,
  inputs: readonly PointwiseInput<CpuStorage>[],
  shape: readonly number[],
  dims: readonly number[],
): Nests | null {
  if (!output.dense || dims.length === 0) return null;
  let operands = 0;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i] as PointwiseInput<CpuStorage>;
    if (typeof input !== "object") continue;
    operands++;
    if (!input.dense || input.shape.length !== shape.length) return null;
    for (let d = 0; d < shape.length; d++) if (shape[d] !== input.shape[d]) return null;
  }
  const first = dims[0] as number;
  if (first + dims.length > shape.length) return null;
  let before = 1;
  let within = 1;
  let behind = 1;
  for (let d = 0; d < shape.length; d++) {
    const size = shape[d] as number;
    const reduced = d >= first && d < first + dims.length;
    if (reduced && dims[d - first] !== d) return null;
    if (reduced) within *= size;
    else if (d < first) before *= size;
    else behind *= size;
  }
  const same = (steps: readonly number[]): (readonly number[])[] =>
    operands === 1 ? [steps] : new Array<readonly number[]>(operands).fill(steps);
  const inner: LoopNest = { sizes: [within], strides: same([behind]) };
  if (before === 1 && behind === 1) return { outer: { sizes: [], strides: [[], ...same([])] }, inner };
  if (behind === 1) return { outer: { sizes: [before], strides: [[1], ...same([within])] }, inner };
  if (before === 1) return { outer: { sizes: [behind], strides: [[1], ...same([1])] }, inner };
  return { outer: { sizes: [before, behind], strides: [[behind, 1], ...same([within * behind, 1])] }, inner };
}

function generalNests(
  output: CpuOperand,
  inputs: readonly PointwiseInput<CpuStorage>[],
  shape: readonly number[],
  dims: readonly number[],
): Nests {
  const outer: number[] = [];
  for (let d = 0; d < shape.length; d++) if (!dims.includes(d)) outer.push(d);
  const operandStrides: number[][] = [];
  for (const input of inputs) if (typeof input === "object") operandStrides.push(broadcastStrides(input.shape, input.strides, shape));
  const pick = (from: readonly number[], which: readonly number[]): number[] => which.map((d) => from[d] as number);
  return {
    outer: joinDims(pick(shape, outer), [output.strides, ...operandStrides.map((s) => pick(s, outer))]),
    inner: joinDims(
      pick(shape, dims),
      operandStrides.map((s) => pick(s, dims)),
    ),
  };
}

function source(
  reducer: Reducer,
  program: Program,
  compute: DType,
  output: CpuOperand,
  inputs: readonly PointwiseInput<CpuStorage>[],
  outerRank: number,
  innerRank: number,
  scale: number,
): string {
  const lines = ["const o = output.storage.data; let p = output.storage.base + output.offset;"];
  const operands: number[] = [];
  inputs.forEach((input, k) => {
    if (typeof input === "object") {
      operands.push(k);
      lines.push(`const A${k} = inputs[${k}], a${k} = A${k}.storage.data; let q${k} = A${k}.storage.base + A${k}.offset;`);
    } else lines.push(`const n${k} = inputs[${k}];`);
  });
  for (let d = 0; d < outerRank; d++) {
    const back = (slot: number): string => (d + 1 < outerRank ? ` - strides[${slot}][${d + 1}] * outerSizes[${d + 1}]` : "");
    lines.push(`const n_${d} = outerSizes[${d}], p_${d} = strides[0][${d}]${back(0)};`);
    operands.forEach((k, i) => {
      lines.push(`const q${k}_${d} = strides[${i + 1}][${d}]${back(i + 1)};`);
    });
  }
  for (let d = 0; d < innerRank; d++) {
    lines.push(`const m_${d} = innerSizes[${d}];`);
    operands.forEach((k, i) => {
      const back = d + 1 < innerRank ? ` - innerStrides[${i}][${d + 1}] * innerSizes[${d + 1}]` : "";
      lines.push(`const s${k}_${d} = innerStrides[${i}][${d}]${back};`);
    });
  }
  const type = numberTypeOf(compute);
  const parts = compute.isComplex ? 2 : 1;
  const combine = combines[reducer];
  for (let d = 0; d < outerRank; d++) lines.push(`for (let i_${d} = 0; i_${d} < n_${d}; i_${d}++) {`);
  for (let part = 0; part < parts; part++) {
    const first = part === 1 ? "0" : combine.first(type);
    lines.push(`let r${part} = ${first};`);
  }
  for (const k of operands) lines.push(`let w${k} = q${k};`);
  lines.push("reduction: {");
  for (let d = 0; d < innerRank; d++) lines.push(`for (let j_${d} = 0; j_${d} < m_${d}; j_${d}++) {`);
  lines.push(...stepLines(reducer, program, compute, inputs));
  for (let d = innerRank - 1; d >= 0; d--) lines.push(`${operands.map((k) => `w${k} += s${k}_${d};`).join(" ")} }`);
  lines.push("}");
  for (let part = 0; part < parts; part++) {
    const value = scale === 1 ? `r${part}` : `(r${part} * scale)`;
    const place = parts === 2 ? `2 * p + ${part}` : "p";
    lines.push(`o[${place}] = ${storeText(output.dtype, type, value, reducer === "any" || reducer === "all")};`);
  }
  for (let d = outerRank - 1; d >= 0; d--) lines.push(`p += p_${d}; ${operands.map((k) => `q${k} += q${k}_${d};`).join(" ")} }`);
  return `function reduce(outerSizes, innerSizes, strides, innerStrides, output, inputs, scale) {\n${lines.join("\n")}\n}`;
}

/** The statements that evaluate the program at one place and combine it. */
function stepLines(reducer: Reducer, program: Program, compute: DType, inputs: readonly PointwiseInput<CpuStorage>[]): string[] {
  const type = numberTypeOf(compute);
  const load = (node: Input): string => {
    const input = inputs[node.index] as PointwiseInput<CpuStorage>;
    if (typeof input !== "object") return `n${node.index}`;
    return loadElement(input.dtype, compute, node, `a${node.index}`, `w${node.index}`);
  };
  const isComplex = (index: number): boolean => {
    const input = inputs[index];
    return typeof input === "object" && input.dtype.isComplex;
  };
  const expr = program.outputs[0] as Expr;
  const combine = combines[reducer];
  if (compute.isComplex || program.reads.some(isComplex)) {
    const value = lower(expr, isComplex);
    const printed = printJs(compute.isComplex ? [value.re, value.im] : [value.re], type, load);
    const [re, im] = printed.results as [string, string];
    if (!compute.isComplex) {
      const text = isBool(value.re) && reducer !== "any" && reducer !== "all" ? `(${re} ? 1 : 0)` : re;
      return [...printed.statements, `const v = ${text};`, combine.step("r0", "v", type)];
    }
    if (reducer === "prod")
      return [...printed.statements, `const vr = ${re}, vi = ${im}, x = r0 * vr - r1 * vi; r1 = r0 * vi + r1 * vr; r0 = x;`];
    return [...printed.statements, combine.step("r0", re, type), combine.step("r1", im, type)];
  }
  const printed = printJs([expr], type, load);
  let value = printed.results[0] as string;
  const truth = isBool(expr);
  if ((reducer === "any" || reducer === "all") !== truth) {
    const zero = compute === int64 ? "0n" : "0";
    value = truth ? `(${value} ? ${whole("1", type)} : ${zero})` : `(${value} !== ${zero})`;
  }
  return [...printed.statements, `const v = ${value};`, combine.step("r0", "v", type)];
}
