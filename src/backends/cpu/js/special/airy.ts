/**
 * The Airy function Ai: its power series near 0, rational approximations of its asymptotic forms elsewhere.
 *
 * Source: Cephes Mathematical Library (S. L. Moshier), `airy.c`.
 */

import { polynomial } from "./series.js";

/** `1 / sqrt(π)`, and Ai(0) and -Ai'(0). */
const ONE_OVER_ROOT_PI = 0.5641895835477563;
const AT_ZERO = 0.3550280538878172;
const SLOPE_AT_ZERO = 0.2588194037928068;

const DECAY: readonly number[] = [
  0.346538101525629, 12.007595273964581, 76.27960536152345, 168.08922493463058, 159.75639135016442, 70.53609068404442, 14.026469116338967,
  1.0,
];
const DECAY_BELOW: readonly number[] = [
  0.5675945326387702, 14.75625625848472, 84.51389701414746, 177.31808814540045, 164.2346928715297, 71.47784008255756, 14.095913560783403,
  1.0,
];
const SINE: readonly number[] = [
  -0.1316963234183318, -0.6264565444319123, -0.6931580360369335, -0.2797799815451191, -0.04919001326095003, -0.004062659235948854,
  -0.0001592764962392621, -2.776491081552329e-6, -1.6778769848911465e-8,
];
const SINE_BELOW: readonly number[] = [
  13.356042070655324, 32.682503279522464, 26.736704094149957, 9.187074029072596, 1.4752914677166642, 0.11568717379518804,
  0.004402916416152112, 7.547203482874142e-5, 4.5185009297058035e-7,
];
const COSINE: readonly number[] = [
  0.01973399320916857, 0.39110302961568827, 1.0657989759959559, 0.9391692298166502, 0.35146565610554764, 0.06338889196289255,
  0.005858041130483885, 0.000282851600836737, 6.98793669997261e-6, 8.117892395543892e-8, 3.415517847659236e-10,
];
const COSINE_BELOW: readonly number[] = [
  9.30892908077442, 19.835292871831214, 15.564662893286462, 5.476860694229755, 0.9542936116189619, 0.08645808263523921,
  0.004126565238242226, 0.00010125908511650914, 1.1716673321441352e-6, 4.9183457006293e-9,
];

/** Oscillation with the phase `ζ + π/4`, `ζ = 2/3 · (-x)^1.5`. */
function oscillating(x: number): number {
  const root = Math.sqrt(-x);
  const zeta = (-2 * x * root) / 3;
  const z = 1 / zeta;
  const angle = zeta + Math.PI / 4;
  const f = 1 + (z * z * polynomial(z * z, SINE)) / polynomial(z * z, SINE_BELOW);
  const g = (z * polynomial(z * z, COSINE)) / polynomial(z * z, COSINE_BELOW);
  return (ONE_OVER_ROOT_PI / Math.sqrt(root)) * (Math.sin(angle) * f - Math.cos(angle) * g);
}

/** Decay as `exp(-ζ)`, `ζ = 2/3 · x^1.5`. */
function decaying(x: number): number {
  const root = Math.sqrt(x);
  const zeta = (2 * x * root) / 3;
  return (ONE_OVER_ROOT_PI * polynomial(1 / zeta, DECAY)) / polynomial(1 / zeta, DECAY_BELOW) / (2 * Math.sqrt(root) * Math.exp(zeta));
}

/** The power series `Ai(0) · f(x) + Ai'(0) · g(x)`. */
function series(x: number): number {
  const z = x * x * x;
  let f = 1;
  let g = x;
  let m = 1;
  let n = x;
  for (let k = 1; Math.abs(m / f) > Number.EPSILON; k += 3) {
    m *= z / ((k + 1) * (k + 2));
    n *= z / ((k + 2) * (k + 3));
    f += m;
    g += n;
  }
  return AT_ZERO * f - SLOPE_AT_ZERO * g;
}

/** `Ai(x)`: NaN at infinities, 0 where it is smaller than a double. */
export function airyAi(x: number): number {
  if (!Number.isFinite(x)) return Number.NaN;
  if (x > 103.892) return 0;
  if (x < -2.09) return oscillating(x);
  return x >= 2.09 ? decaying(x) : series(x);
}
