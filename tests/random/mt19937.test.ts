import { describe, expect, test } from "vitest";
import { fmaFloat64 } from "../../src/backends/cpu/random/fma.js";
import {
  elementsOf,
  Mt19937,
  multinomial_,
  normal_,
  randomInt_,
  randperm,
  STATE_BYTES,
  uniform_,
} from "../../src/backends/cpu/random/index.js";
import { digest, floatZeros, zeros } from "./replay.js";

const draws = (generator: Mt19937, count: number): number[] => Array.from({ length: count }, () => generator.random32());

describe("the twister", () => {
  test("gives the reference sequence of seed 5489", () => {
    expect(draws(new Mt19937(5489), 5)).toEqual([3499211612, 581869302, 3890346734, 3586334585, 545404204]);
    const generator = new Mt19937(5489);
    draws(generator, 9999);
    expect(generator.random32()).toBe(4123659995);
  });

  test("draws the high word of 64 bits first, and takes the low bits for uniforms", () => {
    const [first = 0, second = 0] = draws(new Mt19937(3), 2);
    expect(new Mt19937(3).random64()).toEqual([first, second]);
    expect(new Mt19937(3).uniform24()).toBe((first % 2 ** 24) / 2 ** 24);
    const wide = ((BigInt(first) << 32n) | BigInt(second)) & (2n ** 53n - 1n);
    expect(new Mt19937(3).uniform53()).toBe(Number(wide) / 2 ** 53);
  });

  test.each([
    [0, 700],
    [623, 3],
    [624, 624],
    [100, 0],
  ])("fills as it draws: %i draws, then %i", (skipped, count) => {
    const [one, other] = [new Mt19937(8), new Mt19937(8)];
    draws(one, skipped);
    draws(other, skipped);
    const out = new Float32Array(count + 2);
    one.uniforms24(out, 1, count);
    expect(Array.from(out)).toEqual([0, ...Array.from({ length: count }, () => other.uniform24()), 0]);
    expect(one.state()).toEqual(other.state());
  });

  test.each([
    [0, 700],
    [1, 700],
    [623, 3],
    [624, 312],
    [100, 0],
  ])("marks as it draws: %i draws, then %i pairs", (skipped, count) => {
    const uniform = new Mt19937(8);
    draws(uniform, skipped);
    const exact = uniform.uniform53();
    // Bounds at a number that is drawn, and next to it: its high word decides nothing.
    for (const p of [0, 0.1, exact, exact + 2 ** -53, exact - 2 ** -53, 0.9, 1]) {
      const [one, other] = [new Mt19937(8), new Mt19937(8)];
      draws(one, skipped);
      draws(other, skipped);
      const out = new Float32Array(count + 2).fill(7);
      one.below53(p, out, 1, count);
      expect(Array.from(out)).toEqual([7, ...Array.from({ length: count }, () => (other.uniform53() < p ? 1 : 0)), 7]);
      expect(one.state()).toEqual(other.state());
    }
  });

  test("takes the low 32 bits of a seed and keeps all 64", () => {
    expect(draws(new Mt19937(2n ** 40n + 7n), 3)).toEqual(draws(new Mt19937(7), 3));
    expect(new Mt19937(2n ** 40n + 7n).seed).toBe(2n ** 40n + 7n);
    expect(new Mt19937(-1).seed).toBe(2n ** 64n - 1n);
    expect(new Mt19937(-1).random32()).toBe(new Mt19937(0xffffffff).random32());
  });

  test.each([2n ** 64n, -(2n ** 63n) - 1n, 1.5, Number.NaN])("refuses the seed %s", (seed) => {
    expect(() => new Mt19937(seed)).toThrow(/seed/);
  });
});

