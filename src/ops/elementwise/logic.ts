/** Logic on truth values; numbers other than 0 are true. */

import * as e from "../../expr/build.js";
import { pointwise, rules } from "../../tensor/define/index.js";
import type { InPlaceOp } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

type Binary = InPlaceOp<(input: Tensor, other: Tensor) => Tensor>;

const holds = (x: e.Expr): e.Expr => e.ne(x, 0);

/** Whether both hold. */
export const logicalAnd: Binary = pointwise("logicalAnd(Tensor input, Tensor other)", (x, y) => e.and(holds(x), holds(y)), rules.equality);

/** Whether at least one holds. */
export const logicalOr: Binary = pointwise("logicalOr(Tensor input, Tensor other)", (x, y) => e.or(holds(x), holds(y)), rules.equality);

/** Whether exactly one holds. */
export const logicalXor: Binary = pointwise(
  "logicalXor(Tensor input, Tensor other)",
  (x, y) => e.or(e.and(holds(x), e.not(holds(y))), e.and(e.not(holds(x)), holds(y))),
  rules.equality,
);

/** Whether it does not hold. */
export const logicalNot: InPlaceOp<(input: Tensor) => Tensor> = pointwise("logicalNot(Tensor input)", (x) => e.eq(x, 0), rules.equality);
