/**
 * Tracing: a model runs on example inputs, and every operation that it calls is written down, with its arguments. Values are named by the
 * memory in which they lie, so that aliases, views and writing in place are understood: after a write the same memory holds another value.
 */

import type { Storage } from "../../backend/storage.js";
import type { DType } from "../../core/dtype.js";
import { SerializationError } from "../../core/errors.js";
import { type Shape, sameShape } from "../../core/shape.js";
import { type Interceptor, intercept, type OpRecord } from "../../tensor/dispatch.js";
import { isOptions } from "../../tensor/schema.js";
import { Tensor } from "../../tensor/tensor.js";

/** A value among the arguments of a call. */
export class Ref {
  constructor(readonly id: number) {}
}

/** What a call was of: the record of the operation, or a write through a view, which has none. */
export type CallRecord = Pick<OpRecord, "kind" | "name" | "schema" | "scalar" | "blocks" | "reduced">;

/** How a tensor lies in memory, in elements; `N` is the type of numbers. */
export interface Placement<N = number> {
  readonly strides: readonly N[];
  readonly offset: N;
}

/** One call. */
export interface TracedCall {
  readonly record: CallRecord;
  /** The bound arguments, with a `Ref` in the place of every tensor. */
  readonly args: readonly unknown[];
  /** The values that it gave; null for results that were there before. */
  readonly outs: readonly (number | null)[];
  /** The modules within which it happened, as in `stateDict`. */
  readonly path: string;
  /** The dtype in which a pointwise operation computes. */
  readonly compute: DType | null;
  /** How the tensor lay of which a view was made. */
  readonly viewed: Placement | null;
}

/** A value: a tensor as it was, and the call that gave it, or null for an input or what was there before. */
export interface TracedValue {
  tensor: Tensor;
  readonly call: TracedCall | null;
}

/** Where a value lies in memory. */
interface Region {
  readonly tensor: Tensor;
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
  readonly dtype: DType;
  /** The number of writes to the memory after which the value is the one that lies there. */
  version: number;
  id: number;
  /** The region that this one is a view of. */
  readonly source: { readonly region: Region; readonly call: TracedCall; readonly result: number } | null;
}

const scatterSchema: OpRecord["schema"] = {
  name: "viewScatter",
  text: "viewScatter(Tensor base, Tensor source, any views)",
  parameters: ["base", "source", "views"].map((name) => ({
    name,
    type: name === "views" ? "any" : "Tensor",
    nullable: false,
    keywordOnly: false,
    variadic: false,
    required: true,
    fallback: undefined,
    fits: () => true,
  })),
  positional: 3,
  required: 3,
};

/** A tensor in which the part that views show is replaced. Its third argument is a list of `Through`. */
const viewScatter: CallRecord = { kind: "primitive", name: "viewScatter", schema: scatterSchema };

/** A view through which is written: of what call, with what arguments behind the first, which of its results, and how that lay of which it is a view. */
type Through = readonly [record: CallRecord, rest: readonly unknown[], shown: Ref, result: number, viewed: Placement | null];

const placementOf = ({ strides, offset }: Placement): Placement => ({ strides, offset });

const sameStrides = (shape: Shape, a: readonly number[], b: readonly number[]): boolean =>
  shape.every((size, d) => size === 1 || a[d] === b[d]);

const liesAt = (region: Region, tensor: Tensor): boolean =>
  region.offset === tensor.offset &&
  region.dtype === tensor.dtype &&
  sameShape(region.shape, tensor.shape) &&
  sameStrides(region.shape, region.strides, tensor.strides);

/** The tensors that an operation gave. */
export const tensorsOf = (result: unknown): readonly unknown[] => (Array.isArray(result) ? result : [result]);

/** Writes down what is called while it intercepts calls. */
export class Tracer {
  readonly calls: TracedCall[] = [];
  readonly values: TracedValue[] = [];
  private readonly memory = new Map<Storage, Region[]>();
  private readonly path: string[] = [];
  /** The values that depend on what the inputs hold. */
  private readonly dependent = new Set<number>();

  /**
   * @param converts whether a composite is written down as it is; else what its body calls is.
   * @param readsShapeOnly whether an operation takes only the shape of its arguments.
   */
  constructor(
    private readonly converts: (record: OpRecord, args: readonly unknown[]) => boolean,
    private readonly readsShapeOnly: (record: CallRecord) => boolean,
  ) {}

  /** The value of an input. */
  input(tensor: Tensor): number {
    const id = this.idOf(tensor);
    this.dependent.add(id);
    return id;
  }