describe("the state", () => {
  test("of a fresh generator is PyTorch's", () => {
    const state = new Mt19937(-1).state();
    expect(state.length).toBe(STATE_BYTES);
    // The seed, left = 1, seeded = 1, next = 0.
    expect(Array.from(state.subarray(0, 24))).toEqual([
      255, 255, 255, 255, 255, 255, 255, 255, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]);
    expect(state.subarray(5016).every((byte) => byte === 0)).toBe(true);
  });

  test("holds the place in the block and the cached normal", () => {
    const generator = new Mt19937(-1);
    normal_(generator, floatZeros("float32", 1));
    const state = generator.state();
    const view = new DataView(state.buffer);
    expect([view.getInt32(8, true), view.getInt32(12, true), view.getUint32(16, true)]).toEqual([621, 1, 4]);
    expect(view.getFloat64(5024, true)).toBeCloseTo(-0.39297948372090163, 14);
    expect(Array.from(state.subarray(5040))).toEqual([1, ...Array<number>(15).fill(0)]);
  });

  test.each([0, 1, 5, 623, 624, 625, 1248, 2000])("restores the stream after %i draws", (count) => {
    const generator = new Mt19937(9);
    draws(generator, count);
    generator.nextFloatNormal = Math.fround(0.1);
    generator.nextDoubleNormal = -2.5;
    const copy = new Mt19937(1).setState(generator.state());
    const clone = generator.clone();
    expect(copy.state()).toEqual(generator.state());
    expect([copy.seed, copy.nextFloatNormal, copy.nextDoubleNormal]).toEqual([9n, Math.fround(0.1), -2.5]);
    const rest = draws(generator, 700);
    expect(draws(copy, 700)).toEqual(rest);
    expect(draws(clone, 700)).toEqual(rest);
  });

  test("is refused when it is not one", () => {
    const generator = new Mt19937(0);
    expect(() => generator.setState(new Uint8Array(5))).toThrow("5056 bytes");
    expect(() => generator.setState(new Uint8Array(STATE_BYTES))).toThrow("not the state");
  });

  test("is untouched by fills of nothing", () => {
    const generator = new Mt19937(4);
    const before = digest(generator);
    uniform_(generator, floatZeros("float32", 0));
    normal_(generator, floatZeros("float64", 0));
    randperm(generator, 0);
    randperm(generator, 1);
    expect(digest(generator)).toBe(before);
  });
});

describe("runs of elements", () => {
  test("leave the rest of the array alone", () => {
    const data = new Float32Array(40);
    normal_(new Mt19937(2), { dtype: "float32", data, start: 5, count: 20 });
    const whole = floatZeros("float32", 20);
    normal_(new Mt19937(2), whole);
    expect(Array.from(data.subarray(5, 25))).toEqual(Array.from(whole.data));
    expect(data.subarray(0, 5).every((x) => x === 0) && data.subarray(25).every((x) => x === 0)).toBe(true);
  });

  test("must fit the array and its type", () => {
    expect(() => elementsOf("float32", new Float32Array(3), 1, 3)).toThrow("outside");
    expect(() => elementsOf("float32", new Float64Array(3))).toThrow("Float64Array does not hold");
    expect(() => elementsOf("complex64", new Float32Array(2))).toThrow("complex64");
  });
});

describe("arguments out of range", () => {
  const generator = new Mt19937(0);
  const out = floatZeros("float32", 3);
  test("are refused with PyTorch's words", () => {
    expect(() => uniform_(generator, out, 1, 0)).toThrow("found from=1 > to=0");
    expect(() => uniform_(generator, floatZeros("float16", 1), 0, 1e5)).toThrow("out of bounds for float16");
    expect(() => normal_(generator, out, 0, -1)).toThrow("std >= 0.0, but found std -1");
    expect(() => randomInt_(generator, out, 3, 3)).toThrow("from=3 >= to=3");
    expect(() => randomInt_(generator, zeros("uint8", 1), 0, 300)).toThrow("to - 1 = 299 is out of bounds for uint8");
    expect(() => randomInt_(generator, zeros("int32", 1), -(2n ** 63n))).toThrow("64 random bits do not fit int32");
    expect(() => randperm(generator, -1)).toThrow("-1");
    const categories = zeros("uint8", 2);
    if (categories.dtype !== "uint8") throw new Error("not uint8");
    expect(() => multinomial_(generator, categories, out, 3, 2)).toThrow("sum of probabilities <= 0");
  });
});

test("fmaFloat64 rounds once", () => {
  const tiny = 2 ** -30;
  // (1 + 2^-30)² - 1 - 2^-29 = 2^-60, which two roundings lose.
  expect(fmaFloat64(1 + tiny, 1 + tiny, -1 - 2 * tiny)).toBe(2 ** -60);
  expect(fmaFloat64(0.1, 3, 0)).toBe(0.1 * 3);
  expect(fmaFloat64(Number.POSITIVE_INFINITY, 2, 1)).toBe(Number.POSITIVE_INFINITY);
});
