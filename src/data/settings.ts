/** The options of a loader, and which of them exclude each other. */

import { ArgumentError } from "../core/errors.js";
import type { Generator } from "../tensor/generator.js";
import { bind, parseSchema } from "../tensor/schema.js";
import { type Dataset, IterableDataset } from "./dataset.js";
import { isInWorker } from "./workers/info.js";

/** What gives indices, anew for each epoch. */
export type Samples<I> = Iterable<I> & { readonly length: number };

/** Options of `DataLoader`. */
export interface DataLoaderOptions<T, B> {
  /** The number of items in a batch; null for no batches: items one by one. */
  batchSize?: number | null;
  /** Whether each epoch has a new random order. */
  shuffle?: boolean;
  /** The order of the items, instead of `shuffle`. */
  sampler?: Samples<number> | null;
  /** The batches, instead of `batchSize`, `shuffle`, `sampler` and `dropLast`. */
  batchSampler?: Samples<readonly number[]> | null;
  /** The number of threads that make batches; 0 for the loop's own. */
  numWorkers?: number;
  /** Makes a batch of items; by default `defaultCollate`. Workers call it if it is `exported` by a module. */
  collateFn?: ((items: Awaited<T>[]) => B) | null;
  /** Has no effect: there is no pinned memory to copy from. */
  pinMemory?: boolean;
  /** Whether an incomplete last batch is left out. */
  dropLast?: boolean;
  /** The longest to wait for a batch of a worker, in seconds; 0 for as long as it takes. */
  timeout?: number;
  /** Called in each worker with its number before it fetches anything; it must be `exported` by a module. */
  workerInitFn?: ((id: number) => unknown) | null;
  /** The source of randomness; by default the global one. */
  generator?: Generator | null;
  /** How many batches each worker makes in advance; by default 2. */
  prefetchFactor?: number | null;
  /** Whether workers stay for the next epoch, until `close` or for as long as there is the loader. */
  persistentWorkers?: boolean;
  /** Whether batches come in the sampler's order; if not, as they are ready. */
  inOrder?: boolean;
}

/** The settings of a loader. */
export interface LoaderSettings<T, B> {
  readonly dataset: Dataset<T> | IterableDataset<T> | readonly T[];
  readonly batchSize: number | null;
  readonly shuffle: boolean;
  readonly sampler: Samples<number> | null;
  readonly batchSampler: Samples<readonly number[]> | null;
  readonly numWorkers: number;
  readonly collateFn: ((items: Awaited<T>[]) => B) | null;
  readonly dropLast: boolean;
  readonly timeout: number;
  readonly workerInitFn: ((id: number) => unknown) | null;
  readonly generator: Generator | null;
  readonly prefetchFactor: number;
  readonly persistentWorkers: boolean;
  readonly inOrder: boolean;
}

const schema = parseSchema(
  "DataLoader(any dataset, int? batchSize=1, bool shuffle=false, any sampler=null, any batchSampler=null, int numWorkers=0, any collateFn=null, bool pinMemory=false, bool dropLast=false, float timeout=0, any workerInitFn=null, any multiprocessingContext=null, any generator=null, *, int? prefetchFactor=null, bool persistentWorkers=false, str pinMemoryDevice='', bool inOrder=true)",
);

function fail(text: string): never {
  throw new ArgumentError(`DataLoader: ${text}`);
}

/**
 * The settings that the constructor's arguments stand for.
 * @throws {ArgumentError} for options that exclude each other or are out of range.
 */
export function loaderSettings<T, B>(args: readonly unknown[]): LoaderSettings<T, B> {
  const values = bind(schema, args);
  const given = Object.fromEntries(schema.parameters.map(({ name }, i) => [name, values[i]]));
  const settings = { ...given, prefetchFactor: given["prefetchFactor"] ?? 2 } as LoaderSettings<T, B>;
  checkWorkers(settings, given["prefetchFactor"] !== null, given["multiprocessingContext"] !== null);
  checkOrder(settings);
  return settings;
}

function checkWorkers<T, B>(settings: LoaderSettings<T, B>, prefetches: boolean, hasContext: boolean): void {
  const { numWorkers, timeout, prefetchFactor, persistentWorkers } = settings;
  if (numWorkers < 0) fail(`num_workers option should be non-negative; use num_workers=0 to disable multiprocessing; it is ${numWorkers}`);
  if (!(timeout >= 0)) fail(`timeout option should be non-negative, but it is ${timeout}`);
  if (numWorkers === 0 && prefetches) {
    fail(
      "prefetch_factor option could only be specified in multiprocessing. let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None.",
    );
  }
  if (prefetchFactor < 1) fail(`prefetch_factor option should be positive, but it is ${prefetchFactor}`);
  if (persistentWorkers && numWorkers === 0) fail("persistent_workers option needs num_workers > 0");
  if (hasContext) fail("multiprocessing_context option is not supported: workers are threads");
  if (numWorkers > 0 && isInWorker()) {
    fail(
      "a worker cannot have workers. It imported a module that makes a loader: define the dataset in a module of its own, apart from the program",
    );
  }
}

function checkOrder<T, B>({ dataset, batchSize, shuffle, sampler, batchSampler, dropLast }: LoaderSettings<T, B>): void {
  if (typeof dataset !== "object" || dataset === null) fail(`the dataset must be a Dataset or an array, not ${typeof dataset}`);
  if (dataset instanceof IterableDataset) {
    const option = shuffle ? "shuffle" : sampler !== null ? "sampler" : batchSampler !== null ? "batchSampler" : null;
    if (option !== null) fail(`DataLoader with IterableDataset: expected unspecified ${option} option; the dataset gives the order`);
  }
  if (sampler !== null && shuffle) fail("sampler option is mutually exclusive with shuffle");
  if (batchSampler !== null) {
    if (batchSize !== 1 || shuffle || sampler !== null || dropLast)
      fail("batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last");
    return;
  }
  if (batchSize === null && dropLast) fail("batch_size=None option disables auto-batching and is mutually exclusive with drop_last");
  if (batchSize !== null && batchSize <= 0) fail(`batch_size should be a positive integer value, but got batch_size=${batchSize}`);
}
