/** Random kernels: operands as runs of elements for the library of PyTorch's random streams. */

import type { Distribution, PointwiseInput, RandomState, Sampler } from "../../../backend/contract.js";
import { toRealType } from "../../../core/dtype.js";
import { DeviceError, DTypeError } from "../../../core/errors.js";
import { broadcastStrides, isContiguous, numelOf, type Shape } from "../../../core/shape.js";
import { storeInto, storeWords, wordsOf } from "../random/elements.js";
import {
  bernoulli_,
  bernoulliEach_,
  binomial_,
  cauchy_,
  dirichlet_,
  type Elements,
  elementsOf,
  exponential_,
  type FloatElements,
  geometric_,
  isFloat,
  logNormal_,
  Mt19937,
  multinomial_,
  normal_,
  normalSerial_,
  poisson_,
  type Regenerator,
  random_,
  randomInt_,
  randperm,
  standardGamma_,
  truncNormal_,
  uniform_,
} from "../random/index.js";
import { type CpuOperand, CpuStorage } from "../storage.js";
import { denseOperand, move, toDense } from "./move.js";
import { startOf } from "./raw.js";

/** The state of a CPU generator. */
class CpuRandomState implements RandomState {
  readonly generator: Mt19937;

  constructor(seed: bigint, regenerator: Regenerator | undefined) {
    this.generator = new Mt19937(seed, regenerator);
  }

  get seed(): bigint {
    return this.generator.seed;
  }

  save(): Uint8Array {
    return this.generator.state();
  }

  restore(state: Uint8Array): void {
    this.generator.setState(state);
  }

  draw(bits: 32 | 64): bigint {
    if (bits === 32) return BigInt(this.generator.random32());
    const [high, low] = this.generator.random64();
    return (BigInt(high) << 32n) | BigInt(low);
  }
}

/** See `Backend.randomState`; `regenerator` is that of a library. */
export function randomState(seed: bigint, regenerator: Regenerator | undefined): RandomState {
  return new CpuRandomState(seed, regenerator);
}

function generatorOf(op: string, state: RandomState): Mt19937 {
  if (state instanceof CpuRandomState) return state.generator;
  throw new DeviceError(`${op}: Expected a 'cpu' device type for generator; make one with new Generator('cpu')`);
}

/** See `KernelTable.random`. */
export function random(output: CpuOperand, distribution: Distribution, state: RandomState): void {
  if (output.count === 0) return;
  const generator = generatorOf(distribution.kind, state);
  if (output.dtype.isComplex) return random(partsOf(output), distribution, state);
  if (distribution.kind === "randperm") return fill(output, (elements) => permutation(generator, elements));
  const walk = output.dense ? output : permuted(output, output.shape, memoryOrder(output));
  // On other layouts PyTorch draws normal numbers one by one, however many.
  const serial = distribution.kind === "normal" && !output.dense;
  fill(walk, (elements) => {
    if (serial) normalSerial_(generator, floats(elements), distribution.mean, distribution.std);
    else draw(generator, elements, distribution);
  });
}

function draw(generator: Mt19937, elements: Elements, distribution: Exclude<Distribution, { kind: "randperm" }>): void {
  switch (distribution.kind) {
    case "uniform":
      return uniform_(generator, floats(elements), distribution.from, distribution.to);
    case "normal":
      return normal_(generator, floats(elements), distribution.mean, distribution.std);
    case "exponential":
      return exponential_(generator, floats(elements), distribution.lambda);
    case "cauchy":
      return cauchy_(generator, floats(elements), distribution.median, distribution.sigma);
    case "logNormal":
      return logNormal_(generator, floats(elements), distribution.mean, distribution.std);
    case "bernoulli":
      return bernoulli_(generator, elements, distribution.p);
    case "geometric":
      return geometric_(generator, elements, distribution.p);
    case "truncNormal":
      return truncNormal_(generator, floats(elements), distribution.mean, distribution.std, distribution.a, distribution.b);
    case "anyInteger":
      return random_(generator, elements);
    case "integer": {
      const { from, to } = distribution;
      // All of int64 is asked for by the absence of a bound.
      return from === -(2n ** 63n) && to === 2n ** 63n ? randomInt_(generator, elements, from) : randomInt_(generator, elements, from, to);
    }
  }
}

function permutation(generator: Mt19937, elements: Elements): void {
  const order = randperm(generator, elements.count);
  if (elements.dtype === "int64") {
    const words = wordsOf(elements.data);
    for (let i = 0, at = 2 * elements.start; i < order.length; i++, at += 2) storeWords(words, at, 0, order[i] as number);
    return;
  }
  const store = storeInto(elements);
  for (let i = 0; i < order.length; i++) store(i, order[i] as number);
}

