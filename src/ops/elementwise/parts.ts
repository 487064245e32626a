/** Operations that PyTorch has as properties of tensors. */

import { toRealType } from "../../core/dtype.js";
import { DTypeError } from "../../core/errors.js";
import { composite, view } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

const part = (name: "real" | "imag", which: 0 | 1): Op<(input: Tensor) => Tensor> =>
  view(`${name}Part(Tensor input)`, {
    layout: (input) => ({
      dtype: toRealType(input.dtype),
      shape: input.shape,
      strides: input.strides.map((s) => 2 * s),
      offset: 2 * input.offset + which,
    }),
    gradient: (grad) => (which === 0 ? grad.mul({ re: 1, im: 0 }) : grad.mul({ re: 0, im: 1 })),
    gradName: name === "real" ? "RealBackward0" : "ImagBackward0",
  });

const realPart = part("real", 0);
const imagPart = part("imag", 1);

/** The real parts of a complex tensor, as a view; a real tensor is returned as it is. */
export const real: Op<(input: Tensor) => Tensor> = composite("real(Tensor input)", (input) => (input.dtype.isComplex ? realPart(input) : input));

/**
 * The imaginary parts of a complex tensor, as a view.
 * @throws {DTypeError} for real tensors.
 */
export const imag: Op<(input: Tensor) => Tensor> = composite("imag(Tensor input)", (input) => {
  if (!input.dtype.isComplex) throw new DTypeError(`imag: imag is not implemented for tensors with non-complex dtypes, got ${input.dtype}`);
  return imagPart(input);
});

/** The tensor with its dimensions in reverse order. */
export const T: Op<(input: Tensor) => Tensor> = composite("T(Tensor input)", (input) => input.permute(input.shape.map((_, d) => input.shape.length - 1 - d)));

/** The tensor with its last two dimensions exchanged. */
export const mT: Op<(input: Tensor) => Tensor> = composite("mT(Tensor input)", (input) => input.transpose(-2, -1));

/** The complex conjugate of a matrix's transpose, over the last two dimensions. */
export const mH: Op<(input: Tensor) => Tensor> = composite("mH(Tensor input)", (input) => input.transpose(-2, -1).conj());

/** The complex conjugate of a matrix's transpose; a 0-d tensor is returned as it is. */
export const H: Op<(input: Tensor) => Tensor> = composite("H(Tensor input)", (input) => (input.shape.length === 0 ? input : input.transpose(-2, -1).conj()));
