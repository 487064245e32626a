/** Activation functions that are methods. */

import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import * as e from "../../expr/build.js";
import { composite, pointwise, rules } from "../../tensor/define/index.js";
import type { Args, InPlaceOp, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/** `max(0, input)`; NaN stays NaN. */
export const relu: InPlaceOp<(input: Tensor) => Tensor> = pointwise(
  "relu(Tensor input)",
  (x) => e.select(e.le(x, 0), 0, x),
  rules.orderedNotBool,
  {
    gradient: (grad, _inputs, out) => [e.select(e.le(out, 0), 0, grad)],
  },
);

/** `1 / (1 + exp(-input))` */
export const sigmoid: InPlaceOp<(input: Tensor) => Tensor> = pointwise("sigmoid(Tensor input)", (x) => e.sigmoid(x), rules.floating, {
  gradient: (grad, _inputs, out) => [e.mul(grad, e.conj(e.mul(e.sub(1, out), out)))],
});

/** `input` where `|input| > lambd`, else 0. */
export const hardshrink: Op<(input: Tensor, ...args: Args<[lambd: number], { lambd?: number }>) => Tensor> = pointwise(
  "hardshrink(Tensor input, float lambd=0.5)",
  (x, lambd) => e.select(e.and(e.ge(x, e.neg(lambd)), e.le(x, lambd)), 0, x),
  rules.floatOnly,
  { inPlace: false },
);

const preluKernel: Op<(input: Tensor, weight: Tensor) => Tensor> = pointwise(
  "prelu(Tensor input, Tensor weight)",
  (x, weight) => e.select(e.gt(x, 0), x, e.mul(weight, x)),
  rules.floatOnly,
  {
    inPlace: false,
    gradName: "PreluKernelBackward0",
  },
);

/**
 * `input` where it is positive, else `weight · input`, with one weight or one for each channel (dimension 1).
 * @throws {ShapeError} if the weights are not as many as the channels.
 */
export const prelu: Op<(input: Tensor, weight: Tensor) => Tensor> = composite("prelu(Tensor input, Tensor weight)", (input, weight) => {
  if (input.dtype !== weight.dtype)
    throw new DTypeError(`prelu: Type promoting not supported. Got ${input.dtype.scalarName} and ${weight.dtype.scalarName}`);
  const rank = input.shape.length;
  if (weight.shape.length > 1)
    throw new ShapeError(
      `prelu: Expected \`weight\` to be a scalar or 1D tensor, but got: ndim = ${weight.shape.length}, shape ${formatShape(weight.shape)}`,
    );
  if (weight.count === 1) return preluKernel(input, weight.reshape(new Array<number>(rank).fill(1)));
  if (rank === 0) throw new ArgumentError(`prelu: Not allow zero-dim input tensor. There are ${weight.count} weights.`);
  const channels = rank > 1 ? (input.shape[1] as number) : 1;
  if (channels !== weight.count) {
    throw new ShapeError(
      `prelu: Mismatch of parameter numbers and input channel size. Found parameter numbers = ${weight.count} and channel size = ${channels}.`,
    );
  }
  return preluKernel(input, weight.reshape([1, channels, ...new Array<number>(rank - 2).fill(1)]));
});
