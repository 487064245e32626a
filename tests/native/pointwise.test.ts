/** Programs in the native block interpreter against the generated loops of the js engine. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { allocate, type CpuOperand } from "../../src/backends/cpu/storage.js";
import { bool, complex64, type DType, float16, float32, float64, int32, int64, uint8 } from "../../src/core/dtype.js";
import { add, complex, conj, lt, mul, select } from "../../src/expr/build.js";
import { apply, type Expr, input, mask, type ScalarOp } from "../../src/expr/node.js";
import { Program } from "../../src/expr/program.js";
import { Chance, elements, isGuarded, real, sample, seeds, shapes, type Value } from "../kernels/samples.js";
import { describeNative, js, native } from "./engines.js";

const unary: readonly ScalarOp[] = [
  "neg",
  "abs",
  "sign",
  "sqrt",
  "exp",
  "expm1",
  "exp2",
  "log",
  "log2",
  "log10",
  "log1p",
  "sin",
  "cos",
  "tan",
  "asin",
  "acos",
  "atan",
  "sinh",
  "cosh",
  "tanh",
  "asinh",
  "acosh",
  "atanh",
  "sigmoid",
  "floor",
  "ceil",
  "round",
  "trunc",
  "erf",
  "erfc",
  "isNan",
  "signbit",
];
const binary: readonly ScalarOp[] = [
  "add",
  "sub",
  "mul",
  "div",
  "minimum",
  "maximum",
  "fmin",
  "fmax",
  "fmod",
  "remainder",
  "floorDivide",
  "truncDivide",
  "pow",
  "atan2",
  "hypot",
  "copysign",
  "eq",
  "ne",
  "lt",
  "le",
  "gt",
  "ge",
];
const whole: readonly ScalarOp[] = [
  "add",
  "sub",
  "mul",
  "minimum",
  "maximum",
  "pow",
  "bitAnd",
  "bitOr",
  "bitXor",
  "shiftLeft",
  "shiftRight",
  "eq",
  "lt",
  "ge",
];

/** Whether two values are the same up to rounding errors of a dtype; -0 and 0 are. */
function isClose(x: Value, y: Value, tolerance: number): boolean {
  if (typeof x === "object" && typeof y === "object") return isClose(x[0], y[0], tolerance) && isClose(x[1], y[1], tolerance);
  if (typeof x === "bigint" || typeof y === "bigint") return x === y;
  const [a, b] = [Number(x), Number(y)];
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  return a === b || Math.abs(a - b) <= tolerance * Math.max(1e-30, Math.abs(a), Math.abs(b));
}

function expectClose(found: CpuOperand, wanted: CpuOperand, tolerance: number): void {
  const [x, y] = [elements(found), elements(wanted)];
  x.forEach((value, i) => {
    if (!isClose(value, y[i] as Value, tolerance)) expect(value).toEqual(y[i]);
  });
  expect(isGuarded(found)).toBe(true);
}

/** The same layout, filled by both engines. */
function both(
  chance: Chance,
  dtype: DType,
  shape: readonly number[],
  run: (kernels: typeof js, output: CpuOperand) => void,
  tolerance: number,
): void {
  const seed = chance.below(2 ** 30);
  const [found, wanted] = [sample(new Chance(seed), dtype, shape), sample(new Chance(seed), dtype, shape)];
  run(native, found);
  run(js, wanted);
  expectClose(found, wanted, tolerance);
}

/** Short shapes of any rank, and long ones of several blocks. */
const anyShape = fc.oneof(
  { weight: 4, arbitrary: shapes },
  { weight: 1, arbitrary: fc.constantFrom([1500], [3, 700], [600, 3], [2, 1, 530]) },
);

