/** Schedules that multiply the learning rate: at certain epochs, along a line, a power or a polynomial. */

import { ArgumentError } from "../../core/errors.js";
import type { Args } from "../../tensor/dispatch.js";
import { LRScheduler, type Scheduled, settings } from "./scheduler.js";

/** The epoch to resume after; -1 starts anew. */
export interface Resumed {
  lastEpoch?: number;
}

/** Multiplies by `gamma` every `stepSize` epochs. */
export class StepLR extends LRScheduler {
  readonly stepSize: number;
  readonly gamma: number;

  constructor(
    optimizer: Scheduled,
    ...args: Args<[stepSize: number, gamma: number, lastEpoch: number], Resumed & { stepSize?: number; gamma?: number }>
  ) {
    const [stepSize, gamma, lastEpoch] = settings("StepLR(int stepSize, float gamma=0.1, int lastEpoch=-1)", args) as [
      number,
      number,
      number,
    ];
    super(optimizer, lastEpoch);
    this.stepSize = stepSize;
    this.gamma = gamma;
    this.start();
  }

  override getLr(): number[] {
    if (this.lastEpoch === 0 || this.lastEpoch % this.stepSize !== 0) return this.current;
    return this.current.map((lr) => lr * this.gamma);
  }

  protected override closedForm(): number[] {
    return this.baseLrs.map((lr) => lr * this.gamma ** Math.floor(this.lastEpoch / this.stepSize));
  }
}

/** Multiplies by `gamma` at each of the given epochs. */
export class MultiStepLR extends LRScheduler {
  /** How often each epoch was given. */
  readonly milestones: Readonly<Record<number, number>>;
  readonly gamma: number;

  constructor(
    optimizer: Scheduled,
    ...args: Args<
      [milestones: readonly number[], gamma: number, lastEpoch: number],
      Resumed & { milestones?: readonly number[]; gamma?: number }
    >
  ) {
    const [milestones, gamma, lastEpoch] = settings("MultiStepLR(int[] milestones, float gamma=0.1, int lastEpoch=-1)", args) as [
      number[],
      number,
      number,
    ];
    super(optimizer, lastEpoch);
    const counts: Record<number, number> = {};
    for (const epoch of milestones) counts[epoch] = (counts[epoch] ?? 0) + 1;
    this.milestones = counts;
    this.gamma = gamma;
    this.start();
  }

  override getLr(): number[] {
    const count = this.milestones[this.lastEpoch] ?? 0;
    return count === 0 ? this.current : this.current.map((lr) => lr * this.gamma ** count);
  }

  protected override closedForm(): number[] {
    let passed = 0;
    for (const [epoch, count] of Object.entries(this.milestones)) if (Number(epoch) <= this.lastEpoch) passed += count;
    return this.baseLrs.map((lr) => lr * this.gamma ** passed);
  }
}

/** Multiplies by `factor` until epoch `totalIters`. */
export class ConstantLR extends LRScheduler {
  readonly factor: number;
  readonly totalIters: number;

  constructor(
    optimizer: Scheduled,
    ...args: Args<[factor: number, totalIters: number, lastEpoch: number], Resumed & { factor?: number; totalIters?: number }>
  ) {
    const [factor, totalIters, lastEpoch] = settings(`ConstantLR(float factor=${1 / 3}, int totalIters=5, int lastEpoch=-1)`, args) as [
      number,
      number,
      number,
    ];
    if (!(factor >= 0 && factor <= 1))
      throw new ArgumentError(`ConstantLR: Constant multiplicative factor expected to be between 0 and 1, got ${factor}`);
    super(optimizer, lastEpoch);
    this.factor = factor;
    this.totalIters = totalIters;
    this.start();
  }

  override getLr(): number[] {
    if (this.lastEpoch === 0) return this.current.map((lr) => lr * this.factor);
    if (this.lastEpoch !== this.totalIters) return this.current;
    return this.current.map((lr) => lr * (1 / this.factor));
  }

