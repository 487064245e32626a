/** Runs the benchmarks and prints their tables. Words on the command line choose benchmarks by name; `--threads=2` sets the threads of both. */

import { cpus } from "node:os";
import * as torch from "flambeau";
import { elementwise } from "./elementwise.js";
import { type Benchmark, consumed, type Measurement, measure, row, table } from "./harness.js";
import { matrix } from "./matrix.js";
import { memoryRows } from "./memory.js";
import { PyTorch } from "./pytorch.js";
import { sine } from "./sine.js";
import { small } from "./small.js";

const ROUNDS = 7;

const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const threads = Number(/--threads=(\d+)/.exec(process.argv.join(" "))?.[1] ?? 1);
const chosen = (name: string): boolean => words.length === 0 || words.some((word) => name.includes(word));

torch.setNumThreads(threads);
const pytorch = PyTorch.start(threads);
const beside =
  pytorch === null
    ? "PyTorch: not found (python3 cannot import torch)"
    : `PyTorch ${pytorch.version}, ${threads} thread${threads === 1 ? "" : "s"}`;
console.log(
  `Node ${process.version}, ${cpus()[0]?.model ?? "unknown CPU"}, ${cpus().length} cores. ${beside}. Medians of ${ROUNDS} rounds.\n`,
);

const benchmarks: readonly Benchmark[] = [...small, ...elementwise, ...matrix, ...sine].filter((benchmark) => chosen(benchmark.name));
const measured: Measurement[] = [];
for (const benchmark of benchmarks) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${benchmark.title} …`);
  measured.push(await measure(benchmark, pytorch, ROUNDS));
}
if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
pytorch?.stop();
if (measured.length > 0) console.log(table(["work", "flambeau", "range", "PyTorch", "speed", "wanted"], measured.map(row)));
if (chosen("memory")) console.log(`\n${table(["memory in one synchronous loop", "largest", "wanted"], memoryRows())}`);
if (consumed() === undefined) process.exitCode = 1;
