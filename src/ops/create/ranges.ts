/** Numbers at equal steps, and the identity matrix. */

import { isComplexLike } from "../../core/complex.js";
import { type DType, float32, float64, getDefaultDtype, int64, toComplexType } from "../../core/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import * as e from "../../expr/build.js";
import { emptyOn, resolveBackend, type Scalar } from "../../tensor/create.js";
import { composite, pointwise, rules } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { blank, filled, finish, OPTIONS, type TensorOptions } from "./blank.js";

/** How many steps lead from `start` to before `end`. */
function stepsBetween(op: string, start: Scalar, end: Scalar, step: Scalar, dtype: DType): number {
  const [from, to, by] = [Number(start), Number(end), Number(step)];
  if (by === 0 || Number.isNaN(by)) throw new ArgumentError(`${op}: step must be nonzero`);
  if (!Number.isFinite(from) || !Number.isFinite(to)) throw new ArgumentError(`${op}: unsupported range: ${from} -> ${to}`);
  if (by > 0 ? to < from : to > from) throw new ArgumentError(`${op}: upper bound and lower bound inconsistent with step sign`);
  if (dtype !== int64) return Math.ceil((to - from) / by);
  const [first, last, stride] = [whole(start), whole(end), whole(step)];
  if (stride === 0n) throw new ArgumentError(`${op}: step must be nonzero`);
  return Number((last - first + stride - (stride > 0n ? 1n : -1n)) / stride);
}

const whole = (value: Scalar): bigint => (typeof value === "bigint" ? value : BigInt(Math.trunc(Number(value))));

const isWhole = (value: Scalar): boolean =>
  typeof value === "bigint" || typeof value === "boolean" || (typeof value === "number" && Number.isInteger(value));

/**
 * The numbers `start`, `start + step`, … before `end`; given one number, from 0 to before it. Whole numbers make int64.
 * @throws {ArgumentError} if `step` is 0 or leads away from `end`.
 * @example
 * ```ts
 * torch.arange(5);         // tensor([0, 1, 2, 3, 4])
 * torch.arange(1, 2, 0.5); // tensor([1.0000, 1.5000])
 * ```
 */
export const arange: Op<
  (
    ...args:
      | [end: Scalar, options?: TensorOptions]
      | [start: Scalar, end: Scalar, ...rest: Args<[step: Scalar], TensorOptions & { step?: Scalar }>]
      | [options: TensorOptions & { start?: Scalar; end: Scalar; step?: Scalar }]
  ) => Tensor
> = composite(`arange(Scalar start=0, Scalar? end=null, Scalar step=1, ${OPTIONS})`, (start, end, step, dtype, device, requiresGrad) => {
  const [from, to] = end === null ? [0, start] : [start, end];
  for (const value of [from, to, step]) if (isComplexLike(value)) throw new ArgumentError("arange: complex bounds are not supported");
  const type = dtype ?? (isWhole(from) && isWhole(to) && isWhole(step) ? int64 : getDefaultDtype());
  if (type.isComplex || type.kind === "bool") throw new DTypeError(`arange: "arange_cpu" not implemented for '${type.scalarName}'`);
  const out = blank("arange", [stepsBetween("arange", from, to, step, type)], type, device);
  const exact = type === int64;
  const integer = type.kind === "int";
  const number = (value: Scalar): number | bigint => (exact ? whole(value) : integer ? Math.trunc(Number(value)) : Number(value));
  out.storage.backend.kernels.sequence(out, number(from), number(step));
  return finish(out, requiresGrad);
});

/**
 * The numbers `start`, `start + step`, … up to `end`, which is included, as floats unless another dtype is given. Deprecated in PyTorch, as
 * ends elsewhere are not included: `arange`.
 * @throws {ArgumentError} if `step` is 0 or leads away from `end`.
 * @example
 * ```ts
 * torch.range(1, 4); // tensor([1., 2., 3., 4.])
 * ```
 */
