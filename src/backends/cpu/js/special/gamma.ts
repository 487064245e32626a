/** The logarithm of the gamma function, its derivatives, and the Hurwitz zeta function behind them. */

import stdlibDigamma from "@stdlib/math-base-special-digamma";
import stdlibLgamma from "@stdlib/math-base-special-gammaln";

/** `log |Γ(x)|`: `∞` at 0, at negative integers and at infinities. */
export function lgamma(x: number): number {
  return x === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : stdlibLgamma(x);
}

/** The derivative of `log Γ`: `∓∞` at `±0`, NaN at negative integers. */
export function digamma(x: number): number {
  if (x === 0) return Object.is(x, -0) ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  if (x === Number.POSITIVE_INFINITY) return x;
  return stdlibDigamma(x);
}

/** `(2k)! / B_2k` for k = 1 … 12, the coefficients of the Euler–Maclaurin formula. */
const BERNOULLI: readonly number[] = [
  12, -720, 30240, -1209600, 47900160, -1.8924375803183791606e9, 7.47242496e10, -2.950130727918164224e12, 1.1646782814350067249e14,
  -4.5979787224074726105e15, 1.8152105401943546773e17, -7.1661652561756670113e18,
];

const PRECISION = Number.EPSILON / 2;

/**
 * The Hurwitz zeta function `Σ (k + q)^-x` over `k ≥ 0`, for `x > 1`: a sum of at least nine terms and the Euler–Maclaurin formula
 * for the rest. `∞` where a term is; NaN for `x < 1`, and for negative `q` with a power that has no real value.
 *
 * Source: Cephes Mathematical Library (S. L. Moshier), `zeta.c`.
 */
export function zeta(x: number, q: number): number {
  if (x === 1) return Number.POSITIVE_INFINITY;
  if (x < 1) return Number.NaN;
  if (q === Number.POSITIVE_INFINITY) return 0;
  if (q <= 0) {
    if (q === Math.floor(q)) return Number.POSITIVE_INFINITY;
    if (x !== Math.floor(x)) return Number.NaN;
  }
  if (x === Number.POSITIVE_INFINITY && q === 1) return 1;
  let sum = q ** -x;
  let a = q;
  let term = 0;
  for (let i = 0; i < 9 || a <= 9; i++) {
    a += 1;
    term = a ** -x;
    sum += term;
    if (Math.abs(term) < PRECISION * Math.abs(sum)) return sum;
  }
  sum += (term * a) / (x - 1) - 0.5 * term;
  let factor = 1;
  let k = 0;
  for (const bernoulli of BERNOULLI) {
    factor *= x + k;
    term /= a;
    const correction = (factor * term) / bernoulli;
    sum += correction;
    if (Math.abs(correction / sum) < PRECISION) break;
    factor *= x + k + 1;
    term /= a;
    k += 2;
  }
  return sum;
}

/**
 * `ψ'(x)`, by reflection below 1/2: `ψ'(1 - x) + ψ'(x) = π² / sin²(πx)`.
 */
function trigamma(x: number): number {
  if (x >= 0.5) return zeta(2, x);
  const sine = Math.sin(Math.PI * x);
  return (Math.PI * Math.PI) / (sine * sine) - zeta(2, 1 - x);
}

/** The `n`-th derivative of `digamma`, `(-1)^(n+1) · n! · ζ(n + 1, x)`. */
export function polygamma(n: number, x: number): number {
  if (n === 0) return digamma(x);
  if (n === 1) return trigamma(x);
  return (n % 2 === 0 ? -1 : 1) * Math.exp(lgamma(n + 1)) * zeta(n + 1, x);
}
