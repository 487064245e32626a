/** Products of tensors beyond PyTorch's own samples: every pair of ranks, equations at random, orders of contraction. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

interface Flat {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Row {
  readonly equation: string;
  readonly operands: readonly Flat[];
  readonly out: Flat;
}

const rows: readonly Row[] = JSON.parse(readFileSync(new URL("einsum.json", import.meta.url), "utf8"));
const made = ({ shape, data }: Flat): torch.Tensor => torch.tensor([...data]).reshape(shape);

describe("einsum", () => {
  test.each(rows.map((row, i) => [i, row.equation, row] as const))("%i: %s gives what PyTorch gives", (_, equation, row) => {
    const out = torch.einsum(equation, row.operands.map(made));
    expect(out.shape).toEqual(row.out.shape);
    expect(out.eq(made(row.out)).all().item()).toBe(true);
  });

  test("subscripts may be lists of numbers", () => {
    const [a, b] = [torch.randn(2, 3), torch.randn(3, 4)];
    expect(torch.einsum(a, [0, 1], b, [1, 2], [0, 2]).equal(a.mm(b))).toBe(true);
    expect(torch.einsum(a, ["...", 1]).equal(a)).toBe(true);
  });

  test.each([
    ["ij,jk->il", /output subscript l does not appear in the equation for any input operand/],
    ["ij,jk->ii", /output subscript i appears more than once in the output/],
    ["ij,jk,k", /fewer operands were provided than specified in the equation/],
    ["ij", /more operands were provided than specified in the equation/],
    ["ijk,jk", /number of subscripts in the equation \(3\) does not match the number of dimensions \(2\) for operand 0/],
    ["ij,..k", /found '.' for operand 1 that is not part of any ellipsis/],
    ["i1,jk", /invalid subscript given at index 1 in the equation string/],
    ["ij,jk->ik", /subscript j has size 2 for operand 1 which does not broadcast with previously seen size 3/],
  ] as const)("%s is refused", (equation, message) => {
    expect(() => torch.einsum(equation, torch.ones(2, 3), torch.ones(2, 3))).toThrow(message);
  });
});

/** Batched products by their definition, over broadcast batches. */
function byDefinition(a: torch.Tensor, b: torch.Tensor): torch.Tensor {
  const [left, right] = [a.ndim === 1 ? a.unsqueeze(0) : a, b.ndim === 1 ? b.unsqueeze(1) : b];
  let out = left.unsqueeze(-1).mul(right.unsqueeze(-3)).sum(-2);
  if (b.ndim === 1) out = out.squeeze(-1);
  return a.ndim === 1 ? out.squeeze(b.ndim === 1 ? -1 : -2) : out;
}

const shapes = [[3], [2, 3], [3, 3], [4, 2, 3], [4, 3, 3], [1, 3, 3], [2, 1, 3, 3], [0, 3], [2, 0, 3]] as const;
const areFactors = (a: readonly number[], b: readonly number[]): boolean => {
  const batches = [a, b].map((shape) => shape.slice(0, -2).reverse()) as [number[], number[]];
  const broadcast = batches[0].every((n, d) => n === 1 || (batches[1][d] ?? 1) === 1 || n === batches[1][d]);
  return broadcast && a.at(-1) === (b.length === 1 ? b[0] : b.at(-2));
};
const pairs = shapes.flatMap((a) => shapes.map((b) => [a, b] as const)).filter(([a, b]) => areFactors(a, b));

test.each(pairs)("matmul of %j and %j", (a, b) => {
  const [x, y] = [torch.randint(-4, 5, [...a], { dtype: torch.float64 }), torch.randint(-4, 5, [...b], { dtype: torch.float64 })];
  const expected = byDefinition(x, y);
  expect(x.matmul(y).shape).toEqual(expected.shape);
  expect(x.matmul(y).eq(expected).all().item()).toBe(true);
  const strided = x.transpose(0, -1).contiguous().transpose(0, -1);
  expect(strided.matmul(y).eq(expected).all().item()).toBe(true);
});

test("chains are multiplied in any order with the same result", () => {
  const factors = [
    [2, 9],
    [9, 3],
    [3, 8],
    [8, 1],
    [1, 5],
  ].map(([n, m]) => torch.randint(-2, 3, [n ?? 0, m ?? 0], { dtype: torch.float64 }));
  const expected = factors.reduce((product, factor) => product.mm(factor));
  expect(torch.linalg.multiDot(factors).equal(expected)).toBe(true);
  expect(torch.chainMatmul(...factors).equal(expected)).toBe(true);
});

test("scaled sums leave out what is multiplied by zero", () => {
  const bias = torch.full([2], Number.NaN);
  expect(torch.addmm(bias, torch.ones(2, 3), torch.ones(3, 2), { beta: 0 }).tolist()).toEqual([
    [3, 3],
    [3, 3],
  ]);
  expect(torch.addr(torch.full([2, 2], Number.NaN), torch.ones(2), torch.ones(2), { beta: 0 }).tolist()).toEqual([
    [1, 1],
    [1, 1],
  ]);
});
