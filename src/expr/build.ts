/** Constructors of expressions. They simplify what can be simplified without knowing the inputs. */

import { fold } from "./evaluate.js";

export type { Expr, Term } from "./node.js";

import { apply, constant, type Expr, isBool, lift, type PolynomialOp, type ScalarOp, type Term } from "./node.js";

function is(expr: Expr, value: number): boolean {
  return expr.kind === "const" && Object.is(expr.value, value);
}

function build(op: ScalarOp, ...terms: Term[]): Expr {
  const args = terms.map(lift);
  const values: number[] = [];
  for (const arg of args) {
    if (arg.kind !== "const") return apply(op, args);
    values.push(arg.value);
  }
  const folded = fold(op, values);
  return folded === null ? apply(op, args) : constant(folded);
}

const unary =
  (op: ScalarOp): ((x: Term) => Expr) =>
  (x) =>
    build(op, x);

const binary =
  (op: ScalarOp): ((x: Term, y: Term) => Expr) =>
  (x, y) =>
    build(op, x, y);

/** `x + y` */
export function add(x: Term, y: Term): Expr {
  const a = lift(x);
  const b = lift(y);
  if (is(a, 0)) return b;
  if (is(b, 0)) return a;
  if (b.kind === "apply" && b.op === "neg") return sub(a, b.args[0] as Expr);
  return build("add", a, b);
}

/** `x - y` */
export function sub(x: Term, y: Term): Expr {
  const a = lift(x);
  const b = lift(y);
  if (is(b, 0)) return a;
  if (is(a, 0)) return neg(b);
  return build("sub", a, b);
}

/** `x · y` */
export function mul(x: Term, y: Term): Expr {
  const a = lift(x);
  const b = lift(y);
  if (is(a, 0) || is(b, 0)) return constant(0);
  if (is(a, 1)) return b;
  if (is(b, 1)) return a;
  if (is(a, -1)) return neg(b);
  if (is(b, -1)) return neg(a);
  return build("mul", a, b);
}

/** `x / y` */
export function div(x: Term, y: Term): Expr {
  const a = lift(x);
  const b = lift(y);
  if (is(a, 0) || is(b, 1)) return a;
  return build("div", a, b);
}

/** `-x` */
export function neg(x: Term): Expr {
  const a = lift(x);
  if (a.kind === "apply" && a.op === "neg") return a.args[0] as Expr;
  if (is(a, 0)) return a;
  return build("neg", a);
}

/** `x` to the power `y` */
export function pow(x: Term, y: Term): Expr {
  const b = lift(y);
  if (is(b, 1)) return lift(x);
  if (is(b, 0)) return constant(1);
  return build("pow", x, b);
}

/** `x` where `condition` holds, else `y` */
export function select(condition: Expr, x: Term, y: Term): Expr {
  const a = lift(x);
  const b = lift(y);
  if (a === b) return a;
  if (condition.kind === "const") return condition.value !== 0 ? a : b;
  return apply("select", [condition, a, b]);
}

/** The complex conjugate; a real number is its own. */
export function conj(x: Term): Expr {
  const a = lift(x);
  if (a.kind === "const" || isBool(a)) return a;
  if (a.kind === "apply" && a.op === "conj") return a.args[0] as Expr;
  return apply("conj", [a]);
}

/** Both hold. */
export function and(x: Term, y: Term): Expr {
  const a = lift(x);
  const b = lift(y);
  if (a.kind === "const") return a.value !== 0 ? b : a;
  if (b.kind === "const") return b.value !== 0 ? a : b;
  return apply("and", [a, b]);
}

/** At least one holds. */
export function or(x: Term, y: Term): Expr {
  const a = lift(x);
  const b = lift(y);
  if (a.kind === "const") return a.value !== 0 ? a : b;
  if (b.kind === "const") return b.value !== 0 ? b : a;
  return apply("or", [a, b]);
}

