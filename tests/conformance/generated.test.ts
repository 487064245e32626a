/**
 * Tests generated from the records of all operations: derivatives and second derivatives against numerical ones,
 * non-contiguous and empty inputs, the meta device, `out`, in-place variants. Inputs come from the golden cases.
 *
 * One operation:  npx vitest run tests/conformance/generated.test.ts -t "^softmax$"
 */

/// <reference types="vite/client" />

import { afterAll, test } from "vitest";
import { loadOperators } from "../golden/cases.js";
import { checkProperties } from "./properties.js";
import { operations } from "./samples.js";
import { Tally } from "./tally.js";

/** The families, for operations that are methods only. */
const families = import.meta.glob<Readonly<Record<string, unknown>>>("../../src/ops/*/**/*.ts", { eager: true });

const tally = new Tally("generated");

for (const operation of operations(loadOperators(), Object.values(families))) {
  test(operation.name, () => {
    checkProperties(operation, tally);
    tally.settle(operation.name);
  });
}

afterAll(({}, suite) => {
  suite.meta.summary = tally.summary("");
});
