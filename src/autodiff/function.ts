/** Custom differentiable functions: a forward and a backward written by the user. */

import { modes } from "../autograd/modes.js";
import { Node } from "../autograd/node.js";
import { AutogradError } from "../core/errors.js";
import { formatShape, sameShape } from "../core/shape.js";
import { checkVersion, freedError } from "../tensor/define/saved.js";
import { connect, rebase } from "../tensor/graph.js";
import { Tensor } from "../tensor/tensor.js";

/** What `forward` and `backward` of one call share. */
export class FunctionContext {
  private saved: { readonly tensors: readonly (Tensor | null)[]; readonly versions: readonly number[] } | null = { tensors: [], versions: [] };
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
    this.saved = { tensors, versions: tensors.map((tensor) => tensor?.storage.version ?? 0) };
  }

  /**
   * The tensors given to `saveForBackward`.
   * @throws {AutogradError} if one was modified in place since, or the graph was freed.
   */
  get savedTensors(): readonly Tensor[] {
    const saved = this.saved;
    if (saved === null) throw freedError();
    saved.tensors.forEach((tensor, i) => {
      if (tensor !== null) checkVersion(tensor, saved.versions[i] as number);
    });
    return saved.tensors as readonly Tensor[];
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

class CustomNode extends Node<Tensor> {
  constructor(
    readonly name: string,
    outputs: readonly Tensor[],
    private readonly context: FunctionContext,
    private readonly args: readonly { readonly shape: readonly number[] | null }[],
    private readonly call: (ctx: FunctionContext, ...grads: Tensor[]) => Gradients,
  ) {
    super(outputs.length);
    this.zeros = outputs.map((out) => () => out.detach().mul(0));
  }

  private readonly zeros: readonly (() => Tensor)[];

  apply(grads: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
    const given = grads.map((grad, i) => (grad === null && this.context.materializeGrads ? (this.zeros[i] as () => Tensor)() : grad));
    const result = this.call(this.context, ...(given as Tensor[]));
    const list: readonly (Tensor | null | undefined)[] = Array.isArray(result) ? result : [result as Tensor | null | undefined];
    if (list.length > this.args.length && list.slice(this.args.length).some((grad) => grad !== null && grad !== undefined)) {
      throw new AutogradError(`${this.name}: function ${this.name} returned an incorrect number of gradients (expected ${this.args.length}, got ${list.length})`);
    }
    const results: (Tensor | null)[] = [];
    this.args.forEach((arg, i) => {
      if (arg.shape === null) return;
      const grad = list[i] ?? null;
      if (grad !== null && !sameShape(grad.shape, arg.shape)) {
        throw new AutogradError(`${this.name}: function ${this.name} returned an invalid gradient at index ${i} - got ${formatShape(grad.shape)} but expected shape compatible with ${formatShape(arg.shape)}`);
      }
      results.push(grad);
    });
    return results;
  }

  override release(): void {
    this.context.release();
  }
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
    throw new AutogradError("Function: You must implement the backward function for a custom autograd.Function to use it with backward mode AD.");
  }

  /** Calls the function and records it. */
  static apply<A extends unknown[], R>(this: FunctionClass<A, R>, ...args: A): R {
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
    const tensors = outs.filter((out): out is Tensor => out instanceof Tensor);
    if (recorded) {
      const node = new CustomNode(
        `${this.name}Backward`,
        tensors,
        context,
        args.map((arg) => ({ shape: arg instanceof Tensor ? arg.shape : null })),
        (ctx, ...grads) => this.backward(ctx, ...grads),
      );
      for (const arg of args) if (arg instanceof Tensor) connect(node, arg);
      tensors.forEach((out, i) => {
        if (context.nonDifferentiable.has(out) || (!out.dtype.isFloatingPoint && !out.dtype.isComplex)) return;
        if (context.dirty.has(out)) rebase(out, node, i);
        else {
          out.producer = node;
          out.outputIndex = i;
        }
      });
    }
    return (many ? outs : outs[0]) as R;
  }
}
