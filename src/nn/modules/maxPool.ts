/** Max pooling: the largest elements of windows. */

import { ArgumentError } from "../../core/errors.js";
import type { Args } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Arguments, reader } from "../arguments.js";
import * as F from "../functional.js";
import { Module } from "../module.js";
import { python } from "../repr.js";
import type { Sizes } from "./convBase.js";

/** The largest elements, and their places in the flattened spatial dimensions. */
export type Pooled = ReturnType<typeof F.maxPool2dWithIndices>;

/** What pooling gives: with `returnIndices` also the places. */
export type PoolResult<I extends boolean> = I extends true ? Pooled : Tensor;

interface MaxPoolOptions<I extends boolean> {
  stride?: Sizes | null;
  padding?: Sizes;
  dilation?: Sizes;
  returnIndices?: I;
  ceilMode?: boolean;
}

type MaxPoolArguments<I extends boolean> = Arguments<
  [kernelSize: Sizes],
  { kernelSize: Sizes },
  [stride: Sizes | null, padding: Sizes, dilation: Sizes, returnIndices: I, ceilMode: boolean],
  MaxPoolOptions<I>
>;

const maxPoolArguments = reader(
  "MaxPool(int[] kernelSize, int[]? stride=null, int[] padding=[0], int[] dilation=[1], bool returnIndices=false, bool ceilMode=false)",
);

/** The text of sizes: one number was meant for all dimensions. */
export const sizesText = (sizes: readonly number[]): string => python(sizes.length === 1 ? sizes[0] : sizes);

/** Max pooling of inputs of one rank. */
abstract class MaxPool<I extends boolean> extends Module<[input: Tensor], PoolResult<I>> {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly returnIndices: boolean;
  readonly ceilMode: boolean;

  constructor(...args: MaxPoolArguments<I>) {
    super();
    const [kernelSize, stride, padding, dilation, returnIndices, ceilMode] = maxPoolArguments(args, new.target.name);
    this.kernelSize = kernelSize;
    this.stride = stride ?? kernelSize;
    this.padding = padding;
    this.dilation = dilation;
    this.returnIndices = returnIndices;
    this.ceilMode = ceilMode;
  }

  /** @internal */
  protected pool(input: Tensor, pool: typeof F.maxPool2d): PoolResult<I> {
    const { kernelSize, stride, padding, dilation, ceilMode, returnIndices } = this;
    return pool(input, kernelSize, stride, padding, dilation, ceilMode, returnIndices) as PoolResult<I>;
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return `kernel_size=${sizesText(kernelSize)}, stride=${sizesText(stride)}, padding=${sizesText(padding)}, dilation=${sizesText(dilation)}, ceil_mode=${python(ceilMode)}`;
  }
}

/** The largest element of each window of a signal: `[batch, channels, length]` to `[batch, channels, length']`, both also without batch. */
export class MaxPool1d<I extends boolean = false> extends MaxPool<I> {
  forward(input: Tensor): PoolResult<I> {
    return this.pool(input, F.maxPool1d);
  }
}

/**
 * The largest element of each window of an image: `[batch, channels, height, width]` to `[batch, channels, height', width']`, both also without
 * batch. Windows are `kernelSize` apart unless `stride` says otherwise.
 * @example
 * ```ts
 * new nn.MaxPool2d(2)(torch.randn(8, 6, 28, 28)).size(); // torch.Size([8, 6, 14, 14])
 * ```
 */
export class MaxPool2d<I extends boolean = false> extends MaxPool<I> {
  forward(input: Tensor): PoolResult<I> {
    return this.pool(input, F.maxPool2d);
  }
}

/** The largest element of each window of a volume: `[batch, channels, depth, height, width]`, also without batch. */
export class MaxPool3d<I extends boolean = false> extends MaxPool<I> {
  forward(input: Tensor): PoolResult<I> {
    return this.pool(input, F.maxPool3d);
  }
}

/** A size for all dimensions, or one for each; null leaves a dimension as it is. */
export type AdaptiveSize = number | null | readonly (number | null)[];

type AdaptiveArguments<I extends boolean> =
  | [outputSize: AdaptiveSize, ...rest: Args<[returnIndices: I], { returnIndices?: I }>]
  | [options: { outputSize: AdaptiveSize; returnIndices?: I }];

const adaptiveArguments = reader("AdaptiveMaxPool(any outputSize, bool returnIndices=false)");

/** Max pooling to one size, whatever the size of the input. */
abstract class AdaptiveMaxPool<I extends boolean> extends Module<[input: Tensor], PoolResult<I>> {
  readonly outputSize: AdaptiveSize;
  readonly returnIndices: boolean;

  constructor(...args: AdaptiveArguments<I>) {
    super();
    const [outputSize, returnIndices] = adaptiveArguments(args, new.target.name);
    this.outputSize = outputSize as AdaptiveSize;
    this.returnIndices = returnIndices;
  }

