/** The options of what can be drawn, by Matplotlib's names. */

import type { ColormapName } from "./colormap.js";
import type { AxisRange } from "./limits.js";
import { isSeries, type SeriesLike } from "./series.js";
import type { LineStyle, MarkerName } from "./style.js";

/** Options of `scatter`. */
export interface ScatterOptions {
  /** Area of a point in square points, 36 unless given; a series gives each its own. */
  readonly s?: SeriesLike | undefined;
  /** A colour, or a series of values to colour by. */
  readonly c?: string | SeriesLike | undefined;
  /** The same as `c`. */
  readonly color?: string | SeriesLike | undefined;
  /** Colours for values, `viridis` unless given. */
  readonly cmap?: ColormapName | undefined;
  readonly marker?: MarkerName | undefined;
  /** Opacity from 0 to 1, 0.8 unless given. */
  readonly alpha?: number | undefined;
  readonly label?: string | undefined;
}

/** Options of `plot`. */
export interface PlotOptions {
  readonly color?: string | undefined;
  /** Width in points, 1.5 unless given. */
  readonly linewidth?: number | undefined;
  readonly linestyle?: LineStyle | undefined;
  readonly marker?: MarkerName | undefined;
  /** Diameter of the markers in points, 6 unless given. */
  readonly markersize?: number | undefined;
  readonly alpha?: number | undefined;
  readonly label?: string | undefined;
}

/** Options of `bar`. */
export interface BarOptions {
  /** Width of a bar in units of x, 0.8 unless given. */
  readonly width?: number | undefined;
  readonly color?: string | undefined;
  readonly alpha?: number | undefined;
  readonly label?: string | undefined;
}

/** Options of `hist`. */
export interface HistOptions {
  /** How many equal bins, 10 unless given, or the edges of the bins. */
  readonly bins?: number | readonly number[] | undefined;
  /** The values that the equal bins span; those of the data unless given. */
  readonly range?: readonly [low: number, high: number] | undefined;
  /** Whether to scale the bars to a total area of 1. */
  readonly density?: boolean | undefined;
  readonly color?: string | undefined;
  readonly alpha?: number | undefined;
  readonly label?: string | undefined;
}

/** Options of `imshow`. */
export interface ImshowOptions {
  /** Colours for values, `viridis` unless given. */
  readonly cmap?: ColormapName | undefined;
  /** The value shown in the first colour; the smallest unless given. */
  readonly vmin?: number | undefined;
  /** The value shown in the last colour; the largest unless given. */
  readonly vmax?: number | undefined;
}

/** Places for a legend. */
export type LegendLocation = "best" | "upper right" | "upper left" | "lower left" | "lower right";

/** The arguments of `plot`: y, or x and y; then perhaps a format such as `r--`; then perhaps options. */
export type PlotArguments =
  | [y: SeriesLike, options?: PlotOptions]
  | [y: SeriesLike, format: string, options?: PlotOptions]
  | [x: SeriesLike, y: SeriesLike, options?: PlotOptions]
  | [x: SeriesLike, y: SeriesLike, format: string, options?: PlotOptions];

/** The arguments of `plot`, told apart. */
export interface PlotCall {
  readonly series: readonly SeriesLike[];
  readonly format: string;
  readonly options: PlotOptions;
}

/** Tells the arguments of `plot` apart: one or two series, a format, options. */
export function splitArguments(args: PlotArguments): PlotCall {
  const rest: (SeriesLike | string | PlotOptions | undefined)[] = [...args];
  const series: SeriesLike[] = [];
  while (series.length < 2 && isSeries(rest[0])) {
    series.push(rest[0]);
    rest.shift();
  }
  const format = typeof rest[0] === "string" ? rest[0] : "";
  if (typeof rest[0] === "string") rest.shift();
  const options = rest[0] ?? {};
  if (series.length === 0 || rest.length > 1 || typeof options !== "object" || isSeries(options)) {
    throw new TypeError('plot: the arguments are y, or x and y; then perhaps a format such as "r--"; then perhaps options');
  }
  return { series, format, options };
}

/** The limits of an axis: both ends, as two numbers or a pair, or by name, where an end left out follows the data. */
export type LimitArguments<Start extends string, End extends string> =
  | [start: number, end: number]
  | [limits: readonly [start: number, end: number]]
  | [ends: { readonly [Name in Start | End]?: number | undefined }];

/** Tells the arguments of `xlim` and `ylim` apart. */
export function readLimits<Start extends string, End extends string>(
  op: string,
  args: LimitArguments<Start, End>,
  names: readonly [Start, End],
): Pick<AxisRange, "start" | "end"> {
  const [first, second] = args;
  const [start, end] = typeof first === "number" ? [first, second] : isPair(first) ? first : [first[names[0]], first[names[1]]];
  const given = [start, end].filter((limit) => limit !== undefined);
  if (given.length === 0 || !given.every(Number.isFinite) || start === end) {
    throw new RangeError(`${op}: the limits must be two different finite numbers, not ${start} and ${end}`);
  }
  return { start, end };
}

function isPair(value: object): value is readonly [number, number] {
  return Array.isArray(value);
}