export const range: Op<(start: number, end: number, ...args: Args<[step: number], TensorOptions & { step?: number }>) => Tensor> =
  composite(`range(float start, float end, float step=1, ${OPTIONS})`, (start, end, step, dtype, device, requiresGrad) => {
    const type = dtype ?? getDefaultDtype();
    if (type.isComplex || type.kind === "bool" || (type.isFloatingPoint && type.itemsize === 2))
      throw new DTypeError(`range: "range_cpu" not implemented for '${type.scalarName}'`);
    // Checks the arguments, too.
    stepsBetween("range", start, end, step, float64);
    const number = (value: number): number | bigint =>
      type === int64 ? BigInt(Math.trunc(value)) : type.kind === "int" ? Math.trunc(value) : value;
    const out = blank("range", [Math.floor((end - start) / step) + 1], type, device);
    out.storage.backend.kernels.sequence(out, number(start), number(step));
    return finish(out, requiresGrad);
  });

/** The numbers from 0 to `n - 1` in a dtype that holds them, for expressions in the index. */
function indices(n: number, dtype: DType, like: Tensor | null, device: Parameters<typeof resolveBackend>[0]): Tensor {
  const backend = like === null || (device !== null && device !== undefined) ? resolveBackend(device) : like.storage.backend;
  const out = emptyOn(backend, [n], dtype);
  backend.kernels.sequence(out, 0, 1);
  return out;
}

/** `start` in equal steps to `end`: from the start up to the middle, then from the end, so that both ends are exact. */
function spaced(i: e.Expr, start: e.Term, end: e.Term, steps: e.Expr): e.Expr {
  const last = e.maximum(e.sub(steps, 1), 1);
  const step = e.div(e.sub(end, start), last);
  const first = e.or(e.lt(i, e.floor(e.div(steps, 2))), e.le(steps, 1));
  return e.select(first, e.add(start, e.mul(step, i)), e.sub(end, e.mul(step, e.sub(e.sub(steps, 1), i))));
}

type SpacedOp = Op<(index: Tensor, start: Tensor | Scalar, end: Tensor | Scalar, steps: number, base: number) => Tensor>;

/** What an element is, from its index, the ends, the number of steps and the base of powers. */
type Value = (i: e.Expr, start: e.Expr, end: e.Expr, steps: e.Expr, base: e.Expr) => e.Expr;

function spacedOp(name: string, value: Value): SpacedOp {
  const signature = `${name}(Tensor index, Operand start, Operand end, float steps, float base)`;
  return pointwise(
    signature,
    (i, start, end, steps, base) => value(i as e.Expr, start as e.Expr, end as e.Expr, steps as e.Expr, base as e.Expr),
    rules.numeric,
    {
      operands: 3,
      inPlace: false,
      differentiable: false,
    },
  );
}

const inWhole: Value = (i, start, end, steps) => spaced(i, e.trunc(start), e.trunc(end), steps);

const inComplex: Value = (i, start, end, steps) => {
  const part = (of: (x: e.Term) => e.Expr): e.Expr => spaced(e.re(i), of(start), of(end), e.re(steps));
  return e.complex(part(e.re), part(e.im));
};

const power =
  (exponent: Value): Value =>
  (i, start, end, steps, base) =>
    e.pow(base, exponent(i, start, end, steps, base));

const linear: SpacedOps = {
  real: spacedOp("linspace", spaced),
  whole: spacedOp("linspace", inWhole),
  complex: spacedOp("linspace", inComplex),
};

const logarithmic: SpacedOps = {
  real: spacedOp("logspace", power(spaced)),
  whole: spacedOp("logspace", power(inWhole)),
  complex: spacedOp("logspace", power(inComplex)),
};

interface SpacedOps {
  readonly real: SpacedOp;
  readonly whole: SpacedOp;
  readonly complex: SpacedOp;
}

type End = Tensor | Scalar;

