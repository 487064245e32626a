/** The gradients of layer normalisation by the library against their definition in double precision, and through a model. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nativeLayerNorm } from "../../src/backends/cpu/native/layerNorm.js";
import type { CpuOperand } from "../../src/backends/cpu/storage.js";
import { type DType, float32, float64 } from "../../src/core/dtype.js";
import { argumentsOf, empty, library, memory } from "./operands.js";

describe.skipIf(library === null)("layer normalisation of the native library", () => {
  const kernels = library === null ? null : nativeLayerNorm(library, argumentsOf(library));

  const cases = fc.record({
    shape: fc.oneof(
      { weight: 4, arbitrary: fc.tuple(fc.integer({ min: 1, max: 150 }), fc.integer({ min: 1, max: 70 })) },
      { weight: 1, arbitrary: fc.constantFrom<[number, number]>([1, 5000], [4200, 3], [4097, 1], [300, 129]) },
    ),
    hasWeight: fc.boolean(),
    offset: fc.constantFrom(0, 3, 100),
    special: fc.constantFrom(null, null, null, Number.NaN, Number.POSITIVE_INFINITY),
    dtype: fc.constantFrom(float32, float64),
    seed: fc.nat(1000),
  });

  /** Operands with random numbers between `from - 1` and `from + 1`. */
  function randomly(seed: number, dtype: DType): (size: readonly number[], from: number) => CpuOperand {
    let state = seed;
    return (size, from) => {
      const made = empty(size, dtype);
      for (let i = 0; i < made.count; i++) {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0;
        made.storage.data[made.storage.base + i] = from + state / 2 ** 31 - 1;
      }
      return made;
    };
  }

  test("gradients of input, weight and bias", () => {
    fc.assert(
      fc.property(cases, ({ shape, hasWeight, offset, special, dtype, seed }) => {
        if (kernels === null) return;
        const [rows, n] = shape;
        const filled = randomly(seed, dtype);
        const [input, grad, weight, rstd] = [filled(shape, offset), filled(shape, 0), hasWeight ? filled([n], 1) : null, filled([rows], 2)];
        const mean = filled([rows], offset);
        if (special !== null) grad.storage.data[grad.storage.base + (seed % grad.count)] = special;
        const [x, g, w, means, rstds] = [memory(input), memory(grad), weight && memory(weight), memory(mean), memory(rstd)];
        const toInput = new Array<number>(input.count).fill(0);
        const [toWeight, toBias] = [new Array<number>(n).fill(0), new Array<number>(n).fill(0)];
        for (let row = 0; row < rows; row++) {
          const [m, r] = [means[row] as number, rstds[row] as number];
          const z = (j: number): number => ((x[row * n + j] as number) - m) * r;
          const scaled = (j: number): number => (g[row * n + j] as number) * (w?.[j] ?? 1);
          let [sum, dot] = [0, 0];
          for (let j = 0; j < n; j++) {
            sum += scaled(j) / n;
            dot += (scaled(j) * z(j)) / n;
            toWeight[j] = (toWeight[j] as number) + (g[row * n + j] as number) * z(j);
            toBias[j] = (toBias[j] as number) + (g[row * n + j] as number);
          }
          for (let j = 0; j < n; j++) toInput[row * n + j] = r * (scaled(j) - sum - z(j) * dot);
        }
        const made = [empty(shape, dtype), empty([n], dtype), empty([n], dtype)] as const;
        kernels.layerNormBackward(...made, grad, input, mean, rstd, weight);
        // Float32 keeps offset + spread to offset·2⁻²⁴; the spread of the input is 1.
        const tolerance = dtype === float64 ? 1e-10 : 1e-5 * Math.max(1, offset / 20);
        [toInput, toWeight, toBias].forEach((wanted, k) => {
          const size = Math.max(1, ...wanted.filter(Number.isFinite).map(Math.abs));
          const isClose = (p: number, q: number): boolean => Object.is(p, q) || p === q || Math.abs(p - q) <= tolerance * size;
          const found = memory(made[k] as CpuOperand);
          const wrong = found.findIndex((value, i) => !isClose(value, wanted[i] as number));
          expect([k, wrong, found[wrong]]).toEqual([k, wrong, wanted[wrong]]);
        });
      }),
      { numRuns: 150 },
    );
  });

  test("sums do not depend on the number of threads", () => {
    if (library === null || kernels === null) return;
    const filled = randomly(7, float32);
    const [rows, n] = [3000, 100];
    const given = [filled([rows, n], 0), filled([rows, n], 3), filled([rows], 3), filled([rows], 2), filled([n], 1)] as const;
    const { threads } = library;
    const setThreads = (count: number): void => library?.setThreads(count);
    const sums = [1, 2, 3].map((count) => {
      setThreads(count);
      const made = [empty([rows, n]), empty([n]), empty([n])] as const;
      kernels.layerNormBackward(...made, ...given);
      return made.map(memory);
    });
    setThreads(threads);
    expect(sums[1]).toEqual(sums[0]);
    expect(sums[2]).toEqual(sums[0]);
  });
});
