/** Indexing, `t[…]`, and assignment through an index: integers and slices give views, tensors and lists gather elements. */

import { DTypeError, IndexError, ShapeError } from "../../core/errors.js";
import { broadcastShapes, formatShape, type Shape } from "../../core/shape.js";
import { emptyOn, type Scalar, scalarOn, tensorOver } from "../../tensor/create.js";
import { plainView, primitive, view } from "../../tensor/define/index.js";
import { type Args, callable, type InPlaceOp, type Op, type OpRecord } from "../../tensor/dispatch.js";
import { parseSchema } from "../../tensor/schema.js";
import { Tensor } from "../../tensor/tensor.js";
import { asIndex, sameDevice, wrapIndex } from "./bounds.js";
import { type IndexItem, type Place, placeOf } from "./place.js";

export type { IndexItem, Slice } from "./place.js";

/** The view that integers, slices and new dimensions make. */
const basicIndex: Op<(input: Tensor, place: Place) => Tensor> = view("index(Tensor input, any place)", {
  layout: (_input, place) => place as Place,
  gradient: (grad, input, place) => {
    const zeros = grad.newZeros(input.shape);
    return zeros.indexPut_((place as Place).basic, grad);
  },
  gradName: (_input, place) => (place as Place).view ?? "AliasBackward0",
});

/** Index tensors as the kernels take them, and the shape and order of what they address. */
interface Addressed {
  readonly indices: readonly (Tensor | null)[];
  /** The shape of the result. */
  readonly shape: Shape;
  /** Where in the result the dimensions of the index tensors lie. */
  readonly at: number;
  /** How many they are. */
  readonly depth: number;
}

/** Index tensors with neighbouring dimensions put theirs in that place; otherwise they come first. */
function address(op: string, input: Tensor, indices: readonly (Tensor | null)[]): Addressed {
  const shapes: Shape[] = [];
  const dims: number[] = [];
  indices.forEach((index, d) => {
    if (index === null) return;
    sameDevice(op, input, index);
    shapes.push(index.shape);
    dims.push(d);
  });
  let common: Shape;
  try {
    common = broadcastShapes(op, shapes);
  } catch (cause) {
    throw new IndexError(
      `${op}: shape mismatch: indexing tensors could not be broadcast together with shapes ${shapes.map(formatShape).join(", ")}`,
      { cause },
    );
  }
  const first = dims[0] as number;
  const isTogether = dims.every((d, i) => d === first + i);
  const at = isTogether ? first : 0;
  const rest = input.shape.filter((_, d) => (indices[d] ?? null) === null);
  const wrapped = indices.map((index, d) => {
    if (index === null) return null;
    const size = input.shape[d] as number;
    const checked = wrapIndex(asIndex(op, index), size, (bad) => {
      throw new IndexError(`${op}: index ${bad} is out of bounds for dimension ${d} with size ${size}`);
    });
    return checked.expand(common as number[]);
  });
  return { indices: wrapped, shape: [...rest.slice(0, at), ...common, ...rest.slice(at)], at, depth: common.length };
}

/** The same elements with the dimensions of the index tensors first: the order of the kernels. */
function kernelOrder(tensor: Tensor, { at, depth }: Addressed): Tensor {
  if (at === 0) return tensor;
  const turn = (list: readonly number[]): number[] => [...list.slice(at, at + depth), ...list.slice(0, at), ...list.slice(at + depth)];
  return tensorOver(tensor.storage, turn(tensor.shape), turn(tensor.strides), tensor.offset, tensor.dtype);
}

/** Index tensors as items of an index, for gradients. */
function itemsOf(indices: readonly (Tensor | null)[]): IndexItem[] {
  return indices.map((index) => index ?? ":");
}

type Indices = readonly (Tensor | null)[];

/** The elements that index tensors address; null stands for a whole dimension. */
const gatherIndex: Op<(input: Tensor, indices: Indices) => Tensor> = primitive("index(Tensor input, any indices)", {
  forward: (input, indices) => {
    const addressed = address("index", input, indices as Indices);
    const out = emptyOn(input.storage.backend, addressed.shape, input.dtype);
    input.storage.backend.kernels.indexGet(kernelOrder(out, addressed), input, addressed.indices);
    return out;
  },
  gradient: {
    input: (grad, { given, indices }) => grad.newZeros(given.input.shape).indexPut_(itemsOf(indices as Indices), grad, true),
  },
});

