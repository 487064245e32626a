/** Schedules in which the rate rises and falls, and the momentum with it the other way. */

import { ArgumentError } from "../../core/errors.js";
import type { Args } from "../../tensor/dispatch.js";
import type { Resumed } from "./decay.js";
import { LRScheduler, type Scheduled, type ScheduledGroup, settings } from "./scheduler.js";

/** A scheduler that may also move the momentum, or Adam's first beta. */
abstract class WithMomentum extends LRScheduler {
  readonly cycleMomentum: boolean;

  constructor(optimizer: Scheduled, lastEpoch: number, cycleMomentum: boolean) {
    super(optimizer, lastEpoch);
    this.cycleMomentum = cycleMomentum;
    const { defaults } = this.optimizer;
    if (cycleMomentum && !("momentum" in defaults) && !("betas" in defaults)) {
      throw new ArgumentError(`${this.constructor.name}: optimizer must support momentum or beta1 with \`cycle_momentum\` option enabled`);
    }
  }

  protected setMomentum(group: ScheduledGroup, momentum: number): void {
    if ("betas" in this.optimizer.defaults) group["betas"] = [momentum, ...(group["betas"] as readonly number[]).slice(1)];
    else group["momentum"] = momentum;
  }

  /** Notes the bounds of the momentum in the groups, and starts from the larger. */
  protected noteMomentum(base: unknown, max: unknown): void {
    const [least, largest] = [this.perGroup("base_momentum", base), this.perGroup("max_momentum", max)];
    if (!this.cycleMomentum || this.lastEpoch !== -1) return;
    this.groups.forEach((group, i) => {
      this.setMomentum(group, largest[i] as number);
      Object.assign(group, { maxMomentum: largest[i], baseMomentum: least[i] });
    });
  }
}

type PerGroup = number | readonly number[];

/** Options of `CyclicLR`. */
export interface CyclicLROptions extends Resumed {
  baseLr?: PerGroup;
  maxLr?: PerGroup;
  /** Steps of the rising half. */
  stepSizeUp?: number;
  /** Steps of the falling half; by default as many. */
  stepSizeDown?: number | null;
  mode?: "triangular" | "triangular2" | "exp_range";
  /** The base of `exp_range`. */
  gamma?: number;
  /** The height of a cycle or step, instead of the mode's. */
  scaleFn?: ((x: number) => number) | null;
  scaleMode?: "cycle" | "iterations";
  cycleMomentum?: boolean;
  baseMomentum?: PerGroup;
  maxMomentum?: PerGroup;
}

/**
 * Lets the rate swing between two bounds.
 *
 * Source: Smith, "Cyclical Learning Rates for Training Neural Networks", 2015.
 */
export class CyclicLR extends WithMomentum {
  readonly maxLrs: number[];
  readonly totalSize: number;
  readonly stepRatio: number;
  readonly mode: string;
  readonly gamma: number;
  readonly scaleMode: string;
  private readonly scale: (x: number) => number;

  constructor(
    optimizer: Scheduled,
    ...args: Args<
      [baseLr: PerGroup, maxLr: PerGroup, stepSizeUp: number, stepSizeDown: number | null, mode: string, gamma: number],
      CyclicLROptions
    >
  ) {
    const signature =
      "CyclicLR(any baseLr, any maxLr, int stepSizeUp=2000, int? stepSizeDown=null, str mode='triangular', float gamma=1, any scaleFn=null, str scaleMode='cycle', bool cycleMomentum=true, any baseMomentum=0.8, any maxMomentum=0.9, int lastEpoch=-1)";
    const [baseLr, maxLr, up, down, mode, gamma, scaleFn, scaleMode, cycleMomentum, baseMomentum, maxMomentum, lastEpoch] = settings(
      signature,
      args,
    ) as [
      PerGroup,
      PerGroup,
      number,
      number | null,
      string,
      number,
      ((x: number) => number) | null,
      string,
      boolean,
      unknown,
      unknown,
      number,
    ];
    super(optimizer, lastEpoch, cycleMomentum);
    const baseLrs = this.perGroup("base_lr", baseLr);
    if (lastEpoch === -1) this.apply(baseLrs);
    this.maxLrs = this.perGroup("max_lr", maxLr);
    this.totalSize = up + (down ?? up);
    this.stepRatio = up / this.totalSize;
    this.mode = mode;
    this.gamma = gamma;
    const modes: Readonly<Record<string, (x: number) => number>> = {
      triangular: () => 1,
      triangular2: (x) => 1 / 2 ** (x - 1),
      exp_range: (x) => gamma ** x,
    };
    const scale = scaleFn ?? modes[mode];
    if (scale === undefined) throw new ArgumentError(`CyclicLR: mode is invalid and scale_fn is None: '${mode}'`);
    this.scale = scale;
    this.scaleMode = scaleFn !== null ? scaleMode : mode === "exp_range" ? "iterations" : "cycle";
    this.noteMomentum(baseMomentum, maxMomentum);
    this.baseLrs = baseLrs;
    this.initialStep();
  }

  override getLr(): number[] {
    const cycle = Math.floor(1 + this.lastEpoch / this.totalSize);
    const x = 1 + this.lastEpoch / this.totalSize - cycle;
    const height = x <= this.stepRatio ? x / this.stepRatio : (x - 1) / (this.stepRatio - 1);
    const scale = this.scale(this.scaleMode === "cycle" ? cycle : this.lastEpoch);
    if (this.cycleMomentum) {
      for (const group of this.groups) {
        const [least, largest] = [group["baseMomentum"] as number, group["maxMomentum"] as number];
        this.setMomentum(group, largest - (largest - least) * height * scale);
      }
    }
    return this.baseLrs.map((lr, i) => lr + ((this.maxLrs[i] as number) - lr) * height * scale);
  }
}

