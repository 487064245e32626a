/**
 * Bessel functions of the first and second kind, of orders 0 and 1: rational approximations up to 5 and the modulus and phase
 * of Hankel's asymptotic expansion above.
 *
 * Source: Cephes Mathematical Library (S. L. Moshier), `j0.c` and `j1.c`.
 */

import { polynomial } from "./series.js";

const TWO_OVER_PI = 2 / Math.PI;
const ROOT_TWO_OVER_PI = Math.sqrt(TWO_OVER_PI);

/** The rational functions of `25 / x²` in Hankel's expansion: `P` with cosine, `Q` with sine. */
interface Hankel {
  readonly p: readonly [readonly number[], readonly number[]];
  readonly q: readonly [readonly number[], readonly number[]];
  /** The phase, `π/4` or `3π/4`. */
  readonly phase: number;
}

const P0: readonly number[] = [
  0.0007969367292973471, 0.08283523921074408, 1.239533716464143, 5.447250030587687, 8.74716500199817, 5.303240382353949, 1.0,
];
const P0_BELOW: readonly number[] = [
  0.0009244088105588637, 0.08562884743544745, 1.2535274390105895, 5.470977403304171, 8.761908832370695, 5.306052882353947, 1.0,
];
const Q0: readonly number[] = [
  -0.011366383889846916, -1.2825271867050931, -19.553954425773597, -93.20601521237683, -177.68116798048806, -147.07750515495118,
  -51.41053267665993, -6.050143506007285,
];
const Q0_BELOW: readonly number[] = [
  64.3178256118178, 856.4300259769806, 3882.4018360540163, 7240.467741956525, 5930.727011873169, 2062.0933166032783, 242.0057402402914,
];
const P1: readonly number[] = [
  0.0007621256162081731, 0.07313970569409176, 1.1271960812968493, 5.112079511468076, 8.424045901417724, 5.214515986823615, 1.0,
];
const P1_BELOW: readonly number[] = [
  0.0005713231280725487, 0.06884559087544954, 1.105142326340617, 5.073863861286015, 8.399855543276042, 5.209828486823619, 1.0,
];
const Q1: readonly number[] = [
  0.05108625947501766, 4.982138729512334, 75.82382841325453, 366.7796093601508, 710.8563049989261, 597.4896124006136, 211.68875710057213,
  25.207020585802372,
];
const Q1_BELOW: readonly number[] = [
  74.23732770356752, 1056.4488603826283, 4986.410583376536, 9562.318924047562, 7997.041604473507, 2826.1927851763908, 336.0936078106983,
];

const order0: Hankel = { p: [P0, P0_BELOW], q: [Q0, Q0_BELOW], phase: Math.PI / 4 };
const order1: Hankel = { p: [P1, P1_BELOW], q: [Q1, Q1_BELOW], phase: (3 * Math.PI) / 4 };

/** `sqrt(2 / (πx)) · (P · cos(θ) - 5/x · Q · sin(θ))` for the first kind; for the second, sine and cosine change places. */
function asymptotic(x: number, { p, q, phase }: Hankel, second: boolean): number {
  const z = 25 / (x * x);
  const modulus = polynomial(z, p[0]) / polynomial(z, p[1]);
  const slope = ((5 / x) * polynomial(z, q[0])) / polynomial(z, q[1]);
  const angle = x - phase;
  const wave = second ? modulus * Math.sin(angle) + slope * Math.cos(angle) : modulus * Math.cos(angle) - slope * Math.sin(angle);
  return (wave * ROOT_TWO_OVER_PI) / Math.sqrt(x);
}

/** The squares of the first two zeros of `J0` and of `J1`. */
const ZEROS0 = [5.783185962946784, 30.471262343662087] as const;
const ZEROS1 = [14.681970642123893, 49.2184563216946] as const;

const J0_ABOVE: readonly number[] = [-4794432209.782018, 1956174919465.5657, -249248344360967.72, 9708622510473064.0];
const J0_BELOW: readonly number[] = [
  499.563147152651, 173785.4016763747, 48440965.83399621, 11185553704.535683, 2112775201154.892, 310518229857422.56, 3.1812195594320496e16,
  1.7108629408104315e18,
];

/** `J0(x)` */
export function besselJ0(x: number): number {
  const a = Math.abs(x);
  if (a > 5) return asymptotic(a, order0, false);
  const z = a * a;
  if (a < 1e-5) return 1 - z / 4;
  return ((z - ZEROS0[0]) * (z - ZEROS0[1]) * polynomial(z, J0_ABOVE)) / polynomial(z, J0_BELOW);
}

const J1_ABOVE: readonly number[] = [-899971225.7055594, 452228297998.19403, -72749424522181.83, 3682957328638529.0];
const J1_BELOW: readonly number[] = [
  620.8364781180543, 256987.25675774884, 83514679.14319493, 22151159547.97925, 4749141220799.914, 784369607876235.9, 8.952223361846274e16,
  5.322786203326801e18,
];

/** `J1(x)` */
export function besselJ1(x: number): number {
  if (x < 0) return -besselJ1(-x);
  if (x > 5) return asymptotic(x, order1, false);
  const z = x * x;
  return (polynomial(z, J1_ABOVE) / polynomial(z, J1_BELOW)) * x * (z - ZEROS1[0]) * (z - ZEROS1[1]);
}

const Y0_ABOVE: readonly number[] = [
  15592.436785523574, -14663929.59039716, 5435264770.518765, -982136065717.9115, 87590639439536.7, -3466283033847297.0,
  4.4273326857256984e16, -1.8495080043698668e16,
];
const Y0_BELOW: readonly number[] = [
  1041.2835366425984, 626107.330137135, 268919633.39381415, 86400248710.3935, 20297961275010.555, 3171577528429750.5, 2.5059625617265306e17,
];

/** `Y0(x)`: `-∞` at 0, NaN below. */
export function besselY0(x: number): number {
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (x < 0) return Number.NaN;
  if (x > 5) return asymptotic(x, order0, true);
  const z = x * x;
  return polynomial(z, Y0_ABOVE) / polynomial(z, Y0_BELOW) + TWO_OVER_PI * Math.log(x) * besselJ0(x);
}

const Y1_ABOVE: readonly number[] = [
  1263204747.9017804, -647355876379.1603, 114509511541823.73, -8127702555013251.0, 2.024394757135949e17, -7.788771962659501e17,
];
const Y1_BELOW: readonly number[] = [
  594.3015923461282, 235564.09294306856, 73481194.44597217, 18760131610.870617, 3882312774962.3857, 620557727146953.8, 6.871410873553005e16,
  3.9727060811656064e18,
];

/** `Y1(x)`: `-∞` at 0, NaN below. */
export function besselY1(x: number): number {
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (x < 0) return Number.NaN;
  if (x > 5) return asymptotic(x, order1, true);
  const z = x * x;
  return (x * polynomial(z, Y1_ABOVE)) / polynomial(z, Y1_BELOW) + TWO_OVER_PI * (besselJ1(x) * Math.log(x) - 1 / x);
}
