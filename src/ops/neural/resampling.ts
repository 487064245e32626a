/** Resampling along one dimension: which elements each new one is made of, with which weights. */

import { float64, int64 } from "../../core/dtype.js";
import { fromHost } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";

/** The elements that each of `places` new ones is made of: `taps` lists of indices, and of weights where they are not all 1. */
export interface Taps {
  readonly places: number;
  readonly indices: readonly (readonly number[])[];
  readonly weights: readonly (readonly number[])[] | null;
}

/** Rounds as the arithmetic does in which PyTorch computes coordinates. */
export type Rounding = (x: number) => number;

/** What resampling a dimension depends on; `factor` is that of the sizes if it was given. */
export interface Resampling {
  readonly size: number;
  readonly places: number;
  readonly factor: number | null;
  readonly alignCorners: boolean;
  readonly round: Rounding;
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** The element nearest to each place, with coordinates in float32; `exact` takes the middle of the place, not its beginning. */
export function nearestTaps({ size, places, factor }: Resampling, exact: boolean): Taps {
  const scale = Math.fround(factor !== null && factor > 0 ? 1 / factor : Math.fround(size) / Math.fround(places));
  const indices = range(places).map((i) => {
    if (!exact && size === places) return i;
    if (!exact && places === 2 * size) return i >> 1;
    return Math.min(Math.floor(Math.fround((exact ? i + 0.5 : i) * scale)), size - 1);
  });
  return { places, indices: [indices], weights: null };
}

/** The distance between neighbouring places. */
function scaleOf({ size, places, factor, alignCorners, round }: Resampling): number {
  if (alignCorners) return places > 1 ? round((size - 1) / (places - 1)) : 0;
  return factor !== null && factor > 0 ? round(1 / factor) : round(size / places);
}

/** The coordinate of a place. */
function coordinate(i: number, scale: number, { alignCorners, round }: Resampling): number {
  return alignCorners ? round(scale * i) : round(round(scale * round(i + 0.5)) - 0.5);
}

/** The two neighbours of each place. */
export function linearTaps(of: Resampling): Taps {
  const { size, places, round } = of;
  const scale = scaleOf(of);
  const [low, high, left, right]: number[][] = [[], [], [], []];
  for (let i = 0; i < places; i++) {
    const at = size === places ? i : Math.max(coordinate(i, scale, of), 0);
    const first = Math.min(Math.floor(at), size - 1);
    const rest = Math.min(Math.max(round(at - first), 0), 1);
    low?.push(first);
    high?.push(Math.min(first + 1, size - 1));
    left?.push(round(1 - rest));
    right?.push(rest);
  }
  return { places, indices: [low as number[], high as number[]], weights: [left as number[], right as number[]] };
}

/** The weights of four neighbours by cubic convolution (Keys 1981) with parameter `a`, at distance `t` from the second. */
export function cubicWeights(t: number, a: number): [number, number, number, number] {
  const near = (x: number): number => ((a + 2) * x - (a + 3)) * x * x + 1;
  const far = (x: number): number => ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return [far(t + 1), near(t), near(1 - t), far(2 - t)];
}

/** The four neighbours of each place; beyond the ends, those are repeated. */
export function cubicTaps(of: Resampling): Taps {
  const { size, places } = of;
  const scale = scaleOf(of);
  const indices = range(4).map((): number[] => []);
  const weights = range(4).map((): number[] => []);
  for (let i = 0; i < places; i++) {
    const at = coordinate(i, scale, of);
    const first = Math.floor(at);
    cubicWeights(at - first, -0.75).forEach((weight, k) => {
      indices[k]?.push(Math.min(Math.max(first - 1 + k, 0), size - 1));
      weights[k]?.push(weight);
    });
  }
  return { places, indices, weights };
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Filters for shrinking without aliasing: their values at a distance, and how far they reach. */
const filters = {
  bilinear: { reach: 1, value: (x: number): number => Math.max(1 - Math.abs(x), 0) },
  bicubic: {
    reach: 2,
    value: (x: number): number => {
      const t = Math.abs(x);
      if (t >= 2) return 0;
      return t < 1 ? cubicWeights(t, -0.5)[1] : cubicWeights(t - 1, -0.5)[0];
    },
  },
  lanczos: { reach: 3, value: (x: number): number => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
} as const;

/** Every element within reach of a filter that is stretched as the places are apart. */
export function filterTaps(of: Resampling, mode: keyof typeof filters): Taps {
  const { size, places, round } = of;
  const { reach, value } = filters[mode];
  const scale = scaleOf(of);
  const stretch = Math.max(scale, 1);
  const windows = range(places).map((i) => {
    const center = round(scale * (i + 0.5));
    const from = Math.max(Math.trunc(center - reach * stretch + 0.5), 0);
    const to = Math.min(Math.trunc(center + reach * stretch + 0.5), size);
    const weights = range(Math.max(to - from, 0)).map((j) => value((j + from - center + 0.5) / stretch));
    const total = weights.reduce((sum, w) => sum + w, 0);
    return { from, weights: weights.map((w) => (total === 0 ? w : w / total)) };
  });
  const longest = windows.reduce((n, { weights }) => Math.max(n, weights.length), 1);
  return {
    places,
    indices: range(longest).map((k) => windows.map(({ from }) => Math.min(from + k, size - 1))),
    weights: range(longest).map((k) => windows.map(({ weights }) => weights[k] ?? 0)),
  };
}

/** A tensor (of float32 or float64 where there are weights) made of the elements that the taps name along a dimension. */
export function resample(input: Tensor, dim: number, { places, indices, weights }: Taps): Tensor {
  const { backend } = input.storage;
  const shape = input.shape.map((_, d) => (d === dim ? places : 1));
  const parts = indices.map((list, k) => {
    const chosen = input.indexSelect(dim, fromHost(BigInt64Array.from(list, BigInt), [places], int64, backend));
    if (weights === null) return chosen;
    const values = (input.dtype === float64 ? Float64Array : Float32Array).from(weights[k] as readonly number[]);
    return chosen.mul(fromHost(values, shape, input.dtype, backend));
  });
  return parts.reduce((sum, part) => sum.add(part));
}
