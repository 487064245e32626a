/** Counting values in bins, as NumPy's `histogram`. */

import { extent } from "./artists.js";
import type { HistOptions } from "./options.js";

/** The heights of bins, and their edges, of which there is one more. */
export interface Histogram {
  readonly n: number[];
  readonly bins: number[];
}

/**
 * Counts values in bins, each of which holds its lower edge but not its upper one, except the last, which holds both.
 *
 * @param values - the values; those outside the bins are left out
 * @param options - bins, range and density
 * @throws RangeError if the bins are not at least one or their edges do not increase
 */
export function histogram(values: readonly number[], options: Pick<HistOptions, "bins" | "range" | "density">): Histogram {
  const { bins = 10, density = false } = options;
  const edges = typeof bins === "number" ? equalEdges(bins, options.range ?? extent(values) ?? [0, 1]) : [...bins];
  if (edges.length < 2 || edges.some((edge, i) => i > 0 && !(edge > (edges[i - 1] ?? Infinity)))) {
    throw new RangeError(`hist: the edges of the bins must increase, not ${edges.join(", ")}`);
  }
  const counts = new Array<number>(edges.length - 1).fill(0);
  for (const value of values) {
    const bin = findBin(value, edges);
    if (bin !== undefined) counts[bin] = (counts[bin] ?? 0) + 1;
  }
  if (!density) return { n: counts, bins: edges };
  const total = counts.reduce((sum, count) => sum + count, 0);
  return { n: counts.map((count, i) => count / total / ((edges[i + 1] ?? 0) - (edges[i] ?? 0))), bins: edges };
}

function equalEdges(count: number, [low, high]: readonly [number, number]): number[] {
  if (!Number.isInteger(count) || count < 1) throw new RangeError(`hist: bins must be a whole number, 1 or more, not ${count}`);
  const [first, last] = low === high ? [low - 0.5, high + 0.5] : [low, high];
  return Array.from({ length: count + 1 }, (_, i) => (i === count ? last : first + ((last - first) * i) / count));
}

/** The bin of a value, found by bisection. */
function findBin(value: number, edges: readonly number[]): number | undefined {
  const last = edges.length - 1;
  if (!(value >= (edges[0] ?? Infinity) && value <= (edges[last] ?? -Infinity))) return undefined;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (value >= (edges[middle] ?? Infinity)) low = middle;
    else high = middle;
  }
  return low;
}
