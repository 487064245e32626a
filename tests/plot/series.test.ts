/** What counts as a series, and what is said of what does not. */

import * as np from "numpy-ts";
import { afterEach, expect, test } from "vitest";
import { histogram } from "../../src/plot/histogram.js";
import * as plt from "../../src/plot/index.js";
import { toNumbers, toVector } from "../../src/plot/series.js";
import { parseFormat } from "../../src/plot/style.js";

afterEach(plt.close);

test.each<[string, unknown]>([
  ["an array", [1, 2, 3]],
  ["a typed array", new Float32Array([1, 2, 3])],
  ["bigints", new BigInt64Array([1n, 2n, 3n])],
  ["a column", [[1], [2], [3]]],
  ["a row", [[1, 2, 3]]],
  ["an iterable", new Set([1, 2, 3])],
  ["tolist", { tolist: () => [[1], [2], [3]] }],
  ["toArray", { toArray: () => new Float64Array([1, 2, 3]) }],
  ["a list of scalar tensors", [1, 2, 3].map((value) => ({ tolist: () => value }))],
  ["NumPy", np.array([[1], [2], [3]])],
])("%s is a series", (_, series) => {
  expect(toVector(series, "y")).toEqual([1, 2, 3]);
});

test("booleans count as 0 and 1, one number is a series, and matrices are flattened for points", () => {
  expect(toNumbers([true, false], "y")).toEqual([1, 0]);
  expect(toNumbers(5, "y")).toEqual([5]);
  expect(
    toNumbers(
      [
        [1, 2],
        [3, 4],
      ],
      "y",
    ),
  ).toEqual([1, 2, 3, 4]);
});

test("a series may be long", () => {
  expect(toVector(new Float64Array(300_000), "y")).toHaveLength(300_000);
});

test("errors name the series", () => {
  expect(() => plt.scatter([1, 2, 3], [1, 2, 3, 4])).toThrow("scatter: x and y must have the same length, but x has 3 values and y has 4");
  expect(() => plt.plot([1], [1, 2])).toThrow("plot: x and y must have the same length");
  expect(() => plt.scatter([1], [1], { s: [1, 2] })).toThrow("scatter: x and s must have the same length");
  expect(() => plt.bar(["a"], [1, 2])).toThrow("bar: x and height must have the same length");
  expect(() => plt.scatter(["a"], [1])).toThrow('scatter: x must be numbers, but holds "a"');
  expect(() =>
    plt.plot([
      [1, 2],
      [3, 4],
    ]),
  ).toThrow("plot: y has 2 rows of 2 numbers; draw its columns one by one");
  expect(() => plt.imshow([[1, 2], [3]])).toThrow("imshow: row 0 has 2 values and row 1 has 1");
  expect(plt.gca().artists).toEqual([]);
});

test("formats of plot", () => {
  expect(parseFormat("r--")).toEqual({ color: "r", linestyle: "--" });
  expect(parseFormat("C1o")).toEqual({ color: "C1", marker: "o", linestyle: "none" });
  expect(parseFormat("o-.k")).toEqual({ color: "k", marker: "o", linestyle: "-." });
  expect(parseFormat(".")).toEqual({ marker: ".", linestyle: "none" });
  expect(() => parseFormat("r?")).toThrow('plot: cannot read "?" in the format "r?"');
});

test("histograms count as NumPy does", () => {
  expect(histogram([1, 2, 1, Number.NaN], { bins: [0, 1, 2, 3] })).toEqual({ n: [0, 2, 1], bins: [0, 1, 2, 3] });
  expect(histogram([0, 0.5, 1], { bins: 2 })).toEqual({ n: [1, 2], bins: [0, 0.5, 1] });
  expect(histogram([0, 1, 3], { bins: 2, range: [0, 4], density: true }).n).toEqual([1 / 3, 1 / 6]);
  expect(histogram([2, 2], { bins: 1 })).toEqual({ n: [2], bins: [1.5, 2.5] });
  expect(() => histogram([1], { bins: 0 })).toThrow("hist: bins must be a whole number, 1 or more, not 0");
  expect(() => histogram([1], { bins: [1, 1] })).toThrow("hist: the edges of the bins must increase, not 1, 1");
});
