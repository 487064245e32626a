/**
 * Runs the benchmarks and prints their tables. Words on the command line choose benchmarks by name; `--threads=2` sets the threads of all;
 * `--rivals=folder` measures TensorFlow.js and jax-js too, as they are installed in that folder.
 * Each benchmark runs in a process of its own: what V8 learnt from one would slow the next down.
 */

import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import * as torch from "flambeau";
import { Companion, pytorchVersion } from "./companions.js";
import { elementwise } from "./elementwise.js";
import { type Benchmark, consumed, measure, row, table } from "./harness.js";
import { indexing } from "./indexing.js";
import { layers } from "./layers.js";
import { loading } from "./loader.js";
import { matrix } from "./matrix.js";
import { memoryRows } from "./memory.js";
import { sine } from "./sine.js";
import { small } from "./small.js";
import { training } from "./training.js";
import { transformer } from "./transformer.js";

const ROUNDS = 7;

const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const threads = Number(/--threads=(\d+)/.exec(process.argv.join(" "))?.[1] ?? 1);
const only = /--only=(\w+)/.exec(process.argv.join(" "))?.[1] ?? null;
const rivals = /--rivals=(\S+)/.exec(process.argv.join(" "))?.[1] ?? null;
const benchmarks: readonly Benchmark[] = [
  ...small,
  ...elementwise,
  ...matrix,
  ...sine,
  ...indexing,
  ...training,
  ...loading,
  ...layers,
  ...transformer,
];

/** Measures one benchmark in this process and prints its row as JSON. */
async function measureAlone(benchmark: Benchmark): Promise<void> {
  torch.setNumThreads(threads);
  const companions = Companion.start(threads, rivals);
  const measured = await measure(benchmark, companions, ROUNDS);
  for (const companion of companions) companion.stop();
  if (consumed() === undefined) process.exitCode = 1;
  process.stdout.write(JSON.stringify(row(measured)));
}

/** The row of one benchmark, measured in a process of its own. */
function measured(benchmark: Benchmark): string[] {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${benchmark.title} …`);
  const child = spawnSync(
    process.execPath,
    [
      ...process.execArgv,
      fileURLToPath(import.meta.url),
      `--only=${benchmark.name}`,
      `--threads=${threads}`,
      ...(rivals === null ? [] : [`--rivals=${rivals}`]),
    ],
    {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  return child.status === 0 ? (JSON.parse(child.stdout) as string[]) : [benchmark.title, "failed"];
}

function measureAll(): void {
  const chosen = (name: string): boolean => words.length === 0 || words.some((word) => name.includes(word));
  const version = pytorchVersion();
  const beside =
    version === null
      ? "PyTorch: not found (python3 cannot import torch)"
      : `PyTorch ${version}, ${threads} thread${threads === 1 ? "" : "s"}`;
  console.log(
    `Node ${process.version}, ${cpus()[0]?.model ?? "unknown CPU"}, ${cpus().length} cores. ${beside}. Medians of ${ROUNDS} rounds.\n`,
  );
  const rows = benchmarks.filter((benchmark) => chosen(benchmark.name)).map(measured);
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  const header = ["work", "flambeau", "range", "PyTorch", "speed", ...(rivals === null ? [] : ["TensorFlow.js", "jax-js"]), "wanted"];
  if (rows.length > 0) console.log(table(header, rows));
  if (chosen("memory")) console.log(`\n${table(["memory in one synchronous loop", "largest", "wanted"], memoryRows())}`);
}

const alone = benchmarks.find((benchmark) => benchmark.name === only);
if (alone === undefined) measureAll();
else await measureAlone(alone);
