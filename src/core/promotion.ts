/** Type promotion: the dtype that an operation on several operands computes in. */

import {
  bfloat16,
  bool,
  complex64,
  complex128,
  type DType,
  dtypes,
  float16,
  float32,
  float64,
  getDefaultDtype,
  int8,
  int16,
  int32,
  int64,
  toComplexType,
  uint8,
} from "./dtype.js";

const widths: readonly DType[] = [int8, int16, int32, int64];

function promoteDistinct(a: DType, b: DType): DType {
  if (a === bool) return b;
  if (b === bool) return a;
  if (a.isComplex || b.isComplex) {
    const wide = a === complex128 || b === complex128 || a === float64 || b === float64;
    return wide ? complex128 : complex64;
  }
  if (a.isFloatingPoint && b.isFloatingPoint) {
    if (a === float64 || b === float64) return float64;
    return a === b ? a : float32;
  }
  if (a.isFloatingPoint) return a;
  if (b.isFloatingPoint) return b;
  if (a === uint8) return b === int8 ? int16 : b;
  if (b === uint8) return a === int8 ? int16 : a;
  return widths.indexOf(a) > widths.indexOf(b) ? a : b;
}

const table: readonly DType[] = dtypes.flatMap((a) => dtypes.map((b) => (a === b ? a : promoteDistinct(a, b))));

/**
 * The smallest dtype that holds values of both dtypes.
 * @example
 * ```ts
 * torch.promoteTypes(torch.int32, torch.float32); // torch.float32
 * ```
 */
export function promoteTypes(a: DType, b: DType): DType {
  return table[a.code * 12 + b.code] as DType;
}

function category(dtype: DType): number {
  if (dtype.isComplex) return 3;
  if (dtype.isFloatingPoint) return 2;
  return dtype === bool ? 0 : 1;
}

/**
 * Collects operands and gives their result type by PyTorch's rule: tensors with dimensions decide;
 * 0-d tensors, then plain numbers, count only if their category (bool, integer, float, complex) is higher.
 */
export class ResultType {
  private dimensioned: DType | null = null;
  private zeroDim: DType | null = null;
  private wrapped: DType | null = null;

  /** Adds a tensor operand. */
  tensor(dtype: DType, dim: number): this {
    if (dim > 0) this.dimensioned = this.dimensioned === null ? dtype : promoteTypes(this.dimensioned, dtype);
    else this.zeroDim = this.zeroDim === null ? dtype : promoteTypes(this.zeroDim, dtype);
    return this;
  }

  /**
   * Adds a plain number. Whole numbers count as integers next to a tensor, others as floats.
   */
  scalar(value: unknown): this {
    const dtype = scalarType(value);
    this.wrapped = this.wrapped === null ? dtype : promoteTypes(this.wrapped, dtype);
    return this;
  }

  /** The dtype of the result. */
  get dtype(): DType {
    return combine(combine(this.dimensioned, this.zeroDim), this.wrapped) ?? getDefaultDtype();
  }
}

function combine(higher: DType | null, lower: DType | null): DType | null {
  if (higher === null) return lower;
  if (lower === null) return higher;
  if (category(higher) >= category(lower)) return higher;
  // A complex number beside floats takes their precision.
  return lower.isComplex && higher.isFloatingPoint ? toComplexType(higher) : lower;
}

/** The dtype that a bare number, bigint, boolean or complex number counts as beside a tensor. */
export function scalarType(value: unknown): DType {
  if (typeof value === "boolean") return bool;
  if (typeof value === "bigint") return int64;
  if (typeof value === "number") return Number.isInteger(value) ? int64 : getDefaultDtype();
  return toComplexType(getDefaultDtype());
}

/**
 * Whether values of one dtype may be stored in another: never from a higher category to a lower one.
 * @example
 * ```ts
 * torch.canCast(torch.float64, torch.int32); // false
 * ```
 */
export function canCast(from: DType, to: DType): boolean {
  if (from.isComplex && !to.isComplex) return false;
  if (from.isFloatingPoint && !to.isFloatingPoint && !to.isComplex) return false;
  return from === bool || to !== bool;
}

/** The float type that integers become in operations on real numbers, such as `exp`. */
export function toFloating(dtype: DType): DType {
  return dtype.isFloatingPoint || dtype.isComplex ? dtype : getDefaultDtype();
}

/** Whether a dtype is one of the two 16-bit floats, which compute in float32. */
export function isHalf(dtype: DType): boolean {
  return dtype === float16 || dtype === bfloat16;
}
