/** Comparison with PyTorch's results, within the tolerances of `torch.testing.assert_close`. */

import * as torch from "../../src/index.js";
import { decodeElement, type ReadValue, readSync } from "../../src/tensor/read.js";
import type { Json, TensorJson } from "./cases.js";
import { decode, isObject, numberOf, tensorJson } from "./decode.js";

/** How far values may be apart: `|actual - expected| <= atol + rtol * |expected|`. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

const exact: Tolerance = { rtol: 0, atol: 0 };

const tolerances: Readonly<Record<string, Tolerance>> = {
  float16: { rtol: 1e-3, atol: 1e-5 },
  bfloat16: { rtol: 1.6e-2, atol: 1e-5 },
  float32: { rtol: 1.3e-6, atol: 1e-5 },
  float64: { rtol: 1e-7, atol: 1e-7 },
  complex64: { rtol: 1.3e-6, atol: 1e-5 },
  complex128: { rtol: 1e-7, atol: 1e-7 },
};

/** What is wrong with a result. */
export class Mismatch extends Error {
  override readonly name = "Mismatch";
}

/** What a comparison may ignore, and a wider tolerance. */
export interface CloseOptions {
  readonly tolerance?: Tolerance | undefined;
  /** Compares shapes and dtypes only. */
  readonly shapeOnly?: boolean | undefined;
}

function closeNumbers(actual: number, expected: number, { rtol, atol }: Tolerance): boolean {
  if (actual === expected || (Number.isNaN(actual) && Number.isNaN(expected))) return true;
  return Number.isFinite(expected) && Math.abs(actual - expected) <= atol + rtol * Math.abs(expected);
}

function close(actual: ReadValue, expected: ReadValue, tolerance: Tolerance): boolean {
  if (actual instanceof torch.Complex && expected instanceof torch.Complex) {
    if (closeNumbers(actual.re, expected.re, tolerance) && closeNumbers(actual.im, expected.im, tolerance)) return true;
    const bound = tolerance.atol + tolerance.rtol * Math.hypot(expected.re, expected.im);
    return Number.isFinite(bound) && Math.hypot(actual.re - expected.re, actual.im - expected.im) <= bound;
  }
  if (typeof actual === "number" && typeof expected === "number") return closeNumbers(actual, expected, tolerance);
  return actual === expected;
}

/** The elements of a tensor, row-major. */
export function elements(tensor: torch.Tensor): ReadValue[] {
  const data = readSync(tensor.detach(), "elements");
  return Array.from({ length: tensor.numel() }, (_, i) => decodeElement(data, i, tensor.dtype));
}

function expectedElement(json: TensorJson, i: number): ReadValue {
  if (json.dtype.startsWith("complex"))
    return new torch.Complex(Number(numberOf(json.data[2 * i])), Number(numberOf(json.data[2 * i + 1])));
  const value = numberOf(json.data[i]);
  return json.dtype === "float32" && typeof value === "number" ? Math.fround(value) : value;
}

function position(flat: number, shape: readonly number[]): string {
  const at: number[] = [];
  for (let d = shape.length - 1, rest = flat; d >= 0; d--) {
    const size = shape[d] as number;
    at.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `[${at.join(", ")}]`;
}

const shown = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

/** Compares values at the same places; `where` names the result in the message. */
function compareElements(
  actual: readonly ReadValue[],
  expected: readonly ReadValue[],
  shape: readonly number[],
  tolerance: Tolerance,
  where: string,
): void {
  const wrong = actual.flatMap((value, i) => (close(value, expected[i] as ReadValue, tolerance) ? [] : [i]));
  const first = wrong[0];
  if (first === undefined) return;
  const allowed = tolerance === exact ? "exactly" : `with rtol ${tolerance.rtol}, atol ${tolerance.atol}`;
  throw new Mismatch(
    `${where}: ${wrong.length} of ${actual.length} values differ, first at ${position(first, shape)}: got ${actual[first]}, expected ${expected[first]} ${allowed}`,
  );
}

function compareTensor(actual: unknown, json: TensorJson, options: CloseOptions, where: string): void {
  if (!(actual instanceof torch.Tensor)) throw new Mismatch(`${where}: got ${actual === null ? "null" : typeof actual}, expected a tensor`);
  if (actual.dtype.name !== json.dtype) throw new Mismatch(`${where}: dtype is ${actual.dtype.name}, expected ${json.dtype}`);
  if (shown(actual.shape) !== shown(json.shape))
    throw new Mismatch(`${where}: shape is ${shown(actual.shape)}, expected ${shown(json.shape)}`);
  if (options.shapeOnly) return;
  const values = elements(actual);
  const expected = values.map((_, i) => expectedElement(json, i));
  compareElements(values, expected, json.shape, options.tolerance ?? tolerances[json.dtype] ?? exact, where);
}

/**
 * Compares a result with what PyTorch gave: structure, dtype, shape, and values, where NaN equals NaN.
 * @throws {Mismatch} saying what differs first, and where.
 */
export function assertClose(actual: unknown, expected: Json, options: CloseOptions = {}, where: string = "result"): void {
  const json = tensorJson(expected);
  if (json !== null) return compareTensor(actual, json, options, where);
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual))
      throw new Mismatch(
        `${where}: got ${actual instanceof torch.Tensor ? "one tensor" : typeof actual}, expected ${expected.length} results`,
      );
    if (actual.length !== expected.length) throw new Mismatch(`${where}: got ${actual.length} results, expected ${expected.length}`);
    expected.forEach((one: Json, i) => {
      assertClose(actual[i], one, options, `${where}[${i}]`);
    });
    return;
  }
  const value = decode(expected);
  const tolerance = options.tolerance ?? { rtol: 1.3e-6, atol: 1e-5 };
  const fits =
    typeof value === "number" && typeof actual === "number"
      ? closeNumbers(actual, value, Number.isInteger(value) && !isObject(expected) ? exact : tolerance)
      : value instanceof torch.Complex && actual instanceof torch.Complex
        ? close(actual, value, tolerance)
        : actual === value;
  if (!fits && !options.shapeOnly) throw new Mismatch(`${where}: got ${String(actual)}, expected ${String(value)}`);
}

/** Compares two results of ours: structure, dtype, shape, values. */
export function assertSame(actual: unknown, expected: unknown, options: CloseOptions = {}, where: string = "result"): void {
  if (expected instanceof torch.Tensor) {
    if (!(actual instanceof torch.Tensor)) throw new Mismatch(`${where}: got ${typeof actual}, expected a tensor`);
    if (actual.dtype !== expected.dtype) throw new Mismatch(`${where}: dtype is ${actual.dtype.name}, expected ${expected.dtype.name}`);
    if (shown(actual.shape) !== shown(expected.shape))
      throw new Mismatch(`${where}: shape is ${shown(actual.shape)}, expected ${shown(expected.shape)}`);
    if (options.shapeOnly) return;
    compareElements(
      elements(actual),
      elements(expected),
      expected.shape,
      options.tolerance ?? tolerances[expected.dtype.name] ?? exact,
      where,
    );
    return;
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) throw new Mismatch(`${where}: expected ${expected.length} results`);
    expected.forEach((one: unknown, i) => {
      assertSame(actual[i], one, options, `${where}[${i}]`);
    });
    return;
  }
  if (!options.shapeOnly && !Object.is(actual, expected) && !(actual instanceof torch.Complex))
    throw new Mismatch(`${where}: got ${String(actual)}, expected ${String(expected)}`);
}