function makeSpaced(
  op: string,
  ops: SpacedOps,
  start: End,
  end: End,
  steps: number,
  base: number,
  dtype: DType | null,
  device: Parameters<typeof resolveBackend>[0],
): Tensor {
  if (steps < 0) throw new ArgumentError(`${op}: number of steps must be non-negative, got ${steps}`);
  for (const one of [start, end]) {
    if (one instanceof Tensor && one.shape.length > 0)
      throw new ShapeError(
        `${op}: only supports 0-dimensional start and end tensors, but got a tensor with ${one.shape.length} dimensions`,
      );
  }
  const isComplex = [start, end].some((one) => (one instanceof Tensor ? one.dtype.isComplex : isComplexLike(one)));
  const type = dtype ?? (isComplex ? toComplexType(getDefaultDtype()) : getDefaultDtype());
  if (isComplex && !type.isComplex)
    throw new ArgumentError(
      `${op}: linspace(): inferred dtype ${toComplexType(getDefaultDtype())} can't be safely cast to passed dtype ${type}`,
    );
  if (type.kind === "bool") throw new DTypeError(`${op}: "${op}_cpu" not implemented for 'Bool'`);
  const like = start instanceof Tensor ? start : end instanceof Tensor ? end : null;
  // Integers are reached through float64, as in PyTorch: a rounded float32 may fall short of them.
  const compute = type.isComplex ? type : type === float64 || type.kind === "int" ? float64 : float32;
  const index = indices(steps, compute, like, device);
  const run = type.isComplex ? ops.complex : type.isFloatingPoint ? ops.real : ops.whole;
  return run(index, start, end, steps, base).to(type);
}

/**
 * `steps` numbers from `start` to `end` at equal distances, both ends included.
 * @throws {ArgumentError} if `steps` is negative.
 * @example
 * ```ts
 * torch.linspace(0, 1, 5); // tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
 * ```
 */
export const linspace: Op<(start: End, end: End, ...args: Args<[steps: number], TensorOptions & { steps?: number }>) => Tensor> = composite(
  `linspace(Operand start, Operand end, int steps, ${OPTIONS})`,
  (start, end, steps, dtype, device, requiresGrad) =>
    finish(makeSpaced("linspace", linear, start, end, steps, 1, dtype, device), requiresGrad),
);

/**
 * `steps` numbers from `base^start` to `base^end` whose logarithms lie at equal distances.
 * @throws {ArgumentError} if `steps` is negative.
 * @example
 * ```ts
 * torch.logspace(0, 2, 3); // tensor([  1.,  10., 100.])
 * ```
 */
export const logspace: Op<
  (start: End, end: End, ...args: Args<[steps: number, base: number], TensorOptions & { steps?: number; base?: number }>) => Tensor
> = composite(
  `logspace(Operand start, Operand end, int steps, float base=10, ${OPTIONS})`,
  (start, end, steps, base, dtype, device, requiresGrad) =>
    finish(makeSpaced("logspace", logarithmic, start, end, steps, base, dtype, device), requiresGrad),
);

/**
 * A matrix of `n` rows and `m` columns (by default `n`) with ones on the diagonal and zeros elsewhere.
 * @throws {ArgumentError} if a size is negative.
 */
export const eye: Op<(n: number, ...args: Args<[m: number | null], TensorOptions & { m?: number | null }>) => Tensor> = composite(
  `eye(int n, int? m=null, ${OPTIONS})`,
  (n, m, dtype, device, requiresGrad) => {
    if (n < 0) throw new ArgumentError(`eye: n must be greater or equal to 0, got ${n}`);
    const columns = m ?? n;
    if (columns < 0) throw new ArgumentError(`eye: m must be greater or equal to 0, got ${columns}`);
    const out = filled(blank("eye", [n, columns], dtype, device), 0);
    out.asStrided([Math.min(n, columns)], [columns + 1]).fill_(1);
    return finish(out, requiresGrad);
  },
);
