/** Average and power-average pooling, and the reverse of max pooling. */

import type { Tensor } from "../../tensor/tensor.js";
import { type Arguments, reader } from "../arguments.js";
import * as F from "../functional.js";
import { Module } from "../module.js";
import { python, tuple } from "../repr.js";
import { eachDimension, type Sizes } from "./convBase.js";
import { type AdaptiveSize, sizesText } from "./maxPool.js";

interface AveragePoolOptions {
  stride?: Sizes | null;
  padding?: Sizes;
  ceilMode?: boolean;
  /** Whether zeros of the padding count. */
  countIncludePad?: boolean;
}

type AveragePoolArguments = Arguments<
  [kernelSize: Sizes],
  { kernelSize: Sizes },
  [stride: Sizes | null, padding: Sizes, ceilMode: boolean, countIncludePad: boolean],
  AveragePoolOptions
>;

type DividedPoolArguments = Arguments<
  [kernelSize: Sizes],
  { kernelSize: Sizes },
  [stride: Sizes | null, padding: Sizes, ceilMode: boolean, countIncludePad: boolean, divisorOverride: number | null],
  AveragePoolOptions & { divisorOverride?: number | null }
>;

const averageArguments = reader(
  "AvgPool(int[] kernelSize, int[]? stride=null, int[] padding=[0], bool ceilMode=false, bool countIncludePad=true, int? divisorOverride=null)",
);

/** Average pooling of inputs of one rank. */
abstract class AvgPool extends Module<[input: Tensor], Tensor> {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;
  /** What sums are divided by, instead of the number of elements. */
  readonly divisorOverride: number | null;

  constructor(args: DividedPoolArguments, name: string) {
    super();
    const [kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride] = averageArguments(args, name);
    this.kernelSize = kernelSize;
    this.stride = stride ?? kernelSize;
    this.padding = padding;
    this.ceilMode = ceilMode;
    this.countIncludePad = countIncludePad;
    this.divisorOverride = divisorOverride;
  }

  override extraRepr(): string {
    return `kernel_size=${sizesText(this.kernelSize)}, stride=${sizesText(this.stride)}, padding=${sizesText(this.padding)}`;
  }
}

/** The average of each window of a signal: `[batch, channels, length]` to `[batch, channels, length']`, both also without batch. */
export class AvgPool1d extends AvgPool {
  constructor(...args: AveragePoolArguments) {
    super(args, "AvgPool1d");
  }

  forward(input: Tensor): Tensor {
    return F.avgPool1d(input, this.kernelSize, this.stride, this.padding, this.ceilMode, this.countIncludePad);
  }

  override extraRepr(): string {
    return `kernel_size=${tuple(this.kernelSize)}, stride=${tuple(this.stride)}, padding=${tuple(this.padding)}`;
  }
}

/** The average of each window of an image: `[batch, channels, height, width]` to `[batch, channels, height', width']`, both also without batch. */
export class AvgPool2d extends AvgPool {
  constructor(...args: DividedPoolArguments) {
    super(args, "AvgPool2d");
  }

  forward(input: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride } = this;
    return F.avgPool2d(input, kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride);
  }
}

/** The average of each window of a volume: `[batch, channels, depth, height, width]`, also without batch. */
export class AvgPool3d extends AvgPool {
  constructor(...args: DividedPoolArguments) {
    super(args, "AvgPool3d");
  }

  forward(input: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride } = this;
    return F.avgPool3d(input, kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride);
  }
}

const adaptiveArguments = reader("AdaptiveAvgPool(any outputSize)");

/** Average pooling to one size, whatever the size of the input. */
abstract class AdaptiveAvgPool extends Module<[input: Tensor], Tensor> {
  readonly outputSize: AdaptiveSize;

  constructor(...args: [outputSize: AdaptiveSize] | [options: { outputSize: AdaptiveSize }]) {
    super();
    this.outputSize = adaptiveArguments(args, new.target.name)[0] as AdaptiveSize;
  }

  override extraRepr(): string {
    return `output_size=${python(this.outputSize)}`;
  }
}

/** The averages of the pieces that a signal is cut into: `[batch, channels, length]` to `[batch, channels, outputSize]`. */
export class AdaptiveAvgPool1d extends AdaptiveAvgPool {
  forward(input: Tensor): Tensor {
    return F.adaptiveAvgPool1d(input, this.outputSize);
  }
}

/** The averages of the pieces that an image is cut into: `[batch, channels, height, width]` to `[batch, channels, …outputSize]`. */
export class AdaptiveAvgPool2d extends AdaptiveAvgPool {
  forward(input: Tensor): Tensor {
    return F.adaptiveAvgPool2d(input, this.outputSize);
  }
}

/** The averages of the pieces that a volume is cut into: `[batch, channels, depth, height, width]` to `[batch, channels, …outputSize]`. */
export class AdaptiveAvgPool3d extends AdaptiveAvgPool {
  forward(input: Tensor): Tensor {
    return F.adaptiveAvgPool3d(input, this.outputSize);
  }
}

