/** Primitive operations: a kernel of the backend, and gradient rules in tensor methods. */

import { modes } from "../../autograd/modes.js";
import { Node } from "../../autograd/node.js";
import type { DType } from "../../core/dtype.js";
import type { Shape } from "../../core/shape.js";
import { callable, type InPlaceOp, type Op, type OpRecord } from "../dispatch.js";
import { denseCopy } from "../copy.js";
import { checkInPlace, connect, rebase } from "../graph.js";
import { type Named, type NamesOf, parseSchema, type Schema, type Values } from "../schema.js";
import { Tensor } from "../tensor.js";
import { fit } from "./fit.js";
import { inPlaceOf } from "./inplace.js";
import { nodeName } from "./names.js";
import { checkVersion, freedError } from "./saved.js";

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
  readonly dynamicShape?: boolean;
}

/** Results as PyTorch's named tuples: an array whose elements have names too. */
export function namedTuple<T>(names: readonly string[], values: readonly T[]): readonly T[] {
  const tuple = [...values];
  names.forEach((name, i) => {
    Object.defineProperty(tuple, name, { value: values[i], enumerable: false });
  });
  return tuple;
}

interface Input {
  readonly tensor: Tensor;
  /** The position of the argument, and the position in it for lists. */
  readonly argument: number;
  readonly item: number;
}

function tensorInputs(args: readonly unknown[]): Input[] {
  const inputs: Input[] = [];
  args.forEach((arg, argument) => {
    if (arg instanceof Tensor) inputs.push({ tensor: arg, argument, item: -1 });
    else if (Array.isArray(arg)) {
      arg.forEach((tensor: unknown, item) => {
        if (tensor instanceof Tensor) inputs.push({ tensor, argument, item });
      });
    }
  });
  return inputs;
}

type AnyRule = (grad: Tensor, saved: object) => Tensor | null | readonly (Tensor | null)[];

class PrimitiveNode extends Node<Tensor> {
  /** @internal */
  saved: { readonly args: readonly unknown[]; readonly outs: readonly Tensor[] } | null;
  private readonly inputVersions: readonly number[];
  private readonly outVersions: readonly number[];
  private readonly shapes: readonly Shape[];
  private readonly dtypes: readonly DType[];

  constructor(
    readonly name: string,
    private readonly rules: readonly (AnyRule | null)[],
    private readonly inputs: Input[],
    args: readonly unknown[],
    outs: readonly Tensor[],
    private readonly view: (node: PrimitiveNode, grads: readonly (Tensor | null)[]) => object,
  ) {
    super(outs.length);
    this.saved = { args, outs };
    for (const input of inputs) {
      if (rules[input.argument] === null) {
        this.next.push(null);
        this.nextIndex.push(0);
      } else connect(this, input.tensor);
    }
    this.inputVersions = inputs.map((input) => input.tensor.storage.version);
    this.outVersions = outs.map((out) => out.storage.version);
    this.shapes = inputs.map((input) => input.tensor.shape);
    this.dtypes = inputs.map((input) => input.tensor.dtype);
  }

  /** The value of an argument, checked to be what it was. */
  argument(position: number): unknown {
    if (this.saved === null) throw freedError();
    this.inputs.forEach((input, i) => {
      if (input.argument === position) checkVersion(input.tensor, this.inputVersions[i] as number);
    });
    return this.saved.args[position];
  }

  /** The value of an argument, of which only the shape and dtype will be read. */
  given(position: number): unknown {
    if (this.saved === null) throw freedError();
    return this.saved.args[position];
  }

  /** The results, checked to be what they were. */
  results(): readonly Tensor[] {
    if (this.saved === null) throw freedError();
    this.saved.outs.forEach((out, i) => {
      checkVersion(out, this.outVersions[i] as number);
    });
    return this.saved.outs;
  }

