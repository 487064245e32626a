/**
 * Evaluates exported models with the library itself: what ONNX says of each operator, in terms of tensors. It checks the graph (names, order,
 * attributes, dynamic shapes) where ONNX Runtime is not installed; that its own operators are right is checked beside the run time.
 */

import * as torch from "flambeau";
import { type AttributeValue, dtypes, type ModelNode, readModel } from "./reader.js";
import { recurrent } from "./recurrent.js";

type Tensor = torch.Tensor;
const F = torch.nn.functional;

/** A node with its operands. */
export class Operands {
  constructor(
    readonly node: ModelNode,
    private readonly values: ReadonlyMap<string, Tensor>,
  ) {}

  maybe(i: number): Tensor | null {
    const name = this.node.inputs[i];
    if (name === undefined || name === "") return null;
    const found = this.values.get(name);
    if (found === undefined) throw new Error(`${this.node.name} reads ${name}, which no node before gives`);
    return found;
  }

  at(i: number): Tensor {
    const found = this.maybe(i);
    if (found === null) throw new Error(`${this.node.name} lacks operand ${i}`);
    return found;
  }

  /** An operand as integers. */
  ints(i: number): number[] {
    return (this.at(i).reshape(-1).tolist() as (number | bigint)[]).map(Number);
  }

  get count(): number {
    return this.node.inputs.length;
  }

  flag(name: string, otherwise: boolean): boolean {
    const given = this.node.attributes[name];
    return given === undefined ? otherwise : given === 1;
  }

  attribute<T extends AttributeValue>(name: string, otherwise: T): T {
    return (this.node.attributes[name] as T | undefined) ?? otherwise;
  }
}

type Operator = (o: Operands) => Tensor | readonly Tensor[];

const unary =
  (f: (x: Tensor) => Tensor): Operator =>
  (o) =>
    f(o.at(0));

const binary =
  (f: (x: Tensor, y: Tensor) => Tensor): Operator =>
  (o) =>
    f(o.at(0), o.at(1));

/** A reduction over the dimensions in an operand. */
const reduction =
  (f: (x: Tensor, dims: number[], keepdim: boolean) => Tensor): Operator =>
  (o) =>
    f(o.at(0), o.maybe(1) === null ? o.at(0).shape.map((_, d) => d) : o.ints(1), o.flag("keepdims", true));

function reshape(o: Operands): Tensor {
  const { shape } = o.at(0);
  const zero = o.flag("allowzero", false);
  return o.at(0).reshape(o.ints(1).map((size, d) => (size === 0 && !zero ? (shape[d] as number) : size)));
}

function slice(o: Operands): Tensor {
  let x = o.at(0);
  const axes = o.maybe(3) === null ? x.shape.map((_, d) => d) : o.ints(3);
  const steps = o.maybe(4) === null ? axes.map(() => 1) : o.ints(4);
  axes.forEach((axis, i) => {
    const [start, end, step] = [o.ints(1)[i], o.ints(2)[i], steps[i]] as [number, number, number];
    const size = x.shape[axis] as number;
    const clamp = (n: number, low: number): number => Math.min(Math.max(n < 0 ? n + size : n, low), size);
    if (step > 0) {
      const from = clamp(start, 0);
      x = x.index(...x.shape.slice(0, axis).map(() => ":"), { start: from, stop: Math.max(clamp(end, 0), from), step });
      return;
    }
    const places: bigint[] = [];
    const first = Math.min(start < 0 ? start + size : start, size - 1);
    const last = end < -size ? -1 : clamp(end, -1);
    for (let at = first; at > last; at += step) places.push(BigInt(at));
    x = x.indexSelect(axis, torch.tensor(places, { dtype: torch.int64 }));
  });
  return x;
}

function gather(o: Operands): Tensor {
  const [data, given] = [o.at(0), o.at(1)];
  const axis = o.attribute("axis", 0);
  const places = given.add(
    given
      .lt(0)
      .to(torch.int64)
      .mul(data.shape[axis] as number),
  );
  const found = data.indexSelect(axis, places.reshape(-1));
  return found.reshape([...data.shape.slice(0, axis), ...given.shape, ...data.shape.slice(axis + 1)]);
}

