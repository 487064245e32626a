/** One epoch with workers: which batch is ordered of whom, and which comes next. */

import * as errors from "../../core/errors.js";
import type { Task } from "../fetch.js";
import type { Death, Failure, Reply } from "./messages.js";
import type { WorkerPool } from "./pool.js";
import { type Parcel, unpack } from "./transport.js";

const { TorchError } = errors;

/** How an epoch goes on. */
export interface EpochSettings {
  /** Batches ordered in advance of each worker. */
  readonly prefetchFactor: number;
  /** Whether batches come in the order of the sampler, or as they are ready. */
  readonly inOrder: boolean;
  /** The longest to wait for a batch, in seconds; 0 for as long as it takes. */
  readonly timeout: number;
}

/** The error of a worker as the loop throws it: of the same class where it is one of ours, with the worker's number and stack. */
function errorOf(worker: number, failure: Failure): Error {
  const ours: unknown = Object.entries(errors).find(([name]) => name === failure.name)?.[1];
  const Class = typeof ours === "function" ? (ours as typeof TorchError) : TorchError;
  return new Class(
    `DataLoader: Caught ${failure.name} in DataLoader worker thread ${worker}: ${failure.message}\nOriginal stack:\n${failure.stack}`,
  );
}

function deathError({ id, exitCode, failure }: Death): Error {
  const why = failure === null ? `with exit code ${exitCode}` : `by ${failure.name}: ${failure.message}\nOriginal stack:\n${failure.stack}`;
  return new TorchError(`DataLoader: DataLoader worker (thread ${id}) exited unexpectedly, ${why}`);
}

/** Batches of one epoch. Each reply lets one more order go out, to the next worker in turn that still has something to give. */
export class WorkerEpoch {
  private readonly number: number;
  /** For each order that has no reply yet, its worker, oldest first. */
  private readonly waiting: number[] = [];
  private readonly active: boolean[];
  private next = 0;

  constructor(
    private readonly pool: WorkerPool,
    private readonly tasks: Iterator<Task>,
    private readonly settings: EpochSettings,
  ) {
    this.number = pool.begin();
    this.active = new Array(pool.count).fill(true);
    for (let i = 0; i < settings.prefetchFactor * pool.count; i++) this.order();
  }

  private order(): void {
    if (!this.active.includes(true)) return;
    const task = this.tasks.next();
    if (task.done) return;
    while (!this.active[this.next]) this.next = (this.next + 1) % this.pool.count;
    this.pool.order(this.next, task.value);
    this.waiting.push(this.next);
    this.next = (this.next + 1) % this.pool.count;
  }

  /** The next batch, for which this thread blocks; null at the end. */
  take(): { readonly batch: unknown } | null {
    const deadline = this.deadline();
    for (;;) {
      const events = this.pool.events;
      const taken = this.ready();
      if (taken !== undefined) return taken;
      this.pool.wait(events, this.timeLeft(deadline));
    }
  }

  /** The next batch, once it is there; null at the end. */
  async takeAsync(): Promise<{ readonly batch: unknown } | null> {
    const deadline = this.deadline();
    for (;;) {
      const events = this.pool.events;
      const taken = this.ready();
      if (taken !== undefined) return taken;
      await this.pool.waitAsync(events, this.timeLeft(deadline));
    }
  }

  /** The next batch if it is there; null at the end; undefined if there is something to wait for. */
  private ready(): { readonly batch: unknown } | null | undefined {
    if (this.pool.epoch !== this.number)
      throw new TorchError("DataLoader: this loop was ended by another one over the same loader with persistentWorkers");
    while (this.waiting.length > 0) {
      const found = this.reply();
      if (found === null) {
        const death = this.pool.death();
        if (death !== null) throw this.broken(deathError(death));
        return undefined;
      }
      const { at, worker, reply } = found;
      if (reply.failure !== undefined) throw errorOf(worker, reply.failure);
      if (reply.batch !== undefined) {
        this.waiting.splice(at, 1);
        this.order();
        return { batch: unpack(reply.batch as Parcel) };
      }
      this.end(worker);
    }
    return null;
  }

  private reply(): { readonly at: number; readonly worker: number; readonly reply: Reply } | null {
    const candidates = this.settings.inOrder ? this.waiting.slice(0, 1) : [...new Set(this.waiting)];
    for (const worker of candidates) {
      const reply = this.pool.reply(worker);
      if (reply !== null) return { at: this.waiting.indexOf(worker), worker, reply };
    }
    return null;
  }

  /** The stream of a worker has ended: what else it was asked for goes unanswered. */
  private end(worker: number): void {
    this.active[worker] = false;
    for (let i = this.waiting.length - 1; i >= 0; i--) if (this.waiting[i] === worker) this.waiting.splice(i, 1);
    this.order();
  }

  /** Workers that died, or may hang, are of no more use, nor are those beside them. */
  private broken(error: Error): Error {
    this.pool.close(true);
    return error;
  }

  private deadline(): number {
    return this.settings.timeout > 0 ? performance.now() + 1000 * this.settings.timeout : Number.POSITIVE_INFINITY;
  }

  private timeLeft(deadline: number): number {
    const left = deadline - performance.now();
    if (left <= 0) throw this.broken(new TorchError(`DataLoader: DataLoader timed out after ${this.settings.timeout} seconds`));
    return left;
  }
}
