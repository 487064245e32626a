/** Programs as the native block interpreter reads them; `native/include/program.h` has the layout. */

import { type DType, float32, float64, int32, int64 } from "../../../core/dtype.js";
import { lower } from "../../../expr/complex.js";
import { constant, type Expr, type Input, isBool } from "../../../expr/node.js";
import type { Program } from "../../../expr/program.js";
import { type Call, callsOf } from "./fuse.js";

/** Which steps the library has, by name: their numbers and the number types that they are for. */
export type StepTable = ReadonlyMap<string, { readonly step: number; readonly types: string }>;

/** The steps from the library's list of names. */
export function stepTable(names: string): StepTable {
  const entries = names
    .trim()
    .split(" ")
    .map((entry, step) => {
      const [types, name] = entry.split(":") as [string, string];
      return [name, { step, types }] as const;
    });
  return new Map(entries);
}

/** How an input of a call is given: its dtype, or null for a plain number. */
export type Given = DType | null;

/** What a program reads: an input, or one part of a complex one. */
export interface Leaf {
  readonly index: number;
  /** 0 or 1 for the parts of complex numbers, else null. */
  readonly part: 0 | 1 | null;
}

/** A program for the interpreter. */
export interface Encoded {
  readonly code: Int32Array;
  /** The number type of the computation. */
  readonly type: DType;
  readonly leaves: readonly Leaf[];
  /** For each output the parts that are written: one, or two of a complex number. */
  readonly outputs: readonly Leaf[];
  /** About how long an element takes, where an addition takes 1. */
  readonly cost: number;
}

const MOST_OPERANDS = 24;
const MOST_OUTPUTS = 8;
const MOST_REGISTERS = 96;

/** The number type in which values are computed natively, or null where JavaScript's computation means something else. */
function numberType(compute: DType, dtypes: readonly Given[]): DType | null {
  const has = (test: (dtype: DType) => boolean): boolean => dtypes.some((dtype) => dtype !== null && test(dtype));
  if (compute.isComplex || has((dtype) => dtype.isComplex)) return float64;
  if (compute.isFloatingPoint) return compute === float64 || has((dtype) => dtype === float64) ? float64 : float32;
  if (has((dtype) => dtype.isFloatingPoint)) return null;
  if (compute === int64) return int64;
  return has((dtype) => dtype === int64) ? null : int32;
}

/** The dtype of the numbers in memory: that of the parts for complex ones. */
export function realOf(dtype: DType): DType {
  return dtype.isComplex ? (dtype.itemsize === 8 ? float32 : float64) : dtype;
}

/** Steps that take far longer than an addition. */
const costs: Readonly<Record<string, number>> = {
  exp: 4,
  expm1: 5,
  log: 5,
  log1p: 7,
  tanh: 5,
  sigmoid: 6,
  sin: 6,
  cos: 6,
  erf: 5,
  gelu: 6,
  div: 2,
  sqrt: 2,
  pow: 30,
  fmod: 20,
  remainder: 20,
  floorDivide: 25,
  exp2: 10,
  log2: 10,
  log10: 12,
  tan: 20,
  asin: 15,
  acos: 15,
  atan: 15,
  atan2: 25,
  sinh: 20,
  cosh: 20,
  asinh: 25,
  acosh: 25,
  atanh: 25,
  hypot: 10,
  erfc: 25,
};

const sameForWholes: ReadonlySet<string> = new Set(["floor", "ceil", "trunc", "round"]);

/** Collects steps; registers are numbered from 0, those of leaves and constants first. */
class Encoder {
  readonly leaves: Leaf[] = [];
  readonly places: number[] = [];
  readonly constants: number[] = [];
  readonly steps: number[][] = [];
  readonly known = new Map<string, number>();
  /** Registers that hold one number throughout. */
  private readonly uniform = new Set<number>();
  private registers = 0;
  /** Whether a step reads a number as many of them, so that a register has to be filled with it. */
  spreads = false;
  cost = 0;

  constructor(
    readonly type: DType,
    private readonly table: StepTable,
    private readonly given: readonly Given[],
  ) {}

  get count(): number {
    return this.registers;
  }

