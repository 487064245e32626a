/** Native attention and its gradients against the definition, written out in float64. */

import fc from "fast-check";
import { expect, test } from "vitest";
import type { AttentionInputs } from "../../src/backend/contract.js";
import type { CpuOperand, CpuStorage } from "../../src/backends/cpu/storage.js";
import { type DType, float32, float64 } from "../../src/core/dtype.js";
import { type Chance, elements, filled, isGuarded, sample, seeds } from "../kernels/samples.js";
import { describeNative, native } from "./engines.js";

type Inputs = AttentionInputs<CpuStorage>;
type Sizes = readonly [batch: number, heads: number, group: number, length: number, sources: number, size: number, valueSize: number];

/** The rows of `[batch, heads, rows, columns]`, by batch and head. */
function rowsOf(operand: CpuOperand): number[][][] {
  const [batch, heads, rows, columns] = operand.shape as [number, number, number, number];
  const numbers = elements(operand).map(Number);
  return Array.from({ length: batch * heads }, (_, n) =>
    Array.from({ length: rows }, (_, r) => numbers.slice((n * rows + r) * columns, (n * rows + r + 1) * columns)),
  );
}

const zeros = (like: number[][][]): number[][][] => like.map((rows) => rows.map((row) => row.map(() => 0)));
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
const addTo = (to: number[], row: readonly number[], factor: number): void => {
  row.forEach((x, i) => {
    (to[i] as number) += factor * x;
  });
};

/** Result, logarithms of sums, and the gradients of query, key and value. */
function defined({ query, key, value, mask, causal, scale }: Inputs, grad: CpuOperand, group: number): number[][] {
  const [q, k, v, g] = [query, key, value, grad].map(rowsOf) as [number[][][], number[][][], number[][][], number[][][]];
  const m = mask === null ? null : rowsOf(mask);
  const [out, toQuery, toKey, toValue] = [zeros(g), zeros(q), zeros(k), zeros(v)] as const;
  const logsumexp: number[] = [];
  q.forEach((queries, n) => {
    const own = Math.floor(n / group);
    const [keys, values] = [k[own] as number[][], v[own] as number[][]];
    queries.forEach((one, i) => {
      const scores = keys.map((other, j) =>
        causal && j > i ? Number.NEGATIVE_INFINITY : dot(one, other) * scale + (m?.[n]?.[i]?.[j] ?? 0),
      );
      const top = Math.max(...scores);
      const isBlind = top === Number.NEGATIVE_INFINITY;
      const powers = scores.map((s) => (isBlind ? 0 : Math.exp(s - top)));
      const total = powers.reduce((a, b) => a + b, 0);
      logsumexp.push(isBlind ? Number.POSITIVE_INFINITY : top + Math.log(total));
      const row = g[n]?.[i] as number[];
      const weights = powers.map((x) => (isBlind ? 0 : x / total));
      const toWeights = values.map((other) => dot(row, other));
      const mean = dot(weights, toWeights);
      weights.forEach((w, j) => {
        const slope = w * ((toWeights[j] as number) - mean) * scale;
        addTo(out[n]?.[i] as number[], values[j] as number[], w);
        addTo(toValue[own]?.[j] as number[], row, w);
        addTo(toQuery[n]?.[i] as number[], keys[j] as number[], slope);
        addTo(toKey[own]?.[j] as number[], one, slope);
      });
    });
  });
  return [out.flat(2), logsumexp, toQuery.flat(2), toKey.flat(2), toValue.flat(2)];
}

/** What the kernels give, in the same order. */
function computed(chance: Chance, dtype: DType, inputs: Inputs, grad: CpuOperand): number[][] {
  const like = (shape: readonly number[]): CpuOperand => sample(chance, dtype, shape, { dense: true });
  const outputs = { output: like(grad.shape), logsumexp: like(grad.shape.slice(0, 3)) };
  const gradients = [like(inputs.query.shape), like(inputs.key.shape), like(inputs.value.shape)] as const;
  native.attention?.(outputs, inputs);
  native.attentionBackward?.(gradients, grad, outputs, inputs);
  const results = [outputs.output, outputs.logsumexp, ...gradients];
  for (const result of results) expect(isGuarded(result)).toBe(true);
  return results.map((result) => elements(result).map(Number));
}

