/** Hand-made operands for kernel tests: any dtype, any strides, surrounded by numbers that a kernel must leave alone. */

import fc from "fast-check";
import type { KernelTable, RandomState } from "../../src/backend/contract.js";
import { cpuBackend } from "../../src/backends/cpu/index.js";
import { type CpuOperand, CpuStorage } from "../../src/backends/cpu/storage.js";
import { bfloat16, type DType, dtypes, float16, int64 } from "../../src/core/dtype.js";
import { decodeBfloat16, decodeFloat16, encodeBfloat16, encodeFloat16 } from "../../src/core/half.js";
import { isContiguous, numelOf, type Shape } from "../../src/core/shape.js";

/** The value of an element: a bigint for int64, the two parts for complex types. */
export type Value = number | bigint | readonly [re: number, im: number];

export const real: readonly DType[] = dtypes.filter((dtype) => !dtype.isComplex);
export const kernels: KernelTable<CpuStorage> = cpuBackend.kernels;

/** Whole numbers drawn from a seed. */
export class Chance {
  private readonly state: RandomState;

  constructor(private readonly seed: number) {
    this.state = cpuBackend.randomState(BigInt(seed));
  }

  /** The text by which a failing test can be repeated. */
  toString(): string {
    return `new Chance(${this.seed})`;
  }

  /** A whole number from 0 to `n - 1`. */
  below(n: number): number {
    return Number(this.state.draw(32) % BigInt(n));
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  shuffled<T>(list: readonly T[]): T[] {
    const rest = [...list];
    return list.map(() => rest.splice(this.below(rest.length), 1)[0] as T);
  }

  /** A value that the dtype holds exactly; small, so that many are equal, and now and then special. */
  value(dtype: DType): Value {
    if (dtype.isComplex) return [this.float(), this.float()];
    if (dtype.isFloatingPoint) return this.float();
    if (dtype.kind === "bool") return this.below(2);
    const small = this.below(9) - (dtype.isSigned ? 4 : 0);
    if (dtype !== int64) return small;
    return this.below(4) === 0 ? BigInt(small) * 2n ** 40n + BigInt(this.below(3)) : BigInt(small);
  }

  private float(): number {
    if (this.below(8) > 0) return (this.below(17) - 8) / 4;
    return this.pick([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 1000]);
  }
}

/** What lies around the elements of an operand. */
const GUARD = 77;

/** An operand of the given shape with values in it, its dimensions in any order in memory and with gaps; `stretch` allows strides of 0. */
export function sample(chance: Chance, dtype: DType, shape: Shape, options: { stretch?: boolean; dense?: boolean } = {}): CpuOperand {
  const strides = new Array<number>(shape.length).fill(0);
  const plain = options.dense ?? chance.below(3) === 0;
  let span = 1;
  const order = shape.map((_, d) => shape.length - 1 - d);
  for (const d of plain ? order : chance.shuffled(order)) {
    if (options.stretch && !plain && chance.below(4) === 0) continue;
    span += plain ? 0 : chance.below(3);
    strides[d] = span;
    span *= Math.max(shape[d] as number, 1);
  }
  const offset = chance.below(4);
  const base = chance.below(3);
  const data = new dtype.array((base + offset + span + 4) * dtype.components);
  for (let i = 0; i < data.length; i++) data[i] = dtype === int64 ? BigInt(GUARD) : GUARD;
  const storage = new CpuStorage(dtype, offset + span + 4, data, base);
  const operand = { storage, dtype, shape, strides, offset, count: numelOf(shape), dense: isContiguous(shape, strides) };
  for (const index of indicesOf(shape)) put(operand, index, chance.value(dtype));
  return operand;
}

/** A dense operand of int64 or any other dtype with the given values in row-major order. */
export function filled(chance: Chance, dtype: DType, shape: Shape, values: (index: readonly number[]) => Value): CpuOperand {
  const operand = sample(chance, dtype, shape);
  for (const index of indicesOf(shape)) put(operand, index, values(index));
  return operand;
}

/** All coordinates of a shape in row-major order. */
export function indicesOf(shape: Shape): number[][] {
  return shape.reduce<number[][]>((all, size) => all.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])), [[]]);
}

function placeOf(operand: CpuOperand, index: readonly number[]): number {
  return index.reduce((at, i, d) => at + i * (operand.strides[d] as number), operand.storage.base + operand.offset);
}

/** The element at some coordinates. */
export function at(operand: CpuOperand, index: readonly number[]): Value {
  const { data } = operand.storage;
  const place = placeOf(operand, index);
  if (operand.dtype.isComplex) return [Number(data[2 * place]), Number(data[2 * place + 1])];
  const raw = data[place] as number | bigint;
  if (operand.dtype === float16) return decodeFloat16(Number(raw));
  if (operand.dtype === bfloat16) return decodeBfloat16(Number(raw));
  return raw;
}

/** Writes an element, rounded to the dtype. */
export function put(operand: CpuOperand, index: readonly number[], value: Value): void {
  const { data } = operand.storage;
  const place = placeOf(operand, index);
  const { dtype } = operand;
  if (dtype.isComplex) {
    const [re, im] = typeof value === "object" ? value : [Number(value), 0];
    data[2 * place] = re;
    data[2 * place + 1] = im;
  } else if (typeof value === "object") throw new TypeError(`${dtype} does not hold complex numbers`);
  else if (dtype === int64) data[place] = typeof value === "bigint" ? value : BigInt(Math.trunc(value));
  else if (dtype === float16) data[place] = encodeFloat16(Number(value));
  else if (dtype === bfloat16) data[place] = encodeBfloat16(Number(value));
  else if (dtype.kind === "bool") data[place] = Number(value) === 0 ? 0 : 1;
  else data[place] = Number(typeof value === "bigint" ? BigInt.asIntN(53, value) : value);
}

/** All elements in row-major order. */
export function elements(operand: CpuOperand): Value[] {
  return indicesOf(operand.shape).map((index) => at(operand, index));
}

/** A value as the dtype rounds it. */
export function rounded(dtype: DType, value: Value): Value {
  const one = sample(new Chance(0), dtype, [], { dense: true });
  put(one, [], value);
  return at(one, []);
}

/** Whether everything around an operand's elements is as `sample` made it. */
export function isGuarded(operand: CpuOperand): boolean {
  const own = new Set(indicesOf(operand.shape).map((index) => placeOf(operand, index)));
  const { components } = operand.dtype;
  return Array.from(operand.storage.data, Number).every((x, i) => own.has(Math.floor(i / components)) || x === GUARD);
}

export const seeds: fc.Arbitrary<Chance> = fc.nat().map((seed) => new Chance(seed));
export const shapes: fc.Arbitrary<number[]> = fc.array(
  fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 9, arbitrary: fc.integer({ min: 1, max: 4 }) }),
  { maxLength: 4 },
);
export const anyDType: fc.Arbitrary<DType> = fc.constantFrom(...dtypes);
export const realDType: fc.Arbitrary<DType> = fc.constantFrom(...real);

/** A dimension of a shape; 0 for a 0-d one. */
export function dimOf(chance: Chance, shape: Shape): number {
  return shape.length === 0 ? 0 : chance.below(shape.length);
}
