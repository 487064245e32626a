/** Seeded damage to bytes. */

/** Numbers below a bound, the same for the same seed: mulberry32. */
export class Dice {
  constructor(private state: number) {}

  /** A whole number of at least 0 and less than `bound`. */
  below(bound: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * bound);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}

type Damage = (bytes: Uint8Array, dice: Dice) => Uint8Array;

/** The bytes with others in the place of those from `from` to `to`. */
function spliced(bytes: Uint8Array, from: number, to: number, by: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes.length - (to - from) + by.length);
  result.set(bytes.subarray(0, from));
  result.set(by, from);
  result.set(bytes.subarray(to), from + by.length);
  return result;
}

/** Numbers that sizes, counts and offsets go wrong at. */
const extremes = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

const damages: readonly Damage[] = [
  // One bit.
  (bytes, dice) => {
    const changed = bytes.slice();
    const at = dice.below(bytes.length);
    changed[at] = (bytes[at] as number) ^ (1 << dice.below(8));
    return changed;
  },
  // One byte.
  (bytes, dice) => {
    const changed = bytes.slice();
    changed[dice.below(bytes.length)] = dice.below(256);
    return changed;
  },
  // A number of 1, 2, 4 or 8 bytes.
  (bytes, dice) => {
    const changed = bytes.slice();
    const at = dice.below(bytes.length);
    const value = dice.pick(extremes);
    const width = dice.pick([1, 2, 4, 8]);
    for (let i = 0; i < width && at + i < bytes.length; i++)
      changed[at + i] = i < 4 ? (value >>> (8 * i)) & 255 : value === 0xffffffff ? 255 : 0;
    return changed;
  },
  // The end is missing.
  (bytes, dice) => bytes.slice(0, dice.below(bytes.length)),
  // A piece is missing.
  (bytes, dice) => {
    const at = dice.below(bytes.length);
    return spliced(bytes, at, Math.min(at + 1 + dice.below(16), bytes.length), new Uint8Array(0));
  },
  // A piece is there that does not belong.
  (bytes, dice) => {
    const at = dice.below(bytes.length);
    return spliced(
      bytes,
      at,
      at,
      Uint8Array.from({ length: 1 + dice.below(16) }, () => dice.below(256)),
    );
  },
  // A piece stands at another place.
  (bytes, dice) => {
    const from = dice.below(bytes.length);
    const piece = bytes.slice(from, from + 1 + dice.below(64));
    const changed = bytes.slice();
    changed.set(piece, dice.below(bytes.length - piece.length + 1));
    return changed;
  },
  // A piece is there twice.
  (bytes, dice) => {
    const from = dice.below(bytes.length);
    const at = dice.below(bytes.length);
    return spliced(bytes, at, at, bytes.slice(from, from + 1 + dice.below(200)));
  },
];

/** The bytes, damaged in one to three ways. */
export function damaged(bytes: Uint8Array, dice: Dice): Uint8Array {
  let result = bytes;
  for (let i = dice.pick([1, 1, 1, 2, 3]); i > 0 && result.length > 0; i--) result = dice.pick(damages)(result, dice);
  return result;
}
