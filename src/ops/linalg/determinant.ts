/** Determinants, by LU factorisation. */

import { toRealType } from "../../core/dtype.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { arange } from "../create/ranges.js";
import { complex } from "../elementwise/complexFrom.js";
import { checkSquare } from "./checks.js";
import { packed } from "./lu.js";
import { solveBy } from "./solve.js";

/** The results of `slogdet`: `[sign, logabsdet]`. */
export type SlogdetResult = readonly [sign: Tensor, logabsdet: Tensor] & { readonly sign: Tensor; readonly logabsdet: Tensor };

/** The sign of the permutation that pivots stand for. */
function parity(pivots: Tensor): Tensor {
  const own = arange(1, (pivots.shape[pivots.shape.length - 1] as number) + 1, { dtype: pivots.dtype, device: pivots.device });
  return pivots.ne(own).sum(-1).remainder(2).mul(-2).add(1);
}

/** Factors that can be divided by: zeros in the diagonal of `U` become the least number that counts beside 1. */
function divisible(LU: Tensor): Tensor {
  const diagonal = LU.diagonal(0, -2, -1);
  const epsilon = toRealType(LU.dtype).itemsize === 8 ? 2 ** -52 : 2 ** -23;
  return LU.add(diagonal.eq(0).to(LU.dtype).mul(epsilon).diagEmbed());
}

/** `diag(values)·A⁻ᴴ` with one value for each matrix. */
function scaledInverse(values: Tensor, A: Tensor, LU: Tensor, pivots: Tensor): Tensor {
  const diagonal = values.unsqueeze(-1).expand(A.shape.slice(0, -1)).diagEmbed();
  return solveBy(A, diagonal, divisible(LU), pivots, true);
}

const determinant: Op<(A: Tensor, LU: Tensor, pivots: Tensor) => Tensor> = primitive("linalg.det(Tensor A, Tensor LU, Tensor pivots)", {
  forward: (_A, LU, pivots) => LU.diagonal(0, -2, -1).prod(-1).mul(parity(pivots)),
  gradient: { A: (grad, { A, LU, pivots, out }) => scaledInverse(grad.mul(out.conj()), A, LU, pivots) },
  gradName: "LinalgDetBackward0",
});

const logDeterminant: Op<(A: Tensor, LU: Tensor, pivots: Tensor) => SlogdetResult> = primitive(
  "linalg.slogdet(Tensor A, Tensor LU, Tensor pivots)",
  {
    forward: (_A, LU, pivots) => {
      const diagonal = LU.diagonal(0, -2, -1);
      return [diagonal.sgn().prod(-1).mul(parity(pivots)), diagonal.abs().log().sum(-1)];
    },
    gradient: {
      // With t = tr(A⁻¹·dA), the logarithm changes by Re t and the sign by i·Im t times itself.
      A: (_grad, { A, LU, pivots, out: sign, grads: [gSign, gLog] }) => {
        const real = gLog ?? null;
        if (!A.dtype.isComplex || !gSign) return real === null ? null : scaledInverse(real.to(A.dtype), A, LU, pivots);
        const turn = gSign.mul(sign.conj()).imag;
        return scaledInverse(complex(real ?? turn.mul(0), turn), A, LU, pivots);
      },
    },
    results: ["sign", "logabsdet"],
    gradName: "LinalgSlogdetBackward0",
  },
);

/**
 * The determinants of square matrices.
 *
 * Shapes: `A` `[…, n, n]`, result `[…]`.
 * @throws {ShapeError} if the matrices are not square.
 * @example
 * ```ts
 * torch.linalg.det(torch.tensor([[1, 2], [3, 4]])); // tensor(-2.)
 * ```
 */
export const det: Op<(A: Tensor) => Tensor> = composite("linalg.det(Tensor A)", (A) => {
  checkSquare("linalg.det", A);
  const [LU, pivots] = packed(A.detach());
  return determinant(A, LU, pivots);
});

/**
 * The sign and the logarithm of the modulus of determinants: `det(A) = sign·exp(logabsdet)`, without overflow; 0 and -Infinity for singular ones.
 *
 * Shapes: `A` `[…, n, n]`, results `[…]`, `logabsdet` real.
 * @throws {ShapeError} if the matrices are not square.
 */
export const slogdet: Op<(A: Tensor) => SlogdetResult> = composite("linalg.slogdet(Tensor A)", (A) => {
  checkSquare("linalg.slogdet", A);
  const [LU, pivots] = packed(A.detach());
  return logDeterminant(A, LU, pivots);
});

/** `log(det(A))`: NaN where a real determinant is negative. */
export function logarithm(A: Tensor): Tensor {
  const [sign, size] = slogdet(A);
  return A.dtype.isComplex ? sign.log().add(size) : size.where(sign.ne(-1), Number.NaN);
}
