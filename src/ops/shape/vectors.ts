/** Cross products of vectors, powers of vectors. */

import { DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape, wrapDim } from "../../core/shape.js";
import * as e from "../../expr/build.js";
import { composite, pointwise, rules } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { cat, stack } from "./joining.js";

const crossTerm: Op<(a: Tensor, b: Tensor, c: Tensor, d: Tensor) => Tensor> = pointwise(
  "crossTerm(Tensor a, Tensor b, Tensor c, Tensor d)",
  (a, b, c, d) => e.sub(e.mul(a, b), e.mul(c, d)),
  rules.notBool,
  { gradName: "LinalgCrossBackward0" },
);

function crossAlong(op: string, a: Tensor, b: Tensor, dim: number): Tensor {
  if (a.shape.length !== b.shape.length) throw new ShapeError(`${op}: linalg.cross: inputs must have the same number of dimensions, got ${formatShape(a.shape)} and ${formatShape(b.shape)}`);
  const d = wrapDim(op, dim, a.shape.length);
  if (a.shape[d] !== 3 || b.shape[d] !== 3) throw new ShapeError(`${op}: linalg.cross: inputs dimension ${dim} must have length 3. Got ${a.shape[d]} and ${b.shape[d]}`);
  if (a.dtype !== b.dtype) throw new DTypeError(`${op}: expected scalar type ${a.dtype.scalarName} but found ${b.dtype.scalarName}`);
  const [a0, a1, a2] = a.unbind(d) as [Tensor, Tensor, Tensor];
  const [b0, b1, b2] = b.unbind(d) as [Tensor, Tensor, Tensor];
  return stack([crossTerm(a1, b2, a2, b1), crossTerm(a2, b0, a0, b2), crossTerm(a0, b1, a1, b0)], d);
}

/**
 * The cross product of vectors of three elements along a dimension; without `dim` along the first one of size 3.
 * @throws {ShapeError} if there is no such dimension.
 */
export const cross: Op<(input: Tensor, other: Tensor, dim?: number | null | { dim?: number | null; out?: Tensor }) => Tensor> = composite(
  "cross(Tensor input, Tensor other, int? dim=null)",
  (input, other, dim) => {
    const along = dim ?? input.shape.indexOf(3);
    if (along === -1 && dim === null) throw new ShapeError(`cross: no dimension of size 3 in input, which has the shape ${formatShape(input.shape)}`);
    return crossAlong("cross", input, other, along);
  },
);

/**
 * The cross product of vectors of three elements along a dimension, `torch.linalg.cross`.
 * @throws {ShapeError} if the dimension has not size 3.
 */
export const linalgCross: Op<(input: Tensor, other: Tensor, options?: { dim?: number; out?: Tensor }) => Tensor> = composite(
  "linalg.cross(Tensor input, Tensor other, *, int dim=-1)",
  (input, other, dim) => crossAlong("cross", input, other, dim),
);

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
export const vander: Op<(x: Tensor, N?: number | null | { N?: number | null; increasing?: boolean }, increasing?: boolean) => Tensor> = composite(
  "vander(Tensor x, int? N=null, bool increasing=false)",
  (x, given, increasing) => {
    if (x.shape.length !== 1) throw new ShapeError(`vander: x must be a one-dimensional tensor, got ${formatShape(x.shape)}`);
    const n = given ?? x.count;
    if (n < 0) throw new ShapeError(`vander: N must be non-negative, got ${n}`);
    const dtype = x.dtype.kind === "bool" || x.dtype.kind === "int" ? x.long() : x;
    if (n === 0) return dtype.newEmpty([x.count, 0]);
    const ascending = powers(dtype, n);
    return increasing ? ascending : ascending.flip(1);
  },
);

/**
 * Vandermonde matrices of vectors in the last dimension: their powers as columns, in ascending order, `torch.linalg.vander`.
 * @throws {ShapeError} if fewer than two powers are asked for.
 */
export const linalgVander: Op<(x: Tensor, options?: { N?: number | null }) => Tensor> = composite("linalg.vander(Tensor x, *, int? N=null)", (x, given) => {
  if (x.dtype.kind === "bool") throw new DTypeError("vander: linalg.vander supports floating point, complex, and integer tensors, but got Bool");
  const vectors = x.shape.length === 0 ? x.unsqueeze(0) : x;
  const n = given ?? (vectors.shape[vectors.shape.length - 1] as number);
  if (n <= 1) throw new ShapeError(`vander: N must be greater than 1, got ${n}`);
  return powers(vectors, n);
});
