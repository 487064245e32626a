/** The loader: batches of a dataset, in the order of a sampler. */

import { ArgumentError } from "../core/errors.js";
import type { Generator } from "../tensor/generator.js";
import { bind, parseSchema } from "../tensor/schema.js";
import { type Collated, defaultCollate } from "./collate.js";
import { type Dataset, datasetOf, IterableDataset } from "./dataset.js";
import { BatchSampler, drawSeed, RandomSampler, SequentialSampler } from "./sampler.js";

/** Options of `DataLoader`. */
export interface DataLoaderOptions<T, B> {
  /** The number of items in a batch; null for no batches: items one by one. */
  batchSize?: number | null;
  /** Whether each epoch has a new random order. */
  shuffle?: boolean;
  /** The order of the items, instead of `shuffle`. */
  sampler?: (Iterable<number> & { readonly length: number }) | null;
  /** The batches, instead of `batchSize`, `shuffle`, `sampler` and `dropLast`. */
  batchSampler?: (Iterable<readonly number[]> & { readonly length: number }) | null;
  /** Makes a batch of items; by default `defaultCollate`. */
  collateFn?: ((items: T[]) => B) | null;
  /** Whether an incomplete last batch is left out. */
  dropLast?: boolean;
  /** The source of randomness; by default the global one. */
  generator?: Generator | null;
}

const schema = parseSchema(
  "DataLoader(any dataset, int? batchSize=1, bool shuffle=false, any sampler=null, any batchSampler=null, any collateFn=null, bool dropLast=false, *, any generator=null)",
);

/** Lets the event loop turn once, so that timers run and finalizers of device memory get their chance. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

/** An asynchronous loop turns the event loop at least this often, in milliseconds: often enough for memory, too seldom to cost time. */
const TURN_EVERY = 5;

/**
 * Iterates over a dataset in batches, anew for each epoch. With `for … of`, or with `for await … of`, which lets the event loop turn between batches.
 * @throws {ArgumentError} for options that exclude each other.
 * @example
 * ```ts
 * const loader = new torch.utils.data.DataLoader(new torch.utils.data.TensorDataset(x, y), { batchSize: 32, shuffle: true });
 * for (const [xs, ys] of loader) train(xs, ys);
 * ```
 */
export class DataLoader<T, B = Collated<T>> implements Iterable<B>, AsyncIterable<B> {
  readonly dataset: Dataset<T> | IterableDataset<T>;
  readonly batchSize: number | null;
  readonly dropLast: boolean;
  readonly generator: Generator | null;
  readonly sampler: (Iterable<number> & { readonly length: number }) | null;
  readonly batchSampler: (Iterable<readonly number[]> & { readonly length: number }) | null;
  readonly collateFn: (items: T[]) => B;

  constructor(dataset: Dataset<T> | IterableDataset<T> | readonly T[], options?: DataLoaderOptions<T, B>);
  constructor(
    dataset: Dataset<T> | IterableDataset<T> | readonly T[],
    batchSize: number | null,
    options?: Omit<DataLoaderOptions<T, B>, "batchSize">,
  );
  constructor(
    dataset: Dataset<T> | IterableDataset<T> | readonly T[],
    batchSize: number | null,
    shuffle: boolean,
    options?: Omit<DataLoaderOptions<T, B>, "batchSize" | "shuffle">,
  );
  constructor(...args: unknown[]) {
    const [dataset, batchSize, shuffle, sampler, batchSampler, collateFn, dropLast, generator] = bind(schema, args);
    this.dataset = dataset instanceof IterableDataset ? dataset : datasetOf(dataset as Dataset<T> | readonly T[]);
    if (typeof this.dataset !== "object" || this.dataset === null)
      throw new ArgumentError(`DataLoader: the dataset must be a Dataset or an array, not ${typeof this.dataset}`);
    this.generator = generator as Generator | null;
    this.collateFn = (collateFn ?? defaultCollate) as (items: T[]) => B;
    this.dropLast = dropLast as boolean;
    this.batchSize = batchSampler === null ? (batchSize as number | null) : null;
    if (batchSampler !== null && (shuffle || sampler !== null || this.dropLast || batchSize !== 1)) {
      throw new ArgumentError("DataLoader: batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last");
    }
    if (this.batchSize !== null && this.batchSize <= 0)
      throw new ArgumentError(`DataLoader: batch_size should be a positive integer value, but got batch_size=${this.batchSize}`);
    if (this.batchSize === null && this.dropLast)
      throw new ArgumentError("DataLoader: batch_size=None option disables auto-batching and is mutually exclusive with drop_last");
    if (sampler !== null && shuffle) throw new ArgumentError("DataLoader: sampler option is mutually exclusive with shuffle");
    if (this.dataset instanceof IterableDataset) {
      const option = shuffle ? "shuffle" : sampler !== null ? "sampler" : batchSampler !== null ? "batchSampler" : null;
      if (option !== null)
        throw new ArgumentError(
          `DataLoader: DataLoader with IterableDataset: expected unspecified ${option} option; the dataset gives the order`,
        );
      this.sampler = null;
      this.batchSampler = null;
      return;
    }
    const order = sampler as (Iterable<number> & { readonly length: number }) | null;
    this.sampler =
      order ?? (shuffle ? new RandomSampler(this.dataset, { generator: this.generator }) : new SequentialSampler(this.dataset));
    this.batchSampler =
      (batchSampler as (Iterable<readonly number[]> & { readonly length: number }) | null) ??
      (this.batchSize === null ? null : new BatchSampler(this.sampler, this.batchSize, this.dropLast));
  }

  /**
   * The number of batches in an epoch.
   * @throws {ArgumentError} for an `IterableDataset`, whose length is not known.
   */
  get length(): number {
    if (this.dataset instanceof IterableDataset)
      throw new ArgumentError("DataLoader: the length of an IterableDataset is not known before it has been read");
    return (this.batchSampler ?? this.sampler)?.length ?? 0;
  }

  /** One epoch. */
  [Symbol.iterator](): Iterator<B> {
    // PyTorch draws a seed for its workers at every epoch, whether it has workers or not; the order that follows depends on it.
    drawSeed(this.generator);
    return this.dataset instanceof IterableDataset ? this.stream(this.dataset) : this.batches(this.dataset);
  }

  /** One epoch, during which the event loop turns. */
  async *[Symbol.asyncIterator](): AsyncIterator<B> {
    let last = performance.now();
    for (const batch of this) {
      yield batch;
      if (performance.now() - last > TURN_EVERY) {
        await turn();
        last = performance.now();
      }
    }
  }

  private *batches(dataset: Dataset<T>): Iterator<B> {
    if (this.batchSampler === null) {
      // Without batches an item passes as it is.
      for (const index of this.sampler ?? []) yield dataset.getItem(index) as T & B;
      return;
    }
    for (const indices of this.batchSampler) {
      const items = dataset.getItems === undefined ? indices.map((index) => dataset.getItem(index)) : dataset.getItems(indices);
      yield this.collateFn(items);
    }
  }

  private *stream(dataset: IterableDataset<T>): Iterator<B> {
    if (this.batchSize === null) {
      for (const item of dataset) yield item as T & B;
      return;
    }
    let items: T[] = [];
    for (const item of dataset) {
      items.push(item);
      if (items.length === this.batchSize) {
        yield this.collateFn(items);
        items = [];
      }
    }
    if (items.length > 0 && !this.dropLast) yield this.collateFn(items);
  }
}
