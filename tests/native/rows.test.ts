/** Native kernels that combine or move rows against those of the js engine. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { type CpuOperand, CpuStorage } from "../../src/backends/cpu/storage.js";
import { bool, float32, float64, int32, int64 } from "../../src/core/dtype.js";
import { contiguousStrides } from "../../src/core/shape.js";
import { mul } from "../../src/expr/build.js";
import { input, mask } from "../../src/expr/node.js";
import { Program } from "../../src/expr/program.js";
import { Chance, dimOf, elements, filled, isGuarded, realDType, sample, seeds, shapes } from "../kernels/samples.js";
import { describeNative, js, native } from "./engines.js";

/** Short shapes of any rank, and those that take other ways: long rows, many rows, many columns. */
const anyShape = fc.oneof(
  { weight: 4, arbitrary: shapes },
  { weight: 1, arbitrary: fc.constantFrom([3000], [40, 60], [3, 1300], [1300, 3], [2, 50, 20]) },
);

function expectSame(found: CpuOperand, wanted: CpuOperand, digits: number): void {
  const y = elements(wanted);
  elements(found).forEach((x, i) => {
    // An assertion for each element would take longer than the kernels.
    if (typeof x === "number" && Math.abs(x - Number(y[i])) < 10 ** -digits) return;
    expect(x).toEqual(y[i]);
  });
  expect(isGuarded(found)).toBe(true);
}

describeNative("native rows", () => {
  test.each(["sum", "prod", "max", "min", "any", "all"] as const)("reduce: %s", (reducer) => {
    const truth = reducer === "any" || reducer === "all";
    const product = new Program("product", [mul(input(0), input(1))], 2);
    const same = new Program("same", [truth ? mask(0) : input(0)], 1);
    fc.assert(
      fc.property(seeds, anyShape, fc.constantFrom(float32, float64, int32, int64), fc.nat(), (chance, shape, dtype, which) => {
        const dims = shape.map((_, d) => d).filter((d) => (which >> d) & 1);
        const kept = shape.filter((_, d) => !dims.includes(d));
        const value = (): number => (chance.below(3) === 0 ? 1 : chance.below(3) - 1);
        const of = (): CpuOperand =>
          shape.length < 3 && shape.some((n) => n > 1000)
            ? filled(chance, dtype, shape, () => (dtype === int64 ? BigInt(value()) : value()))
            : sample(chance, dtype, shape, { stretch: true });
        const program = truth || chance.below(2) === 0 ? same : product;
        const inputs = Array.from({ length: program.arity }, of);
        const seed = chance.below(2 ** 30);
        const type = truth ? bool : dtype;
        const [found, wanted] = [native, js].map((kernels) => {
          const output = sample(new Chance(seed), type, kept);
          kernels.reduce(reducer, program, dtype, output, inputs, shape, dims, 1);
          return output;
        }) as [CpuOperand, CpuOperand];
        expectSame(found, wanted, 3);
      }),
      { numRuns: 60 },
    );
  });

  // Long enough to be combined in several pieces.
  test.each([
    [[140_000], [0]],
    [[70_001, 2], [0]],
    [
      [5, 3, 7001],
      [0, 2],
    ],
    [
      [700, 3, 7, 7],
      [0, 2, 3],
    ],
  ])("sums of %j over %j", (shape, dims) => {
    const program = new Program("same", [input(0)], 1);
    const storage = new CpuStorage(
      float32,
      140_002,
      Float32Array.from({ length: 140_002 }, (_, i) => (i % 7) - 2.5),
      0,
    );
    const count = shape.reduce((a, b) => a * b);
    const given = { storage, dtype: float32, shape, strides: contiguousStrides(shape), offset: 0, count, dense: true };
    const [found, wanted] = [native, js].map((kernels) => {
      const kept = shape.filter((_, d) => !dims.includes(d));
      const output = sample(new Chance(1), float32, kept, { dense: true });
      kernels.reduce("sum", program, float32, output, [given], shape, dims, 1 / count);
      return output;
    }) as [CpuOperand, CpuOperand];
    expectSame(found, wanted, 5);
  });

  test.each([false, true])("softmax, logarithm: %s", (log) => {
    fc.assert(
      fc.property(seeds, anyShape, fc.constantFrom(float32, float64), (chance, shape, dtype) => {
        const dim = dimOf(chance, shape);
        if (shape.length === 0) return;
        const given = filled(chance, dtype, shape, () => (chance.below(9) === 0 ? Number.NEGATIVE_INFINITY : chance.below(40) / 4));
        const seed = chance.below(2 ** 30);
        const [found, wanted] = [native, js].map((kernels) => {
          const output = sample(new Chance(seed), dtype, shape);
          kernels.softmax(output, given, dim, log);
          return output;
        }) as [CpuOperand, CpuOperand];
        expectSame(found, wanted, 5);
      }),
      { numRuns: 60 },
    );
  });

  test("sort", () => {
    fc.assert(
      fc.property(
        seeds,
        fc.oneof({ weight: 3, arbitrary: shapes }, { weight: 1, arbitrary: fc.constantFrom([3000], [40, 60], [60, 40]) }),
        realDType,
        fc.boolean(),
        (chance, shape, dtype, descending) => {
          const dim = dimOf(chance, shape);
          const given = sample(chance, dtype, shape, { stretch: true });
          const seed = chance.below(2 ** 30);
          const [found, wanted] = [native, js].map((kernels) => {
            const outputs = [sample(new Chance(seed), dtype, shape), sample(new Chance(seed + 1), int64, shape)] as const;
            kernels.sort(outputs[0], outputs[1], given, dim, descending);
            return outputs;
          }) as [readonly [CpuOperand, CpuOperand], readonly [CpuOperand, CpuOperand]];
          expect(elements(found[0])).toEqual(elements(wanted[0]));
          expect(elements(found[1])).toEqual(elements(wanted[1]));
        },
      ),
      { numRuns: 150 },
    );
  });

  test("indexGet of rows", () => {
    fc.assert(
      fc.property(seeds, realDType, (chance, dtype) => {
        const table = sample(chance, dtype, [5, 3, 4], { dense: chance.below(3) > 0 });
        const index = filled(chance, int64, [7], () => BigInt(chance.below(5)));
        const seed = chance.below(2 ** 30);
        const [found, wanted] = [native, js].map((kernels) => {
          const output = sample(new Chance(seed), dtype, [7, 3, 4], { dense: true });
          kernels.indexGet(output, table, [index, null, null]);
          return output;
        }) as [CpuOperand, CpuOperand];
        expect(elements(found)).toEqual(elements(wanted));
        expect(isGuarded(found)).toBe(true);
      }),
    );
  });
});
