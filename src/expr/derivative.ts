/** Reverse-mode derivatives of expressions: from the gradient of the result to the gradient of an input. */

import { AutogradError } from "../core/errors.js";
import {
  abs,
  add,
  and,
  besselJ0,
  besselJ1,
  besselY0,
  besselY1,
  complex,
  conj,
  cos,
  cosh,
  digamma,
  div,
  eq,
  exp,
  floorDivide,
  ge,
  gt,
  i0,
  i0e,
  i1,
  i1e,
  im,
  isNan,
  k0,
  k0e,
  k1,
  k1e,
  le,
  lgamma,
  log,
  lt,
  mul,
  neg,
  or,
  polygamma,
  pow,
  re,
  select,
  sign,
  sin,
  sinh,
  sqrt,
  square,
  sub,
  truncDivide,
  zeta,
} from "./build.js";
import { constant, type Expr, isBool, type ScalarOp, topological } from "./node.js";

/** Gradients of the arguments from the gradient `g` of the result; null where the derivative is zero everywhere. */
type Rule = (g: Expr, args: readonly Expr[], out: Expr) => readonly (Expr | null)[];

/** A rule from partial derivatives. For complex numbers PyTorch's convention multiplies by the conjugate. */
function partials(...derivatives: ((x: Expr, y: Expr, out: Expr) => Expr | number)[]): Rule {
  return (g, args, out) => derivatives.map((derivative) => mul(g, conj(derivative(args[0] as Expr, (args[1] ?? args[0]) as Expr, out))));
}

const zero: Rule = (_g, args) => args.map(() => null);

/** Where `x` wins it takes the gradient; on a tie each argument takes half. */
const extremum =
  (loses: (x: Expr, y: Expr) => Expr): Rule =>
  (g, [x, y]) => {
    const a = x as Expr;
    const b = y as Expr;
    const half = div(g, 2);
    return [select(eq(a, b), half, select(loses(a, b), 0, g)), select(eq(a, b), half, select(loses(b, a), 0, g))];
  };

/** A function that PyTorch does not differentiate either. */
const underived =
  (op: ScalarOp): Rule =>
  () => {
    throw new AutogradError(`${op}: the derivative is not implemented.`);
  };

/** The density of the gamma distribution, `x^(a-1) · exp(-x) / Γ(a)`. */
const gammaDensity = (a: Expr, x: Expr): Expr => exp(sub(sub(mul(sub(a, 1), log(x)), x), lgamma(a)));

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

