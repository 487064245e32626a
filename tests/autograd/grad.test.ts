/** `autograd.grad` and `backward`: gradients as values, and what a pass may be asked for. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const leaf = (data: torch.TensorData): torch.Tensor => torch.tensor(data, { requiresGrad: true });

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
    x.add(y)
      .mul(1)
      .sum()
      .backward({ inputs: [x, y] });
    x.grad?.zero_();
    expect(y.grad?.tolist()).toEqual([1, 1]);
  });

  test("unknown names are errors", () => {
    const options = { retain_graph: true };
    expect(() => Reflect.apply(torch.Tensor.prototype.backward, leaf([1]).sum(), [options])).toThrow(
      "unexpected keyword argument 'retain_graph'",
    );
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
    expect(() => torch.autograd.grad(x.sum(), [x, unused])).toThrow(
      "The differentiated Tensor at index 1 appears to not have been used in the graph",
    );
    expect(torch.autograd.grad(x.sum(), [x, unused], { allowUnused: true })[1]).toBeNull();
    expect(torch.autograd.grad(x.sum(), [x, unused], { materializeGrads: true })[1]?.tolist()).toEqual([[0, 0]]);
    expect(() => torch.autograd.grad(x.sum(), [x], { materializeGrads: true, allowUnused: false })).toThrow(
      "Expected allowUnused to be true",
    );
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