/** Gradients of queries and keys are differences of sums of up to 32 products, each up to 4: they may miss ten times as much as other results. */
function expectClose(found: readonly number[][], wanted: readonly number[][], tolerance: number): void {
  found.forEach((numbers, k) => {
    numbers.forEach((x, i) => {
      const y = wanted[k]?.[i] as number;
      if (Math.abs(x - y) <= tolerance * (k === 2 || k === 3 ? 10 : 1) * (1 + Math.abs(y))) return;
      expect([k, i, x]).toEqual([k, i, y]);
    });
  });
}

/** Inputs in any layout; a mask hides some keys, for some queries all. */
function inputsOf(chance: Chance, dtype: DType, [batch, heads, group, length, sources, size, valueSize]: Sizes, masked: boolean): Inputs {
  const number = (): number => (chance.below(2001) - 1000) / 500;
  const shared = heads / group;
  return {
    query: filled(chance, dtype, [batch, heads, length, size], number),
    key: filled(chance, dtype, [batch, shared, sources, size], number),
    value: filled(chance, dtype, [batch, shared, sources, valueSize], number),
    mask: masked
      ? filled(chance, dtype, [batch, heads, length, sources], ([, , i]) =>
          i === 1 || chance.below(4) === 0 ? Number.NEGATIVE_INFINITY : number(),
        )
      : null,
    causal: chance.below(2) === 0,
    scale: 0.1 + chance.below(10) / 10,
  };
}

const few = fc.integer({ min: 1, max: 3 });
const size = fc.constantFrom(1, 3, 8, 16, 17, 32);

describeNative("native attention", () => {
  test.each([
    [float32, 2e-5],
    [float64, 1e-12],
  ] as const)("%s", (dtype, tolerance) => {
    const lengths = fc.constantFrom(1, 2, 7, 16, 33, 64, 70, 100);
    fc.assert(
      fc.property(seeds, fc.tuple(few, few, few, lengths, lengths, size, size), fc.boolean(), (chance, drawn, masked) => {
        const [batch, shared, group, ...rest] = drawn;
        const sizes: Sizes = [batch, shared * group, group, ...rest];
        const inputs = inputsOf(chance, dtype, sizes, masked);
        const grad = filled(chance, dtype, [sizes[0], sizes[1], sizes[3], sizes[6]], () => (chance.below(2001) - 1000) / 500);
        expectClose(computed(chance, dtype, inputs, grad), defined(inputs, grad, group), tolerance);
      }),
      { numRuns: 40 },
    );
  });

  // Few and long: threads take pieces of one head.
  test.each([false, true])("one head of many places, with a mask: %s", (masked) => {
    fc.assert(
      fc.property(seeds, (chance) => {
        const inputs = inputsOf(chance, float32, [1, 2, 2, 150, 210, 5, 6], masked);
        const grad = filled(chance, float32, [1, 2, 150, 6], () => (chance.below(2001) - 1000) / 500);
        expectClose(computed(chance, float32, inputs, grad), defined(inputs, grad, 2), 2e-5);
      }),
      { numRuns: 4 },
    );
  });

  test("NaN and infinite scores stay in their row", () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY), (chance, bad) => {
        const inputs = inputsOf(chance, float32, [1, 1, 1, 20, 40, 16, 16], false);
        const grad = filled(chance, float32, [1, 1, 20, 16], () => 1);
        const query = filled(chance, float32, [1, 1, 20, 16], ([, , i]) => (i === 5 ? bad : 1));
        const output = sample(chance, float32, [1, 1, 20, 16], { dense: true });
        const logsumexp = sample(chance, float32, [1, 1, 20], { dense: true });
        native.attention?.({ output, logsumexp }, { ...inputs, query });
        const wanted = defined({ ...inputs, query }, grad, 1)[0] as number[];
        elements(output).forEach((x, i) => {
          expect(Number.isNaN(x)).toBe(Number.isNaN(wanted[i]));
          expect(Number.isNaN(x)).toBe(Math.floor(i / 16) === 5);
        });
      }),
      { numRuns: 20 },
    );
  });

  test("without keys results are 0, and without queries gradients are", () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom([3, 0] as const, [0, 3] as const), (chance, [length, sources]) => {
        const inputs = inputsOf(chance, float32, [1, 2, 1, length, sources, 4, 4], false);
        const grad = filled(chance, float32, [1, 2, length, 4], () => 1);
        for (const [k, numbers] of computed(chance, float32, inputs, grad).entries())
          if (k !== 1) for (const x of numbers) expect(x).toBe(0);
      }),
      { numRuns: 10 },
    );
  });
});
