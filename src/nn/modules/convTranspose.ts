/** Transposed convolutions: the gradients of convolutions with respect to their inputs, as layers that enlarge. */

import { ArgumentError, ShapeError } from "../../core/errors.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Arguments, reader } from "../arguments.js";
import * as F from "../functional.js";
import { ConvNd, type ConvSettings, type ConvTransposeOptions, type Sizes } from "./convBase.js";

type ConvTransposeArguments = Arguments<
  [inChannels: number, outChannels: number, kernelSize: Sizes],
  { inChannels: number; outChannels: number; kernelSize: Sizes },
  [stride: Sizes, padding: Sizes, outputPadding: Sizes, groups: number, bias: boolean, dilation: Sizes, paddingMode: "zeros"],
  ConvTransposeOptions
>;

/** The arguments behind the channels, which lazy convolutions have too. */
export const CONV_TRANSPOSE: "int[] kernelSize, int[] stride=[1], int[] padding=[0], int[] outputPadding=[0], int groups=1, bool bias=true, int[] dilation=[1], str paddingMode='zeros', device? device=null, dtype? dtype=null" =
  "int[] kernelSize, int[] stride=[1], int[] padding=[0], int[] outputPadding=[0], int groups=1, bool bias=true, int[] dilation=[1], str paddingMode='zeros', device? device=null, dtype? dtype=null";

const transposeArguments = reader(`ConvTranspose(int inChannels, int outChannels, ${CONV_TRANSPOSE})`);

function settingsOf(args: ConvTransposeArguments, name: string): ConvSettings {
  const [inChannels, outChannels, kernelSize, stride, padding, outputPadding, groups, bias, dilation, paddingMode, device, dtype] =
    transposeArguments(args, name);
  if (paddingMode !== "zeros") throw new ArgumentError(`${name}: Only "zeros" padding mode is supported for ${name}, got "${paddingMode}"`);
  const sizes = { kernelSize, stride, padding, dilation, outputPadding };
  return { inChannels, outChannels, ...sizes, transposed: true, groups, bias, paddingMode, device, dtype };
}

/** A transposed convolution. `forward` takes the size of the result where several are possible. */
abstract class ConvTranspose extends ConvNd<[input: Tensor, outputSize?: readonly number[] | null]> {
  constructor(rank: number, args: ConvTransposeArguments, name: string) {
    super(rank, settingsOf(args, name));
  }

  /** @internal The function behind the module. */
  protected abstract convolve(input: Tensor, padding: readonly number[], outputPadding: readonly number[]): Tensor;

  /** @throws {ShapeError} if no padding of the output gives `outputSize`. */
  forward(input: Tensor, outputSize: readonly number[] | null = null): Tensor {
    const padding = this.padding as readonly number[];
    return this.convolve(input, padding, outputSize === null ? this.outputPadding : this.paddingFor(input, padding, outputSize));
  }

  /** What must be added at the end of the output for it to have a size. */
  private paddingFor(input: Tensor, padding: readonly number[], outputSize: readonly number[]): readonly number[] {
    const rank = this.kernelSize.length;
    const lead = input.shape.length === rank + 2 ? 2 : 1;
    const name = `${this._getName()}: `;
    if (outputSize.length !== rank && outputSize.length !== rank + lead)
      throw new ShapeError(
        `${name}for ${input.shape.length}D input, output_size must have ${rank} or ${rank + lead} elements (got ${outputSize.length})`,
      );
    const wanted = outputSize.slice(outputSize.length - rank);
    const smallest = this.kernelSize.map((size, d) => {
      const from = ((input.shape[d + lead] as number) - 1) * (this.stride[d] as number);
      return from - 2 * (padding[d] as number) + (this.dilation[d] as number) * (size - 1) + 1;
    });
    const largest = smallest.map((size, d) => size + (this.stride[d] as number) - 1);
    if (wanted.some((size, d) => size < (smallest[d] as number) || size > (largest[d] as number)))
      throw new ShapeError(
        `${name}requested an output size of [${wanted.join(", ")}], but valid sizes range from [${smallest.join(", ")}] to [${largest.join(", ")}] (for an input of [${input.shape.slice(lead).join(", ")}])`,
      );
    return wanted.map((size, d) => size - (smallest[d] as number));
  }
}

/**
 * Transposed convolution of signals: `[batch, inChannels, length]` to `[batch, outChannels, length']`, both also without batch, with
 * `length' = (length - 1) · stride - 2 · padding + dilation · (kernelSize - 1) + outputPadding + 1`.
 * @throws {ArgumentError} if the channels are no multiples of `groups`.
 */
export class ConvTranspose1d extends ConvTranspose {
  constructor(...args: ConvTransposeArguments) {
    super(1, args, new.target.name);
  }

  protected convolve(input: Tensor, padding: readonly number[], outputPadding: readonly number[]): Tensor {
    return F.convTranspose1d(input, this.weight, this.bias, this.stride, padding, outputPadding, this.groups, this.dilation);
  }
}

/**
 * Transposed convolution of images: `[batch, inChannels, height, width]` to `[batch, outChannels, height', width']`, both also without batch.
 * @throws {ArgumentError} if the channels are no multiples of `groups`.
 */
export class ConvTranspose2d extends ConvTranspose {
  constructor(...args: ConvTransposeArguments) {
    super(2, args, new.target.name);
  }

  protected convolve(input: Tensor, padding: readonly number[], outputPadding: readonly number[]): Tensor {
    return F.convTranspose2d(input, this.weight, this.bias, this.stride, padding, outputPadding, this.groups, this.dilation);
  }
}

/**
 * Transposed convolution of volumes: `[batch, inChannels, depth, height, width]` to `[batch, outChannels, …]`, both also without batch.
 * @throws {ArgumentError} if the channels are no multiples of `groups`.
 */
export class ConvTranspose3d extends ConvTranspose {
  constructor(...args: ConvTransposeArguments) {
    super(3, args, new.target.name);
  }

  protected convolve(input: Tensor, padding: readonly number[], outputPadding: readonly number[]): Tensor {
    return F.convTranspose3d(input, this.weight, this.bias, this.stride, padding, outputPadding, this.groups, this.dilation);
  }
}
