/** Pointwise operations: the expression of an element, node by node, as ONNX's element-wise operators. */

import { bool, type DType, float32, int64 } from "../../core/dtype.js";
import * as e from "../../expr/build.js";
import { type Apply, apply, constant, type Expr, inputsOf, isBool, type ScalarOp, topological } from "../../expr/node.js";
import type { BlockForm, ScalarForm } from "../../tensor/dispatch.js";
import { type Conversion, computable } from "./conversion.js";
import { isValue } from "./program.js";
import { type Size, sameSize } from "./sizes.js";

/** One element-wise operator, by the names of its operands. */
type Emit = (op: string, ...inputs: string[]) => string;

/** What a rule works with. */
interface Scope {
  readonly emit: Emit;
  /** A number in the dtype of the computation. */
  number(value: number): string;
  /** Whether the computation is in integers. */
  readonly isInteger: boolean;
}

type Rule = (scope: Scope, ...args: string[]) => string;

const direct =
  (op: string): Rule =>
  ({ emit }, ...args) =>
    emit(op, ...args);

const truncated: Rule = ({ emit, number, isInteger }, x) =>
  isInteger ? x : emit("Where", emit("Less", x, number(0)), emit("Ceil", x), emit("Floor", x));

const isNegative: Rule = ({ emit, number, isInteger }, x) => {
  const negative = emit("Less", x, number(0));
  if (isInteger) return negative;
  // Of zeros, the negative one has a negative reciprocal.
  return emit("Or", negative, emit("And", emit("Equal", x, number(0)), emit("Less", emit("Div", number(1), x), number(0))));
};

/** `x - y·⌊x/y⌋`, with the sign of `y`. */
const remainder: Rule = (scope, x, y) => {
  const { emit, number, isInteger } = scope;
  if (isInteger) return emit("Mod", x, y);
  const rest = emit("Mod.fmod", x, y);
  const differs = emit("Xor", emit("Less", rest, number(0)), emit("Less", y, number(0)));
  return emit("Where", emit("And", differs, emit("Not", emit("Equal", rest, number(0)))), emit("Add", rest, y), rest);
};

/** A choice of numbers by their order in which NaN gives way. */
const ignoringNan =
  (op: string): Rule =>
  ({ emit, isInteger }, x, y) =>
    isInteger ? emit(op, x, y) : emit("Where", emit("IsNaN", x), y, emit("Where", emit("IsNaN", y), x, emit(op, x, y)));

const arctangent2: Rule = (scope, y, x) => {
  const { emit, number } = scope;
  const signed = emit("Where", isNegative(scope, y), number(-1), number(1));
  const zero = emit("Equal", x, number(0));
  const atan = emit("Atan", emit("Div", y, emit("Where", zero, number(1), x)));
  const turned = emit("Add", atan, emit("Mul", emit("Where", isNegative(scope, x), number(Math.PI), number(0)), signed));
  const upright = emit("Where", emit("Equal", y, number(0)), turned, emit("Mul", number(Math.PI / 2), signed));
  return emit("Where", zero, upright, turned);
};

