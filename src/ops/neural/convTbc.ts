/** Convolution with time first. */

import { ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { conv1d } from "./conv.js";

/**
 * Convolution of signals whose dimensions are time, batch, channels, with `pad` zeros at both ends.
 *
 * Shapes: `input` `[T, B, Ci]`, `weight` `[K, Ci, Co]`, `bias` `[Co]`, result `[T + 2·pad - K + 1, B, Co]`.
 * @throws {ShapeError} if ranks or channels do not fit.
 */
export const convTbc: Op<(input: Tensor, weight: Tensor, bias: Tensor, ...args: Args<[pad: number], { pad?: number }>) => Tensor> =
  composite("convTbc(Tensor input, Tensor weight, Tensor bias, int pad=0)", (input, weight, bias, pad) => {
    const fail = (what: string): never => {
      throw new ShapeError(
        `convTbc: ${what}, got input ${formatShape(input.shape)}, weight ${formatShape(weight.shape)}, bias ${formatShape(bias.shape)}`,
      );
    };
    if (input.shape.length !== 3) fail("Input must have 3 dims: time, batch, in_channel");
    if (weight.shape.length !== 3) fail("Weight tensor must have 3 dims: kernel_width, in_channels, out_channels");
    if (bias.shape.length !== 1) fail("Bias must be 1-D");
    if (input.shape[2] !== weight.shape[1]) fail("Input dim 2 (input channels) is not == dim 1 in the weight tensor");
    if (bias.shape[0] !== weight.shape[2]) fail("Bias size must equal dim 2 in the weight tensor (output channels)");
    return conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, { padding: pad }).permute(2, 0, 1);
  });
