import { readFileSync } from "node:fs";
import { test } from "vitest";
import type { Golden } from "../golden/cases.js";
import { resolve } from "../golden/resolve.js";
import { checkOperator } from "./checks.js";
import { Tally } from "./tally.js";
const operators = JSON.parse(readFileSync("/tmp/wB/wide.json", "utf8")) as Golden[];
const tally = new Tally("wide");
for (const golden of operators) {
  const resolved = resolve(golden.op);
  if (resolved === null) { console.log("missing", golden.op); continue; }
  test(golden.op, () => { checkOperator(golden, resolved, tally); tally.settle(golden.op); });
}
