/** The look of figures: Matplotlib's, in points, on white. */

import type { Config } from "./vegalite.js";

/** Families to look for, the usual sans-serif faces of Linux, macOS and Windows, in this order. */
export const fontFamilies = "DejaVu Sans, Verdana, Helvetica, Arial, Liberation Sans, Noto Sans, sans-serif";
const black = "#000000";
const thin = 0.8;

/** Vega-Lite's configuration for all figures. A limit of 0 keeps Vega, which can only guess at widths, from cutting text. */
export const theme: Config = {
  font: fontFamilies,
  view: { stroke: black, strokeWidth: thin },
  axis: {
    domain: false,
    labelColor: black,
    labelFlush: false,
    labelFontSize: 10,
    labelLimit: 0,
    labelPadding: 3.5,
    tickColor: black,
    tickSize: 3.5,
    tickWidth: thin,
    titleColor: black,
    titleFontSize: 10,
    titleFontWeight: "normal",
    titleLimit: 0,
    titlePadding: 4,
    gridColor: "#b0b0b0",
    gridWidth: thin,
  },
  title: { anchor: "middle", color: black, fontSize: 12, fontWeight: "normal", frame: "group", limit: 0, offset: 6 },
  legend: {
    cornerRadius: 2,
    fillColor: "rgba(255, 255, 255, 0.8)",
    labelColor: black,
    labelFontSize: 10,
    labelLimit: 0,
    offset: 6,
    padding: 5,
    rowPadding: 3,
    strokeColor: "#cccccc",
    strokeWidth: thin,
  },
};
