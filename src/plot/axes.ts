/** One coordinate system: what is drawn in it, and how its axes are labelled. */

import { type Artist, extent } from "./artists.js";
import { colorScale } from "./colormap.js";
import { type Histogram, histogram } from "./histogram.js";
import type { AxisRange, ScaleType } from "./limits.js";
import {
  type BarOptions,
  type HistOptions,
  type ImshowOptions,
  type LegendLocation,
  type LimitArguments,
  type PlotArguments,
  readLimits,
  type ScatterOptions,
  splitArguments,
} from "./options.js";
import { checkLengths, isSeries, type SeriesLike, toNumbers, toRows, toVector } from "./series.js";
import { cycledColor, parseFormat, resolveColor, resolveDashes, resolveMarker } from "./style.js";

/** Places along an axis that are marked, and what is written there. */
export interface Ticks {
  readonly places: readonly number[];
  readonly labels: readonly string[] | undefined;
}

/** How one axis is labelled and scaled. */
export interface AxisState extends AxisRange {
  readonly label: string;
  readonly ticks: Ticks | undefined;
}

const plainAxis: AxisState = { scale: "linear", start: undefined, end: undefined, label: "", ticks: undefined };

/**
 * A coordinate system in a figure, as Matplotlib's `Axes`.
 *
 * @example
 * ```ts
 * const [figure, [left, right]] = plt.subplots(1, 2);
 * left.plot([3, 2, 1], { label: "loss" });
 * left.setXlabel("epoch");
 * ```
 */
export class Axes {
  readonly #artists: Artist[] = [];
  readonly #used = { scatter: 0, plot: 0, bars: 0 };
  #x: AxisState = plainAxis;
  #y: AxisState = plainAxis;
  #title = "";
  #legend: LegendLocation | undefined;
  #hasGrid = false;

  /** What is drawn, back to front. */
  get artists(): readonly Artist[] {
    return this.#artists;
  }

  /** The horizontal axis. */
  get x(): AxisState {
    return this.#x;
  }

  /** The vertical axis. */
  get y(): AxisState {
    return this.#y;
  }

  /** The text above. */
  get title(): string {
    return this.#title;
  }

  /** Where the legend goes; undefined for none. */
  get legendLocation(): LegendLocation | undefined {
    return this.#legend;
  }

  /** Whether grid lines are drawn. */
  get hasGrid(): boolean {
    return this.#hasGrid;
  }

