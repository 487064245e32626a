/** A figure: coordinate systems in rows and columns, and the ways to get a picture of them. */

import { writeFileAtomically } from "../io/atomic.js";
import { Axes } from "./axes.js";
import { type PixelSize, type PngOptions, renderPng, renderSvg } from "./render.js";
import { figureSpec } from "./spec.js";
import type { Spec } from "./vegalite.js";

/** Options of a figure. */
export interface FigureOptions {
  /** Width and height in inches, [6.4, 4.8] unless given. */
  readonly figsize?: readonly [width: number, height: number] | undefined;
  /** Pixels per inch, 100 unless given. */
  readonly dpi?: number | undefined;
}

/**
 * A figure, as Matplotlib's `Figure`; usually made by `plt.figure` or `plt.subplots`.
 *
 * @example
 * ```ts
 * const figure = new plt.Figure({ figsize: [8, 3] });
 * figure.axes[0]?.plot([1, 4, 9]);
 * const svg = await figure.toSvg();
 * ```
 */
export class Figure {
  /** Width and height in inches. */
  readonly figsize: readonly [width: number, height: number];
  /** Pixels per inch. */
  readonly dpi: number;
  readonly #grid: readonly (readonly Axes[])[];
  #current: Axes;
  #suptitle = "";

  /**
   * @param options - size and resolution
   * @param rows - rows of coordinate systems
   * @param columns - columns of coordinate systems
   * @throws RangeError if the size, the resolution or the grid is not positive
   */
  constructor(options: FigureOptions = {}, rows = 1, columns = 1) {
    const { figsize = [6.4, 4.8], dpi = 100 } = options;
    if (![...figsize, dpi].every((value) => value > 0 && Number.isFinite(value))) {
      throw new RangeError(`figure: figsize and dpi must be positive, not [${figsize.join(", ")}] and ${dpi}`);
    }
    if (![rows, columns].every((count) => Number.isInteger(count) && count > 0)) {
      throw new RangeError(`subplots: rows and columns must be whole numbers, 1 or more, not ${rows} and ${columns}`);
    }
    this.figsize = figsize;
    this.dpi = dpi;
    this.#grid = Array.from({ length: rows }, () => Array.from({ length: columns }, () => new Axes()));
    this.#current = this.#grid[0]?.[0] ?? new Axes();
  }

  /** The coordinate systems, row by row. */
  get axes(): readonly Axes[] {
    return this.#grid.flat();
  }

  /** The coordinate systems in their rows. */
  get grid(): readonly (readonly Axes[])[] {
    return this.#grid;
  }

  /** The coordinate system that `plt.plot` and its kin draw in. */
  get currentAxes(): Axes {
    return this.#current;
  }

  /**
   * Chooses the coordinate system that `plt.plot` and its kin draw in.
   *
   * @throws RangeError if it is not one of this figure
   */
  setCurrentAxes(axes: Axes): void {
    if (!this.axes.includes(axes)) throw new RangeError("sca: these axes are not part of the current figure");
    this.#current = axes;
  }

  /** Writes above all coordinate systems. */
  suptitle(text: string): void {
    this.#suptitle = text;
  }

  /**
   * Gives the figure as a Vega-Lite specification, as notebooks and the Vega editor show it; one unit is a point.
   *
   * @throws RangeError if a logarithmic axis was given limits that are not positive
   */
  spec(): Spec {
    return figureSpec({ figsize: this.figsize, grid: this.#grid, suptitle: this.#suptitle });
  }

  /**
   * Draws the figure as SVG.
   *
   * @example
   * ```ts
   * const [figure] = plt.subplots();
   * const svg = await figure.toSvg();
   * ```
   */
  async toSvg(): Promise<string> {
    return renderSvg(this.spec(), this.#pixels());
  }

  /**
   * Draws the figure as PNG, in Node only.
   *
   * Text is set in a font of the system, or of `fontFiles`. Without any, a process warning says that text is missing.
   *
   * @param options - font files
   * @example
   * ```ts
   * const [figure] = plt.subplots();
   * const png = await figure.toPng();
   * ```
   */
  async toPng(options: PngOptions = {}): Promise<Uint8Array> {
    return renderPng(await this.toSvg(), options);
  }

  /**
   * Saves the figure, as the ending of the path says: `.png`, `.svg`, or `.json` for the Vega-Lite specification.
   *
   * The file appears whole or not at all: it is written beside its place and then renamed.
   *
   * @param path - where to
   * @param options - font files, for PNG
   * @throws RangeError if the path ends otherwise
   * @example
   * ```ts
   * const [figure] = plt.subplots();
   * await figure.savefig("loss.png");
   * ```
   */
  async savefig(path: string, options: PngOptions = {}): Promise<void> {
    const ending = /\.(png|svg|json)$/i.exec(path)?.[1]?.toLowerCase();
    if (ending === undefined) throw new RangeError(`savefig: the path must end in .png, .svg or .json, but is "${path}"`);
    writeFileAtomically("savefig", path, await this.#contents(ending, options));
  }

  async #contents(ending: string, options: PngOptions): Promise<string | Uint8Array> {
    if (ending === "json") return `${JSON.stringify(this.spec(), null, 1)}\n`;
    return ending === "svg" ? this.toSvg() : this.toPng(options);
  }

  #pixels(): PixelSize {
    const [width, height] = this.figsize;
    return { width: Math.round(width * this.dpi), height: Math.round(height * this.dpi) };
  }
}
