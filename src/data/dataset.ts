/** Datasets: items by number, or as a stream. */

import { ArgumentError, IndexError } from "../core/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { registerPortable } from "./workers/portable.js";

/**
 * Items by number. A subclass gives `length` and `getItem`; it may give `getItems`, where several items at once are cheaper.
 * @example
 * ```ts
 * class Squares extends torch.utils.data.Dataset<number> {
 *   get length(): number {
 *     return 10;
 *   }
 *   getItem(index: number): number {
 *     return index * index;
 *   }
 * }
 * ```
 */
export abstract class Dataset<T> implements Iterable<T> {
  /** The number of items. */
  abstract get length(): number;

  /** The item with a number from 0 on. */
  abstract getItem(index: number): T;

  /** Several items at once; by default one after the other. */
  getItems?(indices: readonly number[]): T[];

  /** All items in order. */
  *[Symbol.iterator](): Iterator<T> {
    for (let i = 0; i < this.length; i++) yield this.getItem(i);
  }
}

/** A plain array as a dataset. */
export class ArrayDataset<T> extends Dataset<T> {
  constructor(readonly items: readonly T[]) {
    super();
  }

  override get length(): number {
    return this.items.length;
  }

  override getItem(index: number): T {
    if (!(index in this.items)) throw new IndexError(`Dataset: index ${index} is out of range for ${this.items.length} items`);
    return this.items[index] as T;
  }
}

/** What has items by number: a dataset, or an array as one. */
export function datasetOf<T>(source: Dataset<T> | readonly T[]): Dataset<T> {
  return isArray(source) ? new ArrayDataset(source) : source;
}

function isArray<T>(source: Dataset<T> | readonly T[]): source is readonly T[] {
  return Array.isArray(source);
}

/** Items as a stream, for data that is not addressed by number. A subclass gives an iterator. */
export abstract class IterableDataset<T> implements Iterable<T> {
  abstract [Symbol.iterator](): Iterator<T>;
}

/**
 * Tensors whose first dimension counts the items: item `i` is the tuple of the tensors' slices.
 * @throws {ArgumentError} if their first sizes differ.
 */
export class TensorDataset<T extends readonly Tensor[] = readonly Tensor[]> extends Dataset<T> {
  /** The tensors, in the order of the tuple. */
  readonly tensors: T;

  constructor(...tensors: T) {
    super();
    if (tensors.length === 0) throw new ArgumentError("TensorDataset: at least one tensor is needed");
    const sizes = tensors.map((tensor) => tensor.length);
    if (sizes.some((size) => size !== sizes[0]))
      throw new ArgumentError(`TensorDataset: Size mismatch between tensors: first sizes are ${sizes.join(", ")}`);
    this.tensors = tensors;
  }

  override get length(): number {
    return (this.tensors[0] as Tensor).length;
  }

  override getItem(index: number): T {
    const slice = (tensor: Tensor): Tensor => tensor.select(0, index);
    // A tuple mapped element by element keeps its shape; `map` cannot say so.
    return this.tensors.map(slice) as readonly Tensor[] as T;
  }
}

/** Some items of a dataset, by number. */
export class Subset<T> extends Dataset<T> {
  readonly dataset: Dataset<T>;

  constructor(
    dataset: Dataset<T> | readonly T[],
    readonly indices: readonly number[],
  ) {
    super();
    this.dataset = datasetOf(dataset);
  }

  override get length(): number {
    return this.indices.length;
  }

  override getItem(index: number): T {
    const at = this.indices[index];
    if (at === undefined) throw new IndexError(`Subset: index ${index} is out of range for ${this.indices.length} items`);
    return this.dataset.getItem(at);
  }
}

/** Datasets one after the other. */
export class ConcatDataset<T> extends Dataset<T> {
  /** For each dataset, the number of items up to its end. */
  readonly cumulativeSizes: readonly number[];

  constructor(readonly datasets: readonly Dataset<T>[]) {
    super();
    if (datasets.length === 0) throw new ArgumentError("ConcatDataset: datasets should not be an empty iterable");
    for (const dataset of datasets)
      if (dataset instanceof IterableDataset) throw new ArgumentError("ConcatDataset: ConcatDataset does not support IterableDataset");
    let total = 0;
    this.cumulativeSizes = datasets.map((dataset) => {
      total += dataset.length;
      return total;
    });
  }

  override get length(): number {
    return this.cumulativeSizes[this.cumulativeSizes.length - 1] as number;
  }

  override getItem(index: number): T {
    const at = index < 0 ? index + this.length : index;
    const which = this.cumulativeSizes.findIndex((end) => at < end);
    if (which < 0 || at < 0) throw new IndexError(`ConcatDataset: index ${index} is out of range for ${this.length} items`);
    return (this.datasets[which] as Dataset<T>).getItem(at - (which === 0 ? 0 : (this.cumulativeSizes[which - 1] as number)));
  }
}

/** Streams one after the other. */
export class ChainDataset<T> extends IterableDataset<T> {
  constructor(readonly datasets: Iterable<Iterable<T>>) {
    super();
  }

  override *[Symbol.iterator](): Iterator<T> {
    for (const dataset of this.datasets) yield* dataset;
  }
}

registerPortable<ArrayDataset<unknown>>(import.meta.url, ArrayDataset, ({ items }) => [items]);
registerPortable<TensorDataset>(import.meta.url, TensorDataset, ({ tensors }) => tensors);
registerPortable<Subset<unknown>>(import.meta.url, Subset, ({ dataset, indices }) => [dataset, indices]);
registerPortable<ConcatDataset<unknown>>(import.meta.url, ConcatDataset, ({ datasets }) => [datasets]);
registerPortable<ChainDataset<unknown>>(import.meta.url, ChainDataset, ({ datasets }) => [[...datasets]]);
