/** Pointwise operations at work: programs for the value and the gradients of one scalar expression, and the way of a call to its kernel. */

import { modes } from "../../autograd/modes.js";
import { isComplexLike } from "../../core/complex.js";
import type { DType } from "../../core/dtype.js";
import { AutogradError, DeviceError, DTypeError, ShapeError } from "../../core/errors.js";
import { canCast } from "../../core/promotion.js";
import { broadcastPair, formatShape, type Shape, sameShape } from "../../core/shape.js";
import { gradient as derive } from "../../expr/derivative.js";
import { constant, type Expr, input, inputsOf, lift, mask, substitute, type Term } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { denseCopy } from "../copy.js";
import { emptyLike, emptyOn, scalarOn } from "../create.js";
import { checkInPlace, rebase } from "../graph.js";
import { Tensor } from "../tensor.js";
import { type DifferentiableOp, type GradientStep, PointwiseNode, type Value } from "./pointwiseNode.js";
import { computeFrom, computeType, type DTypeRule, gradientRule, resultOf } from "./rules.js";
import { complexError, fits, rounded } from "./scalars.js";

type Check = (...inputs: readonly unknown[]) => void;

/** A gradient that nobody has derived: throws when it is asked for. */
export type Underived = () => never;

/** Gradients of the operands where the derived ones will not do: expressions in the incoming gradient, the inputs and the result. */
export type GradientRule = (grad: Expr, inputs: readonly Expr[], out: Expr) => readonly (Term | Underived | null)[];

/** The gradient of an argument that PyTorch does not differentiate either. */
export function underived(op: string, argument: string): Underived {
  return () => {
    throw new AutogradError(`${op}: the derivative for '${argument}' is not implemented.`);
  };
}

/** The tensor in whose shape the result is, if all tensors have its dtype and its shape or no dimensions; null for other inputs. */
function largestAlike(values: readonly unknown[]): Tensor | null {
  let like: Tensor | null = null;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!(value instanceof Tensor)) {
      if (typeof value === "number") continue;
      return null;
    }
    if (like === null) like = value;
    else {
      if (value.dtype !== like.dtype || value.storage.backend !== like.storage.backend) return null;
      if (value.shape === like.shape || value.shape.length === 0) continue;
      if (like.shape.length === 0) like = value;
      else if (!sameShape(value.shape, like.shape)) return null;
    }
  }
  return like;
}

/** How tensors of one dtype are computed. */
interface Plan {
  readonly compute: DType;
  readonly result: DType;
  readonly differentiable: boolean;
  /** The defaults of the arguments behind the operands, as the kernel takes them. */
  readonly defaults: readonly (number | bigint)[];
}

/** The inputs with numbers behind them. Literals, since appending makes an array grow far beyond what it holds. */
function withDefaults(inputs: Value[], numbers: readonly (number | bigint)[]): Value[] {
  if (numbers.length === 0) return inputs;
  if (numbers.length === 1 && inputs.length === 2) return [inputs[0] as Value, inputs[1] as Value, numbers[0] as number | bigint];
  if (numbers.length === 1 && inputs.length === 1) return [inputs[0] as Value, numbers[0] as number | bigint];
  return [...inputs, ...numbers];
}

/** A pointwise operation without its public face: programs for the value and, made when first needed, for the gradients. */
export class Pointwise implements DifferentiableOp {
  private readonly program: Program;
  readonly expr: Expr;
  /** The gradients of the operands, made when first asked for. */
  private readonly steps: (GradientStep | undefined)[] = [];
  /** The same for calls in which the arguments in `wholes` have the given values. */
  private readonly usual: (GradientStep | undefined)[] = [];
  private readonly readsByWanted = new Map<number, number>();
  private readonly plans: (Plan | undefined)[] = new Array(12).fill(undefined);

