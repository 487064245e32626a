/** Activation functions of `torch.nn.functional` made of straight pieces. */

import { ArgumentError, DTypeError } from "../../core/errors.js";
import * as e from "../../expr/build.js";
import { inPlaceOnly, pointwise, rules } from "../../tensor/define/index.js";
import type { Args, InPlaceOp, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { relu as reluMethod } from "./activation.js";
import { withFlag } from "./flag.js";

/** `inplace`, by position or by name. */
export type Flag = Args<[inplace: boolean], { inplace?: boolean }>;

/** `max(0, input)`; NaN stays NaN. */
export const relu: InPlaceOp<(input: Tensor, ...args: Flag) => Tensor> = withFlag(reluMethod);

/** `relu` in place. */
export const relu_: Op<(input: Tensor) => Tensor> = inPlaceOnly(reluMethod);

const leakyReluOf: InPlaceOp<(input: Tensor, ...args: Args<[negativeSlope: number], { negativeSlope?: number }>) => Tensor> = pointwise(
  "leakyRelu(Tensor input, float negativeSlope=0.01)",
  (x, slope) => e.select(e.gt(x, 0), x, e.mul(slope, x)),
  rules.floatOnly,
);

/** `input` where it is positive, else `negativeSlope · input`. */
export const leakyRelu: InPlaceOp<
  (input: Tensor, ...args: Args<[negativeSlope: number, inplace: boolean], { negativeSlope?: number; inplace?: boolean }>) => Tensor
> = withFlag(leakyReluOf);

/** `leakyRelu` in place. */
export const leakyRelu_: Op<(input: Tensor, ...args: Args<[negativeSlope: number], { negativeSlope?: number }>) => Tensor> =
  inPlaceOnly(leakyReluOf);

function checkHardtanh(input: Tensor, minVal: number, maxVal: number): void {
  if (minVal > maxVal) throw new ArgumentError(`hardtanh: min_val cannot be greater than max_val, got ${minVal} and ${maxVal}`);
  if (input.dtype.kind === "bool") throw new DTypeError("hardtanh: Bool inputs not supported for hardtanh");
  if (!input.dtype.isSigned && minVal < 0)
    throw new DTypeError(`hardtanh: cannot do hardtanh on an unsigned type with negative limits, got ${minVal} for ${input.dtype}`);
}

const hardtanhOf: InPlaceOp<
  (input: Tensor, ...args: Args<[minVal: number, maxVal: number], { minVal?: number; maxVal?: number }>) => Tensor
> = pointwise(
  "hardtanh(Tensor input, float minVal=-1, float maxVal=1)",
  (x, low, high) => e.minimum(e.maximum(x, low), high),
  rules.orderedNotBool,
  {
    check: checkHardtanh,
    gradient: (grad, inputs) => {
      const [x, low, high] = inputs as [e.Expr, e.Expr, e.Expr];
      return [e.select(e.or(e.le(x, low), e.ge(x, high)), 0, grad)];
    },
  },
);

/** `input` between `minVal` and `maxVal`, and these bounds outside. */
export const hardtanh: InPlaceOp<
  (
    input: Tensor,
    ...args: Args<[minVal: number, maxVal: number, inplace: boolean], { minVal?: number; maxVal?: number; inplace?: boolean }>
  ) => Tensor
> = withFlag(hardtanhOf);

/** `hardtanh` in place. */
export const hardtanh_: Op<
  (input: Tensor, ...args: Args<[minVal: number, maxVal: number], { minVal?: number; maxVal?: number }>) => Tensor
> = inPlaceOnly(hardtanhOf);

const relu6Of: InPlaceOp<(input: Tensor) => Tensor> = pointwise(
  "relu6(Tensor input)",
  (x) => e.minimum(e.maximum(x, 0), 6),
  rules.orderedNotBool,
  {
    gradName: "HardtanhBackward0",
    gradient: (grad, [x]) => [e.select(e.or(e.le(x as e.Expr, 0), e.ge(x as e.Expr, 6)), 0, grad)],
  },
);

/** `min(max(0, input), 6)` */
export const relu6: InPlaceOp<(input: Tensor, ...args: Flag) => Tensor> = withFlag(relu6Of);

/** 0 below -3, 1 above 3, and the line `input / 6 + 1/2` between. */
const ramp = (x: e.Expr): e.Expr => e.div(e.minimum(e.maximum(e.add(x, 3), 0), 6), 6);

const hardsigmoidOf: InPlaceOp<(input: Tensor) => Tensor> = pointwise("hardsigmoid(Tensor input)", ramp, rules.floatOnly, {
  gradient: (grad, [x]) => [e.select(e.and(e.gt(x as e.Expr, -3), e.lt(x as e.Expr, 3)), e.div(grad, 6), 0)],
});

/** `min(max(0, input + 3), 6) / 6`: a sigmoid of straight lines. */
export const hardsigmoid: InPlaceOp<(input: Tensor, ...args: Flag) => Tensor> = withFlag(hardsigmoidOf);

const hardswishOf: InPlaceOp<(input: Tensor) => Tensor> = pointwise("hardswish(Tensor input)", (x) => e.mul(x, ramp(x)), rules.floatOnly, {
  gradient: (grad, [input]) => {
    const x = input as e.Expr;
    return [e.select(e.le(x, -3), 0, e.select(e.lt(x, 3), e.mul(grad, e.add(e.div(x, 3), 0.5)), grad))];
  },
});

/** `input · min(max(0, input + 3), 6) / 6` */
export const hardswish: InPlaceOp<(input: Tensor, ...args: Flag) => Tensor> = withFlag(hardswishOf);

/**
 * `input` moved towards 0 by `lambd`, and 0 where it would pass it.
 * @throws {ArgumentError} for a negative `lambd`.
 */
export const softshrink: Op<(input: Tensor, ...args: Args<[lambd: number], { lambd?: number }>) => Tensor> = pointwise(
  "softshrink(Tensor input, float lambd=0.5)",
  (x, lambd) => e.select(e.and(e.ge(x, e.neg(lambd)), e.le(x, lambd)), 0, e.select(e.gt(x, lambd), e.sub(x, lambd), e.add(x, lambd))),
  rules.floatOnly,
  {
    inPlace: false,
    check: (input: Tensor, lambd: number) => {
      if (!(lambd >= 0))
        throw new ArgumentError(
          `softshrink: lambda must be in range [0, inf] for input dtype ${input.dtype.scalarName}, but found ${lambd}`,
        );
    },
  },
);

const thresholdOf: InPlaceOp<(input: Tensor, threshold: number, value: number) => Tensor> = pointwise(
  "threshold(Tensor input, float threshold, float value)",
  (x, bound, value) => e.select(e.le(x, bound), value, x),
  rules.orderedNotBool,
  { operands: 1 },
);

/** `input` where it exceeds `threshold`, else `value`. */
export const threshold: InPlaceOp<(input: Tensor, threshold: number, value: number, ...args: Flag) => Tensor> = withFlag(thresholdOf);

/** `threshold` in place. */
export const threshold_: Op<(input: Tensor, threshold: number, value: number) => Tensor> = inPlaceOnly(thresholdOf);
