/** Native kernels that index, search, scan and copy against those of the js engine. */

import fc from "fast-check";
import { expect, test } from "vitest";
import type { Scanner, ScatterMode } from "../../src/backend/contract.js";
import { type CpuOperand, CpuStorage } from "../../src/backends/cpu/storage.js";
import { type DType, dtypes, float16, float32, float64, int64 } from "../../src/core/dtype.js";
import { input } from "../../src/expr/node.js";
import { Program } from "../../src/expr/program.js";
import { Chance, dimOf, elements, filled, isGuarded, realDType, sample, seeds, shapes, type Value } from "../kernels/samples.js";
import { describeNative, js, native } from "./engines.js";

/** Short shapes of any rank, and those that take other ways: long rows, many rows, many columns, blocks of a transposition. */
const anyShape: fc.Arbitrary<number[]> = fc.oneof(
  { weight: 4, arbitrary: shapes },
  { weight: 1, arbitrary: fc.constantFrom<number[][]>([3000], [40, 60], [3, 1300], [1300, 3], [2, 50, 20], [70, 2, 40]) },
);
const anyDType = fc.constantFrom(...dtypes);

/** 0 and -0 are the same, and so are numbers that differ by less than a unit in the given digit. */
function isClose(x: Value, y: Value, tolerance: number): boolean {
  if (typeof x !== "number" || typeof y !== "number") return false;
  return x === y || Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(x), Math.abs(y));
}

function expectSame(found: CpuOperand, wanted: CpuOperand, tolerance = 0): void {
  const y = elements(wanted);
  elements(found).forEach((x, i) => {
    if (!isClose(x, y[i] as Value, tolerance)) expect(x).toEqual(y[i]);
  });
  expect(isGuarded(found)).toBe(true);
}

/** What both engines write to operands that begin alike. */
function both<T>(run: (kernels: typeof js) => T): [found: T, wanted: T] {
  return [run(native), run(js)];
}

const indexInto = (chance: Chance, shape: readonly number[], size: number): CpuOperand =>
  filled(chance, int64, shape, () => BigInt(chance.below(Math.max(size, 1))));

