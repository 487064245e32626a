/** Softmax and its kin as functions of `torch.nn.functional`, where the dimension may be left out. */

import type { DType } from "../../core/dtype.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/** The dimension that PyTorch chooses where none is given: the first for 0, 1 and 3 dimensions, else the second. */
const implicitDim = (dim: number | null, input: Tensor): number =>
  dim ?? (input.shape.length === 0 || input.shape.length === 1 || input.shape.length === 3 ? 0 : 1);

type FunctionalSoftmax = Op<(input: Tensor, ...args: Args<[dim: number | null], { dim?: number | null; dtype?: DType | null }>) => Tensor>;

const SIGNATURE = "Tensor input, int? dim=null, *, dtype? dtype=null";

/**
 * `exp(input) / Σ exp(input)` along a dimension.
 * @throws {DTypeError} for integers, unless a float `dtype` is given.
 */
export const softmax: FunctionalSoftmax = composite(`softmax(${SIGNATURE})`, (input, dim, dtype) =>
  input.softmax(implicitDim(dim, input), dtype),
);

/**
 * `log(softmax(input))` along a dimension, without overflow.
 * @throws {DTypeError} for integers, unless a float `dtype` is given.
 */
export const logSoftmax: FunctionalSoftmax = composite(`logSoftmax(${SIGNATURE})`, (input, dim, dtype) =>
  input.logSoftmax(implicitDim(dim, input), dtype),
);

/** `softmax(-input)` along a dimension. */
export const softmin: FunctionalSoftmax = composite(`softmin(${SIGNATURE})`, (input, dim, dtype) =>
  input.neg().softmax(implicitDim(dim, input), dtype),
);

/**
 * A sample of the Gumbel-Softmax distribution: `softmax((logits + g) / tau)` with Gumbel noise `g = -log(exponential)` (Jang et al. 2016).
 * With `hard`, one-hot vectors that have the gradient of the soft ones.
 */
export const gumbelSoftmax: Op<
  (
    logits: Tensor,
    ...args: Args<[tau: number, hard: boolean, eps: number, dim: number], { tau?: number; hard?: boolean; eps?: number; dim?: number }>
  ) => Tensor
> = composite("gumbelSoftmax(Tensor logits, float tau=1, bool hard=false, float eps=1e-10, int dim=-1)", (logits, tau, hard, _eps, dim) => {
  const noise = logits.detach().mul(0).exponential_().log().neg();
  const soft = logits.add(noise).div(tau).softmax(dim);
  if (!hard) return soft;
  const index = soft.max(dim, true).indices;
  const oneHot = soft.detach().mul(0).scatter(dim, index, 1);
  return oneHot.sub(soft.detach()).add(soft);
});
