/** Normalisation over batches and over instances, with running statistics. */

import type { Device } from "../../core/device.js";
import { type DType, int64 } from "../../core/dtype.js";
import { ArgumentError, ShapeError } from "../../core/errors.js";
import { empty, ones, zeros } from "../../ops/create/filled.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Arguments, type FactoryOptions, reader } from "../arguments.js";
import * as F from "../functional.js";
import { ones_, zeros_ } from "../init.js";
import { Module } from "../module.js";
import { Parameter } from "../parameter.js";
import { float, python } from "../repr.js";
import type { StateDict } from "../stateDict.js";

/** The options of normalisations with running statistics. */
export interface NormOptions extends FactoryOptions {
  eps?: number;
  momentum?: number | null;
  affine?: boolean;
  trackRunningStats?: boolean;
  bias?: boolean;
}

type NormArguments = Arguments<
  [numFeatures: number],
  { numFeatures: number },
  [eps: number, momentum: number | null, affine: boolean, trackRunningStats: boolean],
  NormOptions
>;

const batchArguments = reader(
  "BatchNorm(int numFeatures, float eps=1e-5, float? momentum=0.1, bool affine=true, bool trackRunningStats=true, device? device=null, dtype? dtype=null, *, bool bias=true)",
);
const instanceArguments = reader(
  "InstanceNorm(int numFeatures, float eps=1e-5, float? momentum=0.1, bool affine=false, bool trackRunningStats=false, device? device=null, dtype? dtype=null, *, bool bias=true)",
);

type NormValues = [
  numFeatures: number,
  eps: number,
  momentum: number | null,
  affine: boolean,
  trackRunningStats: boolean,
  device: Device | null,
  dtype: DType | null,
  bias: boolean,
];

/** What both kinds of normalisation have in common: weight and bias, and the running statistics. */
export abstract class NormBase extends Module<[input: Tensor], Tensor> {
  numFeatures: number;
  readonly eps: number;
  /** The share of the newest batch in the running statistics; null makes them means over all batches. */
  momentum: number | null;
  readonly affine: boolean;
  readonly trackRunningStats: boolean;
  /** `[numFeatures]`, or null. */
  weight: Parameter | null = null;
  /** `[numFeatures]`, or null. */
  bias: Parameter | null = null;
  running_mean: Tensor | null = null;
  running_var: Tensor | null = null;
  num_batches_tracked: Tensor | null = null;

  constructor(values: NormValues) {
    super();
    const [numFeatures, eps, momentum, affine, trackRunningStats, device, dtype, bias] = values;
    const options = { device, dtype };
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.momentum = momentum;
    this.affine = affine;
    this.trackRunningStats = trackRunningStats;
    this.registerParameter("weight", affine ? new Parameter(empty([numFeatures], options)) : null);
    this.registerParameter("bias", affine && bias ? new Parameter(empty([numFeatures], options)) : null);
    this.registerBuffer("running_mean", trackRunningStats ? zeros([numFeatures], options) : null);
    this.registerBuffer("running_var", trackRunningStats ? ones([numFeatures], options) : null);
    this.registerBuffer("num_batches_tracked", trackRunningStats ? zeros([], { dtype: int64, device }) : null);
    this.resetParameters();
  }

  /** Forgets the running statistics. */
  resetRunningStats(): void {
    this.running_mean?.zero_();
    this.running_var?.fill_(1);
    this.num_batches_tracked?.zero_();
  }

  /** Sets the weight to 1 and the bias to 0, and forgets the running statistics. */
  resetParameters(): void {
    this.resetRunningStats();
    if (this.weight !== null) ones_(this.weight);
    if (this.bias !== null) zeros_(this.bias);
  }

  override get stateVersion(): number {
    return 2;
  }

  /** Version 2 brought `num_batches_tracked`. */
  override upgradeState(state: StateDict, prefix: string, version: number | null): void {
    const key = `${prefix}num_batches_tracked`;
    if ((version === null || version < 2) && this.num_batches_tracked !== null && !(key in state)) state[key] = this.num_batches_tracked;
  }

  override extraRepr(): string {
    const { numFeatures, eps, momentum, affine, bias, trackRunningStats } = this;
    const share = momentum === null ? "None" : float(momentum);
    return `${numFeatures}, eps=${float(eps)}, momentum=${share}, affine=${python(affine)}, bias=${python(bias !== null)}, track_running_stats=${python(trackRunningStats)}`;
  }
}

