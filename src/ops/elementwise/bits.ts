/** Operations on the bits of integers, and on integers as such. */

import * as e from "../../expr/build.js";
import type { Scalar } from "../../tensor/create.js";
import { overloads, pointwise, rules } from "../../tensor/define/index.js";
import type { InPlaceOp } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

type Binary = InPlaceOp<(input: Tensor | Scalar, other: Tensor | Scalar) => Tensor>;

/** `input & other`, bit by bit. */
export const bitwiseAnd: Binary = pointwise("bitwiseAnd(Operand input, Operand other)", (x, y) => e.bitAnd(x, y), rules.integral);

/** `input | other`, bit by bit. */
export const bitwiseOr: Binary = pointwise("bitwiseOr(Operand input, Operand other)", (x, y) => e.bitOr(x, y), rules.integral);

/** `input ^ other`, bit by bit. */
export const bitwiseXor: Binary = pointwise("bitwiseXor(Operand input, Operand other)", (x, y) => e.bitXor(x, y), rules.integral);

const flipBits: InPlaceOp<(input: Tensor) => Tensor> = pointwise("bitwiseNot(Tensor input)", (x) => e.bitNot(x), rules.integral);
const negate: InPlaceOp<(input: Tensor) => Tensor> = pointwise("bitwiseNot(Tensor input)", (x) => e.eq(x, 0), rules.equality);

/** `~input`, bit by bit; the negation of truth values. */
export const bitwiseNot: InPlaceOp<(input: Tensor) => Tensor> = overloads("bitwiseNot(Tensor input)", (input) => [
  input.dtype.kind === "bool" ? negate : flipBits,
  input,
]);

/** `input · 2^other`, by shifting bits to the left. */
export const bitwiseLeftShift: Binary = pointwise(
  "bitwiseLeftShift(Operand input, Operand other)",
  (x, y) => e.shiftLeft(x, y),
  rules.integerOnly,
);

/** `⌊input / 2^other⌋`, by shifting bits to the right and keeping the sign. */
export const bitwiseRightShift: Binary = pointwise(
  "bitwiseRightShift(Operand input, Operand other)",
  (x, y) => e.shiftRight(x, y),
  rules.integerOnly,
);

/** The greatest common divisor of integers, never negative. */
export const gcd: InPlaceOp<(input: Tensor, other: Tensor) => Tensor> = pointwise(
  "gcd(Tensor input, Tensor other)",
  (x, y) => e.gcd(x, y),
  rules.integerOnly,
);

/** The least common multiple of integers, never negative. */
export const lcm: InPlaceOp<(input: Tensor, other: Tensor) => Tensor> = pointwise(
  "lcm(Tensor input, Tensor other)",
  (x, y) => e.lcm(x, y),
  rules.integerOnly,
);
