/** What all schedulers share: counting epochs, writing learning rates into the optimiser's groups, and exchange of state. */

import { ArgumentError } from "../../core/errors.js";
import { bind, parseSchema } from "../../tensor/schema.js";
import { Optimizer } from "../optimizer.js";

/** An optimiser whose groups have a learning rate. */
export type Scheduled = Optimizer<{ lr: number }>;

/** A group of an optimiser, with what schedulers note in it. */
export interface ScheduledGroup {
  lr: number;
  initialLr?: number;
  [name: string]: unknown;
}

/** A scheduler's state as data, under PyTorch's names. */
export type SchedulerStateDict = Record<string, unknown>;

const privateNames: Readonly<Record<string, string>> = { stepCount: "_step_count", lastLr: "_last_lr" };
const publicNames: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(privateNames).map(([ours, theirs]) => [theirs, ours]),
);

const snake = (name: string): string =>
  privateNames[name] ?? name.replace(/(?<=[A-Za-z0-9])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^T(\d)/, "T_$1");
const camel = (name: string): string => publicNames[name] ?? name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** The values of a scheduler's arguments after the optimiser, from its signature. */
export function settings(signature: string, args: readonly unknown[]): unknown[] {
  return bind(parseSchema(signature), args);
}

/**
 * The base of schedulers. A subclass gives the learning rates of an epoch.
 *
 * Source: the schedules follow `torch.optim.lr_scheduler` of PyTorch 2.13.
 */
export abstract class LRScheduler {
  /** The epoch whose rates are in place. */
  lastEpoch: number;
  /** The rates that the schedule starts from. */
  baseLrs: number[] = [];
  /** How often `step` was called, the first time by the constructor. */
  stepCount = 0;
  /** The rates now in place. */
  lastLr: number[] = [];
  readonly optimizer: Scheduled;
  /** Whether the rates of the first epoch are being set. */
  protected isInitial = false;

  constructor(optimizer: unknown, lastEpoch: number) {
    if (!(optimizer instanceof Optimizer))
      throw new ArgumentError(`${this.constructor.name}: ${optimizer === null ? "null" : typeof optimizer} is not an Optimizer`);
    this.optimizer = optimizer as Scheduled;
    this.lastEpoch = lastEpoch;
    this.groups.forEach((group, i) => {
      if (lastEpoch === -1) group.initialLr ??= group.lr;
      else if (group.initialLr === undefined)
        throw new ArgumentError(
          `${this.constructor.name}: param 'initial_lr' is not specified in param_groups[${i}] when resuming scheduler with last_epoch >= 0: load the optimiser's state first`,
        );
    });
  }

  /** The optimiser's groups. */
  protected get groups(): ScheduledGroup[] {
    return this.optimizer.paramGroups as object[] as ScheduledGroup[];
  }

  /** The rates in the groups now. */
  protected get current(): number[] {
    return this.groups.map((group) => group.lr);
  }

  /** Sets the rates of the first epoch; the last act of every constructor. */
  protected start(): void {
    this.baseLrs = this.groups.map((group) => group.initialLr as number);
    this.initialStep();
  }

  /** @internal Sets the rates of the first epoch. */
  initialStep(): void {
    this.stepCount = 0;
    this.isInitial = true;
    try {
      this.step();
    } finally {
      this.isInitial = false;
    }
  }

  /** The rates of `lastEpoch`, one for each group. */
  abstract getLr(): number[];

  /** The rates of an epoch by a formula, where there is one. */
  protected closedForm(): number[] {
    return this.getLr();
  }

  /** The rates that are in place. */
  getLastLr(): number[] {
    return this.lastLr;
  }

  /** Goes on to the next epoch, or to a given one. */
  step(epoch: number | null = null): void {
    this.stepCount++;
    this.update(epoch);
  }

  /** @internal Sets the rates of the next epoch, or of a given one. */
  update(epoch: number | null = null): void {
    this.lastEpoch = epoch ?? this.lastEpoch + 1;
    this.apply(epoch === null ? this.getLr() : this.closedForm());
  }

  /** Writes rates into the groups. */
  protected apply(rates: readonly number[]): void {
    this.groups.forEach((group, i) => {
      group.lr = rates[i] as number;
    });
    this.lastLr = this.current;
  }

  /** One value for every group, from one for all or a list. */
  protected perGroup(name: string, value: unknown): number[] {
    const { length } = this.groups;
    if (!Array.isArray(value)) return new Array<number>(length).fill(value as number);
    if (value.length !== length)
      throw new ArgumentError(
        `${this.constructor.name}: ${name} must have the same length as optimizer.param_groups. ${name} has ${value.length} values, param_groups has ${length}.`,
      );
    return [...value] as number[];
  }

  /** The state as data. Functions that the user gave are not part of it. */
  stateDict(): SchedulerStateDict {
    const entries = Object.entries(this).filter(
      ([name, value]) => name !== "optimizer" && name !== "isInitial" && typeof value !== "function",
    );
    return Object.fromEntries(entries.map(([name, value]) => [snake(name), Array.isArray(value) ? [...(value as unknown[])] : value]));
  }

  /** Takes over a state that `stateDict` (or PyTorch's `state_dict`) gave. What this scheduler does not have is left out. */
  loadStateDict(dict: SchedulerStateDict): void {
    for (const [key, value] of Object.entries(dict)) {
      const name = camel(key);
      if (Object.hasOwn(this, name) && name !== "optimizer")
        Object.assign(this, { [name]: Array.isArray(value) ? [...(value as unknown[])] : value });
    }
  }
}
