/** Writes `docs/coverage.md`: `npm run docs`. Run from the root of the project. */

import { readFileSync, writeFileSync } from "node:fs";
import * as torch from "../../src/index.js";
import { type Api, coverageOf, pageOf } from "./page.js";

const api: Api = JSON.parse(readFileSync("tests/golden/api.json", "utf8"));
const coverage = coverageOf(api, { torch, tensor: torch.zeros(1) });
writeFileSync("docs/coverage.md", pageOf(api, coverage));
for (const { namespace, present, missing } of coverage)
  console.log(`${namespace}: ${present.length} of ${present.length + missing.length}`);
