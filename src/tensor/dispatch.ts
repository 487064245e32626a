/** The one point through which every operation goes. */

import type { DType } from "../core/dtype.js";
import type { Expr } from "../expr/node.js";
import { writeOut } from "./out.js";
import { type ReadObserver, reads } from "./reads.js";
import { bind, bindPlain, isOptions, type Schema } from "./schema.js";
import type { Tensor } from "./tensor.js";

/** What one element of a pointwise operation's result is. */
export interface ScalarForm {
  /** The element, in terms of those of the arguments. */
  readonly expr: Expr;
  /** The leading arguments that may be tensors. The others are numbers. */
  readonly operands: number;
  /** The dtype in which the operation computes with bound arguments. */
  computeFor(args: readonly unknown[]): DType;
}

/** What the results of an operation on blocks along the last dimension are. */
export interface BlockForm {
  /** The number of blocks of each input and of each result. */
  readonly inputs: readonly number[];
  readonly results: readonly number[];
  /** The element of every block of the results, in terms of those of all blocks of the inputs. */
  readonly outputs: readonly Expr[];
}

/** What is known of an operation: its record. Shared code asks it and never branches on a name. */
export interface OpRecord {
  readonly kind: "pointwise" | "view" | "primitive" | "composite";
  readonly name: string;
  readonly schema: Schema;
  /** Whether gradients flow through the operation. */
  readonly differentiable: boolean;
  /** The in-place variant, or null where there is none. */
  readonly inPlace: ((args: readonly unknown[]) => Tensor) | null;
  /** Whether the shape of the result depends on the values of the input. */
  readonly dynamicShape: boolean;
  /** Binds arguments where the schema does not say how. */
  bind?(args: readonly unknown[]): readonly unknown[];
  /** The expression of a pointwise operation. */
  readonly scalar?: ScalarForm;
  /** The expressions of an operation on blocks. */
  readonly blocks?: BlockForm;
  /** The expression of an operation that sums or averages its values. */
  readonly reduced?: Expr;
  /** Runs the operation on bound arguments (in the order of the schema). */
  run(args: readonly unknown[]): unknown;
}

/** What `out` takes for a result: a tensor, or one for each of several. */
type Outs<R> = R extends readonly unknown[] ? readonly Tensor[] : Tensor;

/** The arguments `P` with `out` among the options: in the last argument where that is an object of options, else in one of its own behind it. */
type WithOut<P extends readonly unknown[], O> = P extends unknown
  ? number extends P["length"]
    ? P extends readonly [...infer H, infer L]
      ? [...H, options: Record<never, never> extends L ? L & { out?: O } : L]
      : P
    : Required<P> extends readonly [...infer H, infer L]
      ? Record<never, never> extends L
        ? [...H, options?: L & { out?: O }]
        : [...P, options?: { out?: O }]
      : P
  : never;

/** What every operation carries. */
interface Carried<F> {
  readonly record: OpRecord;
  /** The same function for arguments of which nothing is known. */
  readonly invoke: (...args: readonly unknown[]) => unknown;
  /** The function without `out`, as methods have it; there for the compiler only. */
  readonly form?: F;
}

/** An operation: a function `F` that carries its record, and takes `out` among its options. */
export interface Op<F extends (...args: never[]) => unknown> extends Carried<F> {
  (...args: WithOut<Parameters<F>, Outs<ReturnType<F>>>): ReturnType<F>;
}

/** An operation whose function has several signatures or a generic one, from which the compiler cannot derive those with `out`. */
export type OverloadedOp<F extends (...args: never[]) => unknown> = F & Carried<F>;

/** The operation under the type of its own function. */
export function overloaded<F extends (...args: never[]) => unknown>(op: Op<F>): OverloadedOp<F> {
  const carried: Carried<F> = op;
  return carried as OverloadedOp<F>;
}

