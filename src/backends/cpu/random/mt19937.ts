/** The generator behind every CPU random stream: PyTorch's `CPUGeneratorImpl` around a 32-bit Mersenne Twister. */

import { ArgumentError } from "../../../core/errors.js";

/** Words of state. */
const N = 624;
/** Distance of the word that a new word is mixed with. */
const M = 397;
const MATRIX_A = -0x66f74f21;

/** Bytes of a state: those of `torch.get_rng_state()`. */
export const STATE_BYTES = 5056;

/** Where the fields of a state lie, in bytes; integers and floats are little-endian, a word of the twister takes eight. */
const offset = {
  seed: 0,
  left: 8,
  seeded: 12,
  next: 16,
  words: 24,
  doubleNormal: 5024,
  hasDoubleNormal: 5040,
  floatNormal: 5048,
  hasFloatNormal: 5052,
} as const;

const TWO_TO_MINUS_24 = 2 ** -24;
const TWO_TO_MINUS_53 = 2 ** -53;
const TWO_TO_32 = 2 ** 32;
const TWO_TO_53 = 2 ** 53;

/** Makes what advances all of a generator's words and writes the block of outputs that they give. */
export type Regenerator = (words: Int32Array, block: Int32Array) => () => void;

/** Arrays that truth values are written into as numbers. */
export type Marks = Float32Array | Float64Array | Uint8Array;

/**
 * The Mersenne Twister MT19937 with PyTorch's seeding, state layout and cached normals: the same seed gives the same stream as
 * `torch.Generator().manual_seed(seed)`, and states can be exchanged with `torch.get_rng_state()`.
 *
 * Source: Matsumoto and Nishimura, "Mersenne Twister: a 623-dimensionally equidistributed uniform pseudo-random number
 * generator", 1998.
 *
 * @example
 * const generator = new Mt19937(42);
 * generator.uniform24(); // 0.8822692632675171, as torch.manual_seed(42); torch.rand(1)
 */
export class Mt19937 {
  /** The second normal of the last Box–Muller pair in float32, kept for the next draw. No CPU distribution draws one. */
  nextFloatNormal: number | undefined;
  /** The second normal of the last Box–Muller pair in float64, kept for the next draw. */
  nextDoubleNormal: number | undefined;

  private readonly words = new Int32Array(N);
  /** The outputs of the current block: its words, tempered. */
  private readonly block = new Int32Array(N);
  /** Draws taken from the block; `N` means that the block is spent. */
  private next = N;
  /** True until the first draw after seeding: PyTorch writes that state in its own way. */
  private fresh = true;
  private initialSeed = 0n;
  private readonly regenerate: () => void;

  /**
   * @param seed An integer in [-2^63, 2^64); a negative one counts as `seed + 2^64`. The twister takes its low 32 bits.
   * @param regenerator What computes the words; all give the same.
   * @throws ArgumentError if `seed` is not such an integer.
   */
  constructor(
    seed: number | bigint,
    private readonly regenerator: Regenerator = scalarRegenerator,
  ) {
    this.regenerate = regenerator(this.words, this.block);
    this.manualSeed(seed);
  }

  /** The seed, all 64 bits of it: `torch.initial_seed()`. */
  get seed(): bigint {
    return this.initialSeed;
  }

  /**
   * Starts the stream anew and forgets the cached normals, as `torch.Generator.manual_seed` does.
   * @throws ArgumentError if `seed` is not an integer in [-2^63, 2^64).
   */
  manualSeed(seed: number | bigint): this {
    this.initialSeed = unsigned64(seed);
    this.nextFloatNormal = undefined;
    this.nextDoubleNormal = undefined;
    const { words } = this;
    let word = Number(this.initialSeed & 0xffffffffn) | 0;
    words[0] = word;
    for (let i = 1; i < N; i++) {
      word = (Math.imul(1812433253, word ^ (word >>> 30)) + i) | 0;
      words[i] = word;
    }
    this.next = N;
    this.fresh = true;
    return this;
  }

  /** The next 32 bits, as an integer in [0, 2^32). */
  random32(): number {
    return this.draw() >>> 0;
  }

  /** The next 64 bits, as two integers in [0, 2^32): the high word, which is drawn first, and the low word. */
  random64(): readonly [high: number, low: number] {
    const high = this.random32();
    return [high, this.random32()];
  }

  /** A float32 uniform in [0, 1): the low 24 bits of one draw. */
  uniform24(): number {
    return (this.draw() & 0xffffff) * TWO_TO_MINUS_24;
  }

  /** A float64 uniform in [0, 1): the low 53 bits of two draws. */
  uniform53(): number {
    const high = this.draw() & 0x1fffff;
    return (high * TWO_TO_32 + (this.draw() >>> 0)) * TWO_TO_MINUS_53;
  }

  /** Fills `count` elements from `start` with what `uniform24` would give, block by block. */
  uniforms24(out: Float32Array, start: number, count: number): void {
    const end = start + count;
    let at = start;
    while (at < end) {
      if (this.next === N) this.refill();
      const { block, next } = this;
      const taken = Math.min(N - next, end - at);
      for (let i = 0; i < taken; i++) out[at + i] = ((block[next + i] as number) & 0xffffff) * TWO_TO_MINUS_24;
      this.next = next + taken;
      at += taken;
    }
  }

