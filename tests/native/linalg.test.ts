/** Native decompositions against those of the js engine. */

import fc from "fast-check";
import { expect, test } from "vitest";
import type { CpuOperand } from "../../src/backends/cpu/storage.js";
import { type DType, float32, float64, int32 } from "../../src/core/dtype.js";
import { Chance, elements, filled, sample, seeds } from "../kernels/samples.js";
import { describeNative, js, native } from "./engines.js";

const dtypes = fc.constantFrom(float32, float64);
const batches = fc.constantFrom<number[][]>([], [], [3], [2, 2]);
/** Sizes around those at which blocks begin. */
const sizes = fc.constantFrom(1, 2, 5, 8, 9, 16, 17, 31, 32, 33, 50, 70);

const noise = (chance: Chance): number => (chance.below(2001) - 1000) / 500;

function random(chance: Chance, dtype: DType, shape: readonly number[], value: (index: readonly number[]) => number): CpuOperand {
  return filled(chance, dtype, shape, value);
}

function expectClose(found: CpuOperand, wanted: CpuOperand, tolerance: number): void {
  const y = elements(wanted).map(Number);
  const scale = Math.max(1, ...y.map(Math.abs));
  elements(found).forEach((x, i) => {
    const difference = Math.abs(Number(x) - (y[i] as number));
    if (!(difference <= tolerance * scale)) expect(Number(x)).toBeCloseTo(y[i] as number, 10);
  });
}

const toleranceOf = (dtype: DType): number => (dtype === float32 ? 2e-5 : 1e-9);

/** What both engines write to operands of the given dtypes and shapes. */
function both(
  outputs: readonly (readonly [DType, readonly number[]])[],
  run: (linalg: typeof js.linalg, outputs: readonly CpuOperand[]) => void,
): [found: readonly CpuOperand[], wanted: readonly CpuOperand[]] {
  const [found, wanted] = [native, js].map(({ linalg }) => {
    const made = outputs.map(([dtype, shape], k) => sample(new Chance(k), dtype, shape));
    run(linalg, made);
    return made;
  });
  return [found as readonly CpuOperand[], wanted as readonly CpuOperand[]];
}

/** The matrices of an operand whose last dimensions they lie in, as rows of numbers. */
function matricesOf(operand: CpuOperand): number[][][] {
  const [m, n] = operand.shape.slice(-2) as [number, number];
  const all = elements(operand).map(Number);
  return Array.from({ length: all.length / (m * n) }, (_, b) =>
    Array.from({ length: m }, (_, i) => all.slice((b * m + i) * n, (b * m + i + 1) * n)),
  );
}

const dot = (x: readonly number[], y: readonly number[]): number => x.reduce((sum, a, i) => sum + a * (y[i] as number), 0);
const transpose = (a: readonly number[][]): number[][] => (a[0] ?? []).map((_, j) => a.map((row) => row[j] as number));

/** Checks that rows are orthonormal. */
function expectOrthonormal(rows: readonly number[][], tolerance: number): void {
  const worst = Math.max(...rows.flatMap((x, i) => rows.map((y, j) => Math.abs(dot(x, y) - (i === j ? 1 : 0)))));
  expect(worst).toBeLessThan(tolerance);
}

const at = (list: readonly CpuOperand[], k: number): CpuOperand => list[k] as CpuOperand;

