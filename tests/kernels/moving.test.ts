/** Kernels that move elements: `read`, `gather`, `scatter`, `indexGet` and `indexPut`. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ScatterMode } from "../../src/backend/contract.js";
import { cpuBackend } from "../../src/backends/cpu/index.js";
import { type CpuOperand, CpuStorage } from "../../src/backends/cpu/storage.js";
import { type DType, float16, float32, int32, int64 } from "../../src/core/dtype.js";
import { contiguousStrides } from "../../src/core/shape.js";
import {
  anyDType,
  at,
  type Chance,
  dimOf,
  elements,
  filled,
  indicesOf,
  isGuarded,
  kernels,
  put,
  rounded,
  sample,
  seeds,
  shapes,
  type Value,
} from "./samples.js";

/** An operand over host data. */
function over(dtype: DType, data: CpuStorage["data"], count: number): CpuOperand {
  return { storage: new CpuStorage(dtype, count, data, 0), dtype, shape: [count], strides: [1], offset: 0, count, dense: true };
}

/** A shape of index operands that fits `shape`: any size along `dim`, no larger elsewhere. */
function indexShape(chance: Chance, shape: readonly number[], dim: number): number[] {
  return shape.map((size, d) => (d === dim ? (size === 0 ? 0 : chance.below(5)) : chance.below(size + 1)));
}

const along = (index: readonly number[], dim: number, i: Value): number[] => index.map((x, d) => (d === dim ? Number(i) : x));

describe("read", () => {
  test("gives elements in row-major order, in memory of their own", () => {
    fc.assert(
      fc.property(seeds, shapes, anyDType, (chance, shape, dtype) => {
        const input = sample(chance, dtype, shape, { stretch: true });
        const data = cpuBackend.read(input);
        expect(data.buffer).not.toBe(input.storage.data.buffer);
        expect(elements(over(dtype, data, input.count))).toEqual(elements(input));
      }),
    );
  });
});

describe("gather", () => {
  test("reads through indices", () => {
    fc.assert(
      fc.property(seeds, shapes, anyDType, (chance, shape, dtype) => {
        const dim = dimOf(chance, shape);
        const input = sample(chance, dtype, shape, { stretch: true });
        const index = filled(chance, int64, indexShape(chance, shape, dim), () => BigInt(chance.below(shape[dim] ?? 1)));
        const output = sample(chance, dtype, index.shape);
        kernels.gather(output, input, dim, index);
        expect(elements(output)).toEqual(indicesOf(index.shape).map((i) => at(input, along(i, dim, at(index, i) as bigint))));
        expect(isGuarded(output)).toBe(true);
      }),
    );
  });

  test("takes a 0-d operand as one of one element", () => {
    const input = over(float32, Float32Array.of(3, 4, 5), 3);
    const index = { ...over(int64, BigInt64Array.of(2n), 1), shape: [], strides: [] };
    const output = { ...over(float32, new Float32Array(1), 1), shape: [], strides: [] };
    kernels.gather(output, input, 0, index);
    expect(elements(output)).toEqual([5]);
  });
});

const plus = (x: Value, y: Value): Value => {
  if (typeof x === "object" && typeof y === "object") return [x[0] + y[0], x[1] + y[1]];
  return typeof x === "bigint" ? BigInt.asIntN(64, x + (y as bigint)) : (x as number) + (y as number);
};
const times = (x: Value, y: Value): Value => {
  if (typeof x === "object" && typeof y === "object") return [x[0] * y[0] - x[1] * y[1], x[0] * y[1] + x[1] * y[0]];
  return typeof x === "bigint" ? BigInt.asIntN(64, x * (y as bigint)) : (x as number) * (y as number);
};
const combine: { readonly [mode in ScatterMode]: (x: Value, y: Value) => Value } = {
  write: (_, y) => y,
  add: plus,
  mul: times,
  max: (x, y) => (typeof x === "number" ? Math.max(x, y as number) : x > y ? x : y),
  min: (x, y) => (typeof x === "number" ? Math.min(x, y as number) : x < y ? x : y),
};

/** The values of an operand by coordinates, to be changed by an oracle. */
function table(operand: CpuOperand): Map<string, Value> {
  return new Map(indicesOf(operand.shape).map((index) => [String(index), at(operand, index)]));
}

