/** `torch.optim.swaUtils`: averages of models over training, and the schedule that goes with them. */

import { noGrad } from "../autograd/modes.js";
import type { Device } from "../core/device.js";
import { int64 } from "../core/dtype.js";
import { ArgumentError } from "../core/errors.js";
import { Module } from "../nn/module.js";
import { BatchNorm1d, BatchNorm2d, BatchNorm3d } from "../nn/modules/batchNorm.js";
import { tensor } from "../ops/create/tensor.js";
import type { Args } from "../tensor/dispatch.js";
import { Tensor } from "../tensor/tensor.js";
import { LRScheduler, type Scheduled, settings } from "./lrScheduler/scheduler.js";

/** The new average from the old one, the model's parameter and the number of models averaged so far. */
export type AverageFn = (averaged: Tensor, current: Tensor, numAveraged: number) => Tensor;

/** The equal average of all models: `a + (p - a) / (n + 1)`. */
export function getSwaAvgFn(): AverageFn {
  return (averaged, current, numAveraged) => averaged.add(current.sub(averaged).div(numAveraged + 1));
}

/**
 * The exponential average: `decay · a + (1 - decay) · p`.
 * @throws {ArgumentError} unless `decay` lies between 0 and 1.
 */
export function getEmaAvgFn(decay: number = 0.999): AverageFn {
  if (!(decay >= 0 && decay <= 1))
    throw new ArgumentError(`getEmaAvgFn: Invalid decay value ${decay} provided. Please provide a value in [0,1] range.`);
  return (averaged, current) => averaged.mul(decay).add(current.mul(1 - decay));
}

/** Options of `AveragedModel`. */
export interface AveragedModelOptions {
  /** Where the average lives; by default with the model. */
  device?: Device | string | null;
  /** How to average; by default equally. */
  avgFn?: AverageFn | null;
  /** Whether buffers are averaged too, instead of copied. */
  useBuffers?: boolean;
}

/**
 * A copy of a model whose parameters are averages of the model's, taken by `updateParameters`. It is called like the model.
 *
 * Source: Izmailov et al., "Averaging Weights Leads to Wider Optima and Better Generalization", 2018.
 * @example
 * ```ts
 * const averaged = new torch.optim.swaUtils.AveragedModel(model, { avgFn: torch.optim.swaUtils.getEmaAvgFn(0.99) });
 * averaged.updateParameters(model); // after every step
 * ```
 */
export class AveragedModel<A extends unknown[], R> extends Module<A, R> {
  readonly module: Module<A, R>;
  declare readonly n_averaged: Tensor;
  private readonly average: () => AverageFn;
  private readonly useBuffers: boolean;

  constructor(model: Module<A, R>, options: AveragedModelOptions = {}) {
    super();
    const { device = null, avgFn = null, useBuffers = false } = options;
    const copy = model.deepcopy();
    this.registerBuffer("n_averaged", tensor(0n, { dtype: int64 }));
    this.module = device === null ? copy : copy.to(device);
    this.average = () => avgFn ?? getSwaAvgFn();
    this.useBuffers = useBuffers;
  }

  forward(...args: A): R {
    return this.module(...args);
  }

  /** Takes the model's parameters into the average; the first time they are copied. */
  updateParameters(model: Module<A, R>): void {
    const held = (one: Module<A, R>): Tensor[] => (this.useBuffers ? [...one.parameters(), ...one.buffers()] : one.parameters());
    const numAveraged = this.n_averaged.item();
    const average = this.average();
    noGrad(() => {
      const current = held(model);
      held(this.module).forEach((averaged, i) => {
        const value = (current[i] as Tensor).detach().to(averaged.device);
        const isAveraged = numAveraged > 0 && (averaged.dtype.isFloatingPoint || averaged.dtype.isComplex);
        averaged.copy_(isAveraged ? average(averaged.detach(), value, numAveraged) : value);
      });
      if (!this.useBuffers) {
        const buffers = model.buffers();
        this.module.buffers().forEach((buffer, i) => void buffer.copy_((buffers[i] as Tensor).detach().to(buffer.device)));
      }
      this.n_averaged.add_(1);
    });
  }
}

/** Computes the running statistics of a model's batch normalisation anew, from one pass over batches (the first part of each, if it has several). */
export function updateBn<R>(
  loader: Iterable<Tensor | readonly [Tensor, ...unknown[]]>,
  model: Module<[Tensor], R>,
  device: Device | string | null = null,
): void {
  const norms = model
    .modules()
    .filter((module) => module instanceof BatchNorm1d || module instanceof BatchNorm2d || module instanceof BatchNorm3d);
  if (norms.length === 0) return;
  const momenta = norms.map((norm) => norm.momentum);
  const wasTraining = model.training;
  for (const norm of norms) {
    norm.resetRunningStats();
    norm.momentum = null;
  }
  model.train();
  try {
    noGrad(() => {
      for (const batch of loader) {
        const input = batch instanceof Tensor ? batch : batch[0];
        model(device === null ? input : input.to(device));
      }
    });
  } finally {
    norms.forEach((norm, i) => {
      norm.momentum = momenta[i] ?? null;
    });
    model.train(wasTraining);
  }
}

/** Options of `SWALR`. */
export interface SWALROptions {
  swaLr?: number | readonly number[];
  annealEpochs?: number;
  annealStrategy?: "cos" | "linear";
  lastEpoch?: number;
}

/** Moves the rate to `swaLr` in `annealEpochs` epochs, and keeps it there. */
export class SWALR extends LRScheduler {
  readonly annealEpochs: number;
  readonly annealStrategy: string;

  constructor(
    optimizer: Scheduled,
    ...args: Args<
      [swaLr: number | readonly number[], annealEpochs: number, annealStrategy: "cos" | "linear", lastEpoch: number],
      SWALROptions
    >
  ) {
    const [swaLr, epochs, strategy, lastEpoch] = settings(
      "SWALR(any swaLr, int annealEpochs=10, str annealStrategy='cos', int lastEpoch=-1)",
      args,
    ) as [unknown, number, string, number];
    super(optimizer, lastEpoch);
    if (strategy !== "cos" && strategy !== "linear")
      throw new ArgumentError(`SWALR: anneal_strategy must be one of 'cos' or 'linear', instead got ${strategy}`);
    if (epochs < 0) throw new ArgumentError(`SWALR: anneal_epochs must be equal or greater than 0, got ${epochs}`);
    const rates = this.perGroup("swa_lr", swaLr);
    this.groups.forEach((group, i) => {
      group["swaLr"] = rates[i];
    });
    this.annealEpochs = epochs;
    this.annealStrategy = strategy;
    this.start();
  }

  /** How far the rate has moved after some steps, from 0 to 1. */
  private moved(steps: number): number {
    const part = Math.max(0, Math.min(1, steps / Math.max(1, this.annealEpochs)));
    return this.annealStrategy === "linear" ? part : (1 - Math.cos(Math.PI * part)) / 2;
  }

  override getLr(): number[] {
    const step = this.annealEpochs === 0 ? Math.max(1, this.stepCount - 1) : this.stepCount - 1;
    const [before, now] = [this.moved(step - 1), this.moved(step)];
    return this.groups.map((group) => {
      const target = group["swaLr"] as number;
      const start = before === 1 ? target : (group.lr - before * target) / (1 - before);
      return target * now + start * (1 - now);
    });
  }
}
