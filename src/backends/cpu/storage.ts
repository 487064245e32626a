/** CPU memory: plain typed arrays that the garbage collector owns. Small tensors share slabs. */

import type { Backend } from "../../backend/contract.js";
import { type Operand, Storage } from "../../backend/storage.js";
import { type DType, dtypes, type TypedArray } from "../../core/dtype.js";

/** A region of a typed array: `length` elements from number `base` on. Complex elements take two numbers each. */
export class CpuStorage extends Storage {
  declare readonly backend: Backend<CpuStorage>;
  /** The address of `data`, once the native engine has asked for it; it stays while `data` lives. */
  address: number = 0;

  constructor(
    dtype: DType,
    length: number,
    readonly data: TypedArray,
    readonly base: number,
  ) {
    super(dtype, length);
  }

  override alias(): CpuStorage {
    // What is known of this storage does not hold for the other one.
    this.root.epoch = 0;
    return new CpuStorage(this.dtype, this.length, this.data, this.base);
  }

  override reinterpret(dtype: DType): CpuStorage {
    const bytes = this.data.byteOffset + this.base * this.dtype.itemsize;
    const length = Math.floor((this.length * this.dtype.itemsize) / dtype.itemsize);
    const data = new dtype.array(this.data.buffer, bytes, length * dtype.components);
    return this.share(new CpuStorage(dtype, length, data, 0));
  }
}

export type CpuOperand = Operand<CpuStorage>;

/**
 * An allocation of its own costs over a microsecond, a piece of a slab a few nanoseconds. A slab is small, so that one
 * long-lived tensor does not hold on to much.
 */
const SLAB_NUMBERS = 8192;
const LARGEST_IN_SLAB = 1024;

/** Tensors of a middle size share larger slabs where the native engine computes, in four or more pieces: 0.2 µs for each instead of 0.6. */
const MIDDLE_SLAB_NUMBERS = 65536;
const LARGEST_IN_MIDDLE_SLAB = 16384;

/** Vector loads and stores that cross cache lines take twice as long: large arrays start at multiples of this many bytes. */
const ALIGNMENT = 64;

/** In Node 20 a buffer ends at 4 GiB; arrays of wider elements do not. */
const LARGEST_BUFFER = 2 ** 32;

let addressOf: ((bytes: Uint8Array) => number) | null = null;

/** Tells how to find the address of an array: from now on large arrays are aligned. */
export function alignWith(address: (bytes: Uint8Array) => number): void {
  addressOf = address;
}

/**
 * Memory of its own for `length` elements. A new array would be filled with zeros, which takes as long as computing its elements: a million
 * of float32 take 235 µs to allocate so and 10 without. Node hands out memory as it is through `Buffer`.
 */
function allocateAlone(dtype: DType, length: number): CpuStorage {
  const numbers = length * dtype.components;
  const size = numbers * dtype.array.BYTES_PER_ELEMENT + ALIGNMENT;
  if (typeof Buffer === "undefined" || size > LARGEST_BUFFER) return new CpuStorage(dtype, length, new dtype.array(numbers), 0);
  const bytes = Buffer.allocUnsafeSlow(size);
  if (addressOf === null) return new CpuStorage(dtype, length, new dtype.array(bytes.buffer, 0, numbers), 0);
  const start = addressOf(bytes);
  const skipped = (ALIGNMENT - (start % ALIGNMENT)) % ALIGNMENT;
  const storage = new CpuStorage(dtype, length, new dtype.array(bytes.buffer, skipped, numbers), 0);
  storage.address = start + skipped;
  return storage;
}

const slabs: TypedArray[] = dtypes.map((dtype) => new dtype.array(0));
const used: number[] = dtypes.map(() => 0);

/** Memory that was given back, the latest last, by dtype and size: most is wanted again at once, in the same size. */
const spare = new Map<number, CpuStorage[]>();
let spareBytes = 0;
const MOST_SPARE_BYTES = 2 ** 26;

/** Keeps memory that nobody uses any more for the next one who wants as much. */
export function reclaim(storage: CpuStorage): void {
  const { dtype, data, length } = storage;
  const isWhole = storage.base === 0 && data.length === length * dtype.components && data.length > LARGEST_IN_MIDDLE_SLAB;
  if (!isWhole || spareBytes + data.byteLength > MOST_SPARE_BYTES) return;
  const key = length * dtypes.length + dtype.code;
  const known = spare.get(key);
  if (known === undefined) spare.set(key, [storage]);
  else known.push(storage);
  spareBytes += data.byteLength;
}

/** Spare memory of a size, or null. */
function takeSpare(dtype: DType, length: number): CpuStorage | null {
  const found = spare.get(length * dtypes.length + dtype.code)?.pop();
  if (found === undefined) return null;
  spareBytes -= found.data.byteLength;
  const storage = new CpuStorage(dtype, length, found.data, 0);
  storage.address = found.address;
  return storage;
}

/** The slabs of the middle size, by dtype, and how much of each is used. */
const middleSlabs: (CpuStorage | null)[] = dtypes.map(() => null);
const middleUsed: number[] = dtypes.map(() => 0);

function allocateMiddle(dtype: DType, length: number, numbers: number): CpuStorage {
  const code = dtype.code;
  let slab = middleSlabs[code] as CpuStorage | null;
  let base = middleUsed[code] as number;
  if (slab === null || base + numbers > MIDDLE_SLAB_NUMBERS) {
    slab = allocateAlone(dtype, MIDDLE_SLAB_NUMBERS >> (dtype.components - 1));
    middleSlabs[code] = slab;
    base = 0;
  }
  // At multiples of the alignment for elements of any size.
  middleUsed[code] = base + ((numbers + ALIGNMENT - 1) & -ALIGNMENT);
  const storage = new CpuStorage(dtype, length, slab.data, base >> (dtype.components - 1));
  storage.address = slab.address;
  return storage;
}

/** Memory for `length` elements. Its content is not defined. */
export function allocate(dtype: DType, length: number): CpuStorage {
  const numbers = length * dtype.components;
  if (numbers > LARGEST_IN_SLAB) {
    if (numbers <= LARGEST_IN_MIDDLE_SLAB && addressOf !== null) return allocateMiddle(dtype, length, numbers);
    return takeSpare(dtype, length) ?? allocateAlone(dtype, length);
  }
  const code = dtype.code;
  let slab = slabs[code] as TypedArray;
  let base = used[code] as number;
  if (base + numbers > slab.length) {
    slab = new dtype.array(SLAB_NUMBERS);
    slabs[code] = slab;
    base = 0;
  }
  // Regions start at multiples of 16 numbers, so that vector loads of any type are aligned.
  used[code] = base + ((numbers + 15) & ~15);
  // A shift and not a division: the field stays an integer to the engine, and so do indices computed from it.
  return new CpuStorage(dtype, length, slab, base >> (dtype.components - 1));
}