/** Writes or adds values at the places that index tensors address. */
const putIndex: InPlaceOp<(input: Tensor, indices: Indices, values: Tensor, accumulate: boolean) => Tensor> = primitive(
  "indexPut(Tensor input, any indices, Tensor values, bool accumulate=false)",
  {
    writes: true,
    inPlace: true,
    forward: (out, indices, values, accumulate) => {
      if (values.dtype !== out.dtype) {
        throw new DTypeError(
          `indexPut: Index put requires the source and destination dtypes match, got ${out.dtype.scalarName} for the destination and ${values.dtype.scalarName} for the source. Convert the values with .to(dtype).`,
        );
      }
      sameDevice("indexPut", out, values);
      const addressed = address("indexPut", out, indices as Indices);
      const source = stretched(values, addressed.shape);
      out.storage.backend.kernels.indexPut(out, addressed.indices, kernelOrder(source, addressed), accumulate);
      return out;
    },
    gradient: {
      input: (grad, { indices, accumulate }) => (accumulate ? grad : grad.indexPut(itemsOf(indices as Indices), 0)),
      values: (grad, { indices }) => grad.index(...itemsOf(indices as Indices)),
    },
  },
);

function stretched(values: Tensor, shape: Shape): Tensor {
  const lead = shape.length - values.shape.length;
  if (lead < 0 || values.shape.some((n, d) => n !== 1 && n !== shape[lead + d])) {
    throw new ShapeError(
      `indexPut: shape mismatch: value tensor of shape ${formatShape(values.shape)} cannot be broadcast to indexing result of shape ${formatShape(shape)}`,
    );
  }
  return values.expand(shape as number[]);
}

/** A list without its first number; `slice` takes several times as long for the short ones that shapes are. */
const behindFirst = (list: readonly number[]): number[] =>
  list.length === 1 ? [] : list.length === 2 ? [list[1] as number] : list.slice(1);

/** `t[i]` for a number within the bounds, as datasets take their items; null for anything else. */
function row(input: Tensor, item: unknown): Tensor | null {
  const { shape, strides } = input;
  if (typeof item !== "number" || shape.length === 0 || !Number.isInteger(item)) return null;
  const size = shape[0] as number;
  if (item >= size || item < -size) return null;
  const offset = input.offset + (item < 0 ? item + size : item) * (strides[0] as number);
  const [sizes, steps] = [behindFirst(shape), behindFirst(strides)];
  const plain = plainView(input, sizes, steps, offset);
  if (plain !== null) return plain;
  const place: Place = { shape: sizes, strides: steps, offset, indices: null, basic: [item], view: "SelectBackward0" };
  return basicIndex.record.run([input, place]) as Tensor;
}

function get(input: Tensor, items: readonly IndexItem[]): Tensor {
  const place = placeOf(input, items);
  if (place.indices === null) return basicIndex.record.run([input, place]) as Tensor;
  const base = place.view === null ? input : (basicIndex.record.run([input, place]) as Tensor);
  return gatherIndex.record.run([base, place.indices]) as Tensor;
}

/**
 * The part of a tensor that an index names, as in Python's `t[…]`. Integers, slices, `null` and `"..."` give a view; index tensors, lists and
 * masks give a copy.
 * @throws {IndexError} for an index out of bounds, or too many of them.
 * @example
 * ```ts
 * const t = torch.rand(6, 4);
 * const mask = t.gt(0.5);
 * t.index(0);               // t[0]
 * t.index(":", -1);         // t[:, -1]
 * t.index("1:5:2", "...");  // t[1:5:2, ...]
 * t.index(null, mask);      // t[None, mask]
 * t.index([4, 5]);          // t[[4, 5]]
 * ```
 */
export const index: Op<(input: Tensor, ...indices: IndexItem[]) => Tensor> = callable(
  {
    kind: "composite",
    name: "index",
    schema: parseSchema("index(Tensor input, ...any indices)"),
    differentiable: true,
    inPlace: null,
    dynamicShape: false,
    bind: ([input, ...items]) => [input, items],
    run: ([input, items]) => get(input as Tensor, items as readonly IndexItem[]),
  },
  (args) => {
    const input = args[0];
    if (!(input instanceof Tensor)) return undefined;
    return (args.length === 2 ? row(input, args[1]) : null) ?? get(input, args.slice(1) as IndexItem[]);
  },
);

