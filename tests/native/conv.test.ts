/** Convolutions of the library against those of the JavaScript engine. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Convolution } from "../../src/backend/contract.js";
import { cpuBackend } from "../../src/backends/cpu/index.js";
import { conv, convTranspose, convWeight } from "../../src/backends/cpu/js/conv.js";
import { nativeConvolutions } from "../../src/backends/cpu/native/conv.js";
import type { CpuOperand } from "../../src/backends/cpu/storage.js";
import { type DType, float32, float64 } from "../../src/core/dtype.js";
import { type Arrangement, argumentsOf, arrangements, empty, library, memory, operand, plain } from "./operands.js";

const numbers = (x: CpuOperand): number[] => memory(x).map((v) => v + 0);

/** The number of places along a dimension. */
const placesOf = (size: number, kernel: number, stride: number, padding: number, dilation: number): number =>
  Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;

interface Case {
  readonly samples: number;
  readonly inner: number;
  readonly outer: number;
  readonly sizes: readonly number[];
  readonly kernel: readonly number[];
  readonly convolution: Convolution;
  readonly hasBias: boolean;
  readonly dtype: DType;
  readonly arrangement: Arrangement;
  readonly seed: number;
}

describe.skipIf(library === null)("convolutions of the native library", () => {
  const js = { conv, convTranspose, convWeight };
  const native = library === null ? js : nativeConvolutions(library, argumentsOf(library), cpuBackend.kernels, true);

  function compare({ samples, inner, outer, sizes, kernel, convolution, hasBias, dtype, arrangement, seed }: Case): void {
    const { groups, stride, padding, dilation } = convolution;
    const places = sizes.map((size, d) =>
      placesOf(size, kernel[d] as number, stride[d] as number, padding[d] as number, dilation[d] as number),
    );
    if (places.some((p) => p < 1)) return;
    const rank = sizes.length + 2;
    const [ci, co] = [inner * groups, outer * groups];
    const weight = operand([co, inner, ...kernel], plain(rank), seed, dtype);
    const image = operand([samples, ci, ...sizes], arrangement, seed + 1, dtype);
    const grad = operand([samples, co, ...places], arrangement, seed + 2, dtype);
    const run = (kernels: typeof js): number[][] => {
      const out = empty(grad.shape, dtype);
      kernels.conv(out, image, weight, hasBias ? operand([co], plain(1), seed + 3, dtype) : null, convolution);
      const back = empty(image.shape, dtype);
      kernels.convTranspose(back, grad, weight, hasBias ? operand([ci], plain(1), seed + 4, dtype) : null, convolution);
      const weights = empty(weight.shape, dtype);
      kernels.convWeight(weights, image, grad, convolution);
      return [out, back, weights].map(numbers);
    };
    expect(run(native)).toEqual(run(js));
  }

  const caseOf = (rank: number): fc.Arbitrary<Case> => {
    const list = (values: fc.Arbitrary<number>): fc.Arbitrary<number[]> => fc.array(values, { minLength: rank, maxLength: rank });
    return fc.record({
      samples: fc.integer({ min: 1, max: 3 }),
      inner: fc.integer({ min: 1, max: 5 }),
      outer: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(17)),
      sizes: list(
        rank === 1 ? fc.integer({ min: 1, max: 300 }) : rank === 2 ? fc.integer({ min: 1, max: 40 }) : fc.integer({ min: 1, max: 9 }),
      ),
      kernel: list(fc.integer({ min: 1, max: rank === 3 ? 3 : 5 })),
      convolution: fc.record({
        groups: fc.constantFrom(1, 1, 2, 3),
        stride: list(fc.constantFrom(1, 1, 2, 3)),
        padding: list(fc.integer({ min: 0, max: 3 })),
        dilation: list(fc.constantFrom(1, 1, 2, 3)),
      }),
      hasBias: fc.boolean(),
      dtype: fc.constantFrom(float32, float64),
      arrangement: fc.oneof(fc.constant(plain(rank + 2)), arrangements(rank + 2)),
      seed: fc.nat(1000),
    });
  };

  test.each([1, 2, 3])("in %i dimensions", (rank) => {
    fc.assert(fc.property(caseOf(rank), compare), { numRuns: 150 });
  });

  test.each([
    ["many channels", 2, 70, 130, [15, 17], [3, 3], 1],
    ["a large image", 1, 3, 20, [150, 130], [5, 3], 1],
    ["a long signal", 2, 4, 6, [9000], [70], 1],
    ["one channel to a group", 2, 1, 1, [40, 37], [3, 3], 20],
    ["small images of many samples", 9, 5, 11, [7, 9], [3, 2], 2],
    ["many signals", 20, 2, 3, [31], [3], 1],
    ["one place", 3, 40, 30, [3, 3], [3, 3], 1],
  ] as const)("%s", (_, samples, inner, outer, sizes, kernel, groups) => {
    for (const stride of [1, 2]) {
      const all = (value: number): number[] => sizes.map(() => value);
      compare({
        samples,
        inner,
        outer,
        sizes,
        kernel,
        convolution: { groups, stride: all(stride), padding: all(stride - 1), dilation: all(1) },
        hasBias: true,
        dtype: float32,
        arrangement: plain(sizes.length + 2),
        seed: 7,
      });
    }
  });
});
