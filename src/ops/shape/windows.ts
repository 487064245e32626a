/** The reverse of taking overlapping windows: their sum, each where it lay. */

import { contiguousStrides, type Shape } from "../../core/shape.js";
import { add } from "../../expr/build.js";
import { input as element } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { emptyOn, tensorOver } from "../../tensor/create.js";
import { primitive } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

const sum = new Program("foldWindows", [add(element(0), element(1))], 2);

/**
 * Sums windows of `size` neighbours (in the last dimension of `grad`), `step` apart along `dim`, into a tensor of shape `inputSizes`:
 * `out[i·step + k] += grad[i][k]`.
 */
export const foldWindows: Op<(grad: Tensor, inputSizes: Shape, dim: number, size: number, step: number) => Tensor> = primitive(
  "unfoldBackward(Tensor grad, int[] inputSizes, int dim, int size, int step)",
  {
    forward: (grad, inputSizes, dim, size, step) => {
      const out = emptyOn(grad.storage.backend, inputSizes, grad.dtype).zero_();
      const strides = contiguousStrides(inputSizes);
      const stride = strides[dim] as number;
      // Elements k … k + step - 1 of all windows lie apart from each other, so that one kernel can add them.
      for (let k = 0; k < size; k += step) {
        const part = grad.narrow(-1, k, Math.min(step, size - k));
        const at = strides.map((s, d) => (d === dim ? step * s : s));
        const target = tensorOver(out.storage, part.shape, [...at, stride], k * stride, out.dtype);
        out.storage.backend.kernels.pointwise(sum, out.dtype, [target], [target, part]);
      }
      return out;
    },
    gradient: { grad: (grad, { dim, size, step }) => grad.unfold(dim, size, step) },
  },
);
