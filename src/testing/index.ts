/** `torch.testing`: comparing results with what was expected, within rounding. */

import { bfloat16, type DType, float16, float32, float64, int64, toRealType } from "../core/dtype.js";
import { ArgumentError, TorchError } from "../core/errors.js";
import { reprFloat, reprNumber, reprTuple } from "../core/printing/index.js";
import { promoteTypes } from "../core/promotion.js";
import { isOptions } from "../tensor/schema.js";
import { Tensor } from "../tensor/tensor.js";

/** A comparison that failed; the message says where and by how much. */
export class AssertionError extends TorchError {
  override readonly name = "AssertionError";
}

/** What `assertClose` takes by name. */
export interface CloseOptions {
  /** The bound on differences relative to what is expected; given together with `atol`. */
  readonly rtol?: number;
  /** The bound on differences; given together with `rtol`. */
  readonly atol?: number;
  /** Whether NaN equals NaN. */
  readonly equalNan?: boolean;
  readonly checkDevice?: boolean;
  readonly checkDtype?: boolean;
  readonly checkStride?: boolean;
  /** Another message, or what makes one of the usual message. */
  readonly msg?: string | ((message: string) => string);
}

interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

const exact: Tolerance = { rtol: 0, atol: 0 };

const tolerances: ReadonlyMap<DType, Tolerance> = new Map([
  [float16, { rtol: 1e-3, atol: 1e-5 }],
  [bfloat16, { rtol: 1.6e-2, atol: 1e-5 }],
  [float32, { rtol: 1.3e-6, atol: 1e-5 }],
  [float64, { rtol: 1e-7, atol: 1e-7 }],
]);

/** The wider one of the bounds that suit two dtypes. */
function defaultTolerance(a: DType, b: DType): Tolerance {
  const [first, second] = [a, b].map((dtype) => tolerances.get(toRealType(dtype)) ?? exact) as [Tolerance, Tolerance];
  return { rtol: Math.max(first.rtol, second.rtol), atol: Math.max(first.atol, second.atol) };
}

function given({ rtol, atol }: CloseOptions): Tolerance | null {
  if (rtol === undefined && atol === undefined) return null;
  if (rtol === undefined || atol === undefined)
    throw new ArgumentError(
      `assertClose: Both 'rtol' and 'atol' must be either specified or omitted, but got no ${rtol === undefined ? "rtol" : "atol"}.`,
    );
  return { rtol, atol };
}

const allowed = (bound: number): string => (bound === 0 ? "0" : reprNumber(bound));

/** ` (up to 1e-05 allowed)`, or nothing where nothing is. */
const upTo = (bound: number, { rtol, atol }: Tolerance): string => (rtol === 0 && atol === 0 ? "" : ` (up to ${allowed(bound)} allowed)`);

function different(attribute: string, actual: unknown, expected: unknown): string {
  return `The values for attribute '${attribute}' do not match: ${String(actual)} != ${String(expected)}.`;
}

/** The indices along each dimension of an element by its number in row-major order. */
function placeOf(number: number, shape: readonly number[]): number[] {
  const place: number[] = [];
  let rest = number;
  for (const n of [...shape].reverse()) {
    place.unshift(rest % n);
    rest = Math.floor(rest / n);
  }
  return place;
}

/** One of the two lines about the largest difference. */
function greatest(kind: string, differences: Tensor, shape: readonly number[], bound: string): string {
  const at = differences.argmax().item();
  const value = differences.index(at).item();
  const text = differences.dtype === int64 ? String(value) : reprFloat(value);
  return `Greatest ${kind} difference: ${text} at index ${reprTuple(placeOf(at, shape))}${bound}`;
}

function compareNumbers(actual: number, expected: number, whole: boolean, tolerance: Tolerance, equalNan: boolean): string | null {
  const difference = Math.abs(actual - expected);
  if (actual === expected || (equalNan && Number.isNaN(actual) && Number.isNaN(expected))) return null;
  if (Number.isFinite(difference) && difference <= tolerance.atol + tolerance.rtol * Math.abs(expected)) return null;
  const show = whole ? reprNumber : reprFloat;
  const equal = tolerance.rtol === 0 && tolerance.atol === 0 ? "equal" : "close";
  const relative = expected === 0 ? Number.POSITIVE_INFINITY : difference / Math.abs(expected);
  return [
    `Scalars are not ${equal}!\n`,
    `Expected ${show(expected)} but got ${show(actual)}.`,
    `Absolute difference: ${show(difference)}${upTo(tolerance.atol, tolerance)}`,
    `Relative difference: ${reprFloat(relative)}${upTo(tolerance.rtol, tolerance)}`,
  ].join("\n");
}

