/** Pointwise operations: one scalar expression gives the value, the gradients and the in-place variant on every device. */

import { modes } from "../../autograd/modes.js";
import { Node } from "../../autograd/node.js";
import { type ComplexLike, isComplexLike } from "../../core/complex.js";
import { complex64, complex128, type DType, float32, float64, int64 } from "../../core/dtype.js";
import { AutogradError, DeviceError, DTypeError, ShapeError } from "../../core/errors.js";
import { decodeBfloat16, decodeFloat16, encodeBfloat16, encodeFloat16 } from "../../core/half.js";
import { canCast } from "../../core/promotion.js";
import { broadcastPair, formatShape, sameShape, type Shape } from "../../core/shape.js";
import { gradient as derive } from "../../expr/derivative.js";
import { constant, type Expr, input, inputsOf, lift, mask, substitute, type Term } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { emptyLike, emptyOn, scalarOn } from "../create.js";
import { callable, type InPlaceOp, type Op, type OpRecord } from "../dispatch.js";
import { connect, checkInPlace, rebase } from "../graph.js";
import { denseCopy } from "../copy.js";
import { parseSchema, type Schema } from "../schema.js";
import { Tensor } from "../tensor.js";
import { fit } from "./fit.js";
import { nodeName } from "./names.js";
import { checkVersion, freedError } from "./saved.js";
import { computeFrom, computeType, type DTypeRule, gradientRule, resultOf } from "./rules.js";

/** A tensor, or a number for every element. */
type Value = Tensor | number | bigint;

/** Gradients of the operands where the derived ones will not do: expressions in the incoming gradient, the inputs and the result. */
export type GradientRule = (grad: Expr, inputs: readonly Expr[], out: Expr) => readonly (Term | null)[];

/** What an author may add to the expression. */
export interface PointwiseOptions {
  readonly gradient?: GradientRule;
  /** The name of the graph node, where it is not the operation's. */
  readonly gradName?: string;
  /** The number of leading arguments that are tensors or numbers beside them; by default those without a default value. */
  readonly operands?: number;
  /** Whether there is an in-place variant; by default there is. */
  readonly inPlace?: boolean;
  /** False where the derivative is zero or undefined by convention, and results require no gradient. */
  readonly differentiable?: boolean;
}

/** The number as an element of `compute` would hold it. */
function rounded(value: unknown, compute: DType): number | bigint {
  if (compute === int64) return typeof value === "bigint" ? value : BigInt(Math.trunc(Number(value)));
  const number = Number(value);
  if (compute === float32 || compute === complex64) return Math.fround(number);
  if (compute === float64 || compute === complex128) return number;
  if (compute.name === "float16") return decodeFloat16(encodeFloat16(number));
  if (compute.name === "bfloat16") return decodeBfloat16(encodeBfloat16(number));
  return Math.trunc(number);
}

/** A pointwise operation without its public face: programs for the value and, made when first needed, for the gradients. */
class Pointwise {
  private readonly program: Program;
  private readonly expr: Expr;
  private readonly gradients: (GradientStep | null)[] = [];

  constructor(
    readonly name: string,
    readonly gradName: string,
    /** All inputs of the expression, operands first. */
    readonly arity: number,
    /** The leading inputs that may be tensors. */
    readonly operands: number,
    private readonly build: (inputs: readonly Expr[]) => Term,
    readonly rule: DTypeRule,
    private readonly override: GradientRule | null,
    readonly differentiable: boolean,
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
    const known = this.gradients[i];
    if (known !== undefined && known !== null) return known;
    const inputs = this.inputs(1);
    const out = input(this.arity + 1);
    let expr: Expr;
    if (this.override !== null) {
      const given = this.override(input(0), inputs, out)[i];
      expr = given === null || given === undefined ? constant(0) : lift(given);
    } else expr = derive(lift(this.build(inputs)), inputs[i] as Expr, input(0));
    const step = gradientStep(`${this.name}Backward`, expr);
    this.gradients[i] = step;
    return step;
  }

