/** Custom functions: saved tensors, changed arguments, and passes inside passes. */

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

describe("saved tensors", () => {
  test("are freed with the graph", () => {
    const y = Cube.apply(leaf([2])).sum();
    y.backward({ retainGraph: true });
    y.backward();
    expect(() => y.backward()).toThrow(torch.AutogradError);
  });

  test("must not have been written", () => {
    const x = leaf([2]).mul(1);
    const y = Cube.apply(x);
    x.add_(1);
    expect(() => y.sum().backward()).toThrow("[torch.FloatTensor [1]], which is output 0 of");
  });

  test("may be results and null, not other things", () => {
    class Exp extends torch.autograd.Function {
      static override forward(ctx: Context, x: Tensor): Tensor {
        const out = x.exp();
        ctx.saveForBackward(null, out);
        return out;
      }
      static override backward(ctx: Context, grad: Tensor): Tensor {
        return grad.mul(ctx.savedTensors[1] as Tensor);
      }
    }
    expect(torch.autograd.gradcheck((x) => Exp.apply(x), [doubles([0.5, 1])])).toBe(true);
    expect(torch.autograd.gradgradcheck((x) => Exp.apply(x), [doubles([0.5, 1])])).toBe(true);
    class Wrong extends torch.autograd.Function {
      static override forward(ctx: Context, x: Tensor): Tensor {
        Reflect.apply(ctx.saveForBackward, ctx, [x, 3]);
        return x.mul(1);
      }
    }
    expect(() => Wrong.apply(leaf([1]))).toThrow("can only save tensors, but argument 1 is of type number");
  });
});

describe("arguments that are changed or passed on", () => {
  class Double extends torch.autograd.Function {
    static override forward(ctx: Context, x: Tensor): Tensor {
      x.mul_(2);
      ctx.markDirty(x);
      return x;
    }
    static override backward(_ctx: Context, grad: Tensor): Tensor {
      return grad.mul(2);
    }
  }

  test("a dirty argument is the result and gets the function's history", () => {
    const x = leaf([1, 2]);
    const y = x.mul(1);
    const z = Double.apply(y);
    expect(z).toBe(y);
    expect([y.gradFn?.name, y.tolist()]).toEqual(["DoubleBackward", [2, 4]]);
    y.sum().backward();
    expect(x.grad?.tolist()).toEqual([2, 2]);
  });

  test("a leaf that requires grad must not be dirty", () => {
    expect(() => Double.apply(leaf([1]))).toThrow("a leaf Variable that requires grad has been used in an in-place operation");
  });

  test("a dirty argument must be returned", () => {
    class Lost extends torch.autograd.Function {
      static override forward(ctx: Context, x: Tensor): Tensor {
        ctx.markDirty(x.mul_(2));
        return x.mul(1);
      }
    }
    expect(() => Lost.apply(leaf([1]).mul(1))).toThrow("were not returned as output");
  });

  test("an argument returned as it is becomes another tensor", () => {
    class Reverse extends torch.autograd.Function {
      static override forward(_ctx: Context, x: Tensor): Tensor {
        return x;
      }
      static override backward(_ctx: Context, grad: Tensor): Tensor {
        return grad.neg();
      }
    }
    const x = leaf([1, 2]);
    const y = Reverse.apply(x);
    expect(y).not.toBe(x);
    y.sum().backward();
    expect(x.grad?.tolist()).toEqual([-1, -1]);
  });
});

test("a backward pass inside backward: checkpointing", () => {
  let runs = 0;
  const body = (x: Tensor, w: Tensor): Tensor => {
    runs++;
    return x.mul(w).tanh().mul(x);
  };
  class Checkpoint extends torch.autograd.Function {
    static override forward(ctx: Context, x: Tensor, w: Tensor): Tensor {
      ctx.saveForBackward(x, w);
      return body(x, w);
    }
    static override backward(ctx: Context, grad: Tensor): Gradients {
      const inputs = ctx.savedTensors.map((saved) => saved.detach().requiresGrad_());
      const [x, w] = inputs as [Tensor, Tensor];
      const out = torch.enableGrad(() => body(x, w));
      torch.autograd.backward(out, grad);
      return inputs.map((input) => input.grad);
    }
  }
  const [x, w] = [doubles([0.3, -0.8]), doubles([1.5, 2])];
  const plain = torch.autograd.grad(body(x, w).sum(), [x, w]).map((grad) => grad?.tolist());
  runs = 0;
  Checkpoint.apply(Checkpoint.apply(x, w).detach().requiresGrad_(), w);
  Checkpoint.apply(x, w).sum().backward();
  expect(runs).toBe(4);
  expect([x.grad?.tolist(), w.grad?.tolist()]).toEqual(plain);
});
