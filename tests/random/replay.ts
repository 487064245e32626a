/** Repeats the calls of streams.py with flambeau's generator. */

import { createHash } from "node:crypto";
import { loadFrom, storeInto } from "../../src/backends/cpu/random/elements.js";
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
  poisson_,
  random_,
  randomInt_,
  randperm,
  standardGamma_,
  truncNormal_,
  uniform_,
} from "../../src/backends/cpu/random/index.js";
import { type DTypeName, dtypes } from "../../src/core/dtype.js";

/** One call and what PyTorch drew: integers of int64 and integer arguments as strings. */
export interface Case {
  readonly name: string;
  readonly dtype: DTypeName;
  readonly n: number;
  readonly args: readonly (string | number | boolean | null)[];
  readonly seed: number;
  readonly out: readonly (string | number | boolean)[];
  /** The start of the SHA-256 of the twister's part of `get_state()` afterwards. */
  readonly state: string;
}

/** What flambeau draws for a case. */
export interface Drawn {
  readonly values: readonly number[] | readonly bigint[];
  readonly state: string;
}

export function replay(row: Case): Drawn {
  const generator = new Mt19937(row.seed);
  const values = draw(row, generator);
  return { values, state: digest(generator) };
}

/** The start of the SHA-256 of the twister's state, without the cached normals. */
export function digest(generator: Mt19937): string {
  return createHash("sha256").update(generator.state().subarray(0, 5016)).digest("hex").slice(0, 16);
}

/** A run of `count` zeros. */
export function zeros(name: DTypeName, count: number): Elements {
  const dtype = dtypes.find((candidate) => candidate.name === name);
  if (dtype === undefined) throw new Error(`no dtype ${name}`);
  return elementsOf(name, new dtype.array(count));
}

export function floatZeros(name: DTypeName, count: number): FloatElements {
  const elements = zeros(name, count);
  if (!isFloat(elements)) throw new Error(`${name} is not a float`);
  return elements;
}

/** The values of a run; half floats decoded. */
export function valuesOf(elements: Elements): readonly number[] | readonly bigint[] {
  if (elements.dtype === "int64") return Array.from(elements.data);
  if (isFloat(elements)) return Array.from({ length: elements.count }, (_, i) => loadFrom(elements)(i));
  return Array.from(elements.data);
}

function ramp(dtype: DTypeName, count: number, value: (i: number) => number): FloatElements {
  const elements = floatZeros(dtype, count);
  const store = storeInto(elements);
  for (let i = 0; i < count; i++) store(i, value(i + 1));
  return elements;
}

function draw(row: Case, generator: Mt19937): readonly number[] | readonly bigint[] {
  const { name, dtype, n, args } = row;
  const number = (i: number): number => Number(args[i]);
  if (name === "randperm") return Array.from(randperm(generator, n), BigInt);
  if (name === "multinomial") {
    const samples = number(0);
    const out = zeros("int64", 2 * samples);
    if (isFloat(out)) throw new Error("int64 is not a float");
    const weights = ramp(dtype, 2 * n, (i) => (i <= n ? i : (2 * n + 1 - i) ** 2));
    multinomial_(generator, out, weights, n, samples, args[1] === true);
    return valuesOf(out);
  }
  const out = zeros(dtype, n);
  if (name === "bernoulli_") bernoulli_(generator, out, number(0));
  else if (name === "geometric_") geometric_(generator, out, number(0));
  else if (name === "random_") drawIntegers(row, generator, out);
  else if (isFloat(out)) drawFloats(row, generator, out);
  else throw new Error(`no call ${name} for ${dtype}`);
  return valuesOf(out);
}

function drawIntegers({ args }: Case, generator: Mt19937, out: Elements): void {
  const [from, to] = args;
  if (from === undefined) random_(generator, out);
  else randomInt_(generator, out, BigInt(String(from)), to === null ? undefined : BigInt(String(to)));
}

function drawFloats({ name, dtype, n, args }: Case, generator: Mt19937, out: FloatElements): void {
  const [a, b, c, d] = args.map(Number);
  switch (name) {
    case "uniform_":
      return uniform_(generator, out, a, b);
    case "normal_":
      return normal_(generator, out, a, b);
    case "exponential_":
      return exponential_(generator, out, a);
    case "cauchy_":
      return cauchy_(generator, out, a, b);
    case "log_normal_":
      return logNormal_(generator, out, a, b);
    case "trunc_normal_":
      return truncNormal_(generator, out, a, b, c, d);
    case "bernoulli":
      return bernoulliEach_(
        generator,
        out,
        ramp(dtype, n, (i) => i / (n + 1)),
      );
    case "poisson":
      return poisson_(
        generator,
        out,
        ramp(dtype, n, (i) => i * 0.37),
      );
    case "binomial":
      return binomial_(
        generator,
        out,
        ramp(dtype, n, (i) => i * 3),
        ramp(dtype, n, (i) => i / (n + 1)),
      );
    case "standard_gamma":
      return standardGamma_(
        generator,
        out,
        ramp(dtype, n, (i) => i * 0.17),
      );
    case "dirichlet":
      return dirichlet_(
        generator,
        out,
        ramp(dtype, n, (i) => i * 0.17),
        4,
      );
    default:
      throw new Error(`no call ${name}`);
  }
}
