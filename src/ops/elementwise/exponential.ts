/** Exponentials and logarithms of elements. */

import * as e from "../../expr/build.js";
import type { Scalar } from "../../tensor/create.js";
import { overloads, pointwise, rules } from "../../tensor/define/index.js";
import type { Args, InPlaceOp, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { timesOrZero } from "./limits.js";
import { byBoth } from "./numbered.js";

/** `e^input` */
export const exp: InPlaceOp<(input: Tensor) => Tensor> = pointwise("exp(Tensor input)", (x) => e.exp(x), rules.floating, {
  gradient: (grad, _inputs, out) => [e.mul(grad, e.conj(out))],
});

/** `2^input` */
export const exp2: InPlaceOp<(input: Tensor) => Tensor> = pointwise("exp2(Tensor input)", (x) => e.exp2(x), rules.floating, {
  gradient: (grad, _inputs, out) => [e.mul(grad, e.conj(e.mul(out, Math.LN2)))],
});

/** `e^input - 1`, accurate near 0. */
export const expm1: InPlaceOp<(input: Tensor) => Tensor> = pointwise("expm1(Tensor input)", (x) => e.expm1(x), rules.floating, {
  gradient: (grad, _inputs, out) => [e.mul(grad, e.conj(e.add(out, 1)))],
});

/** The natural logarithm. */
export const log: InPlaceOp<(input: Tensor) => Tensor> = pointwise("log(Tensor input)", (x) => e.log(x), rules.floating, {
  gradient: (grad, [x]) => [e.div(grad, e.conj(x as e.Expr))],
});

/** The logarithm to base 2. */
export const log2: InPlaceOp<(input: Tensor) => Tensor> = pointwise("log2(Tensor input)", (x) => e.log2(x), rules.floating);

/** The logarithm to base 10. */
export const log10: InPlaceOp<(input: Tensor) => Tensor> = pointwise("log10(Tensor input)", (x) => e.log10(x), rules.floating);

/** `log(1 + input)`, accurate near 0. */
export const log1p: InPlaceOp<(input: Tensor) => Tensor> = pointwise("log1p(Tensor input)", (x) => e.log1p(x), rules.floating, {
  gradName: "Log1PBackward0",
  gradient: (grad, [x]) => [e.div(grad, e.conj(e.add(x as e.Expr, 1)))],
});

/** The larger of two numbers (by their real parts) and how far the other lies below it. */
function larger(x: e.Expr, y: e.Expr): { readonly top: e.Expr; readonly below: e.Expr } {
  const first = e.ge(e.re(x), e.re(y));
  // Equal infinities differ by nothing.
  const below = e.select(e.eq(x, y), 0, e.select(first, e.sub(y, x), e.sub(x, y)));
  return { top: e.select(e.or(first, e.isNan(x)), x, y), below };
}

/** `log(e^input + e^other)`, without overflow. */
export const logaddexp: Op<(input: Tensor, other: Tensor) => Tensor> = pointwise(
  "logaddexp(Tensor input, Tensor other)",
  (x, y) => {
    const { top, below } = larger(x, y);
    return e.add(top, e.log1p(e.exp(below)));
  },
  rules.floatOrComplex,
  {
    inPlace: false,
    gradient: (grad, inputs) => {
      const [x, y] = inputs as [e.Expr, e.Expr];
      return [e.mul(grad, e.conj(e.sigmoid(e.sub(x, y)))), e.mul(grad, e.conj(e.sigmoid(e.sub(y, x))))];
    },
  },
);

/** `log2(2^input + 2^other)`, without overflow. */
export const logaddexp2: Op<(input: Tensor, other: Tensor) => Tensor> = pointwise(
  "logaddexp2(Tensor input, Tensor other)",
  (x, y) => {
    const { top, below } = larger(x, y);
    return e.add(top, e.mul(1 / Math.LN2, e.log1p(e.exp2(below))));
  },
  rules.floatOnly,
  {
    inPlace: false,
    gradient: (grad, inputs) => {
      const [x, y] = inputs as [e.Expr, e.Expr];
      return [e.mul(grad, e.sigmoid(e.mul(Math.LN2, e.sub(x, y)))), e.mul(grad, e.sigmoid(e.mul(Math.LN2, e.sub(y, x))))];
    },
  },
);

const logitOf: InPlaceOp<(input: Tensor) => Tensor> = pointwise(
  "logit(Tensor input)",
  (x) => e.log(e.div(x, e.sub(1, x))),
  rules.realFloating,
  {
    gradient: (grad, [input]) => {
      const x = input as e.Expr;
      const inside = e.and(e.ge(x, 0), e.le(x, 1));
      return [e.select(inside, e.div(grad, e.mul(x, e.sub(1, x))), Number.NaN)];
    },
  },
);

const logitWithin: InPlaceOp<(input: Tensor, eps: number) => Tensor> = pointwise(
  "logit(Tensor input, float eps)",
  (x, eps) => {
    const clamped = e.select(e.lt(x, eps), eps, e.select(e.gt(x, e.sub(1, eps)), e.sub(1, eps), x));
    return e.log(e.div(clamped, e.sub(1, clamped)));
  },
  rules.realFloating,
  {
    operands: 1,
    gradient: (grad, inputs) => {
      const [x, eps] = inputs as [e.Expr, e.Expr];
      const inside = e.and(e.ge(x, eps), e.le(x, e.sub(1, eps)));
      return [e.select(inside, e.div(grad, e.mul(x, e.sub(1, x))), 0)];
    },
  },
);

/** `log(input / (1 - input))`, the inverse of `sigmoid`; `eps` clamps the input to `[eps, 1 - eps]` first. */
export const logit: InPlaceOp<(input: Tensor, ...args: Args<[eps: number | null], { eps?: number | null }>) => Tensor> = overloads(
  "logit(Tensor input, float? eps=null)",
  (input, eps) => (eps === null ? [logitOf, input] : [logitWithin, input, eps]),
);

/** `input · log(other)`, and 0 where `input` is 0 and `other` is a number. */
export const xlogy: InPlaceOp<(input: Tensor | Scalar, other: Tensor | Scalar) => Tensor> = pointwise(
  "xlogy(Operand input, Operand other)",
  (x, y) => timesOrZero(x, y, e.log(y)),
  rules.realFloating,
  {
    gradName: byBoth("Xlogy"),
    gradient: (grad, inputs) => {
      const [x, y] = inputs as [e.Expr, e.Expr];
      return [e.select(e.and(e.eq(x, 0), e.le(y, 0)), 0, timesOrZero(grad, y, e.log(y))), e.div(e.mul(grad, x), y)];
    },
  },
);
