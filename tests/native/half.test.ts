/** Products and convolutions of half floats against those of the JavaScript engine. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CpuOperand } from "../../src/backends/cpu/storage.js";
import { bfloat16, float16, float32 } from "../../src/core/dtype.js";
import { input } from "../../src/expr/node.js";
import { Program } from "../../src/expr/program.js";
import { js, native } from "./engines.js";
import { type Arrangement, arrangements, empty, library, memory, operand, plain } from "./operands.js";

const identity = new Program("copy", [input(0)], 1);

describe.skipIf(library === null)("half floats in the native library", () => {
  const dtypes = fc.constantFrom(float16, bfloat16);

  /** Small whole numbers, whose products and short sums half floats hold exactly, in a layout. */
  function halves(shape: readonly number[], arrangement: Arrangement, seed: number, dtype: typeof float16): CpuOperand {
    const numbers = operand(shape, arrangement, seed);
    const stored: CpuOperand = { ...operand(shape, arrangement, seed, dtype) };
    js.pointwise(identity, float32, [stored], [numbers]);
    return stored;
  }

  const values = (operand: CpuOperand): number[] => {
    const wide = empty(operand.shape);
    js.pointwise(identity, float32, [wide], [operand]);
    return memory(wide).map((x) => x + 0);
  };

  test("products", () => {
    const cases = fc.record({
      sizes: fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 12 })),
      a: arrangements(2),
      b: arrangements(2),
      hasBias: fc.boolean(),
      dtype: dtypes,
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(cases, ({ sizes: [m, n, k], a, b, hasBias, dtype, seed }) => {
        const [x, y] = [halves([m, k], a, seed, dtype), halves([k, n], b, seed + 1, dtype)];
        const bias = hasBias ? halves([n], plain(1), seed + 2, dtype) : null;
        const run = (kernels: typeof js): number[] => {
          const out = empty([m, n], dtype);
          kernels.matmul(out, x, y, { bias, alpha: 1, beta: 2 });
          return values(out);
        };
        expect(run(native)).toEqual(run(js));
      }),
      { numRuns: 150 },
    );
  });

  test("convolutions and their gradients", () => {
    const cases = fc.record({
      channels: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 5 })),
      size: fc.integer({ min: 3, max: 7 }),
      stride: fc.constantFrom(1, 2),
      hasBias: fc.boolean(),
      dtype: dtypes,
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(cases, ({ channels: [ci, co], size, stride, hasBias, dtype, seed }) => {
        const places = Math.floor((size - 1) / stride) + 1;
        const convolution = { stride: [stride, stride], padding: [1, 1], dilation: [1, 1], groups: 1 };
        const [image, weight] = [halves([1, ci, size, size], plain(4), seed, dtype), halves([co, ci, 3, 3], plain(4), seed + 1, dtype)];
        const grad = halves([1, co, places, places], plain(4), seed + 2, dtype);
        const bias = hasBias ? halves([co], plain(1), seed + 3, dtype) : null;
        const run = (kernels: typeof js): number[][] => {
          const [out, back, weights] = [empty(grad.shape, dtype), empty(image.shape, dtype), empty(weight.shape, dtype)];
          kernels.conv(out, image, weight, bias, convolution);
          kernels.convTranspose(back, grad, weight, null, convolution);
          kernels.convWeight(weights, image, grad, convolution);
          return [out, back, weights].map(values);
        };
        expect(run(native)).toEqual(run(js));
      }),
      { numRuns: 100 },
    );
  });
});
