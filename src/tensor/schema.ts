/**
 * Signatures: one line that names an operation and its arguments, in the manner of PyTorch's own, such as
 * `"sum(Tensor input, int[]? dim=null, bool keepdim=false, *, dtype? dtype=null)"`. From it come the types of the body's
 * parameters, the binding of positional and named arguments, their checks, and the generated tests.
 */

import { isComplexLike } from "../core/complex.js";
import { Device } from "../core/device.js";
import { DType } from "../core/dtype.js";
import { ArgumentError } from "../core/errors.js";
import type { Scalar } from "./create.js";
import { Generator } from "./generator.js";
import { Tensor } from "./tensor.js";

/** The types that signatures may name; a `?` behind one admits null. */
interface ArgumentTypes {
  Tensor: Tensor;
  "Tensor[]": readonly Tensor[];
  /** A tensor or a number beside one. */
  Operand: Tensor | Scalar;
  Scalar: Scalar;
  int: number;
  "int[]": readonly number[];
  float: number;
  "float[]": readonly number[];
  bool: boolean;
  str: string;
  dtype: DType;
  device: Device;
  generator: Generator;
  any: unknown;
}

type TypeNamed<T extends string> = T extends `${infer U}?` ? TypeNamed<U> | null : T extends keyof ArgumentTypes ? ArgumentTypes[T] : never;

type Trim<S extends string> = S extends ` ${infer T}` ? Trim<T> : S;

type One<S extends string> = S extends "*"
  ? []
  : S extends `...${infer T} ${infer N}`
    ? [readonly [N, TypeNamed<T>]]
    : S extends `${infer T} ${infer N}=${string}`
      ? [readonly [N, TypeNamed<T>]]
      : S extends `${infer T} ${infer N}`
        ? [readonly [N, TypeNamed<T>]]
        : [];

type Split<S extends string> = S extends `${infer H},${infer R}` ? [...One<Trim<H>>, ...Split<R>] : One<Trim<S>>;

/** The `[name, type]` pairs of a signature. */
type Entries<S extends string> = S extends `${string}(${infer A})` ? Split<A> : never;

type Types<E extends (readonly [string, unknown])[]> = { [K in keyof E]: E[K][1] };

/** The types of the arguments of a signature, in order. */
export type Values<S extends string> = Types<Entries<S>>;

type Pairs<S extends string> = Entries<S>[number];

/** The arguments of a signature by name. */
export type Named<S extends string> = {
  readonly [P in Pairs<S> as P extends readonly [infer N extends string, unknown] ? N : never]: P extends readonly [string, infer T]
    ? T
    : never;
};

/** The names of the arguments of a signature. */
export type NamesOf<S extends string> = keyof Named<S> & string;

/** One argument of a signature. */
export interface Parameter {
  readonly name: string;
  /** The type without `?`. */
  readonly type: string;
  readonly nullable: boolean;
  readonly keywordOnly: boolean;
  /** Takes the remaining positional arguments, as `view(2, 3)` does. */
  readonly variadic: boolean;
  readonly required: boolean;
  readonly fallback: unknown;
  /** Whether a value may be passed to the body as it is. */
  readonly fits: (value: unknown) => boolean;
}

/** A parsed signature. */
export interface Schema {
  readonly name: string;
  readonly text: string;
  readonly parameters: readonly Parameter[];
  /** The number of arguments that may be given by position. */
  readonly positional: number;
  /** The number of leading arguments without a default. */
  readonly required: number;
}

function parseDefault(text: string): unknown {
  if (text === "null") return null;
  if (text === "true") return true;
  if (text === "false") return false;
  if (text === "inf") return Number.POSITIVE_INFINITY;
  if (text === "-inf") return Number.NEGATIVE_INFINITY;
  if (text.startsWith("'")) return text.slice(1, -1);
  if (text.startsWith("[")) return text === "[]" ? [] : text.slice(1, -1).split(" ").map(Number);
  const number = Number(text);
  if (Number.isNaN(number)) throw new SyntaxError(`signature: cannot read the default '${text}'`);
  return number;
}

