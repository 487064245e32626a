/** Numbers at equal steps, and the identity matrix. */

import { isComplexLike } from "../../core/complex.js";
import { type DType, float32, float64, getDefaultDtype, int64, toComplexType } from "../../core/dtype.js";
import { ArgumentError, ShapeError } from "../../core/errors.js";
import * as e from "../../expr/build.js";
import { composite, pointwise, rules } from "../../tensor/define/index.js";
import { emptyOn, resolveBackend, type Scalar } from "../../tensor/create.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { blank, finish, OPTIONS, type TensorOptions } from "./blank.js";

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

const isWhole = (value: Scalar): boolean => typeof value === "bigint" || typeof value === "boolean" || (typeof value === "number" && Number.isInteger(value));

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
  (...args: [end: Scalar, options?: TensorOptions] | [start: Scalar, end: Scalar, ...rest: Args<[step: Scalar], TensorOptions & { step?: Scalar }>] | [options: TensorOptions & { start?: Scalar; end: Scalar; step?: Scalar }]) => Tensor
> = composite(`arange(Scalar start=0, Scalar? end=null, Scalar step=1, ${OPTIONS})`, (start, end, step, dtype, device, requiresGrad) => {
  const [from, to] = end === null ? [0, start] : [start, end];
  for (const value of [from, to, step]) if (isComplexLike(value)) throw new ArgumentError("arange: complex bounds are not supported");
  const type = dtype ?? (isWhole(from) && isWhole(to) && isWhole(step) ? int64 : getDefaultDtype());
  const out = blank("arange", [stepsBetween("arange", from, to, step, type)], type, device);
  const exact = type === int64;
  const integer = type.kind === "int";
  const number = (value: Scalar): number | bigint => (exact ? whole(value) : integer ? Math.trunc(Number(value)) : Number(value));
  out.storage.backend.kernels.sequence(out, number(from), number(step));
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

const quiet = { operands: 3, inPlace: false, differentiable: false } as const;

const realSpaced: SpacedOp = pointwise("linspace(Tensor index, Operand start, Operand end, float steps, float base)", (i, start, end, steps) => spaced(i, start, end, steps), rules.numeric, quiet);

const wholeSpaced: SpacedOp = pointwise(
  "linspace(Tensor index, Operand start, Operand end, float steps, float base)",
  (i, start, end, steps) => spaced(i, e.trunc(start), e.trunc(end), steps),
  rules.numeric,
  quiet,
);

const complexSpaced: SpacedOp = pointwise(
  "linspace(Tensor index, Operand start, Operand end, float steps, float base)",
  (i, start, end, steps) => e.complex(spaced(e.re(i), e.re(start), e.re(end), e.re(steps)), spaced(e.re(i), e.im(start), e.im(end), e.re(steps))),
  rules.numeric,
  quiet,
);

const realPower: SpacedOp = pointwise("logspace(Tensor index, Operand start, Operand end, float steps, float base)", (i, start, end, steps, base) => e.pow(base, spaced(i, start, end, steps)), rules.numeric, quiet);

const wholePower: SpacedOp = pointwise(
  "logspace(Tensor index, Operand start, Operand end, float steps, float base)",
  (i, start, end, steps, base) => e.pow(base, spaced(i, e.trunc(start), e.trunc(end), steps)),
  rules.numeric,
  quiet,
);

const complexPower: SpacedOp = pointwise(
  "logspace(Tensor index, Operand start, Operand end, float steps, float base)",
  (i, start, end, steps, base) => e.pow(base, e.complex(spaced(e.re(i), e.re(start), e.re(end), e.re(steps)), spaced(e.re(i), e.im(start), e.im(end), e.re(steps)))),
  rules.numeric,
  quiet,
);

interface SpacedOps {
  readonly real: SpacedOp;
  readonly whole: SpacedOp;
  readonly complex: SpacedOp;
}

type End = Tensor | Scalar;

function makeSpaced(op: string, ops: SpacedOps, start: End, end: End, steps: number, base: number, dtype: DType | null, device: Parameters<typeof resolveBackend>[0]): Tensor {
  if (steps < 0) throw new ArgumentError(`${op}: number of steps must be non-negative, got ${steps}`);
  for (const one of [start, end]) {
    if (one instanceof Tensor && one.shape.length > 0) throw new ShapeError(`${op}: only supports 0-dimensional start and end tensors, but got a tensor with ${one.shape.length} dimensions`);
  }
  const isComplex = [start, end].some((one) => (one instanceof Tensor ? one.dtype.isComplex : isComplexLike(one)));
  const type = dtype ?? (isComplex ? toComplexType(getDefaultDtype()) : getDefaultDtype());
  if (isComplex && !type.isComplex) throw new ArgumentError(`${op}: linspace(): inferred dtype ${toComplexType(getDefaultDtype())} can't be safely cast to passed dtype ${type}`);
  const like = start instanceof Tensor ? start : end instanceof Tensor ? end : null;
  // Integers are reached through float64, as in PyTorch: a rounded float32 may fall short of them.
  const compute = type.isComplex ? type : type === float64 || type.kind === "int" || type.kind === "bool" ? float64 : float32;
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
    finish(makeSpaced("linspace", { real: realSpaced, whole: wholeSpaced, complex: complexSpaced }, start, end, steps, 1, dtype, device), requiresGrad),
);

/**
 * `steps` numbers from `base^start` to `base^end` whose logarithms lie at equal distances.
 * @throws {ArgumentError} if `steps` is negative.
 * @example
 * ```ts
 * torch.logspace(0, 2, 3); // tensor([  1.,  10., 100.])
 * ```
 */
export const logspace: Op<(start: End, end: End, ...args: Args<[steps: number, base: number], TensorOptions & { steps?: number; base?: number }>) => Tensor> = composite(
  `logspace(Operand start, Operand end, int steps, float base=10, ${OPTIONS})`,
  (start, end, steps, base, dtype, device, requiresGrad) =>
    finish(makeSpaced("logspace", { real: realPower, whole: wholePower, complex: complexPower }, start, end, steps, base, dtype, device), requiresGrad),
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
    const out = blank("eye", [n, columns], dtype, device).zero_();
    out.asStrided([Math.min(n, columns)], [columns + 1]).fill_(1);
    return finish(out, requiresGrad);
  },
);
