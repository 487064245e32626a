/** Discrete distributions: trials, waiting times and counts. */

import { ArgumentError } from "../../../core/errors.js";
import { type Elements, type FloatElements, loadFrom, storeInto } from "./elements.js";
import type { Mt19937 } from "./mt19937.js";

/**
 * Ones with probability `p`, else zeros: one 53-bit uniform each, compared with `p`. `Tensor.bernoulli_(p)`, and so dropout.
 * @throws ArgumentError unless `p` is in [0, 1].
 */
export function bernoulli_(generator: Mt19937, elements: Elements, p = 0.5): void {
  if (!(p >= 0 && p <= 1)) throw new ArgumentError(`bernoulli_ expects p to be in [0, 1], but got p=${p}`);
  const { data, start, count } = elements;
  if (data instanceof Float32Array || data instanceof Float64Array || data instanceof Uint8Array) {
    return generator.below53(p, data, start, count);
  }
  const store = storeInto(elements);
  for (let i = 0; i < count; i++) store(i, generator.uniform53() < p ? 1 : 0);
}

/**
 * Ones with the probabilities given, one an element: `torch.bernoulli(p)`. Probabilities in float64 are compared with 53-bit
 * uniforms, any others with 24-bit ones.
 *
 * @throws ArgumentError if there are too few probabilities or one is outside [0, 1].
 */
export function bernoulliEach_(generator: Mt19937, elements: Elements, probabilities: FloatElements): void {
  checkCount("bernoulli", elements, probabilities);
  const store = storeInto(elements);
  const load = loadFrom(probabilities);
  const isDouble = probabilities.dtype === "float64";
  for (let i = 0; i < elements.count; i++) {
    const p = load(i);
    if (!(p >= 0 && p <= 1)) throw new ArgumentError(`bernoulli expects probabilities in [0, 1], but got ${p}`);
    store(i, (isDouble ? generator.uniform53() : generator.uniform24()) < p ? 1 : 0);
  }
}

/**
 * The number of trials up to the first success: `ceil(log(u) / log1p(-p))` in float64. `Tensor.geometric_`.
 * @throws ArgumentError unless `p` is in (0, 1).
 */
export function geometric_(generator: Mt19937, elements: Elements, p: number): void {
  if (!(p > 0 && p < 1)) throw new ArgumentError(`geometric_ expects p to be in (0, 1), but got p=${p}`);
  const store = storeInto(elements);
  const logFailure = Math.log1p(-p);
  for (let i = 0; i < elements.count; i++) store(i, Math.ceil(Math.log(generator.uniform53()) / logFailure));
}

/**
 * Poisson counts of the rates given, one an element: `torch.poisson`. Rates below 10 multiply uniforms until they fall under
 * `exp(-rate)` (Knuth); others use the transformed rejection of Hörmann, "The transformed rejection method for generating Poisson
 * random variables", 1993.
 *
 * @throws ArgumentError if there are too few rates or one is negative.
 */
export function poisson_(generator: Mt19937, elements: FloatElements, rates: FloatElements): void {
  checkCount("poisson", elements, rates);
  const store = storeInto(elements);
  const load = loadFrom(rates);
  for (let i = 0; i < elements.count; i++) store(i, samplePoisson(generator, load(i)));
}

function samplePoisson(generator: Mt19937, rate: number): number {
  if (!(rate >= 0)) throw new ArgumentError(`poisson: a rate is not negative, ${rate} is`);
  if (rate >= 10) return poissonByRejection(generator, rate);
  if (rate === 0) return 0;
  const threshold = Math.exp(-rate);
  let count = 0;
  let product = generator.uniform53();
  while (product > threshold) {
    count++;
    product *= generator.uniform53();
  }
  return count;
}

function poissonByRejection(generator: Mt19937, rate: number): number {
  const logRate = Math.log(rate);
  const b = 0.931 + 2.53 * Math.sqrt(rate);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = generator.uniform53() - 0.5;
    const v = generator.uniform53();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const logRatio = Math.log(v) + Math.log(inverseAlpha) - Math.log(a / (us * us) + b);
    if (logRatio <= -rate + k * logRate - logFactorial(k)) return k;
  }
}