/** Reads a signature. Lists as defaults are written with spaces: `int[] dims=[0 1]`. */
export function parseSchema(text: string): Schema {
  const match = /^([\w.]+)\((.*)\)$/.exec(text);
  if (match === null) throw new SyntaxError(`signature: cannot read '${text}'`);
  const parameters: Parameter[] = [];
  let keywordOnly = false;
  const list = (match[2] as string).trim();
  for (const part of list === "" ? [] : list.split(",").map((p) => p.trim())) {
    if (part === "*") {
      keywordOnly = true;
      continue;
    }
    const pieces = /^(\.\.\.)?([A-Za-z]+(?:\[\])?)(\?)? (\w+)(?:=(.*))?$/.exec(part);
    if (pieces === null) throw new SyntaxError(`signature: cannot read '${part}' in '${text}'`);
    const fallback = pieces[5];
    parameters.push({
      name: pieces[4] as string,
      type: pieces[2] as string,
      nullable: pieces[3] !== undefined,
      keywordOnly,
      variadic: pieces[1] !== undefined,
      required: fallback === undefined,
      fallback: fallback === undefined ? undefined : parseDefault(fallback),
      fits: fitting(pieces[2] as keyof ArgumentTypes, pieces[3] !== undefined),
    });
  }
  const positional = parameters.filter((p) => !p.keywordOnly).length;
  const firstOptional = parameters.findIndex((p) => !p.required || p.keywordOnly);
  return { name: match[1] as string, text, parameters, positional, required: firstOptional < 0 ? parameters.length : firstOptional };
}

/** Whether a value is an options object: a plain one that is no complex number. */
export function isOptions(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !isComplexLike(value);
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (value instanceof Tensor) return "Tensor";
  if (Array.isArray(value))
    return `array of ${value.length === 0 ? "nothing" : [...new Set(value.map((v) => (v instanceof Tensor ? "Tensor" : typeof v)))].join(" and ")}`;
  if (typeof value === "object") return value.constructor?.name ?? "object";
  if (typeof value === "string") return `string '${value}'`;
  return typeof value === "number" ? `number ${value}` : typeof value;
}

const isInteger = (value: unknown): boolean => Number.isInteger(value);

const checks: { readonly [type in keyof ArgumentTypes]: (value: unknown) => boolean } = {
  Tensor: (value) => value instanceof Tensor,
  "Tensor[]": (value) => Array.isArray(value) && value.every((v) => v instanceof Tensor),
  Operand: (value) =>
    value instanceof Tensor || typeof value === "number" || typeof value === "boolean" || typeof value === "bigint" || isComplexLike(value),
  Scalar: (value) => typeof value === "number" || typeof value === "boolean" || typeof value === "bigint" || isComplexLike(value),
  int: isInteger,
  "int[]": (value) => Array.isArray(value) && value.every(isInteger),
  float: (value) => typeof value === "number",
  "float[]": (value) => Array.isArray(value) && value.every((v) => typeof v === "number"),
  bool: (value) => typeof value === "boolean",
  str: (value) => typeof value === "string",
  dtype: (value) => value instanceof DType,
  device: (value) => value instanceof Device,
  generator: (value) => value instanceof Generator,
  any: () => true,
};

/** The check of a parameter; an options object never stands for an argument. */
function fitting(type: keyof ArgumentTypes, nullable: boolean): (value: unknown) => boolean {
  const check = type === "any" ? (value: unknown): boolean => value !== undefined && !isOptions(value) : checks[type];
  return nullable ? (value) => value === null || check(value) : check;
}

/** The value as the body takes it: numbers where a type allows several spellings. */
function convert(type: string, value: unknown): unknown {
  if (type === "int[]" || type === "float[]") {
    if (typeof value === "number" || typeof value === "bigint") return [Number(value)];
    if (Array.isArray(value))
      return value.map((v) => (typeof v === "bigint" ? Number(v) : v instanceof Tensor && v.count === 1 ? v.item() : v));
  }
  if ((type === "int" || type === "float") && typeof value === "bigint") return Number(value);
  if ((type === "int" || type === "float") && typeof value === "boolean") return Number(value);
  if ((type === "int" || type === "float" || type === "Scalar") && value instanceof Tensor && value.count === 1 && !value.requiresGrad)
    return value.item();
  if (type === "device" && typeof value === "string") return Device.of(value);
  return value;
}

