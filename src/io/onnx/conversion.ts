/** What a converter works with: one call of an operation, and the graph that it adds nodes to. */

import { bool, DType, float32, int32, int64 } from "../../core/dtype.js";
import { SerializationError } from "../../core/errors.js";
import { wrapDim, wrapDims } from "../../core/shape.js";
import type { Graph } from "./graph.js";
import { type Call, isValue, placeOf, type Value, valuesIn } from "./program.js";
import type { Attribute } from "./proto.js";
import { areKnown, Dim, productOf, type Size, sameSize } from "./sizes.js";

/** Attributes as converters write them: integers, lists of integers and text; floats are said to be such. */
export type Attributes = Readonly<Record<string, number | string | readonly number[] | readonly string[] | { readonly float: number }>>;

/** A float among attributes. */
export const float = (value: number): { readonly float: number } => ({ float: value });

/**
 * Adds the nodes that a call stands for, and gives the names of its results: of the only one, or of each, null where ONNX has no such result
 * (an error only if it is used).
 */
export type Converter = (c: Conversion) => string | readonly (string | null)[];

const isTexts = (values: readonly (number | string)[]): values is readonly string[] => typeof values[0] === "string";

function attributeOf(value: Attributes[string]): Attribute {
  if (typeof value === "number") return { int: value };
  if (typeof value === "string") return { text: value };
  if ("float" in value) return value;
  return isTexts(value) ? { texts: value } : { ints: value };
}

/** See the top of the file. */
export class Conversion {
  /** @param users the calls that read a value. */
  constructor(
    readonly graph: Graph,
    readonly call: Call,
    readonly users: (value: Value) => readonly Call[],
  ) {}

  /** Stops the export of what ONNX has for floats only. */
  requireFloat(value: Value): void {
    if (!value.dtype.isFloatingPoint) this.fail(`ONNX has it for floats only, not for ${value.dtype}; convert with .to(torch.float32)`);
  }

  /** Stops the export: the call has no counterpart. */
  fail(why: string): never {
    throw new SerializationError(`onnx.export: cannot convert ${placeOf(this.call)}: ${why}`);
  }

  /** An argument by name, whatever it is. */
  arg(name: string): unknown {
    const at = this.call.record.schema.parameters.findIndex((parameter) => parameter.name === name);
    if (at < 0) throw new TypeError(`onnx.export: ${this.call.record.schema.text} has no argument ${name}`);
    return this.call.args[at];
  }

  /** Whether the operation has an argument of that name. */
  has(name: string): boolean {
    return this.call.record.schema.parameters.some((parameter) => parameter.name === name);
  }

  private typed<T>(name: string, test: (arg: unknown) => arg is T, what: string): T {
    const arg = this.arg(name);
    if (test(arg)) return arg;
    return this.fail(`its argument '${name}' must be ${what}, and not depend on dynamic sizes; it is ${String(arg)}`);
  }

  value(name: string): Value {
    return this.typed(name, isValue, "a tensor");
  }

  valueOrNull(name: string): Value | null {
    return this.arg(name) === null ? null : this.value(name);
  }

  values(name: string): readonly Value[] {
    return this.typed(name, (arg): arg is readonly Value[] => Array.isArray(arg) && arg.every(isValue), "a list of tensors");
  }

  number(name: string): number {
    return this.typed(name, (arg) => typeof arg === "number", "a number");
  }

  flag(name: string): boolean {
    return this.typed(name, (arg) => typeof arg === "boolean", "true or false");
  }

  text(name: string): string {
    return this.typed(name, (arg) => typeof arg === "string", "text");
  }

  ints(name: string): readonly number[] {
    return this.typed(name, (arg): arg is readonly number[] => Array.isArray(arg) && arg.every(Number.isInteger), "a list of integers");
  }

  dtype(name: string): DType | null {
    return this.typed(name, (arg): arg is DType | null => arg === null || arg instanceof DType, "a dtype");
  }

  size(name: string): Size {
    return this.typed(name, (arg): arg is Size => typeof arg === "number" || arg instanceof Dim, "a size");
  }

  sizes(name: string): readonly Size[] {
    const isSize = (arg: unknown): boolean => typeof arg === "number" || arg instanceof Dim;
    return this.typed(name, (arg): arg is readonly Size[] => Array.isArray(arg) && arg.every(isSize), "a list of sizes");
  }

  /** A dimension of `of`, counted from the front. */
  axis(name: string, rank: number): number {
    return wrapDim(this.call.record.name, this.number(name), rank);
  }

  /** Dimensions counted from the front; null and no dimensions mean all. */
  axes(name: string, rank: number): readonly number[] {
    const arg = this.arg(name);
    if (typeof arg === "number") return [this.axis(name, rank)];
    const dims = arg === null ? null : this.ints(name);
    return wrapDims(this.call.record.name, dims === null || dims.length === 0 ? null : dims, rank);
  }

  /** The first result. */
  get out(): Value {
    return this.call.outs[0] as Value;
  }

  /** Whether something reads a result. */
  isUsed(result: number): boolean {
    const out = this.call.outs[result];
    return out !== null && out !== undefined && this.users(out).length > 0;
  }

