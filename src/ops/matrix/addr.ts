/** The outer product added to a matrix. */

import { isComplexLike } from "../../core/complex.js";
import { DTypeError, ShapeError } from "../../core/errors.js";
import { promoteTypes } from "../../core/promotion.js";
import * as e from "../../expr/build.js";
import type { Scalar } from "../../tensor/create.js";
import { composite, pointwise, rules } from "../../tensor/define/index.js";
import type { InPlaceOp, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkAdded } from "./factors.js";
import type { Scales } from "./fused.js";

const addProduct: Op<(input: Tensor, column: Tensor, row: Tensor, beta: Scalar, alpha: Scalar) => Tensor> = pointwise(
  "addr(Tensor input, Tensor column, Tensor row, Scalar beta, Scalar alpha)",
  (input, column, row, beta, alpha) => e.add(e.select(e.eq(beta, 0), 0, e.mul(beta, input)), e.mul(alpha, e.mul(column, row))),
  rules.numeric,
  { operands: 3, inPlace: false },
);

function checkWhole(name: string, value: Scalar): void {
  if (isComplexLike(value) || (typeof value === "number" && !Number.isInteger(value))) {
    throw new DTypeError(`addr: For integral input tensors, argument ${name} must not be a floating point number, got ${String(value)}.`);
  }
}

/**
 * `beta · input + alpha · (vec1 ⊗ vec2)`, with `input` broadcast to the outer product's shape.
 *
 * Shapes: `vec1` `[n]`, `vec2` `[m]`, result `[n, m]`.
 * @throws {ShapeError} if a factor is no vector, or `input` does not expand to the result.
 */
export const addr: InPlaceOp<(input: Tensor, vec1: Tensor, vec2: Tensor, options?: Scales) => Tensor> = composite(
  "addr(Tensor input, Tensor vec1, Tensor vec2, *, Scalar beta=1, Scalar alpha=1)",
  (input, vec1, vec2, beta, alpha) => {
    if (vec1.shape.length !== 1) throw new ShapeError(`addr: Expected 1-D argument vec1, but got ${vec1.shape.length}-D`);
    if (vec2.shape.length !== 1) throw new ShapeError(`addr: Expected 1-D argument vec2, but got ${vec2.shape.length}-D`);
    checkAdded("addr", input, [vec1.count, vec2.count]);
    const dtype = promoteTypes(input.dtype, promoteTypes(vec1.dtype, vec2.dtype));
    if (dtype.kind === "int") {
      checkWhole("beta", beta);
      checkWhole("alpha", alpha);
    }
    return addProduct(input, vec1.unsqueeze(1), vec2, beta, alpha);
  },
  { inPlace: true },
);
