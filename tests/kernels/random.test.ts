/** Random kernels: PyTorch's streams on operands of any dtype and layout. */

import { describe, expect, test } from "vitest";
import type { Distribution } from "../../src/backend/contract.js";
import { cpuBackend } from "../../src/backends/cpu/index.js";
import type { CpuOperand, CpuStorage } from "../../src/backends/cpu/storage.js";
import { metaBackend } from "../../src/backends/meta/index.js";
import { bfloat16, bool, complex64, type DType, dtypes, float16, float32, float64, int32, int64, uint8 } from "../../src/core/dtype.js";
import { contiguousStrides, numelOf } from "../../src/core/shape.js";
import { at, Chance, elements, indicesOf, isGuarded, kernels, sample } from "./samples.js";

function dense(dtype: DType, shape: readonly number[], data?: CpuStorage["data"]): CpuOperand {
  const count = numelOf(shape);
  const storage = data === undefined ? cpuBackend.allocate(dtype, count) : cpuBackend.upload(dtype, data);
  return { storage, dtype, shape, strides: contiguousStrides(shape), offset: 0, count, dense: true };
}

/** The same elements with two dimensions exchanged. */
function transposed(operand: CpuOperand): CpuOperand {
  return { ...operand, shape: [...operand.shape].reverse(), strides: [...operand.strides].reverse(), dense: false };
}

const drawn = (output: CpuOperand, distribution: Distribution, seed = 42n): CpuOperand => {
  kernels.random(output, distribution, cpuBackend.randomState(seed));
  return output;
};

const uniform: Distribution = { kind: "uniform", from: 0, to: 1 };
const normal: Distribution = { kind: "normal", mean: 0, std: 1 };

describe("random", () => {
  test("gives PyTorch's numbers", () => {
    expect(elements(drawn(dense(float32, [3]), uniform))).toEqual([0.8822692632675171, 0.9150039553642273, 0.38286375999450684]);
    const first = elements(drawn(dense(float32, [3]), normal)) as number[];
    [0.33669037, 0.1288094, 0.23446237].forEach((x, i) => expect(first[i]).toBeCloseTo(x, 6));
    expect(elements(drawn(dense(int64, [12]), { kind: "integer", from: 0n, to: 10n }))).toEqual(
      [2, 7, 6, 4, 6, 5, 0, 4, 0, 3, 8, 4].map(BigInt),
    );
    expect(elements(drawn(dense(int64, [8]), { kind: "randperm" }))).toEqual([6, 3, 0, 7, 2, 1, 4, 5].map(BigInt));
  });

  const kinds: readonly Distribution[] = [
    uniform,
    normal,
    { kind: "exponential", lambda: 1.5 },
    { kind: "cauchy", median: 0, sigma: 1 },
    { kind: "logNormal", mean: 0, std: 0.5 },
    { kind: "geometric", p: 0.3 },
    { kind: "bernoulli", p: 0.4 },
    { kind: "integer", from: 0n, to: 100n },
    { kind: "randperm" },
  ];

  test.each(kinds)("$kind fills row-major layouts with gaps as it fills dense ones, but normals one by one", (distribution) => {
    for (const dtype of [float32, float64, float16, bfloat16]) {
      const shape = distribution.kind === "randperm" ? [20] : [4, 5];
      const gapped = {
        ...sample(new Chance(5), dtype, [4, 10], { dense: true }),
        shape,
        strides: shape.length === 1 ? [2] : [10, 2],
        count: 20,
        dense: false,
      };
      const [plain, spread] = [elements(drawn(dense(dtype, shape), distribution)), elements(drawn(gapped, distribution))];
      if (distribution.kind === "normal") expect(spread).not.toEqual(plain);
      else expect(spread).toEqual(plain);
    }
  });

  test("fills a transposed tensor in the order of memory", () => {
    const output = transposed(dense(float32, [3, 5]));
    drawn(output, uniform);
    expect(elements(transposed(output))).toEqual(elements(drawn(dense(float32, [15]), uniform)));
    const few = transposed(dense(float64, [2, 4]));
    drawn(few, normal);
    expect(elements(transposed(few))).toEqual(elements(drawn(dense(float64, [8]), normal)));
  });

  test("takes complex numbers as pairs", () => {
    const output = sample(new Chance(1), complex64, [3, 4]);
    drawn(output, uniform);
    if (output.dense) expect(elements(output).flat()).toEqual(elements(drawn(dense(float32, [24]), uniform)));
    const plain = drawn(dense(complex64, [3, 4]), normal);
    expect(elements(plain).flat()).toEqual(elements(drawn(dense(float32, [24]), normal)));
    expect(isGuarded(output)).toBe(true);
  });

  test("fills integers and booleans", () => {
    for (const dtype of dtypes.filter((d) => !d.isComplex)) {
      const ones = elements(drawn(dense(dtype, [50]), { kind: "bernoulli", p: 0.3 })).map(Number);
      expect(ones).toEqual(elements(drawn(dense(float32, [50]), { kind: "bernoulli", p: 0.3 })));
      const whole = elements(drawn(dense(dtype, [50]), { kind: "integer", from: 0n, to: 2n })).map(Number);
      expect(whole).toEqual(elements(drawn(dense(int32, [50]), { kind: "integer", from: 0n, to: 2n })));
    }
  });

  test("draws all 64 bits for the whole of int64", () => {
    const state = cpuBackend.randomState(9n);
    const expected = [state.draw(64), state.draw(64)].map((x) => BigInt.asIntN(64, x));
    expect(elements(drawn(dense(int64, [2]), { kind: "integer", from: -(2n ** 63n), to: 2n ** 63n }, 9n))).toEqual(expected);
  });

  test("draws nothing for no elements", () => {
    const state = cpuBackend.randomState(1n);
    for (const distribution of kinds) kernels.random(dense(float32, [0]), distribution, state);
    expect(state.draw(32)).toBe(cpuBackend.randomState(1n).draw(32));
  });

  test("says what is wrong with dtypes and generators", () => {
    expect(() => drawn(dense(int64, [3]), uniform)).toThrow("expected a floating-point dtype, got int64");
    expect(() => kernels.random(dense(float32, [3]), uniform, metaBackend.randomState(1n))).toThrow(
      "Expected a 'cpu' device type for generator",
    );
  });
});