  /** The dtype to compute in; the quick answer where all operands have one dtype. */
  private compute(values: readonly unknown[]): DType {
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
        throw new DeviceError(`${this.name}: expected all tensors to be on the same device, but found at least two devices, ${first.device} and ${value.device}. Move one with .to(device).`);
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
      values[i] = isComplexLike(value) ? scalarOn(this.like(values).storage.backend, value, compute.isComplex ? compute : complexError(this.name, value)) : rounded(value, compute);
    }
    return values as Value[];
  }

  private like(values: readonly unknown[]): Tensor {
    for (let i = 0; i < this.operands; i++) if (values[i] instanceof Tensor) return values[i] as Tensor;
    throw new DTypeError(`${this.name}(): at least one argument must be a Tensor`);
  }

  /** The result for inputs in the order of the expression. Takes over the array. */
  evaluate(given: unknown[]): Tensor {
    const like = this.like(given);
    const shape = this.operands === 1 ? like.shape : this.shape(given);
    const compute = this.compute(given);
    const values = this.coerce(given, compute);
    const dtype = resultOf(this.rule, compute);
    const out = shape === like.shape ? emptyLike(like, dtype) : emptyOn(like.storage.backend, shape, dtype);
    like.storage.backend.kernels.pointwise(this.program, compute, [out], values);
    if (modes.grad && this.differentiable && this.wanted(values) && (dtype.isFloatingPoint || dtype.isComplex)) {
      out.producer = new PointwiseNode(this, values, out);
    }
    return out;
  }

  private wanted(values: readonly Value[]): boolean {
    for (let i = 0; i < this.operands; i++) {
      const value = values[i];
      if (value instanceof Tensor && (value.producer !== null || value.wantsGrad || (value.viewOf !== null && value.requiresGrad))) return true;
    }
    return false;
  }

  /** Writes the result into the first operand. */
  evaluateInPlace(given: unknown[]): Tensor {
    const op = `${this.name}_`;
    const self = given[0] as Tensor;
    checkInPlace(op, self);
    const shape = this.shape(given);
    if (!sameShape(shape, self.shape)) {
      throw new ShapeError(`${op}: output with shape ${formatShape(self.shape)} doesn't match the broadcast shape ${formatShape(shape)}`);
    }
    const compute = this.compute(given);
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
      node = new PointwiseNode(this, values, null, self);
    }
    self.storage.backend.kernels.pointwise(this.program, compute, [self], inputs);
    rebase(self, node, 0);
    if (node !== null) node.keepOut(self);
    return self;
  }
}

/** Whether a number beside tensors of a dtype leaves that dtype as it is. */
function fits(value: unknown, dtype: DType): boolean {
  if (typeof value === "number") return dtype.kind === "float" || dtype.kind === "complex" || (dtype.kind === "int" && Number.isInteger(value));
  return false;
}

function complexError(op: string, value: ComplexLike): never {
  throw new DTypeError(`${op}: value (${value.re}, ${value.im}i) cannot be converted to a real dtype without overflow`);
}

/** A gradient as an operation, and which of [gradient, inputs…, result] it reads. */
interface GradientStep {
  readonly op: Pointwise;
  readonly reads: readonly number[];
}

function gradientStep(name: string, expr: Expr): GradientStep {
  // Input 0 is always there: it gives the shape.
  const reads = [...new Set([0, ...inputsOf(expr)])];
  const build = (inputs: readonly Expr[]): Expr =>
    substitute(expr, (node) => {
      const to = inputs[reads.indexOf(node.index)] as Expr;
      return node.mask && to.kind === "input" ? mask(to.index) : to;
    });
  return { op: new Pointwise(name, `${name.charAt(0).toUpperCase()}${name.slice(1)}Backward0`, reads.length, reads.length, build, gradientRule, null, true), reads };
}

/** A recorded pointwise operation. */
class PointwiseNode extends Node<Tensor> {
  private inputs: readonly Value[] | null;
  private out: Tensor | null;
  private outVersion = 0;
  private readonly versions: number[] = [];
  private readonly shapes: Shape[] = [];
  private readonly dtypes: DType[] = [];