describe("scatter", () => {
  const modes: readonly ScatterMode[] = ["write", "add", "mul", "max", "min"];
  test.each(modes)("%s", (mode) => {
    fc.assert(
      fc.property(seeds, shapes, anyDType, fc.boolean(), (chance, shape, dtype, isNumber) => {
        if (dtype.isComplex && (mode === "max" || mode === "min")) return;
        const dim = dimOf(chance, shape);
        const output = sample(chance, dtype, shape);
        const index = filled(chance, int64, indexShape(chance, shape, dim), () => BigInt(chance.below(shape[dim] ?? 1)));
        const source = sample(
          chance,
          dtype,
          index.shape.map((n) => n + chance.below(2)),
          { stretch: true },
        );
        const number = chance.below(3);
        const expected = table(output);
        for (const i of indicesOf(index.shape)) {
          const place = String(along(i, dim, at(index, i) as bigint));
          const value = isNumber ? rounded(dtype, number) : at(source, i);
          expected.set(place, rounded(dtype, combine[mode](expected.get(place) as Value, value)));
        }
        kernels.scatter(output, dim, index, isNumber ? number : source, mode);
        expect(table(output)).toEqual(expected);
        expect(isGuarded(output)).toBe(true);
      }),
    );
  });

  test("multiplies int32 modulo 2^32, and int64 from a bigint", () => {
    const index = over(int64, BigInt64Array.of(0n), 1);
    const narrow = over(int32, Int32Array.of(123456789), 1);
    kernels.scatter(narrow, 0, index, over(int32, Int32Array.of(987654321), 1), "mul");
    expect(elements(narrow)).toEqual([Math.imul(123456789, 987654321)]);
    const wide = over(int64, BigInt64Array.of(3n), 1);
    kernels.scatter(wide, 0, index, 2n ** 62n, "mul");
    expect(elements(wide)).toEqual([BigInt.asIntN(64, 3n * 2n ** 62n)]);
  });

  test("rounds half floats at every step", () => {
    const output = over(float16, new Uint16Array(1), 1);
    put(output, [0], 2048);
    kernels.scatter(output, 0, { ...over(int64, BigInt64Array.of(0n), 1), shape: [4], strides: [0], count: 4 }, 1, "add");
    expect(elements(output)).toEqual([2048]);
  });
});

/** Index operands for some dimensions of a shape, of one common shape. */
function indexing(chance: Chance, shape: readonly number[]): { indices: (CpuOperand | null)[]; common: number[]; whole: number[] } {
  const common = Array.from({ length: chance.below(3) }, () => chance.below(4));
  const indices = shape.map((size) =>
    chance.below(2) === 0 || size === 0 ? null : filled(chance, int64, common, () => BigInt(chance.below(size))),
  );
  const whole = shape.map((_, d) => d).filter((d) => indices[d] === null);
  return { indices, common: whole.length === shape.length ? [] : common, whole };
}

/** The coordinates in the indexed operand for coordinates in the result. */
function target(indices: readonly (CpuOperand | null)[], depth: number, i: readonly number[]): number[] {
  let next = depth;
  return indices.map((index) => (index === null ? (i[next++] as number) : Number(at(index, i.slice(0, depth)))));
}

describe("indexGet", () => {
  test("reads whole dimensions at indices", () => {
    fc.assert(
      fc.property(seeds, shapes, anyDType, (chance, shape, dtype) => {
        const { indices, common, whole } = indexing(chance, shape);
        const input = sample(chance, dtype, shape, { stretch: true });
        const output = sample(chance, dtype, [...common, ...whole.map((d) => shape[d] as number)]);
        kernels.indexGet(output, input, indices);
        expect(elements(output)).toEqual(indicesOf(output.shape).map((i) => at(input, target(indices, common.length, i))));
        expect(isGuarded(output)).toBe(true);
      }),
    );
  });

  test("reads long rows", () => {
    const data = Float32Array.from({ length: 3000 }, (_, i) => i);
    const input: CpuOperand = { ...over(float32, data, 3000), shape: [3, 1000], strides: [1000, 1] };
    const output: CpuOperand = { ...over(float32, new Float32Array(2000), 2000), shape: [2, 1000], strides: contiguousStrides([2, 1000]) };
    kernels.indexGet(output, input, [over(int64, BigInt64Array.of(2n, 0n), 2), null]);
    expect(output.storage.data).toEqual(Float32Array.from({ length: 2000 }, (_, i) => (i < 1000 ? 2000 + i : i - 1000)));
  });
});

describe("indexPut", () => {
  test.each([false, true])("accumulate: %s", (accumulate) => {
    fc.assert(
      fc.property(seeds, shapes, anyDType, (chance, shape, dtype) => {
        const { indices, common, whole } = indexing(chance, shape);
        const output = sample(chance, dtype, shape);
        const source = sample(chance, dtype, [...common, ...whole.map((d) => shape[d] as number)], { stretch: true });
        const expected = table(output);
        for (const i of indicesOf(source.shape)) {
          const place = String(target(indices, common.length, i));
          const before = expected.get(place) as Value;
          expected.set(place, rounded(dtype, accumulate ? plus(before, at(source, i)) : at(source, i)));
        }
        kernels.indexPut(output, indices, source, accumulate);
        expect(table(output)).toEqual(expected);
        expect(isGuarded(output)).toBe(true);
      }),
    );
  });
});
