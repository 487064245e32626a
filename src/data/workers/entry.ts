/** A worker: it makes its own copy of the dataset, then fetches what it is told to, in order. */

import { type MessagePort, workerData } from "node:worker_threads";
import { resolveBackend } from "../../tensor/create.js";
import { manualSeed } from "../../tensor/generator.js";
import { defaultCollate } from "../collate.js";
import type { Dataset, IterableDataset } from "../dataset.js";
import { Fetcher, settledItems } from "../fetch.js";
import { enterWorker, setWorkerInfo } from "./info.js";
import { announce, EPOCH, failureOf, type Order, type Reply, type WorkerStart } from "./messages.js";
import type { Modules } from "./portable.js";
import { modulesOf, Packer, type Parcel, unpack } from "./transport.js";

type Source = Dataset<unknown> | IterableDataset<unknown>;
type Collate = (items: unknown[]) => unknown;

async function received(parcel: Parcel): Promise<unknown> {
  const modules: Modules = new Map(
    await Promise.all(modulesOf(parcel).map(async (module) => [module, (await import(module)) as Record<string, unknown>] as const)),
  );
  return unpack(parcel, modules);
}

/** Fetches batches for one loader. */
class DataWorker {
  private fetcher: Fetcher<unknown> | null = null;
  private epoch = -1;
  private hasEnded = false;

  private constructor(
    private readonly start: WorkerStart,
    private readonly dataset: Source,
    private readonly collate: Collate,
  ) {}

  static async make(start: WorkerStart): Promise<DataWorker> {
    const { id, count, setup, library } = start;
    enterWorker();
    for (const module of library) await import(module);
    const { settings } = resolveBackend("cpu");
    if (settings !== undefined) settings.threads = 1;
    const seed = setup.seed + BigInt(id);
    manualSeed(seed);
    const dataset = (await received(setup.dataset)) as Source;
    setWorkerInfo({ id, numWorkers: count, seed, dataset });
    if (setup.init !== null) await ((await received(setup.init)) as (id: number) => unknown)(id);
    const collate = setup.collate === null ? defaultCollate : ((await received(setup.collate)) as Collate);
    return new DataWorker(start, dataset, setup.sendsItems ? (items) => items : collate);
  }

  /** The answer to an order; null where nobody waits for it any more. */
  async fetch({ epoch, task }: Order): Promise<{ reply: Reply; transfer: ArrayBuffer[] } | null> {
    if (epoch !== Atomics.load(this.start.signal, EPOCH)) return null;
    if (epoch !== this.epoch) this.begin(epoch);
    if (this.hasEnded || this.fetcher === null) return null;
    const items = this.fetcher.items(task);
    this.hasEnded = items === null;
    if (items === null) return { reply: { epoch }, transfer: [] };
    const { setup } = this.start;
    const ready = await settledItems(items);
    const packer = new Packer("a batch", setup.collate === null && !setup.sendsItems ? "handOver" : "copy");
    return { reply: { epoch, batch: packer.pack(this.collate(ready)) }, transfer: packer.transfer };
  }

  private begin(epoch: number): void {
    this.fetcher?.close();
    this.fetcher = new Fetcher(this.dataset, this.start.setup);
    this.epoch = epoch;
    this.hasEnded = false;
  }
}

function run(start: WorkerStart): void {
  const port: MessagePort = start.port;
  const made = DataWorker.make(start);
  const answer = async (order: Order): Promise<void> => {
    try {
      const answered = await (await made).fetch(order);
      if (answered !== null) port.postMessage(answered.reply, answered.transfer);
    } catch (error) {
      port.postMessage({ epoch: order.epoch, failure: failureOf(error) } satisfies Reply);
    }
    announce(start.signal);
  };
  // One order after the other, in a chain: a stream's items must be taken in order, and replies come in the order of the orders.
  let last: Promise<unknown> = made.catch(() => {});
  port.on("message", (order: Order) => {
    last = last.then(() => answer(order));
  });
  // Whatever else the dataset keeps open (timers, connections) does not keep the worker.
  port.on("close", () => {
    void last.then(() => process.exit(0));
  });
}

run(workerData as WorkerStart);
