/** The vector functions of float32 against float64, over numbers of every exponent and sign: within 2 units in the last place. */

import { expect, test } from "vitest";
import { denseOperand } from "../../src/backends/cpu/js/move.js";
import { float32, float64 } from "../../src/core/dtype.js";
import { apply, input, type ScalarOp } from "../../src/expr/node.js";
import { Program } from "../../src/expr/program.js";
import { describeNative, js, native } from "./engines.js";

/** Every so many of the 2^32 numbers; prime, so that mantissas vary. */
const STEP = 9973;

/** The distance of neighbouring float32 numbers around `x`. */
function ulp(x: number): number {
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(x))));
  return 2 ** (exponent - 23);
}

describeNative("accuracy", () => {
  const bits = Uint32Array.from({ length: Math.floor(2 ** 32 / STEP) }, (_, i) => i * STEP);
  const numbers = new Float32Array(bits.buffer);
  const given = denseOperand(float32, [numbers.length], numbers);
  const exact = denseOperand(float64, [numbers.length], Float64Array.from(numbers));

  test.each<ScalarOp>(["exp", "expm1", "log", "log1p", "tanh", "sin", "cos", "erf"])("%s", (op) => {
    const program = new Program(op, [apply(op, [input(0)])], 1);
    const [found, wanted] = [denseOperand(float32, given.shape), denseOperand(float64, given.shape)];
    native.pointwise(program, float32, [found], [given]);
    js.pointwise(program, float64, [wanted], [exact]);
    let worst = 0;
    for (let i = 0; i < numbers.length; i++) {
      const [x, y] = [Number(found.storage.data[found.storage.base + i]), Number(wanted.storage.data[wanted.storage.base + i])];
      const single = Math.fround(y);
      if (Object.is(x, single) || x === single) continue;
      if (!Number.isFinite(x) || !Number.isFinite(single)) throw new Error(`${op}(${numbers[i]}) gives ${x} instead of ${y}`);
      worst = Math.max(worst, Math.abs(x - y) / ulp(y));
    }
    expect(worst).toBeLessThan(2);
  });
});
