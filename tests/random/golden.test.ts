/** What PyTorch printed for whole scripts of draws, repeated. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  bernoulli_,
  bernoulliEach_,
  exponential_,
  type FloatElements,
  isFloat,
  Mt19937,
  multinomial_,
  normal_,
  randomInt_,
  randperm,
  truncNormal_,
  uniform_,
} from "../../src/backends/cpu/random/index.js";
import { floatZeros, valuesOf, zeros } from "./replay.js";

interface Row {
  readonly call: string;
  readonly seed: number;
  readonly out: readonly (readonly number[])[];
}

type Values = readonly number[] | readonly bigint[];

const golden: readonly Row[] = JSON.parse(readFileSync(new URL("golden.json", import.meta.url), "utf8"));

function filled(dtype: "float32" | "float64", count: number, fill: (elements: FloatElements) => void): readonly number[] {
  const elements = floatZeros(dtype, count);
  fill(elements);
  return Array.from(valuesOf(elements), Number);
}

function rand(g: Mt19937, count: number, dtype: "float32" | "float64" = "float32"): Values {
  return filled(dtype, count, (to) => uniform_(g, to));
}

function randn(g: Mt19937, count: number, dtype: "float32" | "float64" = "float32"): Values {
  return filled(dtype, count, (to) => normal_(g, to));
}

function randint(g: Mt19937, from: number, to: number, count: number): Values {
  const out = zeros("int64", count);
  randomInt_(g, out, from, to);
  return valuesOf(out);
}

function multinomial(g: Mt19937, samples: number, replacement: boolean): Values {
  const weights = floatZeros("float32", 8);
  weights.data.set([1, 2, 3, 4, 5, 6, 7, 8]);
  const out = zeros("int64", samples);
  if (isFloat(out)) throw new Error("int64 is not a float");
  multinomial_(g, out, weights, 8, samples, replacement);
  return valuesOf(out);
}

const calls: Readonly<Record<string, (g: Mt19937) => readonly Values[]>> = {
  "rand(3); rand(5)": (g) => [rand(g, 3), rand(g, 5)],
  "randn(3); randn(4)": (g) => [randn(g, 3), randn(g, 4)],
  "randn(16); randn(37); randn(100)": (g) => [randn(g, 16), randn(g, 37), randn(g, 100)],
  "randn(5, dtype=float64); randn(40, dtype=float64)": (g) => [randn(g, 5, "float64"), randn(g, 40, "float64")],
  "rand(7, dtype=float64)": (g) => [rand(g, 7, "float64")],
  "randint(0, 10, (12,)); randint(-5, 1000000, (6,))": (g) => [randint(g, 0, 10, 12), randint(g, -5, 1000000, 6)],
  "randperm(8); randperm(1); randperm(50)": (g) => [8, 1, 50].map((n) => Array.from(randperm(g, n))),
  "empty(9).uniform_(-2, 3)": (g) => [filled("float32", 9, (to) => uniform_(g, to, -2, 3))],
  "empty(6).normal_(1, 2); empty(20).normal_(1, 2)": (g) => [6, 20].map((n) => filled("float32", n, (to) => normal_(g, to, 1, 2))),
  "empty(6).exponential_(1.5)": (g) => [filled("float32", 6, (to) => exponential_(g, to, 1.5))],
  "bernoulli(full((40,), 0.3))": (g) => {
    const p = floatZeros("float32", 40);
    p.data.fill(0.3);
    return [filled("float32", 40, (to) => bernoulliEach_(g, to, p))];
  },
  "empty(40).bernoulli_(0.3)": (g) => [filled("float32", 40, (to) => bernoulli_(g, to, 0.3))],
  "nn.functional.dropout(ones(40), 0.3)": (g) => {
    const kept = filled("float32", 40, (to) => bernoulli_(g, to, 1 - 0.3));
    return [Array.from(kept, (one) => Math.fround(one / Math.fround(1 - 0.3)))];
  },
  "multinomial(arange(1., 9.), 5); multinomial(arange(1., 9.), 12, True)": (g) => [multinomial(g, 5, false), multinomial(g, 12, true)],
  "nn.init.trunc_normal_(empty(6, 5))": (g) => [filled("float32", 30, (to) => truncNormal_(g, to))],
};

describe("PyTorch's golden scripts", () => {
  test.each(golden.map((row) => [row.call, row.seed, row.out] as const))("%s from seed %i", (call, seed, out) => {
    const repeat = calls[call];
    if (repeat === undefined) throw new Error(`no repetition of ${call}`);
    const drawn = repeat(new Mt19937(seed));
    expect(drawn.length).toBe(out.length);
    drawn.forEach((values, i) => {
      const expected = out[i] ?? [];
      expect(values.length).toBe(expected.length);
      values.forEach((value, j) => {
        const wanted = expected[j] ?? Number.NaN;
        // float64 normals depend on the C library's functions; everything else is exact.
        if (call.startsWith("randn") && call.includes("float64")) expect(value).toBeCloseTo(wanted, 13);
        else if (typeof value === "bigint") expect(value).toBe(BigInt(wanted));
        else expect(Object.is(value, call.includes("float64") ? wanted : Math.fround(wanted))).toBe(true);
      });
    });
  });
});