/** See `KernelTable.bernoulli`. */
export function bernoulli(output: CpuOperand, p: CpuOperand, state: RandomState): void {
  if (output.count === 0) return;
  const generator = generatorOf("bernoulli", state);
  const order = memoryOrder(output);
  const probabilities = floats(run(toDense(permuted(p, output.shape, order))));
  fill(permuted(output, output.shape, order), (elements) => bernoulliEach_(generator, elements, probabilities));
}

/** See `KernelTable.sample`. */
export function sample(sampler: Sampler, output: CpuOperand, parameters: readonly PointwiseInput<CpuStorage>[], state: RandomState): void {
  if (output.count === 0) return;
  const generator = generatorOf(sampler, state);
  if (sampler === "uniformWhere") return uniformWhere(generator, output, parameters);
  const given = parameters.map((parameter) => {
    if (typeof parameter !== "object") throw new DTypeError(`${sampler}: expected elements as parameters, got ${parameter}`);
    return floats(run(toDense(parameter)));
  });
  const [first, second] = given as [FloatElements, FloatElements];
  fill(output, (elements) => {
    const to = floats(elements);
    if (sampler === "poisson") poisson_(generator, to, first);
    else if (sampler === "binomial") binomial_(generator, to, first, second);
    else if (sampler === "standardGamma") standardGamma_(generator, to, first);
    else dirichlet_(generator, to, first, output.shape[output.shape.length - 1] as number);
  });
}

function uniformWhere(generator: Mt19937, output: CpuOperand, [mask, from, to]: readonly PointwiseInput<CpuStorage>[]): void {
  const { data, start } = run(toDense(mask as CpuOperand));
  const [low, high] = [Number(from), Number(to)];
  fill(output, (elements) => {
    const store = storeInto(elements);
    for (let i = 0; i < elements.count; i++) store(i, data[start + i] === 0 ? 1 : generator.uniform53() * (high - low) + low);
  });
}

/** See `KernelTable.multinomial`. */
export function multinomial(output: CpuOperand, weights: CpuOperand, replacement: boolean, state: RandomState): void {
  if (output.count === 0) return;
  const generator = generatorOf("multinomial", state);
  const rank = weights.shape.length;
  const categories = weights.shape[rank - 1] as number;
  const samples = output.shape[rank - 1] as number;
  fill(output, (elements) => {
    if (isFloat(elements)) throw new DTypeError(`multinomial: indices are integers, not ${elements.dtype}`);
    multinomial_(generator, elements, floats(run(toDense(weights))), categories, samples, replacement);
  });
}

function floats(elements: Elements): FloatElements {
  if (isFloat(elements)) return elements;
  throw new DTypeError(`random: expected a floating-point dtype, got ${elements.dtype}`);
}

/** The elements of a dense operand. */
function run(operand: CpuOperand): Elements {
  return elementsOf(operand.dtype.name, operand.storage.data, startOf(operand), operand.count);
}

/** Fills an operand in row-major order; one that is not dense gets a copy of what is made in dense memory. */
function fill(operand: CpuOperand, make: (elements: Elements) => void): void {
  if (operand.dense) return make(run(operand));
  const temporary = denseOperand(operand.dtype, operand.shape);
  make(run(temporary));
  move(operand, temporary);
}

/** A complex operand as real numbers, with the parts as a last dimension. */
function partsOf(operand: CpuOperand): CpuOperand {
  const { storage, shape, strides, offset, count } = operand;
  const dtype = toRealType(operand.dtype);
  return {
    storage: new CpuStorage(dtype, storage.length * 2, storage.data, storage.base * 2),
    dtype,
    shape: [...shape, 2],
    strides: [...strides.map((s) => s * 2), 1],
    offset: offset * 2,
    count: count * 2,
    dense: operand.dense,
  };
}

/** The dimensions by falling stride: PyTorch's elementwise loops visit memory in order, whatever the order of dimensions. */
function memoryOrder({ strides }: CpuOperand): number[] {
  return strides.map((_, d) => d).sort((a, b) => (strides[b] as number) - (strides[a] as number) || a - b);
}

/** An operand as its elements appear in a shape of which the dimensions are then reordered. */
function permuted(operand: CpuOperand, shape: Shape, order: readonly number[]): CpuOperand {
  const { storage, dtype, offset } = operand;
  const all = broadcastStrides(operand.shape, operand.strides, shape);
  const sizes = order.map((d) => shape[d] as number);
  const strides = order.map((d) => all[d] as number);
  return { storage, dtype, offset, shape: sizes, strides, count: numelOf(shape), dense: isContiguous(sizes, strides) };
}
