/** The texts of arrays, as NumPy 2.4 gave them. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { arrayRepr, arrayStr, type Printable } from "../../src/numpy/print.js";

interface Row {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly (number | string | readonly [number | string, number | string])[];
  readonly str: string;
  readonly repr: string;
}

const rows: readonly Row[] = JSON.parse(readFileSync(new URL("printing.json", import.meta.url), "utf8"));

function printable({ dtype, shape, data }: Row): Printable {
  const isInteger = /int64/.test(dtype);
  return {
    dtype,
    shape,
    size: data.length,
    iget: (i) => {
      const element = data[i];
      if (Array.isArray(element)) return { re: Number(element[0]), im: Number(element[1]) };
      return isInteger ? BigInt(Number(element)) : Number(element);
    },
  };
}

test.each(rows.map((row) => [row.repr.split("\n")[0], row] as const))("%s", (_, row) => {
  expect(arrayStr(printable(row))).toBe(row.str);
  expect(arrayRepr(printable(row))).toBe(row.repr);
});
