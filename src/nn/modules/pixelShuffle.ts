/** Rearrangements of pixels and channels. */

import type { Tensor } from "../../tensor/tensor.js";
import { reader } from "../arguments.js";
import * as F from "../functional.js";
import { Module } from "../module.js";

const shuffleArguments = reader("PixelShuffle(int upscaleFactor)");

/** Channels made pixels: `[…, C · r², H, W]` to `[…, C, H · r, W · r]` (Shi et al., 2016). */
export class PixelShuffle extends Module<[input: Tensor], Tensor> {
  readonly upscaleFactor: number;

  constructor(...args: [upscaleFactor: number] | [options: { upscaleFactor: number }]) {
    super();
    [this.upscaleFactor] = shuffleArguments(args);
  }

  forward(input: Tensor): Tensor {
    return F.pixelShuffle(input, this.upscaleFactor);
  }

  override extraRepr(): string {
    return `upscale_factor=${this.upscaleFactor}`;
  }
}

const unshuffleArguments = reader("PixelUnshuffle(int downscaleFactor)");

/** Pixels made channels: `[…, C, H · r, W · r]` to `[…, C · r², H, W]`. */
export class PixelUnshuffle extends Module<[input: Tensor], Tensor> {
  readonly downscaleFactor: number;

  constructor(...args: [downscaleFactor: number] | [options: { downscaleFactor: number }]) {
    super();
    [this.downscaleFactor] = unshuffleArguments(args);
  }

  forward(input: Tensor): Tensor {
    return F.pixelUnshuffle(input, this.downscaleFactor);
  }

  override extraRepr(): string {
    return `downscale_factor=${this.downscaleFactor}`;
  }
}

const channelArguments = reader("ChannelShuffle(int groups)");

/** Channels of all groups in turn: `[batch, groups · n, …]` read as `[groups, n]` and transposed. */
export class ChannelShuffle extends Module<[input: Tensor], Tensor> {
  readonly groups: number;

  constructor(...args: [groups: number] | [options: { groups: number }]) {
    super();
    [this.groups] = channelArguments(args);
  }

  forward(input: Tensor): Tensor {
    return F.channelShuffle(input, this.groups);
  }

  override extraRepr(): string {
    return `groups=${this.groups}`;
  }
}
