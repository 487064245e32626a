/** Conjugates and angles. Conjugation is carried out at once, not noted for later, so that nothing is ever left to resolve. */

import * as e from "../../expr/build.js";
import { composite, pointwise, rules } from "../../tensor/define/index.js";
import type { InPlaceOp, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/** The complex conjugate, as a new tensor. */
export const conjPhysical: InPlaceOp<(input: Tensor) => Tensor> = pointwise("conjPhysical(Tensor input)", (x) => e.conj(x), rules.numeric);

const conjugate: Op<(input: Tensor) => Tensor> = pointwise("conj(Tensor input)", (x) => e.conj(x), rules.numeric, { inPlace: false });

/** The complex conjugate; a real tensor is returned as it is. */
export const conj: Op<(input: Tensor) => Tensor> = composite("conj(Tensor input)", (input) =>
  input.dtype.isComplex ? conjugate(input) : input,
);

/** The tensor itself: there are no conjugates left to compute. */
export const resolveConj: Op<(input: Tensor) => Tensor> = composite("resolveConj(Tensor input)", (input) => input);

/** The tensor itself: there are no negations left to compute. */
export const resolveNeg: Op<(input: Tensor) => Tensor> = composite("resolveNeg(Tensor input)", (input) => input);

/** Whether a conjugate is left to compute: never. */
export const isConj: Op<(input: Tensor) => boolean> = composite("isConj(Tensor input)", () => false, { differentiable: false });

/** Whether a negation is left to compute: never. */
export const isNeg: Op<(input: Tensor) => boolean> = composite("isNeg(Tensor input)", () => false, { differentiable: false });

const argument: Op<(input: Tensor) => Tensor> = pointwise("angle(Tensor input)", (x) => e.atan2(e.im(x), e.re(x)), rules.realFromAny, {
  inPlace: false,
});

const sideOfZero: Op<(input: Tensor) => Tensor> = pointwise(
  "angle(Tensor input)",
  (x) => e.select(e.isNan(x), x, e.select(e.lt(x, 0), Math.PI, 0)),
  rules.floating,
  {
    inPlace: false,
    gradient: () => [0],
  },
);

/** The angle of complex numbers, in `[-π, π]`; of real numbers π below 0, else 0. */
export const angle: Op<(input: Tensor) => Tensor> = composite("angle(Tensor input)", (input) =>
  input.dtype.isComplex ? argument(input) : sideOfZero(input),
);
