/** Channels and pixels rearranged, as in super-resolution networks. */

import { ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

function imageSizes(op: string, name: string, input: Tensor): readonly [lead: number[], channels: number, height: number, width: number] {
  const rank = input.shape.length;
  if (rank < 3) throw new ShapeError(`${op}: ${name} expects input to have at least 3 dimensions, but got input with ${rank} dimension(s)`);
  const [channels, height, width] = input.shape.slice(-3) as [number, number, number];
  return [input.shape.slice(0, -3), channels, height, width];
}

/** An order of dimensions behind the first `lead` ones, which stay. */
const behind = (lead: number, order: readonly number[]): number[] => [
  ...Array.from({ length: lead }, (_, d) => d),
  ...order.map((d) => lead + d),
];

/**
 * Channels turned into pixels: `[…, C·r², H, W] → […, C, H·r, W·r]` for `r = upscaleFactor` (Shi et al. 2016).
 * @throws {ShapeError} if the channels are not divisible by `r²`.
 */
export const pixelShuffle: Op<(input: Tensor, upscaleFactor: number | { upscaleFactor: number }) => Tensor> = composite(
  "pixelShuffle(Tensor input, int upscaleFactor)",
  (input, r) => {
    const [lead, channels, height, width] = imageSizes("pixelShuffle", "pixel_shuffle", input);
    if (r <= 0) throw new ShapeError(`pixelShuffle: pixel_shuffle expects a positive upscale_factor, but got ${r}`);
    if (channels % (r * r) !== 0) {
      throw new ShapeError(
        `pixelShuffle: pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but input.size(-3)=${channels} is not divisible by ${r * r}`,
      );
    }
    const out = channels / (r * r);
    const parts = input.reshape([...lead, out, r, r, height, width]).permute(behind(lead.length, [0, 3, 1, 4, 2]));
    return parts.reshape([...lead, out, height * r, width * r]);
  },
);

/**
 * Pixels turned into channels, the reverse of `pixelShuffle`: `[…, C, H·r, W·r] → […, C·r², H, W]` for `r = downscaleFactor`.
 * @throws {ShapeError} if height or width is not divisible by `r`.
 */
export const pixelUnshuffle: Op<(input: Tensor, downscaleFactor: number | { downscaleFactor: number }) => Tensor> = composite(
  "pixelUnshuffle(Tensor input, int downscaleFactor)",
  (input, r) => {
    const [lead, channels, height, width] = imageSizes("pixelUnshuffle", "pixel_unshuffle", input);
    if (r <= 0) throw new ShapeError(`pixelUnshuffle: pixel_unshuffle expects a positive downscale_factor, but got ${r}`);
    if (height % r !== 0)
      throw new ShapeError(
        `pixelUnshuffle: pixel_unshuffle expects height to be divisible by downscale_factor, but input.size(-2)=${height} is not divisible by ${r}`,
      );
    if (width % r !== 0)
      throw new ShapeError(
        `pixelUnshuffle: pixel_unshuffle expects width to be divisible by downscale_factor, but input.size(-1)=${width} is not divisible by ${r}`,
      );
    const parts = input.reshape([...lead, channels, height / r, r, width / r, r]).permute(behind(lead.length, [0, 2, 4, 1, 3]));
    return parts.reshape([...lead, channels * r * r, height / r, width / r]);
  },
);

/**
 * Channels in `groups` groups interleaved: channel `g·n + i` of `[N, C, …]` becomes channel `i·groups + g` (Zhang et al. 2018).
 * @throws {ShapeError} if the channels are not divisible by the groups.
 */
export const channelShuffle: Op<(input: Tensor, groups: number | { groups: number }) => Tensor> = composite(
  "channelShuffle(Tensor input, int groups)",
  (input, groups) => {
    if (input.shape.length <= 2)
      throw new ShapeError(
        `channelShuffle: channel_shuffle expects input with > 2 dims, but got input with sizes ${formatShape(input.shape)}`,
      );
    if (groups <= 0)
      throw new ShapeError(`channelShuffle: Number of groups to divide channels in must be positive. Value of groups:${groups}`);
    const [batch, channels, ...rest] = input.shape as [number, number, ...number[]];
    if (channels % groups !== 0)
      throw new ShapeError(
        `channelShuffle: Number of channels must be divisible by groups. Got ${channels} channels and ${groups} groups.`,
      );
    return input
      .reshape([batch, groups, channels / groups, ...rest])
      .transpose(1, 2)
      .reshape(input.shape);
  },
);
