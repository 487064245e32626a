/** Autocast scopes: nesting, promises, kept casts, gradients, custom functions, and training runs against PyTorch's (`train.py`). */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { nn } = torch;
const golden = JSON.parse(readFileSync(new URL("train.json", import.meta.url), "utf8")) as {
  readonly mlp: Readonly<Record<"bfloat16" | "float16", { losses: number[]; out: string; grad: string }>>;
  readonly cnn: Readonly<Record<"bfloat16" | "float16", number[]>>;
};
const a = torch.full([2, 2], 0.5);
const product = (): torch.DType => a.mm(a).dtype;

describe("scopes", () => {
  test("nest, in every form", () => {
    const seen: torch.DType[] = [product()];
    torch.autocast({ deviceType: "cpu", dtype: torch.float16 }, () => {
      seen.push(product());
      torch.autocast("cpu", { enabled: false }, () => {
        seen.push(product());
        torch.autocast("cpu", () => seen.push(product()));
      });
      seen.push(product());
    });
    seen.push(product());
    const { bfloat16, float16, float32 } = torch;
    // A scope that does not say its dtype takes that of the scope around it, as `getAutocastDtype` tells.
    expect(seen).toEqual([float32, float16, float32, float16, float16, float32]);
    expect(torch.getAutocastDtype("cpu")).toBe(bfloat16);
  });

  test("last as long as a using block", () => {
    {
      using _ = torch.autocast("cpu");
      expect([torch.isAutocastEnabled(), torch.isAutocastEnabled("cpu"), product()]).toEqual([true, true, torch.bfloat16]);
    }
    expect([torch.isAutocastEnabled(), product()]).toEqual([false, torch.float32]);
  });

  test("last until a promise settles, and end in any order", async () => {
    const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    const slow = torch.autocast("cpu", async () => {
      await wait(20);
      return product();
    });
    const quick = torch.autocast("cpu", torch.float16, async () => {
      await wait(2);
      return product();
    });
    expect(await quick).toBe(torch.float16);
    await slow;
    expect([torch.isAutocastEnabled(), product()]).toEqual([false, torch.float32]);
  });

  test("end with an exception", () => {
    expect(() =>
      torch.autocast("cpu", () => {
        throw new RangeError("inside");
      }),
    ).toThrow(RangeError);
    expect([torch.isAutocastEnabled(), product()]).toEqual([false, torch.float32]);
  });

  test("settings", () => {
    torch.setAutocastDtype("cpu", torch.float16);
    expect(torch.autocast("cpu", product)).toBe(torch.float16);
    torch.setAutocastDtype("cpu", torch.bfloat16);
    torch.setAutocastEnabled("cpu", true);
    expect(product()).toBe(torch.bfloat16);
    torch.setAutocastEnabled("cpu", false);
    expect(product()).toBe(torch.float32);
    expect([torch.amp.isAutocastAvailable("cpu"), torch.amp.isAutocastAvailable("cuda")]).toEqual([true, false]);
    expect(torch.autocast("cuda", () => torch.isAutocastEnabled("cuda"))).toBe(false);
  });

  test("errors say what is taken", () => {
    expect(() => torch.autocast("meta")).toThrow(/autocast: .*'meta'; those with a list of operations are cpu, cuda/);
    expect(() => torch.autocast("cpu", torch.float32)).toThrow(
      /autocast: CPU Autocast only supports dtype of torch.bfloat16, torch.float16/,
    );
    expect(() => torch.autocast({ deviceType: "cpu", dType: torch.float16 } as never)).toThrow(/unexpected keyword argument 'dType'/);
    expect(torch.autocast("cpu", torch.float32, false, () => product())).toBe(torch.float32);
  });
});

