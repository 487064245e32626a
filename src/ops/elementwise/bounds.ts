/** The larger and the smaller of elements, and bounds on them. */

import { ArgumentError, DTypeError } from "../../core/errors.js";
import * as e from "../../expr/build.js";
import type { Scalar } from "../../tensor/create.js";
import { alias, overloads, pointwise, rules } from "../../tensor/define/index.js";
import type { Args, InPlaceOp, Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { bySecond } from "./numbered.js";

type Operand = Tensor | Scalar;
type Binary = Op<(input: Tensor, other: Tensor) => Tensor>;

/** The larger of two elements; NaN if either is NaN. */
export const maximum: Binary = pointwise("maximum(Tensor input, Tensor other)", (x, y) => e.maximum(x, y), rules.ordered, {
  inPlace: false,
});

/** The smaller of two elements; NaN if either is NaN. */
export const minimum: Binary = pointwise("minimum(Tensor input, Tensor other)", (x, y) => e.minimum(x, y), rules.ordered, {
  inPlace: false,
});

/** The larger of two elements; a NaN gives way to the other. */
export const fmax: Binary = pointwise("fmax(Tensor input, Tensor other)", (x, y) => e.fmax(x, y), rules.ordered, { inPlace: false });

/** The smaller of two elements; a NaN gives way to the other. */
export const fmin: Binary = pointwise("fmin(Tensor input, Tensor other)", (x, y) => e.fmin(x, y), rules.ordered, { inPlace: false });

/** `max(input, min)`; NaN if either is NaN. */
export const clampMin: InPlaceOp<(input: Tensor, min: Operand) => Tensor> = pointwise(
  "clampMin(Tensor input, Operand min)",
  (x, low) => e.maximum(x, low),
  rules.ordered,
  {
    gradName: bySecond("ClampMin"),
    gradient: (grad, inputs) => {
      const [x, low] = inputs as [e.Expr, e.Expr];
      return [e.select(e.ge(x, low), grad, 0), e.select(e.lt(x, low), grad, 0)];
    },
  },
);

/** `min(input, max)`; NaN if either is NaN. */
export const clampMax: InPlaceOp<(input: Tensor, max: Operand) => Tensor> = pointwise(
  "clampMax(Tensor input, Operand max)",
  (x, high) => e.minimum(x, high),
  rules.ordered,
  {
    gradName: bySecond("ClampMax"),
    gradient: (grad, inputs) => {
      const [x, high] = inputs as [e.Expr, e.Expr];
      return [e.select(e.le(x, high), grad, 0), e.select(e.gt(x, high), grad, 0)];
    },
  },
);

/** PyTorch's name of the node of `clamp`: 0 for tensors as bounds, 1 for numbers. */
const clampName = ([, bound]: readonly unknown[]): string => `ClampBackward${bound instanceof Tensor ? 0 : 1}`;

const between: InPlaceOp<(input: Tensor, min: Operand, max: Operand) => Tensor> = pointwise(
  "clamp(Tensor input, Operand min, Operand max)",
  (x, low, high) => e.minimum(e.maximum(x, low), high),
  rules.orderedNotBool,
  {
    gradName: clampName,
    gradient: (grad, inputs) => {
      const [x, low, high] = inputs as [e.Expr, e.Expr, e.Expr];
      return [
        e.select(e.and(e.ge(x, low), e.le(x, high)), grad, 0),
        e.select(e.and(e.lt(low, high), e.lt(x, low)), grad, 0),
        e.select(e.or(e.gt(x, high), e.lt(high, low)), grad, 0),
      ];
    },
  },
);

const above: InPlaceOp<(input: Tensor, min: Operand) => Tensor> = pointwise(
  "clamp(Tensor input, Operand min)",
  (x, low) => e.maximum(x, low),
  rules.orderedNotBool,
  {
    gradName: clampName,
    gradient: (grad, inputs) => {
      const [x, low] = inputs as [e.Expr, e.Expr];
      return [e.select(e.ge(x, low), grad, 0), e.select(e.lt(x, low), grad, 0)];
    },
  },
);

const below: InPlaceOp<(input: Tensor, max: Operand) => Tensor> = pointwise(
  "clamp(Tensor input, Operand max)",
  (x, high) => e.minimum(x, high),
  rules.orderedNotBool,
  {
    gradName: clampName,
    gradient: (grad, inputs) => {
      const [x, high] = inputs as [e.Expr, e.Expr];
      return [e.select(e.le(x, high), grad, 0), e.select(e.gt(x, high), grad, 0)];
    },
  },
);

type Clamp = (
  input: Tensor,
  ...args: Args<[min: Operand | null, max: Operand | null], { min?: Operand | null; max?: Operand | null }>
) => Tensor;

/**
 * `min(max(input, min), max)`: elements brought into a range. The upper bound wins where the bounds cross.
 * @throws {ArgumentError} if there is neither bound, or one is a tensor and the other a number.
 * @example
 * ```ts
 * torch.tensor([-2, 0.5, 3]).clamp(0, 1); // tensor([0.0000, 0.5000, 1.0000])
 * ```
 */
export const clamp: InPlaceOp<Clamp> = overloads("clamp(Tensor input, Operand? min=null, Operand? max=null)", (input, min, max) => {
  if (input.dtype.isComplex) throw new DTypeError(`clamp: clamp is not supported for complex types, got ${input.dtype}`);
  if (min !== null && max !== null) {
    if (min instanceof Tensor !== max instanceof Tensor)
      throw new ArgumentError("clamp: min and max must both be tensors or both be numbers");
    return [between, input, min, max];
  }
  if (min !== null) return [above, input, min];
  if (max !== null) return [below, input, max];
  throw new ArgumentError("clamp: At least one of 'min' or 'max' must not be None");
});

/** Another name of `clamp`. */
export const clip: InPlaceOp<Clamp> = alias("clip", clamp);
