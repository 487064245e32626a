/** Elements by their indices, and by their order. */

import { bool, int64 } from "../../../core/dtype.js";
import { type Conversion, type Converter, computable } from "../conversion.js";
import { isValue, type Value } from "../program.js";
import { type Size, sameSize } from "../sizes.js";

const range = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => i + from);

/** Indices in one shape, as the last dimension of one tensor. */
function joinedIndices(c: Conversion, indices: readonly Value[]): { readonly name: string; readonly rank: number } {
  const rank = Math.max(...indices.map(({ shape }) => shape.length));
  if (indices.length === 1) return { name: c.unsqueeze(c.as(indices[0] as Value, int64), rank), rank };
  const sizes = range(rank).map((d) => {
    const all = indices.flatMap(({ shape }) => shape[d - rank + shape.length] ?? []);
    return all.find((size) => size !== 1) ?? (1 as Size);
  });
  const columns = indices.map((index) => c.unsqueeze(c.expand(c.as(index, int64), index.shape, sizes), rank));
  return { name: c.emit("Concat", columns, { axis: rank }), rank };
}

interface Indexed {
  readonly dims: readonly number[];
  readonly values: readonly Value[];
  readonly order: readonly number[];
  /** Where in the result the dimensions of the indices lie. */
  readonly at: number;
}

/** Which dimensions are indexed by which tensors. */
function indexedBy(c: Conversion, rank: number): Indexed {
  const given = c.arg("indices") as readonly (Value | null)[];
  const dims = given.flatMap((one, d) => (isValue(one) ? [d] : []));
  const values = given.filter(isValue);
  if (values.some(({ dtype }) => dtype === bool)) return c.fail("masks among several indices are not supported");
  const first = dims[0] as number;
  return {
    dims,
    values,
    order: [...dims, ...range(rank).filter((d) => !dims.includes(d))],
    at: dims.every((d, i) => d === first + i) ? first : 0,
  };
}

/** The order that brings `depth` leading dimensions to place `at`. */
function placed(rank: number, depth: number, at: number): number[] {
  return [...range(at, depth), ...range(depth), ...range(rank - depth - at, depth + at)];
}

const gatherIndex: Converter = (c) => {
  const input = c.value("input");
  const { dims, values, order, at } = indexedBy(c, input.shape.length);
  if (values.length === 1) return c.emit("Gather", [c.in(input), c.in(values[0] as Value)], { axis: dims[0] as number });
  const { name, rank } = joinedIndices(c, values);
  const found = c.emit("GatherND", [c.transpose(c.in(input), order), name]);
  return c.transpose(found, placed(c.out.shape.length, rank, at));
};

const inverse = (order: readonly number[]): number[] => range(order.length).map((d) => order.indexOf(d));

/** Writes (or adds) values at the places that index tensors address. */
const putIndex: Converter = (c) => {
  const input = c.value("input");
  const { dims, values: indices, order, at } = indexedBy(c, input.shape.length);
  const source = c.value("values");
  const depth = Math.max(...indices.map(({ shape }) => shape.length));
  const common = range(depth).map((d) => indices.flatMap(({ shape }) => shape[d - depth + shape.length] ?? []).find((n) => n !== 1) ?? 1);
  const rest = input.shape.filter((_, d) => !dims.includes(d));
  const shape = [...rest.slice(0, at), ...common, ...rest.slice(at)];
  const filled = c.expand(c.in(source), source.shape, shape);
  const turned = c.transpose(filled, [...range(depth, at), ...range(at), ...range(shape.length - at - depth, at + depth)]);
  const { name } = joinedIndices(c, indices);
  const data = c.transpose(c.in(input), order);
  const written = c.emit("ScatterND", [data, name, turned], { reduction: c.flag("accumulate") ? "add" : "none" });
  return c.transpose(written, inverse(order));
};

/** Writes slices along a dimension by a vector of indices. */
const putSlices =
  (sourceOf: (c: Conversion, shape: readonly Size[]) => string, reduction: string): Converter =>
  (c) => {
    const { shape } = c.value("input");
    if (shape.length === 0) return c.fail("a 0-d tensor has no slices in ONNX; reshape(1) it first");
    const axis = c.axis("dim", shape.length);
    const index = c.value("index");
    const order = [axis, ...range(shape.length).filter((d) => d !== axis)];
    const count = index.shape[0] ?? 1;
    const source = sourceOf(
      c,
      shape.map((size, d) => (d === axis ? count : size)),
    );
    const indices = c.emit("Reshape", [c.as(index, int64), c.graph.ints([-1, 1])]);
    const written = c.emit("ScatterND", [c.transpose(c.in("input"), order), indices, c.transpose(source, order)], { reduction });
    return c.transpose(written, inverse(order));
  };

