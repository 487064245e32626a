/** Artists as layers of Vega-Lite. Neighbours of one style share a layer, so that a thousand small series stay quick. */

import type { Artist, Bars, Image, Line, Scatter } from "./artists.js";
import type { Encoding, Layer } from "./vegalite.js";

/** The encodings of x and y, which all layers share. */
export interface Position {
  readonly x: NonNullable<Encoding["x"]>;
  readonly y: NonNullable<Encoding["y"]>;
}

/**
 * Turns artists into layers, back to front.
 *
 * @param artists - what is drawn, back to front
 * @param position - how x and y are encoded
 * @param base - where bars stand
 */
export function toLayers(artists: readonly Artist[], position: Position, base: number): Layer[] {
  return groupNeighbours(artists).map((group) => groupLayer(group, position, base));
}

/** Artists of one style that can share a layer. */
type Group =
  | { readonly kind: "scatter"; readonly artists: [Scatter, ...Scatter[]] }
  | { readonly kind: "line"; readonly artists: [Line, ...Line[]] }
  | { readonly kind: "bars"; readonly artists: [Bars, ...Bars[]] }
  | { readonly kind: "image"; readonly artists: [Image] };

function groupNeighbours(artists: readonly Artist[]): Group[] {
  const groups: Group[] = [];
  for (const artist of artists) {
    if (!join(groups.at(-1), artist)) groups.push(open(artist));
  }
  return groups;
}

function open(artist: Artist): Group {
  switch (artist.kind) {
    case "scatter":
      return { kind: "scatter", artists: [artist] };
    case "line":
      return { kind: "line", artists: [artist] };
    case "bars":
      return { kind: "bars", artists: [artist] };
    case "image":
      return { kind: "image", artists: [artist] };
  }
}

/** Adds an artist to a group if they look alike, except for colours. */
function join(group: Group | undefined, artist: Artist): boolean {
  if (group === undefined || group.artists[0].kind !== artist.kind) return false;
  if (group.kind === "scatter" && artist.kind === "scatter") {
    const [first] = group.artists;
    const isPlain = typeof first.color === "string" && typeof artist.color === "string";
    if (!isPlain || first.marker !== artist.marker || first.alpha !== artist.alpha) return false;
    group.artists.push(artist);
    return true;
  }
  if (group.kind === "line" && artist.kind === "line") {
    const [first] = group.artists;
    const isAlike = first.linewidth === artist.linewidth && first.alpha === artist.alpha && String(first.dashes) === String(artist.dashes);
    if (isAlike) group.artists.push(artist);
    return isAlike;
  }
  if (group.kind === "bars" && artist.kind === "bars") {
    if (group.artists[0].alpha !== artist.alpha) return false;
    group.artists.push(artist);
    return true;
  }
  return false;
}

function groupLayer(group: Group, position: Position, base: number): Layer {
  switch (group.kind) {
    case "scatter":
      return scatterLayer(group.artists, position);
    case "line":
      return lineLayer(group.artists, position);
    case "bars":
      return barsLayer(group.artists, position, base);
    case "image":
      return imageLayer(group.artists[0], position);
  }
}

function scatterLayer(artists: readonly [Scatter, ...Scatter[]], position: Position): Layer {
  const [first] = artists;
  const values = artists.flatMap(({ x, y, sizes, color, marker }) =>
    x.map((value, i) => ({
      x: finite(value),
      y: finite(y[i]),
      color: typeof color === "string" ? color : finite(color[i]),
      size: (typeof sizes === "number" ? sizes : (sizes[i] ?? 0)) * marker.scale,
    })),
  );
  const color =
    typeof first.color === "string"
      ? literalColor
      : ({ field: "color", type: "quantitative", scale: first.colormap, legend: null } as const);
  return {
    data: { values },
    mark: { type: "point", filled: true, shape: first.marker.shape, opacity: first.alpha, strokeWidth: 0, clip: true },
    encoding: { ...position, color, size: literalSize },
  };
}

function lineLayer(artists: readonly [Line, ...Line[]], position: Position): Layer {
  const [{ linewidth, dashes, alpha }] = artists;
  const values = artists.flatMap(({ x, y, color }, series) =>
    x.map((value, order) => ({ x: finite(value), y: finite(y[order]), color, series, order })),
  );
  return {
    data: { values },
    mark: {
      type: "line",
      strokeWidth: linewidth,
      strokeDash: [...dashes],
      strokeJoin: "round",
      strokeCap: dashes.length === 0 ? "square" : "butt",
      opacity: alpha,
      clip: true,
    },
    encoding: {
      ...position,
      color: literalColor,
      detail: { field: "series", type: "nominal" },
      order: { field: "order", type: "quantitative" },
    },
  };
}

/** An outline that closes the gaps which smoothing of edges leaves between bars that touch. */
const HAIRLINE = 0.6;

function barsLayer(artists: readonly [Bars, ...Bars[]], position: Position, base: number): Layer {
  const [{ alpha }] = artists;
  const values = artists.flatMap(({ left, right, heights, color }) =>
    left.map((x, i) => ({ x: finite(x), x2: finite(right[i]), y: finite(heights[i]), y2: base, color })),
  );
  return {
    data: { values },
    mark: { type: "rect", opacity: alpha, strokeWidth: alpha === 1 ? HAIRLINE : 0, clip: true },
    encoding: { ...position, x2: { field: "x2" }, y2: { field: "y2" }, fill: literalColor, stroke: literalColor },
  };
}

function imageLayer({ rows, colormap, range }: Image, position: Position): Layer {
  const values = rows.flatMap((row, i) =>
    row.map((value, j) => ({
      x: j - 0.5,
      x2: farEdge(j, row.length),
      y: i - 0.5,
      y2: farEdge(i, rows.length),
      value: finite(value),
    })),
  );
  const scale = { ...colormap, domain: [...range], clamp: true };
  return {
    data: { values },
    mark: { type: "rect", strokeWidth: 0, clip: true },
    encoding: {
      ...position,
      x2: { field: "x2" },
      y2: { field: "y2" },
      color: { field: "value", type: "quantitative", scale, legend: null },
    },
  };
}

/** Where a cell ends: half under the next one, which is drawn over it, so that no background shows between them. */
function farEdge(index: number, count: number): number {
  return index === count - 1 ? index + 0.5 : index + 1;
}

/** Colours that the data give as they are. */
const literalColor = { field: "color", type: "nominal", scale: null, legend: null } as const;

/** Sizes that the data give as they are. */
const literalSize = { field: "size", type: "quantitative", scale: null, legend: null } as const;

/** JSON has no infinities: they and NaN become null, which Vega-Lite leaves out and at which lines break. */
function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
