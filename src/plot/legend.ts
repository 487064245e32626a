/** The legend: a layer without visible points, whose scales pair each label with its colour, symbol and dashes. */

import type { Artist } from "./artists.js";
import { fraction, type Limits, type ScaleType } from "./limits.js";
import type { LegendLocation } from "./options.js";
import type { Layer } from "./vegalite.js";

type Corner = Exclude<LegendLocation, "best">;

const orients = {
  "upper right": "top-right",
  "upper left": "top-left",
  "lower left": "bottom-left",
  "lower right": "bottom-right",
} as const;

/** The two axes, to tell where points lie. */
export interface Frame {
  readonly x: { readonly limits: Limits; readonly scale: ScaleType };
  readonly y: { readonly limits: Limits; readonly scale: ScaleType };
}

interface Entry {
  readonly label: string;
  readonly color: string;
  readonly shape: string;
  readonly dashes: readonly number[];
}

/** Points in the legend, in points across. */
const MARKER_SIZE = 6;
const LINE_LENGTH = 20;

/** A stretch of line; Vega scales symbols so that ±1 is the radius of a point, and takes no note of what reaches beyond. */
const lineShape = `M${-LINE_LENGTH / MARKER_SIZE},0L${LINE_LENGTH / MARKER_SIZE},0`;

/**
 * Gives the layer that carries the legend; undefined if nothing has a label.
 *
 * @param artists - what is drawn
 * @param location - the corner, or `best` for the one with the fewest points
 * @param frame - the axes
 */
export function legendLayer(artists: readonly Artist[], location: LegendLocation, frame: Frame): Layer | undefined {
  const entries = artists.flatMap(legendEntry);
  if (entries.length === 0) return undefined;
  const corner = location === "best" ? emptiestCorner(artists, frame) : location;
  const ids = entries.map((_, i) => String(i));
  const scale = <T>(range: T[]): { domain: string[]; range: T[] } => ({ domain: ids, range });
  const legend = {
    orient: orients[corner],
    title: null,
    labelExpr: `${JSON.stringify(entries.map(({ label }) => label))}[datum.value]`,
    labelOffset: LINE_LENGTH / 2,
    symbolOffset: (LINE_LENGTH - MARKER_SIZE) / 2,
    symbolOpacity: 1,
    symbolSize: MARKER_SIZE ** 2,
    symbolStrokeWidth: 1.5,
  };
  const channel = { field: "entry", type: "nominal", legend } as const;
  const colors = scale(entries.map(({ color }) => color));
  return {
    data: { values: ids.map((entry) => ({ entry })) },
    mark: { type: "point", opacity: 0 },
    encoding: {
      fill: { ...channel, scale: colors },
      stroke: { ...channel, scale: colors },
      shape: { ...channel, scale: scale(entries.map(({ shape }) => shape)) },
      strokeDash: { ...channel, scale: scale(entries.map(({ dashes }) => [...dashes])) },
    },
  };
}

function legendEntry(artist: Artist): Entry[] {
  const { label } = artist;
  if (label === undefined) return [];
  switch (artist.kind) {
    case "scatter": {
      const color = typeof artist.color === "string" ? artist.color : "#7f7f7f";
      return [{ label, color, shape: artist.marker.shape, dashes: [] }];
    }
    case "line":
      return [{ label, color: artist.color, shape: lineShape, dashes: artist.dashes }];
    case "bars":
      return [{ label, color: artist.color, shape: "square", dashes: [] }];
  }
}

/** In Matplotlib's order of preference. */
const corners: readonly Corner[] = ["upper right", "upper left", "lower left", "lower right"];

/** The part of the width and height that a legend is taken to cover. */
const COVERED = 0.35;

function emptiestCorner(artists: readonly Artist[], frame: Frame): Corner {
  const counts = new Map(corners.map((corner) => [corner, 0]));
  for (const [x, y] of artists.flatMap(landmarks)) {
    const across = fraction(x, frame.x.limits, frame.x.scale);
    const up = fraction(y, frame.y.limits, frame.y.scale);
    const side = across > 1 - COVERED ? "right" : across < COVERED ? "left" : undefined;
    const level = up > 1 - COVERED ? "upper" : up < COVERED ? "lower" : undefined;
    if (side === undefined || level === undefined) continue;
    const corner = `${level} ${side}` as const;
    counts.set(corner, (counts.get(corner) ?? 0) + 1);
  }
  return corners.reduce((best, corner) => ((counts.get(corner) ?? 0) < (counts.get(best) ?? 0) ? corner : best));
}

/** Points that a legend should not cover. */
function landmarks(artist: Artist): (readonly [x: number, y: number])[] {
  switch (artist.kind) {
    case "scatter":
    case "line":
      return artist.x.map((x, i) => [x, artist.y[i] ?? Number.NaN]);
    case "bars":
      return artist.left.flatMap((left, i) => {
        const middle = (left + (artist.right[i] ?? left)) / 2;
        const height = artist.heights[i] ?? 0;
        return [0.2, 0.4, 0.6, 0.8, 1].map((part) => [middle, part * height] as const);
      });
    case "image":
      return [];
  }
}
