/** Norms as methods of tensors. */

import type { DType } from "../../core/dtype.js";
import { ArgumentError } from "../../core/errors.js";
import { formatShape, wrapDim } from "../../core/shape.js";
import * as e from "../../expr/build.js";
import { composite, pointwise, rules } from "../../tensor/define/index.js";
import type { Args, InPlaceOp, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { accumulateType, type Dims } from "./reduction.js";
import { type MatrixOrder, matrixNorm, vectorNorm } from "./vectorNorm.js";

/**
 * The `p`-norm of all elements, or along dimensions; `"fro"` is the Euclidean one.
 * @throws {DTypeError} for integers.
 * @example
 * ```ts
 * torch.tensor([3, 4]).norm(); // tensor(5.)
 * ```
 */
export const norm: Op<
  (
    input: Tensor,
    ...args: Args<
      [p: MatrixOrder | null, dim: Dims, keepdim: boolean, dtype: DType | null],
      { p?: MatrixOrder | null; dim?: Dims; keepdim?: boolean; dtype?: DType | null }
    >
  ) => Tensor
> = composite(
  "norm(Tensor input, any p='fro', int[]? dim=null, bool keepdim=false, dtype? dtype=null)",
  (input, p, dim, keepdim, dtype) => {
    if (p === "nuc") return matrixNorm(input, "nuc", dim ?? input.shape.map((_, d) => d), keepdim, { dtype });
    if (p === "fro") {
      if (dim !== null && dim.length > 2)
        throw new ArgumentError(`norm: Expected at most 2 dimensions, but got ${dim.length} dimensions instead: ${formatShape(dim)}`);
      return vectorNorm(input, 2, dim, keepdim, { dtype });
    }
    if (p !== null && typeof p !== "number")
      throw new ArgumentError(`norm: unsupported order ${String(p)}; it is a number, 'fro' or 'nuc'`);
    return vectorNorm(input, p ?? 2, dim, keepdim, { dtype });
  },
);

/** `maxnorm / (norm + 1e-7)` where the norm exceeds `maxnorm`, else 1. */
const shrinkage: Op<(norm: Tensor, maxnorm: number) => Tensor> = pointwise(
  "renormFactor(Tensor norm, float maxnorm=0)",
  (norm, maxnorm) => e.select(e.gt(norm, maxnorm), e.div(maxnorm, e.add(norm, 1e-7)), 1),
  rules.gradientRule,
  { inPlace: false },
);

/**
 * The tensor with each slice along `dim` whose `p`-norm exceeds `maxnorm` scaled down to that norm.
 * @throws {ArgumentError} for fewer than two dimensions, an order that is not positive or a negative `maxnorm`.
 */
export const renorm: InPlaceOp<(input: Tensor, p: number, dim: number, maxnorm: number) => Tensor> = composite(
  "renorm(Tensor input, float p, int dim, float maxnorm)",
  (input, p, dim, maxnorm) => {
    const rank = input.shape.length;
    if (!(p > 0)) throw new ArgumentError(`renorm: non-positive-norm not supported, got p = ${p}`);
    if (maxnorm < 0) throw new ArgumentError(`renorm: expected maxnorm to be >= 0 but got ${maxnorm}`);
    if (rank <= 1) throw new ArgumentError(`renorm: input needs at least 2 dimensions, got ${rank} dimensions`);
    const d = wrapDim("renorm", dim, rank);
    const others = input.shape.map((_, i) => i).filter((i) => i !== d);
    const dtype = accumulateType(input.dtype);
    const length = vectorNorm(input, p, others, true, dtype === input.dtype ? {} : { dtype });
    return input.mul(shrinkage(length, maxnorm).to(input.dtype.isComplex ? length.dtype : input.dtype));
  },
  { inPlace: true },
);

/** The `p`-norm of `input - other`. */
export const dist: Op<(input: Tensor, other: Tensor, ...args: Args<[p: number], { p?: number }>) => Tensor> = composite(
  "dist(Tensor input, Tensor other, float p=2)",
  (input, other, p) => vectorNorm(input.sub(other), p),
);
