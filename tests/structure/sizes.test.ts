/** Operations stay readable: what the files of records may measure. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../src/ops/", import.meta.url));

const lines: ReadonlyMap<string, number> = new Map(
  readdirSync(root, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => {
      const path = `${entry.parentPath}/${entry.name}`;
      return [path.slice(root.length), readFileSync(path, "utf8").split("\n").length - 1] as const;
    }),
);

test("files of operations are read in one sitting", () => {
  const sizes = [...lines.values()].sort((a, b) => a - b);
  expect(sizes.length).toBeGreaterThan(100);
  expect(sizes[sizes.length >> 1]).toBeLessThan(300);
  expect([...lines].filter(([, size]) => size > 500)).toEqual([]);
});
