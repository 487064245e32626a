/** The cross product, as a method. */

import { DTypeError, ShapeError } from "../../core/errors.js";
import { broadcastPair, formatShape, wrapDim } from "../../core/shape.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/** `(a₂b₃ - a₃b₂, a₃b₁ - a₁b₃, a₁b₂ - a₂b₁)` */
const crossAlong: Op<(input: Tensor, other: Tensor, dim: number) => Tensor> = primitive(
  "linalgCross(Tensor input, Tensor other, int dim)",
  {
    forward: (input, other, dim) => {
      const [a, b] = [input.roll(-1, dim).mul(other.roll(-2, dim)), input.roll(-2, dim).mul(other.roll(-1, dim))];
      return a.sub(b);
    },
    gradient: {
      input: (grad, { other, dim }) => other.conj().cross(grad, dim),
      other: (grad, { input, dim }) => grad.cross(input.conj(), dim),
    },
  },
);

function checkCross(op: string, input: Tensor, other: Tensor, dim: number, at: number): void {
  if (input.shape.length !== other.shape.length)
    throw new ShapeError(`${op}: inputs must have the same number of dimensions, got ${input.shape.length} and ${other.shape.length}.`);
  const rank = input.shape.length;
  if (input.shape[at] !== 3 || other.shape[at] !== 3)
    throw new ShapeError(`${op}: inputs dimension ${dim} must have length 3. Got ${input.shape[at]} and ${other.shape[at]}`);
  if (input.dtype !== other.dtype)
    throw new DTypeError(`${op}: expected scalar type ${input.dtype.scalarName} but found ${other.dtype.scalarName}`);
  if (input.dtype.kind === "bool") throw new DTypeError(`${op}: "cross" not implemented for 'Bool'`);
  if (rank > 0) broadcastPair(op, input.shape, other.shape);
}

/**
 * The cross product of vectors of length 3 along `dim`; by default along the first dimension of size 3. Other dimensions broadcast.
 * @throws {ShapeError} if the dimension has not size 3 in both.
 */
export const cross: Op<(input: Tensor, other: Tensor, ...args: Args<[dim: number | null], { dim?: number | null }>) => Tensor> = composite(
  "cross(Tensor input, Tensor other, int? dim=null)",
  (input, other, dim) => {
    const at = dim === null ? input.shape.indexOf(3) : wrapDim("cross", dim, input.shape.length);
    if (at < 0) throw new ShapeError(`cross: no dimension of size 3 in input, got ${formatShape(input.shape)}`);
    checkCross("cross", input, other, dim ?? at, at);
    return crossAlong(input, other, at);
  },
);
