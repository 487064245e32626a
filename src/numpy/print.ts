/** NumPy's texts of arrays, to the character: `str(a)` and `repr(a)` with its default print options. */

import { type Element, type Format, formatFor } from "./format.js";

/** What is printed of an array: of numpy-ts's, or of anything with the same face. */
export interface Printable {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly size: number;
  /** The element at a place in row-major order. */
  iget(flatIndex: number): Element;
}

const LINE_WIDTH = 75;
const THRESHOLD = 1000;
const EDGE_ITEMS = 3;

/** The positions along a dimension that are shown; null stands for those left out. */
function shownAlong(size: number, summarised: boolean): (number | null)[] {
  if (!summarised || size <= 2 * EDGE_ITEMS) return Array.from({ length: size }, (_, i) => i);
  const edge = Array.from({ length: EDGE_ITEMS }, (_, i) => i);
  return [...edge, null, ...edge.map((i) => size - EDGE_ITEMS + i)];
}

/** The elements that are shown. */
function shownElements(array: Printable): Element[] {
  const summarised = array.size > THRESHOLD;
  let places = [0];
  for (const n of array.shape) {
    const along = shownAlong(n, summarised).filter((i) => i !== null);
    places = places.flatMap((place) => along.map((i) => place * n + i));
  }
  return places.map((place) => array.iget(place));
}

interface Style {
  readonly separator: string;
  readonly format: Format;
  readonly summarised: boolean;
}

/** Adds a word to a line, or begins a new one where it is too wide. */
function extend(lines: { done: string; line: string }, word: string, width: number, indent: string): void {
  if (lines.line.length + word.length > width && lines.line.length > indent.length) {
    lines.done += `${lines.line.trimEnd()}\n`;
    lines.line = indent;
  }
  lines.line += word;
}

function body(array: Printable, style: Style, axis: number, start: number, indent: string, width: number): string {
  const { shape } = array;
  if (axis === shape.length) return style.format(array.iget(start));
  const size = shape[axis] as number;
  const along = shownAlong(size, style.summarised);
  const inner = (i: number): string => body(array, style, axis + 1, start + i * strideOf(shape, axis), `${indent} `, width - 1);
  const last = along.length - 1;
  const separator = style.separator.trimEnd();
  if (axis === shape.length - 1) {
    const lines = { done: "", line: indent };
    along.forEach((i, n) => {
      extend(lines, i === null ? "..." : inner(i), width - Math.max(separator.length, 1), indent);
      if (n < last) lines.line += style.separator;
    });
    return `[${(lines.done + lines.line).slice(indent.length)}]`;
  }
  const between = separator + "\n".repeat(shape.length - axis - 1);
  const rows = along.map((i) => indent + (i === null ? "..." : inner(i)));
  return `[${rows.join(between).slice(indent.length)}]`;
}

function strideOf(shape: readonly number[], axis: number): number {
  return shape.slice(axis + 1).reduce((n, size) => n * size, 1);
}

function textOf(array: Printable, separator: string, prefix: string, suffix: string): string {
  if (array.size === 0) return "[]";
  const format = formatFor(array.dtype, shownElements(array), array.shape.length === 0);
  const style = { separator, format, summarised: array.size > THRESHOLD };
  return body(array, style, 0, 0, " ".repeat(prefix.length + 1), LINE_WIDTH - suffix.length);
}

/**
 * The text that Python's `print(a)` gives.
 * @example
 * ```ts
 * import { arrayStr } from "flambeau/numpy";
 * arrayStr(np.array([1, 2, 3])); // "[1. 2. 3.]"
 * ```
 */
export function arrayStr(array: Printable): string {
  const text = textOf(array, " ", "", "");
  return array.shape.length === 0 && array.dtype.startsWith("float") ? text.replace(/\.$/, ".0") : text;
}

/** The dtypes that their elements show. */
const implied: ReadonlySet<string> = new Set(["float64", "int64", "bool", "complex128"]);

const tuple = (shape: readonly number[]): string => (shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`);

/**
 * The text that Python shows for an array as the last value of a cell.
 * @example
 * ```ts
 * import { arrayRepr } from "flambeau/numpy";
 * arrayRepr(np.array([1, 2, 3])); // "array([1., 2., 3.])"
 * ```
 */
export function arrayRepr(array: Printable): string {
  const prefix = "array(";
  const { shape, size, dtype } = array;
  const text = textOf(array, ", ", prefix, ")");
  const extras: string[] = [];
  if ((size === 0 && !(shape.length === 1 && shape[0] === 0)) || size > THRESHOLD) extras.push(`shape=${tuple(shape)}`);
  if (!implied.has(dtype) || size === 0) extras.push(`dtype=${dtype}`);
  if (extras.length === 0) return `${prefix}${text})`;
  const start = `${prefix}${text},`;
  const end = `${extras.join(", ")})`;
  const lastLine = start.length - (start.lastIndexOf("\n") + 1);
  return start + (lastLine + end.length + 1 > LINE_WIDTH ? `\n${" ".repeat(prefix.length)}` : " ") + end;
}
