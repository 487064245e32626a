/** Arithmetic on elements. */

import { DTypeError } from "../../core/errors.js";
import * as e from "../../expr/build.js";
import type { Scalar } from "../../tensor/create.js";
import { alias, composite, overloads, pointwise, rules } from "../../tensor/define/index.js";
import type { InPlaceOp, Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";

type Operand = Tensor | Scalar;

const isBoolean = (value: Operand): boolean => (value instanceof Tensor ? value.dtype.kind === "bool" : typeof value === "boolean");

const isIntegral = (value: Operand): boolean =>
  value instanceof Tensor
    ? value.dtype.kind === "int" || value.dtype.kind === "bool"
    : typeof value === "bigint" || typeof value === "boolean" || Number.isInteger(value);

/** Checks the factor of `add` and `sub`. */
function checkAlpha(op: string, input: Operand, other: Operand, alpha: Scalar): void {
  if (isIntegral(alpha) || !isIntegral(input) || !isIntegral(other)) return;
  throw new DTypeError(`${op}: For integral input tensors, argument alpha must not be a floating point number, got ${String(alpha)}.`);
}

/** Checks that no truth values are subtracted. */
function checkSubtraction(op: string, input: Operand, other: Operand, alpha: Scalar): void {
  if (isBoolean(input) && isBoolean(other)) {
    throw new DTypeError(
      `${op}: Subtraction, the \`-\` operator, with two bool tensors is not supported. Use the \`^\` or \`logicalXor()\` operator instead.`,
    );
  }
  if (isBoolean(input) || isBoolean(other)) {
    throw new DTypeError(
      `${op}: Subtraction, the \`-\` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the \`~\` or \`logicalNot()\` operator instead.`,
    );
  }
  checkAlpha(op, input, other, alpha);
}

/** `input + alpha · other` */
export const add: InPlaceOp<(input: Operand, other: Operand, options?: { alpha?: Scalar }) => Tensor> = pointwise(
  "add(Operand input, Operand other, *, Scalar alpha=1)",
  (x, y, alpha) => e.add(x, e.mul(alpha, y)),
  rules.numeric,
  { check: (input: Operand, other: Operand, alpha: Scalar) => checkAlpha("add", input, other, alpha) },
);

/**
 * `input - alpha · other`
 * @throws {DTypeError} for truth values.
 */
export const sub: InPlaceOp<(input: Operand, other: Operand, options?: { alpha?: Scalar }) => Tensor> = pointwise(
  "sub(Operand input, Operand other, *, Scalar alpha=1)",
  (x, y, alpha) => e.sub(x, e.mul(alpha, y)),
  rules.notBool,
  { check: (input: Operand, other: Operand, alpha: Scalar) => checkSubtraction("sub", input, other, alpha) },
);

/** Another name of `sub`. */
export const subtract: InPlaceOp<(input: Operand, other: Operand, options?: { alpha?: Scalar }) => Tensor> = alias("subtract", sub);

/**
 * `other - alpha · input`
 * @throws {DTypeError} for truth values.
 */
export const rsub: Op<(input: Tensor, other: Operand, options?: { alpha?: Scalar }) => Tensor> = pointwise(
  "rsub(Tensor input, Operand other, *, Scalar alpha=1)",
  (x, y, alpha) => e.sub(y, e.mul(alpha, x)),
  rules.notBool,
  {
    inPlace: false,
    gradName: ([, other]) => `RsubBackward${other instanceof Tensor ? 0 : 1}`,
    check: (input: Operand, other: Operand, alpha: Scalar) => checkSubtraction("rsub", input, other, alpha),
  },
);

/** `input · other` */
export const mul: InPlaceOp<(input: Operand, other: Operand) => Tensor> = pointwise(
  "mul(Operand input, Operand other)",
  (x, y) => e.mul(x, y),
  rules.numeric,
);

/** Another name of `mul`. */
export const multiply: InPlaceOp<(input: Operand, other: Operand) => Tensor> = alias("multiply", mul);

/**
 * `-input`
 * @throws {DTypeError} for truth values: use `logicalNot`.
 */
export const neg: InPlaceOp<(input: Tensor) => Tensor> = pointwise("neg(Tensor input)", (x) => e.neg(x), rules.notBool, {
  check: (input: Tensor) => {
    if (!isBoolean(input)) return;
    throw new DTypeError(
      "neg: Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logicalNot()` operator instead.",
    );
  },
});

/** Another name of `neg`. */
export const negative: InPlaceOp<(input: Tensor) => Tensor> = alias("negative", neg);

/** `|input|`, which for complex numbers is the modulus. */
export const abs: InPlaceOp<(input: Tensor) => Tensor> = pointwise("abs(Tensor input)", (x) => e.abs(x), {
  ...rules.realResult,
  accepts: ["int", "float", "complex"],
});

/** Another name of `abs`. */
export const absolute: InPlaceOp<(input: Tensor) => Tensor> = alias("absolute", abs);

/**
 * -1, 0 or 1, by the sign of `input`.
 * @throws {DTypeError} for complex numbers: use `sgn`.
 */
export const sign: InPlaceOp<(input: Tensor) => Tensor> = pointwise("sign(Tensor input)", (x) => e.sign(x), rules.ordered, {
  gradient: () => [0],
  check: (input: Tensor) => {
    if (input.dtype.isComplex)
      throw new DTypeError("sign: Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead.");
  },
});

const direction: InPlaceOp<(input: Tensor) => Tensor> = pointwise("sgn(Tensor input)", (x) => e.sign(x), rules.numeric);
const sideOfZero: InPlaceOp<(input: Tensor) => Tensor> = pointwise("sgn(Tensor input)", (x) => e.sign(x), rules.numeric, {
  gradient: () => [0],
});

/** The sign; for a complex number `z / |z|`, and 0 at 0. */
export const sgn: InPlaceOp<(input: Tensor) => Tensor> = overloads("sgn(Tensor input)", (input) => [
  input.dtype.isComplex ? direction : sideOfZero,
  input,
]);

/** `input + value · tensor1 · tensor2` */
export const addcmul: InPlaceOp<(input: Tensor, tensor1: Tensor, tensor2: Tensor, options?: { value?: Scalar }) => Tensor> = pointwise(
  "addcmul(Tensor input, Tensor tensor1, Tensor tensor2, *, Scalar value=1)",
  (x, a, b, value) => e.add(x, e.mul(value, e.mul(a, b))),
  rules.notBool,
);

/**
 * `input + value · tensor1 / tensor2`
 * @throws {DTypeError} for integers.
 */
export const addcdiv: InPlaceOp<(input: Tensor, tensor1: Tensor, tensor2: Tensor, options?: { value?: Scalar }) => Tensor> = pointwise(
  "addcdiv(Tensor input, Tensor tensor1, Tensor tensor2, *, Scalar value=1)",
  (x, a, b, value) => e.add(x, e.mul(value, e.div(a, b))),
  rules.floatOrComplex,
  {
    check: (_input: Tensor, tensor1: Tensor, tensor2: Tensor) => {
      if (!isIntegral(tensor1) || !isIntegral(tensor2)) return;
      throw new DTypeError(
        `addcdiv: Integer division with addcdiv is no longer supported. Convert with .float() first, or write input.add(tensor1.div(tensor2, { roundingMode: "trunc" }).mul(value)); got ${tensor1.dtype} and ${tensor2.dtype}`,
      );
    },
  },
);

/** Checks that interpolation is between tensors of one dtype. */
function checkLerp(input: Tensor, end: Tensor, weight: Operand): void {
  if (isIntegral(input))
    throw new DTypeError(`lerp: "lerp" not implemented for '${input.dtype.scalarName}'; it takes floats and complex numbers`);
  if (input.dtype !== end.dtype)
    throw new DTypeError(`lerp: expected dtype ${input.dtype.name} for \`end\` but got dtype ${end.dtype.name}`);
  if (weight instanceof Tensor && weight.dtype !== input.dtype)
    throw new DTypeError(`lerp: expected dtype ${input.dtype.name} for \`weight\` but got dtype ${weight.dtype.name}`);
}

/**
 * `input + weight · (end - input)`, from whichever end is nearer so that both are met exactly.
 * @throws {DTypeError} if the dtypes differ.
 */
export const lerp: InPlaceOp<(input: Tensor, end: Tensor, weight: Operand) => Tensor> = pointwise(
  "lerp(Tensor input, Tensor end, Operand weight)",
  (x, y, w) => e.select(e.lt(e.abs(w), 0.5), e.add(x, e.mul(w, e.sub(y, x))), e.sub(y, e.mul(e.sub(y, x), e.sub(1, w)))),
  rules.floatOrComplex,
  {
    check: checkLerp,
    gradName: ([, , weight]) => (weight instanceof Tensor ? "LerpBackward1" : "LerpBackward0"),
    gradient: (grad, inputs) => {
      const [x, y, w] = inputs as [e.Expr, e.Expr, e.Expr];
      return [e.mul(grad, e.conj(e.sub(1, w))), e.mul(grad, e.conj(w)), e.mul(grad, e.conj(e.sub(y, x)))];
    },
  },
);

/**
 * The tensor itself.
 * @throws {DTypeError} for truth values.
 */
export const positive: Op<(input: Tensor) => Tensor> = composite("positive(Tensor input)", (input) => {
  if (isBoolean(input)) throw new DTypeError("positive: The `+` operator, on a bool tensor is not supported.");
  return input;
});
