/** Complex numbers from real ones, and views of the ones as the others. */

import { toComplexType, toRealType } from "../../core/dtype.js";
import { DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import * as e from "../../expr/build.js";
import { pointwise, rules, view } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

function checkParts(op: string, a: Tensor, b: Tensor): void {
  const isWide = (x: Tensor): boolean => x.dtype.name === "float32" || x.dtype.name === "float64";
  if (!isWide(a) || !isWide(b)) {
    throw new DTypeError(`${op}: Expected both inputs to be Half, Float or Double tensors but got ${a.dtype.scalarName} and ${b.dtype.scalarName} (there is no complex dtype of half precision here)`);
  }
  if (a.dtype !== b.dtype) throw new DTypeError(`${op}: Expected object of scalar type ${a.dtype.scalarName} but got scalar type ${b.dtype.scalarName} for second argument`);
}

/**
 * `real + i · imag`
 * @throws {DTypeError} unless both are float32 or both are float64.
 */
export const complex: Op<(real: Tensor, imag: Tensor) => Tensor> = pointwise("complex(Tensor real, Tensor imag)", (x, y) => e.complex(x, y), rules.complexFromReal, {
  inPlace: false,
  check: (real: Tensor, imag: Tensor) => checkParts("complex", real, imag),
});

/**
 * `abs · (cos(angle) + i · sin(angle))`
 * @throws {DTypeError} unless both are float32 or both are float64.
 */
export const polar: Op<(abs: Tensor, angle: Tensor) => Tensor> = pointwise(
  "polar(Tensor abs, Tensor angle)",
  (r, phi) => e.complex(e.mul(r, e.cos(phi)), e.mul(r, e.sin(phi))),
  rules.complexFromReal,
  { inPlace: false, check: (abs: Tensor, angle: Tensor) => checkParts("polar", abs, angle) },
);

/**
 * The real and imaginary parts in a last dimension of size 2, as a view.
 * @throws {DTypeError} for real tensors.
 */
export const viewAsReal: Op<(input: Tensor) => Tensor> = view("viewAsReal(Tensor input)", {
  layout: (input) => {
    if (!input.dtype.isComplex) throw new DTypeError(`viewAsReal: view_as_real is only supported for complex tensors, got ${input.dtype}`);
    return { dtype: toRealType(input.dtype), shape: [...input.shape, 2], strides: [...input.strides.map((s) => 2 * s), 1], offset: 2 * input.offset };
  },
  gradient: (grad) => viewAsComplex(grad.contiguous()),
});

/**
 * Pairs in the last dimension, of size 2, as complex numbers: a view.
 * @throws {ShapeError} if the last dimension has another size, or its pairs do not lie side by side in memory.
 */
export const viewAsComplex: Op<(input: Tensor) => Tensor> = view("viewAsComplex(Tensor input)", {
  layout: ({ dtype, shape, strides, offset }) => {
    if (dtype.name !== "float32" && dtype.name !== "float64") {
      throw new DTypeError(`viewAsComplex: view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: ${dtype.scalarName}`);
    }
    const last = shape.length - 1;
    if (shape[last] !== 2) throw new ShapeError(`viewAsComplex: Tensor must have a last dimension of size 2, got shape ${formatShape(shape)}`);
    if (strides[last] !== 1) throw new ShapeError(`viewAsComplex: Tensor must have a last dimension with stride 1, got strides ${formatShape(strides)}`);
    const rest = strides.slice(0, -1);
    if (rest.some((s) => s % 2 !== 0)) throw new ShapeError(`viewAsComplex: Tensor must have a stride divisible by 2 for all but last dimension, got strides ${formatShape(strides)}`);
    if (offset % 2 !== 0) throw new ShapeError(`viewAsComplex: Tensor must have a storage_offset divisible by 2, got ${offset}`);
    return { dtype: toComplexType(dtype), shape: shape.slice(0, -1), strides: rest.map((s) => s / 2), offset: offset / 2 };
  },
  gradient: (grad) => viewAsReal(grad),
});
