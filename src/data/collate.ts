/** Batches from items. */

import { bool, float64, int64 } from "../core/dtype.js";
import { ArgumentError, ShapeError } from "../core/errors.js";
import { formatShape, sameShape } from "../core/shape.js";
import { tensor } from "../ops/create/tensor.js";
import { stack } from "../ops/shape/joining.js";
import { isOptions } from "../tensor/schema.js";
import { Tensor } from "../tensor/tensor.js";

/** What a batch of items of a type becomes: tensors are stacked, numbers become tensors, tuples and objects are collated part by part. */
export type Collated<T> = T extends Tensor
  ? Tensor
  : T extends number | bigint | boolean
    ? Tensor
    : T extends string
      ? string[]
      : T extends readonly unknown[]
        ? { -readonly [K in keyof T]: Collated<T[K]> }
        : T extends object
          ? { [K in keyof T]: Collated<T[K]> }
          : T[];

function collate(items: readonly unknown[]): unknown {
  const first = items[0];
  if (first instanceof Tensor) return stackAll(items as readonly Tensor[]);
  if (typeof first === "number") {
    // Python's integers and floats are one type here: whole numbers throughout make an integer tensor.
    const whole = items.every((item) => Number.isInteger(item));
    return tensor(items as readonly number[], { dtype: whole ? int64 : float64 });
  }
  if (typeof first === "bigint") return tensor(items as readonly bigint[], { dtype: int64 });
  if (typeof first === "boolean") return tensor(items as readonly boolean[], { dtype: bool });
  if (typeof first === "string") return [...items];
  if (Array.isArray(first)) {
    const rows = items as readonly (readonly unknown[])[];
    if (rows.some((row) => !Array.isArray(row) || row.length !== first.length)) {
      throw new ArgumentError(
        "collate: each element in list of batch should be of equal size; the items of this batch have different lengths",
      );
    }
    return first.map((_, k) => collate(rows.map((row) => row[k])));
  }
  if (isOptions(first)) {
    const rows = items as readonly Readonly<Record<string, unknown>>[];
    return Object.fromEntries(Object.keys(first).map((name) => [name, collate(rows.map((row) => row[name]))]));
  }
  throw new ArgumentError(
    `collate: default_collate: batch must contain tensors, numbers, strings, arrays or objects; found ${first === null ? "null" : typeof first}. Give a collateFn for other items.`,
  );
}

function stackAll(items: readonly Tensor[]): Tensor {
  const first = items[0] as Tensor;
  for (let i = 1; i < items.length; i++) {
    const item = items[i] as Tensor;
    if (!(item instanceof Tensor)) throw new ArgumentError(`collate: item 0 of the batch is a tensor, item ${i} is not`);
    if (!sameShape(item.shape, first.shape)) {
      throw new ShapeError(
        `collate: stack expects each tensor to be equal size, but got ${formatShape(first.shape)} at entry 0 and ${formatShape(item.shape)} at entry ${i}. Give a collateFn that pads them.`,
      );
    }
  }
  return stack(items);
}

/**
 * A batch from items of one kind: tensors are stacked along a new first dimension, numbers become tensors, strings stay an array, arrays and plain
 * objects are collated part by part.
 * @throws {ArgumentError} for an empty list, or items that do not fit together.
 * @example
 * ```ts
 * torch.utils.data.defaultCollate([[torch.ones(2), 0], [torch.zeros(2), 1]]); // [tensor([[1., 1.], [0., 0.]]), tensor([0, 1])]
 * ```
 */
export function defaultCollate<T>(items: readonly T[]): Collated<T> {
  if (items.length === 0) throw new ArgumentError("collate: cannot make a batch of no items; the batch sampler gave an empty list");
  return collate(items) as Collated<T>;
}
