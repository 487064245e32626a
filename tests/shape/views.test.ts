/** Views and copies that the golden cases do not reach, against values from PyTorch 2.13. */

import { expect, test } from "vitest";
import * as torch from "../../src/index.js";

const range = (n: number): torch.Tensor => torch.tensor(Array.from({ length: n }, (_, i) => i));

test("memory read as another dtype", () => {
  const x = torch.tensor([1, -2]);
  expect(x.view(torch.int32).tolist()).toEqual([1065353216, -1073741824]);
  expect(x.view(torch.uint8).tolist()).toEqual([0, 0, 128, 63, 0, 0, 0, 192]);
  expect(x.view(torch.uint8).view(torch.float32).tolist()).toEqual([1, -2]);
  expect(range(4).view(torch.complex64).shape).toEqual([2]);
  x.view(torch.int32).select(0, 0).fill_(0);
  expect(x.tolist()).toEqual([0, -2]);
});

test("memory that does not hold whole elements of another dtype", () => {
  expect(() => torch.zeros(3).view(torch.float64)).toThrow(
    "self.size(-1) must be divisible by 2 to view Float as Double (different element sizes), but got 3",
  );
  expect(() => torch.zeros(2, 4).t().view(torch.float64)).toThrow("self.stride(-1) must be 1 to view Float as Double");
  expect(() => torch.tensor(1).view(torch.int16)).toThrow("self.dim() cannot be 0 to view Float as Short");
  expect(() => torch.zeros(3, 4).slice(1, 1, 3).view(torch.float64)).toThrow("self.storage_offset() must be divisible by 2");
});

test("gradients of overlapping strides are summed, those of shared elements shared out", () => {
  const x = range(6).requiresGrad_();
  x.asStrided([2, 3], [1, 1], 1).mul(range(6).view(2, 3)).sum().backward();
  expect(x.grad?.tolist()).toEqual([0, 0, 4, 6, 5, 0]);
  const y = range(3).requiresGrad_();
  y.unsqueeze(0)
    .expand(2, 3)
    .asStrided([2], [2], 0)
    .mul(torch.tensor([1, 10]))
    .sum()
    .backward();
  expect(y.grad?.tolist()).toEqual([1, 0, 10]);
});

test("gradients that are views of larger memory", () => {
  const x = range(4).requiresGrad_();
  const picked = torch.zeros(2).asStridedScatter(x.slice(0, 2), [2], [1], 0);
  torch
    .cat([torch.zeros(3), picked])
    .mul(range(5))
    .sum()
    .backward();
  expect(x.grad?.tolist()).toEqual([0, 0, 3, 4]);
});

test("padding that cuts on one side", () => {
  const { pad } = torch.nn.functional;
  const x = range(6).view(1, 6);
  expect(pad(x, [-1, 2], "circular").tolist()).toEqual([[1, 2, 3, 4, 5, 1, 2]]);
  expect(pad(x, [-2, 3], "reflect").tolist()).toEqual([[2, 3, 4, 5, 4, 3, 2]]);
  expect(pad(x, [-8, 3], "replicate").tolist()).toEqual([[5]]);
  expect(pad(x, [-1, -2]).tolist()).toEqual([[1, 2, 3]]);
  expect(() => pad(x, [6, 0], "reflect")).toThrow("Padding size should be less than the corresponding input dimension");
});

test("padding never gives the input's own memory", () => {
  const x = range(3).view(1, 3);
  for (const mode of ["constant", "reflect", "replicate", "circular"] as const) {
    torch.nn.functional.pad(x, [0, 0], mode).zero_();
    torch.nn.functional.pad(x, [-1, 0], mode).zero_();
  }
  expect(x.tolist()).toEqual([[0, 1, 2]]);
});

test("fold sums what unfold takes", () => {
  const { fold, unfold } = torch.nn.functional;
  expect(fold(torch.ones(1, 4, 4), [3, 3], 2).tolist()).toEqual([
    [
      [
        [1, 2, 1],
        [2, 4, 2],
        [1, 2, 1],
      ],
    ],
  ]);
  const x = torch.rand(1, 2, 5, 6, { dtype: torch.float64 }).requiresGrad_();
  const options = { dilation: [1, 2], padding: [1, 0], stride: [2, 1] };
  const columns = unfold(x, [2, 3], options);
  columns.backward(columns.detach());
  const summed = fold(columns.detach(), [5, 6], [2, 3], options);
  expect(
    summed
      .sub(x.grad as torch.Tensor)
      .abs()
      .max()
      .item(),
  ).toBeLessThan(1e-12);
  const inputs = torch.rand(1, 12, 6, { dtype: torch.float64 }).requiresGrad_();
  expect(torch.autograd.gradgradcheck((input: torch.Tensor) => fold(input, [3, 4], [2, 2]), [inputs])).toBe(true);
});

test("the diagonal of a tall matrix, wrapped", () => {
  expect(torch.zeros(7, 3).fillDiagonal_(5, true).nonzero().tolist()).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
    [4, 0],
    [5, 1],
    [6, 2],
  ]);
  expect(torch.zeros(7, 3).fillDiagonal_(5).sum().item()).toBe(15);
  expect(() => torch.zeros(2, 2, 3).fillDiagonal_(1)).toThrow("all dimensions of input must be of equal length");
});

test("pieces that may be written in place", () => {
  const y = range(4).requiresGrad_().mul(1);
  const [first] = y.unsafeChunk(2);
  first?.mul_(3);
  expect(y.tolist()).toEqual([0, 3, 2, 3]);
});

test("copies share no memory with what they show", () => {
  const x = range(6).view(2, 3);
  const copies = [
    torch.aliasCopy(x),
    torch.permuteCopy(x, [1, 0]),
    torch.selectCopy(x, 0, 1),
    torch.sliceCopy(x, 1, 0, 2),
    torch.viewCopy(x, [3, 2]),
    torch.viewCopy(x.t(), [6]),
    ...torch.splitCopy(x, 1),
    ...torch.unbindCopy(x, 1),
  ];
  for (const copy of copies) copy.fill_(-1);
  expect(x.tolist()).toEqual([
    [0, 1, 2],
    [3, 4, 5],
  ]);
});

test("sizes by name", () => {
  expect(range(6).view({ size: [2, 3] }).shape).toEqual([2, 3]);
  expect(range(6).reshape({ shape: [3, -1] }).shape).toEqual([3, 2]);
  expect(range(2).repeat({ repeats: [2, 1] }).shape).toEqual([2, 2]);
});