describe("tensors", () => {
  test("named arguments and lists are cast, `out` and in-place variants are not", () => {
    torch.autocast("cpu", () => {
      expect((torch.addmm.invoke(a, { mat1: a, mat2: a }) as torch.Tensor).dtype).toBe(torch.bfloat16);
      expect(torch.cat([a, a.bfloat16()]).dtype).toBe(torch.float32);
      expect(a.clone().addmm_(a, a).dtype).toBe(torch.float32);
      const out = torch.zeros(2, 2, { dtype: torch.bfloat16 });
      expect(torch.mm(a, a, { out }).tolist()).toEqual(out.tolist());
      expect(a.double().mm(a.double()).dtype).toBe(torch.float64);
    });
  });

  test("casts of parameters are kept within the outermost scope, and made anew once a parameter was written", () => {
    const weight = new nn.Parameter(torch.ones(2, 2));
    const castNode = (product: torch.Tensor): unknown => product.gradFn?.nextFunctions[1]?.[0];
    torch.autocast("cpu", () => {
      const first = castNode(a.mm(weight));
      expect(torch.autocast("cpu", () => castNode(a.mm(weight)))).toBe(first);
      torch.noGrad(() => weight.mul_(2));
      const second = a.mm(weight);
      expect(castNode(second)).not.toBe(first);
      expect(second.sum().item()).toBe(8);
      torch.noGrad(() => a.mm(weight));
      expect(a.mm(weight).requiresGrad).toBe(true);
    });
    torch.autocast({ deviceType: "cpu", cacheEnabled: false }, () => {
      expect(castNode(a.mm(weight))).not.toBe(castNode(a.mm(weight)));
    });
  });

  test("several backward passes go through a kept cast", () => {
    const weight = new nn.Parameter(torch.ones(2, 2));
    torch.autocast("cpu", () => {
      for (let i = 0; i < 2; i++) a.mm(weight).sum().backward();
    });
    expect([weight.grad?.dtype, weight.grad?.tolist()]).toEqual([
      torch.float32,
      [
        [2, 2],
        [2, 2],
      ],
    ]);
  });

  test("double backward goes through casts", () => {
    const x = torch.tensor([[1, 2]], { requiresGrad: true });
    const [first] = torch.autograd.grad(
      torch.autocast("cpu", () => x.square().mm(torch.ones(2, 1)).sum()),
      [x],
      { createGraph: true },
    );
    first?.sum().backward();
    expect(x.grad?.tolist()).toEqual([[2, 2]]);
  });
});

describe("custom functions", () => {
  const seen: boolean[] = [];
  class Product extends torch.autograd.Function {
    static override forward = torch.amp.customFwd({ deviceType: "cpu" })(
      (ctx: torch.autograd.FunctionContext, x: torch.Tensor, y: torch.Tensor) => {
        ctx.saveForBackward(x, y);
        return x.mm(y);
      },
    );
    static override backward = torch.amp.customBwd({ deviceType: "cpu" })((ctx: torch.autograd.FunctionContext, grad: torch.Tensor) => {
      seen.push(torch.isAutocastEnabled());
      const [x, y] = ctx.savedTensors as [torch.Tensor, torch.Tensor];
      return [grad.mm(y.t()), x.t().mm(grad)];
    });
  }
  class Precise extends torch.autograd.Function {
    static override forward = torch.amp.customFwd({ deviceType: "cpu", castInputs: torch.float32 })(
      (ctx: torch.autograd.FunctionContext, x: torch.Tensor) => {
        ctx.saveForBackward(x);
        return x.mm(x);
      },
    );
    static override backward = torch.amp.customBwd({ deviceType: "cpu" })(
      (_ctx: torch.autograd.FunctionContext, grad: torch.Tensor) => grad,
    );
  }

  test("the backward pass finds autocast as the forward pass had it", () => {
    const x = torch.ones(2, 2, { requiresGrad: true });
    const outs = [Product.apply(x, a), torch.autocast("cpu", () => Product.apply(x, a))];
    for (const out of outs) out.sum().backward();
    expect(outs.map(({ dtype }) => dtype)).toEqual([torch.float32, torch.bfloat16]);
    expect(seen).toEqual([false, true]);
    expect(x.grad?.dtype).toBe(torch.float32);
  });

  test("inputs are cast, and autocast is off", () => {
    expect(torch.autocast("cpu", () => Precise.apply(a.bfloat16())).dtype).toBe(torch.float32);
    expect(Precise.apply(a.bfloat16()).dtype).toBe(torch.bfloat16);
  });
});

