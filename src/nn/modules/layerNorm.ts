/** Normalisation within single samples: over the last dimensions, over groups of channels, over neighbouring channels. */

import { ArgumentError, ShapeError } from "../../core/errors.js";
import { empty } from "../../ops/create/filled.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Arguments, type FactoryOptions, reader } from "../arguments.js";
import * as F from "../functional.js";
import { ones_, zeros_ } from "../init.js";
import { Module } from "../module.js";
import { Parameter } from "../parameter.js";
import { float, python, tuple } from "../repr.js";

type Shape = number | readonly number[];

const layerArguments = reader(
  "LayerNorm(int[] normalizedShape, float eps=1e-5, bool elementwiseAffine=true, bool bias=true, device? device=null, dtype? dtype=null)",
);

/**
 * `(x - mean) / √(variance + eps) · weight + bias`, with the mean and variance over the last dimensions, whose sizes are `normalizedShape`
 * (Ba et al., 2016).
 */
export class LayerNorm extends Module<[input: Tensor], Tensor> {
  readonly normalizedShape: readonly number[];
  readonly eps: number;
  readonly elementwiseAffine: boolean;
  /** `normalizedShape`, or null. */
  weight: Parameter | null = null;
  /** `normalizedShape`, or null. */
  bias: Parameter | null = null;

  constructor(
    ...args: Arguments<
      [normalizedShape: Shape],
      { normalizedShape: Shape },
      [eps: number, elementwiseAffine: boolean, bias: boolean],
      FactoryOptions & { eps?: number; elementwiseAffine?: boolean; bias?: boolean }
    >
  ) {
    super();
    const [shape, eps, affine, bias, device, dtype] = layerArguments(args);
    this.normalizedShape = shape;
    this.eps = eps;
    this.elementwiseAffine = affine;
    this.registerParameter("weight", affine ? new Parameter(empty(shape, { device, dtype })) : null);
    this.registerParameter("bias", affine && bias ? new Parameter(empty(shape, { device, dtype })) : null);
    this.resetParameters();
  }

  /** Sets the weight to 1 and the bias to 0. */
  resetParameters(): void {
    if (this.weight !== null) ones_(this.weight);
    if (this.bias !== null) zeros_(this.bias);
  }

  forward(input: Tensor): Tensor {
    return F.layerNorm(input, this.normalizedShape, this.weight, this.bias, this.eps);
  }

  override extraRepr(): string {
    return `${tuple(this.normalizedShape)}, eps=${float(this.eps)}, elementwise_affine=${python(this.elementwiseAffine)}, bias=${python(this.bias !== null)}`;
  }
}

const rmsArguments = reader(
  "RMSNorm(int[] normalizedShape, float? eps=null, bool elementwiseAffine=true, device? device=null, dtype? dtype=null)",
);

/** `x / √(mean(x²) + eps) · weight`, with the mean over the last dimensions (Zhang and Sennrich, 2019); without `eps` that of the dtype. */
export class RMSNorm extends Module<[input: Tensor], Tensor> {
  readonly normalizedShape: readonly number[];
  readonly eps: number | null;
  readonly elementwiseAffine: boolean;
  /** `normalizedShape`, or null. */
  weight: Parameter | null = null;

  constructor(
    ...args: Arguments<
      [normalizedShape: Shape],
      { normalizedShape: Shape },
      [eps: number | null, elementwiseAffine: boolean],
      FactoryOptions & { eps?: number | null; elementwiseAffine?: boolean }
    >
  ) {
    super();
    const [shape, eps, affine, device, dtype] = rmsArguments(args);
    this.normalizedShape = shape;
    this.eps = eps;
    this.elementwiseAffine = affine;
    this.registerParameter("weight", affine ? new Parameter(empty(shape, { device, dtype })) : null);
    this.resetParameters();
  }

  /** Sets the weight to 1. */
  resetParameters(): void {
    if (this.weight !== null) ones_(this.weight);
  }

  forward(input: Tensor): Tensor {
    return F.rmsNorm(input, this.normalizedShape, this.weight, this.eps);
  }

  override extraRepr(): string {
    const eps = this.eps === null ? "None" : float(this.eps);
    return `${tuple(this.normalizedShape)}, eps=${eps}, elementwise_affine=${python(this.elementwiseAffine)}`;
  }
}

const groupArguments = reader(
  "GroupNorm(int numGroups, int numChannels, float eps=1e-5, bool affine=true, device? device=null, dtype? dtype=null, *, bool bias=true)",
);

