/** Powers and roots of elements. */

import { isComplexLike } from "../../core/complex.js";
import { complex128, float64 } from "../../core/dtype.js";
import { ArgumentError } from "../../core/errors.js";
import * as e from "../../expr/build.js";
import { constant } from "../../expr/node.js";
import type { Scalar } from "../../tensor/create.js";
import { overloads, pointwise, rules } from "../../tensor/define/index.js";
import type { InPlaceOp } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";

type Operand = Tensor | Scalar;
type Power = (input: Operand, exponent: Operand) => Tensor;

const isInteger = (value: Operand): boolean =>
  value instanceof Tensor
    ? value.dtype.kind === "int" || value.dtype.kind === "bool"
    : typeof value !== "number" || Number.isInteger(value);

/** The derivative of a power in its base, 0 where the exponent is. */
const inBase = (x: e.Expr, y: e.Expr): e.Expr => e.select(e.eq(y, 0), 0, e.mul(y, e.pow(x, e.sub(y, 1))));

/** The derivative of a power in its exponent, 0 where the base is and the exponent does not make it infinite. */
const inExponent = (x: e.Expr, y: e.Expr, out: e.Expr): e.Expr => e.select(e.and(e.eq(x, 0), e.ge(e.re(y), 0)), 0, e.mul(out, e.log(x)));

const general: InPlaceOp<Power> = pointwise("pow(Operand input, Operand exponent)", (x, y) => e.pow(x, y), rules.notBool, {
  gradName: ([base, exponent]) =>
    exponent instanceof Tensor ? (base instanceof Tensor ? "PowBackward1" : "PowBackward2") : "PowBackward0",
  gradient: (grad, inputs, out) => {
    const [x, y] = inputs as [e.Expr, e.Expr];
    return [e.mul(grad, e.conj(inBase(x, y))), e.mul(grad, e.conj(inExponent(x, y, out)))];
  },
});

/** Powers whose exponent is a plain number that products and roots compute. */
const fixed = (exponent: number, body: (x: e.Expr) => e.Expr, derivative: (x: e.Expr) => e.Expr): readonly [number, InPlaceOp<Power>] => [
  exponent,
  pointwise("pow(Operand input, Operand exponent)", (x) => body(x), rules.notBool, {
    gradName: "PowBackward0",
    gradient: (grad, [x]) => [e.mul(grad, e.conj(derivative(x as e.Expr))), null],
  }),
];

const simple: ReadonlyMap<unknown, InPlaceOp<Power>> = new Map([
  fixed(
    0,
    () => constant(1),
    () => constant(0),
  ),
  fixed(0.5, e.sqrt, (x) => e.div(0.5, e.sqrt(x))),
  fixed(2, e.square, (x) => e.mul(2, x)),
  fixed(
    3,
    (x) => e.mul(e.square(x), x),
    (x) => e.mul(3, e.square(x)),
  ),
]);

/**
 * `input` to the power `exponent`.
 * @throws {ArgumentError} for an integer to the power of a negative integer: convert with `.float()` first.
 * @example
 * ```ts
 * torch.tensor([1, 2, 3]).pow(2); // tensor([1., 4., 9.])
 * torch.pow(2, torch.tensor([1, 2, 3])); // tensor([2., 4., 8.])
 * ```
 */
export const pow: InPlaceOp<Power> = overloads("pow(Operand input, Operand exponent)", (input, exponent) => {
  if (typeof exponent !== "object" && Number(exponent) < 0 && isInteger(exponent) && isInteger(input)) {
    throw new ArgumentError(`pow: Integers to negative integer powers are not allowed, got exponent ${exponent}.`);
  }
  return [simple.get(exponent) ?? general, input, exponent];
});

/** The dtype of `floatPower`: the widest of its kind. */
const wide = (value: Operand): typeof float64 =>
  (value instanceof Tensor ? value.dtype.isComplex : isComplexLike(value)) ? complex128 : float64;

const widen = (value: Operand, dtype: typeof float64): Operand => (value instanceof Tensor ? value.to(dtype) : value);

/**
 * `input` to the power `exponent`, computed in float64 or complex128.
 * @throws {DTypeError} in place, for a tensor of another dtype.
 */
export const floatPower: InPlaceOp<Power> = overloads("floatPower(Operand input, Operand exponent)", (input, exponent) => {
  const dtype = wide(input) === complex128 ? complex128 : wide(exponent);
  return [pow, widen(input, dtype), widen(exponent, dtype)];
});

/** `input²` */
export const square: InPlaceOp<(input: Tensor) => Tensor> = overloads("square(Tensor input)", (input) => [pow, input, 2]);

/** The square root; NaN for negative real numbers. */
export const sqrt: InPlaceOp<(input: Tensor) => Tensor> = pointwise("sqrt(Tensor input)", (x) => e.sqrt(x), rules.floating, {
  gradient: (grad, _inputs, out) => [e.div(grad, e.conj(e.mul(2, out)))],
});

/** `1 / sqrt(input)` */
export const rsqrt: InPlaceOp<(input: Tensor) => Tensor> = pointwise("rsqrt(Tensor input)", (x) => e.div(1, e.sqrt(x)), rules.floating, {
  gradient: (grad, _inputs, out) => [e.mul(e.mul(-0.5, grad), e.conj(e.mul(e.square(out), out)))],
});

/** `1 / input` */
export const reciprocal: InPlaceOp<(input: Tensor) => Tensor> = pointwise("reciprocal(Tensor input)", (x) => e.div(1, x), rules.floating, {
  gradient: (grad, _inputs, out) => [e.neg(e.mul(grad, e.conj(e.square(out))))],
});

/** The hypotenuse, `sqrt(input² + other²)`, without overflow in between. */
export const hypot: InPlaceOp<(input: Tensor, other: Tensor) => Tensor> = pointwise(
  "hypot(Tensor input, Tensor other)",
  (x, y) => e.hypot(x, y),
  rules.floatOnly,
  {
    gradient: (grad, inputs, out) => {
      const [x, y] = inputs as [e.Expr, e.Expr];
      return [e.mul(grad, e.div(x, out)), e.mul(grad, e.div(y, out))];
    },
  },
);

/** `input · 2^other` */
export const ldexp: InPlaceOp<(input: Tensor, other: Tensor) => Tensor> = pointwise(
  "ldexp(Tensor input, Tensor other)",
  (x, y) => e.mul(x, e.exp2(y)),
  rules.floating,
  {
    gradient: (grad, inputs, out) => [e.mul(grad, e.conj(e.exp2(inputs[1] as e.Expr))), e.mul(grad, e.conj(e.mul(out, Math.LN2)))],
  },
);
