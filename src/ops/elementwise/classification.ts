/** Which kind of number elements are; the results are truth values. */

import * as e from "../../expr/build.js";
import { pointwise, rules } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

type Predicate = Op<(input: Tensor) => Tensor>;

const INFINITY = Number.POSITIVE_INFINITY;

/** The larger modulus of the two parts. */
const larger = (x: e.Expr): e.Expr => e.fmax(e.abs(e.re(x)), e.abs(e.im(x)));

/** Whether elements (of a complex number, a part) are NaN. */
export const isnan: Predicate = pointwise("isnan(Tensor input)", (x) => e.isNan(x), rules.equality, { inPlace: false });

/** Whether elements (of a complex number, a part) are infinite. */
export const isinf: Predicate = pointwise("isinf(Tensor input)", (x) => e.eq(larger(x), INFINITY), rules.floatingToBool, {
  inPlace: false,
});

/** Whether elements are neither infinite nor NaN. */
export const isfinite: Predicate = pointwise(
  "isfinite(Tensor input)",
  (x) => e.and(e.lt(e.abs(e.re(x)), INFINITY), e.lt(e.abs(e.im(x)), INFINITY)),
  rules.floatingToBool,
  { inPlace: false },
);

/** Whether elements are `+∞`. */
export const isposinf: Predicate = pointwise("isposinf(Tensor input)", (x) => e.eq(x, INFINITY), rules.realToBool, { inPlace: false });

/** Whether elements are `-∞`. */
export const isneginf: Predicate = pointwise("isneginf(Tensor input)", (x) => e.eq(x, -INFINITY), rules.realToBool, { inPlace: false });

/** Whether elements have no imaginary part. */
export const isreal: Predicate = pointwise("isreal(Tensor input)", (x) => e.eq(e.im(x), 0), rules.equality, { inPlace: false });

/** Whether elements have their sign bit set: below 0, or `-0`. */
export const signbit: Predicate = pointwise("signbit(Tensor input)", (x) => e.signbit(x), rules.comparison, { inPlace: false });
