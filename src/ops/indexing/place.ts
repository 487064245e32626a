/** What an index such as `t[1, :, None, mask]` means: a layout over the same memory, and index tensors for some of its dimensions. */

import { bool, int32, int64, uint8 } from "../../core/dtype.js";
import { ArgumentError, DTypeError, IndexError, TorchError } from "../../core/errors.js";
import { formatShape, type Layout } from "../../core/shape.js";
import { emptyOn, fromNested, type NestedArray, scalarOn } from "../../tensor/create.js";
import { Tensor } from "../../tensor/tensor.js";

/** A slice `start:stop:step`; null or absent means the whole way. */
export interface Slice {
  readonly start?: number | null;
  readonly stop?: number | null;
  readonly step?: number | null;
}

/**
 * One item of an index: an integer, a slice (`"1:5:2"`, `":"` or an object), `"..."`, null for a new dimension, a tensor or a list of
 * indices, a mask, or one truth value.
 */
export type IndexItem = number | bigint | boolean | string | null | Slice | Tensor | readonly NestedArray[];

/** The meaning of an index for one tensor. */
export interface Place extends Layout {
  readonly shape: number[];
  readonly strides: number[];
  offset: number;
  /** For each dimension of the layout, the tensor that indexes it, or null. Null altogether if there is none. */
  indices: (Tensor | null)[] | null;
  /** The items that make the layout: integers, slices, new dimensions and `"..."`. */
  readonly basic: IndexItem[];
  /** The graph node of the last step that changes the layout; null if none does. */
  view: string | null;
}

const slices = new Map<string, Slice>();

/** Reads `"start:stop:step"`. */
function parseSlice(text: string): Slice {
  const known = slices.get(text);
  if (known !== undefined) return known;
  const parts = text.split(":").map((part) => part.trim());
  const numbers = parts.map((part) => (part === "" || part === "None" ? null : Number(part)));
  if (parts.length < 2 || parts.length > 3 || numbers.some((n) => n !== null && !Number.isInteger(n))) {
    throw new ArgumentError(
      `index: cannot read '${text}': a slice is written "start:stop" or "start:stop:step", such as "1:5:2", ":" or "-3:"; all remaining dimensions are "..."`,
    );
  }
  const slice = { start: numbers[0] ?? null, stop: numbers[1] ?? null, step: numbers[2] ?? null };
  slices.set(text, slice);
  return slice;
}

const isMask = (tensor: Tensor): boolean => tensor.dtype === bool || tensor.dtype === uint8;

/** How many dimensions an item takes. */
function consumes(item: IndexItem): number {
  if (item === null || item === "..." || typeof item === "boolean") return 0;
  return item instanceof Tensor && isMask(item) ? item.shape.length : 1;
}

function leavesOf(list: NestedArray): NestedArray[] {
  return Array.isArray(list) ? list.flatMap(leavesOf) : [list];
}

/** Lists as tensors, so that all index arrays are alike. */
function normalise(input: Tensor, items: readonly IndexItem[]): IndexItem[] {
  return items.map((item) => {
    if (!Array.isArray(item)) return item;
    const list = item as readonly NestedArray[];
    const leaves = leavesOf(list);
    const isBool = leaves.length > 0 && leaves.every((value) => typeof value === "boolean");
    for (const value of leaves) if (typeof value === "number" && !Number.isInteger(value)) badItem(value);
    return fromNested("index", list, isBool ? bool : int64, input.storage.backend);
  });
}

function badItem(item: unknown): never {
  const what =
    typeof item === "number"
      ? `float ${item}; round it with Math.floor or Math.round`
      : typeof item === "object"
        ? (item?.constructor?.name ?? "object")
        : typeof item;
  throw new IndexError(
    `index: only integers, slices (":", "1:5"), ellipsis ("..."), null, lists and long or byte tensors are valid indices (got ${what})`,
  );
}

function isSlice(item: unknown): item is Slice {
  return typeof item === "object" && item !== null && Object.keys(item).every((key) => key === "start" || key === "stop" || key === "step");
}

/** Walks over the items of an index, dimension by dimension. */
class Walker {
  readonly place: Place = { shape: [], strides: [], offset: 0, indices: null, basic: [], view: null };
  private dim = 0;

  constructor(private readonly input: Tensor) {
    this.place.offset = input.offset;
  }

  private push(size: number, stride: number, item: IndexItem, index: Tensor | null = null): void {
    const { place } = this;
    if (index !== null) {
      place.indices ??= place.shape.map(() => null);
      place.indices.push(index);
    } else place.indices?.push(null);
    place.shape.push(size);
    place.strides.push(stride);
    place.basic.push(item);
  }

  /** Takes whole dimensions up to `end`. */
  whole(end: number): void {
    for (; this.dim < end; this.dim++) this.push(this.input.shape[this.dim] as number, this.input.strides[this.dim] as number, ":");
  }

