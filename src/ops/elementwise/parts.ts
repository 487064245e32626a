/** Operations that PyTorch has as properties of tensors. */

import { toRealType } from "../../core/dtype.js";
import { DTypeError, ShapeError } from "../../core/errors.js";
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
    // PyTorch selects from a view as pairs of numbers.
    gradName: "SelectBackward0",
  });

const realPart = part("real", 0);
const imagPart = part("imag", 1);

/** The real parts of a complex tensor, as a view; a real tensor is returned as it is. */
export const real: Op<(input: Tensor) => Tensor> = composite("real(Tensor input)", (input) =>
  input.dtype.isComplex ? realPart(input) : input,
);

/**
 * The imaginary parts of a complex tensor, as a view.
 * @throws {DTypeError} for real tensors.
 */
export const imag: Op<(input: Tensor) => Tensor> = composite("imag(Tensor input)", (input) => {
  if (!input.dtype.isComplex) throw new DTypeError(`imag: imag is not implemented for tensors with non-complex dtypes, got ${input.dtype}`);
  return imagPart(input);
});

/** The tensor with its dimensions in reverse order. */
export const T: Op<(input: Tensor) => Tensor> = composite("T(Tensor input)", (input) =>
  input.permute(input.shape.map((_, d) => input.shape.length - 1 - d)),
);

/** Checks that a tensor holds matrices; a 0-d tensor counts as one. */
function checkMatrices(op: string, input: Tensor): void {
  if (input.shape.length === 1)
    throw new ShapeError(`${op}: tensor.${op} is only supported on matrices or batches of matrices. Got 1-D tensor.`);
}

/**
 * The tensor with its last two dimensions exchanged; a 0-d tensor is returned as it is.
 * @throws {ShapeError} for one dimension.
 */
export const mT: Op<(input: Tensor) => Tensor> = composite("mT(Tensor input)", (input) => {
  checkMatrices("mT", input);
  return input.shape.length === 0 ? input : input.transpose(-2, -1);
});

/**
 * The complex conjugate of matrices' transposes, over the last two dimensions; a 0-d tensor is only conjugated.
 * @throws {ShapeError} for one dimension.
 */
export const mH: Op<(input: Tensor) => Tensor> = composite("mH(Tensor input)", (input) => {
  checkMatrices("mH", input);
  return input.shape.length === 0 ? input.conj() : input.transpose(-2, -1).conj();
});

/**
 * The complex conjugate of a matrix's transpose; a 0-d tensor is only conjugated.
 * @throws {ShapeError} for other ranks.
 */
export const H: Op<(input: Tensor) => Tensor> = composite("H(Tensor input)", (input) => {
  const rank = input.shape.length;
  if (rank !== 0 && rank !== 2) {
    throw new ShapeError(
      `H: tensor.H is only supported on matrices (2-D tensors). Got ${rank}-D tensor.${rank > 2 ? " For batches of matrices, consider using tensor.mH" : ""}`,
    );
  }
  return rank === 0 ? input.conj() : input.transpose(0, 1).conj();
});