/** Why two tensors are not close, or null. */
function compareTensors(actual: Tensor, expected: Tensor, options: CloseOptions): string | null {
  const { checkDevice = true, checkDtype = true, checkStride = false, equalNan = false } = options;
  if (`${actual.shape}` !== `${expected.shape}`) return different("shape", actual.size(), expected.size());
  if (checkDevice && actual.device !== expected.device) return different("device", actual.device, expected.device);
  if (checkDtype && actual.dtype !== expected.dtype) return different("dtype", actual.dtype, expected.dtype);
  if (checkStride && `${actual.stride()}` !== `${expected.stride()}`)
    return different("stride()", reprTuple(actual.stride()), reprTuple(expected.stride()));
  const tolerance = given(options) ?? defaultTolerance(actual.dtype, expected.dtype);
  const common = promoteTypes(actual.dtype, expected.dtype);
  const dtype = common.isFloatingPoint || common.isComplex ? common : int64;
  const [a, b] = [actual, expected].map((one) => one.detach().to({ dtype, device: actual.device }).flatten()) as [Tensor, Tensor];
  const matches = a.isclose(b, { ...tolerance, equalNan });
  if (matches.all().item()) return null;
  if (a.shape[0] === 1 && actual.shape.length === 0 && !dtype.isComplex)
    return compareNumbers(Number(a.item()), Number(b.item()), dtype === int64, tolerance, equalNan);
  const wrong = matches.logicalNot();
  const [count, total] = [wrong.sum().item(), actual.numel()];
  const absolute = a.sub(b).abs().maskedFill(matches, 0);
  const relative = absolute.div(b.abs()).maskedFill(matches, 0);
  return [
    `Tensor-likes are not ${tolerance.rtol === 0 && tolerance.atol === 0 ? "equal" : "close"}!\n`,
    `Mismatched elements: ${count} / ${total} (${((100 * count) / total).toFixed(1)}%)`,
    greatest("absolute", absolute, actual.shape, upTo(tolerance.atol, tolerance)),
    greatest("relative", relative, actual.shape, upTo(tolerance.rtol, tolerance)),
  ].join("\n");
}

/** Why two mappings do not have the same keys, or null. */
function compareKeys(actual: object, expected: object): string | null {
  const missing = Object.keys(expected).filter((key) => !(key in actual));
  const additional = Object.keys(actual).filter((key) => !(key in expected));
  if (missing.length === 0 && additional.length === 0) return null;
  const list = (keys: readonly string[]): string => `[${keys.map((key) => `'${key}'`).join(", ")}]`;
  return `The keys of the mappings do not match:\nMissing keys in the actual mapping: ${list(missing)}\nAdditional keys in the actual mapping: ${list(additional)}`;
}

/** Why two values are not close, or null. `path` is where they are among the values that the user gave. */
function compare(actual: unknown, expected: unknown, path: string, options: CloseOptions): string | null {
  const here = (message: string | null): string | null =>
    message === null || path === "" ? message : `${message}\n\nThe failure occurred for item ${path}`;
  if (actual instanceof Tensor && expected instanceof Tensor) return here(compareTensors(actual, expected, options));
  if (Array.isArray(actual) && Array.isArray(expected)) {
    if (actual.length !== expected.length) return here(`The length of the sequences mismatch: ${actual.length} != ${expected.length}`);
    return first(actual.map((one: unknown, i) => () => compare(one, expected[i], `${path}[${i}]`, options)));
  }
  if (isOptions(actual) && isOptions(expected)) {
    const keys = compareKeys(actual, expected);
    if (keys !== null) return here(keys);
    return first(Object.keys(expected).map((key) => () => compare(actual[key], expected[key], `${path}['${key}']`, options)));
  }
  if (typeof actual === "number" && typeof expected === "number")
    return here(compareNumbers(actual, expected, false, given(options) ?? defaultTolerance(float64, float64), options.equalNan ?? false));
  if (typeof actual !== typeof expected || (typeof actual === "object" && actual !== null && expected !== null))
    throw new ArgumentError(`assertClose: No comparison pair was able to handle inputs of type ${typeof actual} and ${typeof expected}.`);
  return here(Object.is(actual, expected) ? null : `Objects are not equal: ${String(actual)} != ${String(expected)}`);
}

/** The first message of several comparisons. */
function first(comparisons: readonly (() => string | null)[]): string | null {
  for (const run of comparisons) {
    const message = run();
    if (message !== null) return message;
  }
  return null;
}

/**
 * Checks that tensors, numbers, or arrays and objects of them are close: `|actual - expected| ≤ atol + rtol · |expected|`. Bounds are by
 * default those of the dtype (float32: `rtol` 1.3e-6, `atol` 1e-5; integers: 0). Reads the values.
 * @throws {AssertionError} if they are not: with the number of elements, where the greatest difference is, and how large.
 * @example
 * ```ts
 * torch.testing.assertClose(torch.ones(3).mul(0.1).sum(), torch.tensor(0.3));
 * ```
 */
export function assertClose(actual: unknown, expected: unknown, options: CloseOptions = {}): void {
  const message = compare(actual, expected, "", options);
  if (message === null) return;
  const { msg } = options;
  throw new AssertionError(msg === undefined ? message : typeof msg === "string" ? msg : msg(message));
}