export const not: (x: Term) => Expr = unary("not");
export const eq: (x: Term, y: Term) => Expr = binary("eq");
export const ne: (x: Term, y: Term) => Expr = binary("ne");
export const lt: (x: Term, y: Term) => Expr = binary("lt");
export const le: (x: Term, y: Term) => Expr = binary("le");
export const gt: (x: Term, y: Term) => Expr = binary("gt");
export const ge: (x: Term, y: Term) => Expr = binary("ge");
export const isNan: (x: Term) => Expr = unary("isNan");
export const signbit: (x: Term) => Expr = unary("signbit");
export const abs: (x: Term) => Expr = unary("abs");
/** -1, 0 or 1; for a complex number, the number divided by its modulus. */
export const sign: (x: Term) => Expr = unary("sign");
/** The smaller number; NaN if either is NaN. */
export const minimum: (x: Term, y: Term) => Expr = binary("minimum");
/** The larger number; NaN if either is NaN. */
export const maximum: (x: Term, y: Term) => Expr = binary("maximum");
/** The smaller number; a NaN gives way to the other. */
export const fmin: (x: Term, y: Term) => Expr = binary("fmin");
/** The larger number; a NaN gives way to the other. */
export const fmax: (x: Term, y: Term) => Expr = binary("fmax");
/** The remainder of division with the sign of `x`. */
export const fmod: (x: Term, y: Term) => Expr = binary("fmod");
/** The remainder of division with the sign of `y`. */
export const remainder: (x: Term, y: Term) => Expr = binary("remainder");
/** The quotient rounded down. */
export const floorDivide: (x: Term, y: Term) => Expr = binary("floorDivide");
/** The quotient rounded towards zero. */
export const truncDivide: (x: Term, y: Term) => Expr = binary("truncDivide");
export const sqrt: (x: Term) => Expr = unary("sqrt");
export const exp: (x: Term) => Expr = unary("exp");
export const expm1: (x: Term) => Expr = unary("expm1");
export const exp2: (x: Term) => Expr = unary("exp2");
export const log: (x: Term) => Expr = unary("log");
export const log2: (x: Term) => Expr = unary("log2");
export const log10: (x: Term) => Expr = unary("log10");
export const log1p: (x: Term) => Expr = unary("log1p");
export const sin: (x: Term) => Expr = unary("sin");
export const cos: (x: Term) => Expr = unary("cos");
export const tan: (x: Term) => Expr = unary("tan");
export const asin: (x: Term) => Expr = unary("asin");
export const acos: (x: Term) => Expr = unary("acos");
export const atan: (x: Term) => Expr = unary("atan");
export const atan2: (y: Term, x: Term) => Expr = binary("atan2");
export const sinh: (x: Term) => Expr = unary("sinh");
export const cosh: (x: Term) => Expr = unary("cosh");
export const tanh: (x: Term) => Expr = unary("tanh");
export const asinh: (x: Term) => Expr = unary("asinh");
export const acosh: (x: Term) => Expr = unary("acosh");
export const atanh: (x: Term) => Expr = unary("atanh");
export const hypot: (x: Term, y: Term) => Expr = binary("hypot");
export const floor: (x: Term) => Expr = unary("floor");
export const ceil: (x: Term) => Expr = unary("ceil");
/** The nearest integer, ties to even. */
export const round: (x: Term) => Expr = unary("round");
export const trunc: (x: Term) => Expr = unary("trunc");
/** The magnitude of `x` with the sign of `y`. */
export const copysign: (x: Term, y: Term) => Expr = binary("copysign");
/** The next number after `x` towards `y` in a binary format with `digits` digits and the least exponent `least`. */
export const nextafter = (x: Term, y: Term, digits: Term, least: Term): Expr => build("nextafter", x, y, digits, least);
export const gcd: (x: Term, y: Term) => Expr = binary("gcd");
export const lcm: (x: Term, y: Term) => Expr = binary("lcm");
export const bitAnd: (x: Term, y: Term) => Expr = binary("bitAnd");
export const bitOr: (x: Term, y: Term) => Expr = binary("bitOr");
export const bitXor: (x: Term, y: Term) => Expr = binary("bitXor");
export const bitNot: (x: Term) => Expr = unary("bitNot");
export const shiftLeft: (x: Term, y: Term) => Expr = binary("shiftLeft");
export const shiftRight: (x: Term, y: Term) => Expr = binary("shiftRight");
/** The real part. */
export const re: (x: Term) => Expr = unary("re");
/** The imaginary part. */
export const im: (x: Term) => Expr = unary("im");
/** `x + iy` for real `x` and `y`. */
export const complex: (x: Term, y: Term) => Expr = binary("complex");
export const erf: (x: Term) => Expr = unary("erf");
export const erfc: (x: Term) => Expr = unary("erfc");
/** `exp(x²) · erfc(x)` */
export const erfcx: (x: Term) => Expr = unary("erfcx");
export const erfinv: (x: Term) => Expr = unary("erfinv");
/** The argument at which the normal distribution function is `x`. */
export const ndtri: (x: Term) => Expr = unary("ndtri");
/** The logarithm of the absolute value of the gamma function. */
export const lgamma: (x: Term) => Expr = unary("lgamma");
export const digamma: (x: Term) => Expr = unary("digamma");
/** The `n`-th derivative of the digamma function at `x`. */
export const polygamma: (n: Term, x: Term) => Expr = binary("polygamma");
/** The Hurwitz zeta function `Σ (k + q)^-x` over `k ≥ 0`. */
export const zeta: (x: Term, q: Term) => Expr = binary("zeta");
/** The regularised lower incomplete gamma function. */
export const gammainc: (a: Term, x: Term) => Expr = binary("gammainc");
/** The regularised upper incomplete gamma function. */
export const gammaincc: (a: Term, x: Term) => Expr = binary("gammaincc");
/** Bessel functions of the first (`J`) and second kind (`Y`). */
export const besselJ0: (x: Term) => Expr = unary("besselJ0");
export const besselJ1: (x: Term) => Expr = unary("besselJ1");
export const besselY0: (x: Term) => Expr = unary("besselY0");
export const besselY1: (x: Term) => Expr = unary("besselY1");
/** Modified Bessel functions of the first (`i`) and second kind (`k`); `e` marks those scaled by `exp(-|x|)` or `exp(x)`. */
export const i0: (x: Term) => Expr = unary("i0");
export const i0e: (x: Term) => Expr = unary("i0e");
export const i1: (x: Term) => Expr = unary("i1");
export const i1e: (x: Term) => Expr = unary("i1e");
export const k0: (x: Term) => Expr = unary("k0");
export const k0e: (x: Term) => Expr = unary("k0e");
export const k1: (x: Term) => Expr = unary("k1");
export const k1e: (x: Term) => Expr = unary("k1e");
/** The Airy function Ai. */
export const airyAi: (x: Term) => Expr = unary("airyAi");
/** The orthogonal polynomial of degree `n` at `x`. */
export const polynomial = (op: PolynomialOp, x: Term, n: Term): Expr => build(op, x, n);
/** `x²` */
export const square = (x: Term): Expr => mul(x, x);
/** `1 / (1 + exp(-x))` */
export const sigmoid: (x: Term) => Expr = unary("sigmoid");