  constructor(
    readonly name: string,
    readonly gradName: string | ((inputs: readonly unknown[]) => string),
    /** All inputs of the expression, operands first. */
    readonly arity: number,
    /** The leading inputs that may be tensors. */
    readonly operands: number,
    private readonly build: (inputs: readonly Expr[]) => Term,
    readonly rule: DTypeRule,
    private readonly override: GradientRule | null,
    readonly differentiable: boolean,
    /** For each operand, whether a number may stand for it. */
    private readonly admitsNumber: readonly boolean[],
    private readonly check: ((...inputs: never[]) => void) | null,
    /** Whether the result is reduced to one element: a gradient then reads its operand, if only for the shape. */
    private readonly isReduced: boolean = false,
    /** Arguments by number whose defaults are whole numbers: gradients become simpler by them, as that of `add` where alpha is 1. */
    private readonly wholes: ReadonlyMap<number, number> = new Map(),
  ) {
    this.expr = lift(build(this.inputs(0)));
    this.program = new Program(name, [this.expr], arity);
  }

  /** Whether the value is the first input as it is. */
  get isIdentity(): boolean {
    return this.expr === input(0);
  }

  private inputs(shift: number): Expr[] {
    return Array.from({ length: this.arity }, (_, i) => (i < this.rule.masks ? mask(i + shift) : input(i + shift)));
  }

  /** The gradient of operand `i` as an operation on [gradient of the result, inputs…, result]. */
  step(i: number): GradientStep {
    this.steps[i] ??= this.makeStep(i, this.inputs(1));
    return this.steps[i];
  }

  /** The same for a call with the given inputs. It reads no more than `step(i)`. */
  stepFor(i: number, values: readonly unknown[]): GradientStep {
    if (this.wholes.size === 0) return this.step(i);
    for (const [which, value] of this.wholes) if (values[which] !== value) return this.step(i);
    this.usual[i] ??= this.makeStep(
      i,
      this.inputs(1).map((given, which) => (this.wholes.has(which) ? constant(this.wholes.get(which) as number) : given)),
    );
    return this.usual[i];
  }

  private makeStep(i: number, inputs: readonly Expr[]): GradientStep {
    const expr = this.gradientOf(i, inputs);
    if (typeof expr === "function") return { op: { evaluate: expr, isIdentity: false }, reads: [0] };
    return gradientStep(`${this.name}Backward`, expr, this.isReduced ? i + 1 : 0);
  }

  /** The gradient of operand `i`; number 0 is the gradient of the result, the inputs follow, then the result. */
  private gradientOf(i: number, inputs: readonly Expr[]): Expr | Underived {
    if (this.override === null) return derive(lift(this.build(inputs)), inputs[i] as Expr, input(0));
    const given = this.override(input(0), inputs, input(this.arity + 1))[i];
    if (typeof given === "function") return given;
    return given === null || given === undefined ? constant(0) : lift(given);
  }

  reads(wanted: number): number {
    const known = this.readsByWanted.get(wanted);
    if (known !== undefined) return known;
    let reads = 0;
    for (let i = 0; i < this.operands; i++)
      if (Math.floor(wanted / 2 ** i) % 2 === 1) for (const which of this.step(i).reads) reads |= 1 << which;
    this.readsByWanted.set(wanted, reads);
    return reads;
  }

  /** The dtype to compute in; the quick answer where all operands have one dtype. */
  computeFor(values: readonly unknown[]): DType {
    const first = values[this.rule.masks];
    let uniform = first instanceof Tensor;
    if (first instanceof Tensor) {
      for (let i = this.rule.masks + 1; i < this.operands; i++) {
        const value = values[i];
        if (value instanceof Tensor ? value.dtype !== first.dtype : !fits(value, first.dtype)) {
          uniform = false;
          break;
        }
      }
      if (uniform) return this.rule.strict ? first.dtype : computeFrom(this.name, this.rule, first.dtype);
    }
    return computeType(this.name, this.rule, values, this.operands);
  }