const scatter =
  (reductionOf: (c: Conversion) => string): Converter =>
  (c) => {
    const { shape, dtype } = c.value("input");
    const index = c.value("index");
    const src = c.arg("src");
    const name = isValue(src) ? partOf(c, src, index) : c.expand(c.operand(src === null ? "value" : "src", dtype), [], index.shape);
    if (shape.length === 0) return c.fail("scatter into a 0-d tensor is not supported");
    const axis = c.axis("dim", shape.length);
    return c.emit("ScatterElements", [c.in("input"), c.as(index, int64), name], { axis, reduction: reductionOf(c) });
  };

/** The leading part of a source that has the shape of the indices. */
function partOf(c: Conversion, source: Value, index: Value): string {
  const dims = range(index.shape.length).filter((d) => !sameSize(index.shape[d] as Size, source.shape[d] as Size));
  if (dims.length === 0) return c.in(source);
  const ends = c.shape(dims.map((d) => index.shape[d] as Size));
  return c.emit("Slice", [c.in(source), c.graph.ints(dims.map(() => 0)), ends, c.graph.ints(dims)]);
}

const reductions: Readonly<Record<string, string>> = { add: "add", multiply: "mul", sum: "add", prod: "mul", amax: "max", amin: "min" };

/** The largest or smallest elements along a dimension, and their places. */
function topK(c: Conversion, input: Value, k: string, axis: number, largest: boolean, sorted: boolean): readonly string[] {
  const compute =
    input.dtype.name === "bool" || (input.dtype.kind === "int" && input.dtype.itemsize < 4) ? computable(input.dtype) : input.dtype;
  const attributes = { axis, largest: largest ? 1 : 0, sorted: sorted ? 1 : 0 };
  const [values, indices] = c.emitAll("TopK", [c.as(input, compute), k], attributes, 2) as [string, string];
  return [c.graph.cast(values, compute, input.dtype), indices];
}

/** The last of the elements along an axis. */
function last(c: Conversion, name: string, axis: number): string {
  const end = c.emit("Slice", [name, c.graph.ints([-1]), c.graph.ints([Number.MAX_SAFE_INTEGER]), c.graph.ints([axis])]);
  return c.flag("keepdim") ? end : c.squeeze(end, axis);
}

