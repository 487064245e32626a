/** Special functions that are methods: of the error function's and the gamma function's families. */

import { ArgumentError } from "../../core/errors.js";
import * as e from "../../expr/build.js";
import { overloads, pointwise, rules, underived } from "../../tensor/define/index.js";
import type { InPlaceOp } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

type Unary = InPlaceOp<(input: Tensor) => Tensor>;

/** The error function, `2/√π · ∫ exp(-t²) dt` from 0 to `input`. */
export const erf: Unary = pointwise("erf(Tensor input)", (x) => e.erf(x), rules.realFloating);

/** The complementary error function, `1 - erf(input)`. */
export const erfc: Unary = pointwise("erfc(Tensor input)", (x) => e.erfc(x), rules.realFloating);

/** The inverse of `erf`: `∓∞` at ∓1, NaN outside. */
export const erfinv: Unary = pointwise("erfinv(Tensor input)", (x) => e.erfinv(x), rules.realFloating);

/** The logarithm of the absolute value of the gamma function. */
export const lgamma: Unary = pointwise("lgamma(Tensor input)", (x) => e.lgamma(x), rules.realFloating);

/** The derivative of `lgamma`. */
export const digamma: Unary = pointwise("digamma(Tensor input)", (x) => e.digamma(x), rules.realFloating);

/**
 * The `n`-th derivative of `digamma`.
 * @throws {ArgumentError} for negative `n`.
 */
export const polygamma: InPlaceOp<(input: Tensor, n: number) => Tensor> = pointwise(
  "polygamma(Tensor input, int n)",
  (x, n) => e.polygamma(n, x),
  rules.realFloating,
  {
    operands: 1,
    check: (_input: Tensor, n: number) => {
      if (n < 0) throw new ArgumentError(`polygamma: polygamma(n, x) does not support negative n, got ${n}.`);
    },
  },
);

const multivariate = new Map<number, InPlaceOp<(input: Tensor) => Tensor>>();

/** The multivariate function of one dimension `p`, whose sum has `p` terms. */
function multivariateOf(p: number): InPlaceOp<(input: Tensor) => Tensor> {
  const known = multivariate.get(p);
  if (known !== undefined) return known;
  const made: InPlaceOp<(input: Tensor) => Tensor> = pointwise(
    "mvlgamma(Tensor input)",
    (x) => {
      let sum: e.Term = (p * (p - 1) * Math.log(Math.PI)) / 4;
      for (let j = 0; j < p; j++) sum = e.add(sum, e.lgamma(e.sub(x, j / 2)));
      return sum;
    },
    { ...rules.realFloating, accepts: ["int", "float"] },
  );
  multivariate.set(p, made);
  return made;
}

/**
 * The logarithm of the multivariate gamma function, `p(p-1)/4 · log π + Σ lgamma(input - j/2)` for `j` below `p`.
 * @throws {ArgumentError} for `p` below 1.
 */
export const mvlgamma: InPlaceOp<(input: Tensor, p: number) => Tensor> = overloads("mvlgamma(Tensor input, int p)", (input, p) => {
  if (p < 1) throw new ArgumentError(`mvlgamma: p has to be greater than or equal to 1, got ${p}`);
  return [multivariateOf(p), input];
});

/** The density of the gamma distribution, the derivative of the incomplete gamma functions in their second argument. */
const density = (a: e.Expr, x: e.Expr): e.Expr => e.exp(e.sub(e.sub(e.mul(e.sub(a, 1), e.log(x)), x), e.lgamma(a)));

/** The regularised lower incomplete gamma function, `1/Γ(input) · ∫ t^(input-1) exp(-t) dt` from 0 to `other`. No gradient in `input`. */
export const igamma: InPlaceOp<(input: Tensor, other: Tensor) => Tensor> = pointwise(
  "igamma(Tensor input, Tensor other)",
  (a, x) => e.gammainc(a, x),
  rules.floatOnly,
  {
    gradient: (grad, inputs) => [underived("igamma", "input"), e.mul(grad, density(inputs[0] as e.Expr, inputs[1] as e.Expr))],
  },
);

/** The regularised upper incomplete gamma function, `1 - igamma(input, other)`. No gradient in `input`. */
export const igammac: InPlaceOp<(input: Tensor, other: Tensor) => Tensor> = pointwise(
  "igammac(Tensor input, Tensor other)",
  (a, x) => e.gammaincc(a, x),
  rules.floatOnly,
  {
    gradient: (grad, inputs) => [underived("igammac", "input"), e.neg(e.mul(grad, density(inputs[0] as e.Expr, inputs[1] as e.Expr)))],
  },
);

/** The modified Bessel function of the first kind and order 0. */
export const i0: Unary = pointwise("i0(Tensor input)", (x) => e.i0(x), rules.realFloating);
