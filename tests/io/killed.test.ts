/** A program that saves in a loop is killed at any moment: the old or the new file is there, whole. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { safetensors } from "../../src/io/index.js";
import { compileInto } from "../data/compiled.js";

const folder = mkdtempSync(join(tmpdir(), "flambeau-killed-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Saves tensors whose elements are the number of the round, in two formats, until it is killed. Says when the first files are there. */
const program = (source: URL): string => `
import * as torch from ${JSON.stringify(new URL("index.js", source).href)};
import { safetensors } from ${JSON.stringify(new URL("io/index.js", source).href)};
for (let round = 1; ; round++) {
  const state = { a: torch.full([50000], round), b: torch.full([50000], round) };
  torch.save(state, ${JSON.stringify(join(folder, "model.pt"))});
  safetensors.saveFile(state, ${JSON.stringify(join(folder, "model.safetensors"))});
  if (round === 1) process.stdout.write("saved");
}
`;

const ended = (child: ChildProcess): Promise<void> => new Promise((resolve) => child.once("exit", () => resolve()));

/** The number that all elements of a saved state have. */
function roundOf(state: Readonly<Record<string, torch.Tensor>>): number {
  const both = torch.cat([state["a"] as torch.Tensor, state["b"] as torch.Tensor]);
  expect([both.numel(), both.min().item()]).toEqual([100000, both.max().item()]);
  return both.min().item();
}

test("killed at any moment", { timeout: 60_000 }, async () => {
  const script = join(folder, "saving.mjs");
  writeFileSync(script, program(new URL("src/", compileInto("flambeau-killed", ["src/index.ts", "src/io/index.ts"]))));
  const rounds: number[] = [];
  for (let i = 0; i < 8; i++) {
    const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
    await new Promise((resolve) => setTimeout(resolve, (i * 37) % 90));
    child.kill("SIGKILL");
    await ended(child);
    rounds.push(roundOf(torch.load(join(folder, "model.pt"))), roundOf(safetensors.loadFile(join(folder, "model.safetensors"))));
  }
  expect(Math.max(...rounds)).toBeGreaterThan(1);
});