describeNative("native decompositions", () => {
  test("lu, and systems of equations by it", () => {
    fc.assert(
      fc.property(seeds, dtypes, batches, sizes, sizes, fc.boolean(), (chance, dtype, batch, m, n, adjoint) => {
        const input = random(chance, dtype, [...batch, m, n], () => noise(chance));
        const outputs = [
          [dtype, [...batch, m, n]],
          [int32, [...batch, Math.min(m, n)]],
          [int32, batch],
        ] as const;
        const [found, wanted] = both(outputs, (linalg, [output, pivots, info]) =>
          linalg.lu(output as CpuOperand, pivots as CpuOperand, info as CpuOperand, input),
        );
        expect(elements(at(found, 1))).toEqual(elements(at(wanted, 1)));
        expect(elements(at(found, 2))).toEqual(elements(at(wanted, 2)));
        expectClose(at(found, 0), at(wanted, 0), toleranceOf(dtype));
        // Systems that are far from singular.
        const square = random(chance, dtype, [...batch, n, n], (index) => noise(chance) + (index.at(-1) === index.at(-2) ? 3 * n : 0));
        const [packed] = both(
          [
            [dtype, [...batch, n, n]],
            [int32, [...batch, n]],
            [int32, batch],
          ],
          (linalg, made) => linalg.lu(at(made, 0), at(made, 1), at(made, 2), square),
        );
        const sides = random(chance, dtype, [...batch, n, m], () => noise(chance));
        const [x, y] = both([[dtype, [...batch, n, m]]], (linalg, made) =>
          linalg.luSolve(at(made, 0), at(packed, 0), at(packed, 1), sides, adjoint),
        );
        expectClose(at(x, 0), at(y, 0), toleranceOf(dtype));
      }),
      { numRuns: 60 },
    );
  });

  test("lu of singular matrices", () => {
    const chance = new Chance(5);
    const zeros = random(chance, float64, [3, 20, 20], ([, i, j]) => (j === 12 || i === 15 ? 0 : noise(chance)));
    const [found, wanted] = both(
      [
        [float64, [3, 20, 20]],
        [int32, [3, 20]],
        [int32, [3]],
      ],
      (linalg, made) => linalg.lu(at(made, 0), at(made, 1), at(made, 2), zeros),
    );
    expect(elements(at(found, 2))).toEqual(elements(at(wanted, 2)));
  });

  test("triangular systems", () => {
    fc.assert(
      fc.property(seeds, dtypes, batches, sizes, sizes, fc.boolean(), fc.boolean(), (chance, dtype, batch, n, m, upper, unit) => {
        const a = random(chance, dtype, [...batch, n, n], (index) => noise(chance) / n + (index.at(-1) === index.at(-2) ? 2 : 0));
        const b = random(chance, dtype, [...batch, n, m], () => noise(chance));
        const [found, wanted] = both([[dtype, [...batch, n, m]]], (linalg, made) => linalg.triangularSolve(at(made, 0), a, b, upper, unit));
        expectClose(at(found, 0), at(wanted, 0), toleranceOf(dtype));
      }),
      { numRuns: 80 },
    );
  });

  test("cholesky", () => {
    fc.assert(
      fc.property(seeds, dtypes, batches, sizes, fc.boolean(), fc.boolean(), (chance, dtype, batch, n, upper, isDefinite) => {
        const input = random(chance, dtype, [...batch, n, n], (index) => {
          const [i, j] = index.slice(-2) as [number, number];
          return i === j ? (isDefinite || i % 20 !== 19 ? 3 * n : -1) : Math.sin(i * j + i + j);
        });
        const outputs = [
          [dtype, [...batch, n, n]],
          [int32, batch],
        ] as const;
        const [found, wanted] = both(outputs, (linalg, made) => linalg.cholesky(at(made, 0), at(made, 1), input, upper));
        expect(elements(at(found, 1))).toEqual(elements(at(wanted, 1)));
        if (isDefinite) expectClose(at(found, 0), at(wanted, 0), toleranceOf(dtype));
      }),
      { numRuns: 60 },
    );
  });

  test("reflectors and their products", () => {
    fc.assert(
      fc.property(seeds, dtypes, batches, sizes, sizes, fc.boolean(), (chance, dtype, batch, m, n, isComplete) => {
        const k = Math.min(m, n);
        const input = random(chance, dtype, [...batch, m, n], () => (chance.below(12) === 0 ? 0 : noise(chance)));
        const [found, wanted] = both(
          [
            [dtype, [...batch, m, n]],
            [dtype, [...batch, k]],
          ],
          (linalg, made) => linalg.geqrf(at(made, 0), at(made, 1), input),
        );
        expectClose(at(found, 0), at(wanted, 0), 50 * toleranceOf(dtype));
        expectClose(at(found, 1), at(wanted, 1), 50 * toleranceOf(dtype));
        const columns = isComplete ? m : k;
        const [q, p] = both([[dtype, [...batch, m, columns]]], (linalg, made) =>
          linalg.householderProduct(at(made, 0), at(found, 0), at(found, 1)),
        );
        expectClose(at(q, 0), at(p, 0), toleranceOf(dtype));
      }),
      { numRuns: 60 },
    );
  });

  test("eigenvalues and vectors of symmetric matrices", () => {
    fc.assert(
      fc.property(seeds, dtypes, batches, sizes, fc.boolean(), (chance, dtype, batch, n, upper) => {
        const input = random(chance, dtype, [...batch, n, n], () => noise(chance));
        const [found, wanted] = both(
          [
            [dtype, [...batch, n]],
            [dtype, [...batch, n, n]],
            [int32, batch],
          ],
          (linalg, made) => linalg.eigh(at(made, 0), at(made, 1), at(made, 2), input, upper),
        );
        expect(elements(at(found, 2))).toEqual(elements(at(wanted, 2)));
        expectClose(at(found, 0), at(wanted, 0), toleranceOf(dtype));
        // Signs of vectors follow from roundings: what counts is A·v = λ·v and that vectors are orthonormal.
        const values = elements(at(found, 0)).map(Number);
        matricesOf(at(found, 1)).forEach((vectors, b) => {
          const given = matricesOf(input)[b] as number[][];
          const full = given.map((row, i) =>
            row.map((_, j) => given[upper ? Math.min(i, j) : Math.max(i, j)]?.[upper ? Math.max(i, j) : Math.min(i, j)] as number),
          );
          expectOrthonormal(transpose(vectors), 50 * toleranceOf(dtype));
          transpose(vectors).forEach((v, k) => {
            const worst = Math.max(...full.map((row, i) => Math.abs(dot(row, v) - (values[b * n + k] as number) * (v[i] as number))));
            expect(worst).toBeLessThan(20 * n * toleranceOf(dtype));
          });
        });
      }),
      { numRuns: 50 },
    );
  });

  test("singular values and vectors", () => {
    fc.assert(
      fc.property(seeds, dtypes, batches, sizes, sizes, fc.boolean(), (chance, dtype, batch, m, n, isFull) => {
        const input = random(chance, dtype, [...batch, m, n], () => noise(chance));
        const k = Math.min(m, n);
        const [found, wanted] = both(
          [
            [dtype, [...batch, k]],
            [dtype, [...batch, m, isFull ? m : k]],
            [dtype, [...batch, isFull ? n : k, n]],
            [int32, batch],
          ],
          (linalg, made) => linalg.svd(at(made, 0), at(made, 1), at(made, 2), at(made, 3), input),
        );
        expect(elements(at(found, 3))).toEqual(elements(at(wanted, 3)));
        expectClose(at(found, 0), at(wanted, 0), toleranceOf(dtype));
        // Signs of vectors follow from roundings: what counts is A = U·diag(values)·Vᵀ with orthonormal factors.
        const values = elements(at(found, 0)).map(Number);
        matricesOf(at(found, 1)).forEach((u, b) => {
          const [vh, given] = [matricesOf(at(found, 2))[b] as number[][], matricesOf(input)[b] as number[][]];
          expectOrthonormal(transpose(u), 50 * toleranceOf(dtype));
          expectOrthonormal(vh, 50 * toleranceOf(dtype));
          const scaled = vh.slice(0, k).map((row, l) => row.map((x) => x * (values[b * k + l] as number)));
          const columns = transpose(scaled);
          const worst = Math.max(
            ...u.flatMap((row, i) => columns.map((column, j) => Math.abs(dot(row.slice(0, k), column) - (given[i]?.[j] as number)))),
          );
          expect(worst).toBeLessThan(20 * Math.max(m, n) * toleranceOf(dtype));
        });
      }),
      { numRuns: 50 },
    );
  });
});