  /** Fills `count` elements from `start` with ones where `uniform53` would be below `p`, else zeros. */
  below53(p: number, out: Marks, start: number, count: number): void {
    const high = Math.floor(p * 2 ** 21);
    const low = p * TWO_TO_53 - high * TWO_TO_32;
    const end = start + count;
    let at = start;
    while (at < end) {
      const pairs = Math.min((N - this.next) >> 1, end - at);
      if (pairs === 0) {
        // A pair from two blocks.
        out[at++] = this.uniform53() < p ? 1 : 0;
        continue;
      }
      const { block, next } = this;
      for (let i = 0; i < pairs; i++) {
        const difference = ((block[next + 2 * i] as number) & 0x1fffff) - high;
        // The sign decides without a branch, which could not be foreseen; equal high words are rare.
        if (difference !== 0) out[at + i] = difference >>> 31;
        else out[at + i] = (block[next + 2 * i + 1] as number) >>> 0 < low ? 1 : 0;
      }
      this.next = next + 2 * pairs;
      at += pairs;
    }
  }

  /** A generator in the same state that goes its own way from here. */
  clone(): Mt19937 {
    return new Mt19937(this.initialSeed, this.regenerator).setState(this.state());
  }

  /** The whole state, in the bytes of `torch.get_rng_state()`. */
  state(): Uint8Array {
    const bytes = new Uint8Array(STATE_BYTES);
    const view = new DataView(bytes.buffer);
    const next = this.fresh ? 0 : this.next;
    view.setBigUint64(offset.seed, this.initialSeed, true);
    view.setInt32(offset.left, this.fresh ? 1 : N + 1 - next, true);
    view.setInt32(offset.seeded, 1, true);
    view.setUint32(offset.next, next, true);
    this.words.forEach((word, i) => {
      view.setInt32(offset.words + 8 * i, word, true);
    });
    if (this.nextDoubleNormal !== undefined) {
      view.setFloat64(offset.doubleNormal, this.nextDoubleNormal, true);
      view.setInt32(offset.hasDoubleNormal, 1, true);
    }
    if (this.nextFloatNormal !== undefined) {
      view.setFloat32(offset.floatNormal, this.nextFloatNormal, true);
      view.setUint8(offset.hasFloatNormal, 1);
    }
    return bytes;
  }

  /**
   * Takes up a state that `state()` or `torch.get_rng_state()` gave.
   * @throws ArgumentError if the bytes are not such a state.
   */
  setState(bytes: Uint8Array): this {
    if (bytes.length !== STATE_BYTES) {
      throw new ArgumentError(`setState: a generator's state has ${STATE_BYTES} bytes, these are ${bytes.length}`);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const left = view.getInt32(offset.left, true);
    const next = view.getUint32(offset.next, true);
    const fresh = left === 1 && next === 0;
    if (view.getInt32(offset.seeded, true) === 0 || !(fresh || (next >= 1 && next <= N && left === N + 1 - next))) {
      throw new ArgumentError("setState: these bytes are not the state of an mt19937 generator");
    }
    this.initialSeed = view.getBigUint64(offset.seed, true);
    for (let i = 0; i < N; i++) this.words[i] = view.getInt32(offset.words + 8 * i, true);
    this.fresh = fresh;
    this.next = fresh ? N : next;
    for (let i = 0; i < N; i++) this.block[i] = temper(this.words[i] as number);
    this.nextDoubleNormal = view.getInt32(offset.hasDoubleNormal, true) === 0 ? undefined : view.getFloat64(offset.doubleNormal, true);
    this.nextFloatNormal = view.getUint8(offset.hasFloatNormal) === 0 ? undefined : view.getFloat32(offset.floatNormal, true);
    return this;
  }

  /** The next 32 bits as a signed integer. */
  private draw(): number {
    if (this.next === N) this.refill();
    return this.block[this.next++] as number;
  }

  private refill(): void {
    this.regenerate();
    this.next = 0;
    this.fresh = false;
  }
}

const scalarRegenerator: Regenerator = (words, block) => () => regenerate(words, block);

/** Advances all words by the recurrence and makes the next block of outputs from them. */
function regenerate(words: Int32Array, block: Int32Array): void {
  for (let i = 0; i < N - M; i++) {
    const word = (words[i + M] as number) ^ twist(words[i] as number, words[i + 1] as number);
    words[i] = word;
    block[i] = temper(word);
  }
  for (let i = N - M; i < N - 1; i++) {
    const word = (words[i + M - N] as number) ^ twist(words[i] as number, words[i + 1] as number);
    words[i] = word;
    block[i] = temper(word);
  }
  const last = (words[M - 1] as number) ^ twist(words[N - 1] as number, words[0] as number);
  words[N - 1] = last;
  block[N - 1] = temper(last);
}

/** The output that a word of state gives. The masks are written as signed integers, which V8 handles about 3 ns a word faster. */
function temper(word: number): number {
  let y = word ^ (word >>> 11);
  y ^= (y << 7) & -0x62d3a980;
  y ^= (y << 15) & -0x103a0000;
  return y ^ (y >>> 18);
}

/** The top bit of `u` joined to the other bits of `v`, times the twister's matrix. */
function twist(u: number, v: number): number {
  return (((u & -0x80000000) | (v & 0x7fffffff)) >>> 1) ^ (((v << 31) >> 31) & MATRIX_A);
}

function unsigned64(seed: number | bigint): bigint {
  if (typeof seed === "number" && !Number.isInteger(seed)) {
    throw new ArgumentError(`manualSeed: a seed is an integer, ${seed} is not`);
  }
  const value = BigInt(seed);
  if (value < -(2n ** 63n) || value >= 2n ** 64n) {
    throw new ArgumentError(`manualSeed: a seed lies in [-2^63, 2^64), ${value} does not`);
  }
  return BigInt.asUintN(64, value);
}
