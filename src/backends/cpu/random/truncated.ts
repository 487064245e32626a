/** The normal distribution cut off at both ends. */

import { normal_, uniform_ } from "./continuous.js";
import { copyOf, type FloatElements, loadFrom, rounding, storeInto } from "./elements.js";
import type { Mt19937 } from "./mt19937.js";

/**
 * Normal numbers within [a, b], by rejection: `torch.nn.init.trunc_normal_` as of PyTorch 2.13.
 *
 * When more than 0.3 of the distribution lies within the bounds, the candidates are normal, else uniform with a second uniform to
 * accept them. Each round draws a whole new run and replaces what is still rejected.
 *
 * @example
 * const data = new Float32Array(512);
 * truncNormal_(generator, { dtype: "float32", data, start: 0, count: 512 }, 0, 0.02, -0.04, 0.04);
 */
export function truncNormal_(generator: Mt19937, elements: FloatElements, mean = 0, std = 1, a = -2, b = 2): void {
  if (elements.count === 0) return;
  const within = normalCdf((b - mean) / std) - normalCdf((a - mean) / std);
  if (within > 0.3) rejectNormals(generator, elements, mean, std, a, b);
  else rejectUniforms(generator, elements, mean, std, a, b);
}

function rejectNormals(generator: Mt19937, elements: FloatElements, mean: number, std: number, a: number, b: number): void {
  const round = rounding(elements.dtype);
  const [low, high] = [round(a), round(b)];
  normal_(generator, elements, mean, std);
  const [load, store] = [loadFrom(elements), storeInto(elements)];
  const isOutside = (i: number): boolean => load(i) < low || load(i) > high;
  const candidates = copyOf(elements);
  const candidate = loadFrom(candidates);
  let rejected = range(elements.count).filter(isOutside);
  while (rejected.length > 0) {
    normal_(generator, candidates, mean, std);
    for (const i of rejected) store(i, candidate(i));
    rejected = rejected.filter(isOutside);
  }
}

function rejectUniforms(generator: Mt19937, elements: FloatElements, mean: number, std: number, a: number, b: number): void {
  const round = rounding(elements.dtype);
  const mode = Math.max(a, Math.min(mean, b));
  const logPeak = -0.5 * ((mode - mean) / std) ** 2;
  // The steps run in the tensor's dtype, one rounding each; PyTorch rounds the scalar of a half tensor's sum to the half type
  // beforehand, and that of its quotient to float32.
  const divisor = elements.dtype === "float64" ? std : Math.fround(std);
  const logDensity = (x: number): number => {
    const z = round(round(x - round(mean)) / divisor);
    return round(round(round(z * z) * -0.5) - round(logPeak));
  };
  const store = storeInto(elements);
  const [candidates, heights] = [copyOf(elements), copyOf(elements)];
  const [candidate, height] = [loadFrom(candidates), loadFrom(heights)];
  let pending = range(elements.count);
  while (pending.length > 0) {
    uniform_(generator, candidates, a, b);
    uniform_(generator, heights);
    for (const i of pending) store(i, candidate(i));
    pending = pending.filter((i) => round(Math.log(height(i))) > logDensity(candidate(i)));
  }
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function normalCdf(x: number): number {
  return (1 + erf(x / Math.SQRT2)) / 2;
}

/** The error function: `2/sqrt(pi) sum (-1)^n x^(2n+1) / (n! (2n+1))` in its form of positive terms, for |x| < 6. */
function erf(x: number): number {
  if (Math.abs(x) >= 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
