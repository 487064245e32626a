/** Saved values that were written in place before the backward pass. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const leaf = (data: torch.TensorData): torch.Tensor => torch.tensor(data, { requiresGrad: true });
const message = /one of the variables needed for gradient computation has been modified by an inplace operation/;

describe("the check of versions", () => {
  test("names a saved input with its type, shape and versions", () => {
    const [x, w] = [leaf([1, 2]), torch.ones(2)];
    const y = x.mul(w);
    w.add_(1);
    expect(() => y.sum().backward()).toThrow("[torch.FloatTensor [2]] is at version 1; expected version 0 instead");
    expect(x.grad).toBeNull();
  });

  test("names a saved result with the operation that made it", () => {
    const x = leaf([[1, 2, 3]]);
    const y = x.exp();
    y.mul_(2).add_(1);
    const run = (): void => y.sum().backward();
    expect(run).toThrow(message);
    expect(run).toThrow("[torch.FloatTensor [1, 3]], which is output 0 of");
    expect(run).toThrow("is at version 2; expected version 0 instead");
  });

  test.each<[string, (saved: torch.Tensor) => unknown]>([
    ["the tensor", (saved) => saved.zero_()],
    ["a view of it", (saved) => saved.select(0, 0).fill_(5)],
    ["a view of a view", (saved) => saved.view(2, 1).t().add_(1)],
    ["its detached alias", (saved) => saved.detach().mul_(2)],
    ["the tensor, without recording", (saved) => torch.noGrad(() => saved.sub_(1))],
    ["the tensor, as out", (saved) => Reflect.apply(torch.add, null, [torch.ones(2), 1, { out: saved }])],
    ["the tensor, with random numbers", (saved) => saved.uniform_()],
    ["the tensor, by index", (saved) => saved.indexPut_([torch.tensor([0n])], torch.tensor(1))],
    ["the tensor, with another's values", (saved) => saved.copy_(torch.ones(2))],
  ])("catches a write through %s", (_, write) => {
    const x = leaf([1, 2]);
    const saved = torch.tensor([3, 4]);
    const y = x.mul(saved);
    write(saved);
    expect(() => y.sum().backward()).toThrow(message);
  });

  test("a saved view notices that its base was written", () => {
    const x = leaf([1, 2]);
    const base = torch.ones(2, 2);
    const y = x.mul(base.select(0, 1));
    base.mul_(2);
    expect(() => y.sum().backward()).toThrow(message);
  });

  test("what is not read may be written", () => {
    const x = leaf([1, 2]);
    const added = torch.ones(2);
    const y = x.add(added).mul(2);
    added.zero_();
    const product = leaf([5, 6]);
    const constant = torch.ones(2);
    const z = product.mul(constant).relu();
    y.mul_(3);
    y.sum().add(z.sum()).backward();
    expect(x.grad?.tolist()).toEqual([6, 6]);
  });

  test("only the gradient that reads the written value fails", () => {
    const [x, w] = [leaf([1, 2]), leaf([3, 4])];
    const [v, u] = [x.mul(1), w.mul(1)];
    const y = v.mul(u);
    u.zero_();
    expect(() => torch.autograd.grad(y.sum(), x, { retainGraph: true })).toThrow(message);
  });

  test("a chain in place whose steps do not need what the next one overwrites", () => {
    const x = leaf([-1, 2]);
    const y = x.mul(3);
    y.mul_(torch.tensor([2, 5]))
      .add_(1)
      .relu_();
    y.sum().backward();
    expect(x.grad?.tolist()).toEqual([0, 15]);
  });

  test("an optimiser step between forward and backward is noticed", () => {
    const w = leaf([1, 2]);
    const optimizer = new torch.optim.SGD([w], { lr: 0.1 });
    const loss = w.mul(w).sum();
    loss.backward({ retainGraph: true });
    optimizer.step();
    expect(() => loss.backward()).toThrow(message);
  });

  test("the hint leads to anomaly detection", () => {
    const y = leaf([1]).exp();
    y.add_(1);
    expect(() => y.sum().backward()).toThrow("setDetectAnomaly(true)");
  });
});

describe("writing in place while operations are recorded", () => {
  test("changes nothing if it is refused", () => {
    const x = leaf([1, 2]);
    for (const write of [() => x.add_(1), () => x.view(2).mul_(3), () => x.zero_(), () => x.uniform_(), () => x.copy_(torch.zeros(2))]) {
      expect(write).toThrow(/a (view of a )?leaf Variable that requires grad is being used in an in-place operation/);
    }
    expect([x.tolist(), x._version]).toEqual([[1, 2], 0]);
  });

  test("requiresGrad may be set on leaves only, and on floats only", () => {
    const x = leaf([1, 2]);
    const y = x.mul(2);
    expect(() => y.requiresGrad_(false)).toThrow("you can only change requires_grad flags of leaf variables");
    expect(y.requiresGrad_(true)).toBe(y);
    const counts = torch.tensor([1n]);
    expect(() => counts.requiresGrad_()).toThrow("Only Tensors of floating point and complex dtype can require gradients");
    expect(() => torch.ones(2, { dtype: torch.int64, requiresGrad: true })).toThrow(torch.DTypeError);
    expect(counts.requiresGrad).toBe(false);
    expect(x.requiresGrad_(false).requiresGrad).toBe(false);
  });

  test("detach shares memory, not history", () => {
    const x = leaf([1, 2]);
    const y = x.mul(2);
    const d = y.detach();
    expect([d.requiresGrad, d.isLeaf, d.gradFn]).toEqual([false, true, null]);
    d.mul_(10);
    expect(y.tolist()).toEqual([20, 40]);
    expect(y._version).toBe(1);
  });

  test("detach_ cuts a tensor off", () => {
    const x = leaf([1, 2]);
    const y = x.mul(2);
    const z = y.mul(3);
    expect(y.detach_()).toBe(y);
    expect([y.requiresGrad, y.isLeaf]).toEqual([false, true]);
    z.sum().backward();
    expect(x.grad?.tolist()).toEqual([6, 6]);
    expect(() => x.view(2).detach_()).toThrow("Can't detach views in-place");
  });

  test("data is outside of the graph", () => {
    const x = leaf([1, 2]);
    x.data.mul_(5);
    expect(x.tolist()).toEqual([5, 10]);
    expect(x.data.requiresGrad).toBe(false);
    x.data = torch.tensor([7, 8, 9]);
    expect([x.tolist(), x.requiresGrad, x.isLeaf]).toEqual([[7, 8, 9], true, true]);
  });
});

test("what follows a normalisation or a pooling may write its result in place", () => {
  const { nn } = torch;
  const x = torch.randn(2, 4, 6, 6, { requiresGrad: true });
  for (const layer of [
    new nn.BatchNorm2d(4),
    new nn.GroupNorm(2, 4),
    new nn.LayerNorm([6, 6]),
    new nn.InstanceNorm2d(4),
    new nn.MaxPool2d(2),
  ]) {
    const apply = layer as (input: torch.Tensor) => torch.Tensor;
    const grads = [false, true].map((inplace) => {
      x.grad = null;
      new nn.ReLU(inplace)(apply(x)).square().sum().backward();
      return (x.grad as torch.Tensor | null)?.tolist();
    });
    expect(grads[1]).toEqual(grads[0]);
  }
});
