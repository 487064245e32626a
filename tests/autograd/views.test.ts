/** Views written in place, and views of what is written, against what PyTorch 2.13 does in each case. */

import { expect, test } from "vitest";
import * as torch from "../../src/index.js";
import type { NestedArray } from "../../src/tensor/create.js";

const leaf = (data: NestedArray): torch.Tensor => torch.tensor(data, { requiresGrad: true });

/** A tensor that is no leaf, and the leaf behind it, whose gradient it hands on as it is. */
function recorded(data: NestedArray): [leaf: torch.Tensor, value: torch.Tensor] {
  const x = leaf(data);
  return [x, x.mul(1)];
}

test("a select written in place changes its base and both gradients", () => {
  const x = leaf([1, 2, 3]);
  const w = leaf([5]);
  const y = x.mul(2);
  y.select(0, 0).mul_(w.select(0, 0));
  y.sum().backward();
  expect(y.tolist()).toEqual([10, 4, 6]);
  expect(x.grad?.tolist()).toEqual([10, 2, 2]);
  expect(w.grad?.tolist()).toEqual([2]);
  expect(y.gradFn?.name).toBe("CopySlices");
  expect(y._version).toBe(1);
});

test("a view of a view", () => {
  const [x, y] = recorded([
    [1, 2],
    [3, 4],
  ]);
  const row = y.select(0, 0);
  const last = row.slice(0, 1);
  last.mul_(10);
  const used = last.mul(1);
  y.sum().add(used.mul(used).sum()).backward();
  expect(x.grad?.tolist()).toEqual([
    [1, 410],
    [1, 1],
  ]);
  expect(last.gradFn?.name).toBe("AsStridedBackward0");
  expect(row.gradFn?.name).toBe("AsStridedBackward0");
});

test("a view sees its base change", () => {
  const x = leaf([1, 2, 3]);
  const y = x.mul(2);
  const view = y.slice(0, 1);
  y.mul_(3);
  expect(view.gradFn?.name).toBe("AsStridedBackward0");
  view.sum().backward();
  expect(view.tolist()).toEqual([12, 18]);
  expect(x.grad?.tolist()).toEqual([0, 6, 6]);
});

test("views written through transposes and regroupings", () => {
  const [x, y] = recorded([1, 2, 3, 4]);
  const view = y.view(2, 2).t();
  view.select(0, 0).mul_(3);
  view.mul_(
    torch.tensor([
      [1, 2],
      [3, 4],
    ]),
  );
  y.mul(torch.tensor([1, 10, 100, 1000]))
    .sum()
    .backward();
  expect(y.tolist()).toEqual([3, 6, 18, 16]);
  expect(x.grad?.tolist()).toEqual([3, 30, 600, 4000]);
});

test("a base with strides of its own", () => {
  const base = leaf([
    [1, 2],
    [3, 4],
  ])
    .mul(1)
    .t()
    .detach();
  const w = leaf([2, 3]);
  base.select(0, 0).mul_(w);
  base
    .mul(
      torch.tensor([
        [1, 10],
        [100, 1000],
      ]),
    )
    .sum()
    .backward();
  expect(base.tolist()).toEqual([
    [2, 9],
    [2, 4],
  ]);
  expect(w.grad?.tolist()).toEqual([1, 30]);
});

test("a plain base becomes part of the graph", () => {
  const x = leaf([1, 2, 3]);
  const base = torch.zeros(3);
  base.slice(0, 1).add_(x.slice(0, 1));
  expect(base.isLeaf).toBe(false);
  base.sum().backward();
  expect(x.grad?.tolist()).toEqual([0, 1, 1]);
});

test("the second derivative goes through", () => {
  const [x, y] = recorded([1, 2]);
  y.select(0, 0).mul_(3);
  const [grad] = torch.autograd.grad(y.mul(y).sum(), x, { createGraph: true });
  expect(grad?.tolist()).toEqual([18, 4]);
  grad?.sum().backward();
  expect(x.grad?.tolist()).toEqual([18, 2]);
});

