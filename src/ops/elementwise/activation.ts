/** Activation functions. */

import * as e from "../../expr/build.js";
import { pointwise, rules } from "../../tensor/define/index.js";
import type { InPlaceOp } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/** `max(0, input)`; NaN stays NaN. */
export const relu: InPlaceOp<(input: Tensor) => Tensor> = pointwise("relu(Tensor input)", (x) => e.select(e.le(x, 0), 0, x), rules.orderedNotBool, {
  gradient: (grad, _inputs, out) => [e.select(e.le(out, 0), 0, grad)],
});

/** `1 / (1 + exp(-input))` */
export const sigmoid: InPlaceOp<(input: Tensor) => Tensor> = pointwise("sigmoid(Tensor input)", (x) => e.sigmoid(x), rules.floating, {
  gradient: (grad, _inputs, out) => [e.mul(grad, e.conj(e.mul(e.sub(1, out), out)))],
});
