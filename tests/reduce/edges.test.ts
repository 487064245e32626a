/** Reductions where PyTorch's behaviour is not obvious: empty inputs, ties, infinities, and the forms of `max`. Values are those of PyTorch 2.13. */

import { expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { Infinity: inf } = globalThis;

function gradientOf(f: (x: torch.Tensor) => torch.Tensor, values: torch.Tensor): unknown {
  const x = values.clone().requiresGrad_();
  f(x).sum().backward();
  return x.grad?.tolist();
}

test("max and min have three forms, as functions and as methods", () => {
  const x = torch.tensor([
    [1, 5],
    [7, 3],
  ]);
  expect(x.max().item()).toBe(7);
  expect(x.max(1).values.tolist()).toEqual([5, 7]);
  const { values, indices } = torch.min(x, { dim: 0, keepdim: true });
  expect([values.tolist(), indices.tolist()]).toEqual([[[1, 3]], [[0, 1]]]);
  expect(torch.max(x, torch.tensor([4, 4])).tolist()).toEqual([
    [4, 5],
    [7, 4],
  ]);
  expect(() => torch.zeros(0).max()).toThrow(/Expected reduction dim to be specified for input.numel\(\) == 0/);
  expect(() => torch.zeros(2, 0).max(1)).toThrow(/dim 1 to have non-zero size/);
});

test("ties share the gradient of the whole maximum and of amax, but not of max along a dimension or of cdist", () => {
  const x = torch.tensor([[2, 2, 1]]);
  expect(gradientOf((t) => t.max(), x)).toEqual([[0.5, 0.5, 0]]);
  expect(gradientOf((t) => t.amax(1), x)).toEqual([[0.5, 0.5, 0]]);
  expect(gradientOf((t) => t.max(1).values, x)).toEqual([[1, 0, 0]]);
  expect(gradientOf((t) => torch.cdist(t, torch.tensor([[3, 4]]), inf), torch.tensor([[1, 2]]))).toEqual([[-1, -1]]);
});

test("products have gradients at zeros, of any order", () => {
  expect(gradientOf((t) => t.prod(), torch.tensor([2, 0, 3]))).toEqual([0, 6, 0]);
  expect(gradientOf((t) => t.prod(), torch.tensor([0, 0, 3]))).toEqual([0, 0, 0]);
  expect(gradientOf((t) => t.cumprod(0), torch.tensor([2, 0, 3]))).toEqual([1, 8, 0]);
  const x = torch.tensor([0, 0, 3], { requiresGrad: true });
  const [first] = torch.autograd.grad([x.prod()], [x], { createGraph: true }) as [torch.Tensor];
  const [second] = torch.autograd.grad([first.index(0)], [x]) as [torch.Tensor];
  expect(second.tolist()).toEqual([0, 3, 0]);
});

test("an empty list of dimensions reduces all in sums and none in any and all", () => {
  const x = torch.ones(2, 3);
  expect(x.sum([]).shape).toEqual([]);
  expect(x.any([]).shape).toEqual([2, 3]);
});

test("norms of nothing", () => {
  expect(torch.linalg.matrixNorm(torch.zeros(0, 3), inf).item()).toBe(0);
  expect(torch.linalg.matrixNorm(torch.zeros(0, 3), -1).tolist()).toBe(0);
  expect(() => torch.linalg.matrixNorm(torch.zeros(0, 3), -inf)).toThrow(/non-zero size/);
  expect(() => torch.linalg.vectorNorm(torch.zeros(2, 0), { ord: inf, dim: 1 })).toThrow(/does not have an identity/);
  expect(torch.linalg.vectorNorm(torch.zeros(0, 2), { ord: inf, dim: 1 }).shape).toEqual([0]);
});

test("logarithms of sums at infinities", () => {
  expect(torch.tensor([-inf, -inf]).logsumexp(0).item()).toBe(-inf);
  expect(torch.tensor([inf, 0]).logsumexp(0).item()).toBe(inf);
  expect(torch.tensor([-inf, -inf]).softmax(0).tolist()).toEqual([Number.NaN, Number.NaN]);
});

test("medians, modes and NaN", () => {
  const x = torch.tensor([Number.NaN, 1, 2]);
  expect(x.median().item()).toBeNaN();
  expect(x.nanmedian().item()).toBe(1);
  const { values, indices } = torch.tensor([2, 1, 1, 2, 3]).mode();
  expect([values.item(), indices.item()]).toEqual([1, 2]);
});

test("differences of order 0 are a copy, whatever is joined to the input", () => {
  const x = torch.tensor([1, 2]);
  expect(x.diff(0, 0, torch.tensor([9])).tolist()).toEqual([1, 2]);
  expect(x.diff(5).shape).toEqual([0]);
});

test("histograms of nothing and of equal elements", () => {
  expect(torch.histogram(torch.zeros(0), 2).binEdges.tolist()).toEqual([0, 0.5, 1]);
  const { hist, binEdges } = torch.histogram(torch.tensor([2, 2]), 2);
  expect([hist.tolist(), binEdges.tolist()]).toEqual([
    [0, 2],
    [1.5, 2, 2.5],
  ]);
  expect(torch.tensor([2, 2]).histc(2).tolist()).toEqual([0, 2]);
});

test("batch statistics move the running ones", () => {
  const [mean, variance] = [torch.zeros(1), torch.ones(1)];
  torch.nn.functional.batchNorm(torch.tensor([[1], [3]]), mean, variance, { training: true, momentum: 0.5 });
  expect([mean.tolist(), variance.tolist()]).toEqual([[1], [1.5]]);
  expect(() => torch.nn.functional.batchNorm(torch.zeros(1, 3), null, null, { training: true })).toThrow(
    /Expected more than 1 value per channel when training/,
  );
});