/** The elements that rows of coordinates address. */
function gatherND(o: Operands): Tensor {
  const [data, indices] = [o.at(0), o.at(1)];
  return data.index(...indices.unbind(-1));
}

function scatterND(o: Operands): Tensor {
  const [data, indices, updates] = [o.at(0), o.at(1), o.at(2)];
  return data.indexPut(indices.unbind(-1), updates, { accumulate: o.attribute<string>("reduction", "none") === "add" });
}

function scatterElements(o: Operands): Tensor {
  const reduction = o.attribute<string>("reduction", "none");
  const [data, indices, updates] = [o.at(0), o.at(1), o.at(2)];
  const axis = o.attribute("axis", 0);
  return reduction === "add" ? data.scatterAdd(axis, indices, updates) : data.scatter(axis, indices, updates);
}

/** Padding as `[before, after]` for every spatial dimension, from the attribute `[before…, after…]`. */
function pads(o: Operands, rank: number): (readonly [number, number])[] {
  const given = o.attribute<readonly number[]>("pads", new Array<number>(2 * rank).fill(0));
  return Array.from({ length: rank }, (_, d) => [given[d] as number, given[d + rank] as number] as const);
}

/** A tensor padded at both ends of its spatial dimensions. */
function padded(x: Tensor, amounts: readonly (readonly [number, number])[], value: number): Tensor {
  return F.pad(x, [...amounts].reverse().flat(), "constant", value);
}

function conv(o: Operands): Tensor {
  const x = o.at(0);
  const rank = x.shape.length - 2;
  const convolve = [F.conv1d, F.conv2d, F.conv3d][rank - 1] as typeof F.conv2d;
  return convolve(padded(x, pads(o, rank), 0), o.at(1), o.maybe(2), {
    stride: o.attribute("strides", [1]),
    dilation: o.attribute("dilations", [1]),
    groups: o.attribute("group", 1),
  });
}

function convTranspose(o: Operands): Tensor {
  const rank = o.at(0).shape.length - 2;
  const convolve = [F.convTranspose1d, F.convTranspose2d, F.convTranspose3d][rank - 1] as typeof F.convTranspose2d;
  return convolve(o.at(0), o.at(1), o.maybe(2), {
    stride: o.attribute("strides", [1]),
    padding: pads(o, rank).map(([before]) => before),
    outputPadding: o.attribute("output_padding", [0]),
    dilation: o.attribute("dilations", [1]),
    groups: o.attribute("group", 1),
  });
}

function maxPool(o: Operands): Tensor {
  const x = o.at(0);
  const rank = x.shape.length - 2;
  const pool = [F.maxPool1d, F.maxPool2d, F.maxPool3d][rank - 1] as typeof F.maxPool2d;
  const options = { stride: o.attribute("strides", [1]), dilation: o.attribute("dilations", [1]) };
  return pool(padded(x, pads(o, rank), Number.NEGATIVE_INFINITY), o.attribute<readonly number[]>("kernel_shape", []), options) as Tensor;
}

function averagePool(o: Operands): Tensor {
  const x = o.at(0);
  const rank = x.shape.length - 2;
  const pool = [F.avgPool1d, F.avgPool2d, F.avgPool3d][rank - 1] as typeof F.avgPool2d;
  const kernel = o.attribute<readonly number[]>("kernel_shape", []);
  const averages = (of: Tensor): Tensor => pool(padded(of, pads(o, rank), 0), kernel, { stride: o.attribute("strides", [1]) });
  return o.flag("count_include_pad", false) ? averages(x) : averages(x).div(averages(torch.onesLike(x)));
}

function resize(o: Operands): Tensor {
  const x = o.at(0);
  const mode = o.attribute<string>("mode", "nearest");
  const alignCorners = o.attribute<string>("coordinate_transformation_mode", "half_pixel") === "align_corners";
  const scales = o.maybe(2);
  const where = scales === null ? { size: o.ints(3).slice(2) } : { scaleFactor: (scales.tolist() as number[]).slice(2) };
  if (mode === "nearest") return F.interpolate(x, where);
  return F.interpolate(x, { ...where, mode: mode === "cubic" ? "bicubic" : "bilinear", alignCorners });
}

