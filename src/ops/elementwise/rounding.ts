/** Whole numbers near elements. */

import * as e from "../../expr/build.js";
import { alias, overloads, pointwise, rules } from "../../tensor/define/index.js";
import type { InPlaceOp } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

type Unary = InPlaceOp<(input: Tensor) => Tensor>;

/** The largest whole number that is not above `input`. */
export const floor: Unary = pointwise("floor(Tensor input)", (x) => e.floor(x), rules.orderedNotBool);

/** The smallest whole number that is not below `input`. */
export const ceil: Unary = pointwise("ceil(Tensor input)", (x) => e.ceil(x), rules.orderedNotBool);

/** The whole number between `input` and 0 that is nearest to `input`. */
export const trunc: Unary = pointwise("trunc(Tensor input)", (x) => e.trunc(x), rules.orderedNotBool);

/** Another name of `trunc`. */
export const fix: Unary = alias("fix", trunc);

/** What `trunc` takes away. */
export const frac: Unary = pointwise("frac(Tensor input)", (x) => e.sub(x, e.trunc(x)), rules.floatOnly, { gradient: (grad) => [grad] });

const nearest: Unary = pointwise("round(Tensor input)", (x) => e.round(x), rules.orderedNotBool);

const nearestDecimal: InPlaceOp<(input: Tensor, scale: number) => Tensor> = pointwise(
  "round(Tensor input, float scale)",
  (x, scale) => e.div(e.round(e.mul(x, scale)), scale),
  rules.floatOnly,
  {
    operands: 1,
    gradName: "RoundBackward1",
  },
);

const nearestMultiple: InPlaceOp<(input: Tensor, unit: number) => Tensor> = pointwise(
  "round(Tensor input, float unit)",
  (x, unit) => e.mul(e.round(e.div(x, unit)), unit),
  rules.floatOnly,
  {
    operands: 1,
    gradName: "RoundBackward1",
  },
);

/**
 * The nearest whole number, ties to even; or the nearest multiple of `10^-decimals`.
 * @throws {DTypeError} for integers with `decimals`.
 */
export const round: InPlaceOp<(input: Tensor, options?: { decimals?: number }) => Tensor> = overloads(
  "round(Tensor input, *, int decimals=0)",
  (input, decimals) => {
    if (decimals === 0) return [nearest, input];
    return decimals > 0 ? [nearestDecimal, input, 10 ** decimals] : [nearestMultiple, input, 10 ** -decimals];
  },
);
