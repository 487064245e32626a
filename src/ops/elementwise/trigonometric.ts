/** Trigonometric and hyperbolic functions of elements, their inverses, and angles. */

import * as e from "../../expr/build.js";
import { alias, pointwise, rules } from "../../tensor/define/index.js";
import type { InPlaceOp } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

type Unary = InPlaceOp<(input: Tensor) => Tensor>;

/** The sine. */
export const sin: Unary = pointwise("sin(Tensor input)", (x) => e.sin(x), rules.floating);

/** The cosine. */
export const cos: Unary = pointwise("cos(Tensor input)", (x) => e.cos(x), rules.floating);

/** The tangent. */
export const tan: Unary = pointwise("tan(Tensor input)", (x) => e.tan(x), rules.floating, {
  gradient: (grad, _inputs, out) => [e.mul(grad, e.conj(e.add(1, e.square(out))))],
});

/** The inverse sine, in `[-π/2, π/2]`; NaN outside of `[-1, 1]`. */
export const asin: Unary = pointwise("asin(Tensor input)", (x) => e.asin(x), rules.floating);

/** The inverse cosine, in `[0, π]`; NaN outside of `[-1, 1]`. */
export const acos: Unary = pointwise("acos(Tensor input)", (x) => e.acos(x), rules.floating);

/** The inverse tangent, in `[-π/2, π/2]`. */
export const atan: Unary = pointwise("atan(Tensor input)", (x) => e.atan(x), rules.floating);

/** The angle of the point `(other, input)`, in `[-π, π]`. */
export const atan2: InPlaceOp<(input: Tensor, other: Tensor) => Tensor> = pointwise(
  "atan2(Tensor input, Tensor other)",
  (y, x) => e.atan2(y, x),
  rules.realFloating,
);

/** The hyperbolic sine. */
export const sinh: Unary = pointwise("sinh(Tensor input)", (x) => e.sinh(x), rules.floating);

/** The hyperbolic cosine. */
export const cosh: Unary = pointwise("cosh(Tensor input)", (x) => e.cosh(x), rules.floating);

/** The hyperbolic tangent. */
export const tanh: Unary = pointwise("tanh(Tensor input)", (x) => e.tanh(x), rules.floating, {
  gradient: (grad, _inputs, out) => [e.mul(grad, e.conj(e.sub(1, e.square(out))))],
});

/** The inverse hyperbolic sine. */
export const asinh: Unary = pointwise("asinh(Tensor input)", (x) => e.asinh(x), rules.floating);

/** The inverse hyperbolic cosine; NaN below 1. */
export const acosh: Unary = pointwise("acosh(Tensor input)", (x) => e.acosh(x), rules.floating);

/** The inverse hyperbolic tangent; NaN outside of `[-1, 1]`. */
export const atanh: Unary = pointwise("atanh(Tensor input)", (x) => e.atanh(x), rules.floating);

/** Another name of `asin`. */
export const arcsin: Unary = alias("arcsin", asin);
/** Another name of `acos`. */
export const arccos: Unary = alias("arccos", acos);
/** Another name of `atan`. */
export const arctan: Unary = alias("arctan", atan);
/** Another name of `atan2`. */
export const arctan2: InPlaceOp<(input: Tensor, other: Tensor) => Tensor> = alias("arctan2", atan2);
/** Another name of `asinh`. */
export const arcsinh: Unary = alias("arcsinh", asinh);
/** Another name of `acosh`. */
export const arccosh: Unary = alias("arccosh", acosh);
/** Another name of `atanh`. */
export const arctanh: Unary = alias("arctanh", atanh);

/** `sin(π · input) / (π · input)`, and 1 at 0. */
export const sinc: Unary = pointwise(
  "sinc(Tensor input)",
  (x) => {
    const angle = e.mul(Math.PI, x);
    return e.select(e.eq(x, 0), 1, e.div(e.sin(angle), angle));
  },
  rules.floating,
);

/** Degrees as radians. */
export const deg2rad: Unary = pointwise("deg2rad(Tensor input)", (x) => e.mul(x, Math.PI / 180), rules.realFloating, {
  gradName: "Deg2RadBackward0",
});

/** Radians as degrees. */
export const rad2deg: Unary = pointwise("rad2deg(Tensor input)", (x) => e.mul(x, 180 / Math.PI), rules.realFloating, {
  gradName: "Rad2DegBackward0",
});