function gemm(o: Operands): Tensor {
  const turned = (x: Tensor, name: string): Tensor => (o.flag(name, false) ? x.t() : x);
  const made = turned(o.at(0), "transA")
    .mm(turned(o.at(1), "transB"))
    .mul(o.attribute("alpha", 1));
  const bias = o.maybe(2);
  return bias === null ? made : made.add(bias.mul(o.attribute("beta", 1)));
}

function split(o: Operands): readonly Tensor[] {
  const axis = o.attribute("axis", 0);
  if (o.maybe(1) !== null) return o.at(0).split(o.ints(1), axis);
  const count = o.attribute("num_outputs", 1);
  return o.at(0).split(Math.ceil((o.at(0).shape[axis] as number) / count), axis);
}

function shapeOf(o: Operands): Tensor {
  const { shape } = o.at(0);
  return torch.tensor(shape.slice(o.attribute("start", 0), o.attribute("end", shape.length)), { dtype: torch.int64 });
}

function range(o: Operands): Tensor {
  const [start, end, step] = [0, 1, 2].map((i) => o.at(i).item()) as [number, number, number];
  return torch.arange(start, end, step, { dtype: o.at(0).dtype });
}

function normalised(o: Operands): Tensor {
  const x = o.at(0);
  return F.layerNorm(x, x.shape.slice(o.attribute("axis", -1)), o.at(1), o.maybe(2), o.attribute("epsilon", 1e-5));
}

