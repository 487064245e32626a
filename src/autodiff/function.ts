/** Custom differentiable functions: a forward and a backward written by the user. */

// biome-ignore-all lint/complexity/noStaticOnlyClass: users extend the class, as in PyTorch
// biome-ignore-all lint/complexity/noThisInStatic: the subclass that was called has its own forward and backward

import { modes } from "../autograd/modes.js";
import { Node } from "../autograd/node.js";
import type { Backend } from "../backend/contract.js";
import { ArgumentError, AutogradError } from "../core/errors.js";
import { formatShape, type Shape, sameShape } from "../core/shape.js";
import { noteExposure } from "../tensor/accumulate.js";
import { emptyOn } from "../tensor/create.js";
import { fit } from "../tensor/define/fit.js";
import { checkVersion, freedError } from "../tensor/define/saved.js";
import { connect, rebase } from "../tensor/graph.js";
import { PackedTensor, packAll, type SavedTensorHooks, savedHooks } from "../tensor/savedTensors.js";
import { Tensor } from "../tensor/tensor.js";
import { isBatched } from "./func/level.js";

/** What `forward` and `backward` of one call share. */
export class FunctionContext {
  private saved: { readonly tensors: readonly (Tensor | PackedTensor | null)[]; readonly versions: readonly number[] } | null = {
    tensors: [],
    versions: [],
  };
  /** @internal */
  readonly nonDifferentiable: Set<Tensor> = new Set();
  /** @internal */
  readonly dirty: Set<Tensor> = new Set();
  /** @internal */
  materializeGrads = true;
  /** For each argument of `forward`, whether a gradient is wanted for it. */
  needsInputGrad: readonly boolean[] = [];
  [key: string]: unknown;

  /** Keeps tensors for `backward`, which reads them as `savedTensors`. */
  saveForBackward(...tensors: (Tensor | null)[]): void {
    tensors.forEach((tensor: unknown, i) => {
      if (tensor !== null && !(tensor instanceof Tensor)) {
        throw new ArgumentError(
          `saveForBackward: can only save tensors, but argument ${i} is of type ${typeof tensor}; keep it as a property of ctx`,
        );
      }
    });
    this.saved = { tensors, versions: tensors.map((tensor) => tensor?.storage.version ?? 0) };
  }

  /**
   * The tensors given to `saveForBackward`.
   * @throws {AutogradError} if one was modified in place since, or the graph was freed.
   */
  get savedTensors(): readonly Tensor[] {
    const saved = this.saved;
    if (saved === null) throw freedError();
    return saved.tensors.map((tensor, i) => {
      if (tensor instanceof PackedTensor) return tensor.unpack();
      if (tensor !== null) checkVersion(tensor, saved.versions[i] as number);
      return tensor;
    }) as readonly Tensor[];
  }

  /** @internal Hands what was saved to hooks, once the results are connected to the graph. */
  pack(hooks: SavedTensorHooks): void {
    if (this.saved !== null) this.saved = { ...this.saved, tensors: packAll(this.saved.tensors, hooks) as (PackedTensor | null)[] };
  }

  /** Marks results through which no gradient flows. */
  markNonDifferentiable(...tensors: Tensor[]): void {
    for (const tensor of tensors) this.nonDifferentiable.add(tensor);
  }

  /** Marks arguments that `forward` modified in place and returns. */
  markDirty(...tensors: Tensor[]): void {
    for (const tensor of tensors) this.dirty.add(tensor);
  }

  /** Whether results that were not used give zeros to `backward` (the default) or null. */
  setMaterializeGrads(value: boolean): void {
    this.materializeGrads = value;
  }

  /** @internal */
  release(): void {
    this.saved = null;
  }
}

/** What `backward` returns: a gradient for each argument of `forward`, or one alone. */
type Gradients = Tensor | null | undefined | readonly (Tensor | null | undefined)[];

/** The static side of a custom function. */
interface FunctionClass<A extends unknown[], R> {
  readonly name: string;
  forward(ctx: FunctionContext, ...args: A): R;
  backward(ctx: FunctionContext, ...grads: Tensor[]): Gradients;
}

type Form = Pick<Tensor, "shape" | "dtype"> & { readonly backend: Backend };

const formOf = (value: unknown): Form | null =>
  value instanceof Tensor ? { shape: value.shape, dtype: value.dtype, backend: value.storage.backend } : null;

class CustomNode extends Node<Tensor> {
  /** For each result and each argument that is a tensor, its form. */
  private readonly outs: readonly (Form | null)[];
  private readonly args: readonly (Form | null)[];

  constructor(
    readonly name: string,
    outs: readonly unknown[],
    args: readonly unknown[],
    private readonly context: FunctionContext,
    private readonly call: (ctx: FunctionContext, ...grads: Tensor[]) => Gradients,
  ) {
    super(outs.length);
    this.outs = outs.map(formOf);
    this.args = args.map(formOf);
    for (const arg of args) if (arg instanceof Tensor) connect(this, arg);
  }

