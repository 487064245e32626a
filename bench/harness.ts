/** Measures calls: rounds of repeated calls, interleaved with those of other libraries, medians over the rounds. */

import type { Companion } from "./companions.js";

/** One thing to measure, under the name that `pytorch.py` knows it by. */
export interface Benchmark {
  readonly name: string;
  /** What is counted, for the table: "add of 100 elements". */
  readonly title: string;
  /** The ratio to PyTorch's speed that is asked for. */
  readonly target?: number;
  /** The time that is asked for, in nanoseconds a call. */
  readonly limit?: number;
  /** Makes the call that is measured. Its result is consumed. */
  readonly setup: () => () => unknown;
  /** How often a round calls at least; 1 for calls that take long. */
  readonly least?: number;
}

/** The time of one call in nanoseconds, by rounds. */
export interface Measurement {
  readonly benchmark: Benchmark;
  readonly ours: readonly number[];
  /** The same of other libraries by name: empty where one does not know the work. */
  readonly theirs: ReadonlyMap<string, readonly number[]>;
}

const ROUND_MS = 150;
const WARM_UP_MS = 1500;

let sink: unknown;

/** What the last measured call returned: reading it keeps calls from being optimised away. */
export function consumed(): unknown {
  return sink;
}

function timed(call: () => unknown, count: number): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i++) sink = call();
  return Number(process.hrtime.bigint() - start) / count;
}

/** Calls until the engine has compiled what it will compile. */
function warmUp(call: () => unknown): void {
  const end = performance.now() + WARM_UP_MS;
  while (performance.now() < end) sink = call();
}

/** The number of calls that fill a round. */
function calibrate(call: () => unknown, least: number): number {
  warmUp(call);
  let count = least;
  for (;;) {
    const each = timed(call, count);
    if (each * count > 20e6) return Math.max(least, Math.ceil((ROUND_MS * 1e6) / each));
    count *= 4;
  }
}

/** Measures one benchmark in alternating rounds. */
export async function measure(benchmark: Benchmark, companions: readonly Companion[], rounds: number): Promise<Measurement> {
  const call = benchmark.setup();
  const count = calibrate(call, benchmark.least ?? 10);
  const ours: number[] = [];
  const theirs = new Map(companions.map(({ name }): [string, number[]] => [name, []]));
  for (let round = 0; round < rounds; round++) {
    ours.push(timed(call, count));
    for (const companion of companions) {
      const time = await companion.time(benchmark.name, ROUND_MS);
      if (time !== null) theirs.get(companion.name)?.push(time);
    }
  }
  return { benchmark, ours, theirs };
}

/** The middle of the values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** A time with its unit. */
export function formatTime(ns: number): string {
  if (ns < 1000) return `${ns.toFixed(0)} ns`;
  if (ns < 1e6) return `${(ns / 1000).toFixed(ns < 1e4 ? 2 : 1)} µs`;
  return `${(ns / 1e6).toFixed(ns < 1e7 ? 2 : 1)} ms`;
}

/** One row of the table; for libraries other than PyTorch only how much faster we are. */
export function row({ benchmark, ours, theirs }: Measurement): string[] {
  const mine = median(ours);
  const cells = [benchmark.title, formatTime(mine), `${formatTime(Math.min(...ours))} – ${formatTime(Math.max(...ours))}`];
  const pytorch = theirs.get("PyTorch") ?? [];
  cells.push(pytorch.length === 0 ? "–" : formatTime(median(pytorch)), speed(pytorch, mine));
  for (const [name, times] of theirs) if (name !== "PyTorch") cells.push(speed(times, mine));
  const wanted: string[] = [];
  if (benchmark.limit !== undefined) wanted.push(`≤ ${formatTime(benchmark.limit)}${mine <= benchmark.limit ? " ✓" : " ✗"}`);
  if (benchmark.target !== undefined)
    wanted.push(`≥ ${benchmark.target}×${pytorch.length === 0 ? "" : median(pytorch) / mine >= benchmark.target ? " ✓" : " ✗"}`);
  cells.push(wanted.join(", "));
  return cells;
}

/** How many times faster than theirs ours is. */
function speed(times: readonly number[], mine: number): string {
  return times.length === 0 ? "–" : `${(median(times) / mine).toFixed(2)}×`;
}

/** Rows as a text table with aligned columns. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((cells) => (cells[i] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number))).join("  ");
  return [line(header), widths.map((width) => "─".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}