const rules: { readonly [op in ScalarOp]: Rule } = {
  add: (g) => [g, g],
  sub: (g) => [g, neg(g)],
  mul: partials(
    (_x, y) => y,
    (x) => x,
  ),
  div: (g, [x, y]) => [div(g, conj(y as Expr)), mul(neg(g), conj(div(div(x as Expr, y as Expr), y as Expr)))],
  neg: (g) => [neg(g)],
  abs: (g, [x]) => [mul(re(g), sign(x as Expr))],
  // Zero for real numbers; for z/|z| the part of the gradient along z drops out.
  sign: (g, [x], out) => {
    const z = x as Expr;
    const along = mul(re(mul(g, conj(out))), out);
    return [select(eq(z, 0), 0, div(sub(g, along), abs(z)))];
  },
  minimum: extremum((x, y) => gt(x, y)),
  maximum: extremum((x, y) => lt(x, y)),
  fmin: (g, [x, y]) => {
    const first = or(le(x as Expr, y as Expr), isNan(y as Expr));
    return [select(first, g, 0), select(first, 0, g)];
  },
  fmax: (g, [x, y]) => {
    const first = or(ge(x as Expr, y as Expr), isNan(y as Expr));
    return [select(first, g, 0), select(first, 0, g)];
  },
  fmod: (g, [x, y]) => [g, neg(mul(g, truncDivide(x as Expr, y as Expr)))],
  remainder: (g, [x, y]) => [g, neg(mul(g, floorDivide(x as Expr, y as Expr)))],
  floorDivide: zero,
  truncDivide: zero,
  pow: (g, [x, y], out) => {
    const a = x as Expr;
    const b = y as Expr;
    const base = b.kind === "const" ? mul(b, pow(a, b.value - 1)) : select(eq(b, 0), 0, mul(b, pow(a, sub(b, 1))));
    const exponent = select(and(eq(a, 0), ge(re(b), 0)), 0, mul(out, log(a)));
    return [mul(g, conj(base)), b.kind === "const" ? null : mul(g, conj(exponent))];
  },
  sqrt: partials((_x, _y, out) => div(0.5, out)),
  exp: partials((_x, _y, out) => out),
  expm1: partials((_x, _y, out) => add(out, 1)),
  exp2: partials((_x, _y, out) => mul(out, Math.LN2)),
  log: partials((x) => div(1, x)),
  log2: partials((x) => div(1, mul(x, Math.LN2))),
  log10: partials((x) => div(1, mul(x, Math.LN10))),
  log1p: partials((x) => div(1, add(x, 1))),
  sin: partials((x) => cos(x)),
  cos: partials((x) => neg(sin(x))),
  tan: partials((_x, _y, out) => add(1, square(out))),
  asin: partials((x) => div(1, sqrt(sub(1, square(x))))),
  acos: partials((x) => div(-1, sqrt(sub(1, square(x))))),
  atan: partials((x) => div(1, add(square(x), 1))),
  atan2: partials(
    (y, x) => select(eq(add(square(x), square(y)), 0), 0, div(x, add(square(x), square(y)))),
    (y, x) => select(eq(add(square(x), square(y)), 0), 0, div(neg(y), add(square(x), square(y)))),
  ),
  sinh: partials((x) => cosh(x)),
  cosh: partials((x) => sinh(x)),
  tanh: partials((_x, _y, out) => sub(1, square(out))),
  asinh: partials((x) => div(1, sqrt(add(square(x), 1)))),
  acosh: partials((x) => div(1, mul(sqrt(sub(x, 1)), sqrt(add(x, 1))))),
  atanh: partials((x) => div(1, sub(1, square(x)))),
  sigmoid: partials((_x, _y, out) => mul(sub(1, out), out)),
  hypot: partials(
    (x, _y, out) => select(eq(out, 0), 0, div(x, out)),
    (_x, y, out) => select(eq(out, 0), 0, div(y, out)),
  ),
  floor: zero,
  ceil: zero,
  round: zero,
  trunc: zero,
  copysign: (g, [x], out) => [select(eq(x as Expr, 0), 0, mul(g, mul(sign(x as Expr), sign(out)))), null],
  nextafter: zero,
  gcd: zero,
  lcm: zero,
  bitAnd: zero,
  bitOr: zero,
  bitXor: zero,
  bitNot: zero,
  shiftLeft: zero,
  shiftRight: zero,
  conj: (g) => [conj(g)],
  re: (g) => [re(g)],
  im: (g) => [complex(0, re(g))],
  complex: (g) => [re(g), im(g)],
  select: zero,
  erf: partials((x) => mul(TWO_OVER_SQRT_PI, exp(neg(square(x))))),
  erfc: partials((x) => mul(-TWO_OVER_SQRT_PI, exp(neg(square(x))))),
  erfcx: partials((x, _y, out) => sub(mul(2, mul(x, out)), TWO_OVER_SQRT_PI)),
  erfinv: partials((_x, _y, out) => mul(1 / TWO_OVER_SQRT_PI, exp(square(out)))),
  lgamma: partials((x) => digamma(x)),
  digamma: partials((x) => polygamma(1, x)),
  polygamma: (g, [n, x]) => [null, mul(g, polygamma(add(n as Expr, 1), x as Expr))],
  ndtri: partials((_x, _y, out) => mul(Math.sqrt(2 * Math.PI), exp(div(square(out), 2)))),
  // The derivatives in the parameter (first argument) of these three have no closed form.
  zeta: (g, [x, q]) => [null, neg(mul(g, mul(x as Expr, zeta(add(x as Expr, 1), q as Expr))))],
  gammainc: (g, [a, x]) => [null, mul(g, gammaDensity(a as Expr, x as Expr))],
  gammaincc: (g, [a, x]) => [null, neg(mul(g, gammaDensity(a as Expr, x as Expr)))],
  besselJ0: partials((x) => neg(besselJ1(x))),
  besselJ1: partials((x, _y, out) => select(eq(x, 0), 0.5, sub(besselJ0(x), div(out, x)))),
  besselY0: partials((x) => neg(besselY1(x))),
  besselY1: partials((x, _y, out) => sub(besselY0(x), div(out, x))),
  i0: partials((x) => i1(x)),
  i0e: partials((x, _y, out) => sub(i1e(x), mul(sign(x), out))),
  i1: partials((x, _y, out) => select(eq(x, 0), 0.5, sub(i0(x), div(out, x)))),
  i1e: partials((x, _y, out) => select(eq(x, 0), 0.5, sub(i0e(x), mul(out, add(sign(x), div(1, x)))))),
  k0: partials((x) => neg(k1(x))),
  k0e: partials((x, _y, out) => sub(out, k1e(x))),
  k1: partials((x, _y, out) => neg(add(k0(x), div(out, x)))),
  k1e: partials((x, _y, out) => sub(out, add(k0e(x), div(out, x)))),
  airyAi: underived("airyAi"),
  chebyshevT: underived("chebyshevT"),
  chebyshevU: underived("chebyshevU"),
  chebyshevV: underived("chebyshevV"),
  chebyshevW: underived("chebyshevW"),
  hermiteH: underived("hermiteH"),
  hermiteHe: underived("hermiteHe"),
  laguerreL: underived("laguerreL"),
  legendreP: underived("legendreP"),
  eq: zero,
  ne: zero,
  lt: zero,
  le: zero,
  gt: zero,
  ge: zero,
  and: zero,
  or: zero,
  not: zero,
  isNan: zero,
  signbit: zero,
};

/**
 * The gradient of `target` (a node of `expr`) as an expression, given the gradient `g` of the result.
 * The constant 0 means that the result does not depend on it.
 */
export function gradient(expr: Expr, target: Expr, g: Expr): Expr {
  const adjoints = new Map<number, Expr>([[expr.id, g]]);
  const accumulate = (node: Expr, grad: Expr): void => {
    const sum = adjoints.get(node.id);
    adjoints.set(node.id, sum === undefined ? grad : add(sum, grad));
  };
  const order = topological([expr]);
  const reaches = new Set<number>([target.id]);
  for (const node of order) if (node.kind === "apply" && node.args.some((arg) => reaches.has(arg.id))) reaches.add(node.id);
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i] as Expr;
    const adjoint = adjoints.get(node.id);
    if (node.kind !== "apply" || adjoint === undefined || !reaches.has(node.id)) continue;
    if (node.op === "select") {
      // The gradient of a choice is the choice of gradients: what overflows in the branch not taken does no harm.
      const [condition, a, b] = node.args as [Expr, Expr, Expr];
      accumulate(target, select(condition, gradient(a, target, adjoint), gradient(b, target, adjoint)));
      continue;
    }
    const grads = rules[node.op](adjoint, node.args, node);
    node.args.forEach((arg, k) => {
      const grad = grads[k];
      if (grad === null || grad === undefined || !reaches.has(arg.id) || isBool(arg)) return;
      accumulate(arg, grad);
    });
  }
  return adjoints.get(target.id) ?? constant(0);
}
