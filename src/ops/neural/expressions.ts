/** Expressions that several losses share. */

import * as e from "../../expr/build.js";
import type { Expr } from "../../expr/node.js";

/** `max(0, x)` with the derivative 1 at 0; NaN stays NaN. */
export const clampMin = (x: Expr): Expr => e.select(e.lt(x, 0), 0, x);

/** `log(sigmoid(x))` without overflow. */
export const logSigmoid = (x: Expr): Expr => e.sub(e.minimum(x, 0), e.log1p(e.exp(e.neg(e.abs(x)))));
