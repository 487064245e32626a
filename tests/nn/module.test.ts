/** What all modules do: calling, finding, moving, saving, copying. */

import { describe, expect, expectTypeOf, test } from "vitest";
import * as torch from "../../src/index.js";

const { nn } = torch;
type Tensor = torch.Tensor;

class Net extends nn.Module {
  readonly fc1 = new nn.Linear(2, 3);
  readonly act = new nn.ReLU();
  readonly fc2 = new nn.Linear({ inFeatures: 3, outFeatures: 1, bias: false });
  scale = new nn.Parameter(torch.ones(1));
  override name = "net";

  forward(x: Tensor, factor = 1): Tensor {
    return this.fc2(this.act(this.fc1(x)))
      .mul(this.scale)
      .mul(factor);
  }
}

describe("calling", () => {
  test("a module is a function with the parameters of its forward", () => {
    const net = new Net();
    expect(typeof net).toBe("function");
    expect(net).toBeInstanceOf(Net);
    expect(net).toBeInstanceOf(nn.Module);
    expect(net(torch.ones(4, 2), 2).shape).toEqual([4, 1]);
    expect(net(torch.ones(4, 2)).tolist()).toEqual(net.forward(torch.ones(4, 2)).tolist());
    expectTypeOf<Parameters<typeof net>>().toEqualTypeOf<[x: Tensor, factor?: number | undefined]>();
    expectTypeOf(net(torch.ones(1, 2))).toEqualTypeOf<Tensor>();
    // @ts-expect-error a number is no tensor
    expect(() => net(3)).toThrow("argument 'input'");
  });

  test("any module of the same kind fits its type", () => {
    const layers: torch.nn.Module<[input: Tensor], Tensor>[] = [
      new nn.Linear(2, 2),
      new nn.ReLU(),
      new nn.Sequential(new nn.Identity()),
      new Net(),
    ];
    expect(layers.map((layer) => layer(torch.ones(1, 2)).shape[0])).toEqual([1, 1, 1, 1]);
  });

  test("names of functions are free for fields", () => {
    expect(new Net().name).toBe("net");
    expect(new nn.ModuleList([new nn.ReLU()]).length).toBe(1);
    expect(Object.keys(new nn.ReLU())).not.toContain("length");
  });

  test("a module without forward says so", () => {
    const call: unknown = new nn.ModuleList();
    expect(() => (call as () => void)()).toThrow('Module [ModuleList] is missing the required "forward" function');
  });

  test("classes may be extended further", () => {
    class Doubled extends nn.Linear {
      override forward(input: Tensor): Tensor {
        return super.forward(input).mul(2);
      }
    }
    const layer = new Doubled(2, 2);
    const expected = torch.nn.functional.linear(torch.ones(1, 2), layer.weight, layer.bias).mul(2);
    expect(layer(torch.ones(1, 2)).tolist()).toEqual(expected.tolist());
  });
});

describe("members", () => {
  test("parameters are found in the order of their properties", () => {
    const net = new Net();
    expect(net.namedParameters().map(([name]) => name)).toEqual(["scale", "fc1.weight", "fc1.bias", "fc2.weight"]);
    expect(net.parameters({ recurse: false })).toEqual([net.scale]);
    expect(net.namedModules().map(([name]) => name)).toEqual(["", "fc1", "act", "fc2"]);
    expect(net.namedChildren().map(([name]) => name)).toEqual(["fc1", "act", "fc2"]);
  });

  test("what is shared is given once", () => {
    const layer = new nn.Linear(2, 2);
    const net = new nn.Sequential(layer, layer);
    expect(net.parameters().length).toBe(2);
    expect(net.modules().length).toBe(2);
    expect(net.namedParameters({ removeDuplicate: false }).map(([name]) => name)).toEqual(["0.weight", "0.bias", "1.weight", "1.bias"]);
    expect(Object.keys(net.stateDict())).toEqual(["0.weight", "0.bias", "1.weight", "1.bias"]);
  });

  test("buffers are state unless they are not persistent", () => {
    class Counted extends nn.Module {
      weight = new nn.Parameter(torch.ones(2));
      steps = new nn.Buffer(torch.zeros(1));
      cache = new nn.Buffer(torch.zeros(1), { persistent: false });

      constructor() {
        super();
        this.registerBuffer("mean", torch.zeros(2));
        this.registerBuffer("scratch", torch.zeros(2), false);
      }
    }
    const module = new Counted();
    expect(module.namedBuffers().map(([name]) => name)).toEqual(["steps", "cache", "mean", "scratch"]);
    expect(Object.keys(module.stateDict())).toEqual(["weight", "steps", "mean"]);
    expect(module.getBuffer("mean").shape).toEqual([2]);
  });

  test("paths lead to modules and parameters, and errors name the part that is missing", () => {
    const net = new nn.Sequential(new Net());
    expect(net.getSubmodule("0.fc1")).toBe(net[0].fc1);
    expect(net.getParameter("0.fc1.weight")).toBe(net[0].fc1.weight);
    expect(() => net.getSubmodule("0.fc9")).toThrow("Net has no attribute `fc9`");
    expect(() => net.getParameter("0.name")).toThrow("`name` is not an nn.Parameter");
  });

  test("registration checks names", () => {
    const module = new nn.Module();
    module.addModule("layer", new nn.ReLU());
    expect(module.getSubmodule("layer")).toBeInstanceOf(nn.ReLU);
    expect(() => module.addModule("a.b", new nn.ReLU())).toThrow(`module name can't contain ".", got: a.b`);
    expect(() => module.addModule("", new nn.ReLU())).toThrow(`module name can't be empty string ""`);
    expect(() => module.registerParameter("training", new nn.Parameter(torch.ones(1)))).toThrow("attribute 'training' already exists");
  });
});

