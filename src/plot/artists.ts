/** What an axes holds: the things drawn, in data coordinates, with every style already decided. */

import type { ColorScale } from "./colormap.js";
import type { Marker } from "./style.js";

/** Points, each with a size and a colour. */
export interface Scatter {
  readonly kind: "scatter";
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Areas of the points in square points; one for all or one each. */
  readonly sizes: number | readonly number[];
  /** One colour for all, or one value each, coloured by the scale `colormap`. */
  readonly color: string | readonly number[];
  readonly colormap: ColorScale;
  readonly marker: Marker;
  readonly alpha: number;
  readonly label: string | undefined;
}

/** A line through points in their order; it breaks where a coordinate is not finite. */
export interface Line {
  readonly kind: "line";
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly color: string;
  readonly linewidth: number;
  readonly dashes: readonly number[];
  readonly alpha: number;
  readonly label: string | undefined;
}

/** Upright rectangles that stand on zero. */
export interface Bars {
  readonly kind: "bars";
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly heights: readonly number[];
  readonly color: string;
  readonly alpha: number;
  readonly label: string | undefined;
}

/** A grid of values shown as colours; the centre of row i and column j lies at (j, i). */
export interface Image {
  readonly kind: "image";
  readonly rows: readonly (readonly number[])[];
  readonly colormap: ColorScale;
  readonly range: readonly [low: number, high: number];
  readonly label: undefined;
}

/** Anything drawn in an axes. */
export type Artist = Scatter | Line | Bars | Image;

/** Smallest and largest finite number; undefined if there is none. */
export function extent(values: Iterable<number>): [low: number, high: number] | undefined {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : undefined;
}

/**
 * Leaves out of an artist what a logarithmic axis cannot show: coordinates that are not positive become NaN.
 *
 * @param artist - what is drawn
 * @param axis - the logarithmic axis
 */
export function positiveOnly<T extends Artist>(artist: T, axis: "x" | "y"): T {
  const keep = (values: readonly number[]): number[] => values.map((value) => (value > 0 ? value : Number.NaN));
  switch (artist.kind) {
    case "scatter":
    case "line":
      return { ...artist, [axis]: keep(artist[axis]) };
    case "bars":
      return axis === "x" ? { ...artist, left: keep(artist.left) } : { ...artist, heights: keep(artist.heights) };
    case "image":
      return artist;
  }
}
