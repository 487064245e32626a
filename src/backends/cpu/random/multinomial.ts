/** Drawing categories by their weights. */

import { ArgumentError } from "../../../core/errors.js";
import { exponential_ } from "./continuous.js";
import { copyOf, type FloatElements, type IntegerElements, loadFrom, rounding, storeInto } from "./elements.js";
import type { Mt19937 } from "./mt19937.js";

/**
 * Indices of categories, `samples` for each row of `categories` weights, drawn by their weights: `torch.multinomial`.
 *
 * Without replacement, or for a single sample, it is a race: each weight is divided by an exponential number, and the largest
 * quotients win, largest first (equal ones by index, which PyTorch leaves open). With replacement, each sample is a 53-bit uniform
 * looked up in the cumulative weights.
 *
 * @param elements int64 of `rows * samples`.
 * @param weights `rows * categories`, not negative, not all zero in a row; they need not sum to 1.
 * @throws ArgumentError if the weights are invalid or `samples` is below 1 or, without replacement, above `categories`.
 */
export function multinomial_(
  generator: Mt19937,
  elements: IntegerElements,
  weights: FloatElements,
  categories: number,
  samples: number,
  replacement = false,
): void {
  if (!(samples > 0)) throw new ArgumentError(`multinomial: cannot sample n_sample <= 0 samples, got ${samples}`);
  if (!replacement && samples > categories) {
    throw new ArgumentError(`multinomial: cannot sample ${samples} of ${categories} categories without replacement`);
  }
  if (categories > 2 ** 24) throw new ArgumentError(`multinomial: number of categories cannot exceed 2^24, got ${categories}`);
  const rows = weights.count / categories;
  if (!Number.isInteger(rows) || elements.count !== rows * samples) {
    throw new ArgumentError(
      `multinomial: ${weights.count} weights in rows of ${categories} do not give ${elements.count} samples of ${samples} a row`,
    );
  }
  const store = storeInto(elements);
  const load = loadFrom(weights);
  if (!replacement || samples === 1) {
    for (let row = 0; row < rows; row++) checkWeights(load, row * categories, categories);
    const race = exponentials(generator, weights);
    const round = rounding(weights.dtype);
    for (let row = 0; row < rows; row++) {
      const first = row * categories;
      const quotients = Float64Array.from({ length: categories }, (_, i) => round(load(first + i) / race(first + i)));
      largestFirst(quotients, samples).forEach((category, i) => {
        store(row * samples + i, category);
      });
    }
    return;
  }
  for (let row = 0; row < rows; row++) {
    checkWeights(load, row * categories, categories);
    const cumulative = cumulate(load, row * categories, categories, weights.dtype);
    for (let i = 0; i < samples; i++) store(row * samples + i, lookUp(cumulative, generator.uniform53()));
  }
}

/** An exponential number for each weight, in the weights' dtype. */
function exponentials(generator: Mt19937, weights: FloatElements): (at: number) => number {
  const numbers = copyOf(weights);
  exponential_(generator, numbers, 1);
  return loadFrom(numbers);
}

/** The indices of the `count` largest values, largest first. */
function largestFirst(values: Float64Array, count: number): number[] {
  if (count === 1) {
    let best = 0;
    for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i;
    return [best];
  }
  const order = Array.from(values, (_, i) => i);
  order.sort((a, b) => (values[b] as number) - (values[a] as number) || a - b);
  return order.slice(0, count);
}

/** The running sums of a row divided by its total, rounded at each step to float32, or float64 for float64 weights. */
function cumulate(
  load: (at: number) => number,
  first: number,
  categories: number,
  dtype: FloatElements["dtype"],
): Float32Array | Float64Array {
  const cumulative = dtype === "float64" ? new Float64Array(categories) : new Float32Array(categories);
  let sum = 0;
  for (let i = 0; i < categories; i++) {
    cumulative[i] = sum + load(first + i);
    sum = cumulative[i] as number;
  }
  for (let i = 0; i < categories; i++) cumulative[i] = (cumulative[i] as number) / sum;
  cumulative[categories - 1] = 1;
  return cumulative;
}

/** The first category whose cumulative weight is at least `u`. */
function lookUp(cumulative: Float32Array | Float64Array, u: number): number {
  let left = 0;
  let right = cumulative.length;
  while (left < right) {
    const middle = (left + right) >> 1;
    if ((cumulative[middle] as number) < u) left = middle + 1;
    else right = middle;
  }
  return left;
}

function checkWeights(load: (at: number) => number, first: number, categories: number): void {
  let sum = 0;
  for (let i = first; i < first + categories; i++) {
    const weight = load(i);
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      throw new ArgumentError(`multinomial: probability tensor contains either inf, nan or element < 0, such as ${weight}`);
    }
    sum += weight;
  }
  if (!(sum > 0)) throw new ArgumentError("multinomial: invalid multinomial distribution (sum of probabilities <= 0)");
}
