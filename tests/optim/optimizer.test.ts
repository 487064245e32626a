/** What all optimisers share: groups, steps, hooks and errors. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { loadPart } from "../golden/cases.js";
import { descend, leaf } from "./layouts.js";

type Tensor = torch.Tensor;
const { optim } = torch;

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
    expect(new optim.Adam([leaf([1])], 0.1, [0.8, 0.9], 1e-4, 0.5, true).defaults).toMatchObject({
      lr: 0.1,
      betas: [0.8, 0.9],
      eps: 1e-4,
      weightDecay: 0.5,
      amsgrad: true,
    });
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

describe("errors", () => {
  const a = leaf([1]);
  const failures: readonly (readonly [() => unknown, string])[] = [
    [() => new optim.SGD([]), "SGD: optimizer got an empty parameter list"],
    [
      () => Reflect.construct(optim.SGD, [a]),
      "SGD: params argument given to the optimizer should be an iterable of Tensors or groups, but got torch.Tensor",
    ],
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
  for (const [make, message] of failures)
    test(message, () => {
      expect(make).toThrow(torch.TorchError);
      expect(make).toThrow(message);
    });

  test("a group that does not fit is not added", () => {
    const optimizer = new optim.SGD([a], { lr: 0.1 });
    for (const group of [{ params: [a] }, { params: [leaf([1]).mul(2)] }, { params: [leaf([1])], lr: -1 }])
      expect(() => optimizer.addParamGroup(group)).toThrow(torch.ArgumentError);
    expect(optimizer.paramGroups.length).toBe(1);
  });
});

test("print as PyTorch's", () => {
  const texts = new Map(
    loadPart<readonly { readonly python: string; readonly text: string }[]>("reprs").map(({ python, text }) => [python, text]),
  );
  const params = [leaf([1]), leaf([1])];
  const ours: Readonly<Record<string, unknown>> = {
    "torch.optim.Adam(nn.Linear(1, 1).parameters(), lr=0.01)": new optim.Adam(params, { lr: 0.01 }),
    "torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=0.1, momentum=0.9, nesterov=True)": new optim.SGD(params, {
      lr: 0.1,
      momentum: 0.9,
      nesterov: true,
    }),
  };
  for (const [python, optimizer] of Object.entries(ours)) expect(String(optimizer)).toBe(texts.get(python));
});
