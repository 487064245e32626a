/** Hooks on leaves, on other tensors, after accumulation and on nodes. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const leaf = (data: torch.TensorData): torch.Tensor => torch.tensor(data, { requiresGrad: true });

describe("registerHook", () => {
  test("hooks run in the order of registration, each with what the one before returned", () => {
    const x = leaf([1, 2]);
    const seen: unknown[] = [];
    x.registerHook((grad) => grad.mul(10));
    x.registerHook((grad) => void seen.push(grad.tolist()));
    x.registerHook((grad) => grad.add(1));
    x.sum().backward();
    expect(seen).toEqual([[10, 10]]);
    expect(x.grad?.tolist()).toEqual([11, 11]);
  });

  test("on a tensor that is no leaf, the replacement flows on", () => {
    const x = leaf([1, 2]);
    const y = x.mul(2);
    y.registerHook((grad) => grad.mul(torch.tensor([0, 1])));
    y.mul(3).sum().backward();
    expect(x.grad?.tolist()).toEqual([0, 6]);
  });

  test("a hook sees the whole gradient, not its parts", () => {
    const x = leaf([1]);
    const y = x.mul(2);
    const seen: unknown[] = [];
    y.registerHook((grad) => void seen.push(grad.item()));
    y.mul(3).add(y.mul(4)).sum().backward();
    expect(seen).toEqual([7]);
  });

  test("remove takes away one registration, once", () => {
    const x = leaf([1]);
    let calls = 0;
    const hook = (): void => void calls++;
    const first = x.registerHook(hook);
    x.registerHook(hook);
    first.remove();
    first.remove();
    x.sum().backward();
    expect(calls).toBe(1);
  });

  test("a hook that returns null changes nothing", () => {
    const x = leaf([1]);
    Reflect.apply(x.registerHook, x, [() => null]);
    x.sum().backward();
    expect(x.grad?.tolist()).toEqual([1]);
  });

  test("a replacement must be a tensor of the same shape", () => {
    const x = leaf([1, 2]);
    const handle = x.registerHook(() => torch.ones(3));
    expect(() => x.sum().backward()).toThrow("the hook has changed the size of value: from [2] to [3]");
    handle.remove();
    Reflect.apply(x.registerHook, x, [() => 5]);
    expect(() => x.sum().backward()).toThrow("the hook returned number");
    expect(x.grad).toBeNull();
  });

  test("tensors that require no grad take no hooks", () => {
    expect(() => torch.ones(2).registerHook(() => undefined)).toThrow("cannot register a hook on a tensor that doesn't require gradient");
  });

  test("hooks run for autograd.grad too", () => {
    const x = leaf([1, 2]);
    x.registerHook((grad) => grad.mul(5));
    expect(torch.autograd.grad(x.sum(), x)[0].tolist()).toEqual([5, 5]);
  });

  test("a hook registered before an in-place write sees the gradient of the old value", () => {
    const x = leaf([1, 1]);
    const y = x.mul(2);
    const seen: unknown[] = [];
    y.registerHook((grad) => void seen.push(["before", grad.tolist()]));
    y.mul_(3);
    y.registerHook((grad) => void seen.push(["after", grad.tolist()]));
    y.sum().backward();
    expect(seen).toEqual([
      ["after", [1, 1]],
      ["before", [3, 3]],
    ]);
  });

  test("a gradient that a hook kept is not changed by accumulation", () => {
    const x = leaf([1, 2]);
    const y = leaf([3, 4]);
    const kept: torch.Tensor[] = [];
    y.registerHook((grad) => void kept.push(grad));
    const run = (): void =>
      x
        .add(y)
        .mul(torch.tensor([5, 6]))
        .sum()
        .backward();
    run();
    run();
    expect(kept.map((grad) => grad.tolist())).toEqual([
      [5, 6],
      [5, 6],
    ]);
    expect([x.grad?.tolist(), y.grad?.tolist()]).toEqual([
      [10, 12],
      [10, 12],
    ]);
  });

  test("with createGraph a hook's computation is differentiated as well", () => {
    const x = torch.tensor([3], { dtype: torch.float64, requiresGrad: true });
    const y = x.mul(x);
    y.registerHook((grad) => grad.mul(x));
    const [first] = torch.autograd.grad(y.sum(), x, { createGraph: true });
    const [second] = torch.autograd.grad(first.sum(), x);
    expect([first.tolist(), second.tolist()]).toEqual([[18], [12]]);
  });

  test("a backward pass inside a hook, through the same nodes", () => {
    const x = leaf([2]);
    const y = x.mul(x);
    const z = y.mul(3).sum();
    const inner: unknown[] = [];
    y.registerHook(() => {
      if (inner.length > 0) return;
      inner.push("started");
      inner.push(torch.autograd.grad(z, x, { retainGraph: true })[0].tolist());
    });
    z.backward({ retainGraph: true });
    expect(inner).toEqual(["started", [12]]);
    expect(x.grad?.tolist()).toEqual([12]);
  });
});

describe("retainGrad", () => {
  test("keeps the gradient of a tensor that is no leaf", () => {
    const x = leaf([1, 2]);
    const y = x.mul(2);
    expect(y.grad).toBeNull();
    y.retainGrad();
    y.retainGrad();
    expect([y.retainsGrad, x.retainsGrad]).toEqual([true, false]);
    const loss = y.mul(y).sum();
    loss.backward({ retainGraph: true });
    loss.backward();
    expect(y.grad?.tolist()).toEqual([8, 16]);
  });

  test("keeps what all hooks made of it, also those registered later", () => {
    const x = leaf([1, 1]);
    const y = x.mul(2);
    y.retainGrad();
    y.registerHook((grad) => grad.mul(10));
    y.sum().backward();
    expect([y.grad?.tolist(), x.grad?.tolist()]).toEqual([
      [10, 10],
      [20, 20],
    ]);
  });

  test("after an in-place write it keeps the gradient of the new value", () => {
    const x = leaf([1, 1]);
    const y = x.mul(2);
    y.retainGrad();
    y.mul_(3);
    y.sum().backward();
    expect([y.grad?.tolist(), x.grad?.tolist()]).toEqual([
      [1, 1],
      [6, 6],
    ]);
  });

  test("the kept gradient shares memory with no other", () => {
    const x = leaf([1, 1]);
    const y = x.add(0);
    y.retainGrad();
    y.mul(torch.tensor([2, 3]))
      .sum()
      .backward();
    y.grad?.zero_();
    expect(x.grad?.tolist()).toEqual([2, 3]);
  });

  test("needs a tensor that requires grad, and does nothing on leaves", () => {
    expect(() => torch.ones(2).retainGrad()).toThrow("can't retain_grad on Tensor that has requires_grad=False");
    const x = leaf([1]);
    x.retainGrad();
    x.sum().backward();
    expect(x.grad?.tolist()).toEqual([1]);
  });
});

describe("registerPostAccumulateGradHook", () => {
  test("runs after accumulation, with the leaf", () => {
    const x = leaf([1, 2]);
    const seen: unknown[] = [];
    const handle = x.registerPostAccumulateGradHook((param) => void seen.push(param === x, param.grad?.tolist()));
    x.sum().backward();
    x.sum().backward();
    handle.remove();
    x.sum().backward();
    expect(seen).toEqual([true, [1, 1], true, [2, 2]]);
  });

  test("may step and clear the gradient", () => {
    const x = leaf([1, 2]);
    const y = leaf([1, 2]);
    x.registerPostAccumulateGradHook((param) => {
      torch.noGrad(() => param.sub_((param.grad as torch.Tensor).mul(0.5)));
      param.grad?.zero_();
      param.grad = null;
    });
    x.add(y).sum().backward();
    expect([x.tolist(), x.grad, y.grad?.tolist()]).toEqual([[0.5, 1.5], null, [1, 1]]);
  });

  test("is for leaves that require grad", () => {
    const add = (x: torch.Tensor) => () => x.registerPostAccumulateGradHook(() => undefined);
    expect(add(leaf([1]).mul(2))).toThrow("cannot be registered on non-leaf tensors");
    expect(add(torch.ones(1))).toThrow("doesn't require gradient");
  });
});

describe("hooks of nodes", () => {
  test("see the gradients of inputs and outputs, and may replace the former", () => {
    const [x, y] = [leaf([2]), leaf([5])];
    const z = x.mul(y);
    const seen: unknown[] = [];
    const handle = z.gradFn?.registerHook((gradInputs, gradOutputs) => {
      seen.push(
        gradInputs.map((grad) => grad?.tolist()),
        gradOutputs.map((grad) => grad?.tolist()),
      );
      return gradInputs.map((grad) => grad?.mul(100) ?? null);
    });
    const loss = z.mul(3).sum();
    loss.backward({ retainGraph: true });
    expect(seen).toEqual([[[15], [6]], [[3]]]);
    expect([x.grad?.tolist(), y.grad?.tolist()]).toEqual([[1500], [600]]);
    handle?.remove();
    loss.backward();
    expect([x.grad?.tolist(), y.grad?.tolist()]).toEqual([[1515], [606]]);
  });

  test("what they keep is not changed by accumulation", () => {
    const x = leaf([2]);
    const kept: (torch.Tensor | null)[] = [];
    const run = (): void => {
      const y = x.mul(3);
      y.gradFn?.registerHook((gradInputs) => void kept.push(...gradInputs));
      y.sum().backward();
    };
    run();
    run();
    expect(kept.filter((grad) => grad !== null).map((grad) => grad.tolist())).toEqual([[3], [3]]);
    expect(x.grad?.tolist()).toEqual([6]);
  });
});
