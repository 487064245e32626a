/** Kernels that combine elements: `reduce`, `argReduce` and `scan`. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Scanner } from "../../src/backend/contract.js";
import { bfloat16, bool, complex128, type DType, float16, float32, float64, int32, int64, uint8 } from "../../src/core/dtype.js";
import { mul, ne } from "../../src/expr/build.js";
import { mask, input as operand } from "../../src/expr/node.js";
import { Program } from "../../src/expr/program.js";
import {
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

const isNan = (x: Value): boolean => typeof x === "number" && Number.isNaN(x);
const without = (shape: readonly number[], dim: number): number[] => shape.filter((_, d) => d !== dim);
const within = (index: readonly number[], dim: number, i: number, rank: number): number[] =>
  rank === 0 ? [] : [...index.slice(0, dim), i, ...index.slice(dim)];

describe("argReduce", () => {
  test.each(["max", "min"] as const)("%s", (kind) => {
    fc.assert(
      fc.property(seeds, shapes, realDType, fc.boolean(), (chance, shape, dtype, wantsValues) => {
        const dim = dimOf(chance, shape);
        const n = shape[dim] ?? 1;
        if (n === 0) return;
        const input = sample(chance, dtype, shape, { stretch: true });
        const indices = sample(chance, int64, without(shape, dim));
        const values = wantsValues ? sample(chance, dtype, without(shape, dim)) : null;
        kernels.argReduce(kind, values, indices, input, dim);
        for (const index of indicesOf(indices.shape)) {
          let best = 0;
          const read = (i: number): Value => at(input, within(index, dim, i, shape.length));
          for (let i = 1; i < n; i++) {
            const [x, y] = [read(best), read(i)];
            if (!isNan(x) && (isNan(y) || (kind === "max" ? y > x : y < x))) best = i;
          }
          expect(at(indices, index)).toBe(BigInt(best));
          if (values !== null) expect(at(values, index)).toBe(read(best));
        }
        expect(isGuarded(indices) && (values === null || isGuarded(values))).toBe(true);
      }),
    );
  });
});

/** The running reduction of a list, by the definition. */
function running(kind: Scanner, list: readonly Value[], dtype: DType): Value[] {
  let r: Value = kind === "logsumexp" ? Number.NEGATIVE_INFINITY : kind === "sum" ? 0 : 1;
  if (dtype === int64) r = BigInt(r);
  const keep = dtype === float16 || dtype === bfloat16 ? Math.fround : (x: number): number => x;
  return list.map((item) => {
    const y = dtype === int64 ? BigInt(item as number) : Number(item);
    if (typeof r === "bigint") r = kind === "sum" ? r + (y as bigint) : BigInt.asIntN(64, r * (y as bigint));
    else if (kind === "sum") r = keep((r as number) + (y as number));
    else if (kind === "prod") r = dtype.isFloatingPoint ? keep((r as number) * (y as number)) : Math.imul(r as number, y as number);
    else r = logAddExp(r as number, y as number);
    return rounded(dtype, r);
  });
}

function logAddExp(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  const [low, high] = [Math.min(x, y), Math.max(x, y)];
  return low === high && !Number.isFinite(low) ? x : Math.log1p(Math.exp(low - high)) + high;
}