  /** Writes down what a callback calls. */
  run<R>(callback: () => R): R {
    const handler: Interceptor = (record, args, inPlace) => (inPlace ? this.write(record, args) : this.call(record, args));
    return intercept(handler, callback, (tensor, call) => this.read(tensor, call));
  }

  /** A value that the program reads must not depend on the inputs: what it does with it cannot be seen. */
  private read(tensor: Tensor, call: string): void {
    if (!this.dependent.has(this.idOf(tensor))) return;
    throw new SerializationError(
      `onnx.export: ${this.here()} ${call}() reads a value that depends on the inputs, and what follows from it cannot be exported; compute with operations such as where(), or outside of the model`,
    );
  }

  /** Runs a callback as part of a module. */
  within<R>(name: string, callback: () => R): R {
    this.path.push(name);
    try {
      return callback();
    } finally {
      this.path.pop();
    }
  }

  /** The value of a tensor: an input, a constant, or what a call gave. */
  idOf(tensor: Tensor): number {
    const regions = this.memory.get(tensor.storage.root);
    if (regions === undefined) return this.place(tensor, this.add(tensor, null), null).id;
    const region = regions.find((one) => liesAt(one, tensor));
    if (region !== undefined) return this.current(region);
    const whole = regions.find(
      (one) => tensor.dense && one.tensor.dense && one.offset === tensor.offset && one.tensor.count === tensor.count,
    );
    if (whole !== undefined && whole.dtype === tensor.dtype) return this.idOf(whole.tensor.view([...tensor.shape]));
    throw new SerializationError(
      `onnx.export: ${this.here()} a tensor of shape [${tensor.shape.join(", ")}] shares memory with another in a way that was not seen; make it with an operation on the tensor, or clone() it`,
    );
  }

  private here(): string {
    return this.path.length === 0 ? "in the model" : `in ${this.path[this.path.length - 1]}`;
  }

  private add(tensor: Tensor, call: TracedCall | null): number {
    this.values.push({ tensor, call });
    const id = this.values.length - 1;
    if (call !== null && !this.readsShapeOnly(call.record) && this.dependsOnInputs(call.args)) this.dependent.add(id);
    return id;
  }

  private dependsOnInputs(arg: unknown): boolean {
    if (arg instanceof Ref) return this.dependent.has(arg.id);
    if (Array.isArray(arg)) return arg.some((one) => this.dependsOnInputs(one));
    return isOptions(arg) && Object.values(arg).some((one) => this.dependsOnInputs(one));
  }

  private place(tensor: Tensor, id: number, source: Region["source"]): Region {
    const { root, version } = tensor.storage;
    const { shape, strides, offset, dtype } = tensor;
    const region: Region = { tensor, shape, strides, offset, dtype, version, id, source };
    const others = (this.memory.get(root) ?? []).filter((one) => !liesAt(one, tensor));
    this.memory.set(root, [region, ...others]);
    return region;
  }

  /** The value in a region; that of a view whose memory was written since is taken from the base again. */
  private current(region: Region): number {
    const { version } = region.tensor.storage;
    if (region.version === version) return region.id;
    const { source } = region;
    if (source === null) {
      throw new SerializationError(
        `onnx.export: ${this.here()} a tensor of shape [${region.shape.join(", ")}] was written in place by something that is no operation on it; write to the tensor itself, or make a new one`,
      );
    }
    const base = new Ref(this.current(source.region));
    const { call, result } = source;
    const again: TracedCall = { ...call, args: [base, ...call.args.slice(1)], outs: call.outs.map(() => this.values.length) };
    const outs = call.outs.map((out) => (out === null ? null : this.add((this.values[out] as TracedValue).tensor, again)));
    this.calls.push(Object.assign(again, { outs }));
    region.id = outs[result] as number;
    region.version = version;
    return region.id;
  }

  /** Arguments with values in the place of tensors. */
  private refs(arg: unknown): unknown {
    if (arg instanceof Tensor) return new Ref(this.idOf(arg));
    if (Array.isArray(arg)) return arg.map((one) => this.refs(one));
    if (isOptions(arg)) return Object.fromEntries(Object.entries(arg).map(([key, value]) => [key, this.refs(value)]));
    return arg;
  }

