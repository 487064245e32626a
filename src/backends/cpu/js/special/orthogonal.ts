/**
 * Orthogonal polynomials, by their three-term recurrences. Degrees are cut to whole numbers; those below 0 give 0. Inside of `[-1, 1]`
 * the Chebyshev polynomials of higher degrees are evaluated by their trigonometric definitions, which are as exact and take one step.
 *
 * Source: DLMF 18.5 and 18.9.
 */

/** `2x · p_{k-1} - p_{k-2}` from the two first polynomials on. */
function chebyshev(x: number, n: number, first: number): number {
  if (n < 0) return 0;
  if (n === 0) return 1;
  let [before, value] = [1, first];
  for (let k = 2; k <= n && !Number.isNaN(value); k++) [before, value] = [value, 2 * x * value - before];
  return value;
}

/** From this degree on the trigonometric form is taken. */
const HIGH = 9;

const isInside = (x: number, n: number): boolean => n >= HIGH && x > -1 && x < 1;

/** `T_n(cos θ) = cos(nθ)` */
export function chebyshevT(x: number, degree: number): number {
  const n = Math.trunc(degree);
  return isInside(x, n) ? Math.cos(n * Math.acos(x)) : chebyshev(x, n, x);
}

/** `U_n(cos θ) = sin((n + 1)θ) / sin(θ)` */
export function chebyshevU(x: number, degree: number): number {
  const n = Math.trunc(degree);
  if (!isInside(x, n)) return chebyshev(x, n, 2 * x);
  const angle = Math.acos(x);
  return Math.sin((n + 1) * angle) / Math.sin(angle);
}

/** `V_n(cos θ) = cos((n + 1/2)θ) / cos(θ/2)` */
export function chebyshevV(x: number, degree: number): number {
  const n = Math.trunc(degree);
  if (!isInside(x, n)) return chebyshev(x, n, 2 * x - 1);
  const angle = Math.acos(x);
  return Math.cos((n + 0.5) * angle) / Math.cos(angle / 2);
}

/** `W_n(cos θ) = sin((n + 1/2)θ) / sin(θ/2)` */
export function chebyshevW(x: number, degree: number): number {
  const n = Math.trunc(degree);
  if (!isInside(x, n)) return chebyshev(x, n, 2 * x + 1);
  const angle = Math.acos(x);
  return Math.sin((n + 0.5) * angle) / Math.sin(angle / 2);
}

/** Runs a recurrence `p_{k+1} = step(k, p_k, p_{k-1})` up to degree `n`. */
function recurrence(n: number, first: number, step: (k: number, value: number, before: number) => number): number {
  if (!(n >= 0)) return 0;
  if (n === 0) return 1;
  let [before, value] = [1, first];
  for (let k = 1; k < n && !Number.isNaN(value); k++) [before, value] = [value, step(k, value, before)];
  return value;
}

/** Degrees of Hermite polynomials above this overflow and give NaN. */
const MOST_HERMITE = 512;

const hermite = (degree: number, first: number, step: (k: number, value: number, before: number) => number): number =>
  degree > MOST_HERMITE ? Number.NaN : recurrence(Math.trunc(degree), first, step);

/** `H_{n+1} = 2x · H_n - 2n · H_{n-1}` */
export const hermiteH = (x: number, degree: number): number => hermite(degree, 2 * x, (k, value, before) => 2 * x * value - 2 * k * before);

/** `He_{n+1} = x · He_n - n · He_{n-1}` */
export const hermiteHe = (x: number, degree: number): number => hermite(degree, x, (k, value, before) => x * value - k * before);

/** `(n + 1) · L_{n+1} = (2n + 1 - x) · L_n - n · L_{n-1}` */
export const laguerreL = (x: number, degree: number): number =>
  x === 0 && degree >= 0
    ? 1
    : recurrence(Math.trunc(degree), 1 - x, (k, value, before) => ((2 * k + 1 - x) * value - k * before) / (k + 1));

/** `(n + 1) · P_{n+1} = (2n + 1) · x · P_n - n · P_{n-1}` */
export const legendreP = (x: number, degree: number): number =>
  recurrence(Math.trunc(degree), x, (k, value, before) => ((2 * k + 1) * x * value - k * before) / (k + 1));
