/** The numerical checks find wrong gradients, and whole derivatives of functions are PyTorch's. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

type Context = torch.autograd.FunctionContext;
type Tensor = torch.Tensor;

const { gradcheck, gradgradcheck } = torch.autograd;
const { hessian, hvp, jacobian, jvp, vhp, vjp } = torch.autograd.functional;
const doubles = (data: torch.TensorData): Tensor => torch.tensor(data, { dtype: torch.float64, requiresGrad: true });

/** x² with the gradient `factor · x`: right for 2. */
function squareWith(factor: number): (x: Tensor) => Tensor {
  class Square extends torch.autograd.Function {
    static override forward(ctx: Context, x: Tensor): Tensor {
      ctx.saveForBackward(x);
      return x.mul(x);
    }
    static override backward(ctx: Context, grad: Tensor): Tensor {
      return grad.mul(ctx.savedTensors[0] as Tensor).mul(factor);
    }
  }
  return (x) => Square.apply(x);
}

/** sin, whose second derivative is cut off. */
class Once extends torch.autograd.Function {
  static override forward(ctx: Context, x: Tensor): Tensor {
    ctx.saveForBackward(x);
    return x.sin();
  }
  static override backward(ctx: Context, grad: Tensor): Tensor {
    return grad.mul((ctx.savedTensors[0] as Tensor).detach().cos());
  }
}

describe("gradcheck", () => {
  test("accepts right gradients", () => {
    expect(gradcheck(squareWith(2), [doubles([1, -2, 0.5])])).toBe(true);
    expect(gradcheck((a, b) => [a.matmul(b), a.sum()], [doubles([[1, 2]]), doubles([[3], [4]])])).toBe(true);
  });

  test("rejects a factor that is off by a percent, telling where and by how much", () => {
    const check = (): boolean => gradcheck(squareWith(2.02), [doubles([1, -2])]);
    expect(check).toThrow(torch.AutogradError);
    expect(check).toThrow(
      /Jacobian mismatch for output number 0 with respect to number 0 of input 0 \(shape \[2\]\): numerical 2\.?\d*, analytical 2\.02/,
    );
    expect(gradcheck(squareWith(2.02), [doubles([1, -2])], { raiseException: false })).toBe(false);
    expect(gradcheck(squareWith(2.02), [doubles([1, -2])], { rtol: 0.05 })).toBe(true);
  });

  test("rejects gradients that are missing, or of another input", () => {
    expect(() => gradcheck((x) => x.mul(x.detach()), [doubles([1])])).toThrow("Jacobian mismatch");
    class Swapped extends torch.autograd.Function {
      static override forward(ctx: Context, a: Tensor, b: Tensor): Tensor {
        ctx.saveForBackward(a, b);
        return a.mul(b);
      }
      static override backward(ctx: Context, grad: Tensor): Tensor[] {
        return ctx.savedTensors.map((saved) => grad.mul(saved));
      }
    }
    expect(() => gradcheck((a, b) => Swapped.apply(a, b), [doubles([1]), doubles([5])])).toThrow("input 0");
  });

  test("complex numbers, whose gradient needs the conjugate", () => {
    const z = torch.tensor([new torch.Complex(1, 2)], { dtype: torch.complex128, requiresGrad: true });
    expect(gradcheck((x) => x.mul(x), [z])).toBe(true);
    expect(gradgradcheck((x) => x.mul(x), [z])).toBe(true);
    expect(() => gradcheck(squareWith(2), [z])).toThrow("Jacobian mismatch");
  });

  test("needs an input that requires grad", () => {
    expect(() => gradcheck((x) => x, [torch.ones(2, { dtype: torch.float64 })])).toThrow(
      "expects at least one input tensor to require gradient",
    );
  });

  test("outputs that depend on nothing have no gradient", () => {
    expect(gradcheck(() => torch.ones(2, { dtype: torch.float64 }), [doubles([1])])).toBe(true);
  });

  test("changes neither inputs nor gradients", () => {
    const x = doubles([1, 2]);
    gradcheck((y) => y.exp(), [x]);
    expect([x.tolist(), x.grad, x._version]).toEqual([[1, 2], null, 0]);
  });
});

describe("gradgradcheck", () => {
  test("accepts right and rejects wrong second derivatives", () => {
    expect(gradgradcheck((x) => x.sin().mul(x), [doubles([0.3, 1])])).toBe(true);
    expect(gradcheck((x) => Once.apply(x), [doubles([0.3, 1])])).toBe(true);
    expect(() => gradgradcheck((x) => Once.apply(x), [doubles([0.3, 1])])).toThrow("Jacobian mismatch");
    expect(gradgradcheck((x) => Once.apply(x), [doubles([0.3, 1])], null, { raiseException: false })).toBe(false);
  });

  test("checks at given gradients of the outputs", () => {
    const seeds = [torch.tensor([2, -1], { dtype: torch.float64 })];
    expect(gradgradcheck((x, y) => x.mul(y).exp(), [doubles([0.3, 1]), doubles([1, 2])], seeds)).toBe(true);
  });
});

