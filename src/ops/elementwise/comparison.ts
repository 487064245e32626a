/** Comparisons of elements; the results are truth values. */

import * as e from "../../expr/build.js";
import { pointwise, rules } from "../../tensor/define/index.js";
import type { Scalar } from "../../tensor/create.js";
import type { InPlaceOp, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/** Whether elements are equal. */
export const eq: InPlaceOp<(input: Tensor, other: Tensor | Scalar) => Tensor> = pointwise("eq(Tensor input, Operand other)", (x, y) => e.eq(x, y), rules.equality);

/** Whether elements differ. */
export const ne: InPlaceOp<(input: Tensor, other: Tensor | Scalar) => Tensor> = pointwise("ne(Tensor input, Operand other)", (x, y) => e.ne(x, y), rules.equality);

/** `input < other` */
export const lt: InPlaceOp<(input: Tensor, other: Tensor | Scalar) => Tensor> = pointwise("lt(Tensor input, Operand other)", (x, y) => e.lt(x, y), rules.comparison);

/** `input <= other` */
export const le: InPlaceOp<(input: Tensor, other: Tensor | Scalar) => Tensor> = pointwise("le(Tensor input, Operand other)", (x, y) => e.le(x, y), rules.comparison);

/** `input > other` */
export const gt: InPlaceOp<(input: Tensor, other: Tensor | Scalar) => Tensor> = pointwise("gt(Tensor input, Operand other)", (x, y) => e.gt(x, y), rules.comparison);

/** `input >= other` */
export const ge: InPlaceOp<(input: Tensor, other: Tensor | Scalar) => Tensor> = pointwise("ge(Tensor input, Operand other)", (x, y) => e.ge(x, y), rules.comparison);

/** Whether elements are NaN. */
export const isnan: Op<(input: Tensor) => Tensor> = pointwise("isnan(Tensor input)", (x) => e.isNan(x), rules.equality, { inPlace: false });