  protected override closedForm(): number[] {
    return this.baseLrs.map((lr) => lr * (this.lastEpoch >= this.totalIters ? 1 : this.factor));
  }
}

/** Multiplies by a factor that goes from `startFactor` to `endFactor` along a line. */
export class LinearLR extends LRScheduler {
  readonly startFactor: number;
  readonly endFactor: number;
  readonly totalIters: number;

  constructor(
    optimizer: Scheduled,
    ...args: Args<
      [startFactor: number, endFactor: number, totalIters: number, lastEpoch: number],
      Resumed & { startFactor?: number; endFactor?: number; totalIters?: number }
    >
  ) {
    const [from, to, totalIters, lastEpoch] = settings(
      `LinearLR(float startFactor=${1 / 3}, float endFactor=1, int totalIters=5, int lastEpoch=-1)`,
      args,
    ) as [number, number, number, number];
    if (!(from > 0 && from <= 1))
      throw new ArgumentError(`LinearLR: Starting multiplicative factor expected to be greater than 0 and less or equal to 1, got ${from}`);
    if (!(to >= 0 && to <= 1)) throw new ArgumentError(`LinearLR: Ending multiplicative factor expected to be between 0 and 1, got ${to}`);
    super(optimizer, lastEpoch);
    this.startFactor = from;
    this.endFactor = to;
    this.totalIters = totalIters;
    this.start();
  }

  override getLr(): number[] {
    const { startFactor, endFactor, totalIters, lastEpoch } = this;
    if (lastEpoch === 0) return this.current.map((lr) => lr * startFactor);
    if (this.isInitial || lastEpoch > totalIters) return this.current;
    const growth = (endFactor - startFactor) / (totalIters * startFactor + (lastEpoch - 1) * (endFactor - startFactor));
    return this.current.map((lr) => lr * (1 + growth));
  }

  protected override closedForm(): number[] {
    const { startFactor, endFactor, totalIters, lastEpoch } = this;
    return this.baseLrs.map((lr) => lr * (startFactor + ((endFactor - startFactor) * Math.min(totalIters, lastEpoch)) / totalIters));
  }
}

/** Multiplies by `gamma` in every epoch. */
export class ExponentialLR extends LRScheduler {
  readonly gamma: number;

  constructor(optimizer: Scheduled, ...args: Args<[gamma: number, lastEpoch: number], Resumed & { gamma?: number }>) {
    const [gamma, lastEpoch] = settings("ExponentialLR(float gamma, int lastEpoch=-1)", args) as [number, number];
    super(optimizer, lastEpoch);
    this.gamma = gamma;
    this.start();
  }

  override getLr(): number[] {
    return this.isInitial ? this.current : this.current.map((lr) => lr * this.gamma);
  }

  protected override closedForm(): number[] {
    return this.baseLrs.map((lr) => lr * this.gamma ** this.lastEpoch);
  }
}

/** Lets the rate fall to zero at `totalIters` as `(1 - t / totalIters)^power`. */
export class PolynomialLR extends LRScheduler {
  readonly totalIters: number;
  readonly power: number;

  constructor(
    optimizer: Scheduled,
    ...args: Args<[totalIters: number, power: number, lastEpoch: number], Resumed & { totalIters?: number; power?: number }>
  ) {
    const [totalIters, power, lastEpoch] = settings("PolynomialLR(int totalIters=5, float power=1, int lastEpoch=-1)", args) as [
      number,
      number,
      number,
    ];
    super(optimizer, lastEpoch);
    this.totalIters = totalIters;
    this.power = power;
    this.start();
  }

  override getLr(): number[] {
    const { totalIters, lastEpoch } = this;
    if (this.isInitial || lastEpoch > totalIters) return this.current;
    const factor = ((1 - lastEpoch / totalIters) / (1 - (lastEpoch - 1) / totalIters)) ** this.power;
    return this.current.map((lr) => lr * factor);
  }

  protected override closedForm(): number[] {
    return this.baseLrs.map((lr) => lr * (1 - Math.min(this.totalIters, this.lastEpoch) / this.totalIters) ** this.power);
  }
}
