/** Functions of `torch.special` alone: of the normal distribution, entropies, and second names. */

import * as e from "../../expr/build.js";
import type { Scalar } from "../../tensor/create.js";
import { alias, composite, pointwise, rules, underived } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { sigmoid } from "./activation.js";
import { timesOrZero } from "./limits.js";
import { byBoth } from "./numbered.js";
import { digamma, igamma, igammac, lgamma, mvlgamma, polygamma as polygammaMethod } from "./special.js";

type Unary = Op<(input: Tensor) => Tensor>;
type Operand = Tensor | Scalar;

/** The `n`-th derivative of `digamma` at `input`. */
export const polygamma: Op<(n: number, input: Tensor) => Tensor> = composite("polygamma(int n, Tensor input)", (n, input) =>
  polygammaMethod(input, n),
);

/** Another name of `sigmoid`. */
export const expit: Unary = alias("expit", sigmoid);
/** Another name of `digamma`. */
export const psi: Unary = alias("psi", digamma);
/** Another name of `lgamma`. */
export const gammaln: Unary = alias("gammaln", lgamma);
/** Another name of `mvlgamma`. */
export const multigammaln: Op<(input: Tensor, p: number) => Tensor> = alias("multigammaln", mvlgamma);
/** Another name of `igamma`. */
export const gammainc: Op<(input: Tensor, other: Tensor) => Tensor> = alias("gammainc", igamma);
/** Another name of `igammac`. */
export const gammaincc: Op<(input: Tensor, other: Tensor) => Tensor> = alias("gammaincc", igammac);

/** `-input · log(input)`: 0 at 0, `-∞` below. */
export const entr: Unary = pointwise(
  "entr(Tensor input)",
  (x) => e.select(e.isNan(x), x, e.select(e.gt(x, 0), e.neg(e.mul(x, e.log(x))), e.select(e.eq(x, 0), 0, Number.NEGATIVE_INFINITY))),
  rules.realFloating,
  { inPlace: false, gradName: "SpecialEntrBackward0", gradient: (grad, [x]) => [e.neg(e.mul(grad, e.add(1, e.log(x as e.Expr))))] },
);

/** `exp(input²) · erfc(input)` */
export const erfcx: Unary = pointwise("erfcx(Tensor input)", (x) => e.erfcx(x), rules.realFloating, {
  inPlace: false,
  gradName: "SpecialErfcxBackward0",
});

/** The distribution function of the standard normal distribution. */
export const ndtr: Unary = pointwise("ndtr(Tensor input)", (x) => e.mul(0.5, e.erfc(e.mul(-Math.SQRT1_2, x))), rules.realFloating, {
  inPlace: false,
  gradName: "MulBackward1",
});

/** The inverse of `ndtr`: `∓∞` at 0 and 1, NaN outside. */
export const ndtri: Unary = pointwise("ndtri(Tensor input)", (x) => e.ndtri(x), rules.realFloating, {
  inPlace: false,
  gradName: "SpecialNdtriBackward0",
});

/** The logarithm of `ndtr`, accurate far below 0. */
export const logNdtr: Unary = pointwise(
  "logNdtr(Tensor input)",
  (x) => {
    const t = e.mul(Math.SQRT1_2, x);
    return e.select(e.lt(x, -1), e.sub(e.log(e.div(e.erfcx(e.neg(t)), 2)), e.square(t)), e.log1p(e.neg(e.div(e.erfc(t), 2))));
  },
  rules.realFloating,
  {
    inPlace: false,
    gradName: "SpecialLogNdtrBackward0",
    // The density over the distribution function, in which exp(-input² / 2) cancels.
    gradient: (grad, [x]) => [e.div(e.mul(grad, Math.sqrt(2 / Math.PI)), e.erfcx(e.mul(-Math.SQRT1_2, x as e.Expr)))],
  },
);

/** `input · log(1 + other)`, and 0 where `input` is 0 and `other` is a number. */
export const xlog1py: Op<(input: Operand, other: Operand) => Tensor> = pointwise(
  "xlog1py(Operand input, Operand other)",
  (x, y) => timesOrZero(x, y, e.log1p(y)),
  rules.realFloating,
  {
    inPlace: false,
    gradName: byBoth("SpecialXlog1Py"),
    gradient: (grad, inputs) => {
      const [x, y] = inputs as [e.Expr, e.Expr];
      return [e.select(e.and(e.eq(x, 0), e.le(y, -1)), 0, timesOrZero(grad, y, e.log1p(y))), e.div(e.mul(grad, x), e.add(y, 1))];
    },
  },
);

/** The Hurwitz zeta function `Σ (k + other)^-input` over `k ≥ 0`. No gradient in `input`. */
export const zeta: Op<(input: Operand, other: Operand) => Tensor> = pointwise(
  "zeta(Operand input, Operand other)",
  (x, q) => e.zeta(x, q),
  rules.realFloating,
  {
    inPlace: false,
    gradName: byBoth("SpecialZeta"),
    gradient: (grad, inputs) => {
      const [x, q] = inputs as [e.Expr, e.Expr];
      return [underived("zeta", "input"), e.neg(e.mul(grad, e.mul(x, e.zeta(e.add(x, 1), q))))];
    },
  },
);
