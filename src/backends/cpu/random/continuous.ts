/** Continuous distributions: each fills a run of floating-point elements from a generator, as PyTorch's in-place methods do. */

import { ArgumentError } from "../../../core/errors.js";
import { BLOCK, boxMullerFloat32, boxMullerFloat64 } from "./boxMuller.js";
import { type FloatElements, rounding, storeInto } from "./elements.js";
import { fmaFloat64 } from "./fma.js";
import type { Mt19937 } from "./mt19937.js";

type Float32Elements = Extract<FloatElements, { dtype: "float32" }>;
type Float64Elements = Extract<FloatElements, { dtype: "float64" }>;

/** The largest finite number of each dtype. */
const largest: Readonly<Record<FloatElements["dtype"], number>> = {
  float16: 65504,
  bfloat16: 2 ** 127 * (2 - 2 ** -7),
  float32: 2 ** 127 * (2 - 2 ** -23),
  float64: Number.MAX_VALUE,
};

/**
 * Uniform numbers in [from, to): `from + u (to - from)`, fused. A float64 takes 53 bits (two draws), any other dtype 24 (one draw);
 * what rounds up to `to` becomes `from`. `Tensor.uniform_`.
 *
 * @throws ArgumentError if `from > to` or the bounds or their distance leave the dtype's range.
 * @example
 * const data = new Float32Array(3);
 * uniform_(new Mt19937(42), { dtype: "float32", data, start: 0, count: 3 }); // data: [0.8823, 0.9150, 0.3829]
 */
export function uniform_(generator: Mt19937, elements: FloatElements, from = 0, to = 1): void {
  const { dtype } = elements;
  const limit = largest[dtype];
  if (!(Math.abs(from) <= limit)) throw new ArgumentError(`uniform_: from = ${from} is out of bounds for ${dtype}`);
  if (!(Math.abs(to) <= limit)) throw new ArgumentError(`uniform_: to = ${to} is out of bounds for ${dtype}`);
  if (from > to) throw new ArgumentError(`uniform_ expects to return a [from, to) range, but found from=${from} > to=${to}`);
  if (!(to - from <= limit)) {
    throw new ArgumentError(`uniform_: to - from = ${to - from} exceeds the largest ${dtype}, ${limit}`);
  }
  switch (dtype) {
    case "float64":
      return uniformFloat64(generator, elements, from, to);
    case "float32":
      return uniformFloat32(generator, elements, Math.fround(from), Math.fround(to));
    default:
      return uniformHalves(generator, elements, from, to);
  }
}

function uniformFloat64(generator: Mt19937, elements: Float64Elements, from: number, to: number): void {
  const { data, start, count } = elements;
  const width = to - from;
  for (let i = start; i < start + count; i++) {
    const value = fmaFloat64(generator.uniform53(), width, from);
    data[i] = value === to ? from : value;
  }
}

function uniformFloat32(generator: Mt19937, elements: Float32Elements, from: number, to: number): void {
  const { data, start, count } = elements;
  generator.uniforms24(data, start, count);
  if (from === 0 && to === 1) return;
  const width = Math.fround(to - from);
  for (let i = start; i < start + count; i++) {
    const value = Math.fround((data[i] as number) * width + from);
    data[i] = value === to ? from : value;
  }
}

/** Computed in float32, then rounded. */
function uniformHalves(generator: Mt19937, elements: FloatElements, from: number, to: number): void {
  const store = storeInto(elements);
  const round = rounding(elements.dtype);
  const low = Math.fround(from);
  const width = Math.fround(Math.fround(to) - low);
  const excluded = round(to);
  for (let i = 0; i < elements.count; i++) {
    const value = round(Math.fround(generator.uniform24() * width + low));
    store(i, value === excluded ? from : value);
  }
}

/**
 * Normal numbers of the given mean and standard deviation by the Box–Muller transform. `Tensor.normal_` on a contiguous tensor.
 *
 * Fewer than 16 elements come one by one in float64, the second of each pair waiting in the generator's cache. Sixteen or more come
 * in blocks of 16 in float32 (float64 for float64), without the cache; when 16 does not divide their number, the last 16 are drawn
 * anew at the end.
 *
 * @throws ArgumentError if `std` is negative.
 * @example
 * const data = new Float32Array(3);
 * normal_(new Mt19937(42), { dtype: "float32", data, start: 0, count: 3 }); // data: [0.3367, 0.1288, 0.2345]
 */
