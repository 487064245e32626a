/** The share of a dataset that one of several processes trains on. */

import { ArgumentError } from "../core/errors.js";
import { randperm } from "../ops/random/sampled.js";
import { Generator } from "../tensor/generator.js";
import { Sampler } from "./sampler.js";

/** Options of `DistributedSampler`. */
export interface DistributedSamplerOptions {
  /** The number of processes. */
  numReplicas: number;
  /** Which of them this is, from 0 on. */
  rank: number;
  /** Whether the order changes with every epoch. */
  shuffle?: boolean;
  /** What the order depends on; the same in all processes. */
  seed?: number;
  /** Whether items that cannot be shared out evenly are left out; else some are taken twice. */
  dropLast?: boolean;
}

/**
 * Every `numReplicas`-th item from `rank` on, in PyTorch's order for the same seed. Call `setEpoch` before every epoch, else all have one order.
 * @example
 * ```ts
 * const sampler = new torch.utils.data.DistributedSampler([10, 11, 12, 13, 14], { numReplicas: 2, rank: 1, shuffle: false });
 * [...sampler]; // [1, 3, 0]
 * ```
 */
export class DistributedSampler extends Sampler {
  readonly numReplicas: number;
  readonly rank: number;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly dropLast: boolean;
  /** The number of the epoch, which the order depends on. */
  epoch = 0;

  /** @throws {ArgumentError} unless `rank` lies in `[0, numReplicas)`. */
  constructor(
    readonly dataset: { readonly length: number },
    { numReplicas, rank, shuffle = true, seed = 0, dropLast = false }: DistributedSamplerOptions,
  ) {
    super();
    if (!(Number.isInteger(numReplicas) && numReplicas > 0))
      throw new ArgumentError(`DistributedSampler: numReplicas must be a positive whole number, got ${numReplicas}`);
    if (!(Number.isInteger(rank) && rank >= 0 && rank < numReplicas))
      throw new ArgumentError(`DistributedSampler: Invalid rank ${rank}, rank should be in the interval [0, ${numReplicas - 1}]`);
    this.numReplicas = numReplicas;
    this.rank = rank;
    this.shuffle = shuffle;
    this.seed = seed;
    this.dropLast = dropLast;
  }

  override get length(): number {
    const { length } = this.dataset;
    return this.dropLast ? Math.floor(length / this.numReplicas) : Math.ceil(length / this.numReplicas);
  }

  override *[Symbol.iterator](): Iterator<number> {
    const { length } = this.dataset;
    const order = this.shuffle
      ? (randperm(length, { generator: new Generator().manualSeed(this.seed + this.epoch) }).tolist() as number[])
      : Array.from({ length }, (_, i) => i);
    const total = this.length * this.numReplicas;
    for (let i = this.rank; i < total; i += this.numReplicas) yield order[i % length] as number;
  }

  /** Makes the order that of an epoch. */
  setEpoch(epoch: number): void {
    this.epoch = epoch;
  }
}
