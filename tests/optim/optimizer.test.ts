/** What all optimisers share: groups, state and its exchange, hooks, errors, dtypes and devices. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { loadPart } from "../golden/cases.js";

type Tensor = torch.Tensor;
const { optim } = torch;

const leaf = (data: torch.TensorData, dtype: torch.DType = torch.float32): Tensor => torch.tensor(data, { dtype, requiresGrad: true });
const descend = (optimizer: torch.optim.Optimizer<object>, params: readonly Tensor[], steps = 1): void => {
  for (let i = 0; i < steps; i++) {
    optimizer.zeroGrad();
    for (const param of params) param.abs().pow(2).sum().backward();
    optimizer.step();
  }
};

describe("groups", () => {
  test("take the defaults for what they do not say", () => {
    const [a, b] = [leaf([1]), leaf([1])];
    const optimizer = new optim.SGD([{ params: [a] }, { params: [b], lr: 1, momentum: 0.5 }], { lr: 0.25 });
    expect(optimizer.paramGroups.map(({ lr, momentum }) => [lr, momentum])).toEqual([
      [0.25, 0],
      [1, 0.5],
    ]);
    descend(optimizer, [a, b]);
    expect([a.item(), b.item()]).toEqual([0.5, -1]);
  });

  test("may be added, and changed between steps", () => {
    const [a, b] = [leaf([1]), leaf([1])];
    const optimizer = new optim.SGD([a], { lr: 0.5 });
    optimizer.addParamGroup({ params: [b], lr: 0.25 });
    for (const group of optimizer.paramGroups) group.lr /= 2;
    descend(optimizer, [a, b]);
    expect([a.item(), b.item()]).toEqual([0.5, 0.75]);
  });

  test("may be named", () => {
    const a = leaf([1]);
    const optimizer = new optim.SGD([["weight", a]] as const, { lr: 0.5 });
    expect(optimizer.stateDict().param_groups[0]?.["param_names"]).toEqual(["weight"]);
    expect(String(optimizer)).toContain("\n    param_names: ['weight']\n");
    expect(() => Reflect.construct(optim.SGD, [[["a", a], leaf([1])]])).toThrow("Some param names are missing");
    expect(() => optimizer.addParamGroup({ params: [leaf([1])] })).toThrow("with/without names");
    expect(optimizer.paramGroups.length).toBe(1);
  });

  test("arguments by position are PyTorch's", () => {
    const { lr, momentum, dampening, weightDecay } = new optim.SGD([leaf([1])], 0.1, 0.9, 0.2, 0.3).defaults;
    expect([lr, momentum, dampening, weightDecay]).toEqual([0.1, 0.9, 0.2, 0.3]);
    expect(new optim.Adam([leaf([1])], 0.1, [0.8, 0.9], 1e-4, 0.5, true).defaults).toMatchObject({ lr: 0.1, betas: [0.8, 0.9], eps: 1e-4, weightDecay: 0.5, amsgrad: true });
    expect(new optim.Adam([leaf([1])], 0.1, { amsgrad: true }).defaults).toMatchObject({ lr: 0.1, amsgrad: true });
  });
});

describe("steps", () => {
  test("leave parameters without a gradient alone", () => {
    const [a, b] = [leaf([1]), leaf([1])];
    const optimizer = new optim.Adam([a, b]);
    descend(optimizer, [a]);
    expect([b.item(), optimizer.state.has(b)]).toEqual([1, false]);
  });

  test("record nothing, and count as writes", () => {
    const a = leaf([1]);
    const optimizer = new optim.SGD([a]);
    descend(optimizer, [a]);
    expect([a.isLeaf, a.gradFn, a.requiresGrad, a._version]).toEqual([true, null, true, 1]);
  });

  test("write views and tensors with strides in place", () => {
    const base = torch.tensor([
      [1, 2],
      [3, 4],
    ]);
    const column = base.t().select(0, 1).detach().requiresGrad_();
    descend(new optim.SGD([column], { lr: 0.5 }), [column]);
    expect(base.tolist()).toEqual([
      [1, 0],
      [3, 0],
    ]);
  });

  test("take a closure, which may record even inside noGrad", () => {
    const a = leaf([2]);
    const optimizer = new optim.SGD([a], { lr: 0.25 });
    const closure = (): Tensor => {
      optimizer.zeroGrad();
      const loss = a.pow(2).sum();
      loss.backward();
      return loss;
    };
    expect(torch.noGrad(() => optimizer.step(closure)).item()).toBe(4);
    expect(a.item()).toBe(1);
    expect(optimizer.step()).toBeNull();
  });

  test("zeroGrad forgets, or sets zeros in the same tensors", () => {
    const a = leaf([2]);
    const optimizer = new optim.SGD([a]);
    a.sum().backward();
    const { grad } = a;
    optimizer.zeroGrad(false);
    expect([a.grad === grad, grad?.tolist()]).toEqual([true, [0]]);
    optimizer.zeroGrad();
    expect(a.grad).toBeNull();
    a.pow(2).sum().backward({ createGraph: true });
    optimizer.zeroGrad(false);
    expect([a.grad?.requiresGrad, a.grad?.item()]).toEqual([false, 0]);
  });

  test("hooks run before and after, each until it is removed", () => {
    const a = leaf([2]);
    const optimizer = new optim.SGD([a], { lr: 0.5 });
    const seen: unknown[] = [];
    const before = optimizer.registerStepPreHook((one) => void seen.push(["before", one === optimizer, a.item()]));
    const after = optimizer.registerStepPostHook(() => void seen.push(["after", a.item()]));
    descend(optimizer, [a]);
    before.remove();
    before.remove();
    descend(optimizer, [a]);
    after.remove();
    descend(optimizer, [a]);
    expect(seen).toEqual([
      ["before", true, 2],
      ["after", 0],
      ["after", 0],
    ]);
  });

  test("maximize climbs", () => {
    const a = leaf([2]);
    descend(new optim.SGD([a], { lr: 0.5, maximize: true }), [a]);
    expect(a.item()).toBe(4);
  });
});

interface Layout {
  readonly make: (params: Tensor[]) => torch.optim.Optimizer<object>;
  readonly group: string;
  readonly state: string;
}

/** The keys of PyTorch's state dicts. */
const layouts: Readonly<Record<string, Layout>> = {
  SGD: { make: (p) => new optim.SGD(p, { momentum: 0.9 }), group: "lr momentum dampening weight_decay nesterov maximize foreach differentiable fused", state: "momentum_buffer" },
  RMSprop: {
    make: (p) => new optim.RMSprop(p, { momentum: 0.9, centered: true }),
    group: "lr momentum alpha eps centered weight_decay capturable foreach maximize differentiable",
    state: "step square_avg momentum_buffer grad_avg",
  },
  Adagrad: { make: (p) => new optim.Adagrad(p), group: "lr lr_decay eps weight_decay initial_accumulator_value foreach maximize differentiable fused", state: "step sum" },
  Adadelta: { make: (p) => new optim.Adadelta(p), group: "lr rho eps weight_decay maximize capturable foreach differentiable", state: "step square_avg acc_delta" },
  Adam: {
    make: (p) => new optim.Adam(p, { amsgrad: true }),
    group: "lr betas eps weight_decay amsgrad maximize foreach capturable differentiable fused decoupled_weight_decay",
    state: "step exp_avg exp_avg_sq max_exp_avg_sq",
  },
  AdamW: { make: (p) => new optim.AdamW(p), group: "lr betas eps weight_decay amsgrad maximize foreach capturable differentiable fused decoupled_weight_decay", state: "step exp_avg exp_avg_sq" },
  Adamax: { make: (p) => new optim.Adamax(p), group: "lr betas eps weight_decay foreach maximize differentiable capturable", state: "step exp_avg exp_inf" },
  NAdam: {
    make: (p) => new optim.NAdam(p),
    group: "lr betas eps weight_decay momentum_decay decoupled_weight_decay maximize foreach capturable differentiable",
    state: "step mu_product exp_avg exp_avg_sq",
  },
  RAdam: { make: (p) => new optim.RAdam(p), group: "lr betas eps weight_decay maximize foreach capturable decoupled_weight_decay differentiable", state: "step exp_avg exp_avg_sq" },
  Rprop: { make: (p) => new optim.Rprop(p), group: "lr etas step_sizes foreach maximize differentiable capturable", state: "step prev step_size" },
  ASGD: { make: (p) => new optim.ASGD(p), group: "lr lambd alpha t0 weight_decay foreach maximize differentiable capturable", state: "step eta mu ax" },
  Adafactor: { make: (p) => new optim.Adafactor(p), group: "lr beta2_decay eps d weight_decay foreach maximize", state: "step row_var col_var" },
  Muon: { make: (p) => new optim.Muon(p), group: "lr weight_decay momentum nesterov ns_coefficients eps ns_steps adjust_lr_fn", state: "momentum_buffer" },
};

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
    for (const [name, value] of Object.entries(dict.state["0"] ?? {})) if (value instanceof torch.Tensor) expect(loaded[name]).not.toBe(value);
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
    expect(Object.keys(dict.state["0"] ?? {}).sort()).toEqual(["H_diag", "d", "func_evals", "n_iter", "old_dirs", "old_stps", "prev_flat_grad", "prev_loss", "ro", "t"].sort());
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
    expect(() => optimizer.loadStateDict({ state, param_groups })).toThrow("Adam: loaded state dict contains a parameter group that doesn't match the size of optimizer's group: 2, not 1");
    expect(() => optimizer.loadStateDict({ state, param_groups: [] })).toThrow("different number of parameter groups: 0, not 1");
    expect(() => optimizer.loadStateDict({ state: { 5: { step: 1 } }, param_groups: [{ lr: 9, params: [0] }] })).toThrow("state for parameter 5");
    expect(JSON.stringify(optimizer.stateDict(), (_, value: unknown) => (value instanceof torch.Tensor ? value.tolist() : value))).toBe(before);
  });
});