  private call(record: OpRecord, args: readonly unknown[]): unknown {
    // A function that exists in place only calls the in-place variant of another, which comes here by itself.
    const isOpen = (record.kind === "composite" || record.name.endsWith("_")) && !this.converts(record, args);
    if (isOpen) {
      const result = record.run(args);
      this.claim(record, args, result);
      return result;
    }
    const refs = args.map((arg) => this.refs(arg));
    const compute = record.scalar === undefined ? null : record.scalar.computeFor(args);
    const result = intercept(null, () => record.run(args));
    this.note(record, refs, result, compute, record.kind === "view" ? (args[0] as Tensor) : null);
    return result;
  }

  /** Writes a call down. */
  private note(record: CallRecord, args: readonly unknown[], result: unknown, compute: DType | null, viewed: Tensor | null): TracedCall {
    const outs: (number | null)[] = [];
    const call: TracedCall = {
      record,
      args,
      outs,
      path: this.path.at(-1) ?? "",
      compute,
      viewed: viewed === null ? null : placementOf(viewed),
    };
    this.calls.push(call);
    const base = viewed === null ? undefined : this.memory.get(viewed.storage.root)?.find((one) => liesAt(one, viewed));
    tensorsOf(result).forEach((out, i) => {
      if (!(out instanceof Tensor)) {
        outs.push(null);
        return;
      }
      const id = this.add(out, call);
      outs.push(id);
      // A view of everything is the same value; it stays what it is a view of.
      if (base !== undefined && liesAt(base, out)) return;
      this.place(out, id, base === undefined ? null : { region: base, call, result: i });
    });
    return call;
  }

  /** Writes a composite down whose body computed a result without operations. */
  private claim(record: OpRecord, args: readonly unknown[], result: unknown): void {
    const isNew = (out: unknown): boolean => out instanceof Tensor && !this.memory.has(out.storage.root);
    const results = tensorsOf(result);
    if (!results.some(isNew)) return;
    const given = args.map((arg) => this.refs(arg));
    // An argument that is given back was not there before; else it would have been known.
    this.note(
      record,
      given,
      results.map((out) => (isNew(out) ? out : null)),
      null,
      null,
    );
  }

  /** A call in place: the operation on its own, whose result is then what lies in the memory of the first argument. */
  private write(record: OpRecord, args: readonly unknown[]): unknown {
    const self = args[0] as Tensor;
    if (record.kind === "view") return this.relay(record, args, self);
    let value = this.call(record, args);
    if (!(value instanceof Tensor)) throw new SerializationError(`onnx.export: ${record.name}_ gave no tensor`);
    if (!sameShape(value.shape, self.shape)) value = value.expand([...self.shape]);
    if ((value as Tensor).dtype !== self.dtype) value = (value as Tensor).to(self.dtype);
    this.assign(self, value as Tensor);
    return self;
  }

  /** A view in place: the tensor gets another layout. */
  private relay(record: OpRecord, args: readonly unknown[], self: Tensor): Tensor {
    const refs = args.map((arg) => this.refs(arg));
    const before = (this.memory.get(self.storage.root) ?? []).filter((one) => one.version === self.storage.version);
    intercept(null, () => record.inPlace?.(args));
    for (const region of before) region.version = self.storage.version;
    this.note(record, refs, self, null, null);
    return self;
  }

  /** Makes a value that which lies in the memory of a tensor. */
  private assign(self: Tensor, value: Tensor): void {
    this.idOf(self);
    const id = this.idOf(value);
    const regions = this.memory.get(self.storage.root) as Region[];
    const own = regions.find((one) => liesAt(one, self)) as Region;
    const views: Through[] = [];
    let base = own;
    for (; base.source !== null; base = base.source.region) {
      const { call, result } = base.source;
      views.unshift([call.record, call.args.slice(1), new Ref(call.outs[result] as number), result, call.viewed]);
    }
    const old = base === own ? id : this.current(base);
    // What was there before is kept for those who read it, as constants are.
    for (const region of regions) {
      const held = this.values[region.id] as TracedValue;
      if (region.version === self.storage.version) intercept(null, () => (held.tensor = region.tensor.detach().clone()));
    }
    intercept(null, () => self.copy_(value));
    const { version } = self.storage;
    own.id = id;
    own.version = version;
    if (base === own) return;
    const outs: number[] = [];
    const scattered: TracedCall = {
      record: viewScatter,
      args: [new Ref(old), new Ref(id), views],
      outs,
      path: this.path.at(-1) ?? "",
      compute: null,
      viewed: null,
    };
    this.calls.push(scattered);
    base.id = this.add(base.tensor, scattered);
    base.version = version;
    outs.push(base.id);
  }
}
