/** How operations run on whole batches: by the kind of their records, and by name for those with kernels. What has no rule runs sample by sample. */

import { numelOf } from "../../core/shape.js";
import type { OpRecord } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import type { Level } from "./level.js";
import { productRules } from "./products.js";
import { named } from "./tree.js";

/** A call on batches, seen from outside of its level: the results of rules have the batch in front. */
export class Batching {
  constructor(
    readonly level: Level,
    readonly record: OpRecord,
    readonly args: readonly unknown[],
  ) {}

  private place(name: string): number {
    return this.record.schema.parameters.findIndex((parameter) => parameter.name === name);
  }

  has(name: string): boolean {
    return this.place(name) >= 0;
  }

  /** An argument by name, whatever it is. */
  arg(name: string): unknown {
    return this.args[this.place(name)];
  }

  /** A tensor among the arguments, as one sample sees it. */
  sample(name: string): Tensor {
    return this.args[this.place(name)] as Tensor;
  }

  isBatched(name: string): boolean {
    return this.level.batchOf(this.arg(name)) !== null;
  }

  /** A tensor among the arguments: the batch where there is one, else as it is. */
  value(name: string): Tensor {
    return this.level.batchOf(this.arg(name)) ?? this.sample(name);
  }

  /** A tensor among the arguments, repeated where it is the same for all. */
  full(name: string): Tensor {
    return this.level.full(this.sample(name));
  }

  /** Whether no tensor but the named one differs from sample to sample. */
  isOnly(name: string): boolean {
    const at = this.place(name);
    return this.args.every((arg, i) => i === at || !containsBatch(this.level, arg));
  }

  /** The operation itself, with other arguments under some names. */
  run(changes: Readonly<Record<string, unknown>>): unknown {
    const args = [...this.args];
    for (const [name, value] of Object.entries(changes)) args[this.place(name)] = value;
    return this.level.call(this.record, args, false);
  }

  /** All tensors with as many dimensions behind that of the batch as the largest of a sample has, so that they broadcast. */
  aligned(args: readonly unknown[] = this.args): unknown[] {
    const rank = Math.max(0, ...args.map((arg) => (arg instanceof Tensor ? arg.shape.length : 0)));
    return args.map((arg) => {
      const batch = this.level.batchOf(arg);
      if (batch === null) return arg;
      const missing = rank + 1 - batch.shape.length;
      const [size, ...rest] = batch.shape;
      return missing === 0 ? batch : batch.reshape([size as number, ...new Array<number>(missing).fill(1), ...rest]);
    });
  }
}

const containsBatch = (level: Level, arg: unknown): boolean =>
  Array.isArray(arg) ? arg.some((one) => containsBatch(level, one)) : level.batchOf(arg) !== null;

/** The results of an operation on batches, the batch in front; or null where the rule does not fit the arguments. */
export type Rule = (call: Batching) => unknown;

/** Broadcasting. A batch of numbers counts as numbers do in the choice of the dtype, though it is a vector. */
const pointwise: Rule = (call) => {
  const { record, level, args } = call;
  const { scalar } = record;
  if (scalar === undefined) return null;
  const operands = call.aligned();
  const compute = scalar.computeFor(args);
  if (scalar.computeFor(operands) === compute) return level.call(record, operands, false);
  const cast = operands.map((operand, i) => (operand instanceof Tensor && level.batchOf(args[i]) !== null ? operand.to(compute) : operand));
  return level.call(record, cast, false);
};

/** A view: the layout of a sample says what that of the batch is. */
const view: Rule = (call) => {
  const batch = call.level.batchOf(call.args[0]);
  if (batch === null) return null;
  const shown = call.record.run(call.args);
  const step = batch.strides[0] as number;
  const again = (one: Tensor): Tensor | null =>
    one.dtype === batch.dtype ? batch.asStrided([call.level.size, ...one.shape], [step, ...one.strides], one.offset) : null;
  if (!Array.isArray(shown)) return again(shown as Tensor);
  const views = shown.map((one) => again(one as Tensor));
  return views.includes(null) ? null : views;
};

/** Dimensions counted from the end of a sample, which are the same for the batch. */
const fromEnd = (dim: number, rank: number): number => (dim < 0 ? dim : dim - rank);

/** Views whose dimensions are counted from the end. */
const viewAlong =
  (...names: readonly string[]): Rule =>
  (call) => {
    const rank = call.sample("input").shape.length;
    if (rank === 0) return view(call);
    return call.run({
      input: call.value("input"),
      ...Object.fromEntries(names.map((name) => [name, fromEnd(call.arg(name) as number, rank)])),
    });
  };

