/** Pointwise programs as generated loops: one function per program, dtypes and layout, compiled at first use. */

import type { PointwiseInput } from "../../../backend/contract.js";
import { type DType, dtypes } from "../../../core/dtype.js";
import { broadcastStrides } from "../../../core/shape.js";
import { lower } from "../../../expr/complex.js";
import { type Expr, type Input, isBool } from "../../../expr/node.js";
import { printJs } from "../../../expr/print-js.js";
import type { Program } from "../../../expr/program.js";
import type { CpuOperand, CpuStorage } from "../storage.js";
import { compileFunction } from "./compile.js";
import { loadText, maskText, numberTypeOf, storeText } from "./operands.js";
import { joinDims } from "./strided.js";

/** Runs over `n` elements; operands are dense, or hold one element. */
type FlatKernel = (n: number, outputs: readonly CpuOperand[], inputs: readonly PointwiseInput<CpuStorage>[]) => void;

/** Runs over a loop nest. */
type NestKernel = (
  sizes: readonly number[],
  strides: readonly (readonly number[])[],
  outputs: readonly CpuOperand[],
  inputs: readonly PointwiseInput<CpuStorage>[],
) => void;

/** How an input is read: a plain number, one element for all, or an element each. */
const NUMBER = 0;
const SINGLE = 1;
const EACH = 2;

/** Kernel keys have room for this many combinations of inputs that are plain numbers. */
const MOST_NUMBERS = 2 ** 15;

/** Bodies of more characters than this are not repeated. */
const LONGEST_UNROLLED = 120;

/** Up to this many elements a loop copies faster than `TypedArray.set`, which costs about 100 ns to call. */
const LONGEST_LOOPED_COPY = 96;

/** Evaluates a program over its operands; see `KernelTable.pointwise`. */
export function pointwise(
  program: Program,
  compute: DType,
  outputs: readonly CpuOperand[],
  inputs: readonly PointwiseInput<CpuStorage>[],
): void {
  const first = outputs[0] as CpuOperand;
  const n = first.count;
  if (n === 0) return;
  let key = compute.code;
  for (let i = 0; i < outputs.length; i++) {
    const output = outputs[i] as CpuOperand;
    if (!output.dense) return strided(program, compute, outputs, inputs);
    key = key * 12 + output.dtype.code;
  }
  let numbers = 1;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i] as PointwiseInput<CpuStorage>;
    numbers *= 2;
    if (typeof input !== "object") {
      numbers++;
    } else if (input.count === 1) {
      key = key * 24 + input.dtype.code * 2;
    } else if (input.dense && input.count === n) {
      key = key * 24 + input.dtype.code * 2 + 1;
    } else return strided(program, compute, outputs, inputs);
  }
  // Which inputs are plain numbers takes a bit each, so that a program of three outputs, four operands and a dozen numbers has an exact key.
  key = key * MOST_NUMBERS + numbers;
  if (key > Number.MAX_SAFE_INTEGER || numbers >= MOST_NUMBERS) key = longKey("flat", compute, outputs, inputs);
  if (key === program.latestKey) {
    (program.latest as FlatKernel)(n, outputs, inputs);
    return;
  }
  let kernel = program.compiled.get(key) as FlatKernel | undefined;
  if (kernel === undefined) {
    const modes = inputs.map((input) => (typeof input !== "object" ? NUMBER : input.count === 1 ? SINGLE : EACH));
    kernel = compileFunction<FlatKernel>(flatSource(program, compute, outputs, inputs, modes));
    program.compiled.set(key, kernel);
  }
  program.latestKey = key;
  program.latest = kernel;
  kernel(n, outputs, inputs);
}

const longKeys = new Map<string, number>();

/** A key between the whole ones, for a combination whose number would not be exact. */
function longKey(walk: string, compute: DType, outputs: readonly CpuOperand[], inputs: readonly PointwiseInput<CpuStorage>[]): number {
  const written = outputs.map((output) => output.dtype.code);
  const read = inputs.map((input) => (typeof input === "object" ? `${input.dtype.code}${input.count === 1 ? "s" : "e"}` : "n"));
  const text = `${walk} ${compute.code} ${written.join()} ${read.join()}`;
  const key = longKeys.get(text) ?? longKeys.size + 0.5;
  longKeys.set(text, key);
  return key;
}

