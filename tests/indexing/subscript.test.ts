/** Indexing and assignment through an index. Expected values are those of PyTorch 2.13. */

import { expect, test } from "vitest";
import * as torch from "../../src/index.js";
import type { IndexItem } from "../../src/ops/indexing/subscript.js";

const x = torch.arange(24).to(torch.float32).reshape(2, 3, 4);
const mask = torch.tensor([
  [true, false, true],
  [false, false, true],
]);
const order = torch.tensor([1n, 0n]);

const reads: readonly (readonly [name: string, items: readonly IndexItem[], shape: readonly number[], values: readonly number[]])[] = [
  ["x[1]", [1], [3, 4], [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]],
  ["x[-1, 0]", [-1, 0], [4], [12, 13, 14, 15]],
  ["x[:, 1]", [":", 1], [2, 4], [4, 5, 6, 7, 16, 17, 18, 19]],
  ["x[..., -1]", ["...", -1], [2, 3], [3, 7, 11, 15, 19, 23]],
  ["x[0, ::2, 1:3]", [0, "::2", "1:3"], [2, 2], [1, 2, 9, 10]],
  ["x[0, ::2, 1:3] by objects", [0, { step: 2 }, { start: 1, stop: 3 }], [2, 2], [1, 2, 9, 10]],
  ["x[:, None, 0, 0]", [":", null, 0, 0], [2, 1], [0, 12]],
  ["x[i, 0, 0]", [order, 0, 0], [2], [12, 0]],
  ["x[:, i, 0]", [":", order, 0], [2, 2], [4, 0, 16, 12]],
  ["x[i, :, i]: apart, so the index comes first", [order, ":", order], [2, 3], [13, 17, 21, 0, 4, 8]],
  ["x[0, :, i]", [0, ":", order], [3, 2], [1, 0, 5, 4, 9, 8]],
  ["x[mask]", [mask], [3, 4], [0, 1, 2, 3, 8, 9, 10, 11, 20, 21, 22, 23]],
  ["x[mask, 0]", [mask, 0], [3], [0, 8, 20]],
  [
    "x[[0, 1], [2, -1]]",
    [
      [0, 1],
      [2, -1],
    ],
    [2, 4],
    [8, 9, 10, 11, 20, 21, 22, 23],
  ],
  ["x[True, 0, 0]", [true, 0, 0], [1, 4], [0, 1, 2, 3]],
  ["x[[[0], [1]], :, [3, 0]]", [[[0], [1]], ":", [3, 0]], [2, 2, 3], [3, 7, 11, 0, 4, 8, 15, 19, 23, 12, 16, 20]],
];

test.each(reads)("%s", (_name, items, shape, values) => {
  const part = x.index(...items);
  expect(part.shape).toEqual(shape);
  expect(part.reshape(-1).tolist()).toEqual(values);
});

test("integers and slices give views, index tensors copies", () => {
  const base = torch.zeros(2, 2);
  base.index(0).fill_(1);
  base.index([1]).fill_(9);
  expect(base.tolist()).toEqual([
    [1, 1],
    [0, 0],
  ]);
});

test("nodes are named as in PyTorch", () => {
  const leaf = x.clone().requiresGrad_();
  expect(leaf.index(0).gradFn?.name).toBe("SelectBackward0");
  expect(leaf.index(":", "1:").gradFn?.name).toBe("SliceBackward0");
  expect(leaf.index(null).gradFn?.name).toBe("UnsqueezeBackward0");
  expect(leaf.index(order).gradFn?.name).toBe("IndexBackward0");
});

test.each<readonly [IndexItem[], RegExp]>([
  [[2], /index 2 is out of bounds for dimension 0 with size 2/],
  [[0, [7]], /index 7 is out of bounds for dimension 0 with size 3/],
  [[0, 0, 0, 0], /too many indices for tensor of dimension 3/],
  [
    [torch.ones(2, 2).to(torch.bool)],
    /The shape of the mask \[2, 2\] at index 1 does not match the shape of the indexed tensor \[2, 3, 4\] at index 1/,
  ],
  [[order, [0, 1, 2]], /indexing tensors could not be broadcast together with shapes \[2\], \[3\]/],
  [[torch.tensor([0.5])], /tensors used as indices must be long, int, byte or bool tensors, got torch.float32/],
  [[1.5], /only integers, slices .* are valid indices \(got float 1.5/],
  [["::-1"], /step must be greater than zero/],
])("bad index %#", (items, message) => {
  expect(() => x.index(...items)).toThrow(message);
});

test("assignment goes through every kind of index, and gradients through assignment", () => {
  const leaf = torch.zeros(3, { requiresGrad: true });
  const value = torch.ones(2, { requiresGrad: true });
  const y = leaf.mul(1);
  y.indexPut_(["1:"], value.mul(2));
  y.indexPut_([[0, 0]], 3);
  y.mul(torch.tensor([1, 2, 3]))
    .sum()
    .backward();
  expect(y.tolist()).toEqual([3, 2, 2]);
  expect(leaf.grad?.tolist()).toEqual([0, 0, 0]);
  expect(value.grad?.tolist()).toEqual([4, 6]);
});

test("a masked assignment and an accumulating one", () => {
  expect(x.clone().indexPut_([mask], 0).sum().item()).toBe(146);
  expect(
    torch
      .zeros(3)
      .indexPut([[0, 0, 2]], torch.tensor([1, 2, 3]), { accumulate: true })
      .tolist(),
  ).toEqual([3, 0, 3]);
  expect(() => torch.zeros(2, 4).indexPut_([[0, 1]], torch.ones(3))).toThrow(
    /value tensor of shape \[3\] cannot be broadcast to indexing result of shape \[2, 4\]/,
  );
});

test("a view that is used after its base was written belongs behind the write", () => {
  const leaf = torch.tensor([1, 2], { requiresGrad: true });
  const base = leaf.mul(2);
  const view = base.index("1:");
  base.mul_(3);
  view.mul(view).sum().backward();
  expect(leaf.grad?.tolist()).toEqual([0, 144]);
});

test("values are copied before they are overwritten", () => {
  const t = torch.tensor([1, 2, 3]);
  t.indexPut_([[0, 1, 2]], t.flip(0));
  expect(t.tolist()).toEqual([3, 2, 1]);
  const u = torch.tensor([1, 2, 3]);
  u.indexPut_(["1:"], u.index(":2"));
  expect(u.tolist()).toEqual([1, 1, 2]);
});
