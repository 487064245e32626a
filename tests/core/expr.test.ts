/** Expressions: simplification, derivatives against differences, complex arithmetic written out, and printed integers. */

import { describe, expect, test } from "vitest";
import * as e from "../../src/expr/build.js";
import { lower } from "../../src/expr/complex.js";
import { gradient } from "../../src/expr/derivative.js";
import { constant, type Expr, input } from "../../src/expr/node.js";
import { evaluate } from "./evaluate.js";

const [x, y] = [input(0), input(1)];

describe("the simplifier", () => {
  test("knows neutral and absorbing elements", () => {
    for (const same of [
      e.add(x, 0),
      e.add(0, x),
      e.sub(x, 0),
      e.mul(x, 1),
      e.mul(1, x),
      e.div(x, 1),
      e.pow(x, 1),
      e.neg(e.neg(x)),
      e.conj(e.conj(x)),
      e.select(e.lt(x, y), x, x),
    ])
      expect(same).toBe(x);
    for (const zero of [e.mul(x, 0), e.mul(0, x), e.div(0, x), e.neg(0), e.sub(0, 0)]) expect(zero).toBe(constant(0));
    expect(e.pow(x, 0)).toBe(constant(1));
    expect([e.mul(x, -1), e.mul(-1, x), e.sub(0, x)]).toEqual([e.neg(x), e.neg(x), e.neg(x)]);
    expect(e.add(x, e.neg(y))).toBe(e.sub(x, y));
  });

  test("computes what is constant", () => {
    expect(e.add(e.mul(2, 3), e.exp(0))).toBe(constant(7));
    expect(e.select(e.lt(1, 2), x, y)).toBe(x);
    expect([e.and(e.lt(1, 2), e.lt(x, y)), e.or(e.lt(2, 1), e.lt(x, y))]).toEqual([e.lt(x, y), e.lt(x, y)]);
  });

  test("keeps the sign of zero", () => {
    expect(e.add(x, -0)).not.toBe(x);
    expect(constant(-0)).not.toBe(constant(0));
    expect(e.sub(x, -0)).not.toBe(x);
  });

  test("makes equal expressions the same object", () => {
    expect(e.add(e.sin(x), e.mul(y, 2))).toBe(e.add(e.sin(x), e.mul(y, 2)));
    expect(e.sin(x)).not.toBe(e.sin(y));
  });
});

