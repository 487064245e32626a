/** View operations: another layout over the same memory. No kernel runs. */

import { modes } from "../../autograd/modes.js";
import { Node } from "../../autograd/node.js";
import type { DType } from "../../core/dtype.js";
import type { Layout, Shape } from "../../core/shape.js";
import { tensorOver } from "../create.js";
import { callable, type InPlaceOp, type Op, type OpRecord } from "../dispatch.js";
import { checkHistory, connect } from "../graph.js";
import { parseSchema, type Values } from "../schema.js";
import type { Tensor, ViewOf } from "../tensor.js";
import { fit } from "./fit.js";
import { nodeName } from "./names.js";

/** A layout, and the dtype of its elements where the view reads them as another one. */
export interface ViewLayout extends Layout {
  readonly dtype?: DType;
}

/** What the gradient rule of a view may know of its input. */
export interface ViewInput extends Layout {
  readonly dtype: DType;
}

type Rest<A extends unknown[]> = A extends [unknown, ...infer R] ? R : never;

/** What an author writes for one view operation. `S` is its signature, whose first argument is the input. */
export interface ViewSpec<S extends string> {
  /** The layout(s) of the result in terms of the input's. Throws where there is none. */
  readonly layout: (input: ViewInput, ...args: Rest<Values<S>>) => ViewLayout | readonly ViewLayout[];
  /** The gradient of the input from the gradient of the result. */
  readonly gradient?: (grad: Tensor, input: ViewInput, ...args: Rest<Values<S>>) => Tensor;
  /** The gradient of the input from those of several results; null where a result was not used. */
  readonly gradients?: (grads: readonly (Tensor | null)[], input: ViewInput, ...args: Rest<Values<S>>) => Tensor;
  readonly gradName?: string | ((...args: Values<S>) => string);
  /** Whether there is an in-place variant that changes the tensor's own layout, as `squeeze_` does. */
  readonly inPlace?: boolean;
}

class ViewNode extends Node<Tensor> {
  private readonly shape: Shape;
  private readonly dtype: DType;

  constructor(
    readonly name: string,
    outputs: number,
    input: Tensor,
    private readonly backward: (grads: readonly (Tensor | null)[]) => Tensor,
  ) {
    super(outputs);
    connect(this, input);
    this.shape = input.shape;
    this.dtype = input.dtype;
  }

  apply(grads: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
    return [fit(this.backward(grads), this.shape, this.dtype)];
  }
}

/** A view as the operation made it: of one input, or number `item` of several. */
type Retake = (item: number, rest: readonly unknown[]) => (input: Tensor) => Tensor;

/** A tensor over the memory of another one; `item` is -1 where it is the only one. */
function over(input: Tensor, layout: ViewLayout, item: number, rest: readonly unknown[], retake: Retake): Tensor {
  const dtype = layout.dtype ?? input.dtype;
  const storage = dtype === input.dtype ? input.storage : input.storage.reinterpret(dtype);
  const view = tensorOver(storage, layout.shape, layout.strides, layout.offset, dtype);
  if (modes.inference) return view;
  const from = input.viewOf;
  const origin = modes.grad ? (item >= 0 ? "several" : from === null ? null : from.origin) : "noGrad";
  const replay = dtype === input.dtype && (from === null || from.replay === null) ? null : replayOf(input, from, retake(item, rest));
  view.viewOf = { base: from === null ? input : from.base, version: storage.version, replay, origin };
  return view;
}

/**
 * A part of a tensor that lies at an offset in its memory, as a view that is not recorded; null where it has to be recorded, or takes more than its
 * strides to be made again.
 */
export function plainView(input: Tensor, shape: Shape, strides: readonly number[], offset: number): Tensor | null {
  const from = input.viewOf;
  if (modes.inference || (from !== null && from.replay !== null) || (modes.grad && input.requiresGrad)) return null;
  const view = tensorOver(input.storage, shape, strides, offset, input.dtype);
  const origin = modes.grad ? (from === null ? null : from.origin) : "noGrad";
  view.viewOf = { base: from === null ? input : from.base, version: input.storage.version, replay: null, origin };
  return view;
}

