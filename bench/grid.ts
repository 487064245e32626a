/**
 * Every function of one or two tensors beside PyTorch's, at 90,000 elements: prints ratios, slowest first, to find what is out of line.
 * What does not take a matrix (and another one) is left out. Words choose by name, `--threads=2` sets the threads of both.
 */

import * as torch from "flambeau";
import { Companion } from "./companions.js";
import { formatTime, table } from "./harness.js";

const ROUND_MS = 25;
const SHOWN = 60;
const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const threads = Number(/--threads=(\d+)/.exec(process.argv.join(" "))?.[1] ?? 1);

/** Namespaces under the names that `pytorch_grid.py` knows them by. */
const spaces: Readonly<Record<string, object>> = {
  torch,
  functional: torch.nn.functional,
  linalg: torch.linalg,
  fft: torch.fft,
  special: torch.special,
};

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

let sink: unknown;

/** The shortest time of a call in a round, or null if it fails. */
function timed(call: () => unknown): number | null {
  let best = Number.POSITIVE_INFINITY;
  try {
    const end = performance.now() + ROUND_MS;
    do {
      const start = process.hrtime.bigint();
      sink = call();
      best = Math.min(best, Number(process.hrtime.bigint() - start));
    } while (performance.now() < end);
  } catch {
    return null;
  }
  return sink instanceof torch.Tensor || Array.isArray(sink) ? best : null;
}

const [pytorch] = Companion.start(threads, null);
if (pytorch === undefined) throw new Error("PyTorch is not there: PYTHON names a Python that can import torch");
torch.setNumThreads(threads);
const [x, y] = [torch.rand(300, 300), torch.rand(300, 300)];
const rows: (readonly [name: string, ours: number, theirs: number])[] = [];
for (const [space, names] of Object.entries(spaces)) {
  for (const [name, member] of Object.entries(names)) {
    if (typeof member !== "function" || !/^[a-z]/.test(name) || name.endsWith("_")) continue;
    if (/^(set|save|load|seed|manual|compile|is[A-Z])/.test(name)) continue;
    if (words.length > 0 && !words.some((word) => name.includes(word))) continue;
    for (const given of [[x], [x, y]]) {
      const call = (): unknown => Reflect.apply(member, undefined, given);
      if (timed(call) === null) continue;
      const theirs = await pytorch.time(`grid_${space}_${given.length}_${snake(name)}`, ROUND_MS);
      const ours = timed(call);
      if (theirs !== null && ours !== null) rows.push([`${space}.${name}/${given.length}`, ours, theirs]);
      break;
    }
  }
}
pytorch.stop();
rows.sort((a, b) => a[2] / a[1] - b[2] / b[1]);
console.log(`${rows.length} functions; the ${SHOWN} slowest:`);
console.log(
  table(
    ["function", "flambeau", "PyTorch", "speed"],
    rows.slice(0, SHOWN).map(([name, ours, theirs]) => [name, formatTime(ours), formatTime(theirs), `${(theirs / ours).toFixed(2)}×`]),
  ),
);
