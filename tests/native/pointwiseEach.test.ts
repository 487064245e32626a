/** Programs over many lists of operands: both engines against `pointwise` list by list. */

import fc from "fast-check";
import { expect, test } from "vitest";
import type { CpuOperand } from "../../src/backends/cpu/storage.js";
import { float32, float64 } from "../../src/core/dtype.js";
import { add, div, gt, mul, select, sqrt, sub } from "../../src/expr/build.js";
import { type Expr, input, lift } from "../../src/expr/node.js";
import { Program } from "../../src/expr/program.js";
import { Chance, elements, isGuarded, put, sample, seeds } from "../kernels/samples.js";
import { describeNative, js, native } from "./engines.js";

const x = (k: number): Expr => input(k);

/** Three operands and two numbers; the first two operands are written. One output is an input as it is. */
const programs = [
  new Program("momentum", [sub(x(0), mul(x(3), add(x(1), x(2)))), add(mul(x(4), x(1)), x(2))].map(lift), 5),
  new Program("adaptive", [div(x(2), add(sqrt(mul(x(1), x(1))), x(3))), select(gt(x(0), x(4)), x(2), x(0))].map(lift), 5),
  new Program("exchange", [x(1), x(0)], 5),
  new Program("fill", [x(3), lift(mul(x(0), 0.5))], 5),
];

const sizes = fc.array(fc.constantFrom(0, 1, 2, 5, 16, 31, 64, 511, 512, 513, 1100), { minLength: 1, maxLength: 30 });
const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1e15];

describeNative("pointwise programs over lists", () => {
  test.each(programs.map((program) => [program.name, program] as const))("%s", (_name, program) => {
    fc.assert(
      fc.property(seeds, sizes, fc.constantFrom(float32, float64), (chance, lengths, dtype) => {
        const value = (): number =>
          chance.below(20) === 0 ? (special[chance.below(special.length)] as number) : chance.below(200) / 16 - 6;
        const seed = chance.below(2 ** 30);
        const numbers = [value(), 0.25];
        const made = (): CpuOperand[] => {
          const own = new Chance(seed);
          const number = (): number => (own.below(20) === 0 ? (special[own.below(special.length)] as number) : own.below(200) / 16 - 6);
          const operand = (n: number): CpuOperand => {
            const made = sample(own, dtype, [n], { dense: true });
            for (let i = 0; i < n; i++) put(made, [i], number());
            return made;
          };
          return lengths.flatMap((n) => [operand(n), operand(n), operand(n)]);
        };
        const [one, other, wanted] = [made(), made(), made()];
        expect(js.pointwiseEach(program, dtype, one, 3, [0, 1], numbers)).toBe(true);
        expect(native.pointwiseEach(program, dtype, other, 3, [0, 1], numbers)).toBe(true);
        for (let i = 0; i < wanted.length; i += 3) {
          const list = wanted.slice(i, i + 3);
          js.pointwise(program, dtype, list.slice(0, 2), [...list, ...numbers]);
        }
        const digits = dtype === float32 ? 1e-5 : 1e-13;
        for (const found of [one, other]) {
          found.forEach((operand, k) => {
            const y = elements(wanted[k] as CpuOperand) as number[];
            (elements(operand) as number[]).forEach((a, i) => {
              const b = y[i] as number;
              if (a === b || (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= digits * Math.max(1, Math.abs(b))) return;
              expect(a, `element ${i} of operand ${k}`).toBe(b);
            });
            expect(isGuarded(operand)).toBe(true);
          });
        }
      }),
      { numRuns: 40 },
    );
  });
});
