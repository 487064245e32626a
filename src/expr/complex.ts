/** Complex arithmetic written out in real arithmetic, so that devices need to know only real numbers. */

import { DTypeError } from "../core/errors.js";
import {
  abs,
  add,
  and,
  atan2,
  cos,
  cosh,
  div,
  eq,
  exp,
  gt,
  hypot,
  isNan,
  log,
  lt,
  mul,
  ne,
  neg,
  or,
  select,
  sign,
  sin,
  sinh,
  sqrt,
  square,
  sub,
  tan,
  tanh,
} from "./build.js";
import { apply, constant, type Expr, type Input, inputPart, isBool, type ScalarOp, topological } from "./node.js";

/** A complex value as two real expressions. A truth value has it in `re`. */
export interface Pair {
  readonly re: Expr;
  readonly im: Expr;
}

const zero = constant(0);
const pair = (re: Expr, im: Expr = zero): Pair => ({ re, im });

const plus = (a: Pair, b: Pair): Pair => pair(add(a.re, b.re), add(a.im, b.im));
const minus = (a: Pair, b: Pair): Pair => pair(sub(a.re, b.re), sub(a.im, b.im));
const times = (a: Pair, b: Pair): Pair => pair(sub(mul(a.re, b.re), mul(a.im, b.im)), add(mul(a.re, b.im), mul(a.im, b.re)));
const scale = (a: Pair, s: Expr | number): Pair => pair(mul(a.re, s), mul(a.im, s));
const negate = (a: Pair): Pair => pair(neg(a.re), neg(a.im));
const modulus = (a: Pair): Expr => (a.im === zero ? abs(a.re) : hypot(a.re, a.im));

/** Division scaled by the larger part of the divisor, so that it neither overflows nor underflows (Smith 1962). */
function over(a: Pair, b: Pair): Pair {
  if (b.im === zero) return pair(div(a.re, b.re), div(a.im, b.re));
  const wide = lt(abs(b.re), abs(b.im));
  // A divisor of 0 divides the parts one by one, which gives infinities where there are any.
  const ratio = select(wide, div(b.re, b.im), select(eq(b.re, 0), 0, div(b.im, b.re)));
  const denominator = select(wide, add(mul(b.re, ratio), b.im), add(b.re, mul(b.im, ratio)));
  const re = select(wide, add(mul(a.re, ratio), a.im), add(a.re, mul(a.im, ratio)));
  const im = select(wide, sub(mul(a.im, ratio), a.re), sub(a.im, mul(a.re, ratio)));
  return pair(div(re, denominator), div(im, denominator));
}

const exponential = (a: Pair): Pair => pair(mul(exp(a.re), cos(a.im)), mul(exp(a.re), sin(a.im)));
const logarithm = (a: Pair): Pair => pair(log(modulus(a)), atan2(a.im, a.re));

function squareRoot(a: Pair): Pair {
  const half = sqrt(div(add(modulus(a), abs(a.re)), 2));
  const other = select(eq(half, 0), 0, div(abs(a.im), mul(2, half)));
  const negative = apply("signbit", [a.im]);
  const right = pair(half, select(negative, neg(other), other));
  const left = pair(other, select(negative, neg(half), half));
  const onLeft = lt(a.re, 0);
  return pair(select(onLeft, left.re, right.re), select(onLeft, left.im, right.im));
}

const one: Pair = pair(constant(1));

/** asin z = -i·log(iz + sqrt(1 - z²)), written with the two roots kept apart for accuracy near the branch points. */
function arcsine(a: Pair): Pair {
  const left = squareRoot(minus(one, a));
  const right = squareRoot(plus(one, a));
  const product = times(left, right);
  const im = arcsinhReal(sub(mul(left.re, right.im), mul(left.im, right.re)));
  return pair(atan2(a.re, product.re), im);
}

const arcsinhReal = (x: Expr): Expr => apply("asinh", [x]);

function arccosine(a: Pair): Pair {
  const left = squareRoot(minus(one, a));
  const right = squareRoot(plus(one, a));
  return pair(mul(2, atan2(left.re, right.re)), arcsinhReal(sub(mul(right.re, left.im), mul(right.im, left.re))));
}

const byI = (a: Pair): Pair => pair(neg(a.im), a.re);
const byMinusI = (a: Pair): Pair => pair(a.im, neg(a.re));

function arctanh(a: Pair): Pair {
  const re = div(apply("log1p", [div(mul(4, a.re), add(square(sub(1, a.re)), square(a.im)))]), 4);
  const im = div(atan2(mul(2, a.im), sub(mul(sub(1, a.re), add(1, a.re)), square(a.im))), 2);
  return pair(re, im);
}

function hyperbolicTangent(a: Pair): Pair {
  const t = tanh(a.re);
  const c = tan(a.im);
  const denominator = add(1, square(mul(t, c)));
  const re = div(mul(t, add(1, square(c))), denominator);
  const im = div(mul(c, sub(1, square(t))), denominator);
  return pair(re, im);
}

