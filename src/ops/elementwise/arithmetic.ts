/** Arithmetic on elements. */

import * as e from "../../expr/build.js";
import { composite, pointwise, rules } from "../../tensor/define/index.js";
import type { Scalar } from "../../tensor/create.js";
import type { InPlaceOp, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/** `input + alpha · other` */
export const add: InPlaceOp<(input: Tensor | Scalar, other: Tensor | Scalar, options?: { alpha?: Scalar }) => Tensor> = pointwise(
  "add(Operand input, Operand other, *, Scalar alpha=1)",
  (x, y, alpha) => e.add(x, e.mul(alpha, y)),
  rules.numeric,
);

/** `input - alpha · other` */
export const sub: InPlaceOp<(input: Tensor | Scalar, other: Tensor | Scalar, options?: { alpha?: Scalar }) => Tensor> = pointwise(
  "sub(Operand input, Operand other, *, Scalar alpha=1)",
  (x, y, alpha) => e.sub(x, e.mul(alpha, y)),
  rules.notBool,
);

/** `input · other` */
export const mul: InPlaceOp<(input: Tensor | Scalar, other: Tensor | Scalar) => Tensor> = pointwise(
  "mul(Operand input, Operand other)",
  (x, y) => e.mul(x, y),
  rules.numeric,
);

const conjPhysicalOp: InPlaceOp<(input: Tensor) => Tensor> = pointwise("conjPhysical(Tensor input)", (x) => e.conj(x), rules.numeric);

/** The complex conjugate; a real tensor is returned as it is. */
export const conj: Op<(input: Tensor) => Tensor> = composite("conj(Tensor input)", (input) => (input.dtype.isComplex ? conjPhysicalOp(input) : input));