  apply(grads: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
    if (this.saved === null) throw freedError();
    const saved = this.view(this, grads);
    const first = grads[0] ?? (this.saved.outs[0] as Tensor).detach().mul(0);
    const byArgument = new Map<number, Tensor | null | readonly (Tensor | null)[]>();
    return this.inputs.map((input, i) => {
      if (this.next[i] === null) return null;
      if (!byArgument.has(input.argument)) byArgument.set(input.argument, (this.rules[input.argument] as AnyRule)(first, saved));
      const result = byArgument.get(input.argument) ?? null;
      const grad = input.item >= 0 ? ((result as readonly (Tensor | null)[] | null)?.[input.item] ?? null) : (result as Tensor | null);
      return grad === null ? null : fit(grad, this.shapes[i] as Shape, this.dtypes[i] as DType);
    });
  }

  override release(): void {
    this.saved = null;
  }
}

/** A class of objects that read a node's saved values by the names of the signature, checking each when it is read. */
function savedView(schema: Schema): (node: PrimitiveNode, grads: readonly (Tensor | null)[]) => object {
  const prototype: object = Object.create(null);
  const define = (name: string, read: (node: PrimitiveNode, grads: readonly (Tensor | null)[]) => unknown): void => {
    Object.defineProperty(prototype, name, {
      get(this: { node: PrimitiveNode; from: readonly (Tensor | null)[] }) {
        return read(this.node, this.from);
      },
    });
  };
  schema.parameters.forEach((parameter, i) => {
    define(parameter.name, (node) => node.argument(i));
  });
  define("given", (node) => Object.fromEntries(schema.parameters.map((parameter, i) => [parameter.name, node.given(i)])));
  define("out", (node) => node.results()[0]);
  define("outs", (node) => node.results());
  define("grads", (_node, grads) => grads);
  return (node, from) => Object.assign(Object.create(prototype) as object, { node, from });
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
export function primitive<F extends (...args: never[]) => unknown, const S extends string = string>(signature: S, spec: PrimitiveSpec<S> & { readonly inPlace: true }): InPlaceOp<F>;
export function primitive<F extends (...args: never[]) => unknown, const S extends string = string>(signature: S, spec: PrimitiveSpec<S>): Op<F>;
export function primitive<F extends (...args: never[]) => unknown, const S extends string = string>(signature: S, spec: PrimitiveSpec<S>): Op<F> {
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
    if (!modes.grad || !differentiable) return null;
    const inputs = tensorInputs(args);
    if (!inputs.some((input) => rules[input.argument] !== null && input.tensor.requiresGrad)) return null;
    const name = typeof gradName === "string" ? gradName : gradName(...(args as Values<S>));
    return new PrimitiveNode(name, rules, inputs, args, outs, view);
  };

  const run = (args: readonly unknown[]): unknown => {
    const result = compute(spec.writes === true ? [denseCopy(args[0] as Tensor), ...args.slice(1)] : args);
    const outs = Array.isArray(result) ? (result as readonly Tensor[]) : [result as Tensor];
    const node = record(args, outs);
    if (node !== null) {
      outs.forEach((out, i) => {
        if (!out.dtype.isFloatingPoint && !out.dtype.isComplex) return;
        out.producer = node;
        out.outputIndex = i;
      });
    }
    if (!Array.isArray(result)) return result;
    return names === undefined ? result : namedTuple(names, outs);
  };

  const write = (args: readonly unknown[]): Tensor => {
    const self = args[0] as Tensor;
    checkInPlace(`${schema.name}_`, self);
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
    inPlace: spec.inPlace !== true ? null : spec.writes === true ? write : inPlaceOf(schema.name, run),
    run,
  };
  const tensors = schema.parameters.every((parameter) => parameter.type === "Tensor" && parameter.required && !parameter.nullable);
  const arity = schema.parameters.length;
  return callable<F>(opRecord, tensors ? (args) => (args.length === arity && args.every((arg) => arg instanceof Tensor) ? run(args) : undefined) : null);
}
