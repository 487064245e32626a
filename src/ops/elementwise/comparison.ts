/** Comparisons of elements; the results are truth values. */

import { ArgumentError, DTypeError } from "../../core/errors.js";
import * as e from "../../expr/build.js";
import type { Scalar } from "../../tensor/create.js";
import { alias, composite, pointwise, rules } from "../../tensor/define/index.js";
import type { Args, InPlaceOp, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

type Comparison = InPlaceOp<(input: Tensor, other: Tensor | Scalar) => Tensor>;

/** Whether elements are equal. */
export const eq: Comparison = pointwise("eq(Tensor input, Operand other)", (x, y) => e.eq(x, y), rules.equality);

/** Whether elements differ. */
export const ne: Comparison = pointwise("ne(Tensor input, Operand other)", (x, y) => e.ne(x, y), rules.equality);

/** `input < other` */
export const lt: Comparison = pointwise("lt(Tensor input, Operand other)", (x, y) => e.lt(x, y), rules.comparison);

/** `input <= other` */
export const le: Comparison = pointwise("le(Tensor input, Operand other)", (x, y) => e.le(x, y), rules.comparison);

/** `input > other` */
export const gt: Comparison = pointwise("gt(Tensor input, Operand other)", (x, y) => e.gt(x, y), rules.comparison);

/** `input >= other` */
export const ge: Comparison = pointwise("ge(Tensor input, Operand other)", (x, y) => e.ge(x, y), rules.comparison);

/** Another name of `ne`. */
export const notEqual: Comparison = alias("notEqual", ne);
/** Another name of `lt`. */
export const less: Comparison = alias("less", lt);
/** Another name of `le`. */
export const lessEqual: Comparison = alias("lessEqual", le);
/** Another name of `gt`. */
export const greater: Comparison = alias("greater", gt);
/** Another name of `ge`. */
export const greaterEqual: Comparison = alias("greaterEqual", ge);

function checkClose(input: Tensor, other: Tensor, rtol: number, atol: number): void {
  if (input.dtype !== other.dtype) throw new DTypeError(`isclose: ${input.dtype.scalarName} did not match ${other.dtype.scalarName}`);
  if (!(rtol >= 0)) throw new ArgumentError(`isclose: rtol must be greater than or equal to zero, but got ${rtol}`);
  if (!(atol >= 0)) throw new ArgumentError(`isclose: atol must be greater than or equal to zero, but got ${atol}`);
}

type Tolerances = Args<[rtol: number, atol: number, equalNan: boolean], { rtol?: number; atol?: number; equalNan?: boolean }>;

/** Whether elements are equal or finite with `|input - other| <= atol + rtol · |other|`; with `equalNan`, NaN equals NaN. */
export const isclose: Op<(input: Tensor, other: Tensor, ...args: Tolerances) => Tensor> = pointwise(
  "isclose(Tensor input, Tensor other, float rtol=1e-05, float atol=1e-08, bool equalNan=false)",
  (x, y, rtol, atol, equalNan) => {
    const difference = e.abs(e.sub(x, y));
    const near = e.and(e.lt(difference, Number.POSITIVE_INFINITY), e.le(difference, e.add(atol, e.abs(e.mul(rtol, y)))));
    return e.or(e.or(e.eq(x, y), near), e.and(e.ne(equalNan, 0), e.and(e.isNan(x), e.isNan(y))));
  },
  rules.floatingToBool,
  { inPlace: false, check: checkClose },
);

/** Whether all elements are close, as `isclose` says. Reads the values. */
export const allclose: Op<(input: Tensor, other: Tensor, ...args: Tolerances) => boolean> = composite(
  "allclose(Tensor input, Tensor other, float rtol=1e-05, float atol=1e-08, bool equalNan=false)",
  (input, other, rtol, atol, equalNan) => isclose(input, other, rtol, atol, equalNan).all().item(),
  { differentiable: false, dynamicShape: true },
);

/** Whether two tensors have the same shape and elements. Reads the values. */
export const equal: Op<(input: Tensor, other: Tensor) => boolean> = composite(
  "equal(Tensor input, Tensor other)",
  (input, other) =>
    input.shape.length === other.shape.length && input.shape.every((n, d) => n === other.shape[d]) && input.eq(other).all().item(),
  { differentiable: false, dynamicShape: true },
);
