/** A training that was interrupted goes on in a new process as if it had not been. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compile } from "../data/compiled.js";

let program: string;
const folder = mkdtempSync(join(tmpdir(), "flambeau-resume-"));

beforeAll(() => {
  program = fileURLToPath(new URL("tests/io/fixtures/training.js", compile("src/index.ts", "tests/io/fixtures/training.ts")));
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true }));

/** What a run of the program in a new process prints. */
function train(first: number, end: number, from: string | null, to: string): Readonly<Record<string, unknown>> {
  const args = [program, String(first), String(end), from === null ? "-" : join(folder, from), join(folder, to)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as Readonly<Record<string, unknown>>;
}

test("20 epochs, and 10, a checkpoint and 10 more in a new process, end in the same state", () => {
  const whole = train(0, 20, null, "whole.pt");
  const half = train(0, 10, null, "half.pt");
  const resumed = train(10, 20, "half.pt", "resumed.pt");
  expect(resumed).toEqual(whole);
  for (const name of ["model", "optimizer", "scheduler", "random", "parameter"]) expect(half[name]).not.toEqual(whole[name]);
}, 60_000);
