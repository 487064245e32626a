/** Copying elements into an existing tensor. */

import { ShapeError } from "../../core/errors.js";
import { broadcastStrides, formatShape } from "../../core/shape.js";
import { copyInto } from "../../tensor/copy.js";
import { tensorOver } from "../../tensor/create.js";
import { inPlaceOnly, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/**
 * Writes the elements of `src`, broadcast and converted to the tensor's dtype and device, into the tensor.
 * @throws {ShapeError} if `src` does not broadcast to the tensor's shape.
 */
export const copy_: Op<(input: Tensor, src: Tensor, ...args: Args<[nonBlocking: boolean], { nonBlocking?: boolean }>) => Tensor> =
  inPlaceOnly(
    primitive("copy(Tensor input, Tensor src, bool nonBlocking=false)", {
      writes: true,
      inPlace: true,
      forward: (out, src) => {
        const lead = out.shape.length - src.shape.length;
        src.shape.forEach((n, d) => {
          if (lead < 0 || (n !== 1 && n !== out.shape[lead + d])) {
            throw new ShapeError(
              `copy_: The expanded size of the tensor (${out.shape[Math.max(lead, 0) + d] ?? 1}) must match the existing size (${n}) at non-singleton dimension ${Math.max(lead, 0) + d}.  Target sizes: ${formatShape(out.shape)}.  Tensor sizes: ${formatShape(src.shape)}`,
            );
          }
        });
        copyInto(out, tensorOver(src.storage, out.shape, broadcastStrides(src.shape, src.strides, out.shape), src.offset, src.dtype));
        return out;
      },
      gradient: {
        input: (grad) => grad.newZeros(grad.shape),
        src: (grad) => grad,
      },
      gradName: "CopyBackwards",
    }),
  );
