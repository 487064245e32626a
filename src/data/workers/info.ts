/** What a worker knows of itself. */

import type { Dataset, IterableDataset } from "../dataset.js";

/** A worker's number among its loader's workers, the seed of its random stream, and its own copy of the dataset. */
export interface WorkerInfo {
  /** The worker's number, from 0 on. */
  readonly id: number;
  readonly numWorkers: number;
  /** The seed of `torch`'s generators in this worker: the loader's for the epoch, plus `id`. */
  readonly seed: bigint;
  readonly dataset: Dataset<unknown> | IterableDataset<unknown>;
}

let current: WorkerInfo | null = null;
let inWorker = false;

/** Marks this thread as a loader's worker. */
export function enterWorker(): void {
  inWorker = true;
}

/** Whether this thread is a loader's worker. */
export function isInWorker(): boolean {
  return inWorker;
}

/** Tells a worker who it is. */
export function setWorkerInfo(info: WorkerInfo): void {
  current = info;
}

/**
 * In a worker of a `DataLoader`, what it knows of itself; elsewhere null. A stream asks for it to give only its worker's share.
 * @example
 * ```
 * const { id, numWorkers } = torch.utils.data.getWorkerInfo() ?? { id: 0, numWorkers: 1 };
 * for (let i = id; i < count; i += numWorkers) yield i;
 * ```
 */
export function getWorkerInfo(): WorkerInfo | null {
  return current;
}
