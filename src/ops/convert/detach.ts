/** Leaving the recorded graph. */

import { AutogradError } from "../../core/errors.js";
import { tensorOver } from "../../tensor/create.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import { setRequiresGrad } from "../../tensor/graph.js";
import type { Tensor } from "../../tensor/tensor.js";

/**
 * The same values in the same memory, outside of the recorded graph.
 * @example
 * ```ts
 * torch.ones(2, { requiresGrad: true }).detach().requiresGrad; // false
 * ```
 */
export const detach: Op<(input: Tensor) => Tensor> = composite(
  "detach(Tensor input)",
  (input) => tensorOver(input.storage, input.shape, input.strides, input.offset, input.dtype),
  { differentiable: false },
);

/** Takes the tensor itself out of the recorded graph: it becomes a leaf that requires no gradient. */
export const detach_: Op<(input: Tensor) => Tensor> = composite(
  "detach_(Tensor input)",
  (input) => {
    if (input.viewOf !== null) throw new AutogradError("detach_: Can't detach views in-place. Use detach() instead.");
    input.producer = null;
    input.outputIndex = 0;
    input.wantsGrad = false;
    return input;
  },
  { differentiable: false },
);

/**
 * Switches whether gradients are computed for a leaf, and returns it.
 * @throws {DTypeError} if the dtype is neither floating point nor complex.
 */
export const requiresGrad_: Op<(input: Tensor, requiresGrad?: boolean) => Tensor> = composite(
  "requiresGrad_(Tensor input, bool requiresGrad=true)",
  (input, requiresGrad) => {
    setRequiresGrad(input, requiresGrad);
    return input;
  },
  { differentiable: false },
);