/** `(x - mean) / √(variance + eps) · weight + bias`, with the mean and variance over groups of channels (Wu and He, 2018). */
export class GroupNorm extends Module<[input: Tensor], Tensor> {
  readonly numGroups: number;
  readonly numChannels: number;
  readonly eps: number;
  readonly affine: boolean;
  /** `[numChannels]`, or null. */
  weight: Parameter | null = null;
  /** `[numChannels]`, or null. */
  bias: Parameter | null = null;

  /** @throws {ArgumentError} if the channels cannot be divided into the groups. */
  constructor(
    ...args: Arguments<
      [numGroups: number, numChannels: number],
      { numGroups: number; numChannels: number },
      [eps: number, affine: boolean],
      FactoryOptions & { eps?: number; affine?: boolean; bias?: boolean }
    >
  ) {
    super();
    const [groups, channels, eps, affine, device, dtype, bias] = groupArguments(args);
    if (channels % groups !== 0)
      throw new ArgumentError(`GroupNorm: num_channels (${channels}) must be divisible by num_groups (${groups})`);
    this.numGroups = groups;
    this.numChannels = channels;
    this.eps = eps;
    this.affine = affine;
    this.registerParameter("weight", affine ? new Parameter(empty([channels], { device, dtype })) : null);
    this.registerParameter("bias", affine && bias ? new Parameter(empty([channels], { device, dtype })) : null);
    this.resetParameters();
  }

  /** Sets the weight to 1 and the bias to 0. */
  resetParameters(): void {
    if (this.weight !== null) ones_(this.weight);
    if (this.bias !== null) zeros_(this.bias);
  }

  forward(input: Tensor): Tensor {
    return F.groupNorm(input, this.numGroups, this.weight, this.bias, this.eps);
  }

  override extraRepr(): string {
    return `${this.numGroups}, ${this.numChannels}, eps=${float(this.eps)}, affine=${python(this.affine)}, bias=${python(this.bias !== null)}`;
  }
}

const responseArguments = reader("LocalResponseNorm(int size, float alpha=1e-4, float beta=0.75, float k=1)");

/** `x / (k + alpha · mean(x²))^beta`, with the mean over `size` neighbouring channels (Krizhevsky et al., 2012). */
export class LocalResponseNorm extends Module<[input: Tensor], Tensor> {
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;

  constructor(
    ...args: Arguments<
      [size: number],
      { size: number },
      [alpha: number, beta: number, k: number],
      { alpha?: number; beta?: number; k?: number }
    >
  ) {
    super();
    [this.size, this.alpha, this.beta, this.k] = responseArguments(args);
  }

  forward(input: Tensor): Tensor {
    return F.localResponseNorm(input, this.size, this.alpha, this.beta, this.k);
  }

  override extraRepr(): string {
    return `${this.size}, alpha=${float(this.alpha)}, beta=${float(this.beta)}, k=${float(this.k)}`;
  }
}

const crossMapArguments = reader("CrossMapLRN2d(int size, float alpha=1e-4, float beta=0.75, float k=1)");

/**
 * `x / (k + alpha / size · Σ x²)^beta` for images `[batch, channels, height, width]`, with the sum over the channels at most `(size - 1) / 2` away
 * and, as PyTorch has it, the first one.
 * @throws {ShapeError} for other inputs.
 */
export class CrossMapLRN2d extends LocalResponseNorm {
  constructor(
    ...args: Arguments<
      [size: number],
      { size: number },
      [alpha: number, beta: number, k: number],
      { alpha?: number; beta?: number; k?: number }
    >
  ) {
    const [size, alpha, beta, k] = crossMapArguments(args);
    super(size, alpha, beta, k);
  }

  override forward(input: Tensor): Tensor {
    if (input.shape.length !== 4) throw new ShapeError(`CrossMapLRN2d: Expected input to be 4D, got ${input.shape.length}D instead.`);
    const { size, alpha, beta, k } = this;
    const squares = input.square();
    const [channels] = input.shape.slice(1) as [number];
    const reach = Math.floor((size - 1) / 2);
    let sums = F.pad(squares, [0, 0, 0, 0, reach, reach])
      .unfold(1, 2 * reach + 1, 1)
      .sum(-1);
    // As in PyTorch, whose running sum never loses the first channel.
    const far = channels - reach - 1;
    if (far > 0) sums = sums.add(F.pad(squares.narrow(1, 0, 1).expand(-1, far, -1, -1), [0, 0, 0, 0, reach + 1, 0]));
    return input.mul(
      sums
        .mul(alpha / size)
        .add(k)
        .pow(-beta),
    );
  }

  override extraRepr(): string {
    return `${this.size}, alpha=${float(this.alpha)}, beta=${float(this.beta)}, k=${python(this.k)}`;
  }
}
