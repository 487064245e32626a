/** Prints, after all tests, the summaries that test files left: what was checked, what was not, and why. */

import type { Reporter, TestModule } from "vitest/node";

declare module "vitest" {
  interface TaskMeta {
    /** The text to print after all tests. */
    summary?: string;
  }
}

export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const { summary } of modules.map((module) => module.meta())) if (summary !== undefined) console.log(`${summary}\n`);
  }
}