  leaf(node: Input): number {
    const dtype = this.given[node.index] as Given;
    const code = dtype === null ? (this.type === int64 ? int64.code : float64.code) : realOf(dtype).code;
    this.leaves.push({ index: node.index, part: dtype?.isComplex ? (node.part ?? 0) : null });
    this.places.push(this.registers, code, (node.mask ? 1 : 0) + (this.isNumber(node) ? 2 : 0));
    if (this.isNumber(node)) this.uniform.add(this.registers);
    this.cost += 0.5;
    return this.registers++;
  }

  constant(value: number): number {
    const words = new Int32Array(2);
    if (this.type === float32) new Float32Array(words.buffer)[0] = value;
    else if (this.type === float64) new Float64Array(words.buffer)[0] = value;
    else if (this.type === int64) new BigInt64Array(words.buffer)[0] = BigInt(Math.trunc(value));
    else words[0] = value;
    this.uniform.add(this.registers);
    this.constants.push(this.registers, words[0] as number, words[1] as number);
    return this.registers++;
  }

  /** Whether the library has a step for the type. */
  readonly has = (name: string): boolean => {
    const types = this.table.get(name)?.types;
    return types === "any" || types === (this.type.isFloatingPoint ? "float" : "whole");
  };

  /** Whether an expression is one number for all elements. */
  readonly isNumber = (expr: Expr): boolean =>
    expr.kind === "const" || (expr.kind === "input" && !expr.mask && this.given[expr.index] === null);

  /** The register of a step's result, or null where the library has no such step for the type. */
  step(name: string, args: readonly number[]): number | null {
    const entry = this.table.get(name);
    if (entry === undefined || !this.has(name)) return null;
    const [a = 0, b = a, c = a] = args;
    this.cost += costs[name] ?? 1;
    const isSwapped = (name === "add" || name === "mul") && this.uniform.has(a);
    const special = isSwapped || this.uniform.has(b) ? this.table.get(`${name}Uniform`) : undefined;
    if (special !== undefined && args.length === 2) {
      this.steps.push([special.step, this.registers, ...(isSwapped ? [b, a, b] : [a, b, b])]);
      this.spreads ||= this.uniform.has(isSwapped ? b : a);
    } else {
      this.steps.push([entry.step, this.registers, a, b, c]);
      this.spreads ||= this.uniform.has(a) || this.uniform.has(b) || (this.uniform.has(c) && !name.endsWith("Scaled"));
    }
    return this.registers++;
  }
}

/** Encodes a program for operands of the given dtypes; null where the interpreter cannot compute it. */
export function encode(
  program: Program,
  table: StepTable,
  compute: DType,
  outputs: readonly DType[],
  inputs: readonly Given[],
  asTruth: boolean | null = null,
): Encoded | null {
  const type = numberType(compute, [...outputs, ...program.reads.map((k) => inputs[k] as Given)]);
  if (type === null || outputs.length > MOST_OUTPUTS) return null;
  const isComplex = (index: number): boolean => inputs[index]?.isComplex === true;
  const lowered = compute.isComplex || program.reads.some(isComplex) || outputs.some((dtype) => dtype.isComplex);
  const roots: { readonly expr: Expr; readonly leaf: Leaf; readonly dtype: DType }[] = [];
  outputs.forEach((dtype, index) => {
    const expr = program.outputs[index] as Expr;
    const parts = lowered ? lower(expr, isComplex) : null;
    roots.push({ expr: parts?.re ?? expr, leaf: { index, part: dtype.isComplex ? 0 : null }, dtype: realOf(dtype) });
    if (dtype.isComplex) roots.push({ expr: parts?.im ?? constant(0), leaf: { index, part: 1 }, dtype: realOf(dtype) });
  });
  if (roots.length > MOST_OUTPUTS) return null;
  const encoder = new Encoder(type, table, inputs);
  const results = encodeRoots(
    encoder,
    roots.map((root) => root.expr),
    asTruth,
  );
  if (results === null || encoder.leaves.length + roots.length > MOST_OPERANDS) return null;
  const written = new Set(encoder.steps.map((step) => step[1] as number));
  const taken = new Set<number>();
  const targets = roots.flatMap(({ expr, dtype }, k) => {
    const register = results[k] as number;
    const isOwn = written.has(register) && !taken.has(register);
    taken.add(register);
    return [register, dtype.code, ((asTruth ?? isBool(expr)) ? 1 : 0) + (isOwn ? 2 : 0)];
  });
  const registers = assign(encoder, taken);
  if (registers > MOST_REGISTERS) return null;
  const isWhole = encoder.steps.length === 1 && roots.length === 1 && !encoder.spreads;
  const counts = [encoder.leaves.length, encoder.constants.length / 3, roots.length, registers, encoder.steps.length];
  const head = [type.code, ...counts, isWhole ? 1 : 0];
  const code = Int32Array.from([...head, ...encoder.places, ...encoder.constants, ...targets, ...encoder.steps.flat()]);
  return { code, type, leaves: encoder.leaves, outputs: roots.map((root) => root.leaf), cost: encoder.cost + roots.length * 0.5 };
}