describe("derivatives equal differences", () => {
  type Unary = (x: e.Term) => Expr;
  const plain: Readonly<Record<string, readonly [Unary, ...number[]]>> = {
    neg: [e.neg, 0.7, -1.3],
    abs: [e.abs, 0.7, -1.3],
    sqrt: [e.sqrt, 0.3, 2],
    exp: [e.exp, -1, 0.5],
    expm1: [e.expm1, -1, 0.5],
    exp2: [e.exp2, -1, 0.5],
    log: [e.log, 0.3, 2],
    log2: [e.log2, 0.3, 2],
    log10: [e.log10, 0.3, 2],
    log1p: [e.log1p, -0.5, 2],
    sin: [e.sin, 0.4, -2],
    cos: [e.cos, 0.4, -2],
    tan: [e.tan, 0.4, -1],
    asin: [e.asin, 0.4, -0.9],
    acos: [e.acos, 0.4, -0.9],
    atan: [e.atan, 0.4, -3],
    sinh: [e.sinh, 0.4, -2],
    cosh: [e.cosh, 0.4, -2],
    tanh: [e.tanh, 0.4, -2],
    asinh: [e.asinh, 0.4, -2],
    acosh: [e.acosh, 1.4, 3],
    atanh: [e.atanh, 0.4, -0.9],
    sigmoid: [e.sigmoid, 0.4, -3],
    sign: [e.sign, 0.4, -3],
    floor: [e.floor, 0.4, -3.2],
    ceil: [e.ceil, 0.4, -3.2],
    round: [e.round, 0.4, -3.2],
    trunc: [e.trunc, 0.4, -3.2],
    erf: [e.erf, 0.4, -1.2],
    erfc: [e.erfc, 0.4, -1.2],
    erfcx: [e.erfcx, 0.4, -1.2],
    erfinv: [e.erfinv, 0.4, -0.8],
    ndtri: [e.ndtri, 0.4, 0.9],
    lgamma: [e.lgamma, 0.4, 3.2],
    digamma: [e.digamma, 0.4, 3.2],
    besselJ0: [e.besselJ0, 0.4, 3.2],
    besselJ1: [e.besselJ1, 0.4, -3.2],
    besselY0: [e.besselY0, 0.4, 3.2],
    besselY1: [e.besselY1, 0.4, 3.2],
    i0: [e.i0, 0.4, -3.2],
    i0e: [e.i0e, 0.4, -3.2],
    i1: [e.i1, 0.4, -3.2],
    i1e: [e.i1e, 0.4, -3.2],
    k0: [e.k0, 0.4, 3.2],
    k0e: [e.k0e, 0.4, 3.2],
    k1: [e.k1, 0.4, 3.2],
    k1e: [e.k1e, 0.4, 3.2],
  };
  const step = 1e-5;
  const close = (found: number, wanted: number): void =>
    expect(Math.abs(found - wanted)).toBeLessThan(1e-6 * Math.max(1, Math.abs(wanted)));

  test.each(Object.entries(plain))("of %s", (_, [build, ...points]) => {
    const derived = gradient(build(x), x, y);
    for (const at of points) {
      const f = (v: number): number => evaluate(build(x), [v]);
      close(evaluate(derived, [at, 1.5]), (1.5 * (f(at + step) - f(at - step))) / (2 * step));
    }
  });

  type Binary = (x: e.Term, y: e.Term) => Expr;
  const pairs: Readonly<Record<string, readonly [Binary, number, number]>> = {
    add: [e.add, 2, 3],
    sub: [e.sub, 2, 3],
    mul: [e.mul, 2, 3],
    div: [e.div, 2, 3],
    minimum: [e.minimum, 2, 3],
    maximum: [e.maximum, 2, 3],
    fmin: [e.fmin, 3, 2],
    fmax: [e.fmax, 3, 2],
    fmod: [e.fmod, 7.3, 2],
    remainder: [e.remainder, -7.3, 2],
    pow: [e.pow, 1.7, 2.3],
    atan2: [e.atan2, 1.7, -2.3],
    hypot: [e.hypot, 1.7, -2.3],
    copysign: [e.copysign, 1.7, -2.3],
    floorDivide: [e.floorDivide, 7.3, 2],
  };
  test.each(Object.entries(pairs))("of %s in both arguments", (_, [build, a, b]) => {
    const f = (p: number, q: number): number => evaluate(build(x, y), [p, q]);
    const g = input(2);
    close(evaluate(gradient(build(x, y), x, g), [a, b, 1.5]), (1.5 * (f(a + step, b) - f(a - step, b))) / (2 * step));
    close(evaluate(gradient(build(x, y), y, g), [a, b, 1.5]), (1.5 * (f(a, b + step) - f(a, b - step))) / (2 * step));
  });

  test("of a shared part is counted for each use", () => {
    const s = e.sin(x);
    const f = e.mul(s, e.add(s, e.exp(s)));
    const value = (v: number): number => Math.sin(v) * (Math.sin(v) + Math.exp(Math.sin(v)));
    close(evaluate(gradient(f, x, constant(1)), [0.7]), (value(0.7 + step) - value(0.7 - step)) / (2 * step));
  });
});

