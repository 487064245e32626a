/** Reductions: sums, means, extremes, norms, softmax, and running sums. */

import { bool, type DType, int32, int64 } from "../../../core/dtype.js";
import { type Conversion, type Converter, computable } from "../conversion.js";
import type { Value } from "../program.js";

interface Reduction {
  readonly of: Value;
  readonly dims: readonly number[];
  readonly keepdim: boolean;
}

/** What an operation reduces. */
function reductionOf(c: Conversion, input = "input"): Reduction {
  const of = c.value(input);
  return {
    of,
    dims: of.shape.length === 0 ? [] : c.has("dim") ? c.axes("dim", of.shape.length) : of.shape.map((_, d) => d),
    keepdim: c.has("keepdim") && c.flag("keepdim"),
  };
}

/** A reduction operator of ONNX, whose dimensions are an operand. */
function reduce(c: Conversion, op: string, name: string, { dims, keepdim }: Pick<Reduction, "dims" | "keepdim">): string {
  // Without dimensions ONNX would reduce all.
  return dims.length === 0 ? name : c.emit(op, [name, c.graph.ints(dims)], { keepdims: keepdim ? 1 : 0 });
}

/** Reduces in a dtype that ONNX computes with, on its way to that of the result. */
function reduceIn(c: Conversion, op: string, how: Reduction, dtype: DType): string {
  const compute = computable(dtype);
  const name = c.graph.cast(c.as(how.of, dtype), dtype, compute);
  return c.graph.cast(reduce(c, op, name, how), compute, c.out.dtype);
}

/** In the dtype of the result, to which the input is converted first. */
const inResult =
  (op: string): Converter =>
  (c) =>
    reduceIn(c, op, reductionOf(c), c.out.dtype);

/** Truth values as 0 and 1. */
const truth =
  (op: string): Converter =>
  (c) => {
    const how = reductionOf(c);
    const flags = c.graph.cast(c.as(how.of, bool), bool, int32);
    return c.graph.cast(reduce(c, op, flags, how), int32, c.out.dtype);
  };

/** The whole tensor as a line where no dimension is given. */
function along(c: Conversion): { readonly name: string; readonly dtype: DType; readonly axis: number; readonly isWhole: boolean } {
  const { dtype, shape } = c.value("input");
  const isWhole = !c.has("dim") || c.arg("dim") === null || shape.length === 0;
  const compute = computable(dtype);
  const given = c.as(c.value("input"), compute);
  if (isWhole) return { name: c.emit("Reshape", [given, c.graph.ints([-1])]), dtype: compute, axis: 0, isWhole };
  return { name: given, dtype: compute, axis: c.axis("dim", shape.length), isWhole };
}

/** The place of an extreme element. */
const argExtreme =
  (op: string): Converter =>
  (c) => {
    const { name, axis, isWhole } = along(c);
    const found = c.emit(op, [name], { axis, keepdims: !isWhole && c.flag("keepdim") ? 1 : 0 });
    return isWhole && c.out.shape.length > 0 ? c.reshape(found, [], c.out.shape) : found;
  };

/** The extreme value of all elements; or those along a dimension, and their places. */
const extreme =
  (op: string, place: string): Converter =>
  (c) => {
    if (!c.has("dim")) return inResult(op)(c);
    const how = reductionOf(c);
    const { name, axis, isWhole } = along(c);
    const values = reduceIn(c, op, how, c.out.dtype);
    if (!c.isUsed(1)) return [values, null];
    return [values, c.emit(place, [name], { axis, keepdims: how.keepdim && !isWhole ? 1 : 0 })];
  };

/** The mean of squared distances to the mean, and its root. */
function variance(
  c: Conversion,
  of: Value,
  dims: readonly number[],
  correction: number,
  keepdim: boolean,
): { value: string; mean: string } {
  const dtype = computable(of.dtype);
  const name = c.as(of, dtype);
  const mean = reduce(c, "ReduceMean", name, { dims, keepdim: true });
  const distance = c.emit("Sub", [name, mean]);
  const sum = reduce(c, "ReduceSumSquare", distance, { dims, keepdim });
  const count = c.emit("Sub", [c.count(of, dims, dtype), c.graph.scalar(correction, dtype)]);
  return { value: c.emit("Div", [sum, c.emit("Max", [count, c.graph.scalar(0, dtype)])]), mean };
}

const deviation =
  (isRoot: boolean): Converter =>
  (c) => {
    const { of, dims, keepdim } = reductionOf(c);
    const { value } = variance(c, of, dims, c.number("correction"), keepdim);
    const result = c.graph.cast(isRoot ? c.emit("Sqrt", [value]) : value, computable(of.dtype), c.out.dtype);
    if (!c.isUsed(1)) return [result, null];
    return [result, reduce(c, "ReduceMean", c.in(of), { dims, keepdim })];
  };

