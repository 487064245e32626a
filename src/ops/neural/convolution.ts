/** Convolution, its transpose, and the gradient of its weight: each is a gradient of the others. */

import type { Convolution } from "../../backend/contract.js";
import type { Shape } from "../../core/shape.js";
import { emptyOn } from "../../tensor/create.js";
import { primitive } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

const spatial = ({ shape }: Tensor): Shape => shape.slice(2);

const geometry = (stride: readonly number[], padding: readonly number[], dilation: readonly number[], groups: number): Convolution => ({
  stride,
  padding,
  dilation,
  groups,
});

/** All dimensions but that of the channels. */
const exceptChannels = ({ shape }: Tensor): number[] => shape.flatMap((_, d) => (d === 1 ? [] : [d]));

/** A convolution with checked arguments; `size` gives the spatial sizes of the operand that is not given. */
type Checked = Op<
  (
    a: Tensor,
    b: Tensor,
    bias: Tensor | null,
    stride: readonly number[],
    padding: readonly number[],
    dilation: readonly number[],
    groups: number,
    size: Shape,
  ) => Tensor
>;

/** `[N, Ci, …I]` and `[Co, Ci/groups, …K]` to `[N, Co, …size]`. */
export const convolve: Checked = primitive(
  "conv(Tensor input, Tensor weight, Tensor? bias, int[] stride, int[] padding, int[] dilation, int groups, int[] size)",
  {
    forward: (input, weight, bias, stride, padding, dilation, groups, size) => {
      const out = emptyOn(input.storage.backend, [input.shape[0] as number, weight.shape[0] as number, ...size], input.dtype);
      out.storage.backend.kernels.conv(out, input, weight, bias, geometry(stride, padding, dilation, groups));
      return out;
    },
    gradient: {
      input: (grad, { given, weight, stride, padding, dilation, groups }) =>
        convolveTransposed(grad, weight.conj(), null, stride, padding, dilation, groups, spatial(given.input)),
      weight: (grad, { given, input, stride, padding, dilation, groups }) =>
        convolveWeight(input.conj(), grad, stride, padding, dilation, groups, spatial(given.weight)),
      bias: (grad) => grad.sum(exceptChannels(grad)),
    },
    gradName: "ConvolutionBackward0",
  },
);

/** `[N, Co, …P]` and `[Co, Ci/groups, …K]` to `[N, Ci, …size]`. */
export const convolveTransposed: Checked = primitive(
  "convTranspose(Tensor input, Tensor weight, Tensor? bias, int[] stride, int[] padding, int[] dilation, int groups, int[] size)",
  {
    forward: (input, weight, bias, stride, padding, dilation, groups, size) => {
      const out = emptyOn(input.storage.backend, [input.shape[0] as number, (weight.shape[1] as number) * groups, ...size], input.dtype);
      out.storage.backend.kernels.convTranspose(out, input, weight, bias, geometry(stride, padding, dilation, groups));
      return out;
    },
    gradient: {
      input: (grad, { given, weight, stride, padding, dilation, groups }) =>
        convolve(grad, weight.conj(), null, stride, padding, dilation, groups, spatial(given.input)),
      weight: (grad, { given, input, stride, padding, dilation, groups }) =>
        convolveWeight(grad, input.conj(), stride, padding, dilation, groups, spatial(given.weight)),
      bias: (grad) => grad.sum(exceptChannels(grad)),
    },
    gradName: "ConvolutionBackward0",
  },
);

/** `[N, Ci, …I]` and `[N, Co, …P]` to `[Co, Ci/groups, …size]`. */
const convolveWeight: Op<
  (
    input: Tensor,
    grad: Tensor,
    stride: readonly number[],
    padding: readonly number[],
    dilation: readonly number[],
    groups: number,
    size: Shape,
  ) => Tensor
> = primitive("convWeight(Tensor input, Tensor grad, int[] stride, int[] padding, int[] dilation, int groups, int[] size)", {
  forward: (input, grad, stride, padding, dilation, groups, size) => {
    const out = emptyOn(input.storage.backend, [grad.shape[1] as number, (input.shape[1] as number) / groups, ...size], input.dtype);
    out.storage.backend.kernels.convWeight(out, input, grad, geometry(stride, padding, dilation, groups));
    return out;
  },
  gradient: {
    input: (gradWeight, { given, grad, stride, padding, dilation, groups }) =>
      convolveTransposed(grad.conj(), gradWeight, null, stride, padding, dilation, groups, spatial(given.input)),
    grad: (gradWeight, { given, input, stride, padding, dilation, groups }) =>
      convolve(input.conj(), gradWeight, null, stride, padding, dilation, groups, spatial(given.grad)),
  },
  gradName: "ConvolutionBackwardBackward0",
});
