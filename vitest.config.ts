import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: [{ find: /^flambeau$/, replacement: fileURLToPath(new URL("./src/index.ts", import.meta.url)) }] },
  test: {
    environment: "node",
    include: ["tests/**/*.test.ts"],
    pool: "threads",
    maxWorkers: 2,
    testTimeout: 60_000,
    // Summaries of the conformance tests (what was checked, what was not and why) go straight to the terminal.
    disableConsoleIntercept: true,
  },
});
