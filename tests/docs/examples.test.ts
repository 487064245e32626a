/** The examples in doc comments: they run, and what their comments say about values is so. Code that cannot be run alone is not fenced as `ts`. */

import { readdirSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { compile, examplesOf, run } from "./snippet.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const files = readdirSync(`${root}src`, { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
  .map((entry) => posix.join(entry.parentPath.slice(root.length).replaceAll("\\", "/"), entry.name))
  .filter((file) => !file.startsWith("src/backends/"))
  .sort();

const examples = compile(files.flatMap(examplesOf), true);

for (const example of examples) {
  test(example.where, async () => {
    await run(example);
    expect(example.errors).toEqual([]);
  });
}

afterAll(({}, suite) => {
  suite.meta.summary = `examples: ${examples.length} in doc comments`;
});