describe("the state", () => {
  test("is saved and restored", () => {
    const state = cpuBackend.randomState(123n);
    expect(state.seed).toBe(123n);
    state.draw(32);
    const saved = state.save();
    const next = [state.draw(64), state.draw(32)];
    state.restore(saved);
    expect([state.draw(64), state.draw(32)]).toEqual(next);
    expect(saved.length).toBe(5056);
  });
});

describe("bernoulli", () => {
  test("gives PyTorch's numbers for each dtype of the output, 53 bits for double probabilities", () => {
    const p = dense(float32, [40], new Float32Array(40).fill(0.3));
    const output = dense(float32, [40]);
    kernels.bernoulli(output, p, cpuBackend.randomState(42n));
    const expected = elements(output);
    const draws = cpuBackend.randomState(42n);
    expect(expected).toEqual(Array.from({ length: 40 }, () => (Number(draws.draw(32) & 0xffffffn) / 2 ** 24 < Math.fround(0.3) ? 1 : 0)));
    for (const dtype of [bool, uint8, int64, float16, float64]) {
      const other = dense(dtype, [40]);
      kernels.bernoulli(other, p, cpuBackend.randomState(42n));
      expect(elements(other).map(Number)).toEqual(expected);
    }
    const double = dense(float32, [40]);
    kernels.bernoulli(double, dense(float64, [40], new Float64Array(40).fill(0.3)), cpuBackend.randomState(42n));
    expect(elements(double)).not.toEqual(expected);
  });

  test("walks memory in the order of the output, with broadcast probabilities", () => {
    const p: CpuOperand = {
      ...dense(float32, [3, 1], Float32Array.of(0, 0.5, 1)),
      shape: [3, 4],
      strides: [1, 0],
      count: 12,
      dense: false,
    };
    const output = transposed(dense(float32, [4, 3]));
    kernels.bernoulli(output, p, cpuBackend.randomState(7n));
    const state = cpuBackend.randomState(7n);
    for (let j = 0; j < 4; j++) {
      for (let i = 0; i < 3; i++) {
        const u = Number(state.draw(32) & 0xffffffn) / 2 ** 24;
        expect(at(output, [i, j])).toBe(u < i / 2 ? 1 : 0);
      }
    }
  });
});

describe("multinomial", () => {
  test("gives PyTorch's samples from any layout", () => {
    const weights = dense(
      float32,
      [8],
      Float32Array.from({ length: 8 }, (_, i) => i + 1),
    );
    const plain = dense(int64, [5]);
    kernels.multinomial(plain, weights, false, cpuBackend.randomState(42n));
    expect(new Set(elements(plain)).size).toBe(5);
    const column: CpuOperand = {
      ...dense(
        float32,
        [8, 2],
        Float32Array.from({ length: 16 }, (_, i) => (i >> 1) + 1),
      ),
      shape: [8],
      strides: [2],
      count: 8,
      dense: false,
    };
    const spread: CpuOperand = { ...dense(int64, [10]), shape: [5], strides: [2], count: 5, dense: false };
    kernels.multinomial(spread, column, false, cpuBackend.randomState(42n));
    expect(elements(spread)).toEqual(elements(plain));
  });

  test.each([float16, bfloat16, float32, float64])("samples rows of %s", (dtype) => {
    const weights = sample(new Chance(3), dtype, [2, 3]);
    kernels.scatter(weights, 1, dense(int64, [2, 3], BigInt64Array.of(0n, 1n, 2n, 0n, 1n, 2n)), 0, "write");
    kernels.scatter(weights, 1, dense(int64, [2, 1], BigInt64Array.of(2n, 1n)), 0.5, "write");
    const output = sample(new Chance(4), int64, [2, 30]);
    kernels.multinomial(output, weights, true, cpuBackend.randomState(1n));
    expect(elements(output)).toEqual(indicesOf([2, 30]).map(([row]) => (row === 0 ? 2n : 1n)));
    expect(isGuarded(output)).toBe(true);
  });
});
