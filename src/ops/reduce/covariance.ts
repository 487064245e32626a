/** Covariances and correlations of variables, one in each row. */

import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

function checkWeights(name: "fweights" | "aweights", weights: Tensor, observations: number): void {
  if (weights.shape.length > 1)
    throw new ShapeError(
      `cov: cov(): expected ${name} to have one or fewer dimensions but got ${name} with ${weights.shape.length} dimensions`,
    );
  const integral = weights.dtype.kind === "int";
  if (name === "fweights" && !integral)
    throw new DTypeError(`cov: cov(): expected fweights to have integral dtype but got fweights with ${weights.dtype.scalarName} dtype`);
  if (name === "aweights" && !weights.dtype.isFloatingPoint)
    throw new DTypeError(
      `cov: cov(): expected aweights to have floating point dtype but got aweights with ${weights.dtype.scalarName} dtype`,
    );
  if (weights.count !== observations)
    throw new ShapeError(
      `cov: cov(): expected ${name} to have the same numel as there are observations in the input but got ${weights.count} != ${observations}`,
    );
  if (weights.device.type === "cpu" && weights.detach().lt(0).any().item())
    throw new ArgumentError(`cov: cov(): ${name} cannot be negative`);
}

/**
 * The covariance matrix `Σ w·(x - mean)(x - mean)ᴴ / norm` of variables (rows) over observations (columns), with frequency weights
 * `fweights` and importance weights `aweights`.
 * @throws {ShapeError} for more than two dimensions, or weights that do not fit.
 */
export const cov: Op<(input: Tensor, options?: { correction?: number; fweights?: Tensor | null; aweights?: Tensor | null }) => Tensor> =
  composite(
    "cov(Tensor input, *, int correction=1, Tensor? fweights=null, Tensor? aweights=null)",
    (input, correction, fweights, aweights) => {
      if (input.shape.length > 2)
        throw new ShapeError(
          `cov: cov(): expected input to have two or fewer dimensions but got an input with ${input.shape.length} dimensions`,
        );
      if (input.dtype.kind === "bool") throw new DTypeError("cov: cov(): bool dtype is not supported for input");
      const rows = input.shape.length < 2 ? input.reshape([1, -1]) : input;
      const observations = rows.shape[1] as number;
      if (fweights !== null) checkWeights("fweights", fweights, observations);
      if (aweights !== null) checkWeights("aweights", aweights, observations);
      const weights = fweights === null ? aweights : aweights === null ? fweights : fweights.mul(aweights);
      const weighed = (x: Tensor): Tensor => (weights === null ? x : x.mul(weights));
      const total = weights === null ? null : weights.sum();
      if (total !== null && total.device.type === "cpu" && total.detach().eq(0).item())
        throw new ArgumentError("cov: cov(): weights sum to zero, can't be normalized");
      const centered = rows.sub(
        weighed(rows)
          .sum(1, true)
          .div(total ?? observations),
      );
      const products = centered.mm(weighed(centered).t().conj().to(centered.dtype));
      if (total === null || weights === null) return products.div(Math.max(0, observations - correction)).squeeze();
      const lost = aweights === null || correction === 0 ? correction : weights.mul(aweights).sum().mul(correction).div(total);
      return products.div(total.sub(lost).clampMin(0)).squeeze();
    },
  );

/**
 * The correlation matrix `cov[i, j] / √(cov[i, i]·cov[j, j])` of variables (rows).
 * @throws {ShapeError} for more than two dimensions.
 */
export const corrcoef: Op<(input: Tensor) => Tensor> = composite("corrcoef(Tensor input)", (input) => {
  if (input.shape.length > 2)
    throw new ShapeError(
      `corrcoef: corrcoef(): expected input to have two or fewer dimensions but got an input with ${input.shape.length} dimensions`,
    );
  const c = cov(input);
  if (c.shape.length === 0) return c.div(c);
  const d = c.diagonal();
  const deviation = (d.dtype.isComplex ? d.real : d).sqrt();
  const ratio = c.div(deviation.view([-1, 1])).div(deviation.view([1, -1]));
  if (!ratio.dtype.isComplex) return ratio.clamp(-1, 1);
  return ratio.real.clamp(-1, 1).add(ratio.imag.clamp(-1, 1).mul({ re: 0, im: 1 }));
});
