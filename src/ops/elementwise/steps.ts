/** Functions that replace elements, or jump between neighbours. */

import { bfloat16, complex64, complex128, type DType, float16, float32, float64 } from "../../core/dtype.js";
import { DTypeError } from "../../core/errors.js";
import { ResultType } from "../../core/promotion.js";
import * as e from "../../expr/build.js";
import { overloads, pointwise, rules, underived } from "../../tensor/define/index.js";
import type { Args, InPlaceOp } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

type Binary = InPlaceOp<(input: Tensor, other: Tensor) => Tensor>;

/** 0 below 0, 1 above it, and `values` at it. */
export const heaviside: InPlaceOp<(input: Tensor, values: Tensor) => Tensor> = pointwise(
  "heaviside(Tensor input, Tensor values)",
  (x, at) => e.select(e.eq(x, 0), at, e.select(e.gt(x, 0), 1, 0)),
  rules.ordered,
  {
    gradName: "NotImplemented",
    gradient: () => [underived("heaviside", "input"), underived("heaviside", "values")],
    check: (input: Tensor, values: Tensor) => {
      if (input.dtype !== values.dtype)
        throw new DTypeError(
          `heaviside: heaviside is not yet implemented for tensors with different dtypes, got ${input.dtype} and ${values.dtype}.`,
        );
    },
  },
);

/** The magnitude of `input` with the sign of `other`. */
export const copysign: InPlaceOp<(input: Tensor, other: Tensor | number) => Tensor> = pointwise(
  "copysign(Tensor input, Operand other)",
  (x, y) => e.copysign(x, y),
  rules.realFloating,
  {
    gradName: ([, other]) => `CopysignBackward${typeof other === "object" ? 0 : 1}`,
    gradient: (grad, [x], out) => [e.select(e.eq(x as e.Expr, 0), 0, e.mul(grad, e.div(out, x as e.Expr))), 0],
  },
);

/** The binary formats: digits of the significand and the least exponent of a normal number. */
const formats: ReadonlyMap<DType, readonly [digits: number, least: number]> = new Map([
  [float16, [11, -14]],
  [bfloat16, [8, -126]],
  [float32, [24, -126]],
  [float64, [53, -1022]],
]);

const neighbour: InPlaceOp<(input: Tensor, other: Tensor, digits: number, least: number) => Tensor> = pointwise(
  "nextafter(Tensor input, Tensor other, int digits, int least)",
  (x, y, digits, least) => e.nextafter(x, y, digits, least),
  rules.floatOnly,
  { operands: 2, gradient: (grad, [x, y]) => [e.select(e.ne(x as e.Expr, y as e.Expr), grad, 0), null] },
);

/** The next number of the dtype after `input` in the direction of `other`. */
export const nextafter: Binary = overloads("nextafter(Tensor input, Tensor other)", (input, other) => {
  const dtype = new ResultType().tensor(input.dtype, input.shape.length).tensor(other.dtype, other.shape.length).dtype;
  return [neighbour, input, other, ...(formats.get(dtype) ?? [0, 0])];
});

/** The largest finite number of each dtype. */
const largest: ReadonlyMap<DType, number> = new Map([
  [float16, 65504],
  [bfloat16, 3.3895313892515355e38],
  [float32, 3.4028234663852886e38],
  [complex64, 3.4028234663852886e38],
  [float64, Number.MAX_VALUE],
  [complex128, Number.MAX_VALUE],
]);

const replaced = (x: e.Expr, nan: e.Expr, top: e.Expr, bottom: e.Expr): e.Expr =>
  e.select(e.isNan(x), nan, e.select(e.eq(x, Number.POSITIVE_INFINITY), top, e.select(e.eq(x, Number.NEGATIVE_INFINITY), bottom, x)));

const finite: InPlaceOp<(input: Tensor, nan: number, posinf: number, neginf: number) => Tensor> = pointwise(
  "nanToNum(Tensor input, float nan, float posinf, float neginf)",
  replaced,
  rules.floatOnly,
  {
    operands: 1,
    gradient: (grad, [x]) => [e.select(e.lt(e.abs(x as e.Expr), Number.POSITIVE_INFINITY), grad, 0)],
  },
);

const finiteParts: InPlaceOp<(input: Tensor, nan: number, posinf: number, neginf: number) => Tensor> = pointwise(
  "nanToNum(Tensor input, float nan, float posinf, float neginf)",
  (x, nan, top, bottom) => e.complex(replaced(e.re(x), nan, top, bottom), replaced(e.im(x), nan, top, bottom)),
  { ...rules.floatOrComplex, accepts: ["complex"] },
  { operands: 1 },
);

const same: InPlaceOp<(input: Tensor) => Tensor> = pointwise("nanToNum(Tensor input)", (x) => x, rules.numeric);

type Replacements = Args<
  [nan: number | null, posinf: number | null, neginf: number | null],
  { nan?: number | null; posinf?: number | null; neginf?: number | null }
>;

/** NaN replaced by `nan` (0), `+∞` by `posinf` (the largest number of the dtype) and `-∞` by `neginf` (the least one). */
export const nanToNum: InPlaceOp<(input: Tensor, ...args: Replacements) => Tensor> = overloads(
  "nanToNum(Tensor input, float? nan=null, float? posinf=null, float? neginf=null)",
  (input, nan, posinf, neginf) => {
    const limit = largest.get(input.dtype);
    if (limit === undefined) return [same, input];
    return [input.dtype.isComplex ? finiteParts : finite, input, nan ?? 0, posinf ?? limit, neginf ?? -limit];
  },
);
