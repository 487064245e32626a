/** Matplotlib's words for colours, markers and lines, and what they look like. */

/** Matplotlib's colour cycle, "tab10". */
export const colorCycle: readonly string[] = [
  "#1f77b4",
  "#ff7f0e",
  "#2ca02c",
  "#d62728",
  "#9467bd",
  "#8c564b",
  "#e377c2",
  "#7f7f7f",
  "#bcbd22",
  "#17becf",
];

const tableauNames = ["blue", "orange", "green", "red", "purple", "brown", "pink", "gray", "olive", "cyan"];

const letters: Readonly<Record<string, string>> = {
  b: "#0000ff",
  g: "#008000",
  r: "#ff0000",
  c: "#00bfbf",
  m: "#bf00bf",
  y: "#bfbf00",
  k: "#000000",
  w: "#ffffff",
};

/**
 * Turns a colour name of Matplotlib into one of SVG: `r`, `C3` and `tab:orange` are looked up, all else is taken as it is.
 *
 * @param name - the colour
 */
export function resolveColor(name: string): string {
  const letter = letters[name];
  if (letter !== undefined) return letter;
  if (/^C\d+$/.test(name)) return cycledColor(Number(name.slice(1)));
  if (name.startsWith("tab:")) return colorCycle[tableauNames.indexOf(name.slice(4).replace("grey", "gray"))] ?? name;
  return name;
}

/** The colour of the series with this number. */
export function cycledColor(index: number): string {
  return colorCycle[index % colorCycle.length] ?? "#000000";
}

/** A symbol: its outline, as Vega names it or as a path within −1 to 1, and its area relative to a circle of that size. */
export interface Marker {
  readonly shape: string;
  readonly scale: number;
}

/** Names of the symbols, as in Matplotlib. */
export type MarkerName = "o" | "." | "s" | "^" | "v" | ">" | "<" | "D" | "*" | "+" | "x";

const markers: Readonly<Record<MarkerName, Marker>> = {
  o: { shape: "circle", scale: 1 },
  ".": { shape: "circle", scale: 0.25 },
  s: { shape: "square", scale: 1 },
  "^": { shape: "triangle-up", scale: 1 },
  v: { shape: "triangle-down", scale: 1 },
  ">": { shape: "triangle-right", scale: 1 },
  "<": { shape: "triangle-left", scale: 1 },
  D: { shape: "diamond", scale: 1.6 },
  "*": { shape: polygon(star(5, 1, 0.4)), scale: 1.3 },
  "+": { shape: polygon(plus(0.14)), scale: 1 },
  x: { shape: polygon(rotate(plus(0.14), Math.PI / 4)), scale: 1 },
};

/** Gives the symbol of that name. */
export function resolveMarker(name: MarkerName): Marker {
  return markers[name];
}

type Dash = "-" | "solid" | "--" | "dashed" | "-." | "dashdot" | ":" | "dotted";

/** Names of the line styles, as in Matplotlib. */
export type LineStyle = Dash | "none" | "None" | "";

const dashes: Readonly<Record<Dash, readonly number[]>> = {
  "-": [],
  solid: [],
  "--": [3.7, 1.6],
  dashed: [3.7, 1.6],
  "-.": [6.4, 1.6, 1, 1.6],
  dashdot: [6.4, 1.6, 1, 1.6],
  ":": [1, 1.65],
  dotted: [1, 1.65],
};

/**
 * Gives the dashes of a line, or undefined for no line at all.
 *
 * @param style - the name of the style
 * @param linewidth - the width that the dashes are multiples of
 */
export function resolveDashes(style: LineStyle, linewidth: number): number[] | undefined {
  return isDash(style) ? dashes[style].map((length) => length * linewidth) : undefined;
}

/** What a format string such as `ro--` says. */
export interface Format {
  color?: string;
  marker?: MarkerName;
  linestyle?: LineStyle;
}

/**
 * Reads a format string of Matplotlib: a colour letter, a marker and a line style, each at most once, in any order.
 *
 * A marker without a line style draws no line.
 *
 * @param text - the format, such as `k--` or `C1o`
 * @throws RangeError if a part of it is none of the three
 */
export function parseFormat(text: string): Format {
  const format: Format = {};
  const pattern = /(?<linestyle>--|-\.|-|:)|(?<color>C\d|[bgrcmykw])|(?<marker>[o.s^v><D*+x])/y;
  while (pattern.lastIndex < text.length) {
    const start = pattern.lastIndex;
    const groups = pattern.exec(text)?.groups;
    if (groups === undefined) throw new RangeError(`plot: cannot read "${text.slice(start)}" in the format "${text}"`);
    if (groups.color !== undefined) format.color = groups.color;
    if (isMarker(groups.marker)) format.marker = groups.marker;
    if (isDash(groups.linestyle)) format.linestyle = groups.linestyle;
  }
  if (format.marker !== undefined) format.linestyle ??= "none";
  return format;
}

function isMarker(name: string | undefined): name is MarkerName {
  return name !== undefined && Object.hasOwn(markers, name);
}

function isDash(name: string | undefined): name is Dash {
  return name !== undefined && Object.hasOwn(dashes, name);
}

type Point = readonly [x: number, y: number];

function polygon(points: readonly Point[]): string {
  return `M${points.map(([x, y]) => `${x.toFixed(3)},${y.toFixed(3)}`).join("L")}Z`;
}

function star(tips: number, outer: number, inner: number): Point[] {
  return Array.from({ length: 2 * tips }, (_, i) => {
    const radius = i % 2 === 0 ? outer : inner;
    const angle = (Math.PI * i) / tips;
    return [radius * Math.sin(angle), -radius * Math.cos(angle)];
  });
}

/** A plus sign whose bars are 2·half wide. */
function plus(half: number): Point[] {
  const corner: Point[] = [
    [half, -1],
    [half, -half],
    [1, -half],
  ];
  return [0, 1, 2, 3].flatMap((turn) => rotate(corner, (turn * Math.PI) / 2));
}

function rotate(points: readonly Point[], angle: number): Point[] {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return points.map(([x, y]) => [x * cos - y * sin, x * sin + y * cos]);
}
