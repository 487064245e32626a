/** Writing one value everywhere. */

import type { Scalar } from "../../tensor/create.js";
import { pointwise, rules } from "../../tensor/define/index.js";
import type { InPlaceOp } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/** A tensor of the same shape and dtype with `value` everywhere. */
export const fill: InPlaceOp<(input: Tensor, value: Scalar | Tensor) => Tensor> = pointwise(
  "fill(Tensor input, Operand value)",
  (_x, value) => value,
  rules.leading,
);

/** A tensor of the same shape and dtype with 0 everywhere. */
export const zero: InPlaceOp<(input: Tensor) => Tensor> = pointwise("zero(Tensor input)", () => 0, rules.numeric);
