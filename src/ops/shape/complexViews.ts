/** Complex tensors seen as pairs of real numbers, and the reverse, over the same memory. */

import { toComplexType, toRealType } from "../../core/dtype.js";
import { DTypeError, ShapeError } from "../../core/errors.js";
import { view } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/**
 * A view of a complex tensor as real numbers: real and imaginary parts in a new last dimension of size 2.
 * @throws {DTypeError} if the input is not complex.
 */
export const viewAsReal: Op<(input: Tensor) => Tensor> = view("viewAsReal(Tensor input)", {
  layout: (input) => {
    if (!input.dtype.isComplex) throw new DTypeError(`viewAsReal: view_as_real is only supported for complex tensors, got ${input.dtype}`);
    return {
      dtype: toRealType(input.dtype),
      shape: [...input.shape, 2],
      strides: [...input.strides.map((s) => 2 * s), 1],
      offset: 2 * input.offset,
    };
  },
  gradient: (grad) => viewAsComplex(grad.contiguous()),
});

/**
 * A view of a float tensor as complex numbers: the last dimension, of size 2, holds real and imaginary parts.
 * @throws {ShapeError} if the last dimension has not size 2 and step 1.
 */
export const viewAsComplex: Op<(input: Tensor) => Tensor> = view("viewAsComplex(Tensor input)", {
  layout: ({ dtype, shape, strides, offset }) => {
    if (dtype.name !== "float32" && dtype.name !== "float64") {
      throw new DTypeError(
        `viewAsComplex: view_as_complex is only supported for float and double tensors, but got a tensor of scalar type: ${dtype.scalarName}`,
      );
    }
    const last = shape.length - 1;
    if (last < 0) throw new ShapeError("viewAsComplex: Input tensor must have one or more dimensions");
    if (shape[last] !== 2) throw new ShapeError(`viewAsComplex: Tensor must have a last dimension of size 2, got ${shape[last]}`);
    if (strides[last] !== 1) throw new ShapeError(`viewAsComplex: Tensor must have a last dimension with stride 1, got ${strides[last]}`);
    if (strides.slice(0, -1).some((s) => s % 2 !== 0))
      throw new ShapeError(
        `viewAsComplex: Tensor must have a stride divisible by 2 for all but last dimension, got [${strides.join(", ")}]`,
      );
    if (offset % 2 !== 0) throw new ShapeError(`viewAsComplex: Tensor must have a storage_offset divisible by 2, got ${offset}`);
    return { dtype: toComplexType(dtype), shape: shape.slice(0, -1), strides: strides.slice(0, -1).map((s) => s / 2), offset: offset / 2 };
  },
  gradient: (grad) => viewAsReal(grad),
});
