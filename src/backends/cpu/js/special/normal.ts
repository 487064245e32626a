/** Functions of the normal distribution: its quantiles, and the scaled complementary error function. */

import erfc from "@stdlib/math-base-special-erfc";
import { polynomial } from "./series.js";

/** The quantile's rational functions around the median, */
const CENTRE: readonly number[] = [-59.96335010141079, 98.00107541859997, -56.67628574690703, 13.931260938727968, -1.2391658386738125];
const CENTRE_BELOW: readonly number[] = [
  1.0, 1.9544885833814176, 4.676279128988815, 86.36024213908905, -225.46268785411937, 200.26021238006066, -82.03722561683334,
  15.90562251262117, -1.1833162112133,
];

/** in the tails, by `1 / z` with `z = sqrt(-2 log y)` from 2 to 8, */
const TAIL: readonly number[] = [
  4.0554489230596245, 31.525109459989388, 57.16281922464213, 44.08050738932008, 14.684956192885803, 2.1866330685079025, -0.1402560791713545,
  -0.03504246268278482, -0.0008574567851546854,
];
const TAIL_BELOW: readonly number[] = [
  1.0, 15.779988325646675, 45.39076351288792, 41.3172038254672, 15.04253856929075, 2.504649462083094, -0.14218292285478779,
  -0.03808064076915783, -0.0009332594808954574,
];

/** and with `z` from 8 to 64. */
const FAR_TAIL: readonly number[] = [
  3.2377489177694603, 6.915228890689842, 3.9388102529247444, 1.3330346081580755, 0.20148538954917908, 0.012371663481782003,
  0.00030158155350823543, 2.6580697468673755e-6, 6.239745391849833e-9,
];
const FAR_TAIL_BELOW: readonly number[] = [
  1.0, 6.02427039364742, 3.6798356385616087, 1.3770209948908132, 0.21623699359449663, 0.013420400608854318, 0.00032801446468212774,
  2.8924786474538068e-6, 6.790194080099813e-9,
];

const ROOT_TWO_PI = Math.sqrt(2 * Math.PI);
const EXP_MINUS_2 = Math.exp(-2);

/**
 * The argument at which the normal distribution function is `p`: `∓∞` at 0 and 1, NaN outside.
 *
 * Source: Cephes Mathematical Library (S. L. Moshier), `ndtri.c`.
 */
export function ndtri(p: number): number {
  if (p === 0) return Number.NEGATIVE_INFINITY;
  if (p === 1) return Number.POSITIVE_INFINITY;
  if (!(p > 0 && p < 1)) return Number.NaN;
  const upper = p > 1 - EXP_MINUS_2;
  const tail = upper ? 1 - p : p;
  if (tail > EXP_MINUS_2) {
    const y = tail - 0.5;
    const y2 = y * y;
    return (y + (y * y2 * polynomial(y2, CENTRE)) / polynomial(y2, CENTRE_BELOW)) * ROOT_TWO_PI;
  }
  const x = Math.sqrt(-2 * Math.log(tail));
  const z = 1 / x;
  const correction = x < 8 ? polynomial(z, TAIL) / polynomial(z, TAIL_BELOW) : polynomial(z, FAR_TAIL) / polynomial(z, FAR_TAIL_BELOW);
  const value = x - Math.log(x) / x - z * correction;
  return upper ? value : -value;
}

/** Terms of the continued fraction below that give double precision from 2 on. */
const TERMS = 60;

/**
 * `exp(x²) · erfc(x)`: from 2 on Laplace's continued fraction, `1/√π / (x + 1/2 / (x + 2/2 / (x + 3/2 / …)))`
 * (DLMF 7.9.1), below the product itself.
 */
export function erfcx(x: number): number {
  if (x < 2) return Math.exp(x * x) * erfc(x);
  if (x > 5e7) return 1 / (Math.sqrt(Math.PI) * x);
  let below = x;
  for (let k = TERMS; k > 0; k--) below = x + k / 2 / below;
  return 1 / (Math.sqrt(Math.PI) * below);
}
