/** Gradients brought to the shape and dtype of the input that they belong to. */

import type { DType } from "../../core/dtype.js";
import { type Shape, sameShape } from "../../core/shape.js";
import type { Tensor } from "../tensor.js";

/** Sums over the dimensions along which `shape` was stretched. */
export function sumToShape(grad: Tensor, shape: Shape): Tensor {
  if (sameShape(grad.shape, shape)) return grad;
  const lead = grad.shape.length - shape.length;
  const dims: number[] = [];
  for (let d = 0; d < grad.shape.length; d++) {
    if (d < lead || (shape[d - lead] === 1 && grad.shape[d] !== 1)) dims.push(d);
  }
  const summed = dims.length === 0 ? grad : grad.sum(dims, lead === 0);
  return sameShape(summed.shape, shape) ? summed : summed.reshape(shape);
}

/** The gradient in the shape and dtype of its input; of a complex gradient a real input takes the real part. */
export function fit(grad: Tensor, shape: Shape, dtype: DType): Tensor {
  let fitted = sumToShape(grad, shape);
  if (fitted.dtype !== dtype) {
    if (fitted.dtype.isComplex && !dtype.isComplex) fitted = fitted.real;
    if (fitted.dtype !== dtype) fitted = fitted.to(dtype);
  }
  return fitted;
}