  integer(index: number): void {
    const { shape, strides } = this.input;
    if (shape.length === 0) {
      throw new IndexError("index: invalid index of a 0-dim tensor. Use `tensor.item()` to convert a 0-dim tensor to a number");
    }
    const size = shape[this.dim] as number;
    if (!Number.isInteger(index)) badItem(index);
    if (index < -size || index >= size)
      throw new IndexError(`index: index ${index} is out of bounds for dimension ${this.dim} with size ${size}`);
    this.place.offset += (index < 0 ? index + size : index) * (strides[this.dim] as number);
    this.place.basic.push(index);
    this.place.view = "SelectBackward0";
    this.dim++;
  }

  slice(slice: Slice): void {
    if (this.input.shape.length === 0) throw new IndexError("index: slice() cannot be applied to a 0-dim tensor.");
    const size = this.input.shape[this.dim] as number;
    const stride = this.input.strides[this.dim] as number;
    const step = slice.step ?? 1;
    if (step <= 0) throw new ArgumentError(`index: slice step must be greater than zero, got ${step}; use flip() to reverse a dimension`);
    const clamp = (n: number): number => Math.min(Math.max(n < 0 ? n + size : n, 0), size);
    const start = clamp(slice.start ?? 0);
    const stop = Math.max(clamp(slice.stop ?? size), start);
    if (start > 0 || stop < size || step > 1) this.place.view = "SliceBackward0";
    this.place.offset += start * stride;
    this.push(Math.ceil((stop - start) / step), stride * step, slice);
    this.dim++;
  }

  /** A new dimension of size 1. */
  unsqueeze(index: Tensor | null = null): void {
    const { shape, strides } = this.input;
    const stride = this.dim < shape.length ? (shape[this.dim] as number) * (strides[this.dim] as number) : 1;
    this.push(1, stride, null, index);
    this.place.view = "UnsqueezeBackward0";
  }

  /** One truth value: a new dimension that is taken or not. */
  truth(value: boolean): void {
    const { backend } = this.input.storage;
    this.unsqueeze(value ? scalarOn(backend, 0n, int64).reshape(1) : emptyOn(backend, [0], int64));
  }

  /** A mask over the next dimensions: the places where it is true index them. */
  mask(mask: Tensor): void {
    const { shape, strides } = this.input;
    mask.shape.forEach((size, d) => {
      if (size !== shape[this.dim + d]) {
        throw new IndexError(
          `index: The shape of the mask ${formatShape(mask.shape)} at index ${d} does not match the shape of the indexed tensor ${formatShape(shape)} at index ${this.dim + d}`,
        );
      }
    });
    const columns = mask.shape.length === 0 ? [mask.reshape(1).nonzero().select(1, 0)] : mask.nonzero({ asTuple: true });
    if (mask.shape.length === 0) return this.unsqueeze(columns[0]);
    for (const column of columns) {
      this.push(shape[this.dim] as number, strides[this.dim] as number, ":", column);
      this.dim++;
    }
  }

  tensor(index: Tensor): void {
    if (isMask(index)) return this.mask(index);
    if (index.dtype.kind !== "int") {
      throw new DTypeError(
        `index: tensors used as indices must be long, int, byte or bool tensors, got ${index.dtype}. Convert it with .long(), or compare it (such as x.gt(0)) for a mask.`,
      );
    }
    if (index.dtype !== int64 && index.dtype !== int32)
      throw new DTypeError(
        `index: tensors used as indices must be long, int, byte or bool tensors, got ${index.dtype}. Convert it with .long().`,
      );
    if (this.input.shape.length === 0) throw new IndexError("index: too many indices for tensor of dimension 0");
    const isKnown = index.shape.length === 0 && index.storage.backend.kernels.indexRange !== undefined;
    if (isKnown) return this.integer(index.item());
    this.push(this.input.shape[this.dim] as number, this.input.strides[this.dim] as number, ":", index);
    this.dim++;
  }

  take(item: IndexItem, ellipsisEnd: number): void {
    if (typeof item === "number" || typeof item === "bigint") this.integer(Number(item));
    else if (item === "...") this.whole(ellipsisEnd);
    else if (typeof item === "string") this.slice(parseSlice(item));
    else if (item === null) this.unsqueeze();
    else if (typeof item === "boolean") this.truth(item);
    else if (item instanceof Tensor) this.tensor(item);
    else if (isSlice(item)) this.slice(item);
    else badItem(item);
  }

  get position(): number {
    return this.dim;
  }
}

/**
 * The meaning of an index.
 * @throws {IndexError} for integers out of bounds, too many items, and items that are no indices.
 */
export function placeOf(input: Tensor, given: readonly IndexItem[]): Place {
  const items = given.some(Array.isArray) ? normalise(input, given) : given;
  const rank = input.shape.length;
  let specified = 0;
  for (const item of items) specified += consumes(item as IndexItem);
  const walker = new Walker(input);
  if (specified > rank && rank > 0) throw new IndexError(`index: too many indices for tensor of dimension ${rank}`);
  let left = specified;
  for (const item of items) {
    if (item === undefined) throw new TorchError("index: an index is undefined; null makes a new dimension");
    left -= consumes(item);
    walker.take(item, Math.max(rank - left, walker.position));
  }
  walker.whole(rank);
  return walker.place;
}
