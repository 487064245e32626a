/** `pointwise`: generated loops against the expressions evaluated one by one. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PointwiseInput } from "../../src/backend/contract.js";
import type { CpuOperand, CpuStorage } from "../../src/backends/cpu/storage.js";
import { bool, complex64, complex128, type DType, dtypes, float16, float32, float64, int32, int64, uint8 } from "../../src/core/dtype.js";
import { add, and, complex, conj, eq, isNan, lt, maximum, minimum, mul, neg, not, or, re, select, sub } from "../../src/expr/build.js";
import { type Expr, input, mask } from "../../src/expr/node.js";
import { Program } from "../../src/expr/program.js";
import {
  at,
  Chance,
  elements,
  filled,
  indicesOf,
  isGuarded,
  kernels,
  put,
  real,
  rounded,
  sample,
  seeds,
  shapes,
  type Value,
} from "./samples.js";

type Scalar = number | bigint | boolean;

/** The value of an expression; `load` gives inputs. */
function evaluate(expr: Expr, isExact: boolean, load: (index: number) => number | bigint): Scalar {
  if (expr.kind === "const") return isExact ? BigInt(expr.value) : expr.value;
  if (expr.kind === "input") return expr.mask ? Number(load(expr.index)) !== 0 : load(expr.index);
  const args = expr.args.map((arg) => evaluate(arg, isExact, load));
  const [x, y] = args.map((arg) => (typeof arg === "boolean" ? (isExact ? BigInt(arg) : Number(arg)) : arg)) as [number, number];
  switch (expr.op) {
    case "add":
      return x + y;
    case "sub":
      return x - y;
    case "mul":
      return x * y;
    case "neg":
      return -x;
    case "minimum":
      return isExact ? (x < y ? x : y) : Math.min(x, y);
    case "maximum":
      return isExact ? (x > y ? x : y) : Math.max(x, y);
    case "eq":
      return x === y;
    case "lt":
      return x < y;
    case "isNan":
      return Number.isNaN(x);
    case "and":
      return Boolean(args[0]) && Boolean(args[1]);
    case "or":
      return Boolean(args[0]) || Boolean(args[1]);
    case "not":
      return !args[0];
    case "select":
      return (args[0] ? args[1] : args[2]) as Scalar;
    default:
      throw new Error(`the test knows no ${expr.op}`);
  }
}

const inputs = 4;

/** A random expression over inputs 0 to 3; of two kinds, numbers and truth values. */
function number(chance: Chance, depth: number): Expr {
  if (depth === 0) return chance.below(6) === 0 ? add(input(chance.below(inputs)), 2) : input(chance.below(inputs));
  const [x, y] = [number(chance, depth - 1), number(chance, depth - 1)];
  const make = [
    () => add(x, y),
    () => sub(x, y),
    () => mul(x, y),
    () => neg(x),
    () => minimum(x, y),
    () => maximum(x, y),
    () => select(truth(chance, depth - 1), x, y),
  ];
  return chance.pick(make)();
}

function truth(chance: Chance, depth: number): Expr {
  if (depth === 0) return mask(chance.below(inputs));
  const [x, y] = [number(chance, depth - 1), number(chance, depth - 1)];
  const [p, q] = [truth(chance, depth - 1), truth(chance, depth - 1)];
  return chance.pick([() => eq(x, y), () => lt(x, y), () => isNan(x), () => and(p, q), () => or(p, q), () => not(p)])();
}

/** An operand that broadcasts to `shape`, or a number. */
function argument(chance: Chance, dtype: DType, shape: readonly number[], isExact: boolean): PointwiseInput<CpuStorage> {
  if (chance.below(5) === 0) return isExact ? BigInt(chance.below(4)) : chance.below(4);
  const stretched = chance.below(2) === 0 ? shape : shape.map((n) => (chance.below(3) === 0 ? 1 : n));
  const lead = chance.below(4) === 0 ? chance.below(shape.length + 1) : 0;
  const operand = sample(chance, dtype, stretched.slice(lead), { stretch: true });
  // Small integers: overflow within an expression is not defined.
  if (dtype === int64) for (const index of indicesOf(operand.shape)) put(operand, index, chance.below(20) - 10);
  return operand;
}

