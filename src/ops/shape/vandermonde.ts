/** Vandermonde matrices: the powers of elements. */

import { DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { cat } from "./joining.js";

/** The powers `x⁰ … xⁿ⁻¹` of elements, in a new last dimension. */
function powers(x: Tensor, n: number): Tensor {
  const base = x.unsqueeze(-1);
  const ones = base.newOnes([]).expand(base.shape);
  if (n === 1) return ones.clone();
  return cat([ones, base.expand([...x.shape, n - 1]).cumprod(-1)], -1);
}

/**
 * The Vandermonde matrix of a vector: its powers as columns, the highest first unless `increasing`.
 * @throws {ShapeError} if the input is no vector.
 */
export const vander: Op<(x: Tensor, N?: number | null | { N?: number | null; increasing?: boolean }, increasing?: boolean) => Tensor> =
  composite("vander(Tensor x, int? N=null, bool increasing=false)", (x, given, increasing) => {
    if (x.shape.length !== 1) throw new ShapeError(`vander: x must be a one-dimensional tensor, got ${formatShape(x.shape)}`);
    const n = given ?? x.count;
    if (n < 0) throw new ShapeError(`vander: N must be non-negative, got ${n}`);
    const dtype = x.dtype.kind === "bool" || x.dtype.kind === "int" ? x.long() : x;
    if (n === 0) return dtype.newEmpty([x.count, 0]);
    const ascending = powers(dtype, n);
    return increasing ? ascending : ascending.flip(1);
  });

/**
 * Vandermonde matrices of vectors in the last dimension: their powers as columns, in ascending order, `torch.linalg.vander`.
 * @throws {ShapeError} if fewer than two powers are asked for.
 */
export const linalgVander: Op<(x: Tensor, options?: { N?: number | null }) => Tensor> = composite(
  "vander(Tensor x, *, int? N=null)",
  (x, given) => {
    if (x.dtype.kind === "bool")
      throw new DTypeError("vander: linalg.vander supports floating point, complex, and integer tensors, but got Bool");
    const vectors = x.shape.length === 0 ? x.unsqueeze(0) : x;
    const n = given ?? (vectors.shape[vectors.shape.length - 1] as number);
    if (n <= 1) throw new ShapeError(`vander: N must be greater than 1, got ${n}`);
    return powers(vectors, n);
  },
);
