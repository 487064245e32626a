/** Integers in printed JavaScript: they wrap around in every step, as in PyTorch. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as e from "../../src/expr/build.js";
import { type Expr, input } from "../../src/expr/node.js";
import * as torch from "../../src/index.js";
import { evaluate } from "./evaluate.js";

const [x, y, z] = [input(0), input(1), input(2)];
const long = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, -1n, 0n, 1n));
const int = fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, -1, 0, 1));

/** Expressions, and what they are without bounds. */
const cases: readonly (readonly [string, Expr, (x: bigint, y: bigint, z: bigint) => bigint])[] = [
  ["x + y", e.add(x, y), (a, b) => a + b],
  ["x - y", e.sub(x, y), (a, b) => a - b],
  ["x · y", e.mul(x, y), (a, b) => a * b],
  ["-x", e.neg(x), (a) => -a],
  ["|x|", e.abs(x), (a) => (a < 0n ? -a : a)],
  ["x · y + z", e.add(e.mul(x, y), z), (a, b, c) => a * b + c],
  ["-(x - y) · z", e.mul(e.neg(e.sub(x, y)), z), (a, b, c) => -(a - b) * c],
];

describe("arithmetic", () => {
  test.each(cases)("%s of 64 bits", (_, expr, exact) => {
    fc.assert(
      fc.property(long, long, long, (a, b, c) => {
        expect(evaluate(expr, [a, b, c], "int64")).toBe(BigInt.asIntN(64, exact(a, b, c)));
      }),
    );
  });

  test.each(cases)("%s of 32 bits", (_, expr, exact) => {
    fc.assert(
      fc.property(int, int, int, (a, b, c) => {
        expect(evaluate(expr, [a, b, c], "int") + 0).toBe(Number(BigInt.asIntN(32, exact(BigInt(a), BigInt(b), BigInt(c)))));
      }),
    );
  });

  test("wraps before it compares", () => {
    expect(evaluate(e.select(e.lt(e.add(x, 1), x), 1, 0), [2n ** 63n - 1n], "int64")).toBe(1n);
    expect(evaluate(e.select(e.lt(e.add(x, 1), x), 1, 0), [2 ** 31 - 1], "int")).toBe(1);
    expect(evaluate(e.maximum(e.mul(x, 3), 5), [2n ** 62n], "int64")).toBe(5n);
  });
});

test("tensors wrap like PyTorch's", () => {
  const largest = torch.tensor([2n ** 63n - 1n]);
  expect(
    [largest.add(1), largest.mul(3), torch.tensor([-(2n ** 63n)]).neg(), torch.tensor([-(2n ** 63n)]).abs()].map((one) =>
      BigInt(one.item()),
    ),
  ).toEqual([-9223372036854775808n, 9223372036854775805n, -9223372036854775808n, -9223372036854775808n]);
  const int32 = torch.tensor([2 ** 31 - 1, -(2 ** 31)], { dtype: torch.int32 });
  expect([int32.add(1).tolist(), int32.abs().tolist()]).toEqual([
    [-2147483648, -2147483647],
    [2147483647, -2147483648],
  ]);
  expect(torch.tensor([100], { dtype: torch.int8 }).add(100).item()).toBe(-56);
  expect(torch.tensor([200], { dtype: torch.uint8 }).add(100).item()).toBe(44);
});