function strided(program: Program, compute: DType, outputs: readonly CpuOperand[], inputs: readonly PointwiseInput<CpuStorage>[]): void {
  const shape = (outputs[0] as CpuOperand).shape;
  const strides: (readonly number[])[] = outputs.map((output) => output.strides);
  let key = compute.code;
  let numbers = 1;
  for (const output of outputs) key = key * 12 + output.dtype.code;
  for (const input of inputs) {
    numbers *= 2;
    if (typeof input !== "object") {
      numbers++;
      continue;
    }
    key = key * 12 + input.dtype.code;
    strides.push(broadcastStrides(input.shape, input.strides, shape));
  }
  const nest = joinDims(shape, strides);
  const rank = nest.sizes.length;
  // Negative keys are those of loop nests.
  key = -((key * MOST_NUMBERS + numbers) * 65 + rank) - 1;
  if (key < Number.MIN_SAFE_INTEGER || numbers >= MOST_NUMBERS) key = longKey(`nest ${rank}`, compute, outputs, inputs);
  let kernel = program.compiled.get(key) as NestKernel | undefined;
  if (kernel === undefined) {
    kernel = compileFunction<NestKernel>(nestSource(program, compute, outputs, inputs, rank));
    program.compiled.set(key, kernel);
  }
  kernel(nest.sizes, nest.strides, outputs, inputs);
}

/** The statement(s) that compute one element of every output; places are given as text. */
export function elementSource(
  program: Program,
  compute: DType,
  outputs: readonly { readonly dtype: DType; readonly place: string; readonly array: string }[],
  load: (node: Input) => string,
  isComplex: (index: number) => boolean,
): string {
  const complexCompute = compute.isComplex || program.reads.some(isComplex);
  const type = numberTypeOf(compute);
  const real: Expr[] = [];
  for (let k = 0; k < outputs.length; k++) {
    const expr = program.outputs[k] as Expr;
    if (!complexCompute && !(outputs[k] as { dtype: DType }).dtype.isComplex) {
      real.push(expr);
      continue;
    }
    const parts = lower(expr, isComplex);
    real.push(parts.re);
    if ((outputs[k] as { dtype: DType }).dtype.isComplex) real.push(parts.im);
  }
  const printed = printJs(real, type, load);
  const lines = [...printed.statements];
  const results = [...printed.results];
  // With several outputs, all are computed before the first is written: outputs may be inputs too.
  if (results.length > 1) {
    results.forEach((text, k) => {
      lines.push(`const v${k} = ${text};`);
      results[k] = `v${k}`;
    });
  }
  let at = 0;
  for (const { dtype, place, array } of outputs) {
    for (let part = 0; part < dtype.components; part++) {
      const target = dtype.isComplex ? `${array}[2 * (${place})${part === 1 ? " + 1" : ""}]` : `${array}[${place}]`;
      lines.push(`${target} = ${storeText(dtype, type, results[at] as string, isBool(real[at] as Expr))};`);
      at++;
    }
  }
  return lines.join("\n");
}

/** The text that reads an input element at a place. */
export function loadElement(dtype: DType, compute: DType, node: Input, array: string, place: string): string {
  const index = dtype.isComplex ? `2 * (${place})${node.part === 1 ? " + 1" : ""}` : place;
  return node.mask ? maskText(dtype, array, index) : loadText(dtype, numberTypeOf(compute), array, index);
}

const isComplexInput =
  (inputs: readonly PointwiseInput<CpuStorage>[]) =>
  (index: number): boolean => {
    const input = inputs[index];
    return typeof input === "object" && input.dtype.isComplex;
  };

function declarations(program: Program, outputs: readonly CpuOperand[], inputs: readonly PointwiseInput<CpuStorage>[]): string[] {
  const lines: string[] = [];
  outputs.forEach((_, k) => {
    lines.push(`const O${k} = outputs[${k}], o${k} = O${k}.storage.data; let p${k} = O${k}.storage.base + O${k}.offset;`);
  });
  for (const k of program.reads) {
    const input = inputs[k];
    if (typeof input === "object") {
      lines.push(`const A${k} = inputs[${k}], a${k} = A${k}.storage.data; let q${k} = A${k}.storage.base + A${k}.offset;`);
    } else lines.push(typeof input === "number" ? `const n${k} = +inputs[${k}];` : `const n${k} = inputs[${k}];`);
  }
  return lines;
}

function numberInput(node: Input, compute: DType): string {
  if (node.mask) return `(n${node.index} != 0)`;
  return numberTypeOf(compute) === "int64" ? `n${node.index}` : `n${node.index}`;
}