const sized: Rule = (call) => {
  const shape = call.arg("size") as readonly number[];
  return call.run({ input: call.value("input"), size: [call.level.size, ...resolved(shape, call.sample("input"))] });
};

/** Sizes without -1. */
function resolved(shape: readonly number[], input: Tensor): readonly number[] {
  const known = numelOf(shape.filter((n) => n >= 0));
  return shape.map((n) => (n >= 0 ? n : input.count / known));
}

const expand: Rule = (call) => {
  const size = call.arg("size") as readonly number[];
  const [input] = call.aligned([
    call.args[0],
    call
      .sample("input")
      .detach()
      .expand([...size]),
  ]) as [Tensor];
  return call.run({ input, size: [call.level.size, ...size] });
};

/**
 * An operation along dimensions of its only batch. No dimensions mean all of them, which are listed, or for operations that take one (`flat`)
 * joined into one.
 */
const along =
  (name: string, all: "all" | "flat"): Rule =>
  (call) => {
    const input = call.record.schema.parameters[0]?.name as string;
    if (!call.isOnly(input)) return null;
    const { size } = call.level;
    const { shape, count } = call.sample(input);
    const rank = shape.length;
    const given = call.arg(name);
    const batch = call.value(input);
    if (rank === 0) return scalars(call, input, name, all, batch.unsqueeze(1));
    if (given !== null && !(Array.isArray(given) && given.length === 0)) {
      const dims = Array.isArray(given) ? given.map((d: number) => fromEnd(d, rank)) : fromEnd(given as number, rank);
      return call.run({ [input]: batch, [name]: dims });
    }
    if (all === "all") return call.run({ [input]: batch, [name]: shape.map((_, d) => d + 1) });
    if (rank > 1 && call.has("keepdim") && call.arg("keepdim") === true) return null;
    return call.run({ [input]: batch.reshape([size, count]), [name]: 1 });
  };

/** The same for a batch of single numbers, as rows of one element. */
function scalars(call: Batching, input: string, name: string, all: "all" | "flat", rows: Tensor): unknown {
  const isList = Array.isArray(call.arg(name)) || (call.arg(name) === null && all === "all");
  const result = call.run({ [input]: rows, [name]: isList ? [1] : 1 });
  const single = (one: unknown): Tensor => (one as Tensor).reshape([call.level.size]);
  return Array.isArray(result) ? named(result, result.map(single)) : single(result);
}

/** The extreme value of all elements. */
const whole =
  (extreme: "amax" | "amin", dimensional: Rule): Rule =>
  (call) => {
    if (call.has("dim")) return dimensional(call);
    const batch = call.value("input");
    return batch.reshape([call.level.size, call.sample("input").count])[extreme](1);
  };

/** Tensors joined along a dimension, which is counted from the end of a result of a sample. */
const joined =
  (added: number): Rule =>
  (call) => {
    const tensors = call.arg("tensors") as readonly Tensor[];
    const rank = (tensors[0] as Tensor).shape.length + added;
    if (tensors.some((tensor) => tensor.shape.length + added !== rank)) return null;
    return call.run({ tensors: tensors.map((tensor) => call.level.full(tensor)), dim: fromEnd(call.arg("dim") as number, rank) });
  };

/** Operations on the whole batch as they stand. */
const same: Rule = (call) => {
  const [parameter] = call.record.schema.parameters;
  const name = parameter?.name as string;
  return call.isOnly(name) ? call.run({ [name]: call.value(name) }) : null;
};

/** New tensors in the manner of one of a batch are a batch too, so that batches can be written into them. */
const made: Rule = (call) => (call.isBatched("input") ? call.run({ input: call.value("input") }) : null);
const madeOf: Rule = (call) =>
  call.run({ input: call.value("input"), size: [call.level.size, ...[call.arg("size") as readonly number[]].flat()] });

/** Elements by an index for each. */
const indexed: Rule = (call) => {
  const rank = call.sample("input").shape.length;
  if (rank === 0 || call.sample("index").shape.length !== rank) return null;
  const changes: Record<string, unknown> = {
    input: call.full("input"),
    index: call.full("index"),
    dim: fromEnd(call.arg("dim") as number, rank),
  };
  for (const name of ["src", "value"]) {
    const given = call.has(name) ? call.arg(name) : null;
    if (!(given instanceof Tensor)) continue;
    if (given.shape.length !== rank) return null;
    changes[name] = call.level.full(given);
  }
  return call.run(changes);
};

const embedding: Rule = (call) => (call.isBatched("weight") ? null : call.run({ indices: call.value("indices") }));

