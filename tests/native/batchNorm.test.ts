/** Batch normalisation by the library against its definition in double precision. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nativeBatchNorm } from "../../src/backends/cpu/native/batchNorm.js";
import type { CpuOperand } from "../../src/backends/cpu/storage.js";
import { float32, float64 } from "../../src/core/dtype.js";
import { argumentsOf, empty, library, memory } from "./operands.js";

describe.skipIf(library === null)("batch normalisation of the native library", () => {
  const kernels = library === null ? null : nativeBatchNorm(library, argumentsOf(library));

  /** Calls body with the elements of every channel, given by their places. */
  function channelsOf([samples, channels, plane]: readonly [number, number, number]): number[][] {
    return Array.from({ length: channels }, (_, c) =>
      Array.from({ length: samples * plane }, (_, i) => (Math.floor(i / plane) * channels + c) * plane + (i % plane)),
    );
  }

  const cases = fc.record({
    shape: fc.tuple(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 6 }),
      fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constantFrom(256, 4095, 4096, 9001)),
    ),
    hasWeight: fc.boolean(),
    hasBias: fc.boolean(),
    training: fc.boolean(),
    offset: fc.constantFrom(0, 3, 1000),
    special: fc.constantFrom(null, null, null, Number.NaN, Number.POSITIVE_INFINITY),
    dtype: fc.constantFrom(float32, float64),
    seed: fc.nat(1000),
  });

  test("results and gradients", () => {
    fc.assert(
      fc.property(cases, ({ shape, hasWeight, hasBias, training, offset, special, dtype, seed }) => {
        if (kernels === null) return;
        let state = seed;
        const random = (): number => {
          state = (Math.imul(state, 1103515245) + 12345) >>> 0;
          return state / 2 ** 31 - 1;
        };
        const filled = (size: readonly number[], from: number): CpuOperand => {
          const made = empty(size, dtype);
          for (let i = 0; i < made.count; i++) made.storage.data[made.storage.base + i] = from + random();
          return made;
        };
        const numbers = (operand: CpuOperand | null): number[] | null => operand && memory(operand);
        const [input, grad] = [filled(shape, offset), filled(shape, 0)];
        if (special !== null) input.storage.data[input.storage.base] = special;
        const vector = (from: number): CpuOperand => filled([shape[1]], from);
        const [weight, bias] = [hasWeight ? vector(1) : null, hasBias ? vector(0) : null];
        const [mean, variance, rstd] = [vector(offset), vector(2), vector(2)];
        const [w, b] = [numbers(weight), numbers(bias)];
        const [x, g] = [memory(input), memory(grad)];
        const wanted = { mean: memory(mean), variance: memory(variance), rstd: memory(rstd) };
        const [out, toInput] = [new Array<number>(input.count), new Array<number>(input.count)];
        const [toWeight, toBias]: [number[], number[]] = [[], []];
        channelsOf(shape).forEach((places, c) => {
          const average = (value: (i: number) => number): number => places.reduce((sum, i) => sum + value(i), 0) / places.length;
          if (training) {
            const center = average((i) => x[i] as number);
            wanted.mean[c] = center;
            wanted.variance[c] = average((i) => ((x[i] as number) - center) ** 2);
            wanted.rstd[c] = 1 / Math.sqrt((wanted.variance[c] as number) + 1e-5);
          }
          const [m, r, scale] = [wanted.mean[c] as number, wanted.rstd[c] as number, w?.[c] ?? 1];
          const z = (i: number): number => ((x[i] as number) - m) * r;
          const [sum, dot] = [average((i) => g[i] as number), average((i) => (g[i] as number) * z(i))];
          toWeight[c] = dot * places.length;
          toBias[c] = sum * places.length;
          for (const i of places) {
            out[i] = z(i) * scale + (b?.[c] ?? 0);
            toInput[i] = scale * r * ((g[i] as number) - (training ? sum + z(i) * dot : 0));
          }
        });
        const made = { out: empty(shape, dtype), toInput: empty(shape, dtype), toWeight: vector(0), toBias: vector(0) };
        kernels.batchNorm(made.out, mean, training ? variance : null, rstd, input, weight, bias, 1e-5, training);
        kernels.batchNormBackward(made.toInput, made.toWeight, made.toBias, grad, input, mean, rstd, weight, training);
        // Where a channel hardly varies, roundings of its mean and of what cancels come with the factor `rstd`.
        const steepest = Math.max(1, ...wanted.rstd.filter(Number.isFinite));
        const close = (operand: CpuOperand, list: readonly number[], factor = 1): void => {
          // The spread of the input is 1: float32 keeps offset + spread to offset·2⁻²⁴, and sums of n elements to about √n times that.
          const tolerance = dtype === float64 ? 1e-8 : 2e-5 * Math.max(1, offset / 20);
          const size = Math.max(1, ...list.filter(Number.isFinite).map(Math.abs));
          const isClose = (p: number, q: number): boolean => Object.is(p, q) || p === q || Math.abs(p - q) <= tolerance * size * factor;
          expect(memory(operand).filter((value, i) => !isClose(value, list[i] as number))).toEqual([]);
        };
        close(mean, wanted.mean);
        close(rstd, wanted.rstd);
        if (training) close(variance, wanted.variance);
        close(made.out, out, steepest);
        close(made.toInput, toInput, steepest);
        close(made.toWeight, toWeight, steepest);
        close(made.toBias, toBias);
      }),
      { numRuns: 150 },
    );
  });
});
