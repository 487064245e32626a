/**
 * The thread that starts workers and watches them. A thread learns that a worker of its own has ended when its event loop turns; the loop's thread,
 * which may be blocked while it waits for a batch, would never learn it. This one does nothing but wait, and tells by a message and the shared signal.
 */

import { parentPort, Worker } from "node:worker_threads";
import { announce, type Command, type Failure, failureOf, type WorkerStart } from "./messages.js";

type Start = Extract<Command, { readonly kind: "start" }>;

const pools = new Map<number, Set<Worker>>();

function start({ entry, env, control }: Start, workerData: WorkerStart, pool: Set<Worker>): void {
  const worker = new Worker(new URL(entry), { workerData, env, transferList: [workerData.port], name: `flambeau data ${workerData.id}` });
  let failure: Failure | null = null;
  pool.add(worker);
  worker.on("error", (error) => {
    failure = failureOf(error);
  });
  worker.on("exit", (exitCode) => {
    pool.delete(worker);
    control.postMessage({ id: workerData.id, exitCode, failure });
    announce(workerData.signal);
    if (pool.size === 0) control.close();
  });
}

parentPort?.on("message", (command: Command) => {
  if (command.kind === "terminate") {
    for (const worker of pools.get(command.pool) ?? []) void worker.terminate();
    pools.delete(command.pool);
    return;
  }
  const pool = new Set<Worker>();
  pools.set(command.pool, pool);
  command.control.on("close", () => pools.delete(command.pool));
  for (const worker of command.workers) start(command, worker, pool);
});
