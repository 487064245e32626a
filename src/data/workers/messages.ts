/** What the threads of a loader tell each other. */

import type { MessagePort } from "node:worker_threads";
import type { FetchSettings, Task } from "../fetch.js";
import type { Parcel } from "./transport.js";

/** Places in the memory that a pool's threads share. */
export const EVENTS = 0;
export const EPOCH = 1;

/** How a worker makes batches. */
export interface WorkerSetup extends FetchSettings {
  /** The dataset. */
  readonly dataset: Parcel;
  /** The function that makes a batch; null if the items are sent one by one, or collated by the loop's thread. */
  readonly collate: Parcel | null;
  /** Called with the worker's number before the first batch. */
  readonly init: Parcel | null;
  /** Whether the items of a batch are sent as they are. */
  readonly sendsItems: boolean;
  readonly seed: bigint;
}

/** What a worker starts with. */
export interface WorkerStart {
  readonly id: number;
  readonly count: number;
  /** Modules that make devices and methods available, which the worker imports first. */
  readonly library: readonly string[];
  /** Two integers: how many events there were, which whoever waits for one watches, and the number of the epoch. */
  readonly signal: Int32Array;
  readonly port: MessagePort;
  readonly setup: WorkerSetup;
}

/** To a worker: what to fetch. */
export interface Order {
  readonly epoch: number;
  readonly task: Task;
}

/** An error of a worker. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** From a worker: a batch, an error, or the end of its stream. */
export interface Reply {
  readonly epoch: number;
  readonly batch?: Parcel;
  readonly failure?: Failure;
}

/** To the supervisor: workers to start, or to end at once. */
export type Command =
  | {
      readonly kind: "start";
      readonly pool: number;
      /** The program of workers. */
      readonly entry: string;
      /** The environment's variables. */
      readonly env: NodeJS.ProcessEnv;
      /** Where deaths are told. */
      readonly control: MessagePort;
      readonly workers: readonly WorkerStart[];
    }
  | { readonly kind: "terminate"; readonly pool: number };

/** From the supervisor: a worker has ended. */
export interface Death {
  readonly id: number;
  readonly exitCode: number;
  /** The error that ended it, if there was one. */
  readonly failure: Failure | null;
}

/** An error as plain data. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Error) return { name: error.name, message: error.message, stack: error.stack ?? `${error.name}: ${error.message}` };
  return { name: "Error", message: String(error), stack: String(error) };
}

/** Tells whoever waits that something has happened. */
export function announce(signal: Int32Array): void {
  Atomics.add(signal, EVENTS, 1);
  Atomics.notify(signal, EVENTS);
}