const rules: { readonly [op in ScalarOp]?: Rule } = {
  add: direct("Add"),
  sub: direct("Sub"),
  mul: direct("Mul"),
  div: direct("Div"),
  neg: direct("Neg"),
  abs: direct("Abs"),
  sign: direct("Sign"),
  minimum: direct("Min"),
  maximum: direct("Max"),
  fmin: ignoringNan("Min"),
  fmax: ignoringNan("Max"),
  fmod: ({ emit }, x, y) => emit("Mod.fmod", x, y),
  remainder,
  floorDivide: (scope, x, y) => {
    const { emit, isInteger } = scope;
    return isInteger ? emit("Div", emit("Sub", x, emit("Mod", x, y)), y) : emit("Floor", emit("Div", x, y));
  },
  truncDivide: (scope, x, y) => truncated(scope, scope.emit("Div", x, y)),
  pow: direct("Pow"),
  sqrt: direct("Sqrt"),
  exp: direct("Exp"),
  expm1: ({ emit, number }, x) => emit("Sub", emit("Exp", x), number(1)),
  exp2: ({ emit, number }, x) => emit("Pow", number(2), x),
  log: direct("Log"),
  log2: ({ emit, number }, x) => emit("Div", emit("Log", x), number(Math.LN2)),
  log10: ({ emit, number }, x) => emit("Div", emit("Log", x), number(Math.LN10)),
  log1p: ({ emit, number }, x) => emit("Log", emit("Add", x, number(1))),
  sin: direct("Sin"),
  cos: direct("Cos"),
  tan: direct("Tan"),
  asin: direct("Asin"),
  acos: direct("Acos"),
  atan: direct("Atan"),
  atan2: arctangent2,
  sinh: direct("Sinh"),
  cosh: direct("Cosh"),
  tanh: direct("Tanh"),
  asinh: direct("Asinh"),
  acosh: direct("Acosh"),
  atanh: direct("Atanh"),
  sigmoid: direct("Sigmoid"),
  hypot: ({ emit }, x, y) => emit("Sqrt", emit("Add", emit("Mul", x, x), emit("Mul", y, y))),
  floor: direct("Floor"),
  ceil: direct("Ceil"),
  round: direct("Round"),
  trunc: truncated,
  copysign: (scope, x, y) => {
    const size = scope.emit("Abs", x);
    return scope.emit("Where", isNegative(scope, y), scope.emit("Neg", size), size);
  },
  bitAnd: direct("BitwiseAnd"),
  bitOr: direct("BitwiseOr"),
  bitXor: direct("BitwiseXor"),
  bitNot: direct("BitwiseNot"),
  conj: (_, x) => x,
  re: (_, x) => x,
  im: ({ emit, number }, x) => emit("Expand", number(0), emit("Shape", x)),
  select: direct("Where"),
  erf: direct("Erf"),
  erfc: ({ emit, number }, x) => emit("Sub", number(1), emit("Erf", x)),
  eq: direct("Equal"),
  ne: ({ emit }, x, y) => emit("Not", emit("Equal", x, y)),
  lt: direct("Less"),
  le: direct("LessOrEqual"),
  gt: direct("Greater"),
  ge: direct("GreaterOrEqual"),
  and: direct("And"),
  or: direct("Or"),
  not: direct("Not"),
  isNan: direct("IsNaN"),
  signbit: isNegative,
};

/** The arguments that a primitive takes as truth values. */
function takesBool(op: ScalarOp, i: number): boolean {
  return op === "and" || op === "or" || op === "not" || (op === "select" && i === 0);
}

/** Operators that ONNX has for integers, too. */
const wholeToo: ReadonlySet<ScalarOp> = new Set<ScalarOp>(["floor", "ceil", "round", "trunc"]);

/** Lowers expressions over the same inputs. */
class Lowering {
  private readonly done = new Map<number, string>();
  private readonly scope: Scope;

  constructor(
    private readonly c: Conversion,
    /** The dtype in which ONNX computes. */
    private readonly compute: DType,
    /** The name of an input in that dtype, or as truth values. */
    private readonly input: (index: number, mask: boolean) => string,
  ) {
    const isWide = compute === int64;
    this.scope = {
      emit: (op, ...inputs) => (op === "Mod.fmod" ? c.emit("Mod", inputs, { fmod: 1 }) : c.emit(op, inputs)),
      number: (value) => c.graph.scalar(isWide ? BigInt(Math.trunc(value)) : value, compute),
      isInteger: compute.kind === "int",
    };
  }

  /** The value of an expression in a dtype; integers of fewer bits wrap around. */
  run(expr: Expr, dtype: DType): string {
    for (const node of topological([expr])) if (!this.done.has(node.id)) this.done.set(node.id, this.node(node));
    return this.c.graph.cast(this.done.get(expr.id) as string, isBool(expr) ? bool : this.compute, dtype);
  }

  private node(node: Expr): string {
    if (node.kind === "const") return this.scope.number(node.value);
    return node.kind === "apply" ? this.apply(node) : this.input(node.index, node.mask);
  }

  private apply(node: Apply): string {
    const { op } = node;
    if (this.scope.isInteger && wholeToo.has(op)) return this.done.get((node.args[0] as Expr).id) as string;
    const rule = rules[op];
    if (rule === undefined) return this.c.fail(`ONNX has no operator for ${op}`);
    if (this.scope.isInteger && op === "isNan")
      return this.c.emit("IsNaN", [this.c.graph.cast(this.done.get((node.args[0] as Expr).id) as string, this.compute, float32)]);
    const args = node.args.map((arg, i) => {
      const name = this.done.get(arg.id) as string;
      const wantsBool = takesBool(op, i);
      if (wantsBool === isBool(arg)) return name;
      return wantsBool ? this.c.graph.cast(name, this.compute, bool) : this.c.graph.cast(name, bool, this.compute);
    });
    return rule(this.scope, ...args);
  }
}

const simplifying: { readonly [op in ScalarOp]?: (...args: Expr[]) => Expr } = {
  add: (x, y) => e.add(x as Expr, y as Expr),
  sub: (x, y) => e.sub(x as Expr, y as Expr),
  mul: (x, y) => e.mul(x as Expr, y as Expr),
  div: (x, y) => e.div(x as Expr, y as Expr),
  pow: (x, y) => e.pow(x as Expr, y as Expr),
};

