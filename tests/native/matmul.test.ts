/** Products of the library against those of the JavaScript engine, for any shapes and strides. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matmul as expected } from "../../src/backends/cpu/js/matmul.js";
import { nativeMatmul } from "../../src/backends/cpu/native/matmul.js";
import { float32, float64 } from "../../src/core/dtype.js";
import { argumentsOf, arrangements, copied, library, memory, operand, plain } from "./operands.js";

const sizes = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 20 }) },
  { weight: 2, arbitrary: fc.constantFrom(1, 47, 48, 49, 63, 64, 65, 97) },
);

describe.skipIf(library === null)("matmul of the native library", () => {
  const matmul = library === null ? expected : nativeMatmul(library, argumentsOf(library), expected, true);

  test("any sizes, strides, bias, alpha and beta", () => {
    const cases = fc.record({
      batches: fc.option(fc.integer({ min: 1, max: 4 }), { nil: null }),
      m: sizes,
      n: sizes,
      k: fc.oneof({ weight: 6, arbitrary: sizes }, { weight: 1, arbitrary: fc.constantFrom(0, 255, 257, 1030) }),
      out: arrangements(3, false),
      a: arrangements(3),
      b: arrangements(3),
      bias: fc.option(
        fc.record({
          arrangement: arrangements(3),
          ones: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
          rank: fc.integer({ min: 1, max: 3 }),
        }),
        { nil: null },
      ),
      scale: fc.constantFrom([1, 1], [1, 1], [2, 1], [-1, 3], [0, 2]),
      dtype: fc.constantFrom(float32, float64),
      seed: fc.nat(1000),
    });
    fc.assert(
      fc.property(cases, ({ batches, m, n, k, out, a, b, bias, scale, dtype, seed }) => {
        const rank = batches === null ? 2 : 3;
        const lead = batches === null ? [] : [batches];
        const cut = (x: typeof a): typeof a =>
          rank === 3 ? x : { ...x, order: x.order.filter((d) => d < 2), repeated: x.repeated.slice(0, 2) };
        const native = operand([...lead, m, n], cut(out), 1, dtype);
        const js = copied(native);
        const x = operand([...lead, m, k], cut(a), seed, dtype);
        const y = operand([...lead, k, n], cut(b), seed + 1, dtype);
        let z = null;
        if (bias !== null) {
          const own = Math.min(bias.rank, rank);
          const shape = [...lead, m, n].map((size, d) => (bias.ones[d] === true ? 1 : size)).slice(rank - own);
          z = operand(shape, { ...bias.arrangement, order: bias.arrangement.order.filter((d) => d < own) }, seed + 2, dtype);
        }
        const options = { bias: z, alpha: scale[0] as number, beta: scale[1] as number };
        matmul(native, x, y, options);
        expected(js, x, y, options);
        // The sign of a zero depends on the order of the sums.
        expect(memory(native).map((v) => v + 0)).toEqual(memory(js).map((v) => v + 0));
      }),
      { numRuns: 400 },
    );
  });

  test.each([
    [1, 300, 200, 700],
    [1, 1, 1500, 600],
    [1, 1500, 1, 600],
    [1, 5000, 9, 33],
    [40, 64, 64, 64],
    [3, 130, 310, 290],
  ])("large products: %i of %i × %i × %i", (batches, m, n, k) => {
    for (const [rows, columns] of [
      [
        [0, 1, 2],
        [0, 1, 2],
      ],
      [
        [0, 2, 1],
        [0, 1, 2],
      ],
      [
        [0, 1, 2],
        [0, 2, 1],
      ],
      [
        [0, 2, 1],
        [0, 2, 1],
      ],
    ] as const) {
      const a = operand([batches, m, k], { ...plain(3), order: rows }, 3);
      const b = operand([batches, k, n], { ...plain(3), order: columns }, 4);
      const native = operand([batches, m, n], plain(3), 5);
      const js = copied(native);
      matmul(native, a, b, {});
      expected(js, a, b, {});
      expect(memory(native)).toEqual(memory(js));
    }
  });

  test("a sum that contains NaN or infinity keeps it", () => {
    const a = operand([9, 50], plain(2), 1);
    const b = operand([50, 50], plain(2), 2);
    a.storage.data[3] = Number.NaN;
    b.storage.data[60] = Number.POSITIVE_INFINITY;
    const native = operand([9, 50], plain(2), 3);
    const js = copied(native);
    matmul(native, a, b, {});
    expected(js, a, b, {});
    expect(memory(native)).toEqual(memory(js));
  });
});