describeNative("native indexing", () => {
  test("copies", () => {
    const copy = new Program("copy", [input(0)], 1);
    fc.assert(
      fc.property(seeds, anyShape, anyDType, (chance, shape, dtype) => {
        const given = sample(chance, dtype, shape, { stretch: true });
        const seed = chance.below(2 ** 30);
        const [found, wanted] = both((kernels) => {
          const output = sample(new Chance(seed), dtype, shape);
          kernels.pointwise(copy, dtype, [output], [given]);
          return output;
        });
        expectSame(found, wanted);
      }),
      { numRuns: 150 },
    );
  });

  test("copies in reverse order", () => {
    const copy = new Program("copy", [input(0)], 1);
    fc.assert(
      fc.property(seeds, fc.constantFrom<number[][]>([7], [40, 33], [3, 50, 40]), anyDType, (chance, shape, dtype) => {
        const given = sample(chance, dtype, shape);
        const strides = given.strides.map((s, d) => ((chance.below(2) + d) % 2 === 0 ? -s : s));
        const offset = given.offset + strides.reduce((at, s, d) => at + (s < 0 ? -s * ((shape[d] as number) - 1) : 0), 0);
        const reversed = { ...given, strides, offset, dense: false };
        const [found, wanted] = both((kernels) => {
          const output = sample(new Chance(1), dtype, shape, { dense: true });
          kernels.pointwise(copy, dtype, [output], [reversed]);
          return output;
        });
        expectSame(found, wanted);
      }),
    );
  });

  test("gather", () => {
    fc.assert(
      fc.property(seeds, anyShape, anyDType, (chance, shape, dtype) => {
        const dim = dimOf(chance, shape);
        if (shape.includes(0)) return;
        const given = sample(chance, dtype, shape, { stretch: true });
        const size = shape[dim] ?? 1;
        const index = indexInto(
          chance,
          shape.map((n, d) => (d === dim ? 1 + chance.below(5) : n)),
          size,
        );
        const [found, wanted] = both((kernels) => {
          const output = sample(new Chance(7), dtype, index.shape);
          kernels.gather(output, given, dim, index);
          return output;
        });
        expectSame(found, wanted);
      }),
      { numRuns: 120 },
    );
  });

  test.each<ScatterMode>(["write", "add", "mul", "max", "min"])("scatter: %s", (mode) => {
    fc.assert(
      fc.property(seeds, anyShape, anyDType, fc.boolean(), (chance, shape, dtype, isNumber) => {
        if (dtype.isComplex && mode !== "write" && mode !== "add" && mode !== "mul") return;
        const dim = dimOf(chance, shape);
        if (shape.includes(0)) return;
        const index = indexInto(
          chance,
          shape.map((n, d) => (d === dim ? 1 + chance.below(5) : n)),
          shape[dim] ?? 1,
        );
        const source = isNumber && !dtype.isComplex ? 2 : sample(chance, dtype, index.shape, { stretch: true });
        const [found, wanted] = both((kernels) => {
          const output = sample(new Chance(7), dtype, shape);
          kernels.scatter(output, dim, index, source, mode);
          return output;
        });
        expectSame(found, wanted);
      }),
      { numRuns: 100 },
    );
  });

  // Large enough to be shared by threads: writes to one place must stay in order.
  test.each([0, 1])("scatters shared by threads, dimension %i", (dim) => {
    const chance = new Chance(3);
    const shape = [300, 200];
    const index = indexInto(chance, shape, 5);
    const source = sample(chance, int64, shape);
    for (const mode of ["write", "add"] as const) {
      const [found, wanted] = both((kernels) => {
        const output = sample(new Chance(7), int64, shape);
        kernels.scatter(output, dim, index, source, mode);
        return output;
      });
      expectSame(found, wanted);
    }
  });

  test("indexGet and indexPut", () => {
    const cases = fc.constantFrom<number[][]>([0], [1], [2], [0, 1], [0, 2], [0, 1, 2]);
    fc.assert(
      fc.property(seeds, anyDType, cases, fc.boolean(), fc.boolean(), (chance, dtype, indexed, accumulate, isLong) => {
        const shape = isLong ? [4, 30, 25] : [3, 4, 5];
        const table = sample(chance, dtype, shape);
        const common = chance.pick<number[]>([[], [6], [2, 3]]);
        const indices = shape.map((size, d) =>
          indexed.includes(d)
            ? indexInto(
                chance,
                common.map((n) => (chance.below(4) === 0 ? 1 : n)),
                size,
              )
            : null,
        );
        const rows = [...common, ...shape.filter((_, d) => !indexed.includes(d))];
        const [found, wanted] = both((kernels) => {
          const output = sample(new Chance(5), dtype, rows);
          kernels.indexGet(output, table, indices);
          return output;
        });
        expectSame(found, wanted);
        const source = sample(chance, dtype, rows, { stretch: true });
        const seed = chance.below(2 ** 30);
        const [put, wantedPut] = both((kernels) => {
          const output = sample(new Chance(seed), dtype, shape);
          kernels.indexPut(output, indices, source, accumulate);
          return output;
        });
        expectSame(put, wantedPut);
      }),
      { numRuns: 200 },
    );
  });

  test("indexRange", () => {
    fc.assert(
      fc.property(seeds, anyShape, (chance, shape) => {
        const index = sample(chance, int64, shape, { stretch: true });
        const [found, wanted] = both((kernels) => kernels.indexRange(index));
        expect(found).toEqual(wanted);
      }),
    );
  });

  test("nonzero", () => {
    fc.assert(
      fc.property(
        seeds,
        fc.oneof(anyShape, fc.constantFrom<number[][]>([70_000], [3, 20_000], [9, 10, 1000])),
        realDType,
        (chance, shape, dtype) => {
          const count = shape.reduce((a, b) => a * b, 1);
          const given =
            count > 5000
              ? { storage: rare(chance, dtype, count), dtype, shape, strides: stridesOf(shape), offset: 0, count, dense: true }
              : sample(chance, dtype, shape, { dense: chance.below(3) > 0 });
          const [found, wanted] = both((kernels) => {
            const storage = kernels.nonzero(given);
            return Array.from(storage.data.subarray(storage.base, storage.base + storage.length) as BigInt64Array, Number);
          });
          expect(found).toEqual(wanted);
        },
      ),
      { numRuns: 60 },
    );
  });

  // The WebAssembly engine is without: of `search`, `select` and `distances` the library composes other kernels.
  test.skipIf(native.search === undefined)("search", () => {
    fc.assert(
      fc.property(seeds, realDType, fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 150 }), (chance, dtype, m, k) => {
        const rows = 1 + chance.below(3);
        const sequences = sample(chance, dtype, [rows, m], { dense: true });
        const sorted = sample(chance, dtype, [rows, m], { dense: true });
        js.sort(sorted, sample(chance, int64, [rows, m]), sequences, 1, false);
        const values = sample(chance, dtype, [rows, k], { dense: true });
        const right = chance.below(2) === 0;
        const output = sample(chance, int64, [rows, k], { dense: true });
        native.search?.(output, sorted, values, right);
        const line = elements(sorted);
        const wanted = elements(values).map((value, i) => {
          const row = line.slice(Math.floor(i / k) * m, (Math.floor(i / k) + 1) * m);
          // NaN comes behind all numbers in the sequence, and as a value nothing is before which it would stop.
          const at = row.findIndex((x) => (right ? x > value : x >= value));
          return BigInt(at === -1 ? m : at);
        });
        if (line.some(Number.isNaN)) return;
        expect(elements(output)).toEqual(wanted);
        expect(isGuarded(output)).toBe(true);
      }),
    );
  });

  test.skipIf(native.select === undefined)("select", () => {
    const lines = fc.oneof(
      { weight: 3, arbitrary: shapes },
      { weight: 2, arbitrary: fc.constantFrom<number[][]>([3000], [20_000], [40, 60], [60, 40]) },
    );
    fc.assert(
      fc.property(seeds, lines, realDType, fc.boolean(), (chance, shape, dtype, descending) => {
        const dim = dimOf(chance, shape);
        if (shape.length === 0 || shape.includes(0)) return;
        const size = shape[dim] as number;
        const given = sample(chance, dtype, shape, { stretch: true });
        const ranks = indexInto(
          chance,
          shape.map((n, d) => (d === dim ? 1 + chance.below(4) : n)),
          size,
        );
        const sorted = [sample(chance, dtype, shape), sample(chance, int64, shape)] as const;
        js.sort(sorted[0], sorted[1], given, dim, descending);
        const [values, indices] = [sample(chance, dtype, ranks.shape), sample(chance, int64, ranks.shape)];
        expect(native.select?.(values, indices, given, dim, ranks, descending)).toBe(true);
        for (const [found, all] of [
          [values, sorted[0]],
          [indices, sorted[1]],
        ] as const) {
          const wanted = sample(new Chance(1), all.dtype, ranks.shape);
          js.gather(wanted, all, dim, ranks);
          expectSame(found, wanted);
        }
      }),
      { numRuns: 150 },
    );
  });

  test.each<Scanner>(["sum", "prod", "max", "min", "logsumexp"])("scan: %s", (kind) => {
    fc.assert(
      fc.property(seeds, anyShape, realDType, (chance, shape, dtype) => {
        if (kind === "logsumexp" && !dtype.isFloatingPoint) return;
        const isExtreme = kind === "max" || kind === "min";
        const dim = dimOf(chance, shape);
        // Products of a thousand numbers overflow where one order of them does not.
        const value = (): number => (kind === "prod" ? chance.below(3) - 1 : chance.below(9) - 4);
        const given =
          isExtreme || kind === "logsumexp" || shape.every((n) => n < 20)
            ? sample(chance, dtype, shape, { stretch: true })
            : filled(chance, dtype, shape, () => (dtype === int64 ? BigInt(value()) : Math.abs(value())));
        const type = isExtreme || dtype.isFloatingPoint ? dtype : int64;
        const wantsIndices = isExtreme && chance.below(3) > 0;
        const [found, wanted] = both((kernels) => {
          const values = sample(new Chance(5), type, shape);
          const indices = sample(new Chance(6), int64, shape);
          kernels.scan(kind, values, wantsIndices ? indices : null, given, dim);
          return [values, indices] as const;
        });
        expectSame(found[0], wanted[0], isExtreme ? 0 : dtype.itemsize === 2 ? (dtype === float16 ? 2e-3 : 2e-2) : 1e-6);
        expectSame(found[1], wanted[1]);
      }),
      { numRuns: 100 },
    );
  });

  test.each(["max", "min"] as const)("argReduce: %s", (kind) => {
    fc.assert(
      fc.property(seeds, fc.oneof(anyShape, fc.constantFrom<number[][]>([9000], [2, 5000])), realDType, (chance, shape, dtype) => {
        const dim = dimOf(chance, shape);
        if (shape.includes(0)) return;
        const given = sample(chance, dtype, shape, { stretch: true });
        const rest = shape.filter((_, d) => d !== dim);
        const wantsValues = chance.below(3) > 0;
        const [found, wanted] = both((kernels) => {
          const values = sample(new Chance(5), dtype, rest);
          const indices = sample(new Chance(6), int64, rest);
          kernels.argReduce(kind, wantsValues ? values : null, indices, given, dim);
          return [values, indices] as const;
        });
        expectSame(found[0], wanted[0]);
        expectSame(found[1], wanted[1]);
      }),
      { numRuns: 150 },
    );
  });
});