/** The logarithm of k!: a sum of logarithms, or Stirling's series where its next term is below float64. */
function logFactorial(k: number): number {
  if (k < 16) {
    let product = 1;
    for (let i = 2; i <= k; i++) product *= i;
    return Math.log(product);
  }
  const x = k + 1;
  const xx = x * x;
  const series = (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / xx) / xx) / xx) / xx) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series;
}

/**
 * Binomial counts: successes in `trials` at `probabilities`, one pair an element. `torch.binomial`. Below 10 expected successes (or
 * failures) it sums geometric waiting times; above, it is the algorithm BTRS of Hörmann, "The generation of binomial random
 * variates", 1993.
 *
 * The arrays share one dtype, float32 or float64, and the terms made of them alone are rounded to it.
 * @throws ArgumentError if there are too few trials or probabilities.
 */
export function binomial_(generator: Mt19937, elements: FloatElements, trials: FloatElements, probabilities: FloatElements): void {
  checkCount("binomial", elements, trials);
  checkCount("binomial", elements, probabilities);
  const round = elements.dtype === "float64" ? (value: number): number => value : Math.fround;
  const store = storeInto(elements);
  const [count, probability] = [loadFrom(trials), loadFrom(probabilities)];
  for (let i = 0; i < elements.count; i++) store(i, sampleBinomial(generator, count(i), probability(i), round));
}

type Round = (value: number) => number;

function sampleBinomial(generator: Mt19937, n: number, p: number, round: Round): number {
  if (n <= 0 || p <= 0) return 0;
  if (p >= 1) return n;
  if (Number.isNaN(p)) return Number.NaN;
  const rarer = p <= 0.5 ? p : round(1 - p);
  const sample = round(n * rarer) >= 10 ? btrs : sumOfWaits;
  const successes = sample(generator, n, rarer, round);
  return p <= 0.5 ? successes : round(n - successes);
}

/** How many geometric waiting times fit into `n` trials. */
function sumOfWaits(generator: Mt19937, n: number, p: number, round: Round): number {
  const logFailure = round(Math.log1p(-p));
  let successes = 0;
  let trials = Math.ceil(Math.log(generator.uniform53()) / logFailure);
  while (trials <= n) {
    successes = round(successes + 1);
    trials += Math.ceil(Math.log(generator.uniform53()) / logFailure);
  }
  return successes;
}

function btrs(generator: Mt19937, n: number, p: number, round: Round): number {
  const mean = round(n * p);
  const std = round(Math.sqrt(round(mean * round(1 - p))));
  const b = 1.15 + 2.53 * std;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const c = mean + 0.5;
  const squeeze = 0.92 - 4.2 / b;
  const odds = round(p / round(1 - p));
  const alpha = (2.83 + 5.1 / b) * std;
  const m = Math.floor(round(round(n + 1) * p));
  for (;;) {
    const u = generator.uniform53() - 0.5;
    const v = generator.uniform53();
    const us = 0.5 - Math.abs(u);
    const k = round(Math.floor(((2 * a) / us + b) * u + c));
    if (k < 0 || k > n) continue;
    if (us >= 0.07 && v <= squeeze) return k;
    const rest = round(round(n - k) + 1);
    const bound =
      (m + 0.5) * Math.log((m + 1) / (odds * (n - m + 1))) +
      round(n + 1) * Math.log((n - m + 1) / rest) +
      (k + 0.5) * Math.log((odds * rest) / round(k + 1)) +
      stirlingTail(m) +
      stirlingTail(n - m) -
      stirlingTail(k) -
      stirlingTail(round(n - k));
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= bound) return k;
  }
}

const stirlingTails: readonly number[] = [
  0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211, 0.0138761288230707,
  0.0118967099458917, 0.010411265261972, 0.00925546218271273, 0.00833056343336287,
];

/** What Stirling's formula leaves out of the logarithm of k!. */
function stirlingTail(k: number): number {
  const known = k < stirlingTails.length ? stirlingTails[Math.trunc(k)] : undefined;
  if (known !== undefined) return known;
  const squared = (k + 1) * (k + 1);
  return (1 / 12 - (1 / 360 - 1 / 1260 / squared) / squared) / (k + 1);
}

function checkCount(op: string, elements: Elements, given: FloatElements): void {
  if (given.count < elements.count) {
    throw new ArgumentError(`${op}: ${elements.count} elements need as many parameters, there are ${given.count}`);
  }
}
