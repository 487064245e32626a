/** Orthogonal polynomials of `torch.special`, of degree `n` at `input`. As in PyTorch, no gradients flow through them. */

import * as e from "../../expr/build.js";
import type { PolynomialOp } from "../../expr/node.js";
import type { Scalar } from "../../tensor/create.js";
import { pointwise, rules } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

type Polynomial = Op<(input: Tensor | Scalar, n: Tensor | Scalar) => Tensor>;

const polynomial = (name: string, op: PolynomialOp): Polynomial =>
  pointwise(`${name}(Operand input, Operand n)`, (x, n) => e.polynomial(op, x, n), rules.realFloating, {
    inPlace: false,
    differentiable: false,
  });

/** The polynomial on [0, 1] in place of [-1, 1]. */
const shifted = (name: string, op: PolynomialOp): Polynomial =>
  pointwise(`${name}(Operand input, Operand n)`, (x, n) => e.polynomial(op, e.sub(e.mul(2, x), 1), n), rules.realFloating, {
    inPlace: false,
    differentiable: false,
  });

/** The Chebyshev polynomial of the first kind, `cos(n θ)` with `input = cos(θ)`. */
export const chebyshevPolynomialT: Polynomial = polynomial("chebyshevPolynomialT", "chebyshevT");

/** The Chebyshev polynomial of the second kind, `sin((n + 1) θ) / sin(θ)` with `input = cos(θ)`. */
export const chebyshevPolynomialU: Polynomial = polynomial("chebyshevPolynomialU", "chebyshevU");

/** The Chebyshev polynomial of the third kind, `cos((n + 1/2) θ) / cos(θ/2)` with `input = cos(θ)`. */
export const chebyshevPolynomialV: Polynomial = polynomial("chebyshevPolynomialV", "chebyshevV");

/** The Chebyshev polynomial of the fourth kind, `sin((n + 1/2) θ) / sin(θ/2)` with `input = cos(θ)`. */
export const chebyshevPolynomialW: Polynomial = polynomial("chebyshevPolynomialW", "chebyshevW");

/** The physicists' Hermite polynomial. */
export const hermitePolynomialH: Polynomial = polynomial("hermitePolynomialH", "hermiteH");

/** The probabilists' Hermite polynomial. */
export const hermitePolynomialHe: Polynomial = polynomial("hermitePolynomialHe", "hermiteHe");

/** The Laguerre polynomial. */
export const laguerrePolynomialL: Polynomial = polynomial("laguerrePolynomialL", "laguerreL");

/** The Legendre polynomial. */
export const legendrePolynomialP: Polynomial = polynomial("legendrePolynomialP", "legendreP");

/** The Chebyshev polynomial of the first kind at `2 · input - 1`. */
export const shiftedChebyshevPolynomialT: Polynomial = shifted("shiftedChebyshevPolynomialT", "chebyshevT");

/** The Chebyshev polynomial of the second kind at `2 · input - 1`. */
export const shiftedChebyshevPolynomialU: Polynomial = shifted("shiftedChebyshevPolynomialU", "chebyshevU");

/** The Chebyshev polynomial of the third kind at `2 · input - 1`. */
export const shiftedChebyshevPolynomialV: Polynomial = shifted("shiftedChebyshevPolynomialV", "chebyshevV");

/** The Chebyshev polynomial of the fourth kind at `2 · input - 1`. */
export const shiftedChebyshevPolynomialW: Polynomial = shifted("shiftedChebyshevPolynomialW", "chebyshevW");
