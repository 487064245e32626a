/** The loader: batches of a dataset, in the order of a sampler. */

import { ArgumentError } from "../core/errors.js";
import type { Generator } from "../tensor/generator.js";
import { type Collated, defaultCollate } from "./collate.js";
import { type Dataset, datasetOf, IterableDataset } from "./dataset.js";
import { Fetcher, itemsAtHand, settledItems, type Task } from "./fetch.js";
import { BatchSampler, drawSeed, RandomSampler, SequentialSampler } from "./sampler.js";
import { type DataLoaderOptions, type LoaderSettings, loaderSettings, type Samples } from "./settings.js";
import { WorkerEpoch } from "./workers/epoch.js";
import { WorkerPool } from "./workers/pool.js";
import { originOf } from "./workers/portable.js";
import { Packer, type Parcel } from "./workers/transport.js";

/** Lets the event loop turn once, so that timers run and finalizers of device memory get their chance. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

/** An asynchronous loop turns the event loop at least this often, in milliseconds: often enough for memory, too seldom to cost time. */
const TURN_EVERY = 5;

/** Ends the workers of loaders that nobody holds any more. */
const abandoned = new FinalizationRegistry<WorkerPool>((pool) => pool.close());

const packed = (what: string, value: unknown): Parcel => new Packer(what, "share").pack(value);

/**
 * Iterates over a dataset in batches, anew for each epoch. With `for … of`, or with `for await … of`, which lets the event loop turn between batches.
 *
 * With `numWorkers`, batches are made in threads of their own (in Node), a few in advance, and come in the same order. Threads share no objects:
 * each worker imports the module of the dataset and makes its own, so the dataset is made with `fromModule`. Those of this library need nothing, and
 * what `Subset`, `ConcatDataset` and `randomSplit` make of portable ones is portable. A function cannot travel, for the variables around it stay where
 * they are: a `collateFn` that is not `exported` by a module is called in the loop's thread, with the items that workers send. Starting workers takes
 * some tenths of a second for every epoch, or once with `persistentWorkers`. They draw random numbers from the seed of the epoch plus their number,
 * and end with the loop.
 * @throws {ArgumentError} for options that exclude each other. Loops throw what a worker throws, with its number and stack, and a `TorchError` if a
 * worker ends unexpectedly or a batch takes longer than `timeout`.
 * @example
 * ```ts
 * const loader = new torch.utils.data.DataLoader(new torch.utils.data.TensorDataset(x, y), { batchSize: 32, shuffle: true });
 * for (const [inputs, labels] of loader) lossFn(model(inputs), labels).backward();
 * ```
 */
