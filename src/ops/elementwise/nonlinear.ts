/** Smooth activation functions of `torch.nn.functional`. */

import { ArgumentError, ShapeError } from "../../core/errors.js";
import { wrapDim } from "../../core/shape.js";
import * as e from "../../expr/build.js";
import { composite, inPlaceOnly, overloads, pointwise, rules } from "../../tensor/define/index.js";
import type { Args, InPlaceOp, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { withFlag } from "./flag.js";
import type { Flag } from "./linearUnits.js";

type Alpha = Args<[alpha: number, inplace: boolean], { alpha?: number; inplace?: boolean }>;
type AlphaOnly = Args<[alpha: number], { alpha?: number }>;

/** `alpha · (exp(x / width) - 1)` up to 0, `x` above. */
const exponentialUnit = (x: e.Expr, alpha: e.Term, width: e.Term): e.Expr =>
  e.select(e.le(x, 0), e.mul(alpha, e.expm1(e.div(x, width))), x);

const eluOf: InPlaceOp<(input: Tensor, ...args: AlphaOnly) => Tensor> = pointwise(
  "elu(Tensor input, float alpha=1)",
  (x, alpha) => exponentialUnit(x, alpha, 1),
  rules.floatOnly,
);

/** `input` where it is positive, else `alpha · (exp(input) - 1)`. */
export const elu: InPlaceOp<(input: Tensor, ...args: Alpha) => Tensor> = withFlag(eluOf);

/** `elu` in place. */
export const elu_: Op<(input: Tensor, ...args: AlphaOnly) => Tensor> = inPlaceOnly(eluOf);

const celuOf: InPlaceOp<(input: Tensor, ...args: AlphaOnly) => Tensor> = pointwise(
  "celu(Tensor input, float alpha=1)",
  (x, alpha) => exponentialUnit(x, alpha, alpha),
  rules.floatOnly,
  {
    check: (_input: Tensor, alpha: number) => {
      if (alpha === 0) throw new ArgumentError("celu: ZeroDivisionError: alpha cannot be 0 for CELU");
    },
  },
);

/**
 * `input` where it is positive, else `alpha · (exp(input / alpha) - 1)`.
 * @throws {ArgumentError} for `alpha` 0.
 */
export const celu: InPlaceOp<(input: Tensor, ...args: Alpha) => Tensor> = withFlag(celuOf);

/** `celu` in place. */
export const celu_: Op<(input: Tensor, ...args: AlphaOnly) => Tensor> = inPlaceOnly(celuOf);

/** The constants that make activations of mean 0 and variance 1 a fixed point (Klambauer et al. 2017). */
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

const seluOf: InPlaceOp<(input: Tensor) => Tensor> = pointwise(
  "selu(Tensor input)",
  (x) => e.mul(SELU_SCALE, exponentialUnit(x, SELU_ALPHA, 1)),
  rules.floatOnly,
  {
    gradName: "EluBackward0",
  },
);

/** `1.0507 · elu(input, 1.6733)` */
export const selu: InPlaceOp<(input: Tensor, ...args: Flag) => Tensor> = withFlag(seluOf);

/** `selu` in place. */
export const selu_: Op<(input: Tensor) => Tensor> = inPlaceOnly(seluOf);

const geluExact: Op<(input: Tensor) => Tensor> = pointwise(
  "gelu(Tensor input)",
  (x) => e.mul(e.mul(0.5, x), e.add(1, e.erf(e.mul(x, Math.SQRT1_2)))),
  rules.floatOnly,
  {
    inPlace: false,
    // grad·(Φ(x) + x·φ(x)) with the normal distribution: as one factor, so that an infinite gradient is not subtracted from itself.
    gradient: (grad, [input]) => {
      const x = input as e.Expr;
      const density = e.mul(1 / Math.sqrt(2 * Math.PI), e.exp(e.mul(-0.5, e.square(x))));
      return [e.mul(grad, e.add(e.mul(0.5, e.add(1, e.erf(e.mul(x, Math.SQRT1_2)))), e.mul(x, density)))];
    },
  },
);

const geluTanh: Op<(input: Tensor) => Tensor> = pointwise(
  "gelu(Tensor input)",
  (x) => e.mul(e.mul(0.5, x), e.add(1, e.tanh(e.mul(Math.sqrt(2 / Math.PI), e.add(x, e.mul(0.044715, e.mul(e.square(x), x))))))),
  rules.floatOnly,
  { inPlace: false },
);

/**
 * `input · Φ(input)` with the normal distribution function; `approximate: "tanh"` replaces it by a hyperbolic tangent.
 * @throws {ArgumentError} for another `approximate`.
 */
export const gelu: Op<(input: Tensor, options?: { approximate?: "none" | "tanh" }) => Tensor> = overloads(
  "gelu(Tensor input, *, str approximate='none')",
  (input, approximate) => {
    if (approximate === "none") return [geluExact, input];
    if (approximate === "tanh") return [geluTanh, input];
    throw new ArgumentError(`gelu: approximate argument must be either none or tanh, got '${approximate}'.`);
  },
  { inPlace: false },
);

const siluOf: InPlaceOp<(input: Tensor) => Tensor> = pointwise("silu(Tensor input)", (x) => e.mul(x, e.sigmoid(x)), rules.floatOrComplex, {
  gradient: (grad, [input]) => {
    const x = input as e.Expr;
    const s = e.sigmoid(x);
    return [e.mul(grad, e.conj(e.mul(s, e.add(1, e.mul(x, e.sub(1, s))))))];
  },
});

/** `input · sigmoid(input)` */
export const silu: InPlaceOp<(input: Tensor, ...args: Flag) => Tensor> = withFlag(siluOf);

/** `log(1 + exp(x))`, which is `x` to double precision beyond 40. */
const softlyPositive = (x: e.Expr): e.Expr => e.select(e.gt(x, 40), x, e.log1p(e.exp(x)));

const mishOf: InPlaceOp<(input: Tensor) => Tensor> = pointwise(
  "mish(Tensor input)",
  (x) => e.mul(x, e.tanh(softlyPositive(x))),
  rules.floatOnly,
);

/** `input · tanh(softplus(input))` */
export const mish: InPlaceOp<(input: Tensor, ...args: Flag) => Tensor> = withFlag(mishOf);

/** `log(1 + exp(beta · input)) / beta`, and `input` itself where `beta · input` exceeds `threshold`. */
export const softplus: Op<
  (input: Tensor, ...args: Args<[beta: number, threshold: number], { beta?: number; threshold?: number }>) => Tensor
> = pointwise(
  "softplus(Tensor input, float beta=1, float threshold=20)",
  (x, beta, threshold) => e.select(e.gt(e.mul(x, beta), threshold), x, e.div(e.log1p(e.exp(e.mul(x, beta))), beta)),
  rules.floatOnly,
  {
    inPlace: false,
    gradient: (grad, inputs) => {
      const [x, beta, threshold] = inputs as [e.Expr, e.Expr, e.Expr];
      return [e.select(e.gt(e.mul(x, beta), threshold), grad, e.mul(grad, e.sigmoid(e.mul(x, beta))))];
    },
  },
);

/** `log(sigmoid(input))`, without overflow. */
export const logsigmoid: Op<(input: Tensor) => Tensor> = pointwise(
  "logsigmoid(Tensor input)",
  (x) => e.sub(e.minimum(0, x), e.log1p(e.exp(e.neg(e.abs(x))))),
  rules.floatOnly,
  { inPlace: false, gradName: "LogSigmoidBackward0", gradient: (grad, [x]) => [e.mul(grad, e.sigmoid(e.neg(x as e.Expr)))] },
);

/** `input / (1 + |input|)` */
export const softsign: Op<(input: Tensor) => Tensor> = composite("softsign(Tensor input)", (input) => input.div(input.abs().add(1)));

/** `input - tanh(input)` */
export const tanhshrink: Op<(input: Tensor) => Tensor> = composite("tanhshrink(Tensor input)", (input) => input.sub(input.tanh()));

const gated: Op<(input: Tensor, gate: Tensor) => Tensor> = pointwise(
  "glu(Tensor input, Tensor gate)",
  (x, gate) => e.mul(x, e.sigmoid(gate)),
  rules.floatOnly,
  { inPlace: false },
);

/**
 * The first half of a dimension times the sigmoid of the second.
 * @throws {ShapeError} if the size of the dimension is odd.
 */
export const glu: Op<(input: Tensor, ...args: Args<[dim: number], { dim?: number }>) => Tensor> = composite(
  "glu(Tensor input, int dim=-1)",
  (input, dim) => {
    if (input.shape.length === 0) throw new ShapeError("glu: glu does not support scalars because halving size must be even");
    const d = wrapDim("glu", dim, input.shape.length);
    const size = input.shape[d] as number;
    if (size % 2 !== 0) throw new ShapeError(`glu: Halving dimension must be even, but dimension ${d} is size ${size}`);
    return gated(input.slice(d, 0, size / 2), input.slice(d, size / 2));
  },
);
