/** Schedulers made of others: one after the other, or all together. */

import { ArgumentError } from "../../core/errors.js";
import { ReduceLROnPlateau } from "./plateau.js";
import { LRScheduler, type Scheduled, type SchedulerStateDict } from "./scheduler.js";

abstract class Combined extends LRScheduler {
  /** The schedulers that take part, behind a function: their states are exchanged on their own. */
  protected readonly parts: () => readonly LRScheduler[];

  constructor(name: string, schedulers: readonly LRScheduler[], optimizer: unknown) {
    super(optimizer, -1);
    if (schedulers.length === 0) throw new ArgumentError(`${name}: expects at least one scheduler, but got no scheduler.`);
    schedulers.forEach((scheduler, i) => {
      if (scheduler instanceof ReduceLROnPlateau)
        throw new ArgumentError(
          `${name}: does not support \`ReduceLROnPlateau\` scheduler as it requires additional arguments to be specified when calling \`step\`, but got one at index ${i}`,
        );
      if (scheduler.optimizer !== this.optimizer)
        throw new ArgumentError(
          `${name}: expects all schedulers to belong to the same optimizer, but got scheduler ${scheduler.constructor.name} at index ${i} with another one`,
        );
    });
    this.parts = () => schedulers;
  }

  override getLr(): number[] {
    return this.current;
  }

  override stateDict(): SchedulerStateDict {
    return { ...super.stateDict(), _schedulers: this.parts().map((scheduler) => scheduler.stateDict()) };
  }

  override loadStateDict(dict: SchedulerStateDict): void {
    super.loadStateDict(dict);
    const states = (dict["_schedulers"] ?? []) as readonly SchedulerStateDict[];
    this.parts().forEach((scheduler, i) => {
      const state = states[i];
      if (state !== undefined) scheduler.loadStateDict(state);
    });
  }

  /** @internal Takes back the step that constructors took. */
  undo(): void {
    for (const part of this.parts()) {
      if (part instanceof Combined) part.undo();
      else part.lastEpoch--;
    }
  }
}

/** One scheduler after the other, changing at the given epochs. */
export class SequentialLR extends Combined {
  readonly milestones: readonly number[];

  constructor(optimizer: Scheduled, schedulers: readonly LRScheduler[], milestones: readonly number[], lastEpoch: number = -1) {
    super("SequentialLR", schedulers, optimizer);
    if (milestones.length !== schedulers.length - 1) {
      throw new ArgumentError(
        `SequentialLR: Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone points, but got number of schedulers ${schedulers.length} and the number of milestones to be equal to ${milestones.length}`,
      );
    }
    this.milestones = [...milestones];
    this.lastEpoch = lastEpoch + 1;
    this.apply(this.groups.map((group) => group.initialLr as number));
    this.undo();
    const first = this.at(0);
    first.initialStep();
    this.lastLr = first.getLastLr();
  }

  private index(epoch: number): number {
    return this.milestones.filter((milestone) => milestone <= epoch).length;
  }

  private at(epoch: number): LRScheduler {
    return this.parts()[this.index(epoch)] as LRScheduler;
  }

  override step(): void {
    this.lastEpoch++;
    const scheduler = this.at(this.lastEpoch);
    const index = this.index(this.lastEpoch);
    if (index > 0 && this.milestones[index - 1] === this.lastEpoch) scheduler.update(0);
    else scheduler.step();
    this.lastLr = scheduler.getLastLr();
  }
}

/** Several schedulers, all in every epoch. */
export class ChainedScheduler extends Combined {
  constructor(schedulers: readonly LRScheduler[], optimizer: Scheduled | null = null) {
    super("ChainedScheduler", schedulers, optimizer ?? schedulers[0]?.optimizer ?? null);
    this.lastLr = this.current;
  }

  override step(): void {
    for (const scheduler of this.parts()) scheduler.step();
    this.lastLr = this.current;
  }
}
