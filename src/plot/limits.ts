/** The range of an axis: what was asked for, or what the data need, with Matplotlib's margin of 5 %. */

import { type Artist, extent } from "./artists.js";

/** How numbers map to places along an axis. */
export type ScaleType = "linear" | "log";

/** The two ends of an axis; the first is left or bottom. */
export type Limits = readonly [start: number, end: number];

/** What the user asked of an axis; an end left open follows the data. */
export interface AxisRange {
  readonly scale: ScaleType;
  readonly start: number | undefined;
  readonly end: number | undefined;
}

const MARGIN = 0.05;

/** Coordinates along one axis, and those ends at which no margin is wanted. */
interface Coverage {
  readonly values: readonly number[];
  readonly sticky: readonly number[];
}

/**
 * Gives the range of an axis.
 *
 * @param axis - which of the two
 * @param artists - what is drawn
 * @param range - what the user asked for
 */
export function axisLimits(axis: "x" | "y", artists: readonly Artist[], range: AxisRange): Limits {
  const images = artists.filter((artist) => artist.kind === "image");
  const [low, high] = automaticLimits(
    artists.map((artist) => coverage(axis, artist)),
    range.scale,
  );
  const [start, end] = axis === "y" && images.length > 0 ? [high, low] : [low, high];
  return [range.start ?? start, range.end ?? end];
}

function coverage(axis: "x" | "y", artist: Artist): Coverage {
  switch (artist.kind) {
    case "scatter":
    case "line":
      return { values: artist[axis], sticky: [] };
    case "bars":
      return axis === "x" ? { values: [...artist.left, ...artist.right], sticky: [] } : { values: [0, ...artist.heights], sticky: [0] };
    case "image": {
      const count = axis === "y" ? artist.rows.length : (artist.rows[0]?.length ?? 0);
      return { values: [-0.5, count - 0.5], sticky: [-0.5, count - 0.5] };
    }
  }
}

function automaticLimits(coverages: readonly Coverage[], scale: ScaleType): Limits {
  const usable = (value: number): boolean => Number.isFinite(value) && (scale === "linear" || value > 0);
  const found = extent(coverages.flatMap(({ values }) => values.filter(usable)));
  if (found === undefined) return scale === "log" ? [1, 10] : [0, 1];
  if (scale === "log") {
    const [low, high] = widen(Math.log10(found[0]), Math.log10(found[1]), []);
    return [10 ** low, 10 ** high];
  }
  return widen(
    ...found,
    coverages.flatMap(({ sticky }) => sticky),
  );
}

function widen(low: number, high: number, sticky: readonly number[]): Limits {
  if (low === high) {
    const half = Math.abs(low) * MARGIN || MARGIN;
    return [low - half, high + half];
  }
  const margin = (high - low) * MARGIN;
  return [sticky.includes(low) ? low : low - margin, sticky.includes(high) ? high : high + margin];
}

/** Where a value lies between two limits, from 0 to 1; outside that range, it is not seen. */
export function fraction(value: number, [start, end]: Limits, scale: ScaleType): number {
  if (scale === "linear") return (value - start) / (end - start);
  return Math.log(value / start) / Math.log(end / start);
}
