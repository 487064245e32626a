/** Special functions against values that PyTorch computed in float64 (`values.py` writes them). */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { specialFunctions } from "../../src/backends/cpu/js/special/index.js";

type Row = readonly (number | string)[];

const values = JSON.parse(readFileSync(new URL("values.json", import.meta.url), "utf8")) as Readonly<Record<string, readonly Row[]>>;

const numbers: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, "-inf": Number.NEGATIVE_INFINITY };

const numberOf = (value: number | string | undefined): number =>
  typeof value === "number" ? value : (numbers[String(value)] ?? Number.NaN);

/** What double precision leaves of functions that oscillate (as a part of 1) or grow (as a part of the value). */
const ABSOLUTE = 2e-14;
const RELATIVE = 2e-12;

describe("special functions have PyTorch's values", () => {
  for (const [name, f] of Object.entries(specialFunctions)) {
    const rows = values[name];
    if (rows === undefined) continue;
    test(name, () => {
      for (const row of rows) {
        const [x, y] = row.length === 2 ? [numberOf(row[0]), 0] : [numberOf(row[0]), numberOf(row[1])];
        const expected = numberOf(row[row.length - 1]);
        const actual = f(x, y);
        const close =
          Object.is(actual, expected) || actual === expected || Math.abs(actual - expected) <= ABSOLUTE + RELATIVE * Math.abs(expected);
        expect(close, `${name}(${row.slice(0, -1).join(", ")}) = ${actual}, expected ${expected}`).toBe(true);
      }
    });
  }
});

test("the two forms of the scaled complementary error function meet", () => {
  const below = specialFunctions.erfcx(2 - 1e-12, 0);
  const above = specialFunctions.erfcx(2 + 1e-12, 0);
  expect(Math.abs(below - above)).toBeLessThan(1e-12);
});
