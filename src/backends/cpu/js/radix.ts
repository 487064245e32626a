/** Stable sorting of 32-bit keys with what belongs to them: by insertion where there are few, else by radix. */

/** Up to this length, insertion is faster than clearing the counts of a radix sort. */
const LONGEST_INSERTION = 48;
const BITS = 8;
const BUCKETS = 1 << BITS;
const DIGITS = 32 / BITS;

/** Memory for sorting rows of up to `length` keys. */
export class KeySorter {
  /** The keys, to be filled in before `sort`. They compare as signed integers. */
  keys: Int32Array;
  /** What belongs to the keys; sorting moves it along. */
  order: Int32Array;
  private spareKeys: Int32Array;
  private spareOrder: Int32Array;
  private readonly counts: Int32Array;

  constructor(private readonly length: number) {
    this.keys = new Int32Array(length);
    this.order = new Int32Array(length);
    const isShort = length <= LONGEST_INSERTION;
    this.spareKeys = isShort ? this.keys : new Int32Array(length);
    this.spareOrder = isShort ? this.order : new Int32Array(length);
    this.counts = new Int32Array(isShort ? 0 : DIGITS * BUCKETS);
  }

  /** Makes `order` 0, 1, 2, … */
  start(): void {
    const { order, length } = this;
    for (let i = 0; i < length; i++) order[i] = i;
  }

  /** Sorts `order` by `keys`; equal keys stay in their order. */
  sort(): void {
    if (this.length <= LONGEST_INSERTION) insertionSort(this.keys, this.order, this.length);
    else this.radixSort();
  }

  private radixSort(): void {
    const { counts, length } = this;
    counts.fill(0);
    countDigits(this.keys, length, counts);
    for (let digit = 0; digit < DIGITS; digit++) {
      const shift = digit * BITS;
      const row = digit * BUCKETS;
      // A digit that all keys share needs no pass.
      if (counts[row + digitOf(this.keys[0] as number, shift)] === length) continue;
      let sum = 0;
      for (let b = row; b < row + BUCKETS; b++) {
        const count = counts[b] as number;
        counts[b] = sum;
        sum += count;
      }
      distribute(this.keys, this.order, this.spareKeys, this.spareOrder, length, counts, row, shift);
      [this.keys, this.spareKeys] = [this.spareKeys, this.keys];
      [this.order, this.spareOrder] = [this.spareOrder, this.order];
    }
  }
}

/** The sign bit is flipped, so that digits compare as the keys do. */
function digitOf(key: number, shift: number): number {
  return ((key ^ -0x80000000) >>> shift) & (BUCKETS - 1);
}

function countDigits(keys: Int32Array, length: number, counts: Int32Array): void {
  for (let i = 0; i < length; i++) {
    const key = (keys[i] as number) ^ -0x80000000;
    counts[key & 255]!++;
    counts[256 + ((key >>> 8) & 255)]!++;
    counts[512 + ((key >>> 16) & 255)]!++;
    counts[768 + (key >>> 24)]!++;
  }
}

function distribute(
  keys: Int32Array, order: Int32Array,
  toKeys: Int32Array, toOrder: Int32Array,
  length: number,
  places: Int32Array, row: number, shift: number,
): void {
  for (let i = 0; i < length; i++) {
    const key = keys[i] as number;
    const bucket = row + (((key ^ -0x80000000) >>> shift) & 255);
    const at = places[bucket] as number;
    places[bucket] = at + 1;
    toKeys[at] = key;
    toOrder[at] = order[i] as number;
  }
}

function insertionSort(keys: Int32Array, order: Int32Array, length: number): void {
  for (let i = 1; i < length; i++) {
    const key = keys[i] as number;
    const item = order[i] as number;
    let j = i - 1;
    for (; j >= 0 && (keys[j] as number) > key; j--) {
      keys[j + 1] = keys[j] as number;
      order[j + 1] = order[j] as number;
    }
    keys[j + 1] = key;
    order[j + 1] = item;
  }
}
