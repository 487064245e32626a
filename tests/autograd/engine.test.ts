/** The backward pass: order, accumulation, release, and what it returns. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const leaf = (data: torch.TensorData): torch.Tensor => torch.tensor(data, { requiresGrad: true });

describe("graphs", () => {
  test("a chain of 200,000 operations needs no recursion", () => {
    const x = leaf([1, 2]);
    let y = x;
    for (let i = 0; i < 200_000; i++) y = y.add(1);
    y.sum().backward();
    expect(x.grad?.tolist()).toEqual([1, 1]);
    expect(y.tolist()).toEqual([200_001, 200_002]);
  });

  test("a chain in place needs no recursion either", () => {
    const x = leaf([1, 2]);
    const y = x.mul(1);
    for (let i = 0; i < 20_000; i++) y.add_(1);
    y.sum().backward();
    expect(x.grad?.tolist()).toEqual([1, 1]);
  });

  test("a diamond adds the gradients of its two sides once", () => {
    const x = leaf([3]);
    const a = x.mul(2);
    const b = a.mul(5);
    const c = a.mul(a);
    b.add(c).sum().backward();
    // d/dx (10x + 4x²)
    expect(x.grad?.tolist()).toEqual([34]);
  });

  test("2⁴⁰ paths through forty diamonds are walked node by node", () => {
    const x = torch.tensor(1, { dtype: torch.float64, requiresGrad: true });
    let y = x;
    for (let i = 0; i < 40; i++) y = y.add(y);
    y.backward();
    expect(x.grad?.item()).toBe(2 ** 40);
  });

  test("a tensor used as both operands", () => {
    const x = leaf([3, 4]);
    x.mul(x).sum().backward();
    expect(x.grad?.tolist()).toEqual([6, 8]);
  });

  test("0-d tensors and broadcasting", () => {
    const scale = leaf(2);
    const row = leaf([1, 2, 3]);
    const column = leaf([[10], [20]]);
    row.mul(scale).add(column).sum().backward();
    expect(scale.grad?.shape).toEqual([]);
    expect(scale.grad?.item()).toBe(12);
    expect(row.grad?.tolist()).toEqual([4, 4, 4]);
    expect(column.grad?.tolist()).toEqual([[3], [3]]);
  });

  test("mixed dtypes give each leaf a gradient of its own dtype", () => {
    const half = torch.tensor([1, 2], { dtype: torch.float16, requiresGrad: true });
    const double = torch.tensor([3, 4], { dtype: torch.float64, requiresGrad: true });
    half.mul(double).sum().backward();
    expect([half.grad?.dtype, double.grad?.dtype]).toEqual([torch.float16, torch.float64]);
    expect(half.grad?.tolist()).toEqual([3, 4]);
  });

  test("results of one operation that are used separately", () => {
    const x = leaf([5, 1, 3]);
    const { values } = x.sort();
    const [first, , last] = values.unbind() as torch.Tensor[];
    (first as torch.Tensor)
      .mul(10)
      .add(last as torch.Tensor)
      .backward();
    expect(x.grad?.tolist()).toEqual([1, 10, 0]);
  });

  test("nothing flows through integers and comparisons", () => {
    const x = leaf([1, 2]);
    for (const y of [x.gt(1), x.argmax(), x.to(torch.int64), x.detach()]) expect(y.requiresGrad).toBe(false);
    expect(x.gt(1).gradFn).toBeNull();
  });

  test("nextFunctions lead to the leaves", () => {
    const x = leaf([1]);
    const y = x.mul(2).add(x);
    const next = y.gradFn?.nextFunctions ?? [];
    expect(next.map(([node, index]) => [node?.name, index])).toEqual([
      ["MulBackward0", 0],
      ["AccumulateGrad", 0],
    ]);
    const [mul] = next[0] ?? [];
    expect(mul?.nextFunctions.map(([node]) => node?.name ?? null)).toEqual(["AccumulateGrad", null]);
    expect(Reflect.get(next[1]?.[0] ?? {}, "variable")).toBe(x);
    expect(String(y.gradFn)).toBe("<AddBackward0>");
  });
});

describe("accumulation", () => {
  test("gradients of several passes add up, in the same tensor", () => {
    const x = leaf([1, 2]);
    x.sum().backward();
    const { grad } = x;
    x.mul(3).sum().backward();
    expect(x.grad).toBe(grad);
    expect(grad?.tolist()).toEqual([4, 4]);
    x.grad = null;
    x.sum().backward();
    expect(x.grad).not.toBe(grad);
  });

  test("a gradient set by the user is added to", () => {
    const x = leaf([1, 2]);
    x.grad = torch.tensor([10, 20]);
    x.sum().backward();
    expect(x.grad.tolist()).toEqual([11, 21]);
  });

  test("a gradient set by the user must fit", () => {
    const x = leaf([1, 2]);
    const set = (grad: unknown) => () => Reflect.set(x, "grad", grad);
    expect(set(torch.ones(3))).toThrow("attempting to assign a gradient of size [3] to a tensor of size [2]");
    expect(set(torch.ones(2, { dtype: torch.float64 }))).toThrow("torch.float64");
    expect(set(torch.ones(2, { device: "meta" }))).toThrow("on meta to a tensor on cpu");
    expect(set(5)).toThrow("got number");
    expect(x.grad).toBeNull();
  });

  test("two leaves that receive one gradient do not share it", () => {
    const x = leaf([1, 2]);
    const y = leaf([3, 4]);
    x.add(y).mul(1).sum().backward();
    x.grad?.zero_();
    expect(y.grad?.tolist()).toEqual([1, 1]);
    x.add(y)
      .mul(torch.tensor([5, 6]))
      .sum()
      .backward();
    expect([x.grad?.tolist(), y.grad?.tolist()]).toEqual([
      [5, 6],
      [6, 7],
    ]);
  });

  test("nor do they with createGraph", () => {
    const x = leaf([1, 2]);
    const y = leaf([3, 4]);
    x.add(y)
      .mul(torch.tensor([5, 6]))
      .sum()
      .backward({ createGraph: true });
    torch.noGrad(() => x.grad?.zero_());
    expect(y.grad?.tolist()).toEqual([5, 6]);
  });

  test("the gradient argument stays the user's", () => {
    const x = leaf([1, 2]);
    const gradient = torch.tensor([7, 8]);
    x.add(0).backward(gradient);
    x.sum().backward();
    expect(gradient.tolist()).toEqual([7, 8]);
    expect(x.grad?.tolist()).toEqual([8, 9]);
    const leafRoot = leaf([1, 2]);
    leafRoot.backward(gradient);
    leafRoot.grad?.zero_();
    expect(gradient.tolist()).toEqual([7, 8]);
  });

  test("the gradient argument may have another dtype, not another shape", () => {
    const x = leaf([1, 2]);
    x.mul(2).backward(torch.ones(2, { dtype: torch.float64 }));
    expect(x.grad?.dtype).toBe(torch.float32);
    expect(() => x.mul(2).backward(torch.ones(1))).toThrow("grad_output[0] has a shape of [1] and output[0] has a shape of [2]");
  });
});

describe("release", () => {
  test("a second pass through saved values is an error, with or without changes between", () => {
    const x = leaf([1, 2]);
    const y = x.mul(x).sum();
    y.backward();
    expect(() => y.backward()).toThrow("Trying to backward through the graph a second time");
    expect(() => torch.autograd.grad(y, x)).toThrow(torch.AutogradError);
    expect(x.grad?.tolist()).toEqual([2, 4]);
  });

  test("where nothing was saved a second pass is fine", () => {
    const x = leaf([1, 2]);
    const y = x.add(1).sub(x.neg());
    y.backward(torch.ones(2));
    y.backward(torch.ones(2));
    expect(x.grad?.tolist()).toEqual([4, 4]);
  });

  test("retainGraph keeps the graph, also by position", () => {
    const x = leaf([1, 2]);
    const y = x.mul(x).sum();
    y.backward({ retainGraph: true });
    y.backward(null, true);
    y.backward();
    expect(x.grad?.tolist()).toEqual([6, 12]);
    expect(() => y.backward()).toThrow(torch.AutogradError);
  });

  test("saved values are garbage after the pass", async () => {
    setFlagsFromString("--expose-gc");
    const gc = runInNewContext("gc") as () => void;
    const x = leaf([1, 2]);
    const saved: WeakRef<torch.Tensor>[] = [];
    const build = (): torch.Tensor => {
      const middle = x.mul(3);
      saved.push(new WeakRef(middle));
      return middle.mul(middle).sum();
    };
    const y = build();
    y.backward();
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      gc();
    }
    expect(saved[0]?.deref()).toBeUndefined();
    expect(y.gradFn).not.toBeNull();
  });

  test("an error on the way leaves the graph usable", () => {
    const x = leaf([1, 2]);
    const y = x.mul(x);
    let fail = true;
    y.registerHook(() => {
      if (fail) throw new RangeError("stop here");
    });
    const z = y.sum();
    expect(() => z.backward({ retainGraph: true })).toThrow(RangeError);
    expect(x.grad).toBeNull();
    expect(torch.isGradEnabled()).toBe(true);
    fail = false;
    z.backward();
    expect(x.grad?.tolist()).toEqual([2, 4]);
  });
});
