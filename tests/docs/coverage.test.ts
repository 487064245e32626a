/** `docs/coverage.md` says what is there: it is made again and compared. */

import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { type Api, coverageOf, pageOf, unused } from "../../tools/coverage/page.js";

const api: Api = JSON.parse(readFileSync(new URL("../golden/api.json", import.meta.url), "utf8"));
const coverage = coverageOf(api, { torch, tensor: torch.zeros(1) });

test("every missing name has a reason in tools/coverage/reasons.ts", () => {
  const without = coverage.flatMap(({ namespace, missing }) =>
    missing.filter(({ reason }) => reason === null).map(({ name }) => `${namespace}.${name}`),
  );
  expect(without).toEqual([]);
});

test("no name that is here has a reason to be missing in tools/coverage/reasons.ts", () => {
  expect(unused(coverage)).toEqual([]);
});

test("docs/coverage.md is up to date", () => {
  const page = readFileSync(new URL("../../docs/coverage.md", import.meta.url), "utf8");
  expect(page === pageOf(api, coverage), "docs/coverage.md is out of date: run `npm run docs`").toBe(true);
});

test.each(["torch", "Tensor", "linalg", "fft", "special", "signal.windows"])("at least 97 %% of %s is here", (namespace) => {
  const { present, missing } = coverage.find((one) => one.namespace === namespace) ?? { present: [], missing: [] };
  expect(present.length / (present.length + missing.length)).toBeGreaterThanOrEqual(0.97);
});

afterAll(({}, suite) => {
  const present = coverage.reduce((total, one) => total + one.present.length, 0);
  const missing = coverage.reduce((total, one) => total + one.missing.length, 0);
  suite.meta.summary = `coverage: ${present} of ${present + missing} public names of PyTorch`;
});