/** Options of `OneCycleLR`. */
export interface OneCycleLROptions extends Resumed {
  maxLr?: PerGroup;
  totalSteps?: number | null;
  epochs?: number | null;
  stepsPerEpoch?: number | null;
  /** The part of the steps in which the rate rises. */
  pctStart?: number;
  annealStrategy?: "cos" | "linear";
  cycleMomentum?: boolean;
  baseMomentum?: PerGroup;
  maxMomentum?: PerGroup;
  /** The largest rate divided by this is the first. */
  divFactor?: number;
  /** The first rate divided by this is the last. */
  finalDivFactor?: number;
  threePhase?: boolean;
}

/** A part of the cycle: where it ends, and between which noted values rate and momentum move. */
type Phase = readonly [end: number, rates: readonly [from: string, to: string], momenta: readonly [from: string, to: string]];

const anneal: Readonly<Record<string, (start: number, end: number, part: number) => number>> = {
  cos: (start, end, part) => end + ((start - end) / 2) * (Math.cos(Math.PI * part) + 1),
  linear: (start, end, part) => (end - start) * part + start,
};

function stepsOf(total: number | null, epochs: number | null, perEpoch: number | null): number {
  const positive = (name: string, value: number): number => {
    if (value <= 0) throw new ArgumentError(`OneCycleLR: Expected positive integer ${name}, but got ${value}`);
    return value;
  };
  if (total !== null) return positive("total_steps", total);
  if (epochs === null || perEpoch === null)
    throw new ArgumentError("OneCycleLR: You must define either total_steps OR (epochs AND steps_per_epoch)");
  return positive("epochs", epochs) * positive("steps_per_epoch", perEpoch);
}

/**
 * One rise of the rate to `maxLr` and a long fall far below its start. Call `step` after every batch.
 *
 * Source: Smith and Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates", 2017.
 */
export class OneCycleLR extends WithMomentum {
  readonly totalSteps: number;
  /** Functions are no state. */
  private readonly phases: () => readonly Phase[];
  private readonly annealed: (start: number, end: number, part: number) => number;

  constructor(
    optimizer: Scheduled,
    ...args: Args<
      [maxLr: PerGroup, totalSteps: number | null, epochs: number | null, stepsPerEpoch: number | null, pctStart: number],
      OneCycleLROptions
    >
  ) {
    const signature =
      "OneCycleLR(any maxLr, int? totalSteps=null, int? epochs=null, int? stepsPerEpoch=null, float pctStart=0.3, str annealStrategy='cos', bool cycleMomentum=true, any baseMomentum=0.85, any maxMomentum=0.95, float divFactor=25, float finalDivFactor=10000, bool threePhase=false, int lastEpoch=-1)";
    const [
      maxLr,
      total,
      epochs,
      perEpoch,
      pctStart,
      strategy,
      cycleMomentum,
      baseMomentum,
      maxMomentum,
      divFactor,
      finalDivFactor,
      threePhase,
      lastEpoch,
    ] = settings(signature, args) as [
      PerGroup,
      number | null,
      number | null,
      number | null,
      number,
      string,
      boolean,
      unknown,
      unknown,
      number,
      number,
      boolean,
      number,
    ];
    super(optimizer, lastEpoch, cycleMomentum);
    const steps = stepsOf(total, epochs, perEpoch);
    this.totalSteps = steps;
    if (!(pctStart >= 0 && pctStart <= 1))
      throw new ArgumentError(`OneCycleLR: Expected float between 0 and 1 pct_start, but got ${pctStart}`);
    const annealed = anneal[strategy];
    if (annealed === undefined)
      throw new ArgumentError(`OneCycleLR: anneal_strategy must be one of 'cos' or 'linear', instead got ${strategy}`);
    this.annealed = annealed;
    const [fall, rise] = [
      ["maxMomentum", "baseMomentum"],
      ["baseMomentum", "maxMomentum"],
    ] as const;
    const up: Phase = [pctStart * steps - 1, ["initialLr", "maxLr"], fall];
    const phases: readonly Phase[] = threePhase
      ? [up, [2 * pctStart * steps - 2, ["maxLr", "initialLr"], rise], [steps - 1, ["initialLr", "minLr"], ["maxMomentum", "maxMomentum"]]]
      : [up, [steps - 1, ["maxLr", "minLr"], rise]];
    this.phases = () => phases;
    const largest = this.perGroup("max_lr", maxLr);
    if (lastEpoch === -1) {
      this.groups.forEach((group, i) => {
        const initialLr = (largest[i] as number) / divFactor;
        Object.assign(group, { initialLr, maxLr: largest[i], minLr: initialLr / finalDivFactor });
      });
    }
    this.noteMomentum(baseMomentum, maxMomentum);
    this.start();
  }

  override getLr(): number[] {
    const step = this.lastEpoch;
    if (step > this.totalSteps)
      throw new ArgumentError(`OneCycleLR: Tried to step ${step} times. The specified number of total steps is ${this.totalSteps}`);
    const phases = this.phases();
    const at = phases.findIndex(([end], i) => step <= end || i === phases.length - 1);
    const [end, rates, momenta] = phases[at] as Phase;
    const begin = phases[at - 1]?.[0] ?? 0;
    const part = (step - begin) / (end - begin);
    return this.groups.map((group) => {
      const between = ([from, to]: readonly [string, string]): number => this.annealed(group[from] as number, group[to] as number, part);
      if (this.cycleMomentum) this.setMomentum(group, between(momenta));
      return between(rates);
    });
  }
}
