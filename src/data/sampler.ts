/** Samplers: in which order items are taken. */

import { backendOf } from "../backend/registry.js";
import { Device } from "../core/device.js";
import { float64, int32, int64 } from "../core/dtype.js";
import { ArgumentError } from "../core/errors.js";
import { formatShape } from "../core/shape.js";
import { tensor } from "../ops/create/tensor.js";
import { multinomial } from "../ops/random/choices.js";
import { randint, randperm } from "../ops/random/sampled.js";
import { defaultGenerator, Generator } from "../tensor/generator.js";
import { Tensor } from "../tensor/tensor.js";

/** Numbers of items, in the order in which they are to be taken. */
export abstract class Sampler<T = number> implements Iterable<T> {
  abstract [Symbol.iterator](): Iterator<T>;
  /** How many there are. */
  abstract get length(): number;
}

/** Numbers up to here fit into int32, which is read without bigints. The stream is the same. */
const LARGEST_INT32 = 2 ** 31 - 1;

/** The numbers from 0 to before `n` in a random order. */
function permutation(n: number, generator: Generator | null): number[] {
  const order = randperm(n, { dtype: n <= LARGEST_INT32 ? int32 : int64, ...(generator === null ? {} : { generator }) });
  const values = order.storage.backend.read(order);
  const numbers = new Array<number>(n);
  for (let i = 0; i < n; i++) numbers[i] = Number(values[i]);
  return numbers;
}

/** What has a length. */
interface Sized {
  readonly length: number;
}

/** A seed as PyTorch draws it for its loaders: 63 bits of the default (or given) stream. */
export function drawSeed(generator: Generator | null): bigint {
  const source = generator ?? defaultGenerator(backendOf(Device.of("cpu")));
  return source.current.draw(64) & 0x7fffffffffffffffn;
}

/** Items in their order. */
export class SequentialSampler extends Sampler {
  constructor(readonly dataSource: Sized) {
    super();
  }

  override *[Symbol.iterator](): Iterator<number> {
    for (let i = 0; i < this.dataSource.length; i++) yield i;
  }

  override get length(): number {
    return this.dataSource.length;
  }
}

/** Options of `RandomSampler`. */
export interface RandomSamplerOptions {
  /** Whether an item may be taken again before all were. */
  replacement?: boolean;
  /** How many items are taken; by default as many as there are. */
  numSamples?: number | null;
  generator?: Generator | null;
}

/** Items in a random order, PyTorch's for the same seed. */
export class RandomSampler extends Sampler {
  readonly replacement: boolean;
  readonly generator: Generator | null;
  private readonly count: number | null;

  constructor(
    readonly dataSource: Sized,
    options: RandomSamplerOptions = {},
  ) {
    super();
    this.replacement = options.replacement ?? false;
    this.generator = options.generator ?? null;
    this.count = options.numSamples ?? null;
    if (!Number.isInteger(this.length) || this.length <= 0)
      throw new ArgumentError(`RandomSampler: num_samples should be a positive integer value, but got num_samples=${this.length}`);
  }

  override get length(): number {
    return this.count ?? this.dataSource.length;
  }

  override *[Symbol.iterator](): Iterator<number> {
    for (const run of this.runs()) yield* run;
  }

  /** @internal The numbers in the runs in which they are drawn. */
  *runs(): Iterable<readonly number[]> {
    const n = this.dataSource.length;
    const generator = this.generator ?? new Generator().manualSeed(drawSeed(null));
    if (this.replacement) {
      for (let left = this.length; left > 0; left -= 32)
        yield randint(n, [Math.min(left, 32)], { dtype: int64, generator }).tolist() as number[];
      return;
    }
    const rounds = Math.floor(this.length / n);
    for (let round = 0; round < rounds; round++) yield permutation(n, generator);
    yield permutation(n, generator).slice(0, this.length % n);
  }
}

/** The given items in a random order. */
export class SubsetRandomSampler extends Sampler {
  constructor(
    readonly indices: readonly number[],
    readonly generator: Generator | null = null,
  ) {
    super();
  }

  override *[Symbol.iterator](): Iterator<number> {
    for (const i of permutation(this.indices.length, this.generator)) yield this.indices[i] as number;
  }

  override get length(): number {
    return this.indices.length;
  }
}

function weightsOf(weights: readonly number[] | Tensor): Tensor {
  return weights instanceof Tensor ? weights.detach().to(float64) : tensor([...weights], { dtype: float64 });
}

/** Items with probabilities in proportion to weights. */
export class WeightedRandomSampler extends Sampler {
  constructor(
    readonly weights: readonly number[] | Tensor,
    readonly numSamples: number,
    readonly replacement: boolean = true,
    readonly generator: Generator | null = null,
  ) {
    super();
    if (!Number.isInteger(numSamples) || numSamples <= 0)
      throw new ArgumentError(`WeightedRandomSampler: num_samples should be a positive integer value, but got num_samples=${numSamples}`);
    const { shape } = weightsOf(weights);
    if (shape.length !== 1)
      throw new ArgumentError(`WeightedRandomSampler: weights should be a 1d sequence but given weights have shape ${formatShape(shape)}`);
  }

  override *[Symbol.iterator](): Iterator<number> {
    const weights = weightsOf(this.weights);
    yield* multinomial(
      weights,
      this.numSamples,
      this.replacement,
      this.generator === null ? {} : { generator: this.generator },
    ).tolist() as number[];
  }

  override get length(): number {
    return this.numSamples;
  }
}

/** Whether a sampler gives its numbers in runs: one generator less to resume for each of them. A subclass may iterate as it likes. */
function isPlainRandom(sampler: Iterable<number>): sampler is RandomSampler {
  return sampler instanceof RandomSampler && sampler[Symbol.iterator] === RandomSampler.prototype[Symbol.iterator];
}

/** Groups what a sampler gives into batches. */
export class BatchSampler extends Sampler<number[]> {
  constructor(
    readonly sampler: Iterable<number> & Sized,
    readonly batchSize: number,
    readonly dropLast: boolean,
  ) {
    super();
    if (!Number.isInteger(batchSize) || batchSize <= 0)
      throw new ArgumentError(`BatchSampler: batch_size should be a positive integer value, but got batch_size=${batchSize}`);
  }

  override *[Symbol.iterator](): Iterator<number[]> {
    const { sampler, batchSize } = this;
    let batch: number[] = [];
    for (const run of isPlainRandom(sampler) ? sampler.runs() : [sampler]) {
      for (const index of run) {
        batch.push(index);
        if (batch.length === batchSize) {
          yield batch;
          batch = [];
        }
      }
    }
    if (batch.length > 0 && !this.dropLast) yield batch;
  }

  override get length(): number {
    const { length } = this.sampler;
    return this.dropLast ? Math.floor(length / this.batchSize) : Math.ceil(length / this.batchSize);
  }
}
