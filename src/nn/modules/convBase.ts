/** What convolutions have in common: their settings, weight and bias. */

import type { Device } from "../../core/device.js";
import type { DType } from "../../core/dtype.js";
import { ArgumentError } from "../../core/errors.js";
import { empty } from "../../ops/create/filled.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { FactoryOptions } from "../arguments.js";
import { calculateFanInAndFanOut, kaimingUniform_, uniform_ } from "../init.js";
import { Module } from "../module.js";
import { Parameter } from "../parameter.js";
import { tuple } from "../repr.js";

/** One number for all spatial dimensions, or one for each. */
export type Sizes = number | readonly number[];

/** What lies beyond the edges of the input. */
export type PaddingMode = "zeros" | "reflect" | "replicate" | "circular";

/** Padding by numbers, or by name: `"same"` keeps the sizes, `"valid"` is none. */
export type ConvPadding = Sizes | "same" | "valid";

/** The options of convolutions. */
export interface ConvOptions extends FactoryOptions {
  stride?: Sizes;
  padding?: ConvPadding;
  dilation?: Sizes;
  groups?: number;
  bias?: boolean;
  paddingMode?: PaddingMode;
}

/** The options of transposed convolutions. */
export interface ConvTransposeOptions extends Omit<ConvOptions, "padding" | "paddingMode"> {
  padding?: Sizes;
  outputPadding?: Sizes;
  paddingMode?: "zeros";
}

/** The settings of a convolution, as its constructor read them; sizes with one number, or one for each dimension. */
export interface ConvSettings {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[] | string;
  readonly dilation: readonly number[];
  readonly transposed: boolean;
  readonly outputPadding: readonly number[];
  readonly groups: number;
  readonly bias: boolean;
  readonly paddingMode: string;
  readonly device: Device | null;
  readonly dtype: DType | null;
}

/**
 * A number for each of `rank` dimensions.
 * @throws {ArgumentError} if there are as many as neither one nor `rank`.
 */
export function eachDimension(module: string, name: string, given: readonly number[], rank: number): readonly number[] {
  if (given.length === rank) return given;
  if (given.length !== 1)
    throw new ArgumentError(`${module}: ${name} must be one number or ${rank}, one for each dimension, got [${given.join(", ")}]`);
  return new Array<number>(rank).fill(given[0] as number);
}

const MODES: readonly string[] = ["zeros", "reflect", "replicate", "circular"];

function checkSettings(module: string, { inChannels, outChannels, groups, padding, paddingMode, stride }: ConvSettings): void {
  const fail = (what: string): never => {
    throw new ArgumentError(`${module}: ${what}`);
  };
  if (groups <= 0) fail(`groups must be a positive integer, got ${groups}`);
  if (inChannels % groups !== 0) fail(`in_channels must be divisible by groups, got ${inChannels} and ${groups}`);
  if (outChannels % groups !== 0) fail(`out_channels must be divisible by groups, got ${outChannels} and ${groups}`);
  if (typeof padding === "string") {
    if (padding !== "same" && padding !== "valid") fail(`Invalid padding string '${padding}', should be one of 'same', 'valid'`);
    if (padding === "same" && stride.some((s) => s !== 1))
      fail(`padding='same' is not supported for strided convolutions, got stride=${tuple(stride)}`);
  }
  if (!MODES.includes(paddingMode)) fail(`padding_mode must be one of ${MODES.join(", ")}, but got padding_mode='${paddingMode}'`);
}

/** The base class of all convolutions. */
export abstract class ConvNd<A extends unknown[]> extends Module<A, Tensor> {
  inChannels: number;
  readonly outChannels: number;
  /** For each spatial dimension. */
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[] | "same" | "valid";
  readonly dilation: readonly number[];
  readonly transposed: boolean;
  readonly outputPadding: readonly number[];
  readonly groups: number;
  readonly paddingMode: PaddingMode;
  /** `[outChannels, inChannels / groups, …kernelSize]`, of a transposed convolution `[inChannels, outChannels / groups, …kernelSize]`. */
  weight: Parameter;
  /** `[outChannels]`, or null. */
  bias: Parameter | null;

  /** @throws {ArgumentError} if the channels are no multiples of `groups`, or settings contradict each other. */
  constructor(rank: number, settings: ConvSettings) {
    super();
    const name = new.target.name;
    checkSettings(name, settings);
    const each = (what: string, given: readonly number[]): readonly number[] => eachDimension(name, what, given, rank);
    const { inChannels, outChannels, groups, transposed, padding, device, dtype } = settings;
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = each("kernel_size", settings.kernelSize);
    this.stride = each("stride", settings.stride);
    this.padding = typeof padding === "string" ? (padding as "same" | "valid") : each("padding", padding);
    this.dilation = each("dilation", settings.dilation);
    this.transposed = transposed;
    this.outputPadding = each("output_padding", settings.outputPadding);
    this.groups = groups;
    this.paddingMode = settings.paddingMode as PaddingMode;
    this.weight = new Parameter(empty(this.weightShape(), { device, dtype }));
    this.bias = null;
    this.registerParameter("bias", settings.bias ? new Parameter(empty([outChannels], { device, dtype })) : null);
    this.resetParameters();
  }

  /** @internal The shape of the weight for the number of channels of the input. */
  weightShape(): readonly number[] {
    const { inChannels, outChannels, groups, kernelSize } = this;
    return this.transposed ? [inChannels, outChannels / groups, ...kernelSize] : [outChannels, inChannels / groups, ...kernelSize];
  }

  /** Initialises weight and bias anew, uniformly in `±1/√fanIn`. */
  resetParameters(): void {
    kaimingUniform_(this.weight, Math.sqrt(5));
    if (this.bias === null) return;
    const { fanIn } = calculateFanInAndFanOut(this.weight);
    const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
    uniform_(this.bias, -bound, bound);
  }

  override extraRepr(): string {
    const { inChannels, outChannels, kernelSize, stride, padding, dilation, outputPadding, groups, bias, paddingMode } = this;
    const parts = [`${inChannels}, ${outChannels}, kernel_size=${tuple(kernelSize)}, stride=${tuple(stride)}`];
    if (typeof padding === "string") parts.push(`padding=${padding}`);
    else if (padding.some((n) => n !== 0)) parts.push(`padding=${tuple(padding)}`);
    if (dilation.some((n) => n !== 1)) parts.push(`dilation=${tuple(dilation)}`);
    if (outputPadding.some((n) => n !== 0)) parts.push(`output_padding=${tuple(outputPadding)}`);
    if (groups !== 1) parts.push(`groups=${groups}`);
    if (bias === null) parts.push("bias=False");
    if (paddingMode !== "zeros") parts.push(`padding_mode=${paddingMode}`);
    return parts.join(", ");
  }
}