describe("errors", () => {
  const a = leaf([1]);
  const failures: readonly (readonly [() => unknown, string])[] = [
    [() => new optim.SGD([]), "SGD: optimizer got an empty parameter list"],
    [() => Reflect.construct(optim.SGD, [a]), "SGD: params argument given to the optimizer should be an iterable of Tensors or groups, but got torch.Tensor"],
    [() => new optim.SGD([a.mul(2)]), "SGD: can't optimize a non-leaf Tensor"],
    [() => Reflect.construct(optim.SGD, [[3]]), "SGD: optimizer can only optimize Tensors, but one of the params is number"],
    [() => new optim.SGD([{ params: [a] }, { params: [a] }]), "SGD: some parameters appear in more than one parameter group"],
    [() => new optim.SGD([a], { lr: -1 }), "SGD: Invalid learning rate: -1"],
    [() => new optim.SGD([a], { lr: Number.NaN }), "SGD: Invalid learning rate: NaN"],
    [() => new optim.SGD([a], { nesterov: true }), "SGD: Nesterov momentum requires a momentum and zero dampening"],
    [() => new optim.Adam([a], { betas: [1, 0.9] }), "Adam: Invalid beta parameter at index 0: 1"],
    [() => new optim.Adam([a], { betas: [0.9] }), "Adam: betas must be two numbers, got 1"],
    [() => new optim.AdamW([a], { eps: -1 }), "AdamW: Invalid epsilon value: -1"],
    [() => new optim.Adam([a], { weightDecay: -1 }), "Adam: Invalid weight_decay value: -1"],
    [() => new optim.Adadelta([a], { rho: 1.5 }), "Adadelta: Invalid rho value: 1.5"],
    [() => new optim.Rprop([a], { etas: [0.5, 0.9] }), "Rprop: Invalid eta values: 0.5, 0.9"],
    [() => new optim.NAdam([a], { momentumDecay: -1 }), "NAdam: Invalid momentum_decay value: -1"],
    [() => new optim.Adafactor([a], { d: 0.5 }), "Adafactor: Clipping threshold d should be >= 1 but is: 0.5"],
    [() => new optim.Muon([a]), "Muon: Muon only supports 2D parameters whereas we found a parameter with size: [1]"],
    [() => new optim.LBFGS([{ params: [a] }, { params: [leaf([1])] }]), "LBFGS: LBFGS doesn't support per-parameter options"],
    [() => new optim.LBFGS([a]).step(), "LBFGS: step() missing required argument 'closure'"],
    [() => Reflect.construct(optim.SGD, [[a], { learningRate: 1 }]), "SGD() got an unexpected keyword argument 'learningRate'"],
    [() => Reflect.construct(optim.SGD, [[a], "0.1"]), "SGD(): argument 'lr' (position 2) must be float, not string '0.1'"],
  ];
  for (const [make, message] of failures) test(message, () => {
    expect(make).toThrow(torch.TorchError);
    expect(make).toThrow(message);
  });

  test("a group that does not fit is not added", () => {
    const optimizer = new optim.SGD([a], { lr: 0.1 });
    for (const group of [{ params: [a] }, { params: [leaf([1]).mul(2)] }, { params: [leaf([1])], lr: -1 }]) expect(() => optimizer.addParamGroup(group)).toThrow(torch.ArgumentError);
    expect(optimizer.paramGroups.length).toBe(1);
  });
});