  /** The name of a value in the graph. */
  in(value: Value | string): string {
    return this.graph.nameOf(typeof value === "string" ? this.value(value) : value);
  }

  /** Adds a node with one result. */
  emit(op: string, inputs: readonly (string | null)[], attributes: Attributes = {}): string {
    return this.emitAll(op, inputs, attributes, 1)[0] as string;
  }

  /** Adds a node with several results. */
  emitAll(op: string, inputs: readonly (string | null)[], attributes: Attributes, outputs: number): string[] {
    const given = Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, attributeOf(value)] as const));
    return this.graph.add(op, inputs, given, outputs);
  }

  /** A value in a dtype. */
  as(value: Value, dtype: DType): string {
    return this.graph.cast(this.in(value), value.dtype, dtype);
  }

  /** The values near which dynamic sizes are looked for. */
  private get near(): readonly Value[] {
    return this.call.args.flatMap(valuesIn);
  }

  private get what(): string {
    return `a size of ${placeOf(this.call)}`;
  }

  /** Sizes as a vector. */
  shape(sizes: readonly Size[]): string {
    return this.graph.shape(sizes, this.near, this.what);
  }

  /** A vector of floats. */
  floats(values: readonly number[]): string {
    return this.graph.floats(values);
  }

  /** A size as a number, 0-d. */
  scalarSize(size: Size): string {
    if (typeof size === "number") return this.graph.scalar(BigInt(size), int64);
    return this.emit("Squeeze", [this.shape([size]), this.graph.ints([0])]);
  }

  /** The elements of something of shape `from` in another shape. */
  reshape(name: string, from: readonly Size[], to: readonly Size[]): string {
    if (from.length === to.length && from.every((size, d) => sameSize(size, to[d] as Size))) return name;
    if (areKnown(to)) return this.emit("Reshape", [name, this.graph.ints(to)], to.includes(0) ? { allowzero: 1 } : {});
    // 0 keeps the size in its place, and one -1 stands for what is left.
    const isKept = to.map((size, d) => size instanceof Dim && d < from.length && sameSize(size, from[d] as Size));
    const isOpen = to.map((size, d) => size instanceof Dim && !isKept[d]);
    const total = isOpen.filter((open) => open).length;
    if (total <= 1 && !to.includes(0)) {
      const spec = to.map((size, d) => (isOpen[d] ? -1 : isKept[d] ? 0 : (size as number)));
      return this.emit("Reshape", [name, this.graph.ints(spec)]);
    }
    return this.emit("Reshape", [name, this.shape(to)], to.includes(0) ? { allowzero: 1 } : {});
  }

  /** Something of shape `from` broadcast to a shape. */
  expand(name: string, from: readonly Size[], to: readonly Size[]): string {
    const lead = to.length - from.length;
    if (lead === 0 && from.every((size, d) => sameSize(size, to[d] as Size))) return name;
    // Both shapes broadcast: where a dynamic size stays, 1 will do.
    const spec = to.map((size, d) => (d >= lead && size instanceof Dim && sameSize(size, from[d - lead] as Size) ? 1 : size));
    return this.emit("Expand", [name, this.shape(spec)]);
  }

  unsqueeze(name: string, ...dims: number[]): string {
    return dims.length === 0 ? name : this.emit("Unsqueeze", [name, this.graph.ints(dims)]);
  }

  squeeze(name: string, ...dims: number[]): string {
    return dims.length === 0 ? name : this.emit("Squeeze", [name, this.graph.ints(dims)]);
  }

  transpose(name: string, order: readonly number[]): string {
    return order.every((d, i) => d === i) ? name : this.emit("Transpose", [name], { perm: order });
  }

  /** The number of elements along dimensions, as a number of a floating dtype. */
  count(of: Value, dims: readonly number[], dtype: DType): string {
    const size = productOf(dims.map((d) => of.shape[d] as Size));
    if (typeof size === "number") return this.graph.scalar(size, dtype);
    const each = dims.map((d) => this.shape([of.shape[d] as Size]));
    const total = this.squeeze(
      each.reduce((a, b) => this.emit("Mul", [a, b])),
      0,
    );
    return this.graph.cast(total, int64, dtype);
  }

  /** A number or a 0-d or larger tensor, in a dtype. */
  operand(name: string, dtype: DType): string {
    const arg = this.arg(name);
    if (isValue(arg)) return this.as(arg, dtype);
    if (typeof arg === "number" || typeof arg === "bigint")
      return this.graph.scalar(dtype === int64 ? BigInt(Math.trunc(Number(arg))) : Number(arg), dtype);
    if (typeof arg === "boolean") return this.graph.scalar(Number(arg), dtype);
    if (arg instanceof Dim && arg.sizes.every(Number.isInteger)) return this.graph.cast(this.scalarSize(arg), int64, dtype);
    return this.fail(`its argument '${name}' is ${String(arg)}`);
  }
}

/** The dtype in which something is computed that ONNX has for numbers of some size only. */
export const computable = (dtype: DType): DType =>
  dtype === bool || (dtype.kind === "int" && dtype !== int64) ? int32 : dtype.name === "bfloat16" ? float32 : dtype;
