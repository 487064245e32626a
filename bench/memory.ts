/** Memory in synchronous loops, each in a process of its own: the largest resident size, without a `dispose` anywhere. */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as torch from "flambeau";
import { sineStep } from "./sine.js";

const LIMIT_MB = 300;

const loops: Readonly<Record<string, { readonly title: string; readonly run: () => void }>> = {
  steps: {
    title: "200,000 training steps of the sine model",
    run: () => {
      const step = sineStep();
      for (let i = 0; i < 200_000; i++) step();
    },
  },
  allocations: {
    title: "3,000 allocations of 4 MB",
    run: () => {
      for (let i = 0; i < 3000; i++) torch.ones(1_000_000);
    },
  },
};

/** Runs every loop in a child process and returns rows for the table. */
export function memoryRows(): string[][] {
  return Object.entries(loops).map(([name, { title }]) => {
    const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), name], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    const megabytes = Number(child.stdout);
    return [title, `${megabytes.toFixed(0)} MB`, `≤ ${LIMIT_MB} MB${megabytes <= LIMIT_MB ? " ✓" : " ✗"}`];
  });
}

const asked = process.argv[1] === fileURLToPath(import.meta.url) ? loops[process.argv[2] ?? ""] : undefined;
if (asked !== undefined) {
  asked.run();
  process.stdout.write(String(process.resourceUsage().maxRSS / 1024));
}
