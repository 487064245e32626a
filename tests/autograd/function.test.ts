/** Custom functions: what forward and backward receive, and what they may return. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

type Context = torch.autograd.FunctionContext;
type Tensor = torch.Tensor;
type Gradients = Tensor | null | undefined | readonly (Tensor | null | undefined)[];

const leaf = (data: torch.TensorData): Tensor => torch.tensor(data, { requiresGrad: true });
const doubles = (data: torch.TensorData): Tensor => torch.tensor(data, { dtype: torch.float64, requiresGrad: true });

class Cube extends torch.autograd.Function {
  static override forward(ctx: Context, x: Tensor): Tensor {
    ctx.saveForBackward(x);
    return x.mul(x).mul(x);
  }
  static override backward(ctx: Context, grad: Tensor): Tensor {
    const [x] = ctx.savedTensors as [Tensor];
    return grad.mul(x).mul(x).mul(3);
  }
}

/** A product whose backward is given. */
function product(backward: (grad: Tensor) => Gradients): (a: Tensor, b: Tensor) => Tensor {
  class Product extends torch.autograd.Function {
    static override forward(_ctx: Context, a: Tensor, b: Tensor): Tensor {
      return a.mul(b);
    }
    static override backward(_ctx: Context, grad: Tensor): Gradients {
      return backward(grad);
    }
  }
  return (a, b) => Product.apply(a, b);
}

describe("apply", () => {
  test("records one node with the function's name", () => {
    const x = leaf([2, 3]);
    const y = Cube.apply(x);
    expect(y.gradFn?.name).toBe("CubeBackward");
    expect(y.gradFn?.nextFunctions.map(([node]) => node?.name)).toEqual(["AccumulateGrad"]);
    y.sum().backward();
    expect(x.grad?.tolist()).toEqual([12, 27]);
  });

  test("records nothing where nothing requires grad, or in noGrad", () => {
    expect(Cube.apply(torch.ones(2)).requiresGrad).toBe(false);
    expect(torch.noGrad(() => Cube.apply(leaf([1]))).requiresGrad).toBe(false);
  });

  test("gradients are right to the third order", () => {
    expect(torch.autograd.gradcheck((x) => Cube.apply(x), [doubles([0.5, -2])])).toBe(true);
    expect(torch.autograd.gradgradcheck((x) => Cube.apply(x), [doubles([0.5, -2])])).toBe(true);
    const x = doubles([2]);
    let y: Tensor = Cube.apply(x);
    const found: number[] = [];
    for (let i = 0; i < 3; i++) {
      [y] = torch.autograd.grad(y.sum(), x, { createGraph: true });
      found.push(y.item());
    }
    expect(found).toEqual([12, 12, 6]);
  });

  test("gradient recording is off in forward, and in backward as the pass says", () => {
    const states: boolean[] = [];
    class Watch extends torch.autograd.Function {
      static override forward(_ctx: Context, x: Tensor): Tensor {
        states.push(torch.isGradEnabled());
        return x.mul(1);
      }
      static override backward(_ctx: Context, grad: Tensor): Tensor {
        states.push(torch.isGradEnabled());
        return grad;
      }
    }
    Watch.apply(leaf([1]))
      .sum()
      .backward();
    Watch.apply(leaf([1]))
      .sum()
      .backward({ createGraph: true });
    expect(states).toEqual([false, false, false, true]);
  });

  test("arguments that are no tensors get no gradient; needsInputGrad says who wants one", () => {
    let needs: readonly boolean[] = [];
    class Scale extends torch.autograd.Function {
      static override forward(ctx: Context, x: Tensor, factor: number, y: Tensor): Tensor {
        ctx["factor"] = factor;
        needs = ctx.needsInputGrad;
        return x.mul(factor).add(y);
      }
      static override backward(ctx: Context, grad: Tensor): Gradients {
        return [grad.mul(ctx["factor"] as number), null, grad];
      }
    }
    const [x, y] = [leaf([1, 2]), torch.ones(2)];
    Scale.apply(x, 5, y).sum().backward();
    expect(needs).toEqual([true, false, false]);
    expect([x.grad?.tolist(), y.grad]).toEqual([[5, 5], null]);
  });

  test("functions without forward or backward say so", () => {
    class Nothing extends torch.autograd.Function {}
    expect(() => Reflect.apply(Nothing.apply, Nothing, [leaf([1])])).toThrow("You must implement the forward function");
    class Half extends torch.autograd.Function {
      static override forward(_ctx: Context, x: Tensor): Tensor {
        return x.mul(1);
      }
    }
    expect(() =>
      Half.apply(leaf([1]))
        .sum()
        .backward(),
    ).toThrow("You must implement the backward function");
  });
});