type PowerPoolArguments = Arguments<
  [normType: number, kernelSize: Sizes],
  { normType: number; kernelSize: Sizes },
  [stride: Sizes | null, ceilMode: boolean],
  { stride?: Sizes | null; ceilMode?: boolean }
>;

const powerArguments = reader("LPPool(float normType, int[] kernelSize, int[]? stride=null, bool ceilMode=false)");

/** Power-average pooling, `(Σ xᵖ)^(1/p)` with `p = normType`. */
abstract class LPPool extends Module<[input: Tensor], Tensor> {
  readonly normType: number;
  readonly kernelSize: readonly number[];
  /** Null: the size of the window. */
  readonly stride: readonly number[] | null;
  readonly ceilMode: boolean;

  constructor(...args: PowerPoolArguments) {
    super();
    [this.normType, this.kernelSize, this.stride, this.ceilMode] = powerArguments(args, new.target.name);
  }

  override extraRepr(): string {
    const { normType, kernelSize, stride, ceilMode } = this;
    return `norm_type=${python(normType)}, kernel_size=${sizesText(kernelSize)}, stride=${stride === null ? "None" : sizesText(stride)}, ceil_mode=${python(ceilMode)}`;
  }
}

/** The power average of each window of a signal: `[batch, channels, length]` to `[batch, channels, length']`, both also without batch. */
export class LPPool1d extends LPPool {
  forward(input: Tensor): Tensor {
    return F.lpPool1d(input, this.normType, this.kernelSize, this.stride, this.ceilMode);
  }
}

/** The power average of each window of an image: `[batch, channels, height, width]` to `[batch, channels, height', width']`, both also without batch. */
export class LPPool2d extends LPPool {
  forward(input: Tensor): Tensor {
    return F.lpPool2d(input, this.normType, this.kernelSize, this.stride, this.ceilMode);
  }
}

/** The power average of each window of a volume: `[batch, channels, depth, height, width]`, also without batch. */
export class LPPool3d extends LPPool {
  forward(input: Tensor): Tensor {
    return F.lpPool3d(input, this.normType, this.kernelSize, this.stride, this.ceilMode);
  }
}

type UnpoolArguments = Arguments<
  [kernelSize: Sizes],
  { kernelSize: Sizes },
  [stride: Sizes | null, padding: Sizes],
  { stride?: Sizes | null; padding?: Sizes }
>;

const unpoolArguments = reader("MaxUnpool(int[] kernelSize, int[]? stride=null, int[] padding=[0])");

/** The reverse of max pooling: what was the largest goes back to its place among zeros. */
abstract class MaxUnpool extends Module<[input: Tensor, indices: Tensor, outputSize?: readonly number[] | null], Tensor> {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];

  constructor(args: UnpoolArguments, rank: number, name: string) {
    super();
    const [kernelSize, stride, padding] = unpoolArguments(args, name);
    this.kernelSize = eachDimension(name, "kernel_size", kernelSize, rank);
    this.stride = eachDimension(name, "stride", stride ?? kernelSize, rank);
    this.padding = eachDimension(name, "padding", padding, rank);
  }

  override extraRepr(): string {
    return `kernel_size=${tuple(this.kernelSize)}, stride=${tuple(this.stride)}, padding=${tuple(this.padding)}`;
  }
}

/** The reverse of `MaxPool1d`, given the indices that it returned; `outputSize` chooses where several sizes are possible. */
export class MaxUnpool1d extends MaxUnpool {
  constructor(...args: UnpoolArguments) {
    super(args, 1, "MaxUnpool1d");
  }

  forward(input: Tensor, indices: Tensor, outputSize: readonly number[] | null = null): Tensor {
    return F.maxUnpool1d(input, indices, this.kernelSize, this.stride, this.padding, outputSize);
  }
}

/** The reverse of `MaxPool2d`, given the indices that it returned; `outputSize` chooses where several sizes are possible. */
export class MaxUnpool2d extends MaxUnpool {
  constructor(...args: UnpoolArguments) {
    super(args, 2, "MaxUnpool2d");
  }

  forward(input: Tensor, indices: Tensor, outputSize: readonly number[] | null = null): Tensor {
    return F.maxUnpool2d(input, indices, this.kernelSize, this.stride, this.padding, outputSize);
  }
}

/** The reverse of `MaxPool3d`, given the indices that it returned; `outputSize` chooses where several sizes are possible. */
export class MaxUnpool3d extends MaxUnpool {
  constructor(...args: UnpoolArguments) {
    super(args, 3, "MaxUnpool3d");
  }

  forward(input: Tensor, indices: Tensor, outputSize: readonly number[] | null = null): Tensor {
    return F.maxUnpool3d(input, indices, this.kernelSize, this.stride, this.padding, outputSize);
  }
}
