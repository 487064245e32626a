/** Containers of modules and parameters. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { nn } = torch;
type Tensor = torch.Tensor;

describe("Sequential", () => {
  test("calls its modules in order, and knows their types", () => {
    const model = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU(), new nn.Linear(3, 1));
    expect(model(torch.ones(4, 2)).shape).toEqual([4, 1]);
    expect(model[0].weight.shape).toEqual([3, 2]);
    expect(model.getItem(2).outFeatures).toBe(1);
    expect(model.getItem("1:").length).toBe(2);
    expect([...model].length).toBe(3);
  });

  test("takes modules by name, in any form of names", () => {
    const modules = { hidden: new nn.Linear(2, 2), act: new nn.ReLU() };
    for (const model of [
      new nn.Sequential(modules),
      new nn.Sequential(Object.entries(modules)),
      new nn.Sequential(new Map(Object.entries(modules))),
    ]) {
      expect(model.namedChildren().map(([name]) => name)).toEqual(["hidden", "act"]);
      expect(model.getSubmodule("hidden")).toBe(modules.hidden);
    }
    expect(new nn.Sequential()._modules.size).toBe(0);
  });

  test("grows, shrinks and changes", () => {
    const model = new nn.Sequential(new nn.ReLU());
    model.append(new nn.Tanh()).extend([new nn.Sigmoid()]).insert(0, new nn.Identity());
    expect(model.namedChildren().map(([name, module]) => name + module._getName())).toEqual(["0Identity", "1ReLU", "2Tanh", "3Sigmoid"]);
    expect(model.pop(-2)).toBeInstanceOf(nn.Tanh);
    model.setItem(-1, new nn.Softplus());
    expect(model.children().map((module) => module._getName())).toEqual(["Identity", "ReLU", "Softplus"]);
    expect(model(torch.zeros(1)).item()).toBeCloseTo(Math.log(2), 6);
    Reflect.set(model, 2, new nn.Identity());
    expect(model(torch.zeros(1)).item()).toBe(0);
    Reflect.deleteProperty(model, 1);
    expect(model(torch.tensor([-1])).item()).toBe(-1);
    expect(model.append(new nn.Sigmoid())(torch.zeros(1)).item()).toBe(0.5);
    model.insert(1, new nn.ReLU());
    expect(() => model.getItem(9)).toThrow("index 9 is out of range");
    expect(() => model.insert(12, new nn.ReLU())).toThrow("Index out of range: 12");
  });

  test("may be extended", () => {
    class Block extends nn.Sequential {
      constructor() {
        super(new nn.Linear(2, 2), new nn.ReLU());
      }
    }
    const block = new Block();
    expect(block).toBeInstanceOf(nn.Sequential);
    expect(block(torch.ones(1, 2)).shape).toEqual([1, 2]);
    expect(String(block)).toMatch(/^Block\(/);
  });
});

describe("ModuleList and ModuleDict", () => {
  test("a list is iterated and indexed", () => {
    class Net extends nn.Module {
      layers = new nn.ModuleList([1, 2, 3].map(() => new nn.Linear(2, 2)));
      forward(x: Tensor): Tensor {
        let value = x;
        for (const layer of this.layers) value = layer(value);
        return value;
      }
    }
    const net = new Net();
    expect(net(torch.ones(1, 2)).shape).toEqual([1, 2]);
    expect(net.layers[1]?.inFeatures).toBe(2);
    expect(net.layers.getItem(-1)).toBe(net.layers[2]);
    expect(net.layers.getItem("::2").length).toBe(2);
    expect(net.layers.getItem("::-1").length).toBe(3);
    expect(net.parameters().length).toBe(6);
  });

  test("a dictionary holds any names", () => {
    const choices = new nn.ModuleDict({ conv: new nn.Linear(1, 1), keys: new nn.ReLU() });
    expect(choices.keys()).toEqual(["conv", "keys"]);
    expect(choices.getItem("conv").weight.shape).toEqual([1, 1]);
    expect(choices.has("keys")).toBe(true);
    expect(Object.keys(choices.stateDict())).toEqual(["conv.weight", "conv.bias"]);
    expect(choices.deepcopy().getItem("conv")).not.toBe(choices.getItem("conv"));
    choices.pop("conv");
    expect([...choices]).toEqual(["keys"]);
    expect(choices.length).toBe(1);
  });
});

describe("ParameterList and ParameterDict", () => {
  test("a list makes parameters of tensors", () => {
    const list = new nn.ParameterList([torch.ones(2), new nn.Parameter(torch.zeros(1))]);
    expect([...list].every((one) => one instanceof nn.Parameter)).toBe(true);
    expect(list.append(torch.ones(3)).length).toBe(3);
    expect(list.pop(0).shape).toEqual([2]);
    expect(list.namedParameters().map(([name, one]) => name + one.shape)).toEqual(["01", "13"]);
    expect(list.getItem(-1)).toBe(list[1]);
  });

  test("a dictionary of a plain object is sorted, as in PyTorch", () => {
    const sorted = new nn.ParameterDict({ b: torch.ones(1), a: torch.ones(2) });
    expect(sorted.keys()).toEqual(["a", "b"]);
    const ordered = new nn.ParameterDict([
      ["b", torch.ones(1)],
      ["a", torch.ones(2)],
    ]);
    expect(ordered.namedParameters().map(([name]) => name)).toEqual(["b", "a"]);
    ordered.loadStateDict({ a: torch.zeros(2), b: torch.zeros(1) }, { assign: true });
    expect(ordered.getItem("a").tolist()).toEqual([0, 0]);
    expect(ordered.double().getItem("b").dtype).toBe(torch.float64);
  });
});