describe("changing", () => {
  test("train and eval reach all modules", () => {
    const net = new nn.Sequential(new nn.Dropout(), new nn.Sequential(new nn.Dropout(1)));
    expect(
      net
        .eval()
        .modules()
        .every((module) => !module.training),
    ).toBe(true);
    expect(net(torch.ones(3)).tolist()).toEqual([1, 1, 1]);
    expect(net.train()(torch.ones(3)).tolist()).toEqual([0, 0, 0]);
  });

  test("to keeps the parameters themselves", () => {
    const net = new Net();
    const weight = net.fc1.weight;
    net.double();
    expect(net.fc1.weight).toBe(weight);
    expect(weight.dtype).toBe(torch.float64);
    expect(net(torch.ones(1, 2, { dtype: torch.float64 })).dtype).toBe(torch.float64);
    expect(net.to("meta").fc2.weight.device.type).toBe("meta");
    expect(net(torch.ones(5, 2, { dtype: torch.float64, device: "meta" })).shape).toEqual([5, 1]);
    expect(() => net.to(torch.int32)).toThrow(
      "nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=torch.int32",
    );
  });

  test("zeroGrad forgets gradients or fills them with zeros", () => {
    const net = new Net();
    net(torch.ones(1, 2)).sum().backward();
    net.zeroGrad({ setToNone: false });
    expect(net.scale.grad?.tolist()).toEqual([0]);
    net.zeroGrad();
    expect(net.scale.grad).toBe(null);
    expect(
      net
        .requiresGrad_(false)
        .parameters()
        .some((parameter) => parameter.requiresGrad),
    ).toBe(false);
  });

  test("apply reaches children first", () => {
    const seen: string[] = [];
    new Net().apply((module) => seen.push(module._getName()));
    expect(seen).toEqual(["Linear", "ReLU", "Linear", "Net"]);
  });

  test("deepcopy gives everything of its own, once", () => {
    class Tied extends nn.Module {
      a = new nn.Linear(2, 2);
      b = this.a;
      sizes = [1, 2];
      forward(x: Tensor): Tensor {
        return this.b(this.a(x));
      }
    }
    const tied = new Tied();
    const copy = tied.deepcopy();
    expect(copy).toBeInstanceOf(Tied);
    expect(copy.a).toBe(copy.b);
    expect(copy.a).not.toBe(tied.a);
    expect(copy.sizes).toEqual([1, 2]);
    expect(copy.a.weight.requiresGrad).toBe(true);
    torch.noGrad(() => copy.a.weight.zero_());
    expect(tied.a.weight.tolist()).not.toEqual(copy.a.weight.tolist());
    expect(copy(torch.ones(1, 2)).shape).toEqual([1, 2]);
  });
});

describe("state", () => {
  test("loads what was saved, into the same memory", () => {
    const [from, to] = [new Net(), new Net()];
    const weight = to.fc1.weight;
    const result = to.loadStateDict(from.stateDict());
    expect(String(result)).toBe("<All keys matched successfully>");
    expect(to.fc1.weight).toBe(weight);
    expect(to(torch.ones(1, 2)).tolist()).toEqual(from(torch.ones(1, 2)).tolist());
  });

  test("on an error nothing is changed, and all of it is told", () => {
    const net = new nn.Sequential(new nn.Linear(1, 2));
    const before = net[0].bias?.tolist();
    expect(() => net.loadStateDict({ "0.bias": torch.zeros(2), "0.weight": torch.zeros(3, 1), "1.weight": torch.zeros(1) })).toThrow(
      'Error(s) in loading state_dict for Sequential:\n\tUnexpected key(s) in state_dict: "1.weight". \n\tsize mismatch for 0.weight: copying a param with shape torch.Size([3, 1]) from checkpoint, the shape in current model is torch.Size([2, 1]).',
    );
    expect(() => net.loadStateDict({})).toThrow('\n\tMissing key(s) in state_dict: "0.weight", "0.bias". ');
    expect(net[0].bias?.tolist()).toEqual(before);
  });

  test("strict: false and assign", () => {
    const net = new nn.Linear(1, 2);
    const weight = torch.ones(2, 1);
    const { missingKeys, unexpectedKeys } = net.loadStateDict({ weight, other: weight }, { strict: false, assign: true });
    expect(missingKeys).toEqual(["bias"]);
    expect(unexpectedKeys).toEqual(["other"]);
    torch.noGrad(() => net.weight.fill_(5));
    expect(weight.tolist()).toEqual([[5], [5]]);
    expect(net.weight).toBeInstanceOf(nn.Parameter);
    expect(net.weight.requiresGrad).toBe(true);
  });

  test("values of the state share the module's memory and are outside of the graph", () => {
    const net = new nn.Linear(1, 1);
    const state = net.stateDict({ prefix: "head." });
    expect(Object.keys(state)).toEqual(["head.weight", "head.bias"]);
    state["head.weight"]?.fill_(3);
    expect(net.weight.tolist()).toEqual([[3]]);
    expect(net.stateDict({ keepVars: true })["weight"]).toBe(net.weight);
  });
});

describe("parameters", () => {
  test("print as PyTorch's do", () => {
    expect(String(new nn.Parameter(torch.ones(2)))).toBe("Parameter containing:\ntensor([1., 1.], requires_grad=True)");
    expect(() => new nn.Parameter(torch.tensor([1n]))).toThrow("Only Tensors of floating point and complex dtype can require gradients");
    expect(new nn.Parameter(torch.tensor([1n]), false).requiresGrad).toBe(false);
    expect(new nn.Parameter(torch.ones(1), { requiresGrad: false }).isLeaf).toBe(true);
  });
});
