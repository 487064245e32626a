/** The code in README.md and docs/: it passes the compiler, it runs, and what its comments say about values is so. */

import { afterAll, expect, test } from "vitest";
import { blocksOf, cellsOf, compile, run, type Snippet } from "./snippet.js";

const GUIDE = "docs/from-pytorch.md";

const [setup] = blocksOf(GUIDE, "ts setup");
const cells = cellsOf(GUIDE).map(({ where, code }): Snippet => ({ where: `${where} ${code}`, code: `${setup?.code}\n${code};` }));
const snippets = compile([...blocksOf("README.md", "ts"), ...blocksOf(GUIDE, "ts"), ...cells], true);

for (const snippet of snippets) {
  test(snippet.where, async () => {
    await run(snippet);
    expect(snippet.errors).toEqual([]);
  });
}

afterAll(({}, suite) => {
  suite.meta.summary = `documentation: ${snippets.length} pieces of code in README.md and ${GUIDE}, ${cells.length} of them in tables`;
});