function flatSource(
  program: Program,
  compute: DType,
  outputs: readonly CpuOperand[],
  inputs: readonly PointwiseInput<CpuStorage>[],
  modes: readonly number[],
): string {
  const body = (shift: string): string => {
    const load = (node: Input): string => {
      const input = inputs[node.index] as PointwiseInput<CpuStorage>;
      if (typeof input !== "object") return numberInput(node, compute);
      const place = modes[node.index] === SINGLE ? `q${node.index}` : `q${node.index} + i${shift}`;
      return loadElement(input.dtype, compute, node, `a${node.index}`, place);
    };
    return elementSource(
      program,
      compute,
      outputs.map((output, k) => ({ dtype: output.dtype, place: `p${k} + i${shift}`, array: `o${k}` })),
      load,
      isComplexInput(inputs),
    );
  };
  const one = body("");
  // A plain copy of many elements is one move of memory.
  const expr = program.outputs[0] as Expr;
  const source = inputs[expr.kind === "input" ? expr.index : 0];
  const output = outputs[0] as CpuOperand;
  const copies =
    outputs.length === 1 &&
    expr.kind === "input" &&
    !expr.mask &&
    modes[expr.index] === EACH &&
    typeof source === "object" &&
    source.dtype === output.dtype;
  const parts = output.dtype.components;
  const move = copies
    ? `if (n > ${LONGEST_LOOPED_COPY}) { o0.set(a${expr.index}.subarray(${parts} * q${expr.index}, ${parts} * (q${expr.index} + n)), ${parts} * p0); return; }`
    : "";
  // Four elements a turn where the body is short: a third faster for an addition.
  const turns =
    one.length < LONGEST_UNROLLED
      ? `for (; i + 3 < n; i += 4) {\n${["", " + 1", " + 2", " + 3"].map((shift) => `{ ${body(shift)} }`).join("\n")}\n}`
      : "";
  return `function flat(n, outputs, inputs) {\n${declarations(program, outputs, inputs).join("\n")}\n${move}\nlet i = 0;\n${turns}\nfor (; i < n; i++) {\n${one}\n}\n}`;
}

function nestSource(
  program: Program,
  compute: DType,
  outputs: readonly CpuOperand[],
  inputs: readonly PointwiseInput<CpuStorage>[],
  rank: number,
): string {
  // Steps are numbered as `strides` lists them: outputs first, then the inputs that are not numbers.
  const walkers: { readonly pointer: string; readonly slot: number }[] = outputs.map((_, k) => ({ pointer: `p${k}`, slot: k }));
  let slot = outputs.length;
  const reads = new Set(program.reads);
  inputs.forEach((input, k) => {
    if (typeof input !== "object") return;
    if (reads.has(k)) walkers.push({ pointer: `q${k}`, slot });
    slot++;
  });
  const lines = declarations(program, outputs, inputs);
  for (let d = 0; d < rank; d++) {
    lines.push(`const n_${d} = sizes[${d}];`);
    for (const walker of walkers) {
      // After the inner loop the pointer stands behind its row; the step leads to the next one.
      const back = d + 1 < rank ? ` - strides[${walker.slot}][${d + 1}] * sizes[${d + 1}]` : "";
      lines.push(`const ${walker.pointer}_${d} = strides[${walker.slot}][${d}]${back};`);
    }
  }
  for (let d = 0; d < rank; d++) lines.push(`for (let i_${d} = 0; i_${d} < n_${d}; i_${d}++) {`);
  const load = (node: Input): string => {
    const input = inputs[node.index] as PointwiseInput<CpuStorage>;
    if (typeof input !== "object") return numberInput(node, compute);
    return loadElement(input.dtype, compute, node, `a${node.index}`, `q${node.index}`);
  };
  lines.push(
    elementSource(
      program,
      compute,
      outputs.map((output, k) => ({ dtype: output.dtype, place: `p${k}`, array: `o${k}` })),
      load,
      isComplexInput(inputs),
    ),
  );
  for (let d = rank - 1; d >= 0; d--) lines.push(`${walkers.map((w) => `${w.pointer} += ${w.pointer}_${d};`).join(" ")} }`);
  return `function nest(sizes, strides, outputs, inputs) {\n${lines.join("\n")}\n}`;
}

/** Every dtype's code must fit the keys above. */
if (dtypes.length > 12) throw new RangeError("pointwise: kernel keys hold 12 dtypes");