function power(a: Pair, b: Pair): Pair {
  if (b.re.kind === "const" && b.im === zero && b.re.value === 2) return times(a, a);
  const isZero = and(eq(a.re, 0), eq(a.im, 0));
  const result = exponential(times(b, logarithm(a)));
  const atZero = (negative: number): Expr => select(gt(b.re, 0), 0, select(lt(b.re, 0), negative, Number.NaN));
  return pair(select(isZero, atZero(Number.POSITIVE_INFINITY), result.re), select(isZero, atZero(Number.NaN), result.im));
}

type Rule = (a: Pair, b: Pair, c: Pair) => Pair;

const rules: { readonly [op in ScalarOp]?: Rule } = {
  add: plus,
  sub: minus,
  mul: times,
  div: over,
  neg: negate,
  abs: (a) => pair(modulus(a)),
  sign: (a) => {
    if (a.im === zero) return pair(sign(a.re));
    const length = modulus(a);
    return pair(select(eq(length, 0), 0, div(a.re, length)), select(eq(length, 0), 0, div(a.im, length)));
  },
  pow: power,
  sqrt: squareRoot,
  exp: exponential,
  expm1: (a) => {
    const half = sin(div(a.im, 2));
    const grown = apply("expm1", [a.re]);
    return pair(sub(mul(grown, cos(a.im)), mul(2, square(half))), mul(exp(a.re), sin(a.im)));
  },
  exp2: (a) => exponential(scale(a, Math.LN2)),
  sigmoid: (a) => over(one, plus(one, exponential(negate(a)))),
  log: logarithm,
  log2: (a) => scale(logarithm(a), 1 / Math.LN2),
  log10: (a) => scale(logarithm(a), 1 / Math.LN10),
  log1p: (a) => pair(mul(0.5, apply("log1p", [add(mul(a.re, add(a.re, 2)), square(a.im))])), atan2(a.im, add(1, a.re))),
  sin: (a) => pair(mul(sin(a.re), cosh(a.im)), mul(cos(a.re), sinh(a.im))),
  cos: (a) => pair(mul(cos(a.re), cosh(a.im)), neg(mul(sin(a.re), sinh(a.im)))),
  tan: (a) => byMinusI(hyperbolicTangent(byI(a))),
  sinh: (a) => pair(mul(sinh(a.re), cos(a.im)), mul(cosh(a.re), sin(a.im))),
  cosh: (a) => pair(mul(cosh(a.re), cos(a.im)), mul(sinh(a.re), sin(a.im))),
  tanh: hyperbolicTangent,
  asin: arcsine,
  acos: arccosine,
  atan: (a) => byMinusI(arctanh(byI(a))),
  asinh: (a) => byMinusI(arcsine(byI(a))),
  acosh: (a) => {
    const left = squareRoot(minus(a, one));
    const right = squareRoot(plus(a, one));
    const re = arcsinhReal(add(mul(left.re, right.re), mul(left.im, right.im)));
    return pair(re, mul(2, atan2(left.im, right.re)));
  },
  atanh: arctanh,
  conj: (a) => pair(a.re, neg(a.im)),
  re: (a) => pair(a.re),
  im: (a) => pair(a.im),
  complex: (a, b) => pair(a.re, b.re),
  select: (c, a, b) => pair(select(c.re, a.re, b.re), select(c.re, a.im, b.im)),
  eq: (a, b) => pair(and(eq(a.re, b.re), eq(a.im, b.im))),
  ne: (a, b) => pair(or(ne(a.re, b.re), ne(a.im, b.im))),
  lt: (a, b) => pair(lt(a.re, b.re)),
  ge: (a, b) => pair(apply("ge", [a.re, b.re])),
  and: (a, b) => pair(and(truth(a), truth(b))),
  or: (a, b) => pair(or(truth(a), truth(b))),
  not: (a) => pair(apply("not", [truth(a)])),
  isNan: (a) => pair(or(isNan(a.re), isNan(a.im))),
};

/** A complex number is true unless both parts are zero. */
const truth = (a: Pair): Expr => (isBool(a.re) ? a.re : or(ne(a.re, 0), ne(a.im, 0)));

/** The real and imaginary parts of an expression; `isComplex(i)` says whether input `i` is complex. */
export function lower(expr: Expr, isComplex: (index: number) => boolean): Pair {
  const done = new Map<number, Pair>();
  const inputPair = (node: Input): Pair => {
    if (!isComplex(node.index)) return pair(node);
    const parts = pair(inputPart(node.index, 0), inputPart(node.index, 1));
    return node.mask ? pair(truth(parts)) : parts;
  };
  for (const node of topological([expr])) {
    if (node.kind === "input") done.set(node.id, inputPair(node));
    else if (node.kind === "const") done.set(node.id, pair(node));
    else {
      const args = node.args.map((arg) => done.get(arg.id) as Pair);
      done.set(node.id, lowerApply(node.op, args));
    }
  }
  return done.get(expr.id) as Pair;
}

function lowerApply(op: ScalarOp, args: readonly Pair[]): Pair {
  const rule = rules[op];
  if (rule !== undefined) return rule(args[0] as Pair, (args[1] ?? zeroPair) as Pair, (args[2] ?? zeroPair) as Pair);
  if (args.every((arg) => arg.im === zero))
    return pair(
      apply(
        op,
        args.map((arg) => arg.re),
      ),
    );
  throw new DTypeError(`${op}: not implemented for complex numbers`);
}

const zeroPair: Pair = pair(zero);