describe("several results", () => {
  test("integers, non-tensors and marked results are not differentiable, and keep their places in backward", () => {
    const seen: unknown[] = [];
    class Mixed extends torch.autograd.Function {
      static override forward(ctx: Context, x: Tensor): [string, Tensor, Tensor, Tensor] {
        const rounded = x.round();
        ctx.markNonDifferentiable(rounded);
        return ["label", x.argmax(), rounded, x.mul(2)];
      }
      static override backward(_ctx: Context, ...grads: Tensor[]): Tensor {
        seen.push(...(grads as (Tensor | null)[]).map((grad) => (grad === null ? null : [grad.dtype.name, grad.tolist()])));
        return (grads[3] as Tensor).mul(2);
      }
    }
    const x = leaf([1, 4]);
    const [label, index, rounded, doubled] = Mixed.apply(x);
    expect([label, index.requiresGrad, rounded.requiresGrad, doubled.requiresGrad]).toEqual(["label", false, false, true]);
    doubled.sum().backward();
    expect(seen).toEqual([null, ["int64", 0], ["float32", [0, 0]], ["float32", [1, 1]]]);
    expect(x.grad?.tolist()).toEqual([2, 2]);
  });

  test("results that were not used give zeros, or null if the function asks for that", () => {
    const seen: unknown[] = [];
    class Pair extends torch.autograd.Function {
      static override forward(ctx: Context, x: Tensor, materialize: boolean): [Tensor, Tensor] {
        ctx.setMaterializeGrads(materialize);
        // A zero that is computed as 0·x would be NaN here.
        return [x.mul(1), x.div(0)];
      }
      static override backward(_ctx: Context, first: Tensor, second: Tensor | null): Gradients {
        seen.push(second?.tolist() ?? null);
        return [first, null];
      }
    }
    Pair.apply(leaf([1, 0]), true)[0]
      .sum()
      .backward();
    Pair.apply(leaf([1, 0]), false)[0]
      .sum()
      .backward();
    expect(seen).toEqual([[0, 0], null]);
  });
});

describe("what backward returns", () => {
  const [a, b] = [leaf([1, 2]), leaf([3, 4])];
  const run = (backward: (grad: Tensor) => Gradients): unknown[] => {
    const found = torch.autograd.grad(product(backward)(a, b).sum(), [a, b], { allowUnused: true });
    return found.map((grad) => grad?.tolist() ?? null);
  };

  test("one gradient for each argument; surplus nulls are allowed", () => {
    expect(run((grad) => [grad, grad.mul(2), null])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(run((grad) => [null, grad])).toEqual([null, [1, 1]]);
    expect(run((grad) => [undefined, grad])).toEqual([null, [1, 1]]);
  });

  test("too few or too many are errors", () => {
    expect(() => run((grad) => grad)).toThrow("ProductBackward returned an incorrect number of gradients (expected 2, got 1)");
    expect(() => run((grad) => [grad, grad, grad])).toThrow("(expected 2, got 3)");
  });

  test("shapes must fit, or stretch from the argument's", () => {
    expect(() => run((grad) => [torch.ones(3), grad])).toThrow(
      "invalid gradient at index 0 - got [3] but expected shape compatible with [2]",
    );
    expect(() => run((grad) => [torch.ones([]), grad])).toThrow("got [] but expected shape compatible with [2]");
    expect(run((grad) => [torch.ones(3, 2), grad])).toEqual([
      [3, 3],
      [1, 1],
    ]);
  });

  test("dtypes are converted, and other values refused", () => {
    const [grad] = torch.autograd.grad(product((g) => [g.to(torch.float64), g])(a, b).sum(), [a, b]);
    expect(grad.dtype).toBe(torch.float32);
    expect(() => torch.autograd.grad(Reflect.apply(product, null, [() => [3, 4]])(a, b).sum(), a)).toThrow("returned number at index 0");
  });

  test("a gradient that the function keeps is not taken over", () => {
    const kept: Tensor[] = [];
    const [x, y] = [leaf([1, 2]), leaf([3, 4])];
    const f = product((grad) => {
      const mine = grad.mul(7);
      kept.push(mine);
      return [mine, grad];
    });
    for (let i = 0; i < 2; i++)
      f(x, y)
        .mul(torch.tensor([1, 2]))
        .sum()
        .backward();
    expect(kept.map((grad) => grad.tolist())).toEqual([
      [7, 14],
      [7, 14],
    ]);
    expect(x.grad?.tolist()).toEqual([14, 28]);
  });
});