  override extraRepr(): string {
    return `output_size=${python(this.outputSize)}`;
  }
}

/** The largest elements of the pieces that a signal is cut into: `[batch, channels, length]` to `[batch, channels, outputSize]`. */
export class AdaptiveMaxPool1d<I extends boolean = false> extends AdaptiveMaxPool<I> {
  forward(input: Tensor): PoolResult<I> {
    return F.adaptiveMaxPool1d(input, this.outputSize, this.returnIndices) as PoolResult<I>;
  }
}

/** The largest elements of the pieces that an image is cut into: `[batch, channels, height, width]` to `[batch, channels, …outputSize]`. */
export class AdaptiveMaxPool2d<I extends boolean = false> extends AdaptiveMaxPool<I> {
  forward(input: Tensor): PoolResult<I> {
    return F.adaptiveMaxPool2d(input, this.outputSize, this.returnIndices) as PoolResult<I>;
  }
}

/** The largest elements of the pieces that a volume is cut into: `[batch, channels, depth, height, width]` to `[batch, channels, …outputSize]`. */
export class AdaptiveMaxPool3d<I extends boolean = false> extends AdaptiveMaxPool<I> {
  forward(input: Tensor): PoolResult<I> {
    return F.adaptiveMaxPool3d(input, this.outputSize, this.returnIndices) as PoolResult<I>;
  }
}

interface FractionalOptions<I extends boolean> {
  outputSize?: Sizes | null;
  /** The sizes of the result as fractions of those of the input. */
  outputRatio?: Sizes | null;
  returnIndices?: I;
  _randomSamples?: Tensor | null;
}

type FractionalArguments<I extends boolean> = Arguments<
  [kernelSize: Sizes],
  { kernelSize: Sizes },
  [outputSize: Sizes | null, outputRatio: Sizes | null, returnIndices: I],
  FractionalOptions<I>
>;

const fractionalArguments = reader(
  "FractionalMaxPool(int[] kernelSize, int[]? outputSize=null, float[]? outputRatio=null, bool returnIndices=false, Tensor? _randomSamples=null)",
);

/** Max pooling at pseudo-random places (Graham, 2014). */
abstract class FractionalMaxPool<I extends boolean> extends Module<[input: Tensor], PoolResult<I>> {
  readonly kernelSize: readonly number[];
  readonly outputSize: readonly number[] | null;
  readonly outputRatio: readonly number[] | null;
  readonly returnIndices: boolean;
  _random_samples: Tensor | null = null;

  /** @throws {ArgumentError} unless one of `outputSize` and `outputRatio` is given, the ratio between 0 and 1. */
  constructor(...args: FractionalArguments<I>) {
    super();
    const [kernelSize, outputSize, outputRatio, returnIndices, samples] = fractionalArguments(args, new.target.name);
    checkFractional(new.target.name, kernelSize, outputSize, outputRatio);
    this.kernelSize = kernelSize;
    this.outputSize = outputSize;
    this.outputRatio = outputRatio;
    this.returnIndices = returnIndices;
    this.registerBuffer("_random_samples", samples);
  }

  /** @internal */
  protected pool(input: Tensor, pool: typeof F.fractionalMaxPool2d): PoolResult<I> {
    const { kernelSize, outputSize, outputRatio, returnIndices, _random_samples: samples } = this;
    return pool(input, kernelSize, { outputSize, outputRatio, returnIndices, _randomSamples: samples }) as PoolResult<I>;
  }
}

function checkFractional(
  name: string,
  kernelSize: readonly number[],
  outputSize: readonly number[] | null,
  outputRatio: readonly number[] | null,
): void {
  const fail = (what: string): never => {
    throw new ArgumentError(`${name}: ${what}`);
  };
  if (kernelSize.some((size) => size <= 0)) fail(`kernel_size must be greater than 0, but got ${sizesText(kernelSize)}`);
  if (outputSize === null && outputRatio === null) fail(`${name} requires specifying either an output size, or a pooling ratio`);
  if (outputSize !== null && outputRatio !== null) fail("only one of output_size and output_ratio may be specified");
  if (outputRatio?.some((ratio) => !(ratio > 0 && ratio < 1)) === true)
    fail(`output_ratio must be between 0 and 1 (got ${sizesText(outputRatio)})`);
}

/** The largest elements of windows at pseudo-random places of an image: `[batch, channels, height, width]` to `[batch, channels, …outputSize]`. */
export class FractionalMaxPool2d<I extends boolean = false> extends FractionalMaxPool<I> {
  forward(input: Tensor): PoolResult<I> {
    return this.pool(input, F.fractionalMaxPool2d);
  }
}

/** The largest elements of windows at pseudo-random places of a volume: `[batch, channels, depth, height, width]` to `[batch, channels, …outputSize]`. */
export class FractionalMaxPool3d<I extends boolean = false> extends FractionalMaxPool<I> {
  forward(input: Tensor): PoolResult<I> {
    return this.pool(input, F.fractionalMaxPool3d);
  }
}