describe("scan", () => {
  const pairs: readonly (readonly [DType, DType])[] = [
    ...real.map((dtype) => [dtype, dtype] as const),
    [int64, bool],
    [int64, uint8],
    [int64, int32],
    [float32, int64],
    [float64, float16],
    [float32, bfloat16],
    [int32, int64],
  ];
  test.each(["sum", "prod"] as const)("%s", (kind) => {
    fc.assert(
      fc.property(seeds, shapes, fc.constantFrom(...pairs), (chance, shape, [to, from]) => {
        const dim = dimOf(chance, shape);
        const input = sample(chance, from, shape, { stretch: true });
        const values = sample(chance, to, shape);
        kernels.scan(kind, values, null, input, dim);
        for (const index of indicesOf(without(shape, dim))) {
          const line = Array.from({ length: shape[dim] ?? 1 }, (_, i) => within(index, dim, i, shape.length));
          expect(line.map((i) => at(values, i))).toEqual(
            running(
              kind,
              line.map((i) => at(input, i)),
              to,
            ),
          );
        }
        expect(isGuarded(values)).toBe(true);
      }),
    );
  });

  test.each(["max", "min"] as const)("%s takes the last of equal values, and keeps NaN", (kind) => {
    fc.assert(
      fc.property(seeds, shapes, realDType, fc.boolean(), (chance, shape, dtype, wantsIndices) => {
        const dim = dimOf(chance, shape);
        const input = sample(chance, dtype, shape, { stretch: true });
        const values = sample(chance, dtype, shape);
        const indices = wantsIndices ? sample(chance, int64, shape) : null;
        kernels.scan(kind, values, indices, input, dim);
        for (const index of indicesOf(without(shape, dim))) {
          let best = 0;
          for (let i = 0; i < (shape[dim] ?? 1); i++) {
            const read = (k: number): Value => at(input, within(index, dim, k, shape.length));
            const [x, y] = [read(best), read(i)];
            if (isNan(y) || (!isNan(x) && (kind === "max" ? y >= x : y <= x))) best = i;
            const here = within(index, dim, i, shape.length);
            expect(at(values, here)).toBe(read(best));
            if (indices !== null) expect(at(indices, here)).toBe(BigInt(best));
          }
        }
        expect(isGuarded(values)).toBe(true);
      }),
    );
  });

  test("log of summed exponentials", () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(float32, float64), fc.nat(6), (chance, dtype, n) => {
        const input = sample(chance, dtype, [n], { stretch: true });
        const values = sample(chance, dtype, [n]);
        kernels.scan("logsumexp", values, null, input, 0);
        const wanted = running("logsumexp", elements(input), dtype) as number[];
        // Engines' exp and log may differ in the last place.
        const places = dtype === float64 ? 2 ** -51 : 2 ** -22;
        elements(values).forEach((value, i) => {
          const expected = wanted[i] as number;
          if (!Object.is(value, expected))
            expect(Math.abs((value as number) - expected)).toBeLessThanOrEqual(places * Math.max(1, Math.abs(expected)));
        });
      }),
    );
  });

  test("complex sums, products and logarithms", () => {
    const chance = new Chance(1);
    const input = sample(chance, complex128, [3]);
    const values = sample(chance, complex128, [3]);
    (
      [
        [1, 2],
        [0.5, -1],
        [-2, 3],
      ] as const
    ).forEach((z, i) => put(input, [i], z));
    kernels.scan("sum", values, null, input, 0);
    expect(elements(values)).toEqual([
      [1, 2],
      [1.5, 1],
      [-0.5, 4],
    ]);
    kernels.scan("prod", values, null, input, 0);
    expect(elements(values)).toEqual([
      [1, 2],
      [2.5, 0],
      [-5, 7.5],
    ]);
    kernels.scan("logsumexp", values, null, input, 0);
    const sums = [Math.E * Math.cos(2), Math.E * Math.cos(2) + Math.exp(0.5) * Math.cos(1)];
    const imaginary = [Math.E * Math.sin(2), Math.E * Math.sin(2) - Math.exp(0.5) * Math.sin(1)];
    const [re, im] = at(values, [1]) as [number, number];
    expect(re).toBeCloseTo(Math.log(Math.hypot(sums[1] as number, imaginary[1] as number)), 12);
    expect(im).toBeCloseTo(Math.atan2(imaginary[1] as number, sums[1] as number), 12);
  });

  test("of bigints wraps at 64 bits", () => {
    const input = sample(new Chance(2), int64, [2]);
    [2n ** 63n - 1n, 2n].forEach((x, i) => put(input, [i], x));
    const values = sample(new Chance(2), int64, [2]);
    kernels.scan("sum", values, null, input, 0);
    expect(elements(values)).toEqual([2n ** 63n - 1n, -(2n ** 63n) + 1n]);
  });
});

