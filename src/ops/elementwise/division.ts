/** Quotients and remainders of elements. */

import { ArgumentError } from "../../core/errors.js";
import * as e from "../../expr/build.js";
import type { Scalar } from "../../tensor/create.js";
import { alias, overloads, pointwise, rules, underived } from "../../tensor/define/index.js";
import type { InPlaceOp } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { bySecond } from "./numbered.js";

type Operand = Tensor | Scalar;

/** How a quotient is rounded: not at all, towards zero, or down. */
export type RoundingMode = "trunc" | "floor" | null;

type Division = (input: Operand, other: Operand, options?: { roundingMode?: RoundingMode }) => Tensor;

const quotient: InPlaceOp<(input: Operand, other: Operand) => Tensor> = pointwise(
  "div(Operand input, Operand other)",
  (x, y) => e.div(x, y),
  rules.floating,
);

const truncated: InPlaceOp<(input: Operand, other: Operand) => Tensor> = pointwise(
  "div(Operand input, Operand other)",
  (x, y) => e.truncDivide(x, y),
  rules.orderedNotBool,
  {
    gradName: "DivBackward2",
  },
);

const floored: InPlaceOp<(input: Operand, other: Operand) => Tensor> = pointwise(
  "div(Operand input, Operand other)",
  (x, y) => e.floorDivide(x, y),
  rules.orderedNotBool,
  {
    gradName: "DivBackward2",
  },
);

/**
 * `input / other`; integers are divided as floats unless `roundingMode` says to round towards zero (`"trunc"`) or down (`"floor"`).
 * @throws {ArgumentError} for another rounding mode, and for a rounded division of integers by 0.
 * @example
 * ```ts
 * torch.tensor([7n, -7n]).div(2, { roundingMode: "floor" }); // tensor([ 3, -4])
 * ```
 */
export const div: InPlaceOp<Division> = overloads(
  "div(Operand input, Operand other, *, str? roundingMode=null)",
  (input, other, roundingMode) => {
    if (roundingMode === null) return [quotient, input, other];
    if (roundingMode === "trunc") return [truncated, input, other];
    if (roundingMode === "floor") return [floored, input, other];
    throw new ArgumentError(`div: div expected roundingMode to be one of null, 'trunc', or 'floor' but found '${roundingMode}'`);
  },
);

/** Another name of `div`. */
export const divide: InPlaceOp<Division> = alias("divide", div);

/** Another name of `div` without rounding. */
export const trueDivide: InPlaceOp<(input: Operand, other: Operand) => Tensor> = alias("trueDivide", quotient);

/**
 * The quotient rounded down.
 * @throws {ArgumentError} for a division of integers by 0.
 */
export const floorDivide: InPlaceOp<(input: Operand, other: Operand) => Tensor> = pointwise(
  "floorDivide(Operand input, Operand other)",
  (x, y) => e.floorDivide(x, y),
  rules.orderedNotBool,
  { gradName: "NotImplemented", gradient: () => [underived("floorDivide", "input"), underived("floorDivide", "other")] },
);

/**
 * The remainder of division with the sign of `other`: `input - other · floor(input / other)`.
 * @throws {ArgumentError} for a division of integers by 0.
 */
export const remainder: InPlaceOp<(input: Operand, other: Operand) => Tensor> = pointwise(
  "remainder(Operand input, Operand other)",
  (x, y) => e.remainder(x, y),
  rules.orderedNotBool,
  { gradName: bySecond("Remainder") },
);

/**
 * The remainder of division with the sign of `input`: `input - other · trunc(input / other)`.
 * @throws {ArgumentError} for a division of integers by 0.
 */
export const fmod: InPlaceOp<(input: Tensor, other: Operand) => Tensor> = pointwise(
  "fmod(Tensor input, Operand other)",
  (x, y) => e.fmod(x, y),
  rules.orderedNotBool,
  {
    gradName: bySecond("Fmod"),
  },
);