/** The arguments of an operation without `out`. */
export type ArgumentsOf<O> = O extends { readonly form?: infer F }
  ? NonNullable<F> extends (...args: infer A) => unknown
    ? A
    : never
  : never;

/** An operation that has an in-place variant, named with an underscore. */
export type InPlaceOp<F extends (...args: never[]) => unknown> = Op<F> & { readonly hasInPlace: true };

/** An operation whose method has several forms, which `M` spells out. */
export type MethodOp<F extends (...args: never[]) => unknown, M> = OverloadedOp<F> & { readonly asMethod?: M };

/** The arguments after the first ones: every prefix of the positional ones, then optionally all of them by name. */
export type Args<P extends unknown[], O> = P extends [infer A, ...infer R]
  ? [] | [options?: O] | [first: A, ...rest: Args<R, O>]
  : [options?: O];

/**
 * Takes over calls while a transform (tracing, vectorisation, …) is active. The arguments are bound, in the order of the schema; `record` runs
 * the operation itself. Operations within the bodies of composites come here, too.
 */
export type Interceptor = (record: OpRecord, args: readonly unknown[], inPlace: boolean) => unknown;

let interceptor: Interceptor | null = null;

/** Runs a callback with calls of operations handed to `handler`, or with null to nobody; `observer` sees which values are read. */
export function intercept<R>(handler: Interceptor | null, callback: () => R, observer: ReadObserver | null = null): R {
  const [handlerBefore, observerBefore] = [interceptor, reads.observer];
  interceptor = handler;
  reads.observer = observer;
  try {
    return callback();
  } finally {
    interceptor = handlerBefore;
    reads.observer = observerBefore;
  }
}

/** Hands calls to `handler` from now on. Returns who had them until now. */
export function setInterceptor(handler: Interceptor | null): Interceptor | null {
  const before = interceptor;
  interceptor = handler;
  return before;
}

/** Whether a transform intercepts calls. It knows operations by their names, so what has a fused form of its own is better composed then. */
export function isIntercepted(): boolean {
  return interceptor !== null;
}

/** The record as operations carry it: what runs it asks whether a transform intercepts calls. */
export function interceptible(record: OpRecord): OpRecord {
  const { inPlace } = record;
  return {
    ...record,
    inPlace: inPlace === null ? null : (args) => (interceptor === null ? inPlace(args) : (interceptor(record, args, true) as Tensor)),
    run: (args) => (interceptor === null ? record.run(args) : interceptor(record, args, false)),
  };
}

/** Binds arguments and runs an operation; `out` among the options receives the result. */
function invoke(record: OpRecord, args: readonly unknown[]): unknown {
  const plain = bindPlain(record.schema, args);
  if (plain !== null) return record.run(plain);
  const last = args[args.length - 1];
  if (isOptions(last) && last["out"] !== undefined && last["out"] !== null && !record.schema.parameters.some((p) => p.name === "out")) {
    const { out, ...options } = last;
    const bound = bind(record.schema, [...args.slice(0, -1), options]);
    return writeOut(record.name, out, () => record.run(bound));
  }
  return record.run(bind(record.schema, args));
}

/**
 * The function that users call. `quick` may run a call that needs no binding, or return undefined.
 */
export function callable<F extends (...args: never[]) => unknown>(record: OpRecord, quick: ((args: unknown[]) => unknown) | null): Op<F> {
  const open = interceptible(record);
  const call =
    quick === null
      ? (...args: unknown[]): unknown => invoke(interceptor === null ? record : open, args)
      : (...args: unknown[]): unknown => {
          if (interceptor !== null) return record.bind === undefined ? invoke(open, args) : open.run(record.bind(args));
          return quick(args) ?? invoke(record, args);
        };
  Object.defineProperty(call, "name", { value: record.name });
  return Object.assign(call, { record: open, invoke: call }, record.inPlace === null ? null : { hasInPlace: true }) as Op<F>;
}
