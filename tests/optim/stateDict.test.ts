/** State dicts: PyTorch's layout, exact resumption, dtypes and devices. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { descend, layouts, leaf } from "./layouts.js";

type Tensor = torch.Tensor;
const { optim } = torch;

describe("state dicts", () => {
  const matrix = (): Tensor =>
    leaf([
      [1, -2],
      [3, 0.5],
    ]);

  test.each(Object.entries(layouts))("of %s have PyTorch's layout, and resuming is exact", (_, { make, group, state }) => {
    const [a, b] = [matrix(), matrix()];
    const first = make([a]);
    descend(first, [a], 3);
    const dict = first.stateDict();
    expect(Object.keys(dict)).toEqual(["state", "param_groups"]);
    expect(Object.keys(dict.param_groups[0] ?? {}).sort()).toEqual([...group.split(" "), "params"].sort());
    expect(dict.param_groups[0]?.["params"]).toEqual([0]);
    expect(Object.keys(dict.state)).toEqual(["0"]);
    expect(Object.keys(dict.state["0"] ?? {}).sort()).toEqual(state.split(" ").sort());
    const step = dict.state["0"]?.["step"];
    if (step instanceof torch.Tensor) expect([step.item(), step.dtype, step.shape]).toEqual([3, torch.float32, []]);
    // Another optimiser goes on from there.
    torch.noGrad(() => b.copy_(a));
    const second = make([b]);
    second.loadStateDict(dict);
    descend(first, [a], 3);
    descend(second, [b], 3);
    expect(b.tolist()).toEqual(a.tolist());
    // What was loaded is a copy.
    const loaded = second.stateDict().state["0"] ?? {};
    for (const [name, value] of Object.entries(dict.state["0"] ?? {}))
      if (value instanceof torch.Tensor) expect(loaded[name]).not.toBe(value);
  });

  test("of LBFGS resume as well", () => {
    const [a, b] = [matrix(), matrix()];
    const make = (param: Tensor): torch.optim.LBFGS => new optim.LBFGS([param], { maxIter: 2, lineSearchFn: "strong_wolfe" });
    const run = (optimizer: torch.optim.LBFGS, param: Tensor): void => {
      optimizer.step(() => {
        optimizer.zeroGrad();
        const loss = param.sub(1).pow(4).sum();
        loss.backward();
        return loss;
      });
    };
    const first = make(a);
    run(first, a);
    run(first, a);
    const dict = first.stateDict();
    expect(Object.keys(dict.state["0"] ?? {}).sort()).toEqual(
      ["H_diag", "d", "func_evals", "n_iter", "old_dirs", "old_stps", "prev_flat_grad", "prev_loss", "ro", "t"].sort(),
    );
    torch.noGrad(() => b.copy_(a));
    const second = make(b);
    second.loadStateDict(dict);
    run(first, a);
    run(second, b);
    expect(b.tolist()).toEqual(a.tolist());
  });

  test("number the parameters across groups", () => {
    const [a, b, c] = [leaf([1]), leaf([2]), leaf([3])];
    const optimizer = new optim.Adam([{ params: [a] }, { params: [b, c], lr: 1 }]);
    descend(optimizer, [a, c]);
    const dict = optimizer.stateDict();
    expect(dict.param_groups.map((group) => group["params"])).toEqual([[0], [1, 2]]);
    expect(Object.keys(dict.state)).toEqual(["0", "2"]);
  });

  test("bring their options along", () => {
    const dict = new optim.SGD([leaf([1])], { lr: 0.5, momentum: 0.9 }).stateDict();
    const optimizer = new optim.SGD([leaf([1])], { lr: 0.1 });
    optimizer.loadStateDict(dict);
    expect(optimizer.paramGroups[0]).toMatchObject({ lr: 0.5, momentum: 0.9 });
  });

  test("take the dtype of the parameters", () => {
    const a = leaf([1]);
    const first = new optim.Adam([a]);
    descend(first, [a]);
    const optimizer = new optim.Adam([leaf([1], torch.float64)]);
    optimizer.loadStateDict(first.stateDict());
    const state = optimizer.stateDict().state["0"] ?? {};
    expect(Object.values(state).map((value) => (value as Tensor).dtype)).toEqual([torch.float32, torch.float64, torch.float64]);
  });

  test("that do not fit change nothing", () => {
    const a = leaf([1]);
    const optimizer = new optim.Adam([a], { lr: 0.5 });
    descend(optimizer, [a]);
    const before = JSON.stringify(optimizer.stateDict(), (_, value: unknown) => (value instanceof torch.Tensor ? value.tolist() : value));
    const { state, param_groups } = new optim.Adam([leaf([1]), leaf([2])], { lr: 7 }).stateDict();
    expect(() => optimizer.loadStateDict({ state, param_groups })).toThrow(
      "Adam: loaded state dict contains a parameter group that doesn't match the size of optimizer's group: 2, not 1",
    );
    expect(() => optimizer.loadStateDict({ state, param_groups: [] })).toThrow("different number of parameter groups: 0, not 1");
    expect(() => optimizer.loadStateDict({ state: { 5: { step: 1 } }, param_groups: [{ lr: 9, params: [0] }] })).toThrow(
      "state for parameter 5",
    );
    expect(JSON.stringify(optimizer.stateDict(), (_, value: unknown) => (value instanceof torch.Tensor ? value.tolist() : value))).toBe(
      before,
    );
  });
});

describe("dtypes and devices", () => {
  /** Three steps on the sum of |p|² from [1, -2, 0.5], as PyTorch takes them. */
  const measured: readonly [string, (params: Tensor[]) => torch.optim.Optimizer<object>, Readonly<Record<string, readonly number[]>>][] = [
    [
      "SGD",
      (p) => new optim.SGD(p, { lr: 0.1, momentum: 0.9 }),
      {
        float64: [0.0619999999999999, -0.1239999999999998, 0.03099999999999995],
        float16: [0.062255859375, -0.12451171875, 0.0311279296875],
        bfloat16: [0.060546875, -0.12109375, 0.0302734375],
      },
    ],
    [
      "Adam",
      (p) => new optim.Adam(p, { lr: 0.1 }),
      {
        float64: [0.7015862729460302, -1.700623392046465, 0.2048712525602996],
        float16: [0.70166015625, -1.701171875, 0.205078125],
        bfloat16: [0.69921875, -1.6953125, 0.2041015625],
      },
    ],
    [
      "Adagrad",
      (p) => new optim.Adagrad(p, { lr: 0.1 }),
      {
        float64: [0.7804561813568098, -1.775821515013063, 0.29089917679625],
        float16: [0.7802734375, -1.775390625, 0.290771484375],
        bfloat16: [0.78125, -1.7734375, 0.291015625],
      },
    ],
  ];
  const bounds: Readonly<Record<string, number>> = { float64: 1e-14, float16: 4e-3, bfloat16: 2e-2 };

  for (const [name, make, values] of measured) {
    test.each(Object.entries(values))(`${name} in %s`, (dtype, expected) => {
      const param = leaf([1, -2, 0.5], Reflect.get(torch, dtype));
      const optimizer = make([param]);
      descend(optimizer, [param], 3);
      for (const [i, value] of (param.tolist() as number[]).entries())
        expect(Math.abs(value - (expected[i] as number))).toBeLessThan(bounds[dtype] as number);
      for (const state of optimizer.state.values())
        for (const value of Object.values(state)) if (value instanceof torch.Tensor) expect(value.dtype).toBe(param.dtype);
    });
  }

  test("complex parameters are updated as pairs of real numbers", () => {
    const param = torch.tensor([new torch.Complex(1, 2), new torch.Complex(-2, -1)], { requiresGrad: true });
    const optimizer = new optim.Adam([param], { lr: 0.1 });
    descend(optimizer, [param], 3);
    const parts = torch.viewAsReal(param.detach()).tolist() as number[][];
    const expected = [0.7015863060951233, 1.7006233930587769, -1.7006233930587769, -0.7015863060951233];
    expect(parts.flat()).toEqual(expected.map((value) => expect.closeTo(value, 5)));
    expect(optimizer.state.get(param)?.["expAvg"]).toHaveProperty("dtype", torch.complex64);
  });

  test.each(Object.entries(layouts))("%s runs on the meta device", (_, { make }) => {
    const param = torch.zeros(2, 3, { device: "meta", requiresGrad: true });
    const optimizer = make([param]);
    param.mul(2).sum().backward();
    optimizer.step();
    optimizer.step();
    for (const value of Object.values(optimizer.state.get(param) ?? {}))
      if (value instanceof torch.Tensor) expect(String(value.device)).toBe("meta");
  });
});