/** The norm of order `ord` of something of a floating dtype. */
function norm(c: Conversion, name: string, dtype: DType, ord: number, how: Pick<Reduction, "dims" | "keepdim">): string {
  if (ord === 1) return reduce(c, "ReduceL1", how.dims.length === 0 ? c.emit("Abs", [name]) : name, how);
  if (ord === 2) return reduce(c, "ReduceL2", how.dims.length === 0 ? c.emit("Abs", [name]) : name, how);
  const size = c.emit("Abs", [name]);
  if (ord === Number.POSITIVE_INFINITY) return reduce(c, "ReduceMax", size, how);
  if (ord === Number.NEGATIVE_INFINITY) return reduce(c, "ReduceMin", size, how);
  if (ord === 0) return reduce(c, "ReduceSum", c.graph.cast(c.graph.cast(size, dtype, bool), bool, dtype), how);
  const powers = reduce(c, "ReduceSum", c.emit("Pow", [size, c.graph.scalar(ord, dtype)]), how);
  return c.emit("Pow", [powers, c.graph.scalar(1 / ord, dtype)]);
}

const vectorNorm: Converter = (c) => {
  const { of, dims, keepdim } = reductionOf(c, "x");
  const dtype = computable(c.out.dtype);
  return c.graph.cast(norm(c, c.as(of, dtype), dtype, c.number("ord"), { dims, keepdim }), dtype, c.out.dtype);
};

/** The norms of the differences of all pairs of rows. */
const distances: Converter = (c) => {
  const { dtype, shape } = c.out;
  const [rows, columns] = [c.in("x1"), c.in("x2")];
  const differences = c.emit("Sub", [c.unsqueeze(rows, shape.length - 1), c.unsqueeze(columns, shape.length - 2)]);
  return norm(c, differences, dtype, c.number("p"), { dims: [shape.length], keepdim: false });
};

const softmax =
  (op: string): Converter =>
  (c) => {
    const { dtype, shape } = c.value("input");
    if (shape.length === 0) return c.fail("softmax of a 0-d tensor is not supported; reshape(1) it first");
    const compute = computable(dtype);
    return c.graph.cast(c.emit(op, [c.as(c.value("input"), compute)], { axis: c.axis("dim", shape.length) }), compute, dtype);
  };

export const reduction: Readonly<Record<string, Converter>> = {
  "primitive sum": inResult("ReduceSum"),
  "primitive mean": inResult("ReduceMean"),
  "primitive prod": inResult("ReduceProd"),
  "primitive amax": inResult("ReduceMax"),
  "primitive amin": inResult("ReduceMin"),
  "primitive max": extreme("ReduceMax", "ArgMax"),
  "primitive min": extreme("ReduceMin", "ArgMin"),
  "primitive argmax": argExtreme("ArgMax"),
  "primitive argmin": argExtreme("ArgMin"),
  "primitive aminmax": (c) => {
    const how = reductionOf(c);
    return [reduceIn(c, "ReduceMin", how, c.out.dtype), reduceIn(c, "ReduceMax", how, c.out.dtype)];
  },
  "primitive any": truth("ReduceMax"),
  "primitive all": truth("ReduceMin"),
  "primitive countNonzero": (c) => {
    const how = reductionOf(c);
    return reduce(c, "ReduceSum", c.graph.cast(c.as(how.of, bool), bool, int64), how);
  },
  "primitive nansum": (c) => {
    const how = reductionOf(c);
    const compute = computable(c.out.dtype);
    const given = c.as(how.of, compute);
    const kept = compute.isFloatingPoint ? c.emit("Where", [c.emit("IsNaN", [given]), c.graph.scalar(0, compute), given]) : given;
    return c.graph.cast(reduce(c, "ReduceSum", kept, how), compute, c.out.dtype);
  },
  "primitive logsumexp": inResult("ReduceLogSumExp"),
  "primitive var": deviation(false),
  "primitive std": deviation(true),
  "primitive varMean": deviation(false),
  "primitive stdMean": deviation(true),
  "primitive linalg.vectorNorm": vectorNorm,
  "primitive cdist": distances,
  "primitive softmax": softmax("Softmax"),
  "primitive logSoftmax": softmax("LogSoftmax"),
  "primitive cumsum": (c) => {
    const { shape } = c.value("input");
    const compute = computable(c.out.dtype);
    const given = c.graph.cast(c.as(c.value("input"), c.out.dtype), c.out.dtype, compute);
    if (shape.length === 0) return c.graph.cast(given, compute, c.out.dtype);
    const axis = c.graph.scalar(BigInt(c.axis("dim", shape.length)), int64);
    return c.graph.cast(c.emit("CumSum", [given, axis]), compute, c.out.dtype);
  },
};

export { reduce, variance };
