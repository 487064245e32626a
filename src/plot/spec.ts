/** A figure as a Vega-Lite specification, in points: one unit is 1/72 inch. */

import { type Artist, positiveOnly } from "./artists.js";
import type { Axes, AxisState } from "./axes.js";
import { toLayers } from "./layers.js";
import { legendLayer } from "./legend.js";
import { axisLimits, type Limits } from "./limits.js";
import { theme } from "./theme.js";
import type { Encoding, Layer, Spec } from "./vegalite.js";

/** What a specification is made from. */
export interface FigureState {
  /** Width and height in inches. */
  readonly figsize: readonly [width: number, height: number];
  /** Rows of coordinate systems. */
  readonly grid: readonly (readonly Axes[])[];
  /** The text above everything. */
  readonly suptitle: string;
}

const POINTS_PER_INCH = 72;
const PADDING = 7;

const head = {
  $schema: "https://vega.github.io/schema/vega-lite/v6.json",
  background: "white",
  padding: PADDING,
  config: theme,
} as const;

/**
 * Turns a figure into a Vega-Lite specification.
 *
 * A single coordinate system is fitted into the size of the figure; several, and images, whose cells are to be square,
 * are given sizes that leave room for what is written around them.
 */
export function figureSpec({ figsize, grid, suptitle }: FigureState): Spec {
  const columns = grid[0]?.length ?? 1;
  const cell = { width: (figsize[0] * POINTS_PER_INCH) / columns, height: (figsize[1] * POINTS_PER_INCH) / grid.length };
  const title = suptitle === "" ? {} : { title: { text: suptitle, fontSize: 14, anchor: "middle", frame: "bounds" } as const };
  const only = grid.length === 1 && grid[0]?.length === 1 ? grid[0][0] : undefined;
  if (only !== undefined && suptitle === "" && imageShape(only) === undefined) {
    const autosize = { type: "fit", contains: "padding" } as const;
    return { ...head, autosize, ...cell, ...axesSpec(only, cell) };
  }
  const concat = grid.flat().map((axes) => ({ ...innerSize(axes, cell), ...axesSpec(axes, cell) }));
  return { ...head, ...title, concat, columns };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Room for tick labels and titles around the coordinate system in its cell. */
const AROUND = { width: 50, height: 52 };

function innerSize(axes: Axes, cell: Size): Size {
  const width = Math.max(cell.width - AROUND.width, cell.width / 3);
  const height = Math.max(cell.height - AROUND.height, cell.height / 3);
  const image = imageShape(axes);
  if (image === undefined) return { width, height };
  const scale = Math.min(width / image.width, height / image.height);
  return { width: image.width * scale, height: image.height * scale };
}

/** Columns and rows of the first image in the axes. */
function imageShape(axes: Axes): Size | undefined {
  const image = axes.artists.find((artist) => artist.kind === "image");
  if (image === undefined || image.rows.length === 0) return undefined;
  return { width: image.rows[0]?.length || 1, height: image.rows.length };
}

interface AxesSpec {
  title?: string;
  layer: Layer[];
  resolve: { scale: Record<"color" | "fill" | "stroke" | "shape" | "strokeDash", "independent"> };
}

/** Layers keep their own colours; only x and y are shared. */
const ownColors = {
  color: "independent",
  fill: "independent",
  stroke: "independent",
  shape: "independent",
  strokeDash: "independent",
} as const;

function axesSpec(axes: Axes, cell: Size): AxesSpec {
  const frame = {
    x: { limits: checkedLimits("x", axes), scale: axes.x.scale },
    y: { limits: checkedLimits("y", axes), scale: axes.y.scale },
  };
  const position = {
    x: positionEncoding("x", axes, frame.x.limits, cell.width / TICK_SPACING.x),
    y: positionEncoding("y", axes, frame.y.limits, cell.height / TICK_SPACING.y),
  };
  const base = axes.y.scale === "log" ? Math.min(...frame.y.limits) : 0;
  const layer = toLayers(visibleArtists(axes), position, base);
  if (layer.length === 0) layer.push({ data: { values: [{}] }, mark: { type: "point", opacity: 0 }, encoding: position });
  const legend = axes.legendLocation === undefined ? undefined : legendLayer(axes.artists, axes.legendLocation, frame);
  if (legend !== undefined) layer.push(legend);
  return { ...(axes.title === "" ? {} : { title: axes.title }), layer, resolve: { scale: ownColors } };
}

function visibleArtists({ artists, x, y }: Axes): readonly Artist[] {
  let visible = artists;
  if (x.scale === "log") visible = visible.map((artist) => positiveOnly(artist, "x"));
  if (y.scale === "log") visible = visible.map((artist) => positiveOnly(artist, "y"));
  return visible;
}

function checkedLimits(axis: "x" | "y", axes: Axes): Limits {
  const { scale } = axes[axis];
  const limits = axisLimits(axis, axes.artists, axes[axis]);
  if (scale === "log" && limits.some((limit) => limit <= 0)) {
    throw new RangeError(`${axis}scale: the limits of a logarithmic axis must be positive, not ${limits.join(" and ")}`);
  }
  return limits;
}

/** Points of the cell that one tick is given, about as in Matplotlib. */
const TICK_SPACING = { x: 55, y: 40 };

function positionEncoding(field: "x" | "y", axes: Axes, limits: Limits, ticks: number): NonNullable<Encoding["x" | "y"]> {
  const axis = axes[field];
  const wholeTicks = imageShape(axes) === undefined ? {} : { tickMinStep: 1 };
  return {
    field,
    type: "quantitative",
    title: axis.label === "" ? null : axis.label,
    scale: { type: axis.scale, domain: [...limits], nice: false, ...(axis.scale === "linear" ? { zero: false } : {}) },
    axis: { grid: axes.hasGrid, tickCount: Math.max(2, Math.round(ticks)), ...wholeTicks, ...tickProperties(axis, limits) },
  };
}

interface TickProperties {
  values?: number[];
  labelExpr?: string;
  format?: string;
}

function tickProperties({ scale, ticks }: AxisState, limits: Limits): TickProperties {
  if (ticks !== undefined) {
    const { places, labels } = ticks;
    const values = [...places];
    if (labels === undefined) return { values };
    return { values, labelExpr: `${JSON.stringify(labels)}[indexof(${JSON.stringify(places)}, datum.value)]` };
  }
  return scale === "log" && decades(limits) >= 2 ? { format: "~g", labelExpr: powersOnly } : {};
}

/** How many powers of ten lie between two limits. */
function decades([start, end]: Limits): number {
  const [low, high] = [Math.log10(Math.min(start, end)), Math.log10(Math.max(start, end))];
  return Math.floor(high) - Math.ceil(low) + 1;
}

/** Leaves a tick of a logarithmic axis unlabelled unless it is a power of ten. */
const powersOnly = "abs(log(datum.value) / LN10 - round(log(datum.value) / LN10)) < 1e-6 ? datum.label : ''";