export function normal_(generator: Mt19937, elements: FloatElements, mean = 0, std = 1): void {
  if (elements.count < BLOCK) return normalSerial_(generator, elements, mean, std);
  checkStd(std);
  switch (elements.dtype) {
    case "float64": {
      const uniforms = (at: number, count: number): void => uniformFloat64(generator, { ...elements, start: at, count }, 0, 1);
      return normalBlocks(elements, uniforms, (at) => boxMullerFloat64(elements.data, at, mean, std));
    }
    case "float32": {
      const [m, s] = [Math.fround(mean), Math.fround(std)];
      const uniforms = (at: number, count: number): void => generator.uniforms24(elements.data, at, count);
      return normalBlocks(elements, uniforms, (at) => boxMullerFloat32(elements.data, at, m, s));
    }
    default:
      return normalHalves(generator, elements, Math.fround(mean), Math.fround(std));
  }
}

/**
 * Normal numbers one by one, however many: what `Tensor.normal_` does on a tensor that is not contiguous.
 * @throws ArgumentError if `std` is negative.
 */
export function normalSerial_(generator: Mt19937, elements: FloatElements, mean = 0, std = 1): void {
  checkStd(std);
  const store = storeInto(elements);
  for (let i = 0; i < elements.count; i++) store(i, fmaFloat64(standardNormal(generator), std, mean));
}

/** One standard normal in float64: from the cache, or the first of a new pair. */
export function standardNormal(generator: Mt19937): number {
  const cached = generator.nextDoubleNormal;
  if (cached !== undefined) {
    generator.nextDoubleNormal = undefined;
    return cached;
  }
  const theta = 2 * Math.PI * generator.uniform53();
  const radius = Math.sqrt(-2 * Math.log1p(-generator.uniform53()));
  generator.nextDoubleNormal = radius * Math.sin(theta);
  return radius * Math.cos(theta);
}

/** All uniforms first, then the blocks in place. */
function normalBlocks({ start, count }: FloatElements, uniforms: (at: number, count: number) => void, block: (at: number) => void): void {
  const end = start + count;
  uniforms(start, count);
  for (let at = start; at + BLOCK <= end; at += BLOCK) block(at);
  if (count % BLOCK === 0) return;
  uniforms(end - BLOCK, BLOCK);
  block(end - BLOCK);
}

/** Half floats: block after block in float32, and no uniforms for the elements that the last block replaces. */
function normalHalves(generator: Mt19937, elements: FloatElements, mean: number, std: number): void {
  const store = storeInto(elements);
  const buffer = new Float32Array(BLOCK);
  const { count } = elements;
  const block = (at: number): void => {
    generator.uniforms24(buffer, 0, BLOCK);
    boxMullerFloat32(buffer, 0, mean, std);
    for (let j = 0; j < BLOCK; j++) store(at + j, buffer[j] as number);
  };
  for (let at = 0; at + BLOCK <= count; at += BLOCK) block(at);
  if (count % BLOCK !== 0) block(count - BLOCK);
}

/**
 * Exponential numbers of rate `lambda`: `-log1p(-u) / lambda` in float64. `Tensor.exponential_`.
 * @throws ArgumentError unless `lambda > 0`.
 */
export function exponential_(generator: Mt19937, elements: FloatElements, lambda = 1): void {
  if (!(lambda > 0)) throw new ArgumentError(`exponential_ expects lambda > 0.0, but found lambda=${lambda}`);
  const store = storeInto(elements);
  const scale = -1 / lambda;
  for (let i = 0; i < elements.count; i++) store(i, scale * Math.log1p(-generator.uniform53()));
}

/**
 * Cauchy numbers: `median + sigma tan(pi (u - 1/2))` in float64. `Tensor.cauchy_`.
 * @throws ArgumentError unless `sigma > 0`.
 */
export function cauchy_(generator: Mt19937, elements: FloatElements, median = 0, sigma = 1): void {
  if (!(sigma > 0)) throw new ArgumentError(`cauchy_ expects sigma > 0.0, but found sigma=${sigma}`);
  const store = storeInto(elements);
  for (let i = 0; i < elements.count; i++) {
    store(i, fmaFloat64(sigma, Math.tan(Math.PI * (generator.uniform53() - 0.5)), median));
  }
}

/**
 * Numbers whose logarithms are normal: `exp(mean + std n)` in float64, the normals one by one. `Tensor.log_normal_`.
 * @throws ArgumentError unless `std > 0`.
 */
export function logNormal_(generator: Mt19937, elements: FloatElements, mean = 1, std = 2): void {
  if (!(std > 0)) throw new ArgumentError(`log_normal_ expects std > 0.0, but found std=${std}`);
  const store = storeInto(elements);
  for (let i = 0; i < elements.count; i++) store(i, Math.exp(fmaFloat64(standardNormal(generator), std, mean)));
}

function checkStd(std: number): void {
  if (!(std >= 0)) throw new ArgumentError(`normal expects std >= 0.0, but found std ${std}`);
}