  /** The broadcast shape of the operands, checking that they are on one device. */
  private shape(values: readonly unknown[]): Shape {
    let shape: Shape | null = null;
    let first: Tensor | null = null;
    for (let i = 0; i < this.operands; i++) {
      const value = values[i];
      if (!(value instanceof Tensor)) continue;
      if (first === null) first = value;
      else if (value.storage.backend !== first.storage.backend) {
        throw new DeviceError(
          `${this.name}: expected all tensors to be on the same device, but found at least two devices, ${first.device} and ${value.device}. Move one with .to(device).`,
        );
      }
      shape = shape === null ? value.shape : value.shape === shape ? shape : broadcastPair(this.name, shape, value.shape);
    }
    return shape as Shape;
  }

  /** Numbers as the computation takes them; complex numbers become tensors. */
  private coerce(values: unknown[], compute: DType): Value[] {
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value instanceof Tensor) continue;
      values[i] = isComplexLike(value)
        ? scalarOn(this.like(values).storage.backend, value, compute.isComplex ? compute : complexError(this.name, value))
        : rounded(value, compute, this.rule.result === "bool");
    }
    return values as Value[];
  }

  private like(values: readonly unknown[]): Tensor {
    for (let i = 0; i < this.operands; i++) if (values[i] instanceof Tensor) return values[i] as Tensor;
    throw new DTypeError(`${this.name}(): at least one argument must be a Tensor`);
  }

  /** The result for inputs in the order of the expression. Takes over the array. */
  evaluate(given: unknown[]): Tensor {
    if (this.check !== null) (this.check as Check)(...given);
    const alike = this.rule.strict ? largestAlike(given) : null;
    if (alike !== null) return this.uniform(alike, alike.dtype, given as Value[]);
    const like = this.like(given);
    const shape = this.operands === 1 ? like.shape : this.shape(given);
    const compute = this.computeFor(given);
    const values = this.coerce(given, compute);
    const dtype = resultOf(this.rule, compute);
    const out = shape === like.shape ? emptyLike(like, dtype) : emptyOn(like.storage.backend, shape, dtype);
    like.storage.backend.kernels.pointwise(this.program, compute, [out], values);
    if (modes.grad && this.differentiable && this.wanted(values) && (dtype.isFloatingPoint || dtype.isComplex)) {
      out.producer = new PointwiseNode(this, values, out);
    }
    return out;
  }

  /** The result of a gradient whose inputs have one dtype, in the shape of `like`. */
  private uniform(like: Tensor, dtype: DType, values: Value[]): Tensor {
    const out = emptyLike(like, dtype);
    like.storage.backend.kernels.pointwise(this.program, dtype, [out], values);
    if (modes.grad && this.wanted(values)) out.producer = new PointwiseNode(this, values, out);
    return out;
  }

  /**
   * The result for operands given by position and nothing else, or undefined where that needs more care. Small tensors spend
   * more time on the way to the kernel than in it, so the common cases (one tensor; two of one shape and dtype; a tensor and a
   * number) go here straight.
   */
  quick(args: unknown[], defaults: readonly unknown[]): Tensor | undefined {
    const first = args[0];
    if (args.length !== this.operands || !(first instanceof Tensor) || this.rule.masks !== 0) return undefined;
    const inputs = args as Value[];
    for (let i = 1; i < inputs.length; i++) {
      const other = inputs[i];
      if (other instanceof Tensor) {
        if (other.dtype !== first.dtype || other.storage.backend !== first.storage.backend) return undefined;
        if (other.shape !== first.shape && !sameShape(other.shape, first.shape)) return undefined;
      } else if (!fits(other, first.dtype) || this.admitsNumber[i] !== true) return undefined;
    }
    let plan = this.plans[first.dtype.code];
    // A check that takes more than the operands is about the numbers behind them: their defaults need it only once.
    if (this.check !== null && (plan === undefined || this.check.length <= this.operands)) (this.check as Check)(...args, ...defaults);
    plan ??= this.planFor(first.dtype, defaults);
    for (let i = 1; i < inputs.length; i++)
      if (typeof inputs[i] === "number") inputs[i] = rounded(inputs[i], plan.compute, this.rule.result === "bool");
    const values = withDefaults(inputs, plan.defaults);
    const out = emptyLike(first, plan.result);
    first.storage.backend.kernels.pointwise(this.program, plan.compute, [out], values);
    if (modes.grad && plan.differentiable && this.wanted(values)) out.producer = new PointwiseNode(this, values, out);
    return out;
  }

  private planFor(dtype: DType, defaults: readonly unknown[]): Plan {
    const compute = this.rule.strict ? dtype : computeFrom(this.name, this.rule, dtype);
    const result = resultOf(this.rule, compute);
    const plan: Plan = {
      compute,
      result,
      differentiable: this.differentiable && (result.isFloatingPoint || result.isComplex),
      defaults: defaults.map((value) => rounded(value, compute, this.rule.result === "bool")),
    };
    this.plans[dtype.code] = plan;
    return plan;
  }

  private wanted(values: readonly Value[]): boolean {
    for (let i = 0; i < this.operands; i++) {
      const value = values[i];
      if (value instanceof Tensor && (value.producer !== null || value.wantsGrad || (value.viewOf !== null && value.requiresGrad)))
        return true;
    }
    return false;
  }

  /** Writes the result into the first operand. */
  evaluateInPlace(given: unknown[]): Tensor {
    const op = `${this.name}_`;
    const self = given[0] as Tensor;
    if (this.check !== null) (this.check as Check)(...given);
    checkInPlace(op, self, given);
    const shape = this.shape(given);
    if (!sameShape(shape, self.shape)) {
      throw new ShapeError(`${op}: output with shape ${formatShape(self.shape)} doesn't match the broadcast shape ${formatShape(shape)}`);
    }
    const compute = this.computeFor(given);
    const dtype = resultOf(this.rule, compute);
    if (!canCast(dtype, self.dtype)) {
      throw new DTypeError(`${op}: result type ${dtype.scalarName} can't be cast to the desired output type ${self.dtype.scalarName}`);
    }
    const values = this.coerce(given, compute);
    const recorded = modes.grad && this.differentiable && this.wanted(values) && (self.dtype.isFloatingPoint || self.dtype.isComplex);
    const inputs = [...values];
    for (let i = 1; i < inputs.length; i++) {
      const other = inputs[i];
      if (other instanceof Tensor && other !== self && other.storage.root === self.storage.root) inputs[i] = denseCopy(other);
    }
    let node: PointwiseNode | null = null;
    if (recorded) {
      // A gradient that reads what is overwritten gets a copy of it.
      for (let i = 0; i < this.operands; i++) {
        if (values[i] instanceof Tensor && (values[i] as Tensor).requiresGrad && this.step(i).reads.includes(1)) {
          values[0] = denseCopy(self);
          break;
        }
      }
      node = new PointwiseNode(this, values, self, self);
    }
    self.storage.backend.kernels.pointwise(this.program, compute, [self], inputs);
    rebase(self, node, 0);
    if (node !== null) node.keepOut(self);
    return self;
  }
}

/** `shaped` is the number of an input that gives the shape, as input 0, the incoming gradient, does otherwise. */
function gradientStep(name: string, expr: Expr, shaped: number): GradientStep {
  const reads = [...new Set([0, shaped, ...inputsOf(expr)])];
  const build = (inputs: readonly Expr[]): Expr =>
    substitute(expr, (node) => {
      const to = inputs[reads.indexOf(node.index)] as Expr;
      return node.mask && to.kind === "input" ? mask(to.index) : to;
    });
  return {
    op: new Pointwise(
      name,
      `${name.charAt(0).toUpperCase()}${name.slice(1)}Backward0`,
      reads.length,
      reads.length,
      build,
      gradientRule,
      null,
      true,
      [],
      null,
    ),
    reads,
  };
}