test("the real part of a complex tensor written in place", () => {
  const [x, y] = recorded([new torch.Complex(1, 2), new torch.Complex(3, -1)]);
  y.real.mul_(3);
  y.abs().sum().backward();
  const parts = torch.viewAsReal(x.grad as torch.Tensor).tolist() as number[][];
  const expected = [
    [2.4961509704589844, 0.5547001957893372],
    [2.9816513061523438, -0.11043152213096619],
  ];
  expect(parts.flat()).toEqual(expected.flat().map((n) => expect.closeTo(n, 5)));
});

test("parts of a complex tensor see it change", () => {
  const [x, y] = recorded([new torch.Complex(1, 2), new torch.Complex(3, -1)]);
  const part = torch.viewAsReal(y).select(0, 0);
  y.mul_(new torch.Complex(0, 2));
  part
    .mul(torch.tensor([1, 10]))
    .sum()
    .backward();
  expect(part.tolist()).toEqual([-4, 2]);
  expect(torch.viewAsReal(x.grad as torch.Tensor).tolist()).toEqual([
    [20, -2],
    [0, 0],
  ]);
});

test("leaves that require grad, and views of them, are not written while recording", () => {
  const x = leaf([1, 2]);
  expect(() => x.add_(1)).toThrow("a leaf Variable that requires grad is being used in an in-place operation");
  expect(() => x.select(0, 0).add_(1)).toThrow("a view of a leaf Variable that requires grad is being used in an in-place operation");
  expect(() => leaf([[1]]).t_()).toThrow("a leaf Variable that requires grad");
  torch.noGrad(() => {
    x.select(0, 0).mul_(5);
    x.mul_(2);
  });
  expect(x.tolist()).toEqual([10, 4]);
  expect(x._version).toBe(2);
  expect(x.isLeaf).toBe(true);
});

test("what is saved must not be written: not itself, nor through a view or a detached tensor", () => {
  const message = "one of the variables needed for gradient computation has been modified by an inplace operation";
  const writes: ((h: torch.Tensor) => unknown)[] = [
    (h) => h.add_(1),
    (h) => h.detach().add_(1),
    (h) => h.select(0, 0).add_(1),
    (h) => torch.noGrad(() => h.slice(0, 1).zero_()),
  ];
  for (const write of writes) {
    const [, h] = recorded([1, 2]);
    const y = h.mul(h);
    write(h);
    expect(() => y.sum().backward()).toThrow(message);
  }
});

test("a view counts as written when its base or another view is", () => {
  const [, y] = recorded([1, 2]);
  const view = y.slice(0, 0, 1);
  const squares = view.mul(view).sum();
  y.slice(0, 1).add_(1);
  expect(() => squares.backward()).toThrow(/at version 1; expected version 0/);
});

test("shapes alone are no reason to keep what was read", () => {
  const [x, h] = recorded([1, 2]);
  const joined = torch.cat([h, h]);
  const repeated = h.repeat(2);
  const wide = h.to(torch.float64).sum();
  h.mul_(5);
  joined.add(repeated).sum().add(wide).backward();
  expect(x.grad?.tolist()).toEqual([5, 5]);
});

test("one of several views is not written while recording", () => {
  const [, y] = recorded([1, 2, 3, 4]);
  const message = "This view is the output of a function that returns multiple views";
  const [first] = y.chunk(2);
  expect(() => first?.mul_(2)).toThrow(`mul_: Output 0 of Split is a view and is being modified inplace. ${message}`);
  expect(() => first?.select(0, 0).mul_(2)).toThrow(message);
  expect(() => y.unbind(0)[1]?.mul_(2)).toThrow("Output 1 of Unbind is a view");
  const plain = torch.zeros(4);
  plain.chunk(2)[0]?.add_(1);
  expect(plain.tolist()).toEqual([1, 1, 0, 0]);
  expect(() => plain.chunk(2)[0]?.mul_(leaf([2]))).toThrow(message);
});

