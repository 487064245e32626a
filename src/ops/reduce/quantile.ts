/** Quantiles. */

import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { wrapDim } from "../../core/shape.js";
import { scalarOn } from "../../tensor/create.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";

/** What is given for a quantile between two elements. */
export type Interpolation = "linear" | "lower" | "higher" | "midpoint" | "nearest";

const interpolations: readonly string[] = ["linear", "lower", "higher", "midpoint", "nearest"];

/** `q` as a tensor in the dtype of the input, checked to lie between 0 and 1 where the host knows it. */
function fractions(op: string, input: Tensor, q: unknown): Tensor {
  if (q instanceof Tensor) {
    if (q.dtype !== input.dtype)
      throw new DTypeError(`${op}: ${op}() q tensor must be same dtype as the input tensor, got ${q.dtype} and ${input.dtype}`);
    if (q.shape.length > 1) throw new ShapeError(`${op}: ${op}() q must be a scalar or 1D tensor, got ${q.shape.length} dimensions`);
    if (q.storage.backend !== input.storage.backend)
      throw new ArgumentError(
        `${op}: ${op}() q tensor must be on the same device as the input tensor, got ${q.device} and ${input.device}`,
      );
    if (q.device.type === "cpu" && !q.detach().ge(0).logicalAnd(q.detach().le(1)).all().item())
      throw new ArgumentError(`${op}: ${op}() q values must be in the range [0, 1]`);
    return q;
  }
  if (typeof q !== "number") throw new ArgumentError(`${op}(): argument 'q' (position 2) must be float or Tensor, not ${typeof q}`);
  if (!(q >= 0 && q <= 1)) throw new ArgumentError(`${op}: ${op}() q must be in the range [0, 1] but got ${q}`);
  return scalarOn(input.storage.backend, q, input.dtype);
}

/** Elements of sorted lines at fractional ranks. */
function interpolate(sorted: Tensor, ranks: Tensor, how: Interpolation): Tensor {
  if (how === "lower") return sorted.gather(-1, ranks.floor().long());
  if (how === "higher") return sorted.gather(-1, ranks.ceil().long());
  if (how === "nearest") return sorted.gather(-1, ranks.round().long());
  const below = ranks.long();
  const weights = how === "midpoint" ? ranks.detach().mul(0).add(0.5) : ranks.sub(below);
  return sorted.gather(-1, below).lerp(sorted.gather(-1, ranks.ceil().long()), weights);
}

type QuantileOp = Op<
  (
    input: Tensor,
    q: number | Tensor,
    ...args: Args<[dim: number | null, keepdim: boolean], { dim?: number | null; keepdim?: boolean; interpolation?: Interpolation }>
  ) => Tensor
>;

function quantileOf(op: "quantile" | "nanquantile", skipNan: boolean): QuantileOp {
  return composite(
    `${op}(Tensor input, any q, int? dim=null, bool keepdim=false, *, str interpolation='linear')`,
    (input, given, dim, keepdim, interpolation) => {
      if (!interpolations.includes(interpolation))
        throw new ArgumentError(
          `${op}: ${op}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got ${interpolation}`,
        );
      if (input.dtype.name !== "float32" && input.dtype.name !== "float64")
        throw new DTypeError(`${op}: ${op}() input tensor must be either float or double dtype, got ${input.dtype}`);
      if (input.count === 0) throw new ShapeError(`${op}: ${op}() input tensor must be non-empty`);
      const rank = input.shape.length;
      const d = dim === null ? null : wrapDim(op, dim, rank);
      const q = fractions(op, input, given);
      const lines = d === null || rank === 0 ? input.reshape(-1) : input.movedim(d, -1);
      const sorted = lines.sort(-1).values;
      const last = (lines.shape[lines.shape.length - 1] as number) - 1;
      const values = sorted.detach();
      const numbers = values.eq(values).sum(-1, true);
      const fractional = q.reshape(-1);
      // A rank on the last element, which is NaN if any is, gives NaN.
      const ranks = skipNan
        ? fractional.mul(numbers.sub(1)).clampMin(0)
        : fractional.mul(last).add(numbers.mul(0)).maskedFill(numbers.le(last), last);
      const found = interpolate(sorted, ranks, interpolation as Interpolation);
      const shape = keepdim
        ? input.shape.map((n, i) => (d === null || i === d ? 1 : n))
        : d === null || rank === 0
          ? []
          : input.shape.filter((_, i) => i !== d);
      if (q.shape.length === 0) return found.squeeze(-1).reshape(shape);
      return found.movedim(-1, 0).reshape([q.shape[0] as number, ...shape]);
    },
  );
}

/**
 * The `q`-quantiles of all elements, or along a dimension: at rank `q·(n - 1)` of the sorted elements, interpolated. NaN where an element is NaN.
 * For a vector `q` the result has its dimension first.
 * @throws {DTypeError} unless the dtype is float32 or float64.
 * @example
 * ```ts
 * torch.tensor([1, 2, 3, 4]).quantile(0.5); // tensor(2.5000)
 * ```
 */
export const quantile: QuantileOp = quantileOf("quantile", false);

/**
 * The `q`-quantiles of the elements that are not NaN.
 * @throws {DTypeError} unless the dtype is float32 or float64.
 */
export const nanquantile: QuantileOp = quantileOf("nanquantile", true);