export class DataLoader<T, B = Collated<Awaited<T>>> implements Iterable<B>, AsyncIterable<B> {
  readonly dataset: Dataset<T> | IterableDataset<T>;
  readonly batchSize: number | null;
  readonly sampler: Samples<number> | null;
  readonly batchSampler: Samples<readonly number[]> | null;
  readonly collateFn: (items: Awaited<T>[]) => B;
  private readonly settings: LoaderSettings<T, B>;
  private persistent: WorkerPool | null = null;

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
    const settings = loaderSettings<T, B>(args);
    const { dataset, batchSize, shuffle, sampler, batchSampler, generator, dropLast } = settings;
    this.settings = settings;
    this.dataset = dataset instanceof IterableDataset ? dataset : datasetOf(dataset);
    this.collateFn = settings.collateFn ?? (defaultCollate as <I>(items: readonly I[]) => Collated<I> & B);
    this.batchSize = batchSampler === null ? batchSize : null;
    if (this.dataset instanceof IterableDataset) {
      this.sampler = null;
      this.batchSampler = null;
      return;
    }
    this.sampler = sampler ?? (shuffle ? new RandomSampler(this.dataset, { generator }) : new SequentialSampler(this.dataset));
    this.batchSampler = batchSampler ?? (this.batchSize === null ? null : new BatchSampler(this.sampler, this.batchSize, dropLast));
  }

  /** Whether an incomplete last batch is left out. */
  get dropLast(): boolean {
    return this.settings.dropLast;
  }

  /** The source of randomness; null for the global one. */
  get generator(): Generator | null {
    return this.settings.generator;
  }

  /** The number of threads that make batches; 0 for the loop's own. */
  get numWorkers(): number {
    return this.settings.numWorkers;
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
    const seed = drawSeed(this.generator);
    return this.numWorkers > 0 ? this.fromWorkers(seed) : this.here();
  }

  /** One epoch, during which the event loop turns. */
  async *[Symbol.asyncIterator](): AsyncIterator<B> {
    const seed = drawSeed(this.generator);
    let last = performance.now();
    for await (const batch of this.numWorkers > 0 ? this.fromWorkersAsync(seed) : this.hereAsync()) {
      yield batch;
      if (performance.now() - last > TURN_EVERY) {
        await turn();
        last = performance.now();
      }
    }
  }

  /** Ends persistent workers; the next epoch would start new ones. */
  close(): void {
    this.persistent?.close();
    this.persistent = null;
    abandoned.unregister(this);
  }

  private *tasks(): IterableIterator<Task> {
    if (this.dataset instanceof IterableDataset) while (true) yield null;
    yield* this.batchSampler ?? this.sampler ?? [];
  }

  /** The batch of items; without batches an item passes as it is. */
  private finished(items: Awaited<T>[]): B {
    return this.batchSize === null && this.batchSampler === null ? (items[0] as Awaited<T> & B) : this.collateFn(items);
  }

  private *here(): IterableIterator<B> {
    const fetcher = new Fetcher(this.dataset, this.settings);
    try {
      for (const task of this.tasks()) {
        const items = fetcher.items(task);
        if (items === null) return;
        yield this.finished(itemsAtHand(items));
      }
    } finally {
      fetcher.close();
    }
  }

  private async *hereAsync(): AsyncIterableIterator<B> {
    const fetcher = new Fetcher(this.dataset, this.settings);
    try {
      for (const task of this.tasks()) {
        const items = fetcher.items(task);
        if (items === null) return;
        yield this.finished(await settledItems(items));
      }
    } finally {
      fetcher.close();
    }
  }

  private *fromWorkers(seed: bigint): IterableIterator<B> {
    const pool = this.poolOf(seed);
    try {
      const epoch = new WorkerEpoch(pool, this.tasks(), this.settings);
      for (let taken = epoch.take(); taken !== null; taken = epoch.take()) yield this.sent(taken.batch);
    } finally {
      this.release(pool);
    }
  }

  private async *fromWorkersAsync(seed: bigint): AsyncIterableIterator<B> {
    const pool = this.poolOf(seed);
    try {
      const epoch = new WorkerEpoch(pool, this.tasks(), this.settings);
      for (let taken = await epoch.takeAsync(); taken !== null; taken = await epoch.takeAsync()) yield this.sent(taken.batch);
    } finally {
      this.release(pool);
    }
  }

  /** Whether workers send items, of which this thread makes the batch. */
  private get collatesHere(): boolean {
    const { collateFn } = this.settings;
    return (this.batchSize === null && this.batchSampler === null) || (collateFn !== null && originOf(collateFn) === null);
  }

  private sent(batch: unknown): B {
    return this.collatesHere ? this.finished(batch as Awaited<T>[]) : (batch as B);
  }

  private poolOf(seed: bigint): WorkerPool {
    const { numWorkers, persistentWorkers, collateFn, workerInitFn, dropLast } = this.settings;
    if (this.persistent?.isOpen) return this.persistent;
    const { batchSize, collatesHere } = this;
    const pool = new WorkerPool(numWorkers, {
      dataset: packed("the dataset", this.dataset),
      collate: collatesHere || collateFn === null ? null : packed("the collateFn", collateFn),
      init: workerInitFn === null ? null : packed("the workerInitFn", workerInitFn),
      sendsItems: collatesHere,
      seed,
      batchSize,
      dropLast,
    });
    if (persistentWorkers) {
      this.persistent = pool;
      abandoned.register(this, pool, this);
    }
    return pool;
  }

  /** After an epoch. Persistent workers forget what was ordered and not taken. */
  private release(pool: WorkerPool): void {
    if (pool === this.persistent && pool.isOpen) pool.begin();
    else pool.close();
  }
}