test("one of several views is of no use once its base was written", () => {
  const [, y] = recorded([1, 2, 3, 4]);
  const [first] = y.chunk(2);
  y.mul_(2);
  expect(first?.requiresGrad).toBe(true);
  expect(() => first?.sum()).toThrow("Output 0 of Split is a view and its base or another view of its base has been modified inplace");
});

test("a view made without recording is not written while recording", () => {
  const [, y] = recorded([1, 2]);
  const view = torch.noGrad(() => y.select(0, 0));
  expect(() => view.add_(1)).toThrow("A view was created in no_grad mode and is being modified inplace with grad mode enabled");
  torch.noGrad(() => view.add_(1));
  expect(y.tolist()).toEqual([2, 2]);
  const plain = torch.zeros(2);
  torch.noGrad(() => plain.select(0, 0)).add_(1);
  expect(plain.tolist()).toEqual([1, 0]);
});

test("what is written without recording leaves the graph as it was", () => {
  const [x, y] = recorded([1, 2]);
  torch.noGrad(() => y.select(0, 0).mul_(4));
  y.sum().backward();
  expect(y.tolist()).toEqual([4, 2]);
  expect(x.grad?.tolist()).toEqual([1, 1]);
});

test("layouts changed in place", () => {
  const [x, y] = recorded([
    [1, 2],
    [3, 4],
  ]);
  const weights = torch.tensor([
    [1, 2],
    [3, 4],
  ]);
  y.t_();
  y.mul(weights).sum().backward();
  expect(y._version).toBe(1);
  expect(x.grad?.tolist()).toEqual([
    [1, 3],
    [2, 4],
  ]);
});

test("a view whose layout was changed in place is still a view", () => {
  const [x, y] = recorded([
    [1, 2],
    [3, 4],
  ]);
  const view = y.slice(0, 0, 1);
  view.squeeze_(0);
  view.mul_(torch.tensor([10, 20]));
  y.sum().backward();
  expect(view.shape).toEqual([2]);
  expect(x.grad?.tolist()).toEqual([
    [10, 20],
    [1, 1],
  ]);
});

test("layouts changed in place without recording keep the graph", () => {
  const [x, y] = recorded([[1, 2]]);
  torch.noGrad(() => y.unsqueeze_(0).squeeze_(0));
  y.sum().backward();
  expect(x.grad?.tolist()).toEqual([[1, 1]]);
});

test("a tensor that shows a place twice is not written", () => {
  const stretched = torch.ones(3).unsqueeze(0).expand(2, 3);
  expect(() => stretched.mul_(2)).toThrow("more than one element of the written-to tensor refers to a single memory location");
  expect(stretched.t_().shape).toEqual([3, 2]);
});

test("views of views have one base", () => {
  const [, y] = recorded([1, 2]);
  expect(y.view(2, 1).t()._base).toBe(y);
  expect(y.split(1)[0]?._base).toBe(y);
  expect(y.detach()._base).toBe(null);
  expect(y._base).toBe(null);
});

test("a detached tensor shares memory and versions", () => {
  const [, y] = recorded([1, 2]);
  const detached = y.detach();
  detached.add_(1);
  expect(y.tolist()).toEqual([2, 3]);
  expect(y._version).toBe(1);
  expect(detached.requiresGrad).toBe(false);
  expect(() => y.select(0, 0).detach_()).toThrow("Can't detach views in-place");
});

test("a tensor that requires grad is not resized", () => {
  expect(() => recorded([1, 2])[1].resize_(3)).toThrow("cannot resize variables that require grad");
  expect(torch.tensor([1, 2, 3, 4]).resize_(2, 1).tolist()).toEqual([[1], [2]]);
});