  apply(grads: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
    const given = this.outs.map((form, i) => {
      const grad = grads[i] ?? null;
      // The function may keep what it is given.
      if (grad !== null) noteExposure(grad);
      return grad === null && form !== null && this.context.materializeGrads ? emptyOn(form.backend, form.shape, form.dtype).zero_() : grad;
    });
    const result = this.call(this.context, ...(given as Tensor[]));
    const list: readonly unknown[] = Array.isArray(result) ? result : [result];
    const { length } = this.args;
    const surplus = list.slice(length).some((grad) => grad !== null && grad !== undefined);
    if (list.length < length || surplus)
      throw new AutogradError(
        `${this.name}: function ${this.name} returned an incorrect number of gradients (expected ${length}, got ${list.length})`,
      );
    const results: (Tensor | null)[] = [];
    this.args.forEach((form, i) => {
      if (form !== null) results.push(this.gradient(list[i] ?? null, form, i));
    });
    return results;
  }

  /** A gradient that `backward` returned, checked and brought to the form of its argument. */
  private gradient(grad: unknown, form: Form, i: number): Tensor | null {
    if (grad === null) return null;
    if (!(grad instanceof Tensor))
      throw new AutogradError(
        `${this.name}: function ${this.name} returned ${typeof grad} at index ${i}, where a Tensor or null was expected`,
      );
    noteExposure(grad);
    if (!sameShape(grad.shape, form.shape) && !isExpandable(form.shape, grad.shape)) {
      throw new AutogradError(
        `${this.name}: function ${this.name} returned an invalid gradient at index ${i} - got ${formatShape(grad.shape)} but expected shape compatible with ${formatShape(form.shape)}`,
      );
    }
    return fit(grad, form.shape, form.dtype);
  }

  override release(): void {
    this.context.release();
  }
}

/** Whether a shape stretches to another one. */
function isExpandable(from: Shape, to: Shape): boolean {
  const lead = to.length - from.length;
  return lead >= 0 && from.every((size, d) => size === 1 || size === to[d + lead]);
}

/**
 * A differentiable function with its own `forward` and `backward`, called by `apply`.
 * @example
 * ```ts
 * class Square extends torch.autograd.Function {
 *   static override forward(ctx: torch.autograd.FunctionContext, x: torch.Tensor): torch.Tensor {
 *     ctx.saveForBackward(x);
 *     return x.mul(x);
 *   }
 *   static override backward(ctx: torch.autograd.FunctionContext, grad: torch.Tensor): torch.Tensor {
 *     const [x] = ctx.savedTensors;
 *     return grad.mul(x!).mul(2);
 *   }
 * }
 * const y = Square.apply(torch.tensor(3, { requiresGrad: true }));
 * ```
 */
export class Function {
  /** Computes the results; nothing in it is recorded. */
  static forward(_ctx: FunctionContext, ..._args: never[]): unknown {
    throw new AutogradError("Function: You must implement the forward function for a custom autograd.Function.");
  }

  /** Computes the gradients of the arguments from those of the results. */
  static backward(_ctx: FunctionContext, ..._grads: Tensor[]): Gradients {
    throw new AutogradError(
      "Function: You must implement the backward function for a custom autograd.Function to use it with backward mode AD.",
    );
  }

  /** Calls the function and records it. */
  static apply<A extends unknown[], R>(this: FunctionClass<A, R>, ...args: A): R {
    if (args.some((arg) => arg instanceof Tensor && isBatched(arg)))
      throw new ArgumentError(
        "apply: a Function cannot be vectorised, since its backward is not seen by vmap; express it with operations, or call vmap within its forward and backward",
      );
    const context = new FunctionContext();
    context.needsInputGrad = args.map((arg) => arg instanceof Tensor && arg.requiresGrad);
    const recorded = modes.grad && context.needsInputGrad.some((needed) => needed);
    const before = modes.grad;
    let result: R;
    modes.grad = false;
    try {
      result = this.forward(context, ...args);
    } finally {
      modes.grad = before;
    }
    const many = Array.isArray(result);
    const outs = (many ? [...(result as unknown[])] : [result]).map((out) => {
      // An argument returned as it is becomes a tensor of its own, so that it can have a history of its own.
      return out instanceof Tensor && args.includes(out) && !context.dirty.has(out) ? out.detach() : out;
    });
    for (const dirty of context.dirty) checkDirty(this.name, dirty, outs);
    if (recorded) {
      const node = new CustomNode(`${this.name}Backward`, outs, args, context, (ctx, ...grads) => this.backward(ctx, ...grads));
      outs.forEach((out, i) => {
        if (!(out instanceof Tensor) || context.nonDifferentiable.has(out) || (!out.dtype.isFloatingPoint && !out.dtype.isComplex)) return;
        if (context.dirty.has(out)) rebase(out, node, i);
        else {
          out.producer = node;
          out.outputIndex = i;
        }
      });
      if (savedHooks.current !== null) context.pack(savedHooks.current);
    }
    return (many ? outs : outs[0]) as R;
  }
}

/** Checks an argument that `forward` says it modified. */
function checkDirty(name: string, dirty: Tensor, outs: readonly unknown[]): void {
  if (!outs.includes(dirty)) {
    throw new AutogradError(
      `${name}: Some elements marked as dirty during the forward method were not returned as output. The inputs that are modified inplace must all be outputs of the Function.`,
    );
  }
  if (modes.grad && dirty.wantsGrad)
    throw new AutogradError(`${name}: a leaf Variable that requires grad has been used in an in-place operation.`);
}
