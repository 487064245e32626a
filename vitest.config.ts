import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: [
      { find: /^flambeau$/, replacement: fileURLToPath(new URL("./src/index.ts", import.meta.url)) },
      { find: /^flambeau\/(.*)$/, replacement: `${fileURLToPath(new URL("./src/", import.meta.url))}$1/index.ts` },
    ],
  },
  test: {
    environment: "node",
    include: ["tests/**/*.test.ts"],
    pool: "threads",
    maxWorkers: 2,
    testTimeout: 60_000,
    // The second one prints, at the end, what the conformance tests checked, and what they did not and why.
    reporters: ["default", fileURLToPath(new URL("./tests/conformance/reporter.ts", import.meta.url))],
  },
});