describe("complex arithmetic written out", () => {
  type Pair = readonly [number, number];
  const mul = ([a, b]: Pair, [c, d]: Pair): Pair => [a * c - b * d, a * d + b * c];
  const exp = ([a, b]: Pair): Pair => [Math.exp(a) * Math.cos(b), Math.exp(a) * Math.sin(b)];
  const log = ([a, b]: Pair): Pair => [Math.log(Math.hypot(a, b)), Math.atan2(b, a)];
  const add = ([a, b]: Pair, [c, d]: Pair): Pair => [a + c, b + d];
  const scaled = ([a, b]: Pair, s: number): Pair => [a * s, b * s];
  const div = (p: Pair, [c, d]: Pair): Pair => scaled(mul(p, [c, -d]), 1 / (c * c + d * d));
  const sqrt = (z: Pair): Pair => exp(scaled(log(z), 0.5));
  const [one, i]: [Pair, Pair] = [
    [1, 0],
    [0, 1],
  ];
  const sinh = (z: Pair): Pair => scaled(add(exp(z), scaled(exp(scaled(z, -1)), -1)), 0.5);
  const cosh = (z: Pair): Pair => scaled(add(exp(z), exp(scaled(z, -1))), 0.5);
  const turned = (f: (z: Pair) => Pair, z: Pair): Pair => f(mul(i, z));
  const asinh = (z: Pair): Pair => log(add(z, sqrt(add(mul(z, z), one))));
  const atanh = (z: Pair): Pair => scaled(add(log(add(one, z)), scaled(log(add(one, scaled(z, -1))), -1)), 0.5);
  const acosh = (z: Pair): Pair => log(add(z, mul(sqrt(add(z, one)), sqrt(add(z, [-1, 0])))));

  /** Each function by its definition through exp and log. */
  const direct: Readonly<Record<string, readonly [(x: e.Term) => Expr, (z: Pair) => Pair]>> = {
    neg: [e.neg, (z) => scaled(z, -1)],
    exp: [e.exp, exp],
    log: [e.log, log],
    sqrt: [e.sqrt, sqrt],
    abs: [e.abs, ([a, b]) => [Math.hypot(a, b), 0]],
    sign: [e.sign, (z) => scaled(z, 1 / Math.hypot(...z))],
    sinh: [e.sinh, sinh],
    cosh: [e.cosh, cosh],
    tanh: [e.tanh, (z) => div(sinh(z), cosh(z))],
    sin: [e.sin, (z) => mul([0, -1], turned(sinh, z))],
    cos: [e.cos, (z) => turned(cosh, z)],
    tan: [e.tan, (z) => div(mul([0, -1], turned(sinh, z)), turned(cosh, z))],
    asinh: [e.asinh, asinh],
    acosh: [e.acosh, acosh],
    atanh: [e.atanh, atanh],
    asin: [e.asin, (z) => mul([0, -1], turned(asinh, z))],
    atan: [e.atan, (z) => mul([0, -1], turned(atanh, z))],
    acos: [e.acos, (z) => add([Math.PI / 2, 0], scaled(mul([0, -1], turned(asinh, z)), -1))],
    expm1: [e.expm1, (z) => add(exp(z), [-1, 0])],
    log1p: [e.log1p, (z) => log(add(z, one))],
    exp2: [e.exp2, (z) => exp(scaled(z, Math.LN2))],
    log2: [e.log2, (z) => scaled(log(z), 1 / Math.LN2)],
    log10: [e.log10, (z) => scaled(log(z), 1 / Math.LN10)],
    sigmoid: [e.sigmoid, (z) => div(one, add(one, exp(scaled(z, -1))))],
    conj: [e.conj, ([a, b]) => [a, -b]],
  };
  const points: readonly Pair[] = [
    [0.3, 0.4],
    [-0.7, 0.2],
    [0.5, -1.2],
    [-1.1, -0.6],
    [2, 0.1],
  ];

  const parts = (expr: Expr, values: readonly number[]): Pair => {
    const { re, im } = lower(expr, () => true);
    return [evaluate(re, values), evaluate(im, values)];
  };
  const close = (found: Pair, wanted: Pair): void =>
    expect(Math.hypot(found[0] - wanted[0], found[1] - wanted[1])).toBeLessThan(1e-12 * Math.max(1, Math.hypot(...wanted)));

  test.each(Object.entries(direct))("%s", (_, [build, wanted]) => {
    for (const z of points) close(parts(build(x), z), wanted(z));
  });

  test("products, quotients and powers", () => {
    for (const a of points)
      for (const b of points) {
        close(parts(e.mul(x, y), [...a, ...b]), mul(a, b));
        close(parts(e.div(x, y), [...a, ...b]), div(a, b));
        close(parts(e.pow(x, y), [...a, ...b]), exp(mul(b, log(a))));
      }
  });

  test("division neither overflows nor underflows", () => {
    close(parts(e.div(x, y), [1e300, 1e300, 1e300, 1e300]), [1, 0]);
    close(parts(e.div(x, y), [1e-300, 0, 1e-300, 1e-300]), [0.5, -0.5]);
  });

  test("what takes real numbers stays real", () => {
    const { re, im } = lower(e.sin(x), () => false);
    expect([re, im]).toEqual([e.sin(x), constant(0)]);
    expect(() => lower(e.erf(x), () => true)).toThrow("erf: not implemented for complex numbers");
  });
});
