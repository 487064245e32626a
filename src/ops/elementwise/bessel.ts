/** Bessel and Airy functions of `torch.special`. As in PyTorch, gradients flow through `i0e`, `i1` and `i1e` only. */

import * as e from "../../expr/build.js";
import { pointwise, rules } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

type Unary = Op<(input: Tensor) => Tensor>;

const plain = (name: string, body: (x: e.Expr) => e.Expr): Unary =>
  pointwise(`${name}(Tensor input)`, body, rules.realFloating, { inPlace: false, differentiable: false });

/** The Bessel function of the first kind and order 0, `J0`. */
export const besselJ0: Unary = plain("besselJ0", e.besselJ0);

/** The Bessel function of the first kind and order 1, `J1`. */
export const besselJ1: Unary = plain("besselJ1", e.besselJ1);

/** The Bessel function of the second kind and order 0, `Y0`: `-∞` at 0, NaN below. */
export const besselY0: Unary = plain("besselY0", e.besselY0);

/** The Bessel function of the second kind and order 1, `Y1`: `-∞` at 0, NaN below. */
export const besselY1: Unary = plain("besselY1", e.besselY1);

/** The spherical Bessel function of the first kind and order 0, `sin(input) / input`. */
export const sphericalBesselJ0: Unary = plain("sphericalBesselJ0", (x) =>
  e.select(e.eq(x, 0), 1, e.select(e.eq(e.abs(x), Number.POSITIVE_INFINITY), 0, e.div(e.sin(x), x))),
);

/** The Airy function Ai. */
export const airyAi: Unary = plain("airyAi", e.airyAi);

/** The modified Bessel function of the first kind and order 0, `I0`. */
export const modifiedBesselI0: Unary = plain("modifiedBesselI0", e.i0);

/** The modified Bessel function of the first kind and order 1, `I1`. */
export const modifiedBesselI1: Unary = plain("modifiedBesselI1", e.i1);

/** The modified Bessel function of the second kind and order 0, `K0`: `∞` at 0, NaN below. */
export const modifiedBesselK0: Unary = plain("modifiedBesselK0", e.k0);

/** The modified Bessel function of the second kind and order 1, `K1`: `∞` at 0, NaN below. */
export const modifiedBesselK1: Unary = plain("modifiedBesselK1", e.k1);

/** `exp(input) · K0(input)` */
export const scaledModifiedBesselK0: Unary = plain("scaledModifiedBesselK0", e.k0e);

/** `exp(input) · K1(input)` */
export const scaledModifiedBesselK1: Unary = plain("scaledModifiedBesselK1", e.k1e);

/** `exp(-|input|) · I0(input)` */
export const i0e: Unary = pointwise("i0e(Tensor input)", (x) => e.i0e(x), rules.realFloating, {
  inPlace: false,
  gradName: "SpecialI0EBackward0",
});

/** The modified Bessel function of the first kind and order 1, `I1`. */
export const i1: Unary = pointwise("i1(Tensor input)", (x) => e.i1(x), rules.realFloating, {
  inPlace: false,
  gradName: "SpecialI1Backward0",
});

/** `exp(-|input|) · I1(input)` */
export const i1e: Unary = pointwise("i1e(Tensor input)", (x) => e.i1e(x), rules.realFloating, {
  inPlace: false,
  gradName: "SpecialI1EBackward0",
});