/** The value without leading dimensions of size 1 beyond those of the place it is written to. */
function trimmed(value: Tensor, rank: number): Tensor {
  let extra = 0;
  while (value.shape.length - extra > rank && value.shape[extra] === 1) extra++;
  return extra === 0 ? value : value.reshape(value.shape.slice(extra));
}

function put(input: Tensor, given: IndexItem | readonly IndexItem[], value: Tensor | Scalar, accumulate: boolean): Tensor {
  const items = Array.isArray(given) ? (given as readonly IndexItem[]) : [given as IndexItem];
  const [only] = items;
  if (items.length === 1 && only instanceof Tensor && isPlainMask(only, input) && !accumulate && isSingle(value)) {
    const mask = only.reshape([...only.shape, ...input.shape.slice(only.shape.length).map(() => 1)]);
    input.maskedFill_(mask, value);
    return input;
  }
  const place = placeOf(input, items);
  const target = place.view === null ? input : (basicIndex.record.run([input, place]) as Tensor);
  if (place.indices !== null) {
    const values = value instanceof Tensor ? trimmed(value, input.shape.length + 64) : scalarOn(input.storage.backend, value, input.dtype);
    (putIndex.record.inPlace as NonNullable<OpRecord["inPlace"]>)([target, place.indices, values, accumulate]);
  } else if (accumulate) target.add_(value instanceof Tensor ? trimmed(value, place.shape.length) : value);
  else if (value instanceof Tensor) target.copy_(trimmed(value, place.shape.length));
  else target.fill_(value);
  return input;
}

const isSingle = (value: Tensor | Scalar): boolean => !(value instanceof Tensor) || value.shape.length === 0;

/** Whether an index is a mask over the leading dimensions. */
function isPlainMask(index: Tensor, input: Tensor): boolean {
  return (
    index.dtype.name === "bool" &&
    index.shape.length > 0 &&
    index.shape.length <= input.shape.length &&
    index.shape.every((n, d) => n === input.shape[d])
  );
}

const putRecord: OpRecord = {
  kind: "composite",
  name: "indexPut",
  schema: parseSchema("indexPut(Tensor input, any indices, Operand values, bool accumulate=false)"),
  differentiable: true,
  inPlace: ([input, indices, value, accumulate]) =>
    put(input as Tensor, indices as readonly IndexItem[], value as Tensor | Scalar, accumulate as boolean),
  dynamicShape: false,
  run: ([input, indices, value, accumulate]) =>
    put((input as Tensor).clone(), indices as readonly IndexItem[], value as Tensor | Scalar, accumulate as boolean),
};

/**
 * A copy of the tensor in which the part that an index names holds `values` (or has them added, with `accumulate`). Values broadcast.
 * The variant `indexPut_` is Python's assignment `t[…] = values`.
 * @throws {IndexError} for an index out of bounds.
 * @throws {ShapeError} if the values do not broadcast to the part.
 * @example
 * ```ts
 * const t = torch.rand(6, 4);
 * const mask = t.gt(0.5);
 * t.indexPut_([0, ":"], 1);                          // t[0, :] = 1
 * t.indexPut_([mask], 0);                            // t[mask] = 0
 * t.indexPut_([[0, 0]], torch.ones(4), { accumulate: true }); // adds twice to row 0
 * ```
 */
export const indexPut: InPlaceOp<
  (
    input: Tensor,
    indices: IndexItem | readonly IndexItem[],
    values: Tensor | Scalar,
    ...args: Args<[accumulate: boolean], { accumulate?: boolean }>
  ) => Tensor
> = Object.assign(
  callable<
    (
      input: Tensor,
      indices: IndexItem | readonly IndexItem[],
      values: Tensor | Scalar,
      ...args: Args<[accumulate: boolean], { accumulate?: boolean }>
    ) => Tensor
  >(putRecord, null),
  {
    hasInPlace: true as const,
  },
);
