/** The backward pass: order, accumulation, release, and what it returns. */

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
    (first as torch.Tensor).mul(10).add(last as torch.Tensor).backward();
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
    x.add(y).mul(torch.tensor([5, 6])).sum().backward();
    expect([x.grad?.tolist(), y.grad?.tolist()]).toEqual([
      [5, 6],
      [6, 7],
    ]);
  });

  test("nor do they with createGraph", () => {
    const x = leaf([1, 2]);
    const y = leaf([3, 4]);
    x.add(y).mul(torch.tensor([5, 6])).sum().backward({ createGraph: true });
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

  test("saved values are garbage after the pass", async (context) => {
    const { gc } = globalThis;
    if (gc === undefined) return context.skip("node runs without --expose-gc");
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

describe("backward's arguments", () => {
  test("roots must be single real numbers, unless a gradient is given", () => {
    const x = leaf([1, 2]);
    expect(() => x.mul(2).backward()).toThrow("grad can be implicitly created only for scalar outputs");
    expect(() => torch.ones(1).backward()).toThrow("element 0 of tensors does not require grad");
    expect(() => x.to(torch.complex64).sum().backward()).toThrow("only for real scalar outputs but got torch.complex64");
    expect(x.grad).toBeNull();
  });

  test("inputs: gradients go to the given tensors only", () => {
    const [x, y] = [leaf([1, 2]), leaf([3, 4])];
    const z = x.mul(y);
    let after = 0;
    x.registerPostAccumulateGradHook(() => after++);
    z.sum().backward({ inputs: [x, z] });
    expect([x.grad?.tolist(), z.grad?.tolist(), y.grad]).toEqual([[3, 4], [1, 1], null]);
    expect(after).toBe(1);
    expect(() => x.sum().backward({ inputs: [] })).toThrow("'inputs' argument to backward() cannot be empty");
    expect(() => x.sum().backward({ inputs: [torch.ones(1)] })).toThrow("does not require grad");
  });

  test("inputs that receive one gradient do not share it", () => {
    const [x, y] = [leaf([1, 2]), leaf([3, 4])];
    x.add(y).mul(1).sum().backward({ inputs: [x, y] });
    x.grad?.zero_();
    expect(y.grad?.tolist()).toEqual([1, 1]);
  });

  test("unknown names are errors", () => {
    const options = { retain_graph: true };
    expect(() => Reflect.apply(torch.Tensor.prototype.backward, leaf([1]).sum(), [options])).toThrow("unexpected keyword argument 'retain_graph'");
  });

  test("several roots at once", () => {
    const x = leaf([1, 2]);
    torch.autograd.backward([x.sum(), x.mul(2)], [null, torch.tensor([1, 10])]);
    expect(x.grad?.tolist()).toEqual([3, 21]);
    expect(() => torch.autograd.backward([x.sum()], [null, null])).toThrow("got 1 tensors and 2 gradients");
  });
});

describe("autograd.grad", () => {
  test("gives gradients and touches no leaf", () => {
    const x = leaf([1, 2]);
    const y = x.mul(x);
    const [dx, dy] = torch.autograd.grad(y.sum(), [x, y]);
    expect([dx.tolist(), dy?.tolist(), x.grad, y.grad]).toEqual([[2, 4], [1, 1], null, null]);
  });

  test("several outputs are weighted by gradOutputs", () => {
    const x = leaf([1, 2]);
    const [dx] = torch.autograd.grad([x.mul(2), x.mul(x)], x, { gradOutputs: [torch.tensor([1, 1]), torch.tensor([0, 10])] });
    expect(dx.tolist()).toEqual([2, 42]);
  });

  test("unused inputs", () => {
    const [x, unused] = [leaf([1, 2]), leaf([[5, 6]])];
    expect(() => torch.autograd.grad(x.sum(), [x, unused])).toThrow("The differentiated Tensor at index 1 appears to not have been used in the graph");
    expect(torch.autograd.grad(x.sum(), [x, unused], { allowUnused: true })[1]).toBeNull();
    expect(torch.autograd.grad(x.sum(), [x, unused], { materializeGrads: true })[1]?.tolist()).toEqual([[0, 0]]);
    expect(() => torch.autograd.grad(x.sum(), [x], { materializeGrads: true, allowUnused: false })).toThrow("Expected allowUnused to be true");
  });

  test("zeros for unused inputs are zeros even beside NaN", () => {
    const [x, unused] = [leaf([1]), leaf([Number.NaN, Number.POSITIVE_INFINITY])];
    expect(torch.autograd.grad(x.sum(), [unused], { materializeGrads: true })[0].tolist()).toEqual([0, 0]);
  });

  test("inputs must be there and require grad", () => {
    const x = leaf([1]);
    expect(() => torch.autograd.grad(x.sum(), [])).toThrow("cannot be empty");
    expect(() => torch.autograd.grad(x.sum(), [torch.ones(1)])).toThrow("One of the differentiated Tensors does not require grad");
    expect(() => torch.autograd.grad(x.mul(torch.ones(2)), x, { gradOutputs: torch.ones(3) })).toThrow("Mismatch in shape");
  });

  test("does not go beyond its inputs", () => {
    const x = leaf([1, 2]);
    const middle = x.mul(x);
    let visited = 0;
    x.registerHook(() => void visited++);
    const [grad] = torch.autograd.grad(middle.mul(3).sum(), middle);
    expect(grad.tolist()).toEqual([3, 3]);
    expect(visited).toBe(0);
    // What lies behind was not freed.
    middle.sum().backward();
    expect(x.grad?.tolist()).toEqual([2, 4]);
  });

  test("a third derivative with createGraph", () => {
    const x = torch.tensor([2, 3], { dtype: torch.float64, requiresGrad: true });
    let y = x.pow(4);
    const results: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      [y] = torch.autograd.grad(y.sum(), x, { createGraph: true });
      results.push(y.tolist());
    }
    expect(results).toEqual([
      [32, 108],
      [48, 108],
      [48, 72],
    ]);
    expect(y.requiresGrad).toBe(true);
  });

  test("backward with createGraph leaves a differentiable grad", () => {
    const x = torch.tensor([2, 3], { dtype: torch.float64, requiresGrad: true });
    x.pow(3).sum().backward({ createGraph: true });
    const first = x.grad as torch.Tensor;
    expect(first.requiresGrad).toBe(true);
    const [second] = torch.autograd.grad(first.sum(), x);
    expect(second.tolist()).toEqual([12, 18]);
  });

  test("a gradient penalty, whose loss depends on a gradient", () => {
    const w = torch.tensor([1, 2], { dtype: torch.float64, requiresGrad: true });
    const x = torch.tensor([3, 4], { dtype: torch.float64, requiresGrad: true });
    const [dx] = torch.autograd.grad(w.mul(x).pow(2).sum(), x, { createGraph: true });
    dx.pow(2).sum().backward();
    // dx = 2w²x, so that d/dw Σ dx² = 16w³x²
    expect(w.grad?.tolist()).toEqual([16 * 9, 16 * 8 * 16]);
  });

  test("complex gradients follow PyTorch's convention", () => {
    const z = torch.tensor([new torch.Complex(1, 2)], { requiresGrad: true });
    const gradOf = (y: torch.Tensor): unknown => String(torch.autograd.grad(y, z, { retainGraph: true })[0].item());
    // ∂L/∂z* with L real: |z|² has the gradient 2z; Re(z²) has conj(2z).
    expect(gradOf(z.abs().pow(2).sum())).toMatch(/^\(2(\.\d+)?\+4/);
    expect(gradOf(z.mul(z).real.sum())).toBe("(2-4j)");
    expect(gradOf(z.imag.sum())).toBe("(0+1j)");
  });
});
