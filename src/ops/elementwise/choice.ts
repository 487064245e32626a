/** Choosing between elements by a condition, as a method. */

import type { Scalar } from "../../tensor/create.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { choose } from "./conditional.js";

/** `input` where `condition` holds, else `other`. */
export const where: Op<(input: Tensor, condition: Tensor, other: Tensor | Scalar) => Tensor> = composite(
  "where(Tensor input, Tensor condition, Operand other)",
  (input, condition, other) => choose(condition, input, other),
);
