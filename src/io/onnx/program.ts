/**
 * The program of a model: what several traces have in common. Where they differ is what depends on the sizes of the inputs; what depends on
 * their values in a way that no operation shows makes it impossible to export the model.
 */

import type { DType } from "../../core/dtype.js";
import { SerializationError } from "../../core/errors.js";
import { sameShape } from "../../core/shape.js";
import { readSync } from "../../tensor/read.js";
import { isOptions } from "../../tensor/schema.js";
import type { Tensor } from "../../tensor/tensor.js";
import { Dim, type Size, sizeOf } from "./sizes.js";
import { type CallRecord, type Placement, Ref, type TracedCall, type TracedValue } from "./trace.js";

/** One run of a model. */
export interface Trace {
  readonly calls: readonly TracedCall[];
  readonly values: readonly TracedValue[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** A value of the program. */
export interface Value {
  readonly dtype: DType;
  readonly shape: readonly Size[];
  /** Where the first element lies in memory if all lie one after the other, else null. */
  readonly start: Size | null;
  /** The call that gives it, or null for inputs and constants. */
  readonly call: Call | null;
  /** The elements, where they are the same in every run whatever the inputs are. */
  readonly constant: Tensor | null;
  /** Whether the value was there before the model ran, and differs from run to run. */
  readonly isUnknown: boolean;
}

/** A call of an operation. */
export interface Call {
  readonly record: CallRecord;
  /** The arguments: a `Value` for every tensor, a `Dim` for every number that depends on sizes of the inputs. */
  readonly args: readonly unknown[];
  readonly outs: readonly (Value | null)[];
  readonly path: string;
  readonly compute: DType | null;
  /** How the tensor lay of which a view was made. */
  readonly viewed: Placement<Size> | null;
}

/** The calls of a model, in order. */
export interface Program {
  readonly calls: readonly Call[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

/** Which results are constants although an argument is not: those that take only the shape of it. */
export type ReadsShapeOnly = (record: CallRecord) => boolean;

/** Where a call happened, and of what. */
export const placeOf = (call: Pick<Call, "record" | "path">): string => `${call.record.name}${call.path === "" ? "" : ` in ${call.path}`}`;

const values = new WeakSet<Value>();

/** A value that no call gives. */
export function makeValue(dtype: DType, shape: readonly Size[]): Value {
  const value: Value = { dtype, shape, start: 0, call: null, constant: null, isUnknown: false };
  values.add(value);
  return value;
}

/** Whether an argument is a value. */
export const isValue = (arg: unknown): arg is Value => typeof arg === "object" && arg !== null && values.has(arg as Value);

/** The values within an argument. */
export function valuesIn(arg: unknown): readonly Value[] {
  if (isValue(arg)) return [arg];
  if (Array.isArray(arg)) return arg.flatMap(valuesIn);
  return isOptions(arg) ? Object.values(arg).flatMap(valuesIn) : [];
}

function hasDims(arg: unknown): boolean {
  if (arg instanceof Dim) return true;
  if (isValue(arg)) return false;
  if (Array.isArray(arg)) return arg.some(hasDims);
  return isOptions(arg) ? Object.values(arg).some(hasDims) : false;
}

/** Whether tensors have the same elements. */
function areEqual(tensors: readonly Tensor[]): boolean {
  const first = tensors[0] as Tensor;
  const others = tensors.filter((one) => one.storage !== first.storage || one.offset !== first.offset);
  if (!tensors.every((one) => one.dtype === first.dtype && sameShape(one.shape, first.shape))) return false;
  if (others.length === 0) return true;
  const elements = readSync(first, "onnx.export");
  return others.every((other) => readSync(other, "onnx.export").every((element, i) => Object.is(element, elements[i])));
}

/** How a tensor lay in all runs. */
function placementIn(given: readonly (Placement | null)[]): Placement<Size> | null {
  const [first] = given;
  if (first === null || first === undefined) return null;
  const all = given.map((one) => one ?? first);
  return {
    strides: first.strides.map((_, d) => sizeOf(all.map(({ strides }) => strides[d] as number))),
    offset: sizeOf(all.map(({ offset }) => offset)),
  };
}

class Merger {
  private readonly merged = new Map<number, Value>();
  readonly calls: Call[] = [];

  constructor(
    private readonly traces: readonly Trace[],
    private readonly readsShapeOnly: ReadsShapeOnly,
  ) {}

  merge(): Program {
    const first = this.traces[0] as Trace;
    const inputs = first.inputs.map((id) => this.define(id, null, null, false));
    const counts = this.traces.map(({ calls }) => calls.length);
    first.calls.forEach((call, i) => {
      const others = this.traces.map(({ calls }) => calls[i]);
      if (others.some((other) => other === undefined || other.record.name !== call.record.name || other.outs.length !== call.outs.length))
        differ(counts, call);
      this.call(others as TracedCall[]);
    });
    if (new Set(counts).size > 1) differ(counts, first.calls.at(-1) as TracedCall);
    const outputs = first.outputs.map((id) => this.value(id));
    return { calls: this.calls, inputs, outputs };
  }

  private tensors(id: number): readonly Tensor[] {
    return this.traces.map(({ values }) => (values[id] as TracedValue).tensor);
  }

  private define(id: number, call: Call | null, constant: Tensor | null, isUnknown: boolean): Value {
    const tensors = this.tensors(id);
    const shape = (tensors[0] as Tensor).shape.map((_, d) => sizeOf(tensors.map((one) => one.shape[d] as number)));
    const start = tensors.every(({ dense }) => dense) ? sizeOf(tensors.map(({ offset }) => offset)) : null;
    const value: Value = { dtype: (tensors[0] as Tensor).dtype, shape, start, call, constant, isUnknown };
    values.add(value);
    this.merged.set(id, value);
    return value;
  }

  private value(id: number): Value {
    const known = this.merged.get(id);
    if (known !== undefined) return known;
    const tensors = this.tensors(id);
    const same = areEqual(tensors);
    return this.define(id, null, same ? (tensors[0] as Tensor) : null, !same);
  }

  private call(calls: readonly TracedCall[]): void {
    const { record, path, compute, outs } = calls[0] as TracedCall;
    const first = calls[0] as TracedCall;
    const args = first.args.map((_, i) =>
      this.arg(
        calls.map((call) => call.args[i]),
        first,
      ),
    );
    const results: (Value | null)[] = [];
    const call: Call = { record, args, outs: results, path, compute, viewed: placementIn(calls.map(({ viewed }) => viewed)) };
    const given = valuesIn(args);
    const reads = !this.readsShapeOnly(record);
    for (const [i, id] of outs.entries()) {
      if (id === null || calls.some((one) => one.outs[i] !== id)) {
        results.push(null);
        continue;
      }
      const tensors = this.tensors(id);
      // A constant of constants; what comes of nothing must be seen to be one.
      const isConstant =
        (reads ? given.every(({ constant }) => constant !== null) : true) &&
        !args.some(hasDims) &&
        tensors.every(({ shape }) => sameShape(shape, (tensors[0] as Tensor).shape)) &&
        ((reads && given.length > 0) || areEqual(tensors));
      results.push(this.define(id, call, isConstant ? (tensors[0] as Tensor) : null, false));
    }
    this.calls.push(call);
  }

  /** What an argument was in every run, as one. */
  private arg(given: readonly unknown[], call: TracedCall): unknown {
    const [first] = given;
    const fail = (): never => {
      throw new SerializationError(
        `onnx.export: an argument of ${placeOf(call)} depends on the inputs: it was ${given.map(describe).join(" and ")}. Values that are read (item(), tolist()) or computed outside of operations cannot be exported`,
      );
    };
    if (first instanceof Ref) return given.every((one) => one instanceof Ref && one.id === first.id) ? this.value(first.id) : fail();
    if (typeof first === "number" || typeof first === "bigint") {
      if (!given.every((one) => typeof one === typeof first)) return fail();
      return given.every((one) => Object.is(one, first)) ? first : sizeOf(given.map(Number));
    }
    if (Array.isArray(first)) {
      if (!given.every((one) => Array.isArray(one) && one.length === first.length)) return fail();
      return first.map((_, i) =>
        this.arg(
          given.map((one) => (one as readonly unknown[])[i]),
          call,
        ),
      );
    }
    if (isOptions(first)) {
      if (given.every((one) => one === first)) return first;
      const objects = given as readonly Readonly<Record<string, unknown>>[];
      return Object.fromEntries(
        Object.keys(first).map((key) => [
          key,
          this.arg(
            objects.map((one) => one[key]),
            call,
          ),
        ]),
      );
    }
    return given.every((one) => Object.is(one, first)) || typeof first === "object" ? first : fail();
  }
}

function differ(counts: readonly number[], call: TracedCall): never {
  throw new SerializationError(
    `onnx.export: the operations that the model calls depend on the values or the sizes of its inputs (${new Set(counts).size > 1 ? `it called ${counts.join(", ")} in ${counts.length} runs; ` : ""}runs part at ${placeOf(call)}). Branches and loops over what is dynamic cannot be exported: make the dimension fixed, or compute with operations such as where()`,
  );
}

const describe = (arg: unknown): string => (arg instanceof Ref ? "a tensor" : String(arg));

/** What several runs of a model have in common. */
export function programOf(traces: readonly Trace[], readsShapeOnly: ReadsShapeOnly): Program {
  return new Merger(traces, readsShapeOnly).merge();
}
