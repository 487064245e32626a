/** Sliding blocks: images taken apart into columns, and columns added up to images. */

import type { Tensor } from "../../tensor/tensor.js";
import { type Arguments, reader } from "../arguments.js";
import * as F from "../functional.js";
import { Module } from "../module.js";
import { python } from "../repr.js";

/** One number for both dimensions, or one for each. */
type Pair = number | readonly number[];

interface SlidingOptions {
  dilation?: Pair;
  padding?: Pair;
  stride?: Pair;
}

/** The text of a pair: one number was meant for both dimensions. */
const pairText = (pair: readonly number[]): string => python(pair.length === 1 ? pair[0] : pair);

const SLIDING = "int[] kernelSize, int[] dilation=[1], int[] padding=[0], int[] stride=[1]";
const unfoldArguments = reader(`Unfold(${SLIDING})`);
const foldArguments = reader(`Fold(int[] outputSize, ${SLIDING})`);

/** Every block of an image under a sliding window as a column: `[batch, C, H, W]` to `[batch, C · ∏ kernelSize, blocks]`. */
export class Unfold extends Module<[input: Tensor], Tensor> {
  readonly kernelSize: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: readonly number[];
  readonly stride: readonly number[];

  constructor(...args: Arguments<[kernelSize: Pair], { kernelSize: Pair }, [dilation: Pair, padding: Pair, stride: Pair], SlidingOptions>) {
    super();
    [this.kernelSize, this.dilation, this.padding, this.stride] = unfoldArguments(args);
  }

  forward(input: Tensor): Tensor {
    return F.unfold(input, this.kernelSize, this.dilation, this.padding, this.stride);
  }

  override extraRepr(): string {
    const { kernelSize, dilation, padding, stride } = this;
    return `kernel_size=${pairText(kernelSize)}, dilation=${pairText(dilation)}, padding=${pairText(padding)}, stride=${pairText(stride)}`;
  }
}

/** The reverse of `Unfold`, where blocks that overlap are added: `[batch, C · ∏ kernelSize, blocks]` to `[batch, C, …outputSize]`. */
export class Fold extends Module<[input: Tensor], Tensor> {
  readonly outputSize: readonly number[];
  readonly kernelSize: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: readonly number[];
  readonly stride: readonly number[];

  constructor(
    ...args: Arguments<
      [outputSize: Pair, kernelSize: Pair],
      { outputSize: Pair; kernelSize: Pair },
      [dilation: Pair, padding: Pair, stride: Pair],
      SlidingOptions
    >
  ) {
    super();
    [this.outputSize, this.kernelSize, this.dilation, this.padding, this.stride] = foldArguments(args);
  }

  forward(input: Tensor): Tensor {
    return F.fold(input, this.outputSize, this.kernelSize, this.dilation, this.padding, this.stride);
  }

  override extraRepr(): string {
    const { outputSize, kernelSize, dilation, padding, stride } = this;
    return `output_size=${pairText(outputSize)}, kernel_size=${pairText(kernelSize)}, dilation=${pairText(dilation)}, padding=${pairText(padding)}, stride=${pairText(stride)}`;
  }
}