describeNative("native pointwise", () => {
  test.each(["minimum", "maximum", "fmin", "fmax"] as const)("%s of NaN, infinities, zeros and subnormal numbers", (op) => {
    const special = [Number.NaN, -0, 0, 1, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-44, -1e-44, 3e38];
    const pairs = special.flatMap((x) => special.map((y) => [x, y] as const));
    const program = new Program(op, [apply(op, [input(0), input(1)])], 2);
    for (const dtype of [float32, float64]) {
      const filled = (value: (i: number) => number): CpuOperand => {
        const n = 7 * pairs.length;
        const storage = allocate(dtype, n);
        for (let i = 0; i < n; i++) storage.data[storage.base + i] = value(i % pairs.length);
        return { storage, dtype, shape: [n], strides: [1], offset: 0, count: n, dense: true };
      };
      const inputs = [filled((i) => pairs[i]?.[0] ?? 0), filled((i) => pairs[i]?.[1] ?? 0)];
      const [found, wanted] = [native, js].map((kernels) => {
        const output = filled(() => 7);
        kernels.pointwise(program, dtype, [output], inputs);
        return elements(output);
      });
      // Which zero fmin and fmax give is open, in C and in PyTorch.
      const exact = (value: Value): unknown => (op.startsWith("f") && value === 0 ? 0 : value);
      expect(found?.map(exact)).toEqual(wanted?.map(exact));
    }
  });

  test.each([...unary, ...binary])("%s of floats", (op) => {
    const count = unary.includes(op) ? 1 : 2;
    const program = new Program(op, [apply(op, [input(0), input(1)].slice(0, count))], count);
    fc.assert(
      fc.property(seeds, anyShape, fc.constantFrom(float32, float64), (chance, shape, dtype) => {
        const given = Array.from({ length: count }, () => sample(chance, dtype, shape, { stretch: true }));
        both(
          chance,
          dtype,
          shape,
          (kernels, output) => kernels.pointwise(program, dtype, [output], given),
          dtype === float32 ? 1e-6 : 1e-13,
        );
      }),
      { numRuns: 30 },
    );
  });

  test.each(whole)("%s of integers", (op) => {
    const program = new Program(op, [apply(op, [input(0), input(1)])], 2);
    fc.assert(
      fc.property(seeds, anyShape, fc.constantFrom(uint8, int32, int64), (chance, shape, dtype) => {
        const given = [sample(chance, dtype, shape, { stretch: true }), sample(chance, dtype, shape, { stretch: true })];
        both(chance, dtype, shape, (kernels, output) => kernels.pointwise(program, dtype, [output], given), 0);
      }),
      { numRuns: 30 },
    );
  });

  test("mixes dtypes, numbers and truth values, several outputs at once", () => {
    const exprs: Expr[] = [
      select(mask(0), add(input(1), input(2)), mul(input(1), 3)),
      lt(input(1), input(2)),
      add(mul(input(1), input(1)), mask(0)),
    ];
    const program = new Program("mixed", exprs, 3);
    fc.assert(
      fc.property(seeds, anyShape, fc.constantFrom(...real), (chance, shape, dtype) => {
        const inputs = [
          sample(chance, chance.pick(real), shape),
          sample(chance, dtype.isFloatingPoint ? dtype : float32, shape, { stretch: true }),
          chance.below(5),
        ];
        const outputs = [chance.pick([float16, float32, float64]), bool, float32];
        const seed = chance.below(2 ** 30);
        const [found, wanted] = [native, js].map((kernels) => {
          const made = outputs.map((type, k) => sample(new Chance(seed + k), type, shape));
          kernels.pointwise(program, float32, made, inputs);
          return made;
        }) as [CpuOperand[], CpuOperand[]];
        found.forEach((output, k) => expectClose(output, wanted[k] as CpuOperand, output.dtype === float16 ? 1e-3 : 1e-6));
      }),
      { numRuns: 200 },
    );
  });

  test("computes with complex numbers", () => {
    const program = new Program("complex", [add(mul(input(0), conj(input(1))), complex(input(2), 1))], 3);
    fc.assert(
      fc.property(seeds, anyShape, (chance, shape) => {
        const given = [complex64, complex64, float32].map((dtype) => sample(chance, dtype, shape, { stretch: true }));
        both(chance, complex64, shape, (kernels, output) => kernels.pointwise(program, complex64, [output], given), 1e-6);
      }),
      { numRuns: 100 },
    );
  });

  test("writes in place, all outputs after all inputs", () => {
    const program = new Program("swap", [add(input(0), input(1)), mul(input(0), input(1))], 2);
    fc.assert(
      fc.property(seeds, anyShape, (chance, shape) => {
        const seed = chance.below(2 ** 30);
        const [found, wanted] = [native, js].map((kernels) => {
          const operands = [sample(new Chance(seed), float32, shape), sample(new Chance(seed + 1), float32, shape)];
          kernels.pointwise(program, float32, operands, operands);
          return operands;
        }) as [CpuOperand[], CpuOperand[]];
        found.forEach((output, k) => expectClose(output, wanted[k] as CpuOperand, 1e-6));
      }),
      { numRuns: 100 },
    );
  });
});