describe("dtypes and devices", () => {
  /** Three steps on the sum of |p|² from [1, -2, 0.5], as PyTorch takes them. */
  const measured: readonly [string, (params: Tensor[]) => torch.optim.Optimizer<object>, Readonly<Record<string, readonly number[]>>][] = [
    [
      "SGD",
      (p) => new optim.SGD(p, { lr: 0.1, momentum: 0.9 }),
      { float64: [0.0619999999999999, -0.1239999999999998, 0.03099999999999995], float16: [0.062255859375, -0.12451171875, 0.0311279296875], bfloat16: [0.060546875, -0.12109375, 0.0302734375] },
    ],
    [
      "Adam",
      (p) => new optim.Adam(p, { lr: 0.1 }),
      { float64: [0.7015862729460302, -1.700623392046465, 0.2048712525602996], float16: [0.70166015625, -1.701171875, 0.205078125], bfloat16: [0.69921875, -1.6953125, 0.2041015625] },
    ],
    [
      "Adagrad",
      (p) => new optim.Adagrad(p, { lr: 0.1 }),
      { float64: [0.7804561813568098, -1.775821515013063, 0.29089917679625], float16: [0.7802734375, -1.775390625, 0.290771484375], bfloat16: [0.78125, -1.7734375, 0.291015625] },
    ],
  ];
  const bounds: Readonly<Record<string, number>> = { float64: 1e-14, float16: 4e-3, bfloat16: 2e-2 };

  for (const [name, make, values] of measured) {
    test.each(Object.entries(values))(`${name} in %s`, (dtype, expected) => {
      const param = leaf([1, -2, 0.5], Reflect.get(torch, dtype));
      const optimizer = make([param]);
      descend(optimizer, [param], 3);
      for (const [i, value] of (param.tolist() as number[]).entries()) expect(Math.abs(value - (expected[i] as number))).toBeLessThan(bounds[dtype] as number);
      for (const state of optimizer.state.values()) for (const value of Object.values(state)) if (value instanceof torch.Tensor) expect(value.dtype).toBe(param.dtype);
    });
  }

  test("complex parameters are updated as pairs of real numbers", () => {
    const param = torch.tensor([new torch.Complex(1, 2), new torch.Complex(-2, -1)], { requiresGrad: true });
    const optimizer = new optim.Adam([param], { lr: 0.1 });
    descend(optimizer, [param], 3);
    const parts = torch.viewAsReal(param.detach()).tolist() as number[][];
    const expected = [0.7015863060951233, 1.7006233930587769, -1.7006233930587769, -0.7015863060951233];
    expect(parts.flat()).toEqual(expected.map((value) => expect.closeTo(value, 5)));
    expect((optimizer.state.get(param)?.["expAvg"] as Tensor).dtype).toBe(torch.complex64);
  });

  test.each(Object.entries(layouts))("%s runs on the meta device", (_, { make }) => {
    const param = torch.zeros(2, 3, { device: "meta", requiresGrad: true });
    const optimizer = make([param]);
    param.mul(2).sum().backward();
    optimizer.step();
    optimizer.step();
    for (const value of Object.values(optimizer.state.get(param) ?? {})) if (value instanceof torch.Tensor) expect(String(value.device)).toBe("meta");
  });
});

test("print as PyTorch's", () => {
  const texts = new Map(loadPart<readonly { readonly python: string; readonly text: string }[]>("reprs").map(({ python, text }) => [python, text]));
  const params = [leaf([1]), leaf([1])];
  const ours: Readonly<Record<string, unknown>> = {
    "torch.optim.Adam(nn.Linear(1, 1).parameters(), lr=0.01)": new optim.Adam(params, { lr: 0.01 }),
    "torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=0.1, momentum=0.9, nesterov=True)": new optim.SGD(params, { lr: 0.1, momentum: 0.9, nesterov: true }),
  };
  for (const [python, optimizer] of Object.entries(ours)) expect(String(optimizer)).toBe(texts.get(python));
});
