/** Matplotlib's `pyplot`: functions that draw in the current axes of the current figure, which they make if need be. */

import type { Axes } from "./axes.js";
import { Figure, type FigureOptions } from "./figure.js";
import type { Histogram } from "./histogram.js";
import type { ScaleType } from "./limits.js";
import type { BarOptions, HistOptions, ImshowOptions, LegendLocation, LimitArguments, PlotArguments, ScatterOptions } from "./options.js";
import type { PngOptions } from "./render.js";
import type { SeriesLike } from "./series.js";

let current: Figure | undefined;

/**
 * Starts a new figure and makes it the current one.
 *
 * @param options - `figsize` in inches, [6.4, 4.8] unless given, and `dpi`, 100 unless given
 * @example
 * ```ts
 * plt.figure({ figsize: [8, 4] });
 * ```
 */
export function figure(options: FigureOptions = {}): Figure {
  current = new Figure(options);
  return current;
}

/** A tuple of so many; an array where the number is known only at run time. */
export type Repeat<T, N extends number, Found extends T[] = []> = number extends N
  ? T[]
  : Found["length"] extends N
    ? Found
    : Repeat<T, N, [...Found, T]>;

/** What `subplots` gives for a grid: one axes, a list of them, or rows of them. */
export type Grid<Rows extends number, Columns extends number> = [Rows, Columns] extends [1, 1]
  ? Axes
  : Rows extends 1
    ? Repeat<Axes, Columns>
    : Columns extends 1
      ? Repeat<Axes, Rows>
      : Repeat<Repeat<Axes, Columns>, Rows>;

/**
 * Starts a figure with a grid of axes and makes it the current one.
 *
 * @param rows - rows of the grid, 1 unless given
 * @param columns - columns of the grid, 1 unless given
 * @param options - size and resolution of the figure
 * @returns the figure, and its axes: one, a list of them if the grid is one row or column, or else rows of them
 * @example
 * ```ts
 * const [figure, [left, right]] = plt.subplots(1, 2, { figsize: [9, 4] });
 * left.plot([3, 2, 1]);
 * right.scatter([0, 1, 2], [4, 5, 6]);
 * ```
 */
export function subplots<Rows extends number = 1, Columns extends number = 1>(
  rows?: Rows,
  columns?: Columns,
  options?: FigureOptions,
): [figure: Figure, axes: Grid<Rows, Columns>];
export function subplots(rows = 1, columns = 1, options: FigureOptions = {}): [Figure, Axes | Axes[] | Axes[][]] {
  const made = new Figure(options, rows, columns);
  current = made;
  if (rows === 1 && columns === 1) return [made, made.currentAxes];
  if (rows === 1 || columns === 1) return [made, [...made.axes]];
  return [made, made.grid.map((row) => [...row])];
}

/** Gives the current figure. */
export function gcf(): Figure {
  return current ?? figure();
}

/** Gives the current axes. */
export function gca(): Axes {
  return gcf().currentAxes;
}

/**
 * Makes these axes of the current figure the ones to draw in.
 *
 * @throws RangeError if they are not part of it
 */
export function sca(axes: Axes): void {
  gcf().setCurrentAxes(axes);
}

/** Forgets the current figure; the next call starts a new one. */
export function close(): void {
  current = undefined;
}

/**
 * Draws points; see {@link Axes.scatter}.
 *
 * @example
 * ```ts
 * const x = torch.linspace(0, 6, 100);
 * plt.scatter(x, x.sin(), { label: "data", alpha: 0.5 });
 * ```
 */
export function scatter(x: SeriesLike, y: SeriesLike, options: ScatterOptions = {}): void {
  gca().scatter(x, y, options);
}

/**
 * Draws a line; see {@link Axes.plot}.
 *
 * @example
 * ```ts
 * const x = torch.linspace(0, 6, 100);
 * plt.plot(x, x.sin(), "r--", { label: "sine" });
 * ```
 */
export function plot(...args: PlotArguments): void {
  gca().plot(...args);
}

/**
 * Draws bars; see {@link Axes.bar}.
 *
 * @example
 * ```ts
 * plt.bar(["train", "test"], [0.98, 0.95]);
 * ```
 */
export function bar(x: SeriesLike | readonly string[], height: SeriesLike, options: BarOptions = {}): void {
  gca().bar(x, height, options);
}

/**
 * Draws a histogram; see {@link Axes.hist}.
 *
 * @example
 * ```ts
 * const { n, bins } = plt.hist(torch.randn(1000), { bins: 30 });
 * ```
 */
export function hist(values: SeriesLike, options: HistOptions = {}): Histogram {
  return gca().hist(values, options);
}

/**
 * Shows a matrix as an image; see {@link Axes.imshow}.
 *
 * @example
 * ```ts
 * plt.imshow(torch.rand(28, 28), { cmap: "gray" });
 * ```
 */
export function imshow(image: SeriesLike, options: ImshowOptions = {}): void {
  gca().imshow(image, options);
}

/** Writes below the horizontal axis. */
export function xlabel(label: string): void {
  gca().setXlabel(label);
}

/** Writes beside the vertical axis. */
export function ylabel(label: string): void {
  gca().setYlabel(label);
}

/** Writes above the axes. */
export function title(text: string): void {
  gca().setTitle(text);
}

/** Writes above all axes of the figure. */
export function suptitle(text: string): void {
  gcf().suptitle(text);
}

/** Shows a legend of everything that has a label, in the emptiest corner unless told where. */
export function legend(options: { readonly loc?: LegendLocation | undefined } = {}): void {
  gca().legend(options);
}

/** Sets the ends of the horizontal axis: `xlim(0, 1)`, `xlim([0, 1])` or `xlim({ left: 0 })`. */
export function xlim(...limits: LimitArguments<"left", "right">): void {
  gca().setXlim(...limits);
}

/** Sets the ends of the vertical axis: `ylim(0, 1)`, `ylim([0, 1])` or `ylim({ bottom: 0 })`. */
export function ylim(...limits: LimitArguments<"bottom", "top">): void {
  gca().setYlim(...limits);
}

/** Makes the horizontal axis `"linear"` or `"log"`. */
export function xscale(scale: ScaleType): void {
  gca().setXscale(scale);
}

/** Makes the vertical axis `"linear"` or `"log"`. */
export function yscale(scale: ScaleType): void {
  gca().setYscale(scale);
}

/** Marks places on the horizontal axis, with these texts or the numbers themselves. */
export function xticks(places: SeriesLike, labels?: readonly string[]): void {
  gca().setXticks(places, labels);
}

/** Marks places on the vertical axis, with these texts or the numbers themselves. */
export function yticks(places: SeriesLike, labels?: readonly string[]): void {
  gca().setYticks(places, labels);
}

/** Draws grid lines, or with `false` removes them. */
export function grid(visible = true): void {
  gca().grid(visible);
}

/**
 * Saves the current figure; see {@link Figure.savefig}.
 *
 * @example
 * ```ts
 * plt.plot([3, 2, 1]);
 * await plt.savefig("loss.png");
 * ```
 */
export async function savefig(path: string, options: PngOptions = {}): Promise<void> {
  await gcf().savefig(path, options);
}
