/** The workers of a loader, as the loop's thread sees them: orders go out, replies come in, and waiting is possible both ways. */

import type { MessagePort, Worker } from "node:worker_threads";
import { ArgumentError, TorchError } from "../../core/errors.js";
import { nodeModule } from "../../io/host.js";
import type { Task } from "../fetch.js";
import { type Command, type Death, EPOCH, EVENTS, type Order, type Reply, type WorkerSetup, type WorkerStart } from "./messages.js";

type Threads = typeof import("node:worker_threads");

/** The longest that Atomics.wait is asked to wait at once, in milliseconds. */
const FOREVER = 2 ** 30;

let supervisor: Worker | null = null;
let pools = 0;

function requiredThreads(): Threads {
  const threads = nodeModule("worker_threads");
  if (threads !== null) return threads;
  throw new ArgumentError("DataLoader: this host has no node:worker_threads (a browser, or Node before 20.16); leave numWorkers at 0");
}

/** The address of a program beside this file. */
function programBeside(name: string): URL {
  const program = new URL(`./${name}`, import.meta.url);
  if (program.protocol === "file:" && nodeModule("fs")?.existsSync(program) === false) {
    throw new TorchError(
      `DataLoader: there is no ${program.href}, the program of workers: they run compiled files (npm run build), and those of a package that was not bundled`,
    );
  }
  return program;
}

/** The supervisor's thread: one for the process, made when it is first needed. */
function supervisorOf(threads: Threads): Worker {
  if (supervisor !== null) return supervisor;
  const made = new threads.Worker(programBeside("supervisor.js"), { name: "flambeau data" });
  // It never keeps the process alive.
  made.unref();
  supervisor = made;
  return made;
}

/** What workers import before the dataset's module: less than the whole library, whose import takes some tenths of a second. */
const library: readonly string[] = ["../../devices.js", "../../ops/methods.js"].map((path) => new URL(path, import.meta.url).href);

/** The variables of workers. They compute in JavaScript unless told otherwise: native threads are one pool, and the training loop's. */
function workerEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, FLAMBEAU_CPU: process.env["FLAMBEAU_CPU"] || "js" };
}

/** Threads that fetch batches for one loader. */
export class WorkerPool {
  private readonly ports: readonly MessagePort[];
  private readonly control: MessagePort;
  private readonly signal: Int32Array = new Int32Array(new SharedArrayBuffer(8));
  private readonly threads: Threads;
  private readonly id: number = ++pools;
  private open = true;

  constructor(count: number, setup: WorkerSetup) {
    const threads = requiredThreads();
    this.threads = threads;
    const entry = programBeside("entry.js");
    const channels = Array.from({ length: count }, () => new threads.MessageChannel());
    const control = new threads.MessageChannel();
    this.ports = channels.map(({ port1 }) => port1);
    this.control = control.port1;
    const workers: WorkerStart[] = channels.map(({ port2 }, id) => ({ id, count, library, signal: this.signal, port: port2, setup }));
    const command: Command = { kind: "start", pool: this.id, entry: entry.href, env: workerEnvironment(), control: control.port2, workers };
    supervisorOf(threads).postMessage(command, [control.port2, ...channels.map(({ port2 }) => port2)]);
  }

  /** Whether the workers have not been ended. */
  get isOpen(): boolean {
    return this.open;
  }

  /** The number of workers. */
  get count(): number {
    return this.ports.length;
  }

  /** The number of the epoch. */
  get epoch(): number {
    return Atomics.load(this.signal, EPOCH);
  }

  /** Begins an epoch: what was ordered before is forgotten. */
  begin(): number {
    return Atomics.add(this.signal, EPOCH, 1) + 1;
  }

  /** Sends a task to a worker. */
  order(worker: number, task: Task): void {
    const order: Order = { epoch: this.epoch, task };
    this.ports[worker]?.postMessage(order);
  }

  /** What a worker has replied in this epoch and has not been read yet, oldest first. */
  reply(worker: number): Reply | null {
    for (;;) {
      const message = this.received(this.ports[worker]) as Reply | null;
      if (message === null || message.epoch === this.epoch) return message;
    }
  }

  /** A worker that has ended by itself. */
  death(): Death | null {
    return this.received(this.control) as Death | null;
  }

  private received(port: MessagePort | undefined): unknown {
    return port === undefined ? null : (this.threads.receiveMessageOnPort(port)?.message ?? null);
  }

  /** How many events there were. Whoever finds no reply waits for the next event since then. */
  get events(): number {
    return Atomics.load(this.signal, EVENTS);
  }

  /** Blocks this thread until there was an event, or for some milliseconds. */
  wait(events: number, milliseconds: number): void {
    Atomics.wait(this.signal, EVENTS, events, Math.min(milliseconds, FOREVER));
  }

  /** Waits until there was an event, or for some milliseconds, while the event loop turns. */
  async waitAsync(events: number, milliseconds: number): Promise<void> {
    const waiting = Atomics.waitAsync(this.signal, EVENTS, events, Math.min(milliseconds, FOREVER));
    if (!waiting.async) return;
    // A promise of this kind does not keep a process alive.
    const alive = setInterval(() => {}, FOREVER);
    await waiting.value;
    clearInterval(alive);
  }

  /** Ends the workers, after what they are doing; at once with `force`. */
  close(force: boolean = false): void {
    if (!this.open) return;
    this.open = false;
    this.begin();
    if (force) supervisor?.postMessage({ kind: "terminate", pool: this.id } satisfies Command);
    for (const port of this.ports) port.close();
    this.control.close();
  }
}
