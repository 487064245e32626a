/**
 * A quick look over many works: one process, short rounds, sorted by the ratio to PyTorch, slowest first. Good for finding what is out of
 * line; `main.ts` measures. Words choose by name, `--threads=2` sets the threads of both.
 */

import * as torch from "flambeau";
import { Companion } from "./companions.js";
import { type Benchmark, formatTime, table } from "./harness.js";
import { indexing } from "./indexing.js";

const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const threads = Number(/--threads=(\d+)/.exec(process.argv.join(" "))?.[1] ?? 1);
const ROUNDS = 3;
const ROUND_MS = 40;

interface Row {
  readonly name: string;
  readonly ours: number;
  readonly theirs: number;
}

let sink: unknown;

/** The time of a call in a round, garbage collection included, as PyTorch's is measured. */
function round(call: () => unknown): number {
  const start = process.hrtime.bigint();
  let count = 0;
  let passed = 0;
  do {
    sink = call();
    count++;
    passed = Number(process.hrtime.bigint() - start);
  } while (passed < ROUND_MS * 1e6);
  return passed / count;
}

async function look(benchmark: Benchmark, pytorch: Companion): Promise<Row> {
  const call = benchmark.setup();
  round(call);
  let [ours, theirs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let k = 0; k < ROUNDS; k++) {
    ours = Math.min(ours, round(call));
    theirs = Math.min(theirs, (await pytorch.time(benchmark.name, ROUND_MS)) ?? Number.NaN);
  }
  return { name: benchmark.name, ours, theirs };
}

const [pytorch] = Companion.start(threads, null);
if (pytorch === undefined) throw new Error("PyTorch is not there: PYTHON names a Python that can import torch");
torch.setNumThreads(threads);
const rows: Row[] = [];
for (const benchmark of indexing) {
  if (words.length > 0 && !words.some((word) => benchmark.name.includes(word))) continue;
  try {
    rows.push(await look(benchmark, pytorch));
  } catch (error) {
    console.log(`${benchmark.name}: ${String(error)}`);
  }
}
pytorch.stop();
rows.sort((a, b) => a.theirs / a.ours - b.theirs / b.ours);
console.log(
  table(
    ["work", "flambeau", "PyTorch", "speed"],
    rows.map(({ name, ours, theirs }) => [name, formatTime(ours), formatTime(theirs), `${(theirs / ours).toFixed(2)}×`]),
  ),
);
if (sink === undefined) process.exitCode = 1;