describe("functional", () => {
  const x = torch.tensor([1, 2]);
  const y = torch.tensor([3, 4]);

  test("jacobian of one or several inputs and outputs", () => {
    expect(jacobian((a) => a.pow(2), x).tolist()).toEqual([
      [2, 0],
      [0, 4],
    ]);
    const [da, db] = jacobian((a, b) => a.mul(b).sum(), [x, y]) as [Tensor, Tensor];
    expect([da.tolist(), db.tolist()]).toEqual([
      [3, 4],
      [1, 2],
    ]);
    const both = jacobian((a, b) => [a.mul(b), a.add(b).sum()], [x, y]);
    expect(both.map((row) => row.map((matrix) => matrix.tolist()))).toEqual([
      [
        [
          [3, 0],
          [0, 4],
        ],
        [
          [1, 0],
          [0, 2],
        ],
      ],
      [
        [1, 1],
        [1, 1],
      ],
    ]);
    expect(jacobian((a) => a.reshape([1, 2]).matmul(a.reshape([2, 1])), x).shape).toEqual([1, 1, 2]);
    expect(jacobian((a) => a.slice(0, 0, 0), x).shape).toEqual([0, 2]);
  });

  test("jacobian of what does not depend on the input is zero, or an error", () => {
    expect(jacobian(() => torch.ones(2), x).tolist()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(() => jacobian(() => torch.ones(2), x, { strict: true })).toThrow(
      "Output 0 of the user-provided function does not require gradients",
    );
    expect(() => jacobian((a, _b) => a.mul(2), [x, y], { strict: true })).toThrow("independent of input 1");
  });

  test("jacobian with createGraph is differentiable", () => {
    const leaf = torch.tensor([1, 2], { requiresGrad: true });
    jacobian((a) => a.pow(3), leaf, { createGraph: true })
      .sum()
      .backward();
    expect(leaf.grad?.tolist()).toEqual([6, 12]);
    expect(jacobian((a) => a.pow(3), leaf).requiresGrad).toBe(false);
  });

  test("hessian of one or several inputs", () => {
    expect(hessian((a) => a.pow(3).sum(), x).tolist()).toEqual([
      [6, 0],
      [0, 12],
    ]);
    const blocks = hessian((a, b) => a.mul(b).sum(), [x, torch.ones(1)]);
    expect(blocks.map((row) => row.map((block) => block.tolist()))).toEqual([
      [
        [
          [0, 0],
          [0, 0],
        ],
        [[1], [1]],
      ],
      [[[1, 1]], [[0]]],
    ]);
    expect(() => hessian((a) => a, x)).toThrow("should contain a single element");
    expect(hessian((a) => a.sum(), x).tolist()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test("vjp and jvp", () => {
    const v = torch.tensor([5, 7]);
    const [out, product] = vjp((a) => a.pow(2), x, v);
    expect([out.tolist(), out.requiresGrad, product.tolist()]).toEqual([[1, 4], false, [10, 28]]);
    const [, tangent] = jvp((a) => a.pow(2).cumsum(0), x, v);
    expect(tangent.tolist()).toEqual([10, 38]);
    const [outs, tangents] = jvp((a, b) => [a.mul(b), a.sum()], [x, y], [v, torch.ones(2)]);
    expect([outs.map((one) => one.tolist()), tangents.map((one) => one.tolist())]).toEqual([
      [[3, 8], 3],
      [[16, 30], 12],
    ]);
    expect(jvp((a) => a.mul(2), torch.ones(1))[1].tolist()).toEqual([2]);
  });

  test("vectors must fit, and may be left out for single elements only", () => {
    expect(() => vjp((a) => a.pow(2), x)).toThrow(
      "The vector v can only be left out if the user-provided function returns a single Tensor with a single element",
    );
    expect(() => vjp((a) => a.pow(2), x, torch.ones(3))).toThrow("v has invalid size: should be [2] but got [3]");
    expect(() => jvp((a) => a.pow(2), x)).toThrow("the input to the user-provided function is a single Tensor");
    expect(() => jvp((a) => a.pow(2), x, [x, x])).toThrow("v is a list of invalid length: should be 1 but got 2");
  });

  test("hvp and vhp", () => {
    const v = torch.tensor([1, 10]);
    const [value, product] = hvp((a) => a.pow(3).sum(), x, v);
    expect([value.item(), product.tolist()]).toEqual([9, [6, 120]]);
    const [, products] = vhp((a, b) => a.mul(b).sum(), [x, y], [v, torch.ones(2)]);
    expect(products.map((one) => one.tolist())).toEqual([
      [1, 1],
      [1, 10],
    ]);
    expect(hvp((a) => a.sum(), x, v)[1].tolist()).toEqual([0, 0]);
  });
});
