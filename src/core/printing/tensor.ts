/** The text of a tensor as PyTorch prints it: which elements are shown, how lines break, and the suffixes behind them. */

import { type Cells, type ComplexValue, complexCells, type ElementKind, type ElementValue, floatCells, plainCells } from "./elements.js";
import { getPrintoptions, type PrintOptions } from "./options.js";

/** What printing needs to know of a tensor. */
export interface PrintableTensor {
  readonly kind: ElementKind;
  readonly shape: readonly number[];
  /** Reads one element by its row-major index; asked only for those that are shown. */
  at(index: number): ElementValue;
  /** What follows the elements, rendered and in order, such as `dtype=torch.float64` and `grad_fn=<MulBackward0>`. */
  readonly suffixes: readonly string[];
  /** What opens the text; `tensor(` unless given. */
  readonly prefix?: string | undefined;
  /** Text to show for the elements, such as the `...` of a tensor without data; `at` is not called then. */
  readonly contents?: string | undefined;
  /** The dtype for error messages, such as `float32`. */
  readonly dtypeName?: string | undefined;
}

/** The indices of one dimension that are shown; with a gap, an ellipsis stands between its two halves. */
interface Axis {
  readonly shown: readonly number[];
  readonly gap: boolean;
}

/**
 * Prints a tensor as PyTorch's `repr` does, to the character.
 *
 * @param tensor - kind, shape, elements and suffixes
 * @param options - the print options; those of the program unless given
 * @throws TypeError if `at` gives a value that is not of the tensor's kind
 * @example
 * formatTensor({ kind: "float", shape: [2], at: (i) => i + 0.5, suffixes: ["requires_grad=True"] });
 * // "tensor([0.5000, 1.5000], requires_grad=True)"
 */
export function formatTensor(tensor: PrintableTensor, options: PrintOptions = getPrintoptions()): string {
  const prefix = tensor.prefix ?? "tensor(";
  const contents = tensor.contents ?? formatElements(tensor, options, prefix.length);
  return appendSuffixes(prefix + contents, tensor.suffixes, prefix.length, options.linewidth);
}

function formatElements(tensor: PrintableTensor, options: PrintOptions, indent: number): string {
  const count = tensor.shape.reduce((product, size) => product * size, 1);
  if (count === 0) return "[]";
  const summarize = count > options.threshold;
  const axes = tensor.shape.map((size) => shownAxis(size, summarize, options.edgeitems));
  const cells = formatCells(tensor, shownIndices(tensor.shape, axes), options);
  return layOut(axes, cells, options.linewidth, indent);
}

function shownAxis(size: number, summarize: boolean, edgeitems: number): Axis {
  const all = Array.from({ length: Math.min(size, summarize ? 2 * edgeitems : size) }, (_, i) => i);
  if (!summarize || size <= 2 * edgeitems) return { shown: all, gap: false };
  return { shown: all.map((i) => (i < edgeitems ? i : size - 2 * edgeitems + i)), gap: true };
}

/** Row-major indices of the shown elements, in the order of printing. */
function shownIndices(shape: readonly number[], axes: readonly Axis[]): readonly number[] {
  let indices: readonly number[] = [0];
  axes.forEach((axis, dim) => {
    const size = shape[dim] ?? 1;
    indices = indices.flatMap((index) => axis.shown.map((i) => index * size + i));
  });
  return indices;
}

function formatCells(tensor: PrintableTensor, indices: readonly number[], options: PrintOptions): Cells {
  function read<T extends ElementValue>(is: (value: ElementValue) => value is T): readonly T[] {
    return indices.map((index) => {
      const value = tensor.at(index);
      if (is(value)) return value;
      const dtype = tensor.dtypeName === undefined ? "" : ` of ${tensor.dtypeName}`;
      throw new TypeError(`formatTensor: element ${index}${dtype} is ${String(value)}, which is not a value of kind "${tensor.kind}"`);
    });
  }
  switch (tensor.kind) {
    case "float":
      return floatCells(read(isNumber), options);
    case "complex":
      return complexCells(read(isComplex), options);
    case "int":
      return plainCells(read(isInteger));
    case "bool":
      return plainCells(read(isBoolean));
  }
}

const isNumber = (value: ElementValue): value is number => typeof value === "number";
const isBoolean = (value: ElementValue): value is boolean => typeof value === "boolean";
const isComplex = (value: ElementValue): value is ComplexValue => typeof value === "object";
const isInteger = (value: ElementValue): value is number | bigint => Number.isInteger(value) || typeof value === "bigint";

/** Puts cells into nested brackets: a blank line between matrices, and rows broken at the line width. */
function layOut(axes: readonly Axis[], cells: Cells, linewidth: number, indent: number): string {
  function block(dim: number, start: number, column: number): string {
    const axis = axes[dim];
    if (axis === undefined) return cells.texts[start] ?? "";
    if (dim === axes.length - 1) return row(axis, cells, start, linewidth, column);
    const step = axes.slice(dim + 1).reduce((product, { shown }) => product * shown.length, 1);
    const blocks = axis.shown.map((_, i) => block(dim + 1, start + i * step, column + 1));
    if (axis.gap) blocks.splice(axis.shown.length / 2, 0, "...");
    const separator = `,${"\n".repeat(axes.length - 1 - dim)}${" ".repeat(column + 1)}`;
    return `[${blocks.join(separator)}]`;
  }
  return block(0, 0, indent);
}

function row(axis: Axis, cells: Cells, start: number, linewidth: number, column: number): string {
  const count = axis.shown.length;
  const texts = cells.texts.slice(start, start + count);
  if (axis.gap) texts.splice(count / 2, 0, count === 0 ? "..." : " ...");
  const perLine = Math.max(1, Math.floor((linewidth - column) / (cells.width + 2)));
  const lines: string[] = [];
  for (let i = 0; i < texts.length; i += perLine) lines.push(texts.slice(i, i + perLine).join(", "));
  return `[${lines.join(`,\n${" ".repeat(column + 1)}`)}]`;
}

/** Appends suffixes and the closing bracket; a suffix that would pass the line width opens a line of its own. */
function appendSuffixes(body: string, suffixes: readonly string[], indent: number, linewidth: number): string {
  let text = body;
  let column = body.length - body.lastIndexOf("\n") + 1;
  for (const suffix of suffixes) {
    if (column + suffix.length + 2 > linewidth) {
      text += `,\n${" ".repeat(indent)}${suffix}`;
      column = indent + suffix.length;
    } else {
      text += `, ${suffix}`;
      column += suffix.length + 2;
    }
  }
  return `${text})`;
}
