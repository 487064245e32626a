/** The graph under construction: nodes, initialisers and the names of values. */

import { type DType, float32, int64 } from "../../core/dtype.js";
import { SerializationError } from "../../core/errors.js";
import { fromHost, scalarOn } from "../../tensor/create.js";
import { intercept } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { readBytes } from "../checkpoint/elements.js";
import { placeOf, type Value } from "./program.js";
import { type Attribute, dataTypes, type NodeProto, type TensorProto } from "./proto.js";
import { Dim, productOf, type Size, sameSize, sizeOf } from "./sizes.js";

/** A dimension of an input that the user named. */
export interface Axis {
  readonly symbol: string;
  /** Its size in every run. */
  readonly sizes: readonly number[];
  readonly input: Value;
  readonly dim: number;
}

/** The elements of a tensor as bytes. */
function bytesOf(tensor: Tensor): readonly Uint8Array[] {
  const dense = tensor.dense ? tensor : intercept(null, () => tensor.detach().clone());
  return readBytes("onnx.export", dense.storage, dense.offset, dense.offset + dense.count);
}

/** All products of some of the numbers. */
function subsets<T>(items: readonly T[]): T[][] {
  const sets: T[][] = [];
  for (const item of items) sets.push(...sets.map((set) => [...set, item]), [item]);
  return sets;
}

/** See the top of the file. */
export class Graph {
  readonly nodes: NodeProto[] = [];
  readonly initializers: Map<string, TensorProto> = new Map();
  private readonly names = new Map<Value, string>();
  private readonly taken = new Set<string>();
  private readonly made = new Map<string, string>();
  private readonly emitted: Value[] = [];
  /** The modules within which nodes are added. */
  path: string = "";

  constructor(
    readonly opset: number,
    private readonly axes: readonly Axis[],
    private readonly stateName: (tensor: Tensor) => string | undefined,
    like: Tensor,
  ) {
    this.like = like;
  }

  private readonly like: Tensor;

  /** A name that no other value has. */
  unique(base: string): string {
    let name = base;
    for (let i = 1; this.taken.has(name); i++) name = `${base}_${i}`;
    this.taken.add(name);
    return name;
  }

  /** Gives a value its name. */
  bind(value: Value, name: string): void {
    this.names.set(value, name);
    this.emitted.push(value);
  }

  /** Whether a value has a name. */
  isBound(value: Value): boolean {
    return this.names.has(value);
  }

  /**
   * The name of a value; a constant becomes an initialiser.
   * @throws {SerializationError} if it is known neither what it is nor where it came from.
   */
  nameOf(value: Value): string {
    const known = this.names.get(value);
    if (known !== undefined) return known;
    if (value.constant !== null) {
      const state = this.stateName(value.constant);
      const place = value.call === null ? "constant" : `${value.call.path === "" ? "" : `${value.call.path}.`}${value.call.record.name}`;
      const name = this.tensor(value.constant, state ?? place);
      this.names.set(value, name);
      return name;
    }
    if (value.isUnknown) {
      throw new SerializationError(
        `onnx.export: a tensor ${value.dtype} of shape [${value.shape.join(", ")}] differs from run to run, but no operation on the inputs made it; what is random, or computed from values that were read (item(), tolist()), cannot be exported`,
      );
    }
    throw new SerializationError(
      `onnx.export: a result of ${value.call === null ? "nothing" : placeOf(value.call)} is used that has no counterpart in ONNX`,
    );
  }

  /** Adds a node and gives the names of its results. */
  add(op: string, inputs: readonly (string | null)[], attributes: Readonly<Record<string, Attribute>>, outputs: number): string[] {
    const name = this.unique(`${this.path === "" ? "" : `/${this.path.replaceAll(".", "/")}`}/${op}`);
    const results = Array.from({ length: outputs }, (_, i) => this.unique(`${name}_output_${i}`));
    const given = inputs.map((input) => input ?? "");
    while (given.at(-1) === "") given.pop();
    this.nodes.push({ op, name, inputs: given, outputs: results, attributes });
    return results;
  }

  private one(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.add(op, inputs, attributes, 1)[0] as string;
  }

  /** An initialiser with the elements of a tensor. */
  tensor(tensor: Tensor, name: string): string {
    const unique = this.unique(name);
    this.initializers.set(unique, { name: unique, dtype: tensor.dtype.name, shape: [...tensor.shape], data: bytesOf(tensor) });
    return unique;
  }

  private once(key: string, make: () => string): string {
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const name = make();
    this.made.set(key, name);
    return name;
  }

