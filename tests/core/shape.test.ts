/** Shapes and strides: broadcasting, inference, and which views need no copy. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IndexError, ShapeError, TorchError } from "../../src/core/errors.js";
import {
  broadcastPair,
  broadcastShapes,
  broadcastStrides,
  contiguousStrides,
  inferShape,
  isContiguous,
  numelOf,
  sameShape,
  viewStrides,
  wrapDim,
  wrapDims,
} from "../../src/core/shape.js";

const sizes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
const positive = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });

/** Where every element lies, in row-major order. */
function places(shape: readonly number[], strides: readonly number[]): number[] {
  return Array.from({ length: numelOf(shape) }, (_, flat) => {
    let [rest, at] = [flat, 0];
    for (let d = shape.length - 1; d >= 0; d--) {
      const size = shape[d] as number;
      at += (rest % size) * (strides[d] as number);
      rest = Math.floor(rest / size);
    }
    return at;
  });
}

/** Ways to write a number as a product of up to four sizes. */
function factorings(n: number, depth = 4): number[][] {
  if (depth === 0) return n === 1 ? [[]] : [];
  const found: number[][] = n === 1 ? [[]] : [];
  for (let size = 1; size <= n; size++) if (n % size === 0) for (const rest of factorings(n / size, depth - 1)) found.push([size, ...rest]);
  return found;
}

describe("broadcasting", () => {
  test("aligns at the last dimension", () => {
    expect(broadcastPair("add", [3, 1], [4])).toEqual([3, 4]);
    expect(broadcastPair("add", [], [2, 0])).toEqual([2, 0]);
    expect(broadcastPair("add", [1], [0])).toEqual([0]);
    expect(broadcastShapes("add", [[2, 1, 1], [3, 1], [4]])).toEqual([2, 3, 4]);
    expect(broadcastShapes("add", [])).toEqual([]);
  });

  test("names the sizes that differ", () => {
    expect(() => broadcastPair("add", [2, 3], [2, 4])).toThrow(
      "add: shapes [2, 3] and [2, 4] do not broadcast: The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1",
    );
    expect(() => broadcastPair("add", [2], [0])).toThrow(ShapeError);
  });

  test("is symmetric, and reads every element of the operands", () => {
    fc.assert(
      fc.property(sizes, fc.array(fc.boolean(), { maxLength: 4 }), (shape, ones) => {
        const other = shape.slice(Math.max(0, shape.length - ones.length)).map((size, i) => (ones[i] === true ? 1 : size));
        const joined = broadcastPair("op", shape, other);
        expect(broadcastPair("op", other, shape)).toEqual(joined);
        const read = new Set(places(joined, broadcastStrides(other, contiguousStrides(other), joined)));
        if (numelOf(joined) > 0) expect(read.size).toBe(numelOf(other));
      }),
    );
  });
});

describe("strides", () => {
  test("of rows without gaps count the places", () => {
    fc.assert(
      fc.property(positive, (shape) => {
        const strides = contiguousStrides(shape);
        expect(places(shape, strides)).toEqual(Array.from({ length: numelOf(shape) }, (_, i) => i));
        expect(isContiguous(shape, strides)).toBe(true);
      }),
    );
    expect(contiguousStrides([2, 0, 3])).toEqual([3, 3, 1]);
    expect([isContiguous([1, 3], [99, 1]), isContiguous([2, 0], [7, 7]), isContiguous([2, 3], [1, 2])]).toEqual([true, true, false]);
  });

  test("of views exist exactly where no copy is needed", () => {
    const layout = fc.tuple(
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
      fc.array(fc.constantFrom(0, 1, 2), { minLength: 4, maxLength: 4 }),
      fc.nat(),
    );
    fc.assert(
      fc.property(layout, ([shape, kinds, choice]) => {
        // Some dimensions stretched (stride 0), some with gaps.
        let step = 1;
        const strides: number[] = [];
        for (let d = shape.length - 1; d >= 0; d--) {
          strides[d] = kinds[d] === 0 ? 0 : step;
          step *= (shape[d] as number) * (kinds[d] === 2 ? 2 : 1);
        }
        const targets = factorings(numelOf(shape));
        const target = targets[choice % targets.length] as number[];
        const expected = places(shape, strides);
        const found = viewStrides(shape, strides, target);
        if (found !== null) {
          expect(places(target, found)).toEqual(expected);
          return;
        }
        // No strides at all give these places: each would have to be the step along its dimension.
        const unit = (d: number): number => target.slice(d + 1).reduce((a, b) => a * b, 1);
        const only = target.map((size, d) => (size === 1 ? 0 : (expected[unit(d)] as number) - (expected[0] as number)));
        expect(places(target, only)).not.toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  test("of views of transposes and of nothing", () => {
    expect(viewStrides([2, 3], [1, 2], [6])).toBeNull();
    expect(viewStrides([2, 3], [1, 2], [2, 3, 1])).toEqual([1, 2, 2]);
    expect(viewStrides([4, 1, 3], [6, 100, 2], [4, 3])).toEqual([6, 2]);
    expect(viewStrides([], [], [1, 1])).toEqual([1, 1]);
    expect(viewStrides([0, 3], [3, 1], [3, 0])).toEqual([1, 1]);
  });
});

describe("dimensions", () => {
  test("count from either end", () => {
    expect([wrapDim("sum", -1, 3), wrapDim("sum", 0, 0), wrapDim("sum", -1, 0)]).toEqual([2, 0, 0]);
    expect(() => wrapDim("sum", 3, 3)).toThrow("sum: Dimension out of range (expected to be in range of [-3, 2], but got 3)");
    expect(() => wrapDim("sum", 1, 0)).toThrow(IndexError);
    expect(() => wrapDim("sum", 0.5, 3)).toThrow("dim must be an integer, got 0.5");
    expect(wrapDims("sum", [2, -3], 3)).toEqual([2, 0]);
    expect(wrapDims("sum", null, 2)).toEqual([0, 1]);
    expect(() => wrapDims("sum", [1, -2], 3)).toThrow("appears multiple times");
  });

  test("one size may be inferred", () => {
    expect(inferShape("view", [2, -1], 6)).toEqual([2, 3]);
    expect(inferShape("view", [-1], 0)).toEqual([0]);
    const failures: readonly (readonly [number[], number, string])[] = [
      [[4, -1], 6, "view: shape '[4, -1]' is invalid for input of size 6"],
      [[2, 2], 6, "shape '[2, 2]' is invalid for input of size 6"],
      [[-1, -1], 6, "only one dimension can be inferred"],
      [[-2, 3], 6, "invalid shape dimension -2"],
      [[0, -1], 0, "cannot reshape tensor of 0 elements"],
    ];
    for (const [size, count, message] of failures) {
      expect(() => inferShape("view", size, count)).toThrow(message);
      expect(() => inferShape("view", size, count)).toThrow(TorchError);
    }
  });

  test("shapes are compared by value", () => {
    expect([sameShape([1, 2], [1, 2]), sameShape([1, 2], [2, 1]), sameShape([], [1])]).toEqual([true, false, false]);
  });
});
