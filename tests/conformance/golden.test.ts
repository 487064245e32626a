/**
 * Every operator that exists against what PyTorch computed: values, dtypes, shapes, gradients, in-place variants, errors.
 *
 * One operator, by PyTorch's name:  npx vitest run tests/conformance/golden.test.ts -t "^softmax$"
 * A family:                         npx vitest run tests/conformance/golden.test.ts -t "pool"
 * Every failure of an operator:     CONFORMANCE_SHOWN=1000 npx vitest run tests/conformance/golden.test.ts -t "^add$"
 * The names that do not exist yet:  CONFORMANCE_MISSING=1 npx vitest run tests/conformance/golden.test.ts -t "^add$"
 * Cases from another file:          CONFORMANCE_CASES=cases.jsonl npx vitest run tests/conformance/golden.test.ts
 */

import { afterAll, expect, test } from "vitest";
import { loadOperators } from "../golden/cases.js";
import { resolve } from "../golden/resolve.js";
import { checkOperator } from "./checks.js";
import { Tally } from "./tally.js";

const operators = loadOperators();
const tally = new Tally("golden");
const missing: string[] = [];

for (const golden of operators) {
  const resolved = resolve(golden.op);
  if (resolved === null) {
    missing.push(golden.op);
    continue;
  }
  test(golden.op, () => {
    checkOperator(golden, resolved, tally);
    tally.settle(golden.op);
  });
}

// Other cases are made by tools/crosscheck/generate.py.
test.skipIf(process.env["CONFORMANCE_CASES"] !== undefined)("the golden cases are complete", () => {
  expect(operators.length).toBe(566);
  expect(operators.reduce((n, { cases }) => n + cases.length, 0)).toBe(5549);
});

afterAll(({}, suite) => {
  const names = process.env["CONFORMANCE_MISSING"] === undefined ? "" : `: ${missing.join(" ")}`;
  suite.meta.summary = tally.summary(`${missing.length} of ${operators.length} operators do not exist yet${names}`);
});
