/** Recorded pointwise operations: what they keep for the backward pass, and how gradients go through them. */

import { Node, nextSequence } from "../../autograd/node.js";
import type { DType } from "../../core/dtype.js";
import { AutogradError } from "../../core/errors.js";
import type { Shape } from "../../core/shape.js";
import { edgeOf } from "../graph.js";
import { PackedTensor, packAll, savedHooks, unpackAll } from "../savedTensors.js";
import { Tensor } from "../tensor.js";
import { fit } from "./fit.js";
import { checkVersion, freedError } from "./saved.js";

/** A tensor, or a number for every element. */
export type Value = Tensor | number | bigint;

/** The gradient of one operand as an operation, and which of [gradient of the result, inputs…, result] it reads. */
export interface GradientStep {
  readonly op: { evaluate(given: unknown[]): Tensor; readonly isIdentity: boolean };
  readonly reads: readonly number[];
}

/** What a node needs to know of its operation. */
export interface DifferentiableOp {
  readonly name: string;
  readonly gradName: string | ((inputs: readonly unknown[]) => string);
  /** All inputs, operands first. */
  readonly arity: number;
  /** The leading inputs that may be tensors. */
  readonly operands: number;
  step(operand: number): GradientStep;
  /** The same for a call with the given values, which may be simpler and read less. */
  stepFor(operand: number, values: readonly unknown[]): GradientStep;
  /** Bit `i` says whether the gradients of the wanted operands (bits as well) read number `i` of [gradient, inputs…, result]. */
  reads(wanted: number): number;
}

/** A recorded pointwise operation. It keeps only what the gradients that are wanted will read. */
export class PointwiseNode extends Node<Tensor> {
  private values: readonly (Value | PackedTensor | null)[] | null;
  private out: Tensor | PackedTensor | null = null;
  private outVersion = 0;
  /** Versions of the values; null while all are 0, as they are for tensors that nobody writes in place. */
  private versions: number[] | null = null;
  /** Shapes and dtypes of the operands; null where all are the result's. */
  private fits: { readonly shape: Shape; readonly dtype: DType }[] | null = null;
  readonly name: string;
  private readonly readsOut: boolean;

  /**
   * @param values the inputs of the operation; the node takes over the array.
   * @param first the first operand as the graph knows it, where `values` holds a copy of it.
   */
  constructor(
    private readonly op: DifferentiableOp,
    values: Value[],
    out: Tensor,
    first: Tensor | null = null,
  ) {
    const { operands } = op;
    const head = first ?? (values[0] as Value);
    // Literals for the common cases: arrays that grow take several times the memory.
    super(
      1,
      nextSequence(),
      operands === 1
        ? [sourceOf(head)]
        : operands === 2
          ? [sourceOf(head), sourceOf(values[1] as Value)]
          : [head, ...values.slice(1, operands)].map(sourceOf),
      operands === 1
        ? [indexOf(head)]
        : operands === 2
          ? [indexOf(head), indexOf(values[1] as Value)]
          : [head, ...values.slice(1, operands)].map(indexOf),
    );
    this.name = typeof op.gradName === "string" ? op.gradName : op.gradName(values);
    let wanted = 0;
    for (let i = 0; i < operands; i++) {
      if (this.next[i] !== null) wanted += 2 ** i;
      const value = values[i];
      if (value instanceof Tensor && this.fits === null && (value.shape !== out.shape || value.dtype !== out.dtype))
        this.fits = shapesOf(values, operands, out);
    }
    const reads = op.reads(wanted);
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (!(value instanceof Tensor)) continue;
      if ((reads & (1 << (i + 1))) === 0) (values as (Value | null)[])[i] = null;
      else if (value.storage.version !== 0) {
        this.versions ??= new Array<number>(values.length).fill(0);
        this.versions[i] = value.storage.version;
      }
    }
    const hooks = savedHooks.current;
    this.values = hooks === null ? values : (packAll(values, hooks) as (Value | PackedTensor | null)[]);
    this.readsOut = (reads & (1 << (op.arity + 1))) !== 0;
    // What is written in place has yet to get its value.
    if (first === null) this.keepOut(out);
  }

  /** Keeps the result, if a gradient will read it. */
  keepOut(out: Tensor): void {
    if (!this.readsOut) return;
    this.out = savedHooks.current === null ? out : new PackedTensor(out, savedHooks.current);
    this.outVersion = out.storage.version;
  }

  apply(grads: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
    const grad = grads[0];
    if (grad === null || grad === undefined) return [];
    const { op } = this;
    const values = this.unpacked();
    const out = this.out instanceof PackedTensor ? this.out.unpack(this, 0) : this.out;
    const results: (Tensor | null)[] =
      op.operands === 2 ? [null, null] : op.operands === 1 ? [null] : new Array<Tensor | null>(op.operands).fill(null);
    for (let i = 0; i < op.operands; i++) {
      if (this.next[i] === null) continue;
      const step = op.stepFor(i, values);
      const result = step.op.isIdentity ? grad : step.op.evaluate(step.reads.map((which) => this.read(which, grad, values, out)));
      const target = this.fits?.[i];
      results[i] = target === undefined ? result : fit(result, target.shape, target.dtype);
    }
    return results;
  }

  /** The values; what hooks packed is unpacked, and then needs no check. */
  private unpacked(): readonly (Value | null)[] {
    const { values } = this;
    if (values === null) throw freedError();
    for (const value of values) if (value instanceof PackedTensor) return unpackAll(values) as (Value | null)[];
    return values as readonly (Value | null)[];
  }

  private read(which: number, grad: Tensor, values: readonly (Value | null)[], out: Tensor | null): Value {
    if (which === 0) return grad;
    if (which > this.op.arity) {
      if (out === null) throw new AutogradError(`${this.op.name}: the result was not saved`);
      if (out === this.out) checkVersion(out, this.outVersion);
      return out;
    }
    const value = values[which - 1] as Value;
    if (value instanceof Tensor && value === this.values?.[which - 1]) checkVersion(value, this.versions?.[which - 1] ?? 0);
    return value;
  }

  /** Where no tensor is kept there is nothing to give up, and another pass may come. */
  override release(): void {
    if (this.values?.some((value) => value instanceof Tensor || value instanceof PackedTensor) === true || this.out !== null)
      this.values = null;
    this.out = null;
  }
}

function sourceOf(value: Value): Node<Tensor> | null {
  return value instanceof Tensor ? edgeOf(value) : null;
}

function indexOf(value: Value): number {
  return value instanceof Tensor && value.producer !== null ? value.outputIndex : 0;
}

function shapesOf(values: readonly Value[], operands: number, out: Tensor): { shape: Shape; dtype: DType }[] {
  return values
    .slice(0, operands)
    .map((value) => (value instanceof Tensor ? { shape: value.shape, dtype: value.dtype } : { shape: out.shape, dtype: out.dtype }));
}