/** The coordinates of an operand for those of the shape it broadcasts to. */
function broadcastIndex(operand: CpuOperand, index: readonly number[]): number[] {
  const lead = index.length - operand.shape.length;
  return operand.shape.map((n, d) => (n === 1 ? 0 : (index[lead + d] as number)));
}

/** What is written for a value: wholes as they wrap, numbers as they round. */
function stored(dtype: DType, value: Scalar): Value {
  if (typeof value === "boolean") return rounded(dtype, value ? 1 : 0);
  if (dtype === int64 && typeof value === "bigint") return BigInt.asIntN(64, value);
  if (typeof value === "bigint" && dtype.kind === "int") return rounded(dtype, Number(BigInt.asIntN(32, value)));
  if (dtype === int64 && !(Math.abs(Number(value)) < 2 ** 63)) return -(2n ** 63n);
  return rounded(dtype, value);
}

describe("pointwise", () => {
  test("evaluates expressions over any layouts, broadcasting", () => {
    fc.assert(
      fc.property(seeds, shapes, fc.constantFrom(float64, float32, int32, int64), (chance, shape, compute) => {
        const isExact = compute === int64;
        const isWhole = compute.kind === "int";
        const from = isWhole ? [bool, uint8, int32, compute] : real;
        const outputTypes = isWhole ? [bool, int32, int64, float32] : [bool, float16, float32, float64];
        const outputs = Array.from({ length: 1 + chance.below(3) }, () => sample(chance, chance.pick(outputTypes), shape));
        const expressions = outputs.map(() => (chance.below(3) === 0 ? truth(chance, 2) : number(chance, 2)));
        const program = new Program("test", expressions, inputs);
        const given = Array.from({ length: inputs }, () => argument(chance, chance.pick(from), shape, isExact));
        const load = (k: number, index: readonly number[]): number | bigint => {
          const operand = given[k] as PointwiseInput<CpuStorage>;
          const value = typeof operand === "object" ? (at(operand, broadcastIndex(operand, index)) as number | bigint) : operand;
          return isExact ? BigInt(value) : Number(value);
        };
        kernels.pointwise(program, compute, outputs, given);
        outputs.forEach((output, k) => {
          const expected = indicesOf(shape).map((index) =>
            stored(
              output.dtype,
              evaluate(expressions[k] as Expr, isExact, (i) => load(i, index)),
            ),
          );
          // An integer has no -0, and what becomes of one on its way is not defined.
          const plain = (values: Value[]): Value[] => (isWhole ? values.map((x) => (x === 0 ? 0 : x)) : values);
          expect(plain(elements(output))).toEqual(plain(expected));
          expect(isGuarded(output)).toBe(true);
        });
      }),
      { numRuns: 300 },
    );
  });

  test("casts between all dtypes", () => {
    for (const from of real) {
      for (const to of dtypes) {
        const source = sample(new Chance(from.code), from, [3, 2]);
        const output = sample(new Chance(to.code + 20), to, [3, 2]);
        const compute =
          from === int64 && !to.isFloatingPoint && !to.isComplex ? int64 : from.isFloatingPoint || to.isComplex ? float64 : from;
        kernels.pointwise(new Program("cast", [input(0)], 1), compute, [output], [source]);
        expect(elements(output)).toEqual(
          elements(source).map((x) => (to.isComplex ? rounded(to, Number(x)) : stored(to, x as number | bigint))),
        );
      }
    }
  });

  test("computes with complex numbers, and with their parts", () => {
    const program = new Program(
      "test",
      [add(mul(input(0), input(1)), conj(input(2))), re(input(0)), complex(input(3), 1), select(mask(0), input(0), input(3))],
      4,
    );
    fc.assert(
      fc.property(seeds, shapes, fc.constantFrom(complex64, complex128), (chance, shape, dtype) => {
        const given = [dtype, dtype, dtype, float32].map((type) => sample(chance, type, shape, { stretch: true }));
        for (const operand of given)
          for (const index of indicesOf(shape))
            put(operand, index, operand.dtype.isComplex ? [chance.below(3), chance.below(3) - 1] : chance.below(3));
        const outputs = [dtype, float64, dtype, dtype].map((type) => sample(chance, type, shape));
        kernels.pointwise(program, dtype, outputs, given);
        const flat = (operand: CpuOperand): number[][] =>
          elements(operand).map((x) => (typeof x === "object" ? [x[0] + 0, x[1] + 0] : [Number(x) + 0]));
        const [a, b, c, d] = given.map(flat) as [number[][], number[][], number[][], number[][]];
        const parts = (z: readonly number[] | undefined): [number, number] => [z?.[0] ?? 0, z?.[1] ?? 0];
        const expected = a.map((_, i) => {
          const [ar, ai] = parts(a[i]);
          const [br, bi] = parts(b[i]);
          const [cr, ci] = parts(c[i]);
          const [x] = parts(d[i]);
          return [[ar * br - ai * bi + cr + 0, ar * bi + ai * br - ci + 0], [ar], [x, 1], ar === 0 && ai === 0 ? [x, 0] : [ar, ai]];
        });
        outputs.forEach((output, k) => expect(flat(output)).toEqual(expected.map((row) => row[k])));
      }),
    );
  });

  test("tells many operands apart", () => {
    const many = Array.from({ length: 16 }, (_, k) => input(k));
    const program = new Program("test", [many.reduce((x, y) => add(x, y)), ...many.slice(0, 4)], 16);
    fc.assert(
      fc.property(seeds, shapes, (chance, shape) => {
        const given = many.map(
          (): PointwiseInput<CpuStorage> =>
            chance.below(2) === 0 ? chance.below(9) : filled(chance, chance.pick([float64, int32]), shape, () => chance.below(9)),
        );
        const outputs = program.outputs.map(() => sample(chance, chance.pick([float64, int32]), shape));
        kernels.pointwise(program, float64, outputs, given);
        for (const index of indicesOf(shape)) {
          const values = given.map((x) => (typeof x === "object" ? Number(at(x, index)) : Number(x)));
          expect(outputs.map((output) => at(output, index))).toEqual([values.reduce((x, y) => x + y), ...values.slice(0, 4)]);
        }
      }),
    );
  });

  test("writes in place", () => {
    fc.assert(
      fc.property(seeds, shapes, (chance, shape) => {
        const [x, y] = [sample(chance, float32, shape), sample(chance, float32, shape, { stretch: true })];
        const [before, other] = [elements(x) as number[], elements(y) as number[]];
        kernels.pointwise(new Program("add_", [add(input(0), input(1))], 2), float32, [x], [x, y]);
        expect(elements(x)).toEqual(before.map((value, i) => Math.fround(value + (other[i] as number))));
      }),
    );
  });

  test("wraps integers, and reads NaN and -0 as PyTorch does for masks", () => {
    const x = sample(new Chance(1), int32, [2]);
    [123456789, -7].forEach((value, i) => put(x, [i], value));
    kernels.pointwise(new Program("square", [mul(input(0), input(0))], 1), int32, [x], [x]);
    expect(elements(x)).toEqual([Math.imul(123456789, 123456789), 49]);
    for (const dtype of [float16, float32]) {
      const y = sample(new Chance(2), dtype, [3]);
      [Number.NaN, -0, 2].forEach((value, i) => put(y, [i], value));
      const truths = sample(new Chance(3), bool, [3]);
      kernels.pointwise(new Program("truth", [mask(0)], 1), dtype, [truths], [y]);
      expect(elements(truths)).toEqual([1, 0, 1]);
    }
  });
});