function accept(schema: Schema, parameter: Parameter, given: unknown, position: number): unknown {
  if (given === null && parameter.nullable) return null;
  const value = convert(parameter.type, given);
  if (checks[parameter.type as keyof ArgumentTypes](value)) return value;
  const where = position >= 0 ? ` (position ${position + 1})` : "";
  throw new ArgumentError(
    `${schema.name}(): argument '${parameter.name}'${where} must be ${parameter.type}${parameter.nullable ? " or null" : ""}, not ${describe(given)}. Signature: ${schema.text}`,
  );
}

/**
 * The values of a call that gives arguments by position only, each as the body takes it, or null where `bind` is needed: most calls are of
 * this kind, and small operations spend much of their time here.
 */
export function bindPlain(schema: Schema, args: readonly unknown[]): readonly unknown[] | null {
  const { parameters } = schema;
  const given = args.length;
  if (given < schema.required) return null;
  for (let i = 0; i < given; i++) {
    const parameter = parameters[i];
    if (parameter === undefined || parameter.keywordOnly) return null;
    if (parameter.variadic) return bindSpread(schema, args, i);
    if (!parameter.fits(args[i])) return null;
  }
  return given === parameters.length ? args : withFallbacks(schema, [...args]);
}

/** A call whose last arguments are sizes: an array of them, or all spread. */
function bindSpread(schema: Schema, args: readonly unknown[], at: number): readonly unknown[] | null {
  const parameter = schema.parameters[at] as Parameter;
  if (parameter.type === "any" && isOptions(args[args.length - 1])) return null;
  const first = args[at];
  const sizes = args.length === at + 1 && Array.isArray(first) ? first : args.slice(at);
  return parameter.fits(sizes) ? withFallbacks(schema, [...args.slice(0, at), sizes]) : null;
}

function withFallbacks(schema: Schema, values: unknown[]): readonly unknown[] | null {
  for (let i = values.length; i < schema.parameters.length; i++) {
    const parameter = schema.parameters[i] as Parameter;
    if (parameter.required) return null;
    values.push(parameter.fallback);
  }
  return values;
}

/**
 * The value of every argument, in the order of the signature, from positional arguments and a last options object.
 * @throws {ArgumentError} for an argument that is missing, unknown, given twice or of the wrong type.
 */
export function bind(schema: Schema, args: readonly unknown[]): unknown[] {
  const { parameters } = schema;
  let count = args.length;
  while (count > 0 && args[count - 1] === undefined) count--;
  const last = args[count - 1];
  const options = count > 0 && isOptions(last) ? last : null;
  if (options !== null) count--;
  const values: unknown[] = new Array(parameters.length);
  let at = 0;
  for (let p = 0; p < parameters.length; p++) {
    const parameter = parameters[p] as Parameter;
    if (parameter.keywordOnly || at >= count) break;
    if (parameter.variadic) {
      const first = args[at];
      const rest = (Array.isArray(first) || first === null) && count === at + 1 ? first : args.slice(at, count);
      values[p] = accept(schema, parameter, rest, at);
      at = count;
    } else {
      const given = args[at];
      if (given !== undefined) values[p] = accept(schema, parameter, given, at);
      at++;
    }
  }
  if (at < count) {
    throw new ArgumentError(
      `${schema.name}() takes ${schema.positional} positional argument${schema.positional === 1 ? "" : "s"} but ${count} were given. Signature: ${schema.text}`,
    );
  }
  if (options !== null) bindOptions(schema, options, values);
  for (let p = 0; p < parameters.length; p++) {
    if (values[p] !== undefined) continue;
    const parameter = parameters[p] as Parameter;
    if (parameter.required)
      throw new ArgumentError(
        `${schema.name}() missing required argument '${parameter.name}' (position ${p + 1}). Signature: ${schema.text}`,
      );
    values[p] = parameter.fallback;
  }
  return values;
}

function bindOptions(schema: Schema, options: Readonly<Record<string, unknown>>, values: unknown[]): void {
  for (const name in options) {
    const given = options[name];
    if (given === undefined) continue;
    const p = schema.parameters.findIndex((parameter) => parameter.name === name);
    if (p < 0) {
      const known = schema.parameters.map((parameter) => parameter.name).join(", ");
      throw new ArgumentError(`${schema.name}() got an unexpected keyword argument '${name}'; it takes ${known}`);
    }
    if (values[p] !== undefined) throw new ArgumentError(`${schema.name}() got multiple values for argument '${name}'`);
    values[p] = accept(schema, schema.parameters[p] as Parameter, given, -1);
  }
}
