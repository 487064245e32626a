/** Pooling by the library against the JavaScript engine. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cpuBackend } from "../../src/backends/cpu/index.js";
import { avgPool, avgPoolBackward } from "../../src/backends/cpu/js/averagePool.js";
import { maxPool, maxPoolBackward } from "../../src/backends/cpu/js/maxPool.js";
import { nativePooling } from "../../src/backends/cpu/native/pool.js";
import { float32, float64, int64 } from "../../src/core/dtype.js";
import { argumentsOf, empty, library, memory, operand, plain } from "./operands.js";

describe.skipIf(library === null)("pooling of the native library", () => {
  const js = { maxPool, maxPoolBackward, avgPool, avgPoolBackward };
  const native = library === null ? js : nativePooling(library, argumentsOf(library), cpuBackend.kernels, true);

  const caseOf = (rank: number) => {
    const list = (values: fc.Arbitrary<number>): fc.Arbitrary<number[]> => fc.array(values, { minLength: rank, maxLength: rank });
    return fc.record({
      planes: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 })),
      sizes: list(rank === 1 ? fc.integer({ min: 1, max: 200 }) : fc.integer({ min: 1, max: 20 })),
      kernel: list(fc.integer({ min: 1, max: 4 })),
      stride: list(fc.constantFrom(1, 2, 2, 3)),
      halfPadded: fc.boolean(),
      dilation: list(fc.constantFrom(1, 1, 2)),
      extra: list(fc.constantFrom(0, 0, 1)),
      countIncludePad: fc.boolean(),
      divisor: fc.constantFrom(null, null, 3),
      dtype: fc.constantFrom(float32, float64),
      nan: fc.option(fc.nat(50), { nil: null }),
      seed: fc.nat(1000),
    });
  };

  test.each([1, 2, 3])("in %i dimensions", (rank) => {
    fc.assert(
      fc.property(
        caseOf(rank),
        ({ planes, sizes, kernel, stride, halfPadded, dilation, extra, countIncludePad, divisor, dtype, nan, seed }) => {
          const padding = kernel.map((k) => (halfPadded ? k >> 1 : 0));
          const places = (dilations: readonly number[]): number[] =>
            sizes.map((size, d) => {
              const [k, s, p] = [kernel[d] as number, stride[d] as number, padding[d] as number];
              const most = Math.floor((size + 2 * p - (dilations[d] as number) * (k - 1) - 1) / s) + 1 + (extra[d] as number);
              // The last window begins inside of the image or of the padding before it.
              return (most - 1) * s >= size + p ? most - 1 : most;
            });
          const image = operand([...planes, ...sizes], plain(rank + 2), seed, dtype);
          const grad = (shape: readonly number[]) => operand([...planes, ...shape], plain(rank + 2), seed + 1, dtype);
          const packedGrad = (shape: readonly number[]) => ({ ...grad(shape), dense: true });
          if (nan !== null && nan < image.count) image.storage.data[nan] = Number.NaN;
          const run = (kernels: typeof js): number[][] => {
            const results: number[][] = [];
            const dilated = places(dilation);
            if (dilated.every((p) => p > 0)) {
              const values = empty([...planes, ...dilated], dtype);
              const indices = empty([...planes, ...dilated], int64);
              kernels.maxPool(values, indices, image, { kernel, stride, padding, dilation });
              const back = empty([...planes, ...sizes], dtype);
              kernels.maxPoolBackward(back, packedGrad(dilated), indices);
              results.push(memory(values), memory(indices), memory(back));
              kernels.maxPool(values, null, image, { kernel, stride, padding, dilation });
              results.push(memory(values));
            }
            const dense = places(kernel.map(() => 1));
            if (dense.every((p) => p > 0)) {
              const values = empty([...planes, ...dense], dtype);
              kernels.avgPool(values, image, { kernel, stride, padding, countIncludePad, divisor });
              const back = empty([...planes, ...sizes], dtype);
              kernels.avgPoolBackward(back, grad(dense), { kernel, stride, padding, countIncludePad, divisor });
              results.push(memory(values), memory(back));
            }
            return results;
          };
          const [ours, wanted] = [run(native), run(js)];
          // The JavaScript engine sums in double precision.
          const isClose = (x: number, y: number): boolean => Object.is(x, y) || Math.abs(x - y) <= 1e-5;
          expect(ours.map((list) => list.length)).toEqual(wanted.map((list) => list.length));
          expect(ours.every((list, i) => list.every((x, k) => isClose(x, (wanted[i] as number[])[k] as number)))).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("pieces, of one size or of several", () => {
    const pieces = fc.record({
      planes: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 })),
      places: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }),
      factors: fc.array(fc.constantFrom(1, 2, 3, 1.5), { minLength: 3, maxLength: 3 }),
      dtype: fc.constantFrom(float32, float64),
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(pieces, ({ planes, places, factors, dtype, seed }) => {
        const sizes = places.map((n, d) => Math.ceil(n * (factors[d] as number)));
        const rank = sizes.length + 2;
        const image = operand([...planes, ...sizes], plain(rank), seed, dtype);
        const grad = { ...operand([...planes, ...places], plain(rank), seed + 1, dtype), dense: true };
        const run = (kernels: typeof js): number[][] => {
          const [values, averages] = [empty(grad.shape, dtype), empty(grad.shape, dtype)];
          const indices = empty(grad.shape, int64);
          const [back, shared] = [empty(image.shape, dtype), empty(image.shape, dtype)];
          kernels.maxPool(values, indices, image, null);
          kernels.maxPoolBackward(back, grad, indices);
          kernels.avgPool(averages, image, null);
          kernels.avgPoolBackward(shared, grad, null);
          return [values, indices, back, averages, shared].map(memory);
        };
        const [ours, wanted] = [run(native), run(js)];
        ours.forEach((list, i) => list.forEach((x, k) => expect(x).toBeCloseTo((wanted[i] as number[])[k] as number, 5)));
      }),
      { numRuns: 200 },
    );
  });
});