/** Batch normalisation. */
export abstract class BatchNorm extends NormBase {
  constructor(...args: NormArguments) {
    super(batchArguments(args, new.target.name));
  }

  /** @internal Throws unless inputs may have this number of dimensions. */
  protected abstract checkRank(rank: number): void;

  forward(input: Tensor): Tensor {
    this.checkRank(input.shape.length);
    const { training, trackRunningStats, running_mean: mean, running_var: variance } = this;
    let momentum = this.momentum ?? 0;
    if (training && trackRunningStats && this.num_batches_tracked !== null) {
      this.num_batches_tracked.add_(1);
      if (this.momentum === null) momentum = 1 / this.num_batches_tracked.item();
    }
    const ofBatch = training || (mean === null && variance === null);
    const tracked = !training || trackRunningStats;
    return F.batchNorm(input, tracked ? mean : null, tracked ? variance : null, this.weight, this.bias, ofBatch, momentum, this.eps);
  }
}

/** Batch normalisation of inputs of some ranks. */
abstract class RankedBatchNorm extends BatchNorm {
  /** The ranks that inputs may have. */
  protected abstract get ranks(): readonly number[];

  protected checkRank(rank: number): void {
    if (!this.ranks.includes(rank))
      throw new ShapeError(`${this._getName()}: expected ${this.ranks.map((r) => `${r}D`).join(" or ")} input (got ${rank}D input)`);
  }
}

/**
 * `(x - mean) / √(variance + eps) · weight + bias` for every channel of `[batch, channels]` or `[batch, channels, length]`: while training over the
 * batch, in evaluation by the running statistics (Ioffe and Szegedy, 2015).
 */
export class BatchNorm1d extends RankedBatchNorm {
  protected get ranks(): readonly number[] {
    return [2, 3];
  }
}

/** `BatchNorm1d` for images `[batch, channels, height, width]`. */
export class BatchNorm2d extends RankedBatchNorm {
  protected get ranks(): readonly number[] {
    return [4];
  }
}

/** `BatchNorm1d` for volumes `[batch, channels, depth, height, width]`. */
export class BatchNorm3d extends RankedBatchNorm {
  protected get ranks(): readonly number[] {
    return [5];
  }
}

/** Instance normalisation of inputs of one rank, with or without a batch dimension. */
abstract class InstanceNorm extends NormBase {
  constructor(...args: NormArguments) {
    super(instanceArguments(args, new.target.name));
  }

  /** The rank of an input without batch dimension. */
  protected abstract get rank(): number;

  forward(input: Tensor): Tensor {
    const rank = input.shape.length;
    if (rank !== this.rank && rank !== this.rank + 1) {
      throw new ShapeError(`${this._getName()}: expected ${this.rank}D or ${this.rank + 1}D input (got ${rank}D input)`);
    }
    const dim = rank - this.rank;
    if (this.affine && input.shape[dim] !== this.numFeatures) {
      throw new ArgumentError(
        `${this._getName()}: expected input's size at dim=${dim} to match num_features (${this.numFeatures}), but got: ${input.shape[dim]}.`,
      );
    }
    return dim === 0 ? this.normalised(input.unsqueeze(0)).squeeze(0) : this.normalised(input);
  }

  private normalised(input: Tensor): Tensor {
    const { running_mean: mean, running_var: variance, weight, bias } = this;
    return F.instanceNorm(input, mean, variance, weight, bias, this.training || !this.trackRunningStats, this.momentum ?? 0, this.eps);
  }
}

/** `(x - mean) / √(variance + eps)` for every channel of every sequence, `[batch, channels, length]` (Ulyanov et al., 2017). */
export class InstanceNorm1d extends InstanceNorm {
  protected get rank(): number {
    return 2;
  }
}

/** `InstanceNorm1d` for images `[batch, channels, height, width]`. */
export class InstanceNorm2d extends InstanceNorm {
  protected get rank(): number {
    return 3;
  }
}

/** `InstanceNorm1d` for volumes `[batch, channels, depth, height, width]`. */
export class InstanceNorm3d extends InstanceNorm {
  protected get rank(): number {
    return 4;
  }
}