describe("recurrent modules", () => {
  const { bfloat16, float32 } = torch;
  type Any = torch.nn.Module & ((...args: unknown[]) => unknown);
  const flat = (value: unknown): torch.Tensor[] => (value instanceof torch.Tensor ? [value] : (value as unknown[]).flatMap(flat));
  // The dtypes are PyTorch's; its LSTM and RNN go through what is computed in few bits, the state of a GRU stays as it is.
  const modules: readonly (readonly [string, () => torch.nn.Module, number[], torch.DType[]])[] = [
    ["LSTM", () => new nn.LSTM(4, 5, { numLayers: 2, bidirectional: true }), [3, 2, 4], [bfloat16, bfloat16, bfloat16]],
    ["GRU", () => new nn.GRU(4, 5), [3, 2, 4], [float32, float32]],
    ["RNN", () => new nn.RNN(4, 5), [3, 2, 4], [bfloat16, bfloat16]],
    ["LSTMCell", () => new nn.LSTMCell(4, 5), [2, 4], [float32, float32]],
    ["GRUCell", () => new nn.GRUCell(4, 5), [2, 4], [float32]],
    ["RNNCell", () => new nn.RNNCell(4, 5), [2, 4], [bfloat16]],
  ];

  test.each(modules)("%s", (_, make, shape, dtypes) => {
    torch.manualSeed(4);
    const module = make() as Any;
    const x = torch.randn(shape, { requiresGrad: true });
    const run = (call: () => unknown): [outs: torch.Tensor[], grads: readonly torch.Tensor[]] => {
      const outs = flat(call());
      const loss = outs.map((out) => out.float().square().sum()).reduce((a, b) => a.add(b));
      return [outs, torch.autograd.grad(loss, [x, ...module.parameters()]) as readonly torch.Tensor[]];
    };
    const [outs, grads] = run(() => torch.autocast("cpu", () => module(x)));
    const [exact, exactGrads] = run(() => module(x));
    expect(outs.map((out) => out.dtype)).toEqual(dtypes);
    expect(grads.every((grad) => grad.dtype === float32)).toBe(true);
    const close = (a: torch.Tensor, b: torch.Tensor): boolean => torch.allclose(a.float(), b, { rtol: 0.05, atol: 0.05 });
    expect(outs.every((out, i) => close(out, exact[i] as torch.Tensor))).toBe(true);
    expect(grads.every((grad, i) => close(grad, exactGrads[i] as torch.Tensor))).toBe(true);
  });

  test("take inputs in few bits there only", () => {
    const lstm = new nn.LSTM(4, 5);
    const x = torch.ones(3, 2, 4, { dtype: bfloat16 });
    expect(torch.autocast("cpu", () => lstm(x)[0].dtype)).toBe(bfloat16);
    expect(() => lstm(x)).toThrow(/LSTM: RNN input dtype \(torch.bfloat16\) does not match weight dtype/);
  });
});

describe("training follows PyTorch's losses", () => {
  const close = (got: readonly number[], wanted: readonly number[], tolerance: number): void => {
    expect(got.length).toBe(wanted.length);
    got.forEach((loss, i) => {
      expect(Math.abs(loss - (wanted[i] as number)), `step ${i}: ${loss}, PyTorch ${wanted[i]}`).toBeLessThan(tolerance);
    });
  };

  // Sums in few bits are rounded in another order; a unit in the last place of bfloat16 is 0.4 % of the value, of float16 0.05 %.
  const runs = [
    ["bfloat16", torch.bfloat16, 0.006],
    ["float16", torch.float16, 0.001],
  ] as const;
  for (const [name, dtype, tolerance] of runs) {
    test(`of a perceptron in ${name}`, () => {
      torch.manualSeed(0);
      const head = new nn.Linear(8, 16);
      const model = new nn.Sequential(head, new nn.LayerNorm(16), new nn.GELU(), new nn.Linear(16, 4));
      const [x, y] = [torch.randn(32, 8), torch.randint(0, 4, [32])];
      const optimizer =
        name === "bfloat16"
          ? new torch.optim.SGD(model.parameters(), { lr: 0.5 })
          : new torch.optim.AdamW(model.parameters(), { lr: 0.01 });
      const wanted = golden.mlp[name];
      const losses = wanted.losses.map(() => {
        optimizer.zeroGrad();
        const loss = torch.autocast({ deviceType: "cpu", dtype }, () => {
          const out = model(x);
          expect(String(out.dtype)).toBe(wanted.out);
          return nn.functional.crossEntropy(out, y);
        });
        loss.backward();
        optimizer.step();
        return loss.item();
      });
      expect(String(head.weight.grad?.dtype)).toBe(wanted.grad);
      close(losses, wanted.losses, tolerance);
    });

    test(`of a convolutional network in ${name}`, () => {
      torch.manualSeed(1);
      const model = new nn.Sequential(new nn.Conv2d(1, 4, 3), new nn.ReLU(), new nn.MaxPool2d(2), new nn.Flatten(), new nn.Linear(36, 3));
      const [x, y] = [torch.randn(8, 1, 8, 8), torch.randint(0, 3, [8])];
      const optimizer = new torch.optim.SGD(model.parameters(), { lr: 0.1 });
      const losses = golden.cnn[name].map(() => {
        optimizer.zeroGrad();
        const loss = torch.autocast("cpu", dtype, () => nn.functional.crossEntropy(model(x), y));
        loss.backward();
        optimizer.step();
        return loss.item();
      });
      close(losses, golden.cnn[name], tolerance);
    });
  }
});
