/** Convolutions of signals, images and volumes. */

import type { Tensor } from "../../tensor/tensor.js";
import { type Arguments, reader } from "../arguments.js";
import * as F from "../functional.js";
import { ConvNd, type ConvOptions, type ConvPadding, type ConvSettings, type PaddingMode, type Sizes } from "./convBase.js";

interface Required {
  inChannels: number;
  outChannels: number;
  kernelSize: Sizes;
}

type ConvArguments = Arguments<
  [inChannels: number, outChannels: number, kernelSize: Sizes],
  Required,
  [stride: Sizes, padding: ConvPadding, dilation: Sizes, groups: number, bias: boolean, paddingMode: PaddingMode],
  ConvOptions
>;

/** The arguments behind the channels, which lazy convolutions have too. */
export const CONV: "int[] kernelSize, int[] stride=[1], any padding=0, int[] dilation=[1], int groups=1, bool bias=true, str paddingMode='zeros', device? device=null, dtype? dtype=null" =
  "int[] kernelSize, int[] stride=[1], any padding=0, int[] dilation=[1], int groups=1, bool bias=true, str paddingMode='zeros', device? device=null, dtype? dtype=null";

const convArguments = reader(`Conv(int inChannels, int outChannels, ${CONV})`);

/** Padding as it was given: a name, or numbers. */
export function paddingOf(given: unknown): readonly number[] | string {
  return typeof given === "string" ? given : typeof given === "number" ? [given] : (given as readonly number[]);
}

function settingsOf(args: ConvArguments, name: string): ConvSettings {
  const [inChannels, outChannels, kernelSize, stride, padding, dilation, groups, bias, paddingMode, device, dtype] = convArguments(
    args,
    name,
  );
  const sizes = { kernelSize, stride, padding: paddingOf(padding), dilation, outputPadding: [0] };
  return { inChannels, outChannels, ...sizes, transposed: false, groups, bias, paddingMode, device, dtype };
}

/** A convolution of `rank` spatial dimensions. */
abstract class Conv extends ConvNd<[input: Tensor]> {
  constructor(rank: number, args: ConvArguments, name: string) {
    super(rank, settingsOf(args, name));
  }

  /** @internal The function behind the module. */
  protected abstract convolve(input: Tensor, padding: Sizes | "same" | "valid"): Tensor;

  forward(input: Tensor): Tensor {
    if (this.paddingMode === "zeros") return this.convolve(input, this.padding);
    return this.convolve(F.pad(input, this.edges(), this.paddingMode), 0);
  }

  /** What is added before and after each dimension, the last one first. */
  private edges(): number[] {
    const { padding, kernelSize, dilation } = this;
    const pairs = kernelSize.map((size, d): [number, number] => {
      if (padding === "valid") return [0, 0];
      if (padding !== "same") return [padding[d] as number, padding[d] as number];
      const total = (dilation[d] as number) * (size - 1);
      return [Math.floor(total / 2), total - Math.floor(total / 2)];
    });
    return pairs.reverse().flat();
  }
}

/**
 * Convolution (cross-correlation) of signals: `[batch, inChannels, length]` to `[batch, outChannels, length']`, both also without batch, with
 * `length' = ⌊(length + 2 · padding - dilation · (kernelSize - 1) - 1) / stride⌋ + 1`.
 * @throws {ArgumentError} if the channels are no multiples of `groups`.
 */
export class Conv1d extends Conv {
  constructor(...args: ConvArguments) {
    super(1, args, new.target.name);
  }

  protected convolve(input: Tensor, padding: ConvPadding): Tensor {
    return F.conv1d(input, this.weight, this.bias, this.stride, padding, this.dilation, this.groups);
  }
}

/**
 * Convolution (cross-correlation) of images: `[batch, inChannels, height, width]` to `[batch, outChannels, height', width']`, both also without
 * batch.
 * @throws {ArgumentError} if the channels are no multiples of `groups`.
 * @example
 * ```ts
 * const layer = new nn.Conv2d(1, 6, 5, { padding: 2 });
 * layer(torch.randn(8, 1, 28, 28)).size(); // torch.Size([8, 6, 28, 28])
 * ```
 */
export class Conv2d extends Conv {
  constructor(...args: ConvArguments) {
    super(2, args, new.target.name);
  }

  protected convolve(input: Tensor, padding: ConvPadding): Tensor {
    return F.conv2d(input, this.weight, this.bias, this.stride, padding, this.dilation, this.groups);
  }
}

/**
 * Convolution (cross-correlation) of volumes: `[batch, inChannels, depth, height, width]` to `[batch, outChannels, …]`, both also without batch.
 * @throws {ArgumentError} if the channels are no multiples of `groups`.
 */
export class Conv3d extends Conv {
  constructor(...args: ConvArguments) {
    super(3, args, new.target.name);
  }

  protected convolve(input: Tensor, padding: ConvPadding): Tensor {
    return F.conv3d(input, this.weight, this.bias, this.stride, padding, this.dilation, this.groups);
  }
}