const indexSelect: Rule = (call) => {
  const rank = call.sample("input").shape.length;
  if (rank === 0 || call.isBatched("index")) return null;
  return call.run({ input: call.value("input"), dim: fromEnd(call.arg("dim") as number, rank) });
};

/** A value into memory that differs from sample to sample. */
const copy: Rule = (call) => {
  const [, src] = call.aligned([call.args[0], call.args[1]]) as [Tensor, Tensor];
  return call.run({ input: call.full("input"), src });
};

/** Sums and means of expressions: the elements, then their sums within each sample. */
const reduced: Rule = (call) => {
  const { record, level } = call;
  const given = call.arg("given") as readonly unknown[];
  const each = level.call(record, [call.aligned(given), call.arg("numbers"), "none"], false) as Tensor;
  const reduction = call.arg("reduction");
  if (reduction === "none") return each;
  const flat = each.reshape([level.size, -1]);
  return reduction === "sum" ? flat.sum(1) : flat.mean(1);
};

const dims = along("dim", "all");
const flat = along("dim", "flat");

const primitives: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(
    ["sum", "mean", "nansum", "amax", "amin", "any", "all", "countNonzero", "logsumexp", "var", "std", "varMean", "stdMean"].map((name) => [
      name,
      dims,
    ]),
  ),
  ...Object.fromEntries(
    ["prod", "argmax", "argmin", "softmax", "logSoftmax", "cumsum", "cumprod", "cummax", "cummin", "logcumsumexp"].map((name) => [
      name,
      flat,
    ]),
  ),
  ...Object.fromEntries(["sort", "topk", "kthvalue", "mode", "aminmax"].map((name) => [name, flat])),
  "linalg.vectorNorm": dims,
  max: whole("amax", flat),
  min: whole("amin", flat),
  flip: (call) => {
    const rank = call.sample("input").shape.length;
    const dims = call.arg("dims") as readonly number[];
    return rank === 0 ? call.value("input").clone() : call.run({ input: call.value("input"), dims: dims.map((d) => fromEnd(d, rank)) });
  },
  clone: same,
  toCopy: same,
  toDevice: same,
  tril: same,
  triu: same,
  cat: joined(0),
  stack: joined(1),
  gather: indexed,
  scatter: indexed,
  scatterAdd: indexed,
  scatterReduce: indexed,
  embedding,
  indexSelect,
  copy,
  constantPadNd: same,
  ...productRules,
};

const views: Readonly<Record<string, Rule>> = {
  transpose: viewAlong("dim0", "dim1"),
  select: viewAlong("dim"),
  narrow: viewAlong("dim"),
  slice: viewAlong("dim"),
  unbind: viewAlong("dim"),
  split: viewAlong("dim"),
  splitWithSizes: viewAlong("dim"),
  t: (call) => (call.sample("input").shape.length === 2 ? call.value("input").transpose(1, 2) : call.value("input")),
  permute: (call) => {
    const rank = call.sample("input").shape.length;
    const order = (call.arg("dims") as readonly number[]).map((d) => (d < 0 ? d + rank : d) + 1);
    return call.run({ input: call.value("input"), dims: [0, ...order] });
  },
  unsqueeze: (call) =>
    call.run({ input: call.value("input"), dim: fromEnd(call.arg("dim") as number, call.sample("input").shape.length + 1) }),
  view: (call) => (call.has("size") ? sized(call) : null),
  unsafeView: sized,
  expand,
};

const composites: Readonly<Record<string, Rule>> = {
  detach: same,
  zerosLike: made,
  onesLike: made,
  fullLike: made,
  emptyLike: made,
  newZeros: madeOf,
  newOnes: madeOf,
  newFull: madeOf,
  newEmpty: madeOf,
};

/** Pointwise operations that take less than broadcasting allows. */
const exceptions: Readonly<Record<string, Rule>> = {
  maskedFill: (call) => {
    if (!call.isBatched("value")) return pointwise(call);
    const [input, mask, value] = call.aligned([call.arg("input"), call.arg("mask"), call.arg("value")]) as [Tensor, Tensor, Tensor];
    return value.to(input.dtype).where(mask, input);
  },
};

/** Whether a pointwise operation has a rule of its own. */
export const isOverridden = (record: OpRecord): boolean => exceptions[record.name] !== undefined;

/** The rule of an operation, if it has one. */
export function ruleOf(record: OpRecord): Rule | undefined {
  if (record.kind === "composite") return composites[record.name];
  if (record.kind === "view") return views[record.name] ?? view;
  if (record.scalar !== undefined) return exceptions[record.name] ?? pointwise;
  return record.reduced === undefined ? primitives[record.name] : reduced;
}