/** How a view of `input` is made again from a tensor in the layout of the base. */
function replayOf({ shape, strides, offset }: Tensor, from: ViewOf | null, take: (input: Tensor) => Tensor): (whole: Tensor) => Tensor {
  if (from === null) return take;
  const { base, replay } = from;
  if (replay !== null) return (whole) => take(replay(whole));
  const ahead = offset - base.offset;
  return (whole) => take(whole.asStrided(shape, strides, whole.offset + ahead));
}

/**
 * Defines a view operation.
 * @param signature its arguments, the tensor first, e.g. `"select(Tensor input, int dim, int index)"`.
 */
export function view<F extends (...args: never[]) => unknown, const S extends string = string>(
  signature: S,
  spec: ViewSpec<S> & { readonly inPlace: true },
): InPlaceOp<F>;
export function view<F extends (...args: never[]) => unknown, const S extends string = string>(signature: S, spec: ViewSpec<S>): Op<F>;
export function view<F extends (...args: never[]) => unknown, const S extends string = string>(signature: S, spec: ViewSpec<S>): Op<F> {
  const schema = parseSchema(signature);
  const gradName = spec.gradName ?? nodeName(schema.name);
  const { gradient, gradients } = spec;
  const differentiable = gradient !== undefined || gradients !== undefined;

  const run = (args: readonly unknown[]): Tensor | Tensor[] => {
    const input = args[0] as Tensor;
    const rest = args.slice(1) as Rest<Values<S>>;
    const layout = spec.layout(input, ...rest);
    const many = Array.isArray(layout);
    if (!many && !(modes.grad && differentiable && input.requiresGrad)) return over(input, layout as ViewLayout, -1, rest, retake);
    const layouts = (many ? layout : [layout]) as readonly ViewLayout[];
    const views = layouts.map((one, i) => over(input, one, many ? i : -1, rest, retake));
    if (modes.grad && differentiable && input.requiresGrad) {
      const { shape, strides, offset, dtype } = input;
      const source: ViewInput = { shape, strides, offset, dtype };
      const name = typeof gradName === "string" ? gradName : gradName(...(args as Values<S>));
      const node = new ViewNode(name, views.length, input, (grads) =>
        many && gradients !== undefined
          ? gradients(grads, source, ...rest)
          : (gradient as NonNullable<typeof gradient>)(grads[0] as Tensor, source, ...rest),
      );
      views.forEach((one, i) => {
        one.producer = node;
        one.outputIndex = i;
      });
    }
    return many ? views : (views[0] as Tensor);
  };

  const retake: Retake = (item, rest) => (input) => {
    const made = run([input, ...rest]);
    return Array.isArray(made) ? (made[item] as Tensor) : made;
  };

  const inPlace = (args: readonly unknown[]): Tensor => {
    const self = args[0] as Tensor;
    checkHistory(`${schema.name}_`, self);
    const result = run(args) as Tensor;
    self.shape = result.shape;
    self.strides = result.strides;
    self.offset = result.offset;
    self.count = result.count;
    self.dense = result.dense;
    if (modes.grad) {
      self.producer = result.producer;
      self.outputIndex = result.outputIndex;
    }
    self.storage.version++;
    if (self.viewOf !== null && result.viewOf !== null)
      self.viewOf = { ...result.viewOf, origin: self.viewOf.origin, version: self.storage.version };
    return self;
  };

  const record: OpRecord = {
    kind: "view",
    name: schema.name,
    schema,
    differentiable,
    dynamicShape: false,
    inPlace: spec.inPlace === true ? inPlace : null,
    run,
  };
  return callable<F>(record, null);
}