  /** A vector of known integers. */
  ints(values: readonly number[]): string {
    return this.once(`ints ${values.join()}`, () => {
      const data = BigInt64Array.from(values, BigInt);
      return this.tensor(fromHost(data, [values.length], int64, this.like.storage.backend), "ints");
    });
  }

  /** A vector of known floats. */
  floats(values: readonly number[]): string {
    const data = Float32Array.from(values);
    return this.once(`floats ${values.join()}`, () =>
      this.tensor(fromHost(data, [values.length], float32, this.like.storage.backend), "floats"),
    );
  }

  /** A number, 0-d. */
  scalar(value: number | bigint, dtype: DType = float32): string {
    const text = Object.is(value, -0) ? "-0" : String(value);
    return this.once(`scalar ${text} ${dtype.name}`, () => this.tensor(scalarOn(this.like.storage.backend, value, dtype), "scalar"));
  }

  /** A value converted to a dtype. */
  cast(name: string, from: DType, to: DType): string {
    return from === to ? name : this.one("Cast", [name], { to: { int: dataTypes[to.name] } });
  }

  /** The size of a dimension of a value, as a vector of one element. */
  private sizeAt(name: string, dim: number): string {
    return this.once(`size ${name} ${dim}`, () => this.one("Shape", [name], { start: { int: dim }, end: { int: dim + 1 } }));
  }

  private among(dim: Dim, candidates: Iterable<Value>): string | null {
    for (const value of candidates) {
      const name = this.names.get(value);
      const at = value.shape.findIndex((size) => sameSize(size, dim));
      if (name !== undefined && at >= 0) return this.sizeAt(name, at);
    }
    return null;
  }

  /** A size as `factor · (product of named sizes) + offset`. */
  private affine(dim: Dim): string | null {
    const symbols = this.axes.filter(({ symbol }, i) => this.axes.findIndex((other) => other.symbol === symbol) === i);
    for (const set of subsets(symbols.slice(0, 4))) {
      const product = productOf(set.map(({ sizes }) => sizeOf(sizes)));
      if (!(product instanceof Dim)) continue;
      const [n, m] = [dim.sizes, product.sizes] as [number[], number[]];
      const [n0, n1, m0, m1] = [n[0], n[1], m[0], m[1]] as [number, number, number, number];
      const factor = (n1 - n0) / (m1 - m0);
      const offset = n0 - factor * m0;
      if (!Number.isFinite(factor) || !n.every((value, run) => value === factor * (m[run] as number) + offset)) continue;
      const isWhole = Number.isInteger(factor) && Number.isInteger(offset);
      const divisor = Math.round(1 / factor);
      if (!isWhole && !(offset === 0 && Math.abs(divisor * factor - 1) < 1e-12)) continue;
      let name = set
        .map(({ input, dim: at }) => this.sizeAt(this.names.get(input) as string, at))
        .reduce((a, b) => this.one("Mul", [a, b]));
      if (!isWhole) return this.one("Div", [name, this.ints([divisor])]);
      if (factor !== 1) name = this.one("Mul", [name, this.ints([factor])]);
      return offset === 0 ? name : this.one("Add", [name, this.ints([offset])]);
    }
    return null;
  }

  /**
   * A size as a vector of one element; `near` are values whose sizes it may come from.
   * @throws {SerializationError} if it depends on the inputs in a way that is not known.
   */
  size(size: Size, near: readonly Value[], what: string): string {
    if (typeof size === "number") return this.ints([size]);
    return this.once(`dim ${size}`, () => {
      const named = this.axes.find(({ sizes }) => sizes.every((n, run) => n === size.sizes[run]));
      if (named !== undefined) return this.sizeAt(this.names.get(named.input) as string, named.dim);
      const found = this.among(size, near) ?? this.affine(size) ?? this.among(size, [...this.emitted].reverse());
      if (found !== null) return found;
      throw new SerializationError(
        `onnx.export: ${what} depends on dynamic sizes of the inputs in a way that cannot be expressed: it was ${size.sizes.join(", ")} for ${this.axes.map(({ symbol, sizes }) => `${symbol} ${sizes.join(", ")}`).join("; ")}`,
      );
    });
  }

  /** Sizes as a vector. */
  shape(sizes: readonly Size[], near: readonly Value[], what: string): string {
    const pieces: string[] = [];
    let known: number[] = [];
    const flush = (): void => {
      if (known.length > 0) pieces.push(this.ints(known));
      known = [];
    };
    for (const size of sizes) {
      if (typeof size === "number") known.push(size);
      else {
        flush();
        pieces.push(this.size(size, near, what));
      }
    }
    flush();
    if (pieces.length === 0) return this.ints([]);
    return pieces.length === 1 ? (pieces[0] as string) : this.one("Concat", pieces, { axis: { int: 0 } });
  }
}
