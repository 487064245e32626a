/** Drawing without a browser: Vega-Lite to Vega to SVG, and SVG to PNG by resvg. The three load when first used. */

import { fontFamilies } from "./theme.js";
import type { Spec } from "./vegalite.js";

/** Size of a picture in pixels. */
export interface PixelSize {
  readonly width: number;
  readonly height: number;
}

/** Options of drawing as PNG. */
export interface PngOptions {
  /** Font files to use besides those of the system, for machines that have none. */
  readonly fontFiles?: readonly string[] | undefined;
  /** Whether to look for fonts of the system, true unless given; without, pictures are the same on every machine. */
  readonly systemFonts?: boolean | undefined;
}

/**
 * Draws a specification as SVG.
 *
 * @param spec - the specification
 * @param size - the size of the picture; the drawing is scaled to fit and centred in it
 */
export async function renderSvg(spec: Spec, size: PixelSize): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import("vega"), import("vega-lite")]);
  const view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: "none", logLevel: vega.Warn });
  try {
    return fitted(await view.toSVG(), size);
  } finally {
    view.finalize();
  }
}

/** Gives an SVG drawing another size: its coordinates stay, and white fills what its proportions leave free. */
function fitted(svg: string, size: PixelSize): string {
  const [tag = "", width = "1", height = "1"] = /^<svg [^>]*\bwidth="([\d.]+)" height="([\d.]+)"[^>]*>/.exec(svg) ?? [];
  const inner = { width: Number(width), height: Number(height) };
  const scale = Math.min(size.width / inner.width, size.height / inner.height);
  const outer = { width: size.width / scale, height: size.height / scale };
  const corner = { x: (inner.width - outer.width) / 2, y: (inner.height - outer.height) / 2 };
  const box = [corner.x, corner.y, outer.width, outer.height].map(short);
  const [x, y, w, h] = box;
  const attributes = `width="${size.width}" height="${size.height}" viewBox="${box.join(" ")}"`;
  const opening = tag.replace(/\bwidth="[^"]*" height="[^"]*" viewBox="[^"]*"/, attributes);
  return `${opening}<rect x="${x}" y="${y}" width="${w}" height="${h}" fill="white"/>${svg.slice(tag.length)}`;
}

function short(value: number): string {
  return String(Number(value.toFixed(3)));
}

/**
 * Draws SVG as PNG.
 *
 * Text needs a font: those of the system are used, and any files given. Where there is none at all, a process warning
 * says that the picture has no text.
 *
 * @param svg - the drawing
 * @param options - which fonts to use
 */
export async function renderPng(svg: string, options: PngOptions = {}): Promise<Uint8Array> {
  const { Resvg } = await import("@resvg/resvg-js");
  const font = { loadSystemFonts: options.systemFonts ?? true, fontFiles: [...(options.fontFiles ?? [])] };
  const picture = new Resvg(svg, { font, background: "white" });
  if (svg.includes("<text") && new Resvg(sample, { font }).getBBox() === undefined) {
    process.emitWarning(noFont, { code: "FLAMBEAU_PLOT_NO_FONT" });
  }
  return new Uint8Array(picture.render().asPng());
}

/** A text that has an extent only if there is a font to set it in. */
const sample = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="9" font-family="${fontFamilies}">x</text></svg>`;

const noFont =
  "plot: no font was found, so the PNG has no text; install one (such as fonts-dejavu-core), give { fontFiles }, or save as .svg";