describe("reduce", () => {
  const identity = new Program("sum", [operand(0)], 1);
  const product = new Program("dot", [mul(operand(0), operand(1))], 2);
  const truth = new Program("any", [mask(0)], 1);
  const dimsOf = (chance: Chance, shape: readonly number[]): number[] => shape.map((_, d) => d).filter(() => chance.below(2) === 0);
  const kept = (shape: readonly number[], dims: readonly number[]): number[] => shape.filter((_, d) => !dims.includes(d));

  /** Calls `visit` with each coordinate of the result and the values that are reduced there. */
  function groups(
    shape: readonly number[],
    dims: readonly number[],
    read: (index: readonly number[]) => Value,
    visit: (index: number[], values: Value[]) => void,
  ): void {
    const found = new Map<string, Value[]>();
    for (const index of indicesOf(kept(shape, dims))) found.set(String(index), []);
    for (const index of indicesOf(shape)) found.get(String(index.filter((_, d) => !dims.includes(d))))?.push(read(index));
    for (const index of indicesOf(kept(shape, dims))) visit(index, found.get(String(index)) as Value[]);
  }

  test.each(["sum", "prod", "max", "min"] as const)("%s", (reducer) => {
    fc.assert(
      fc.property(seeds, shapes, realDType, (chance, shape, dtype) => {
        const dims = dimsOf(chance, shape);
        const input = sample(chance, dtype, shape, { stretch: true });
        const output = sample(chance, dtype, kept(shape, dims));
        kernels.reduce(reducer, identity, dtype, output, [input], shape, dims, 1);
        groups(
          shape,
          dims,
          (index) => at(input, index),
          (index, values) => {
            if (values.length === 0 && (reducer === "max" || reducer === "min")) return;
            if (reducer === "max" || reducer === "min") {
              const pick = (x: Value, y: Value): Value =>
                typeof x === "number" ? Math[reducer](x, y as number) : (reducer === "max" ? y > x : y < x) ? y : x;
              // Which of two zeros is given is left open, as in PyTorch.
              const unsigned = (x: Value): Value => (x === 0 ? 0 : x);
              expect(unsigned(at(output, index))).toEqual(unsigned(values.reduce(pick)));
            } else if (dtype === int64) {
              const fold = (x: bigint, y: Value): bigint => BigInt.asIntN(64, reducer === "sum" ? x + (y as bigint) : x * (y as bigint));
              expect(at(output, index)).toBe(values.reduce(fold, reducer === "sum" ? 0n : 1n));
            } else {
              const fold = (x: number, y: Value): number => (reducer === "sum" ? x + Number(y) : x * Number(y));
              const exact = values.reduce(fold, reducer === "sum" ? 0 : 1);
              const scale = values.reduce<number>((s, y) => s + Math.abs(Number(y)), 1);
              const result = Number(at(output, index));
              if (!dtype.isFloatingPoint || !Number.isFinite(exact)) expect(result).toEqual(rounded(dtype, exact));
              else if (reducer === "sum") expect(Math.abs(result - Number(rounded(dtype, exact)))).toBeLessThanOrEqual(1e-2 * scale);
              else expect(result).toEqual(rounded(dtype, exact));
            }
          },
        );
        expect(isGuarded(output)).toBe(true);
      }),
    );
  });

  test("any and all", () => {
    fc.assert(
      fc.property(seeds, shapes, fc.constantFrom(...real, complex128), fc.constantFrom("any", "all"), (chance, shape, dtype, reducer) => {
        const dims = dimsOf(chance, shape);
        const input = sample(chance, dtype, shape, { stretch: true });
        const output = sample(chance, bool, kept(shape, dims));
        kernels.reduce(reducer, truth, bool, output, [input], shape, dims, 1);
        const isTrue = (x: Value): boolean => (typeof x === "object" ? x[0] !== 0 || x[1] !== 0 : Number(x) !== 0);
        groups(
          shape,
          dims,
          (index) => at(input, index),
          (index, values) => {
            expect(at(output, index)).toBe((reducer === "any" ? values.some(isTrue) : values.every(isTrue)) ? 1 : 0);
          },
        );
      }),
    );
  });

  test("sums products of broadcast operands, complex ones too, and scales", () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(float64, complex128), (chance, dtype) => {
        const a = sample(chance, dtype, [3, 1], { stretch: true });
        const b = sample(chance, dtype, [4]);
        const output = sample(chance, dtype, [3]);
        for (const o of [a, b])
          for (const i of indicesOf(o.shape)) put(o, i, dtype.isComplex ? [chance.below(5), chance.below(5) - 2] : chance.below(9));
        kernels.reduce("sum", product, dtype, output, [a, b], [3, 4], [1], 0.5);
        for (let i = 0; i < 3; i++) {
          const [x, s] = [at(a, [i, 0]), [0, 0]] as [Value, [number, number]];
          const [xr, xi] = typeof x === "object" ? x : [Number(x), 0];
          for (const y of elements(b)) {
            const [yr, yi] = typeof y === "object" ? y : [Number(y), 0];
            s[0] += xr * yr - xi * yi;
            s[1] += xr * yi + xi * yr;
          }
          expect(at(output, [i])).toEqual(dtype.isComplex ? [s[0] / 2 + 0, s[1] / 2 + 0] : s[0] / 2);
        }
      }),
    );
  });

  test("counts where a condition holds", () => {
    const input = sample(new Chance(3), float16, [2, 3]);
    const output = sample(new Chance(3), int64, []);
    const count = new Program("countNonzero", [ne(operand(0), 0)], 1);
    elements(input).forEach((_, i) => put(input, [Math.floor(i / 3), i % 3], i % 2));
    kernels.reduce("sum", count, float32, output, [input], [2, 3], [0, 1], 1);
    expect(elements(output)).toEqual([3n]);
  });
});