const stridesOf = (shape: readonly number[]): number[] => shape.map((_, d) => shape.slice(d + 1).reduce((a, b) => a * b, 1));

/** Many elements, of which one in ten is not zero. */
function rare(chance: Chance, dtype: DType, count: number): CpuStorage {
  const data = new dtype.array(count);
  for (let i = chance.below(10); i < count; i += 1 + chance.below(20)) data[i] = dtype === int64 ? 3n : 1;
  return new CpuStorage(dtype, count, data, 0);
}

describeNative("native distances", () => {
  test.skipIf(native.distances === undefined)("of all pairs of rows", () => {
    const orders = fc.constantFrom(0, 1, 2, Number.POSITIVE_INFINITY, 0.5, 3);
    const sizes = fc.constantFrom(1, 2, 5, 40);
    fc.assert(
      fc.property(
        seeds,
        fc.constantFrom(float32, float64),
        orders,
        sizes,
        sizes,
        fc.constantFrom(1, 3, 8, 21, 70),
        (chance, dtype, p, i, j, m) => {
          const given = (rows: number): CpuOperand => sample(chance, dtype, [2, rows, m], { dense: true });
          const [a, b] = [given(i), given(j)];
          const output = sample(chance, dtype, [2, i, j], { dense: true });
          expect(native.distances?.(output, a, b, p)).toBe(true);
          const [x, y] = [elements(a).map(Number), elements(b).map(Number)];
          const norm = (at: number, of: number): number => {
            const sizes = Array.from({ length: m }, (_, k) => Math.abs((x[at + k] as number) - (y[of + k] as number)));
            if (p === 0) return sizes.filter((size) => size !== 0).length;
            if (p === Number.POSITIVE_INFINITY) return sizes.reduce((most, size) => Math.max(most, size), 0);
            return sizes.reduce((sum, size) => sum + size ** p, 0) ** (1 / p);
          };
          elements(output).forEach((found, at) => {
            const [batch, row, column] = [Math.floor(at / (i * j)), Math.floor(at / j) % i, at % j];
            const wanted = norm((batch * i + row) * m, (batch * j + column) * m);
            if (!isClose(found, wanted, dtype === float32 ? 1e-5 : 1e-12)) expect(found).toEqual(wanted);
          });
          // Each pair once.
          const single = { ...a, shape: [1, i, m], count: i * m };
          const pairs = sample(chance, dtype, [(i * (i - 1)) / 2], { dense: true });
          native.distances?.(pairs, single, null, p);
          const whole = sample(chance, dtype, [1, i, i], { dense: true });
          native.distances?.(whole, single, single, p);
          const all = elements(whole);
          expect(elements(pairs)).toEqual(all.filter((_, at) => at % i > Math.floor(at / i)));
          expect(isGuarded(pairs)).toBe(true);
        },
      ),
    );
  });
});
