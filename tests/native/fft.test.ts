/** Native Fourier transforms against those of the js engine. */

import fc from "fast-check";
import { expect, test } from "vitest";
import type { CpuOperand } from "../../src/backends/cpu/storage.js";
import { complex64, complex128 } from "../../src/core/dtype.js";
import { Chance, elements, filled, isGuarded, sample, seeds } from "../kernels/samples.js";
import { describeNative, js, native } from "./engines.js";

describeNative("native Fourier transforms", () => {
  // Every radix, lengths that are cut (256 and more), primes above the largest radix, many lines and few.
  const shapes = fc.constantFrom<readonly [number[], number]>(
    ...([1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 25, 31, 37, 60, 64, 74].map((n) => [[n], 0]) as [number[], number][]),
    [[3, 8, 20], 1],
    [[20, 30], 0],
    [[40, 37], 1],
    [[40, 6], 1],
    [[256], 0],
    [[1000], 0],
    [[2, 1024], 1],
    [[4099], 0],
    [[8192], 0],
    [[6000, 2], 0],
  );

  test.each([complex64, complex128])("%s", (dtype) => {
    fc.assert(
      fc.property(seeds, shapes, fc.boolean(), (chance, [shape, dim], inverse) => {
        const input = filled(chance, dtype, shape, () => [chance.below(201) / 100 - 1, chance.below(201) / 100 - 1]);
        const [found, wanted] = [native, js].map((kernels) => {
          const output = sample(new Chance(3), dtype, shape);
          kernels.fft(output, input, dim, inverse, 0.5);
          return output;
        }) as [CpuOperand, CpuOperand];
        const tolerance = (dtype === complex64 ? 3e-6 : 1e-13) * Math.sqrt(shape[dim] as number);
        const y = elements(wanted) as readonly (readonly [number, number])[];
        (elements(found) as readonly (readonly [number, number])[]).forEach(([re, im], i) => {
          const [a, b] = y[i] as readonly [number, number];
          if (!(Math.hypot(re - a, im - b) <= tolerance)) expect([i, re, im]).toEqual([i, a, b]);
        });
        expect(isGuarded(found)).toBe(true);
      }),
      { numRuns: 80 },
    );
  });
});