const operators: Readonly<Record<string, Operator>> = {
  Abs: unary((x) => x.abs()),
  Add: binary((x, y) => x.add(y)),
  And: binary((x, y) => x.logicalAnd(y)),
  ArgMax: (o) => o.at(0).argmax(o.attribute("axis", 0), o.flag("keepdims", true)),
  AveragePool: averagePool,
  BatchNormalization: (o) => F.batchNorm(o.at(0), o.at(3), o.at(4), o.at(1), o.at(2), { eps: o.attribute("epsilon", 1e-5) }),
  Cast: (o) => o.at(0).to(dtypes.get(o.attribute("to", 1)) as torch.DType),
  Ceil: unary((x) => x.ceil()),
  Concat: (o) => {
    const all = Array.from({ length: o.count }, (_, i) => o.at(i));
    return torch.cat(all, o.attribute("axis", 0));
  },
  Conv: conv,
  ConvTranspose: convTranspose,
  Cos: unary((x) => x.cos()),
  CumSum: (o) => o.at(0).cumsum(o.ints(1)[0] as number),
  Div: binary((x, y) => (x.dtype.kind === "int" ? x.div(y, { roundingMode: "trunc" }) : x.div(y))),
  Einsum: (o) =>
    torch.einsum(
      o.attribute<string>("equation", ""),
      Array.from({ length: o.count }, (_, i) => o.at(i)),
    ),
  Elu: (o) => F.elu(o.at(0), o.attribute("alpha", 1)),
  Equal: binary((x, y) => x.eq(y)),
  Erf: unary((x) => x.erf()),
  Exp: unary((x) => x.exp()),
  Expand: (o) => {
    const size = o.ints(1);
    const lead = new Array<number>(Math.max(size.length - o.at(0).shape.length, 0)).fill(1);
    const shape = torch.broadcastShapes([...lead, ...o.at(0).shape], size);
    return o.at(0).expand([...shape]);
  },
  Floor: unary((x) => x.floor()),
  GRU: recurrent,
  Gather: gather,
  GatherElements: (o) => o.at(0).gather(o.attribute("axis", 0), o.at(1)),
  GatherND: gatherND,
  Gelu: (o) => F.gelu(o.at(0), { approximate: o.attribute<string>("approximate", "none") as "none" }),
  Gemm: gemm,
  Greater: binary((x, y) => x.gt(y)),
  GreaterOrEqual: binary((x, y) => x.ge(y)),
  Identity: unary((x) => x),
  InstanceNormalization: (o) => F.instanceNorm(o.at(0), null, null, o.at(1), o.at(2), { eps: o.attribute("epsilon", 1e-5) }),
  LSTM: recurrent,
  LayerNormalization: normalised,
  LeakyRelu: (o) => F.leakyRelu(o.at(0), o.attribute("alpha", 0.01)),
  BitwiseAnd: binary((x, y) => x.bitwiseAnd(y)),
  Less: binary((x, y) => x.lt(y)),
  LessOrEqual: binary((x, y) => x.le(y)),
  Log: unary((x) => x.log()),
  LogSoftmax: (o) => o.at(0).logSoftmax(o.attribute("axis", -1)),
  MatMul: binary((x, y) => x.matmul(y)),
  Max: binary((x, y) => x.maximum(y)),
  MaxPool: maxPool,
  Min: binary((x, y) => x.minimum(y)),
  Mod: binary((x, y) => x.remainder(y)),
  Mul: binary((x, y) => x.mul(y)),
  Neg: unary((x) => x.neg()),
  NonZero: (o) => o.at(0).nonzero().t(),
  Not: unary((x) => x.logicalNot()),
  Or: binary((x, y) => x.logicalOr(y)),
  Pad: (o) => {
    const amounts = o.ints(1);
    const rank = amounts.length / 2;
    const each = Array.from({ length: rank }, (_, d) => [amounts[d] as number, amounts[d + rank] as number] as const);
    return padded(o.at(0), each, o.maybe(2)?.item() ?? 0);
  },
  Pow: binary((x, y) => x.pow(y)),
  RNN: recurrent,
  Range: range,
  ReduceL2: reduction((x, dims, keepdim) => x.norm(2, dims, keepdim)),
  ReduceMax: reduction((x, dims, keepdim) => x.amax(dims, keepdim)),
  ReduceMean: reduction((x, dims, keepdim) => x.mean(dims, keepdim)),
  ReduceMin: reduction((x, dims, keepdim) => x.amin(dims, keepdim)),
  ReduceSum: reduction((x, dims, keepdim) => x.sum(dims, keepdim)),
  ReduceSumSquare: reduction((x, dims, keepdim) => x.square().sum(dims, keepdim)),
  Relu: unary((x) => x.relu()),
  Reshape: reshape,
  Resize: resize,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  Shape: shapeOf,
  Sigmoid: unary((x) => x.sigmoid()),
  Sin: unary((x) => x.sin()),
  Slice: slice,
  Softmax: (o) => o.at(0).softmax(o.attribute("axis", -1)),
  Softplus: unary((x) => F.softplus(x)),
  Split: split,
  Sqrt: unary((x) => x.sqrt()),
  Squeeze: (o) => o.at(0).squeeze(o.ints(1)),
  Sub: binary((x, y) => x.sub(y)),
  Tanh: unary((x) => x.tanh()),
  Tile: (o) => o.at(0).repeat(o.ints(1)),
  TopK: (o) => {
    const sorted = { largest: o.flag("largest", true) };
    const { values, indices } = o.at(0).topk(o.ints(1)[0] as number, o.attribute("axis", -1), sorted);
    return [values, indices];
  },
  Transpose: (o) => o.at(0).permute([...o.attribute<readonly number[]>("perm", [])]),
  Trilu: (o) => {
    const diagonal = o.maybe(1)?.item() ?? 0;
    return o.flag("upper", true) ? o.at(0).triu(diagonal) : o.at(0).tril(diagonal);
  },
  Unsqueeze: (o) => [...o.ints(1)].sort((a, b) => a - b).reduce((x, dim) => x.unsqueeze(dim), o.at(0)),
  Where: (o) => torch.where(o.at(0), o.at(1), o.at(2)),
};

/** The outputs of a model for inputs, in order. */
export function evaluate(bytes: Uint8Array, inputs: readonly Tensor[]): Tensor[] {
  const model = readModel(bytes);
  const values = new Map<string, Tensor>(model.initializers);
  for (const [i, { name }] of model.inputs.entries()) values.set(name, inputs[i] as Tensor);
  for (const node of model.nodes) {
    const operator = operators[node.op];
    if (operator === undefined) throw new Error(`no evaluation of ${node.op}`);
    const made = torch.noGrad(() => operator(new Operands(node, values)));
    const results = Array.isArray(made) ? (made as readonly Tensor[]) : [made as Tensor];
    for (const [i, name] of node.outputs.entries()) if (name !== "") values.set(name, results[i] as Tensor);
  }
  return model.outputs.map(({ name }) => values.get(name) as Tensor);
}
