/** Results that are written past the caches: large ones in memory that the program does not read. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { allocate, type CpuOperand } from "../../src/backends/cpu/storage.js";
import { type DType, float32, float64 } from "../../src/core/dtype.js";
import { add, erf, exp, mul, square } from "../../src/expr/build.js";
import { type Expr, input } from "../../src/expr/node.js";
import { Program } from "../../src/expr/program.js";
import { describeNative, js, native } from "./engines.js";

const GUARD = 12345;

/** A dense operand that begins `offset` elements into its memory, whose other elements are guards. */
function region(dtype: DType, n: number, offset: number, value: (i: number) => number): CpuOperand {
  const storage = allocate(dtype, n + offset + 3);
  for (let i = 0; i < storage.length; i++) storage.data[storage.base + i] = i < offset || i >= offset + n ? GUARD : value(i - offset);
  return { storage, dtype, shape: [n], strides: [1], offset, count: n, dense: true };
}

const values = ({ storage }: CpuOperand): number[] =>
  Array.from(storage.data.subarray(storage.base, storage.base + storage.length) as Float64Array);

const half = mul(0.5, input(0));
const gelu = mul(half, add(1, erf(mul(input(0), Math.SQRT1_2))));
const density = mul(1 / Math.sqrt(2 * Math.PI), exp(mul(-0.5, square(input(0)))));
const geluBackward = mul(input(1), add(mul(0.5, add(1, erf(mul(input(0), Math.SQRT1_2)))), mul(input(0), density)));
const programs: readonly (readonly Expr[])[] = [
  [add(input(0), input(1))],
  [mul(input(0), 3)],
  [exp(input(0))],
  [mul(add(input(0), input(1)), input(0))],
  [add(input(0), input(1)), mul(input(0), input(1))],
  [gelu],
  [add(gelu, half)],
  [geluBackward],
  [add(geluBackward, half)],
];

const cases = fc.record({
  exprs: fc.constantFrom(...programs),
  dtype: fc.constantFrom(float32, float64),
  n: fc.integer({ min: 2000, max: 70_000 }),
  offsets: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 4, maxLength: 4 }),
  isInPlace: fc.boolean(),
});

describeNative("native streams", () => {
  test("large results, from any address, next to what must stay", () => {
    fc.assert(
      fc.property(cases, ({ exprs, dtype, n, offsets, isInPlace }) => {
        const program = new Program("stream", exprs, 2);
        const special = [Number.NaN, Infinity, -Infinity, -0, 1e-40];
        const number = (i: number): number => (i % 97 < special.length ? (special[i % 97] as number) : Math.sin(i) * 6);
        const [found, wanted] = [native, js].map((kernels) => {
          const inputs = [0, 1].map((k) => region(dtype, n, offsets[k] as number, (i) => number(i + 31 * k)));
          const outputs = exprs.map((_, k) => region(dtype, n, offsets[2 + k] as number, () => -1));
          if (isInPlace) outputs[0] = inputs[0] as CpuOperand;
          kernels.pointwise(program, dtype, outputs, inputs);
          return outputs.map(values);
        }) as [number[][], number[][]];
        const tolerance = dtype === float32 ? 1e-6 : 1e-13;
        const isClose = (x: number, y: number): boolean =>
          Object.is(x, y) || x === y || Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(y));
        found.forEach((output, k) => {
          const wrong = output.findIndex((x, i) => !isClose(x, (wanted[k] as number[])[i] as number));
          expect([wrong, output[wrong]]).toEqual([wrong, (wanted[k] as number[])[wrong]]);
        });
      }),
      { numRuns: 60 },
    );
  });
});
