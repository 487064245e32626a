/** Splitting datasets. */

import { ArgumentError } from "../core/errors.js";
import { randperm } from "../ops/random/sampled.js";
import type { Generator } from "../tensor/generator.js";
import { type Dataset, datasetOf, Subset } from "./dataset.js";

/**
 * Splits a dataset at random into parts of the given lengths (or fractions that sum to 1).
 * @throws {ArgumentError} if the lengths do not sum to the dataset's.
 */
export function randomSplit<T>(
  source: Dataset<T> | readonly T[],
  lengths: readonly number[],
  options: { generator?: Generator | null } = {},
): Subset<T>[] {
  const dataset = datasetOf(source);
  const sizes = isFractions(lengths) ? fromFractions(lengths, dataset.length) : [...lengths];
  const total = sizes.reduce((a, b) => a + b, 0);
  if (total !== dataset.length)
    throw new ArgumentError(
      `randomSplit: Sum of input lengths does not equal the length of the input dataset: ${total}, not ${dataset.length}`,
    );
  const generator = options.generator ?? null;
  const order = randperm(total, generator === null ? {} : { generator }).tolist() as number[];
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return new Subset(dataset, order.slice(start - size, start));
  });
}

function isFractions(lengths: readonly number[]): boolean {
  const sum = lengths.reduce((a, b) => a + b, 0);
  return sum <= 1 + 1e-9 && sum > 1 - 1e-9 && lengths.every((length) => length >= 0 && length <= 1);
}

/** Sizes rounded down; what is left goes to the parts one by one. */
function fromFractions(fractions: readonly number[], total: number): number[] {
  const sizes = fractions.map((fraction) => Math.floor(total * fraction));
  const left = total - sizes.reduce((a, b) => a + b, 0);
  for (let i = 0; i < left; i++) sizes[i % sizes.length] = (sizes[i % sizes.length] as number) + 1;
  return sizes;
}
