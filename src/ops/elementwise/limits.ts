/** Expressions that take their limits where a factor is 0. */

import * as e from "../../expr/build.js";

/** `x · f(y)`: NaN where `y` is, else 0 where `x` is, even at a singularity of `f`. */
export const timesOrZero = (x: e.Expr, y: e.Expr, f: e.Expr): e.Expr =>
  e.select(e.isNan(y), Number.NaN, e.select(e.eq(x, 0), 0, e.mul(x, f)));
