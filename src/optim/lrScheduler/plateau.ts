/** A schedule that follows a measured value. */

import { ArgumentError } from "../../core/errors.js";
import type { Args } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { LRScheduler, type Scheduled, type SchedulerStateDict, settings } from "./scheduler.js";

/** Options of `ReduceLROnPlateau`. */
export interface ReduceLROnPlateauOptions {
  /** Whether the value should fall or rise. */
  mode?: "min" | "max";
  factor?: number;
  /** Epochs without improvement that are tolerated. */
  patience?: number;
  /** By how much a value must be better to count. */
  threshold?: number;
  thresholdMode?: "rel" | "abs";
  /** Epochs after a reduction in which nothing is counted. */
  cooldown?: number;
  minLr?: number | readonly number[];
  /** The least change of the rate. */
  eps?: number;
}

/**
 * Multiplies the rate by `factor` when a value has stopped improving.
 * @example
 * ```ts
 * const scheduler = new optim.lrScheduler.ReduceLROnPlateau(optimizer, { factor: 0.5, patience: 3 });
 * scheduler.step(loss.item());
 * ```
 */
export class ReduceLROnPlateau extends LRScheduler {
  readonly mode: string;
  readonly factor: number;
  readonly patience: number;
  readonly threshold: number;
  readonly thresholdMode: string;
  readonly cooldown: number;
  readonly eps: number;
  minLrs: number[];
  /** The best value so far. */
  best: number;
  cooldownCounter = 0;
  numBadEpochs = 0;

  constructor(
    optimizer: Scheduled,
    ...args: Args<[mode: "min" | "max", factor: number, patience: number, threshold: number], ReduceLROnPlateauOptions>
  ) {
    const signature =
      "ReduceLROnPlateau(str mode='min', float factor=0.1, int patience=10, float threshold=0.0001, str thresholdMode='rel', int cooldown=0, any minLr=0, float eps=1e-8)";
    const [mode, factor, patience, threshold, thresholdMode, cooldown, minLr, eps] = settings(signature, args) as [
      string,
      number,
      number,
      number,
      string,
      number,
      unknown,
      number,
    ];
    if (!(factor < 1)) throw new ArgumentError(`ReduceLROnPlateau: Factor should be < 1.0, got ${factor}`);
    if (mode !== "min" && mode !== "max") throw new ArgumentError(`ReduceLROnPlateau: mode ${mode} is unknown!`);
    if (thresholdMode !== "rel" && thresholdMode !== "abs")
      throw new ArgumentError(`ReduceLROnPlateau: threshold mode ${thresholdMode} is unknown!`);
    super(optimizer, -1);
    this.mode = mode;
    this.factor = factor;
    this.patience = patience;
    this.threshold = threshold;
    this.thresholdMode = thresholdMode;
    this.cooldown = cooldown;
    this.eps = eps;
    this.minLrs = this.perGroup("min_lr", minLr);
    this.best = mode === "min" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    this.lastEpoch = 0;
    this.lastLr = this.current;
  }

  override getLr(): number[] {
    return this.current;
  }

  /** Whether a reduction is so recent that nothing is counted. */
  get inCooldown(): boolean {
    return this.cooldownCounter > 0;
  }

  private isBetter(value: number): boolean {
    const { best, threshold } = this;
    if (this.thresholdMode === "rel") return this.mode === "min" ? value < best * (1 - threshold) : value > best * (1 + threshold);
    return this.mode === "min" ? value < best - threshold : value > best + threshold;
  }

  /** Takes the value of an epoch. */
  override step(metrics: number | Tensor | null = null, epoch: number | null = null): void {
    if (metrics === null) throw new ArgumentError("ReduceLROnPlateau: step() missing required argument 'metrics', the value to follow");
    const value = metrics instanceof Tensor ? metrics.item() : metrics;
    this.lastEpoch = epoch ?? this.lastEpoch + 1;
    if (this.isBetter(value)) {
      this.best = value;
      this.numBadEpochs = 0;
    } else this.numBadEpochs++;
    if (this.inCooldown) {
      this.cooldownCounter--;
      this.numBadEpochs = 0;
    }
    if (this.numBadEpochs > this.patience) {
      this.reduce();
      this.cooldownCounter = this.cooldown;
      this.numBadEpochs = 0;
    }
    this.lastLr = this.current;
  }

  private reduce(): void {
    this.groups.forEach((group, i) => {
      const lr = Math.max(group.lr * this.factor, this.minLrs[i] ?? this.minLrs[0] ?? 0);
      if (group.lr - lr > this.eps) group.lr = lr;
    });
  }

  override stateDict(): SchedulerStateDict {
    const { base_lrs: _, _step_count: __, ...state } = super.stateDict();
    return state;
  }
}
