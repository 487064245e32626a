/** `flambeau/plot`: plots in the manner of Matplotlib's pyplot, drawn by Vega-Lite, without a browser. */

export { Axes, type AxisState, type Ticks } from "./axes.js";
export type { ColormapName } from "./colormap.js";
export { Figure, type FigureOptions } from "./figure.js";
export type { Histogram } from "./histogram.js";
export type { ScaleType } from "./limits.js";
export type {
  BarOptions,
  HistOptions,
  ImshowOptions,
  LegendLocation,
  LimitArguments,
  PlotArguments,
  PlotOptions,
  ScatterOptions,
} from "./options.js";
export * from "./pyplot.js";
export type { PngOptions } from "./render.js";
export type { SeriesLike } from "./series.js";
export type { LineStyle, MarkerName } from "./style.js";
export type { Spec } from "./vegalite.js";
