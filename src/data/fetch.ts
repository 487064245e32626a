/** From a task of the loader to its batch: the same in the loop's own thread and in workers. */

import { ArgumentError } from "../core/errors.js";
import { type Dataset, IterableDataset } from "./dataset.js";

/** What is to be fetched: the items of a batch, one item where there are no batches, or what comes next in a stream. */
export type Task = readonly number[] | number | null;

/** Which items make a batch, as far as the dataset's side needs to know. */
export interface FetchSettings {
  /** The items in a batch of a stream; null for items one by one. */
  readonly batchSize: number | null;
  /** Whether an incomplete last batch of a stream is left out. */
  readonly dropLast: boolean;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** Fetches items of a dataset, from the first to the last task of an epoch. */
export class Fetcher<T> {
  private readonly stream: Iterator<T> | null;

  constructor(
    private readonly dataset: Dataset<T> | IterableDataset<T>,
    private readonly settings: FetchSettings,
  ) {
    this.stream = dataset instanceof IterableDataset ? dataset[Symbol.iterator]() : null;
  }

  /** The items of a task, or null where a stream has ended. */
  items(task: Task): T[] | null {
    const { dataset } = this;
    if (dataset instanceof IterableDataset) return this.following();
    if (task === null) return null;
    if (typeof task === "number") return [dataset.getItem(task)];
    return dataset.getItems === undefined ? task.map((index) => dataset.getItem(index)) : dataset.getItems(task);
  }

  private following(): T[] | null {
    const { batchSize, dropLast } = this.settings;
    const items: T[] = [];
    while (items.length < (batchSize ?? 1)) {
      const next = this.stream?.next();
      if (next === undefined || next.done) break;
      items.push(next.value);
    }
    const isIncomplete = batchSize !== null && items.length < batchSize;
    return items.length === 0 || (isIncomplete && dropLast) ? null : items;
  }

  /** Ends a stream early. */
  close(): void {
    this.stream?.return?.();
  }
}

/**
 * Items that are there.
 * @throws {ArgumentError} if they are promises, for which a plain loop cannot wait.
 */
export function itemsAtHand<T>(items: T[]): Awaited<T>[] {
  if (items.some(isPromise)) {
    throw new ArgumentError(
      "DataLoader: the items of this dataset are promises, for which a plain loop cannot wait: use `for await (const batch of loader)`, or give it workers with numWorkers",
    );
  }
  return items as Awaited<T>[];
}

/** Items, once they are there: promises are waited for all together. */
export async function settledItems<T>(items: T[]): Promise<Awaited<T>[]> {
  return items.some(isPromise) ? await Promise.all(items) : (items as Awaited<T>[]);
}
