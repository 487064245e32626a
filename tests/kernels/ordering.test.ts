/** Kernels that order and find elements, and `sequence`. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cpuBackend } from "../../src/backends/cpu/index.js";
import { CpuStorage } from "../../src/backends/cpu/storage.js";
import { bool, complex64, complex128, type dtypes, float16, float32, float64, int32, int64 } from "../../src/core/dtype.js";
import {
  anyDType,
  at,
  Chance,
  dimOf,
  elements,
  indicesOf,
  isGuarded,
  kernels,
  put,
  real,
  realDType,
  rounded,
  sample,
  seeds,
  shapes,
  type Value,
} from "./samples.js";

/** PyTorch's order: NaN after everything. */
function compare(x: Value, y: Value): number {
  const [nx, ny] = [Number.isNaN(x), Number.isNaN(y)];
  if (nx || ny) return Number(nx) - Number(ny);
  return x < y ? -1 : x > y ? 1 : 0;
}

describe("sort", () => {
  const check = (chance: Chance, shape: readonly number[], dtype: (typeof dtypes)[number], descending: boolean): void => {
    const dim = dimOf(chance, shape);
    const n = shape[dim] ?? 1;
    const input = sample(chance, dtype, shape, { stretch: true });
    const values = sample(chance, dtype, shape);
    const indices = sample(chance, int64, shape);
    kernels.sort(values, indices, input, dim, descending);
    const line = (index: readonly number[], i: number): number[] =>
      shape.length === 0 ? [] : [...index.slice(0, dim), i, ...index.slice(dim)];
    for (const index of indicesOf(shape.filter((_, d) => d !== dim))) {
      const list = Array.from({ length: n }, (_, i) => at(input, line(index, i)));
      const order = list.map((_, i) => i).sort((i, j) => (descending ? -1 : 1) * compare(list[i] as Value, list[j] as Value) || i - j);
      expect(order.map((_, i) => at(indices, line(index, i)))).toEqual(order.map(BigInt));
      expect(order.map((_, i) => at(values, line(index, i)))).toEqual(order.map((i) => list[i]));
    }
    expect(isGuarded(values) && isGuarded(indices)).toBe(true);
  };

  test("is stable along any dimension, NaN the largest", () => {
    fc.assert(fc.property(seeds, shapes, realDType, fc.boolean(), check));
  });

  test.each(real.map((dtype) => [dtype.name, dtype] as const))("sorts long rows of %s", (_, dtype) => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 20, max: 400 }), fc.boolean(), (chance, n, descending) =>
        check(chance, chance.pick([[n], [2, n], [n, 3]]), dtype, descending),
      ),
      { numRuns: 15 },
    );
  });

  test("orders numbers of all magnitudes", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double(), { maxLength: 200 }),
        fc.boolean(),
        fc.constantFrom(float64, float32, float16),
        (list, descending, dtype) => {
          const shape = [list.length];
          const input = sample(new Chance(1), dtype, shape);
          list.forEach((x, i) => put(input, [i], x));
          const [values, indices] = [sample(new Chance(2), dtype, shape), sample(new Chance(3), int64, shape)];
          kernels.sort(values, indices, input, 0, descending);
          const kept = elements(input);
          const order = list.map((_, i) => i).sort((i, j) => (descending ? -1 : 1) * compare(kept[i] as Value, kept[j] as Value) || i - j);
          expect(elements(indices)).toEqual(order.map(BigInt));
          expect(elements(values)).toEqual(order.map((i) => kept[i]));
        },
      ),
    );
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { maxLength: 200 }), fc.boolean(), (list, descending) => {
        const [input, values, indices] = [1, 2, 3].map((seed) => sample(new Chance(seed), int64, [list.length])) as [never, never, never];
        list.forEach((x, i) => put(input, [i], x));
        kernels.sort(values, indices, input, 0, descending);
        expect(elements(values)).toEqual([...list].sort((x, y) => (descending ? -1 : 1) * compare(x, y)));
      }),
    );
  });
});

describe("nonzero", () => {
  test("gives coordinates in row-major order", () => {
    fc.assert(
      fc.property(seeds, shapes, anyDType, (chance, shape, dtype) => {
        const input = sample(chance, dtype, shape, { stretch: true });
        const storage = kernels.nonzero(input);
        const isTrue = (x: Value): boolean => (typeof x === "object" ? x[0] !== 0 || x[1] !== 0 : Number(x) !== 0);
        const expected = indicesOf(shape)
          .filter((index) => isTrue(at(input, index)))
          .flat();
        expect(storage.length).toBe(expected.length);
        expect(Array.from(storage.data.subarray(storage.base, storage.base + storage.length), Number)).toEqual(expected);
      }),
    );
  });
});

describe("sequence", () => {
  test("computes start + i step", () => {
    fc.assert(
      fc.property(
        seeds,
        shapes,
        anyDType,
        fc.integer({ min: -40, max: 40 }),
        fc.integer({ min: -8, max: 8 }),
        (chance, shape, dtype, start, step) => {
          const output = sample(chance, dtype, shape);
          const quarter = dtype.isFloatingPoint || dtype.isComplex ? 4 : 1;
          kernels.sequence(output, start / quarter, step / quarter);
          expect(elements(output)).toEqual(indicesOf(shape).map((_, i) => rounded(dtype, start / quarter + i * (step / quarter))));
          expect(isGuarded(output)).toBe(true);
        },
      ),
    );
  });

  test("is exact for int64, and truncates fractions", () => {
    const output = sample(new Chance(1), int64, [4]);
    kernels.sequence(output, 2n ** 62n + 1n, 3n);
    expect(elements(output)).toEqual([0n, 1n, 2n, 3n].map((i) => 2n ** 62n + 1n + 3n * i));
    kernels.sequence(output, -5n, 2n);
    expect(elements(output)).toEqual([-5n, -3n, -1n, 1n]);
    kernels.sequence(output, -1.5, 1);
    expect(elements(output)).toEqual([-1n, 0n, 0n, 1n]);
  });

  test("casts bigints for other dtypes", () => {
    for (const dtype of [float32, int32, bool, complex64]) {
      const output = sample(new Chance(1), dtype, [3]);
      kernels.sequence(output, 0n, 1n);
      expect(elements(output)).toEqual([0, 1, 2].map((i) => rounded(dtype, i)));
    }
  });
});

describe("transfer", () => {
  test("upload takes host data as it is", () => {
    const storage = cpuBackend.upload(complex128, Float64Array.of(1, 2, 3, 4));
    expect(storage).toBeInstanceOf(CpuStorage);
    expect(storage.length).toBe(2);
    expect(storage.backend).toBe(cpuBackend);
  });
});
