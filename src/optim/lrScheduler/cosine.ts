/** Schedules along a cosine, without and with restarts. */

import { ArgumentError } from "../../core/errors.js";
import type { Args } from "../../tensor/dispatch.js";
import type { Resumed } from "./decay.js";
import { LRScheduler, type Scheduled, settings } from "./scheduler.js";

/**
 * Lets the rate fall to `etaMin` at epoch `TMax` along half a cosine, and rise again.
 *
 * Source: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2016.
 */
export class CosineAnnealingLR extends LRScheduler {
  readonly TMax: number;
  readonly etaMin: number;

  constructor(
    optimizer: Scheduled,
    ...args: Args<[TMax: number, etaMin: number, lastEpoch: number], Resumed & { TMax?: number; etaMin?: number }>
  ) {
    const [TMax, etaMin, lastEpoch] = settings("CosineAnnealingLR(int TMax, float etaMin=0, int lastEpoch=-1)", args) as [
      number,
      number,
      number,
    ];
    super(optimizer, lastEpoch);
    this.TMax = TMax;
    this.etaMin = etaMin;
    this.start();
  }

  override getLr(): number[] {
    const { TMax, etaMin, lastEpoch } = this;
    if (this.isInitial) return this.current;
    if (this.stepCount === 1 && lastEpoch > 0) return this.closedForm();
    if ((lastEpoch - 1 - TMax) % (2 * TMax) === 0) {
      return this.current.map((lr, i) => lr + (((this.baseLrs[i] as number) - etaMin) * (1 - Math.cos(Math.PI / TMax))) / 2);
    }
    const ratio = (1 + Math.cos((Math.PI * lastEpoch) / TMax)) / (1 + Math.cos((Math.PI * (lastEpoch - 1)) / TMax));
    return this.current.map((lr) => ratio * (lr - etaMin) + etaMin);
  }

  protected override closedForm(): number[] {
    return this.baseLrs.map((lr) => this.etaMin + ((lr - this.etaMin) * (1 + Math.cos((Math.PI * this.lastEpoch) / this.TMax))) / 2);
  }
}

/**
 * Lets the rate fall along half a cosine in `T0` epochs, starts anew, and makes every period `TMult` times as long as the last.
 *
 * Source: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2016.
 */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  readonly T0: number;
  readonly TMult: number;
  readonly etaMin: number;
  /** The length of the running period. */
  TI: number;
  /** Epochs since it began. */
  TCur: number;

  constructor(
    optimizer: Scheduled,
    ...args: Args<
      [T0: number, TMult: number, etaMin: number, lastEpoch: number],
      Resumed & { T0?: number; TMult?: number; etaMin?: number }
    >
  ) {
    const [T0, TMult, etaMin, lastEpoch] = settings(
      "CosineAnnealingWarmRestarts(int T0, int TMult=1, float etaMin=0, int lastEpoch=-1)",
      args,
    ) as [number, number, number, number];
    if (T0 <= 0) throw new ArgumentError(`CosineAnnealingWarmRestarts: Expected positive integer T_0, but got ${T0}`);
    if (TMult < 1) throw new ArgumentError(`CosineAnnealingWarmRestarts: Expected integer T_mult >= 1, but got ${TMult}`);
    super(optimizer, lastEpoch);
    this.T0 = T0;
    this.TI = T0;
    this.TMult = TMult;
    this.etaMin = etaMin;
    this.TCur = lastEpoch;
    this.start();
  }

  override getLr(): number[] {
    return this.baseLrs.map((lr) => this.etaMin + ((lr - this.etaMin) * (1 + Math.cos((Math.PI * this.TCur) / this.TI))) / 2);
  }

  /** Goes on to the next epoch, or to a given one, which may be a fraction: `epoch + batch / batches`. */
  override step(epoch: number | null = null): void {
    const to = epoch ?? (this.lastEpoch < 0 ? 0 : null);
    if (to === null) {
      this.TCur++;
      if (this.TCur >= this.TI) {
        this.TCur %= this.TI;
        this.TI *= this.TMult;
      }
      this.lastEpoch++;
    } else {
      this.goTo(to);
      this.lastEpoch = Math.floor(to);
    }
    this.apply(this.getLr());
  }

  private goTo(epoch: number): void {
    const { T0, TMult } = this;
    if (epoch < 0) throw new ArgumentError(`CosineAnnealingWarmRestarts: Expected non-negative epoch, but got ${epoch}`);
    if (epoch < T0) {
      this.TI = T0;
      this.TCur = epoch;
    } else if (TMult === 1) this.TCur = epoch % T0;
    else {
      const n = Math.trunc(Math.log((epoch / T0) * (TMult - 1) + 1) / Math.log(TMult));
      this.TCur = epoch - (T0 * (TMult ** n - 1)) / (TMult - 1);
      this.TI = T0 * TMult ** n;
    }
  }
}
