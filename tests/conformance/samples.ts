/** Sample calls of every operation that carries a record, taken from its golden cases. */

import * as torch from "../../src/index.js";
import type { OpRecord } from "../../src/tensor/dispatch.js";
import type { Case, Golden } from "../golden/cases.js";
import { type DecodedCall, tensorsIn } from "../golden/decode.js";
import { camelPath } from "../golden/names.js";
import { type Resolved, recordOf, resolve } from "../golden/resolve.js";

/** One golden case, and its number among the cases of its operator. */
export interface Sample {
  readonly one: Case;
  readonly index: number;
}

/** An operation with its record, and its golden cases where there are some. */
export interface Operation {
  /** PyTorch's name if there are golden cases, else the name below `torch`. */
  readonly name: string;
  readonly record: OpRecord;
  readonly golden: Golden | null;
  readonly resolved: Resolved | null;
}

function isNamespace(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.prototype.toString.call(value) === "[object Module]";
}

/** Every function with a record below a namespace, by dotted name. */
function recordsBelow(namespace: Readonly<Record<string, unknown>>, prefix: string, into: Map<string, OpRecord>): void {
  for (const [name, value] of Object.entries(namespace)) {
    const record = recordOf(value);
    if (record !== null) into.set(prefix + name, record);
    else if (isNamespace(value) && prefix.split(".").length < 4) recordsBelow(value, `${prefix}${name}.`, into);
  }
}

/** All operations: those of the namespace, then the methods that are no functions. */
export function operations(operators: readonly Golden[], families: readonly Readonly<Record<string, unknown>>[]): Operation[] {
  const records = new Map<string, OpRecord>();
  recordsBelow(torch, "", records);
  const known = new Set(records.values());
  const methods = new Map<string, OpRecord>();
  for (const family of families) recordsBelow(family, "", methods);
  for (const [name, record] of methods) if (!known.has(record) && !records.has(name)) records.set(name, record);
  const byPath = new Map(operators.map((golden) => [camelPath(golden.op), golden]));
  const last = (path: string): string => path.slice(path.lastIndexOf(".") + 1);
  const byLast = new Map(operators.map((golden) => [last(camelPath(golden.op)), golden]));
  // Other names of an operation, as `concat` for `cat`, share its record and need no samples of their own.
  const sampled = new Set([...records].filter(([path]) => byPath.has(path)).map(([, record]) => record));
  const distinct = [...records].filter(([path, record]) => byPath.has(path) || !sampled.has(record));
  return distinct.map(([path, record]) => {
    const own = byPath.get(path);
    if (own !== undefined) return { name: own.op, record, golden: own, resolved: resolve(own.op) };
    // The same function elsewhere, as `torch.relu` is `torch.nn.functional.relu`, has the same cases.
    const golden = byLast.get(last(path)) ?? null;
    return { name: path, record, golden, resolved: golden === null ? null : resolve(golden.op, path) };
  });
}

/** The number of elements in all tensors of a case's arguments. */
function weight(one: Case): number {
  const sizes = [...tensorsIn(one.args), ...tensorsIn(one.kwargs)].map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  return sizes.reduce((a, b) => a + b, 0);
}

function pick(
  golden: Golden,
  accept: (one: Case) => boolean,
  kind: (one: Case) => string,
  each: number,
  total: number,
  heaviest: number,
): Sample[] {
  const counts = new Map<string, number>();
  const light = golden.cases
    .map((one, index) => ({ one, index }))
    .filter(({ one }) => one.random !== true && accept(one) && weight(one) <= heaviest);
  const chosen = light.filter(({ one }) => {
    const n = counts.get(kind(one)) ?? 0;
    counts.set(kind(one), n + 1);
    return n < each;
  });
  return chosen.slice(0, total);
}

/** Small cases with gradients, some of every variant; the smallest one where none has as few elements as `light`, up to `heaviest`. */
export function differentiableSamples(golden: Golden, light: number, heaviest: number): Sample[] {
  const shape = (one: Case): string => `${one.variant} ${Object.keys(one.kwargs)} ${one.args.length}`;
  const accept = (one: Case): boolean => one.grads !== undefined && one.grads.length > 0 && weight(one) > 0;
  const few = pick(golden, accept, shape, 2, 6, light);
  if (few.length > 0) return few;
  return pick(golden, accept, ({ args }) => String(args), 100, 100, heaviest)
    .sort((a, b) => weight(a.one) - weight(b.one))
    .slice(0, 1);
}

/** Cases of every variant and dtype. */
export function generalSamples(golden: Golden): Sample[] {
  return pick(
    golden,
    () => true,
    (one) => `${one.variant} ${one.dtype}`,
    2,
    24,
    600,
  );
}

/** A call with every tensor replaced. */
export function mapTensors(call: DecodedCall, change: (tensor: torch.Tensor) => torch.Tensor): DecodedCall {
  const walk = (value: unknown): unknown => {
    if (value instanceof torch.Tensor) return change(value);
    return Array.isArray(value) ? value.map(walk) : value;
  };
  const kwargs = Object.fromEntries(Object.entries(call.kwargs).map(([name, value]) => [name, walk(value)]));
  return { args: call.args.map(walk), kwargs, leaves: call.leaves.map(change) };
}
