/** The text of elements: one format for a whole tensor, decided by its values, and every cell padded to one width. */

import { fixed, scientific } from "./decimal.js";
import type { PrintOptions } from "./options.js";

/** A complex number as its two parts. */
export interface ComplexValue {
  readonly re: number;
  readonly im: number;
}

/** What a tensor holds, as far as printing is concerned; half-precision formats are floats too. */
export type ElementKind = "float" | "int" | "bool" | "complex";

/** One element of a tensor. */
export type ElementValue = number | bigint | boolean | ComplexValue;

/** Elements as text, in their order, and the width that decides how many go on a line. */
export interface Cells {
  readonly texts: readonly string[];
  readonly width: number;
}

/** Above this ratio of the largest to the smallest magnitude, positional notation would lose the small ones. */
const LARGEST_RATIO = 1000;
const LARGEST = 1e8;
const SMALLEST = 1e-4;

/**
 * Formats floats: scientific, whole (`2.`) or with decimals, whichever fits the finite values other than zero.
 *
 * Zeros, infinities and NaN have no say in the notation or the width, and are padded only up to that width.
 */
export function floatCells(values: readonly number[], options: PrintOptions): Cells {
  const decisive = values.filter((value) => Number.isFinite(value) && value !== 0);
  const format = floatFormat(decisive, options);
  const width = decisive.reduce((widest, value) => Math.max(widest, format(value).length), 1);
  return { texts: values.map((value) => format(value).padStart(width)), width };
}

function floatFormat(decisive: readonly number[], options: PrintOptions): (value: number) => string {
  const { precision } = options;
  if (decisive.length > 0 && (options.sciMode ?? needsScientific(decisive))) {
    return (value) => scientific(value, precision);
  }
  if (decisive.every(Number.isInteger)) {
    return (value) => (Number.isFinite(value) ? `${fixed(value, 0)}.` : fixed(value, 0));
  }
  return (value) => fixed(value, precision);
}

function needsScientific(decisive: readonly number[]): boolean {
  let smallest = Infinity;
  let largest = 0;
  for (const value of decisive) {
    smallest = Math.min(smallest, Math.abs(value));
    largest = Math.max(largest, Math.abs(value));
  }
  return largest / smallest > LARGEST_RATIO || largest > LARGEST || smallest < SMALLEST;
}

/** Formats integers and booleans, right-aligned. */
export function plainCells(values: readonly (number | bigint | boolean)[]): Cells {
  const texts = values.map((value) => (typeof value === "boolean" ? (value ? "True" : "False") : value.toString()));
  const width = texts.reduce((widest, text) => Math.max(widest, text.length), 1);
  return { texts: texts.map((text) => text.padStart(width)), width };
}

/** Formats complex numbers; both parts choose their notation apart, and only the real one is aligned. */
export function complexCells(values: readonly ComplexValue[], options: PrintOptions): Cells {
  const real = floatCells(
    values.map((value) => value.re),
    options,
  );
  const imaginary = floatCells(
    values.map((value) => value.im),
    options,
  );
  const texts = real.texts.map((text, i) => {
    const part = `${imaginary.texts[i]}j`.trimStart();
    return part.startsWith("-") ? text + part : `${text}+${part}`;
  });
  return { texts, width: real.width + imaginary.width + 1 };
}
