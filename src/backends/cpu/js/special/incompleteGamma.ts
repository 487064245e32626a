/**
 * The regularised incomplete gamma functions: the power series of the lower one below, Legendre's continued fraction of the upper one
 * above (DLMF 8.11.4 and 8.9.2).
 *
 * Sources: Cephes Mathematical Library (S. L. Moshier), `igam.c`; Boost (J. Maddock), for Lanczos' approximation.
 */

import { lgamma } from "./gamma.js";
import { polynomial } from "./series.js";

/** Lanczos' approximation of the gamma function scaled by `exp(g)`, `Γ(a) = ((a + g - 1/2) / e)^(a - 1/2) · L(a)`, as a rational function. */
const LANCZOS_G = 6.02468004077673;
const LANCZOS: readonly number[] = [
  0.006061842346248907, 0.5098416655656676, 19.519927882476175, 449.9445569063168, 6955.999602515376, 75999.29304014542, 601859.6171681099,
  3481712.154980646, 14605578.087685067, 43338889.32467614, 86363131.28813859, 103794043.11634454, 56906521.913471565,
];
const LANCZOS_BELOW: readonly number[] = [
  1, 66, 1925, 32670, 357423, 2637558, 13339535, 45995730, 105258076, 150917976, 120543840, 39916800, 0,
];
const LANCZOS_REVERSED: readonly number[] = [...LANCZOS].reverse();
const LANCZOS_BELOW_REVERSED: readonly number[] = [...LANCZOS_BELOW].reverse();

/** Both polynomials have one degree: above 1 they are evaluated in `1 / a`, without overflow. */
function lanczos(a: number): number {
  if (a <= 1) return polynomial(a, LANCZOS) / polynomial(a, LANCZOS_BELOW);
  return polynomial(1 / a, LANCZOS_REVERSED) / polynomial(1 / a, LANCZOS_BELOW_REVERSED);
}

/** `x^a · exp(-x) / Γ(a)`, without overflow where `x` is near `a`. */
function prefactor(a: number, x: number): number {
  if (Math.abs(a - x) > 0.4 * Math.abs(a)) return Math.exp(a * Math.log(x) - x - lgamma(a));
  const shifted = a + LANCZOS_G - 0.5;
  const scale = Math.sqrt(shifted / Math.E) / lanczos(a);
  if (a < 200 && x < 200) return scale * Math.exp(a - x) * (x / shifted) ** a;
  const relative = (x - a - LANCZOS_G + 0.5) / shifted;
  return scale * Math.exp(a * (Math.log1p(relative) - relative) + (x * (0.5 - LANCZOS_G)) / shifted);
}

const PRECISION = Number.EPSILON / 2;

/** The number of terms after which a sum is cut off: near `x = a` some multiple of `sqrt(a)` is needed. */
const limit = (a: number): number => 2000 + 10 * Math.sqrt(a);

/** The lower function by `x^a · exp(-x) / Γ(a + 1) · Σ x^n / ((a + 1) ⋯ (a + n))`. */
function lowerSeries(a: number, x: number): number {
  let sum = 1;
  let term = 1;
  for (let n = 1, most = limit(a); n < most && term > PRECISION * sum; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return (sum * prefactor(a, x)) / a;
}

/** The upper function for small `x`, without cancellation: DLMF 8.7.3. */
function upperSeries(a: number, x: number): number {
  let factor = 1;
  let sum = 0;
  for (let n = 1; n < 2000; n++) {
    factor *= -x / n;
    const term = factor / (a + n);
    sum += term;
    if (Math.abs(term) <= PRECISION * Math.abs(sum)) break;
  }
  const power = a * Math.log(x);
  return -Math.expm1(power - lgamma(1 + a)) - Math.exp(power - lgamma(a)) * sum;
}

/** Where the numbers of the continued fraction are scaled down. */
const BIG = 2 ** 52;

/** The upper function by its continued fraction, in the recurrence of numerators and denominators. */
function upperFraction(a: number, x: number): number {
  let y = 1 - a;
  let z = x + y + 1;
  let [above1, above2, below1, below2] = [x + 1, 1, z * x, x];
  let value = above1 / below1;
  for (let c = 1, most = limit(a); c < most; c++) {
    y += 1;
    z += 2;
    const above = above1 * z - above2 * y * c;
    const below = below1 * z - below2 * y * c;
    const before = value;
    if (below !== 0) value = above / below;
    [above2, above1, below2, below1] = [above1, above, below1, below];
    if (Math.abs(above) > BIG) {
      above2 /= BIG;
      above1 /= BIG;
      below2 /= BIG;
      below1 /= BIG;
    }
    if (below !== 0 && Math.abs((before - value) / value) <= PRECISION) break;
  }
  return value * prefactor(a, x);
}

const UNDEFINED = { lower: Number.NaN, upper: Number.NaN } as const;

/** The values on the boundary of the domain and NaN outside; null inside. */
function boundary(a: number, x: number): { readonly lower: number; readonly upper: number } | null {
  if (a < 0 || x < 0) return UNDEFINED;
  if (a === 0) return x > 0 ? { lower: 1, upper: 0 } : UNDEFINED;
  if (x === 0) return { lower: 0, upper: 1 };
  if (a === Number.POSITIVE_INFINITY) return x === Number.POSITIVE_INFINITY ? UNDEFINED : { lower: 0, upper: 1 };
  if (x === Number.POSITIVE_INFINITY) return { lower: 1, upper: 0 };
  return Number.isNaN(a) || Number.isNaN(x) ? UNDEFINED : null;
}

/** `1/Γ(a) · ∫ t^(a-1) exp(-t) dt` from 0 to `x`. */
export function gammainc(a: number, x: number): number {
  const known = boundary(a, x);
  if (known !== null) return known.lower;
  return x > 1 && x > a ? 1 - gammaincc(a, x) : lowerSeries(a, x);
}

/** `1/Γ(a) · ∫ t^(a-1) exp(-t) dt` from `x` to `∞`. */
export function gammaincc(a: number, x: number): number {
  const known = boundary(a, x);
  if (known !== null) return known.upper;
  if (x > 1.1) return x < a ? 1 - lowerSeries(a, x) : upperFraction(a, x);
  const small = x <= 0.5 ? -0.4 / Math.log(x) < a : x * 1.1 < a;
  return small ? 1 - lowerSeries(a, x) : upperSeries(a, x);
}
