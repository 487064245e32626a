/** Schedules given by the user's functions. */

import { ArgumentError } from "../../core/errors.js";
import type { Args } from "../../tensor/dispatch.js";
import type { Resumed } from "./decay.js";
import { LRScheduler, type Scheduled, settings } from "./scheduler.js";

type Factor = (epoch: number) => number;
type LambdaArguments = Args<[lrLambda: Factor | readonly Factor[], lastEpoch: number], Resumed & { lrLambda?: Factor | readonly Factor[] }>;

abstract class ByFunction extends LRScheduler {
  /** The function of each group. It is no data, so not part of the state. */
  private readonly factors: () => readonly Factor[];

  constructor(name: string, optimizer: Scheduled, args: readonly unknown[]) {
    const [lambda, lastEpoch] = settings(`${name}(any lrLambda, int lastEpoch=-1)`, args) as [unknown, number];
    super(optimizer, lastEpoch);
    const { length } = this.groups;
    const list: readonly unknown[] = Array.isArray(lambda) ? lambda : new Array<unknown>(length).fill(lambda);
    if (list.length !== length) throw new ArgumentError(`${name}: Expected ${length} lr_lambdas, but got ${list.length}`);
    for (const one of list)
      if (typeof one !== "function") throw new ArgumentError(`${name}: lr_lambda should be a function, but got ${typeof one}`);
    this.factors = () => list as readonly Factor[];
    this.start();
  }

  /** Rates times the factors of the epoch. */
  protected scaled(rates: readonly number[]): number[] {
    return this.factors().map((factor, i) => (rates[i] as number) * factor(this.lastEpoch));
  }
}

/** The initial rate times a function of the epoch. */
export class LambdaLR extends ByFunction {
  constructor(optimizer: Scheduled, ...args: LambdaArguments) {
    super("LambdaLR", optimizer, args);
  }

  override getLr(): number[] {
    return this.scaled(this.baseLrs);
  }
}

/** The last rate times a function of the epoch. */
export class MultiplicativeLR extends ByFunction {
  constructor(optimizer: Scheduled, ...args: LambdaArguments) {
    super("MultiplicativeLR", optimizer, args);
  }

  override getLr(): number[] {
    return this.isInitial ? this.current : this.scaled(this.current);
  }
}
