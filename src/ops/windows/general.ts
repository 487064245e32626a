/** What window functions have in common, and the window of cosines from which most are made. */

import type { Device } from "../../core/device.js";
import { type DType, float32, float64, getDefaultDtype } from "../../core/dtype.js";
import { ArgumentError, DTypeError } from "../../core/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { TensorOptions } from "../create/blank.js";
import { empty, ones } from "../create/filled.js";
import { linspace } from "../create/ranges.js";

/** What every window takes by name. */
export interface WindowOptions extends TensorOptions {
  /** Whether the window is symmetric (for the design of filters), or one period of a periodic one (for spectra). */
  sym?: boolean;
}

/** The options of a window as they stand in signatures. */
export const WINDOW_OPTIONS = "bool sym=true, dtype? dtype=null, device? device=null, bool requiresGrad=false";

/** Where and as what a window is made. */
export interface Place {
  readonly dtype: DType | null;
  readonly device: Device | null;
}

/**
 * The dtype of a window.
 * @throws {ArgumentError | DTypeError} for a negative length, or another dtype than float32 and float64.
 */
export function checkWindow(op: string, M: number, { dtype }: Place): DType {
  const type = dtype ?? getDefaultDtype();
  if (M < 0) throw new ArgumentError(`${op} requires non-negative window length, got M=${M}`);
  if (type !== float32 && type !== float64) throw new DTypeError(`${op} expects float32 or float64 dtypes, got: ${type}`);
  return type;
}

/** A window of one of the lengths at which formulas break down: none, or a single one; null for others. */
export function shortWindow(M: number, dtype: DType, device: Device | null): Tensor | null {
  if (M === 0) return empty([0], { dtype, device });
  return M === 1 ? ones([1], { dtype, device }) : null;
}

/** `M` numbers in equal steps, in the window's dtype. */
export function steps(from: number, to: number, M: number, dtype: DType, device: Device | null): Tensor {
  return linspace(from, to, M, { dtype, device });
}

/** `Σ (-1)ⁱ aᵢ cos(2πik / (M - 1))`, the sum of cosines behind the windows of Hann, Hamming, Blackman and Nuttall. */
export function cosines(op: string, M: number, a: readonly number[], sym: boolean, place: Place): Tensor {
  const dtype = checkWindow(op, M, place);
  const short = shortWindow(M, dtype, place.device);
  if (short !== null) return short;
  if (a.length === 0) throw new ArgumentError(`${op}: Coefficients cannot be empty`);
  const period = (2 * Math.PI) / (sym ? M - 1 : M);
  const angle = steps(0, (M - 1) * period, M, dtype, place.device);
  return a
    .map((w, i) =>
      angle
        .mul(i)
        .cos()
        .mul(i % 2 === 0 ? w : -w),
    )
    .reduce((sum, term) => sum.add(term));
}