export const indexing: Readonly<Record<string, Converter>> = {
  "primitive index": gatherIndex,
  "primitive indexPut": putIndex,
  "primitive embedding": (c) => c.emit("Gather", [c.in("weight"), c.in("indices")], { axis: 0 }),
  "primitive indexSelect": (c) => {
    const { shape } = c.value("input");
    const index = c.value("index");
    if (shape.length === 0) return c.in("input");
    const indices = index.shape.length === 0 ? c.unsqueeze(c.in(index), 0) : c.in(index);
    return c.emit("Gather", [c.in("input"), indices], { axis: c.axis("dim", shape.length) });
  },
  "primitive gather": (c) => {
    const { shape } = c.value("input");
    if (shape.length === 0) return c.expand(c.in("input"), [], c.out.shape);
    const index = c.value("index");
    if (index.shape.length === 0) return c.fail("an index without dimensions is not supported");
    // Only an index without elements may have another rank.
    if (index.shape.length !== shape.length) return c.as(index, c.out.dtype);
    return c.emit("GatherElements", [c.in("input"), c.as(index, int64)], { axis: c.axis("dim", shape.length) });
  },
  "primitive take": (c) => c.emit("Gather", [c.emit("Reshape", [c.in("input"), c.graph.ints([-1])]), c.in("index")], { axis: 0 }),
  "primitive scatter": scatter((c) => (c.arg("reduce") === null ? "none" : (reductions[c.text("reduce")] as string))),
  "primitive scatterAdd": scatter(() => "add"),
  "primitive scatterReduce": (c) => {
    const reduction = reductions[c.text("reduce")];
    if (reduction === undefined || !c.flag("includeSelf"))
      return c.fail("only sum, prod, amax and amin with includeSelf have a counterpart");
    return scatter(() => reduction)(c);
  },
  "primitive indexAdd": putSlices((c, shape) => {
    const alpha = c.arg("alpha");
    const source = c.value("source");
    const made = alpha === 1 ? c.in(source) : c.emit("Mul", [c.in(source), c.operand("alpha", source.dtype)]);
    return c.reshape(made, source.shape, shape);
  }, "add"),
  "primitive indexCopy": putSlices((c, shape) => c.reshape(c.in("source"), c.value("source").shape, shape), "none"),
  "primitive indexFill": putSlices((c, shape) => c.expand(c.operand("value", c.value("input").dtype), [], shape), "none"),
  "primitive maskedSelect": (c) => {
    const [input, mask] = [c.value("input"), c.value("mask")];
    const flat = (name: string): string => c.emit("Reshape", [name, c.graph.ints([-1])]);
    const rank = Math.max(input.shape.length, mask.shape.length);
    const shape = range(rank).map(
      (d) => [input, mask].flatMap((one) => one.shape[d - rank + one.shape.length] ?? []).find((n) => n !== 1) ?? 1,
    );
    return c.emit("Compress", [flat(c.expand(c.in(input), input.shape, shape)), flat(c.expand(c.in(mask), mask.shape, shape))], {
      axis: 0,
    });
  },
  "primitive nonzero": (c) =>
    c.value("input").shape.length === 0
      ? c.fail("a 0-d tensor has no coordinates in ONNX")
      : c.transpose(c.emit("NonZero", [c.in("input")]), [1, 0]),
  "primitive countBefore": (c) => {
    // Each element is compared with each: NaN comes behind all others.
    const [rows, values] = [c.unsqueeze(c.in("rows"), 1), c.unsqueeze(c.in("values"), 2)];
    const before = c.emit("Not", [c.emit(c.flag("right") ? "Greater" : "GreaterOrEqual", [rows, values])]);
    return c.emit("ReduceSum", [c.graph.cast(before, bool, int64), c.graph.ints([2])], { keepdims: 0 });
  },
  "primitive sort": (c) => {
    const input = c.value("input");
    const axis = c.axis("dim", input.shape.length);
    if (input.shape.length === 0) return c.fail("sorting a 0-d tensor is not supported");
    return topK(c, input, c.shape([input.shape[axis] as Size]), axis, c.flag("descending"), true);
  },
  "composite argsort": (c) => {
    const input = c.value("input");
    if (input.shape.length === 0) return c.fail("sorting a 0-d tensor is not supported");
    const axis = c.axis("dim", input.shape.length);
    return topK(c, input, c.shape([input.shape[axis] as Size]), axis, c.flag("descending"), true)[1] as string;
  },
  "primitive kthvalue": (c) => {
    const input = c.value("input");
    if (input.shape.length === 0) return c.fail("a 0-d tensor has no order");
    const axis = c.axis("dim", input.shape.length);
    const found = topK(c, input, c.graph.ints([c.number("k")]), axis, false, true);
    return found.map((name) => last(c, name, axis));
  },
  "primitive topk": (c) => {
    const input = c.value("input");
    if (input.shape.length === 0) return c.fail("topk of a 0-d tensor is not supported");
    return topK(c, input, c.shape([c.size("k")]), c.axis("dim", input.shape.length), c.flag("largest"), c.flag("sorted"));
  },
  "primitive nllLoss": (c) => {
    const [weight, reduction] = [c.valueOrNull("weight"), c.text("reduction")];
    const inputs = [c.in("input"), c.in("target"), weight === null ? null : c.in(weight)];
    return [c.emit("NegativeLogLikelihoodLoss", inputs, { reduction, ignore_index: c.number("ignoreIndex") }), null];
  },
  "primitive linalgCross": (c) => {
    const axis = c.axis("dim", c.out.shape.length);
    const turned = (value: Value, ...order: number[]): string =>
      c.emit("Gather", [c.as(value, c.out.dtype), c.graph.ints(order)], { axis });
    const [a, b] = [c.value("input"), c.value("other")];
    return c.emit("Sub", [
      c.emit("Mul", [turned(a, 1, 2, 0), turned(b, 2, 0, 1)]),
      c.emit("Mul", [turned(a, 2, 0, 1), turned(b, 1, 2, 0)]),
    ]);
  },
  "primitive tril": (c) => c.emit("Trilu", [c.in("input"), c.operand("diagonal", int64)], { upper: 0 }),
  "primitive triu": (c) => c.emit("Trilu", [c.in("input"), c.operand("diagonal", int64)], { upper: 1 }),
};