/** The expression where arguments that are 1 have that value, as factors such as `alpha` mostly do. */
function withOnes(expr: Expr, args: readonly unknown[]): Expr {
  const done = new Map<number, Expr>();
  for (const node of topological([expr])) {
    if (node.kind === "apply") {
      const inner = node.args.map((arg) => done.get(arg.id) as Expr);
      done.set(node.id, (simplifying[node.op] ?? ((...all) => apply(node.op, all)))(...inner));
    } else done.set(node.id, node.kind === "input" && args[node.index] === 1 ? constant(1) : node);
  }
  return done.get(expr.id) as Expr;
}

/** The dtype in which ONNX computes what the library computes in `given`, in some steps. */
function computeFor(c: Conversion, given: DType, exprs: readonly Expr[]): DType {
  if (given.isComplex) c.fail("complex numbers have no counterpart in ONNX");
  const steps = topological(exprs).filter((node) => node.kind === "apply").length;
  // A single operator takes half floats as they are; several would round in between, where the library does not.
  return given.name === "float16" && steps > 1 ? float32 : computable(given);
}

/** The nodes of an operation on blocks along the last dimension. */
export function convertBlocks(c: Conversion, { inputs, results, outputs }: BlockForm): readonly string[] {
  const tensors = c.values("inputs");
  const last = (c.out.shape.length === 0 ? 0 : c.out.shape.length) - 1;
  const given = c.out.dtype;
  const compute = computeFor(c, given, outputs);
  const blocks = tensors.flatMap((one, i) => {
    const n = inputs[i] as number;
    const name = c.as(one, compute);
    return n === 1 ? [name] : c.emitAll("Split", [name], { axis: last, num_outputs: n }, n);
  });
  const lowering = new Lowering(c, compute, (index) => blocks[index] as string);
  let at = 0;
  return results.map((n, i) => {
    const exprs = outputs.slice(at, at + n);
    at += n;
    if (c.call.outs[i] === null || (i > 0 && !c.isUsed(i))) return c.graph.unique("unused");
    const parts = exprs.map((expr) => lowering.run(expr, given));
    return parts.length === 1 ? (parts[0] as string) : c.emit("Concat", parts, { axis: last });
  });
}

/** The nodes of an expression whose values are summed or averaged. */
export function convertReduced(c: Conversion, expr: Expr): string {
  const given = [...(c.arg("given") as readonly unknown[]), ...(c.arg("numbers") as readonly unknown[])];
  const { dtype } = c.out;
  const compute = computeFor(c, dtype, [expr]);
  const lowering = new Lowering(c, compute, (index) => {
    const one = given[index];
    return isValue(one) ? c.graph.cast(c.as(one, dtype), dtype, compute) : c.graph.scalar(Number(one), compute);
  });
  const reduction = c.text("reduction");
  if (reduction === "none") return lowering.run(expr, dtype);
  const each = lowering.run(expr, compute);
  return c.graph.cast(c.emit(reduction === "sum" ? "ReduceSum" : "ReduceMean", [each], { keepdims: 0 }), compute, dtype);
}

/** The nodes of a pointwise operation. */
export function convertScalar(c: Conversion, form: ScalarForm): string {
  const { out, call } = c;
  const given = call.compute ?? out.dtype;
  const expr = withOnes(form.expr, call.args);
  const compute = computeFor(c, given, [expr]);
  const lowering = new Lowering(c, compute, (index, mask) => {
    const arg = call.args[index];
    const { name } = call.record.schema.parameters[index] as { readonly name: string };
    if (!isValue(arg)) return c.operand(name, mask ? bool : compute);
    // As the library rounds: first to the dtype in which it computes.
    return mask ? c.as(arg, bool) : c.graph.cast(c.as(arg, given), given, compute);
  });
  const name = lowering.run(expr, out.dtype);
  // What the expression does not read may still give the shape.
  const read = inputsOf(expr).flatMap((i) => {
    const arg = call.args[i];
    return isValue(arg) ? [arg.shape] : [];
  });
  const shape = out.shape.map((_, d) => {
    const sizes = read.flatMap((one) => one[d - out.shape.length + one.length] ?? []);
    return sizes.find((size) => size !== 1) ?? sizes[0];
  });
  const isWhole = shape.every((size, d) => size !== undefined && sameSize(size, out.shape[d] as Size));
  return isWhole ? name : c.expand(name, [], out.shape);
}