/** The registers of the roots; with `asTruth` all as truth values or all as numbers. */
function encodeRoots(encoder: Encoder, roots: readonly Expr[], asTruth: boolean | null): number[] | null {
  const registers = new Map<number, number>();
  const converted = new Map<number, number>();
  const as = (node: Expr, truth: boolean): number | null => {
    const register = registers.get(node.id) as number;
    if (isBool(node) === truth) return register;
    const known = converted.get(node.id) ?? encoder.step(truth ? "toTruth" : "toNumber", [register]);
    if (known !== null) converted.set(node.id, known);
    return known;
  };
  for (const [node, call] of callsOf(roots, encoder)) {
    let register: number | null;
    if (node.kind === "input") register = encoder.leaf(node);
    else if (node.kind === "const") register = encoder.constant(node.value);
    else {
      const { step, args: given } = call as Call;
      const args: number[] = [];
      for (let k = 0; k < given.length; k++) {
        const truth = step === "and" || step === "or" || step === "not" || (step === "select" && k === 0);
        const arg = as(given[k] as Expr, truth);
        if (arg === null) return null;
        args.push(arg);
      }
      const isSame = step === "re" || step === "conj" || (sameForWholes.has(step) && !encoder.type.isFloatingPoint);
      register = isSame ? (args[0] as number) : step === "im" ? encoder.constant(0) : encoder.step(step, args);
    }
    if (register === null) return null;
    registers.set(node.id, register);
  }
  const results = roots.map((root) => as(root, asTruth ?? isBool(root)));
  return results.includes(null) ? null : (results as number[]);
}

/** Lets steps reuse the registers of values that are no longer needed, all but those in `kept`; gives the number of registers. */
function assign(encoder: Encoder, kept: ReadonlySet<number>): number {
  const { steps } = encoder;
  const lastUse = new Map<number, number>();
  steps.forEach(([, , a, b, c], i) => {
    for (const register of [a, b, c]) lastUse.set(register as number, i);
  });
  const fixed = encoder.leaves.length + encoder.constants.length / 3;
  const names = new Map<number, number>();
  const owned = new Set(steps.map((step) => step[1] as number).filter((register) => !kept.has(register)));
  let most = encoder.count;
  const free: number[] = [];
  steps.forEach((step, i) => {
    const [, to, a, b, c] = step as [number, number, number, number, number];
    const used = [a, b, c].map((register) => names.get(register) ?? register);
    for (const register of new Set([a, b, c]))
      if (owned.has(register) && lastUse.get(register) === i) free.push(names.get(register) ?? register);
    if (owned.has(to) && free.length > 0) names.set(to, free.pop() as number);
    step.splice(1, 4, names.get(to) ?? to, ...used);
  });
  // Registers that nothing writes any more are left out.
  const used = new Set<number>([
    ...kept,
    ...encoder.places.filter((_, k) => k % 3 === 0),
    ...encoder.constants.filter((_, k) => k % 3 === 0),
    ...steps.map((step) => step[1] as number),
  ]);
  most = used.size === 0 ? fixed : Math.max(...used) + 1;
  return most;
}
