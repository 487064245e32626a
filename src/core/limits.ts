/** What the numbers of a dtype can be. */

import { bfloat16, type DType, float16, float32, float64, getDefaultDtype, int64, toRealType } from "./dtype.js";
import { DTypeError } from "./errors.js";

/** The numerical properties of a floating-point dtype. */
export class FloatInfo {
  /** The number of bits of one number. */
  readonly bits: number;
  /** The distance from 1 to the next number. */
  readonly eps: number;
  /** The largest number. */
  readonly max: number;
  /** The most negative number. */
  readonly min: number;
  /** The smallest positive number with all its digits. */
  readonly tiny: number;
  /** The smallest positive number with all its digits. */
  readonly smallestNormal: number;
  /** The power of ten of the last decimal digit that is kept. */
  readonly resolution: number;
  /** The dtype's name. */
  readonly dtype: string;

  /** @internal */
  constructor(dtype: DType, fraction: number, exponent: number, resolution: number) {
    this.bits = dtype.itemsize * 8;
    this.eps = 2 ** -fraction;
    this.max = (2 - this.eps) * 2 ** exponent;
    this.min = -this.max;
    this.tiny = 2 ** (1 - exponent);
    this.smallestNormal = this.tiny;
    this.resolution = resolution;
    this.dtype = dtype.name;
  }

  toString(): string {
    const { resolution, min, max, eps, tiny, dtype } = this;
    const [low, high, step, small] = [min, max, eps, tiny].map(general);
    return `finfo(resolution=${general(resolution)}, min=${low}, max=${high}, eps=${step}, smallest_normal=${small}, tiny=${small}, dtype=${dtype})`;
  }
}

/** The range of an integer dtype. Those of int64 do not fit numbers and are bigints. */
export class IntInfo {
  /** The number of bits of one number. */
  readonly bits: number;
  /** The largest number. */
  readonly max: number | bigint;
  /** The most negative number. */
  readonly min: number | bigint;
  /** The dtype's name. */
  readonly dtype: string;

  /** @internal */
  constructor(dtype: DType) {
    this.bits = dtype.itemsize * 8;
    const values = dtype.isSigned ? this.bits - 1 : this.bits;
    this.max = dtype === int64 ? 2n ** 63n - 1n : 2 ** values - 1;
    this.min = dtype === int64 ? -(2n ** 63n) : dtype.isSigned ? -(2 ** values) : 0;
    this.dtype = dtype.name;
  }

  toString(): string {
    return `iinfo(min=${general(Number(this.min))}, max=${general(Number(this.max))}, dtype=${this.dtype})`;
  }
}

/** A number as C prints it with `%g`. */
function general(value: number): string {
  const [digits, power] = value.toExponential(5).split("e") as [string, string];
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return String(Number(value.toPrecision(6)));
  return `${Number(digits)}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

const floats: ReadonlyMap<DType, FloatInfo> = new Map([
  [float16, new FloatInfo(float16, 10, 15, 1e-3)],
  [bfloat16, new FloatInfo(bfloat16, 7, 127, 1e-2)],
  [float32, new FloatInfo(float32, 23, 127, 1e-6)],
  [float64, new FloatInfo(float64, 52, 1023, 1e-15)],
]);

/**
 * The numerical properties of a floating-point dtype; of a complex one those of its parts.
 * @throws {DTypeError} for other dtypes.
 * @example
 * ```ts
 * torch.finfo(torch.float32).eps; // 1.1920928955078125e-7
 * ```
 */
export function finfo(dtype: DType = getDefaultDtype()): FloatInfo {
  const found = floats.get(toRealType(dtype));
  if (found === undefined)
    throw new DTypeError(
      `finfo: torch.finfo() requires a floating point input type, not ${dtype}. Use torch.iinfo to handle '${dtype.name}'`,
    );
  return found;
}

/**
 * The range of an integer dtype.
 * @throws {DTypeError} for other dtypes.
 * @example
 * ```ts
 * torch.iinfo(torch.int8).max; // 127
 * ```
 */
export function iinfo(dtype: DType): IntInfo {
  if (dtype.kind !== "int") {
    const why = dtype.kind === "bool" ? "torch.bool is not supported by torch.iinfo" : "torch.iinfo() requires an integer input type";
    throw new DTypeError(`iinfo: ${why}, not ${dtype}${dtype.kind === "bool" ? "" : `. Use torch.finfo to handle '${dtype.name}'`}`);
  }
  return new IntInfo(dtype);
}