  constructor(
    private readonly op: Pointwise,
    values: readonly Value[],
    out: Tensor | null,
    self: Tensor | null = null,
  ) {
    super(1);
    this.inputs = values;
    this.out = out;
    if (out !== null) this.outVersion = out.storage.version;
    for (let i = 0; i < op.operands; i++) {
      const value = values[i];
      if (value instanceof Tensor) {
        connect(this, i === 0 && self !== null ? self : value);
        this.versions.push(value.storage.version);
        this.shapes.push(value.shape);
        this.dtypes.push(value.dtype);
      } else {
        this.next.push(null);
        this.nextIndex.push(0);
        this.versions.push(0);
        this.shapes.push([]);
        this.dtypes.push(float32);
      }
    }
  }

  get name(): string {
    return this.op.gradName;
  }

  /** Keeps the tensor that the result was written into. */
  keepOut(out: Tensor): void {
    this.out = out;
    this.outVersion = out.storage.version;
  }

  apply(grads: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
    const grad = grads[0];
    if (grad === null || grad === undefined) return [];
    const { op, inputs } = this;
    if (inputs === null) throw freedError();
    const results: (Tensor | null)[] = [];
    for (let i = 0; i < op.operands; i++) {
      if (this.next[i] === null) {
        results.push(null);
        continue;
      }
      const step = op.step(i);
      const values: unknown[] = [];
      for (const read of step.reads) values.push(this.read(read, grad, inputs));
      const result = step.op.isIdentity ? grad : step.op.evaluate(values);
      results.push(fit(result, this.shapes[i] as Shape, this.dtypes[i] as DType));
    }
    return results;
  }

  private read(which: number, grad: Tensor, inputs: readonly Value[]): Value {
    if (which === 0) return grad;
    if (which > this.op.arity) {
      const out = this.out;
      if (out === null) throw new AutogradError(`${this.op.name}: the result was not saved`);
      checkVersion(out, this.outVersion);
      return out;
    }
    const value = inputs[which - 1] as Value;
    if (value instanceof Tensor) checkVersion(value, this.versions[which - 1] as number);
    return value;
  }

  override release(): void {
    this.inputs = null;
    this.out = null;
  }
}

function isOperand(value: unknown): boolean {
  return value instanceof Tensor || typeof value === "number";
}

/**
 * Defines a pointwise operation.
 * @param signature its arguments, e.g. `"leakyRelu(Tensor input, float negativeSlope=0.01)"`; each is one input of the expression.
 * @param body the value of an element, as an expression in the elements of the arguments.
 * @param rule the dtypes that it takes and gives.
 */
export function pointwise<F extends (...args: never[]) => unknown>(
  signature: string,
  body: (...inputs: Expr[]) => Term,
  rule: DTypeRule,
  options: PointwiseOptions & { readonly inPlace: false },
): Op<F>;
export function pointwise<F extends (...args: never[]) => unknown>(
  signature: string,
  body: (...inputs: Expr[]) => Term,
  rule: DTypeRule,
  options?: PointwiseOptions,
): InPlaceOp<F>;
export function pointwise<F extends (...args: never[]) => unknown>(
  signature: string,
  body: (...inputs: Expr[]) => Term,
  rule: DTypeRule,
  options: PointwiseOptions = {},
): Op<F> {
  const schema: Schema = parseSchema(signature);
  const arity = schema.parameters.length;
  const operands = options.operands ?? schema.required;
  const op = new Pointwise(
    schema.name,
    options.gradName ?? nodeName(schema.name),
    arity,
    operands,
    (inputs) => body(...inputs),
    rule,
    options.gradient ?? null,
    options.differentiable !== false && rule.result !== "bool",
  );
  const record: OpRecord = {
    kind: "pointwise",
    name: schema.name,
    schema,
    differentiable: op.differentiable,
    dynamicShape: false,
    inPlace: options.inPlace === false ? null : (args) => op.evaluateInPlace([...args]),
    run: (args) => op.evaluate([...args]),
  };
  const defaults = schema.parameters.slice(operands).map((parameter) => parameter.fallback);
  const quick = (args: unknown[]): unknown => {
    if (args.length !== operands || !(args[0] instanceof Tensor)) return undefined;
    for (let i = 1; i < operands; i++) if (!isOperand(args[i])) return undefined;
    for (let i = 0; i < defaults.length; i++) args.push(defaults[i]);
    return op.evaluate(args);
  };
  return callable<F>(record, schema.required === operands ? quick : null);
}
