/** The gamma and Dirichlet distributions. */

import { ArgumentError } from "../../../core/errors.js";
import { standardNormal } from "./continuous.js";
import { type FloatElements, loadFrom, rounding, storeInto } from "./elements.js";
import type { Mt19937 } from "./mt19937.js";

/** Smallest normal positive numbers. */
const MIN_FLOAT32 = 2 ** -126;
const MIN_FLOAT64 = 2 ** -1022;

// Constants that PyTorch's sampler writes as float32.
const THIRD = Math.fround(1 / 3);
const SQUEEZE = Math.fround(0.0331);

/**
 * Gamma numbers of scale 1 and the shapes `alpha` given, one an element: `torch._standard_gamma`, the sampler of
 * `torch.distributions.Gamma`. Source: Marsaglia and Tsang, "A simple method for generating gamma variables", 2000.
 *
 * @throws ArgumentError if there are too few shapes.
 */
export function standardGamma_(generator: Mt19937, elements: FloatElements, alpha: FloatElements): void {
  if (alpha.count < elements.count) {
    throw new ArgumentError(`standardGamma: ${elements.count} elements need as many shapes, there are ${alpha.count}`);
  }
  const store = storeInto(elements);
  const load = loadFrom(alpha);
  const round = rounding(elements.dtype);
  const smallest = elements.dtype === "float64" ? MIN_FLOAT64 : MIN_FLOAT32;
  for (let i = 0; i < elements.count; i++) store(i, Math.max(smallest, round(sampleGamma(generator, load(i), round))));
}

/**
 * Points of the simplex, `categories` numbers a row that sum to 1: `torch._sample_dirichlet`, the sampler of
 * `torch.distributions.Dirichlet`. Each row is gamma numbers, in float64, divided by their sum.
 *
 * @throws ArgumentError if there are too few concentrations or the rows do not fill the elements.
 */
export function dirichlet_(generator: Mt19937, elements: FloatElements, concentrations: FloatElements, categories: number): void {
  const { count, dtype } = elements;
  if (concentrations.count < count || count % categories !== 0) {
    throw new ArgumentError(`dirichlet: ${count} elements, ${concentrations.count} concentrations, rows of ${categories}`);
  }
  const gammas = new Float64Array(count);
  const load = loadFrom(concentrations);
  for (let i = 0; i < count; i++) {
    gammas[i] = Math.max(
      MIN_FLOAT64,
      sampleGamma(generator, load(i), (value) => value),
    );
  }
  const store = storeInto(elements);
  const round = rounding(dtype);
  const smallest = dtype === "float64" ? MIN_FLOAT64 : MIN_FLOAT32;
  const belowOne = dtype === "float64" ? 1 - 2 ** -53 : 1 - 2 ** -24;
  for (let row = 0; row < count; row += categories) {
    let sum = 0;
    for (let i = row; i < row + categories; i++) sum += gammas[i] as number;
    for (let i = row; i < row + categories; i++) {
      store(i, Math.min(belowOne, Math.max(smallest, round((gammas[i] as number) / sum))));
    }
  }
}

/** One gamma number in float64; what depends on `alpha` alone is rounded to its dtype. */
function sampleGamma(generator: Mt19937, alpha: number, round: (value: number) => number): number {
  if (alpha === 0) return 0;
  // A shape below 1 is drawn as alpha + 1 and scaled down: it is accepted more often.
  const isSmall = alpha < 1;
  const scale = isSmall ? (1 - generator.uniform53()) ** round(1 / alpha) : 1;
  const d = round((isSmall ? round(alpha + 1) : alpha) - THIRD);
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    let x: number;
    let y: number;
    do {
      x = standardNormal(generator);
      y = 1 + c * x;
    } while (y <= 0);
    const v = y * y * y;
    const u = 1 - generator.uniform53();
    const xx = x * x;
    if (u < 1 - SQUEEZE * xx * xx) return scale * d * v;
    if (Math.log(u) < 0.5 * xx + d * (1 - v + Math.log(v))) return scale * d * v;
  }
}