  /**
   * Draws points.
   *
   * @param x - their horizontal coordinates
   * @param y - their vertical coordinates
   * @param options - size, colour, marker, opacity and label
   * @throws RangeError if the lengths differ
   * @throws TypeError if a series holds something else than numbers
   * @example
   * ```ts
   * const x = torch.linspace(0, 6, 100);
   * plt.gca().scatter(x, x.sin(), { s: 10, c: "tab:red", label: "data" });
   * ```
   */
  scatter(x: SeriesLike, y: SeriesLike, options: ScatterOptions = {}): void {
    const xs = toNumbers(x, "scatter: x");
    const ys = toNumbers(y, "scatter: y");
    checkLengths("scatter", { name: "x", values: xs }, { name: "y", values: ys });
    const { s = 36, c = options.color, cmap = "viridis", marker = "o", alpha = 0.8, label } = options;
    const sizes = typeof s === "number" ? s : toNumbers(s, "scatter: s");
    if (typeof sizes !== "number") checkLengths("scatter", { name: "x", values: xs }, { name: "s", values: sizes });
    const color = isSeries(c) ? toNumbers(c, "scatter: c") : resolveColor(c ?? cycledColor(this.#used.scatter++));
    if (typeof color !== "string") checkLengths("scatter", { name: "x", values: xs }, { name: "c", values: color });
    const style = { sizes, color, colormap: colorScale(cmap), marker: resolveMarker(marker), alpha, label };
    this.#artists.push({ kind: "scatter", x: xs, y: ys, ...style });
  }

  /**
   * Draws a line through points.
   *
   * @param args - y, or x and y; then perhaps a format such as `r--`; then perhaps options. Without x, it counts 0, 1, 2, …
   * @throws RangeError if the lengths differ or the format cannot be read
   * @throws TypeError if a series holds something else than numbers, or has several columns
   * @example
   * ```ts
   * const x = torch.linspace(0, 6, 100);
   * const axes = plt.gca();
   * axes.plot([3, 2, 1]);
   * axes.plot(x, x.sin(), "k--", { linewidth: 1, label: "sine" });
   * ```
   */
  plot(...args: PlotArguments): void {
    const { series, format, options } = splitArguments(args);
    const [first, second] = series;
    const y = toVector(second ?? first, "plot: y");
    const x = second === undefined ? y.map((_, i) => i) : toVector(first, "plot: x");
    checkLengths("plot", { name: "x", values: x }, { name: "y", values: y });
    const style = { ...parseFormat(format), ...options };
    const { linewidth = 1.5, linestyle = "-", marker, markersize = 6, alpha = 1, label } = style;
    const color = resolveColor(style.color ?? cycledColor(this.#used.plot++));
    const dashes = resolveDashes(linestyle, linewidth);
    if (dashes !== undefined) this.#artists.push({ kind: "line", x, y, color, linewidth, dashes, alpha, label });
    if (marker === undefined) return;
    const named = dashes === undefined ? label : undefined;
    const points = { sizes: markersize ** 2, color, colormap: colorScale("viridis"), marker: resolveMarker(marker), alpha, label: named };
    this.#artists.push({ kind: "scatter", x, y, ...points });
  }

  /**
   * Draws upright bars.
   *
   * @param x - their centres, or names that are then written below bars at 0, 1, 2, …
   * @param height - how high each is
   * @param options - width, colour, opacity and label
   * @throws RangeError if the lengths differ
   * @throws TypeError if a series holds something else than numbers
   * @example
   * ```ts
   * plt.gca().bar(["train", "test"], [0.98, 0.95]);
   * ```
   */
  bar(x: SeriesLike | readonly string[], height: SeriesLike, options: BarOptions = {}): void {
    const { width = 0.8, color, alpha = 1, label } = options;
    const names = isNames(x) ? x : undefined;
    const centres = names === undefined ? toNumbers(x, "bar: x") : names.map((_, i) => i);
    const heights = toNumbers(height, "bar: height");
    checkLengths("bar", { name: "x", values: centres }, { name: "height", values: heights });
    if (names !== undefined) this.setXticks(centres, names);
    const left = centres.map((centre) => centre - width / 2);
    const right = centres.map((centre) => centre + width / 2);
    this.#addBars(left, right, heights, { color, alpha, label });
  }

  /**
   * Draws how often values occur in equal bins.
   *
   * @param values - the values; those that are not finite are left out
   * @param options - bins, range, density, colour, opacity and label
   * @returns the height of each bin, and the edges of the bins, one more
   * @throws RangeError if the bins are not at least one or their edges do not increase
   * @example
   * ```ts
   * plt.gca().hist(torch.randn(1000), { bins: 50, density: true });
   * ```
   */
  hist(values: SeriesLike, options: HistOptions = {}): Histogram {
    const found = histogram(toNumbers(values, "hist: values"), options);
    const { color, alpha = 1, label } = options;
    this.#addBars(found.bins.slice(0, -1), found.bins.slice(1), found.n, { color, alpha, label });
    return found;
  }

  /**
   * Shows a matrix as an image, its first row on top.
   *
   * @param image - rows of numbers
   * @param options - colours and the values they stand for
   * @throws RangeError if the rows differ in length
   * @example
   * ```ts
   * plt.gca().imshow(torch.rand(28, 28), { cmap: "gray" });
   * ```
   */
  imshow(image: SeriesLike, options: ImshowOptions = {}): void {
    const rows = toRows(image, "imshow: image");
    const ragged = rows.findIndex((row) => row.length !== rows[0]?.length);
    if (ragged >= 0) {
      throw new RangeError(`imshow: row 0 has ${rows[0]?.length} values and row ${ragged} has ${rows[ragged]?.length}`);
    }
    const [low, high] = extent(rows.flat()) ?? [0, 1];
    const range = [options.vmin ?? low, options.vmax ?? high] as const;
    this.#artists.push({ kind: "image", rows, colormap: colorScale(options.cmap ?? "viridis"), range, label: undefined });
  }

  /** Writes below the horizontal axis. */
  setXlabel(label: string): void {
    this.#x = { ...this.#x, label };
  }

  /** Writes beside the vertical axis. */
  setYlabel(label: string): void {
    this.#y = { ...this.#y, label };
  }

  /** Writes above the axes. */
  setTitle(title: string): void {
    this.#title = title;
  }

  /**
   * Sets the ends of the horizontal axis: `(0, 1)`, `([0, 1])`, or `({ left: 0 })` to leave one end to the data.
   *
   * @throws RangeError if an end is not finite or both are the same
   */
  setXlim(...limits: LimitArguments<"left", "right">): void {
    this.#x = { ...this.#x, ...readLimits("xlim", limits, ["left", "right"]) };
  }

  /**
   * Sets the ends of the vertical axis: `(0, 1)`, `([0, 1])`, or `({ bottom: 0 })` to leave one end to the data.
   *
   * @throws RangeError if an end is not finite or both are the same
   */
  setYlim(...limits: LimitArguments<"bottom", "top">): void {
    this.#y = { ...this.#y, ...readLimits("ylim", limits, ["bottom", "top"]) };
  }

  /** Makes the horizontal axis linear or logarithmic; the latter leaves out what is not positive. */
  setXscale(scale: ScaleType): void {
    this.#x = { ...this.#x, scale };
  }

  /** Makes the vertical axis linear or logarithmic; the latter leaves out what is not positive. */
  setYscale(scale: ScaleType): void {
    this.#y = { ...this.#y, scale };
  }

  /** Marks these places on the horizontal axis, with these texts or the numbers themselves. */
  setXticks(places: SeriesLike, labels?: readonly string[]): void {
    this.#x = { ...this.#x, ticks: readTicks("xticks", places, labels) };
  }

  /** Marks these places on the vertical axis, with these texts or the numbers themselves. */
  setYticks(places: SeriesLike, labels?: readonly string[]): void {
    this.#y = { ...this.#y, ticks: readTicks("yticks", places, labels) };
  }

  /** Shows a legend of everything that has a label, in the emptiest corner unless told where. */
  legend(options: { readonly loc?: LegendLocation | undefined } = {}): void {
    this.#legend = options.loc ?? "best";
  }

  /** Draws grid lines, or with `false` removes them. */
  grid(visible = true): void {
    this.#hasGrid = visible;
  }

  #addBars(left: number[], right: number[], heights: readonly number[], style: BarStyle): void {
    const color = resolveColor(style.color ?? cycledColor(this.#used.bars++));
    this.#artists.push({ kind: "bars", left, right, heights, color, alpha: style.alpha, label: style.label });
  }
}

type BarStyle = Pick<BarOptions, "color" | "label"> & { readonly alpha: number };

function isNames(x: SeriesLike | readonly string[]): x is readonly string[] {
  return Array.isArray(x) && x.length > 0 && x.every((name) => typeof name === "string");
}

function readTicks(op: string, places: SeriesLike, labels: readonly string[] | undefined): Ticks {
  const numbers = toNumbers(places, `${op}: ticks`);
  if (labels !== undefined) checkLengths(op, { name: "ticks", values: numbers }, { name: "labels", values: labels });
  return { places: numbers, labels };
}
