/** Numbers taken apart into significand and exponent. */

import { int32 } from "../../core/dtype.js";
import { DTypeError } from "../../core/errors.js";
import * as e from "../../expr/build.js";
import { input as element } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { emptyLike } from "../../tensor/create.js";
import { primitive } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/** The significand in [1/2, 1) and the exponent; 0, infinities and NaN are their own, with exponent 0. The logarithm may be off by one. */
function parts(x: e.Expr): { readonly mantissa: e.Expr; readonly exponent: e.Expr } {
  const size = e.abs(x);
  const guess = e.add(e.floor(e.log2(size)), 1);
  // Two divisions: the power of two itself may be beyond the largest number.
  const mantissa = e.div(e.div(size, e.exp2(e.sub(guess, 1))), 2);
  const above = e.ge(mantissa, 1);
  const below = e.lt(mantissa, 0.5);
  const exact = e.select(above, e.div(mantissa, 2), e.select(below, e.mul(mantissa, 2), mantissa));
  const exponent = e.select(above, e.add(guess, 1), e.select(below, e.sub(guess, 1), guess));
  const isOrdinary = e.and(e.gt(size, 0), e.lt(size, Number.POSITIVE_INFINITY));
  return { mantissa: e.select(isOrdinary, e.mul(e.sign(x), exact), x), exponent: e.select(isOrdinary, exponent, 0) };
}

const { mantissa, exponent } = parts(element(0));
const program = new Program("frexp", [mantissa, exponent], 1);

/** A number's parts: a tuple whose elements have names too. */
export type Frexp = readonly [mantissa: Tensor, exponent: Tensor] & { readonly mantissa: Tensor; readonly exponent: Tensor };

/**
 * `mantissa` in [1/2, 1) by magnitude and `exponent` (int32) with `input = mantissa · 2^exponent`.
 * @throws {DTypeError} for other dtypes than floats.
 */
export const frexp: Op<(input: Tensor) => Frexp> = primitive("frexp(Tensor input)", {
  forward: (input) => {
    if (!input.dtype.isFloatingPoint) throw new DTypeError(`frexp: torch.frexp() only supports floating-point dtypes, got ${input.dtype}`);
    const outs = [emptyLike(input, input.dtype), emptyLike(input, int32)];
    input.storage.backend.kernels.pointwise(program, input.dtype, outs, [input]);
    return outs;
  },
  results: ["mantissa", "exponent"],
  gradient: { input: (grad, { outs }) => grad.div((outs[1] as Tensor).to(grad.dtype).exp2()) },
});
