/** Primitive operations: a kernel of the backend, and gradient rules in tensor methods. */

import { modes } from "../../autograd/modes.js";
import { denseCopy } from "../copy.js";
import { type BlockForm, callable, type InPlaceOp, isIntercepted, type Op, type OpRecord } from "../dispatch.js";
import { checkInPlace, rebase } from "../graph.js";
import { type Named, type NamesOf, parseSchema, type Values } from "../schema.js";
import { Tensor } from "../tensor.js";
import { inPlaceOf } from "./inplace.js";
import { nodeName } from "./names.js";
import { type AnyRule, PrimitiveNode, savedView, wantsGradient } from "./primitiveNode.js";

/** What a gradient rule may read: the arguments by name, and the results. */
export type Saved<S extends string> = Named<S> & {
  /** The arguments by name, for their shapes and dtypes only: that tensors among them still hold their values is not checked. */
  readonly given: Named<S>;
  /** The (first) result. */
  readonly out: Tensor;
  /** All results. */
  readonly outs: readonly Tensor[];
  /** The gradients of all results; null where one was not used. */
  readonly grads: readonly (Tensor | null)[];
};

/** A gradient rule: from the gradient of the first result. For a list of tensors it gives a list. */
export type Rule<S extends string> = (grad: Tensor, saved: Saved<S>) => Tensor | null | readonly (Tensor | null)[];

/** What an author writes for one primitive operation with the signature `S`. */
export interface PrimitiveSpec<S extends string> {
  /** Checks the arguments, makes the results and runs kernels. Nothing in it is recorded. */
  readonly forward: (...args: Values<S>) => Tensor | readonly Tensor[];
  /** For each differentiable argument, its gradient. */
  readonly gradient?: { readonly [name in NamesOf<S>]?: Rule<S> };
  /** The names of the results, where there are several. */
  readonly results?: readonly string[];
  readonly gradName?: string | ((...args: Values<S>) => string);
  readonly inPlace?: boolean;
  /**
   * Whether `forward` writes its result into its first argument and returns that: the operation runs it on a copy, the in-place
   * variant on the tensor itself. The gradient rules then read neither the first argument's values nor the result's.
   */
  readonly writes?: boolean;
  /**
   * False where the gradient rules read nothing but `given`: no values are kept then, and several backward passes may go through without
   * `retainGraph`.
   */
  readonly keepsValues?: false;
  /** Numbers of results that nobody sees but the gradient rules: their memory is given back with what the node has saved. */
  readonly inner?: readonly number[];
  readonly dynamicShape?: boolean;
  /** The expressions of an operation on blocks. */
  readonly blocks?: BlockForm;
}

/** Results as PyTorch's named tuples: an array whose elements have names too. */
export function namedTuple<T>(names: readonly string[], values: readonly T[]): readonly T[] {
  const tuple = [...values];
  names.forEach((name, i) => {
    Object.defineProperty(tuple, name, { value: values[i], enumerable: false });
  });
  return tuple;
}

/** An argument in memory apart from that of the tensor that is about to be written. */
function apart(arg: unknown, self: Tensor): unknown {
  if (arg instanceof Tensor) return arg.storage.root === self.storage.root ? arg.clone() : arg;
  return Array.isArray(arg) ? arg.map((item: unknown) => apart(item, self)) : arg;
}

/**
 * Defines an operation with a kernel.
 * @param signature its arguments, e.g. `"mm(Tensor input, Tensor mat2)"`; names and types of the body and the rules come from it.
 */
export function primitive<F extends (...args: never[]) => unknown, const S extends string = string>(
  signature: S,
  spec: PrimitiveSpec<S> & { readonly inPlace: true },
): InPlaceOp<F>;
export function primitive<F extends (...args: never[]) => unknown, const S extends string = string>(
  signature: S,
  spec: PrimitiveSpec<S>,
): Op<F>;
export function primitive<F extends (...args: never[]) => unknown, const S extends string = string>(
  signature: S,
  spec: PrimitiveSpec<S>,
): Op<F> {
  const schema = parseSchema(signature);
  const gradients = (spec.gradient ?? {}) as { readonly [name: string]: AnyRule | undefined };
  const rules = schema.parameters.map((parameter) => gradients[parameter.name] ?? null);
  const differentiable = rules.some((rule) => rule !== null);
  const gradName = spec.gradName ?? nodeName(schema.name);
  const view = savedView(schema);
  const names = spec.results;

  const compute = (args: readonly unknown[]): Tensor | readonly Tensor[] => {
    const grad = modes.grad;
    modes.grad = false;
    try {
      return spec.forward(...(args as Values<S>));
    } finally {
      modes.grad = grad;
    }
  };

  const record = (args: readonly unknown[], outs: readonly Tensor[]): PrimitiveNode | null => {
    if (!modes.grad || !differentiable || !wantsGradient(args, rules)) return null;
    const name = typeof gradName === "string" ? gradName : gradName(...(args as Values<S>));
    // A transform may hold on to what it has seen.
    const inner = spec.inner === undefined || isIntercepted() ? null : spec.inner;
    return new PrimitiveNode(name, rules, args, outs, view, spec.keepsValues !== false, inner);
  };

  const run = (args: readonly unknown[]): unknown => {
    const result = compute(spec.writes === true ? [denseCopy(args[0] as Tensor), ...args.slice(1)] : args);
    const outs = Array.isArray(result) ? (result as readonly Tensor[]) : [result as Tensor];
    const node = record(args, outs);
    for (let i = 0; node !== null && i < outs.length; i++) {
      const out = outs[i] as Tensor;
      if (!out.dtype.isFloatingPoint && !out.dtype.isComplex) continue;
      out.producer = node;
      out.outputIndex = i;
    }
    if (!Array.isArray(result)) return result;
    return names === undefined ? result : namedTuple(names, outs);
  };

  const write = (args: readonly unknown[]): Tensor => {
    const self = args[0] as Tensor;
    checkInPlace(`${schema.name}_`, self, args);
    const given = args.map((arg, i) => (i === 0 ? arg : apart(arg, self)));
    const node = record(given, [self]);
    compute(given);
    rebase(self, self.dtype.isFloatingPoint || self.dtype.isComplex ? node : null, 0);
    return self;
  };

  const opRecord: OpRecord = {
    kind: "primitive",
    name: schema.name,
    schema,
    differentiable,
    dynamicShape: spec.dynamicShape === true,
    ...(spec.blocks === undefined ? null : { blocks: spec.blocks }),
    inPlace: spec.inPlace !== true ? null : spec.writes === true ? write : inPlaceOf(schema.name, run),
    run,
  };
  return callable<F>(opRecord, null);
}
