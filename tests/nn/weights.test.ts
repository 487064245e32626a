/** `nn.utils`: parameters that are computed, pruned, folded or replaced. Expected numbers are PyTorch 2.13's. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { nn } = torch;
const { utils } = nn;
const { parametrizations, parametrize, prune } = utils;

/** Numbers without a pattern that is easily got right by chance. */
function numbers(rows: number, columns: number): torch.Tensor {
  return torch.tensor(Array.from({ length: rows * columns }, (_, i) => ((i * 7) % 11) / 4 - 1)).view([rows, columns]);
}

function layer(): torch.nn.Linear {
  const made = new nn.Linear(3, 4);
  torch.noGrad(() => {
    made.weight.copy_(numbers(4, 3));
    made.bias?.zero_();
  });
  return made;
}

const input = numbers(2, 3);

function near(actual: torch.Tensor | null | undefined, expected: unknown, tolerance = 2e-6): void {
  const flat = (value: unknown): number[] => (Array.isArray(value) ? value.flatMap(flat) : [Number(value)]);
  const got = flat(actual?.tolist());
  const wanted = flat(expected);
  expect(got.length).toBe(wanted.length);
  got.forEach((value, i) => {
    expect(Math.abs(value - (wanted[i] as number))).toBeLessThan(tolerance);
  });
}

const names = (module: torch.nn.Module): string[] => Object.keys(module.stateDict());

describe("weightNorm", () => {
  test("lengths and directions, their gradients, and the way back", () => {
    const module = utils.weightNorm(layer());
    expect(names(module)).toEqual(["bias", "weight_g", "weight_v"]);
    near(module.getParameter("weight_g"), [1.2747548818588257, 1.658312439918518, 1.4790199995040894, 1.4142135381698608]);
    near(module(input), layer()(input).tolist());
    module(input).sum().backward();
    near(module.getParameter("weight_g").grad, [0.4902903437614441, 1.055289626121521, 1.0141850709915161, 0.8838834762573242]);
    near(module.getParameter("weight_v").grad?.select(0, 3), [-0.125, 1.25, -0.125]);
    expect(names(utils.removeWeightNorm(module))).toEqual(["bias", "weight"]);
    near(module.weight, numbers(4, 3).tolist());
    expect(() => utils.removeWeightNorm(module)).toThrow(/weight_norm of 'weight' not found in Linear/);
    near(utils.weightNorm(layer(), { dim: null }).getParameter("weight_g"), [2.9261748790740967]);
  });

  test("as a parametrization, which reads the older state", () => {
    const older = utils.weightNorm(layer());
    const module = parametrizations.weightNorm(new nn.Linear(3, 4));
    expect(names(module)).toEqual(["bias", "parametrizations.weight.original0", "parametrizations.weight.original1"]);
    module.loadStateDict(older.stateDict());
    near(module(input), layer()(input).tolist());
    expect(String(module)).toBe(
      "ParametrizedLinear(\n  in_features=3, out_features=4, bias=True\n  (parametrizations): ModuleDict(\n    (weight): ParametrizationList(\n      (0): _WeightNorm()\n    )\n  )\n)",
    );
  });
});

describe("spectralNorm", () => {
  test("before every call", () => {
    const whole = layer();
    torch.manualSeed(0);
    const module = utils.spectralNorm(whole, { nPowerIterations: 2 });
    expect(names(module)).toEqual(["bias", "weight_orig", "weight_u", "weight_v"]);
    const out = module(input);
    near(out, [0.6138269305, -0.3777396977, -0.3305221796, -0.2833047211, -0.3777396083, 1.0387840271, 0.8971316814, 0.7554792762]);
    module(input).sum().backward();
    near(module.getParameter("weight_orig").grad?.select(0, 0), [0.3666833043, 0.489129126, -0.3691072166]);
    near(module.getBuffer("weight_u"), [0.2722840905, -0.6058939099, -0.5539125204, -0.5019311309]);
    expect(names(utils.removeSpectralNorm(module))).toEqual(["bias", "weight"]);
  });

  test("as a parametrization", () => {
    const whole = layer();
    torch.manualSeed(0);
    const module = parametrizations.spectralNorm(whole);
    const prefix = "parametrizations.weight";
    expect(names(module)).toEqual(["bias", `${prefix}.original`, `${prefix}.0._u`, `${prefix}.0._v`]);
    near(
      module(input),
      [0.6130251288, -0.3772462308, -0.3300904632, -0.2829346657, -0.3772462308, 1.0374270678, 0.8959597945, 0.7544924615],
    );
    expect(torch.linalg.matrixNorm(module.weight, 2).item()).toBeCloseTo(1, 3);
  });
});

describe("orthogonal", () => {
  test("tall matrices as products of reflections, square ones by the exponential", () => {
    torch.manualSeed(0);
    const tall = parametrizations.orthogonal(new nn.Linear(3, 4));
    expect(names(tall)).toEqual(["bias", "parametrizations.weight.original", "parametrizations.weight.0.base"]);
    const expected = [-0.0095696449, 0.5133988857, -0.8435299993, -0.9406751394, -0.1565032899, -0.1348229051];
    near(tall.weight.narrow(0, 0, 2), expected);
    torch.manualSeed(0);
    near(parametrizations.orthogonal(new nn.Linear(3, 3)).weight.select(0, 0), [-0.01016891, 0.5581021905, -0.8297100067]);
    torch.manualSeed(0);
    const cayley = parametrizations.orthogonal(new nn.Linear(3, 3), "weight", "cayley", { useTrivialization: false });
    near(cayley.weight.select(0, 0), [0.9176961184, 0.3895134926, -0.078186363]);
    torch.manualSeed(0);
    near(parametrizations.orthogonal(new nn.Linear(3, 4), "weight", null, { useTrivialization: false }).weight.narrow(0, 0, 2), expected);
  });

  test("wide matrices, gradients and assignment", () => {
    const module = parametrizations.orthogonal(new nn.Linear(4, 2));
    module(torch.ones(1, 4)).sum().backward();
    expect(module.getParameter("parametrizations.weight.original").grad?.shape).toEqual([2, 4]);
    torch.noGrad(() => module.getParameter("parametrizations.weight.original").sub_(0.1));
    near(module.weight.matmul(module.weight.t()), [1, 0, 0, 1]);
    Reflect.set(module, "weight", torch.eye(2, 4));
    near(module.weight, torch.eye(2, 4).tolist());
  });
});

describe("parametrize", () => {
  class Symmetric extends nn.Module<torch.Tensor[], torch.Tensor> {
    calls = 0;
    forward(...[x]: torch.Tensor[]): torch.Tensor {
      this.calls++;
      return (x as torch.Tensor).triu().add((x as torch.Tensor).triu(1).t());
    }
    rightInverse(x: torch.Tensor): torch.Tensor {
      return x.triu();
    }
  }

  test("one tensor, read, assigned, cached, copied and left", () => {
    const module = new nn.Linear(3, 3);
    const { weight } = module;
    const symmetric = new Symmetric();
    parametrize.registerParametrization(module, "weight", symmetric);
    expect(parametrize.isParametrized(module, "weight")).toBe(true);
    expect(parametrize.typeBeforeParametrizations(module)).toBe(nn.Linear);
    expect(module.weight.equal(module.weight.t())).toBe(true);
    expect(module.getParameter("parametrizations.weight.original")).toBe(weight);
    Reflect.set(module, "weight", torch.eye(3).mul(2));
    expect(module.weight.equal(torch.eye(3).mul(2))).toBe(true);
    symmetric.calls = 0;
    parametrize.cached(() => [module.weight, module.weight]);
    expect(symmetric.calls).toBe(1);
    const copy = module.deepcopy();
    Reflect.set(copy, "weight", torch.zeros(3, 3));
    expect(module.weight.sum().item()).toBe(6);
    parametrize.removeParametrizations(module, "weight");
    expect(String(module)).toBe("Linear(in_features=3, out_features=3, bias=True)");
    expect(module.weight).toBe(weight);
    expect(module.weight.sum().item()).toBe(6);
    expect(names(copy)).toEqual(["bias", "parametrizations.weight.original"]);
  });

  test("several of one tensor, and what is refused", () => {
    class Doubled extends nn.Module<torch.Tensor[], torch.Tensor> {
      forward(...[x]: torch.Tensor[]): torch.Tensor {
        return (x as torch.Tensor).mul(2);
      }
    }
    class Row extends nn.Module<torch.Tensor[], torch.Tensor> {
      forward(...[x]: torch.Tensor[]): torch.Tensor {
        return (x as torch.Tensor).select(0, 0);
      }
    }
    const module = new nn.Linear(3, 3);
    const before = module.weight.clone();
    parametrize.registerParametrization(module, "weight", new Doubled());
    parametrize.registerParametrization(module, "weight", new Doubled());
    expect(module.weight.equal(before.mul(4))).toBe(true);
    expect(() => Reflect.set(module, "weight", before)).toThrow(/Doubled does not implement right_inverse/);
    expect(() => parametrize.registerParametrization(module, "bias", new Row())).toThrow(/may not change the shape of the tensor/);
    expect(() => parametrize.registerParametrization(module, "nothing", new Row())).toThrow(/does not have a parameter.*'nothing'/);
    expect(() => parametrize.removeParametrizations(module, "bias")).toThrow(/does not have a parametrization on bias/);
  });
});

describe("prune", () => {
  test("elements, then more elements, then channels", () => {
    const whole = layer();
    torch.noGrad(() => whole.weight.add_(torch.arange(12).view([4, 3]).div(100)));
    const module = prune.l1Unstructured(whole, "weight", 0.3);
    expect(names(module)).toEqual(["bias", "weight_orig", "weight_mask"]);
    const mask = (): unknown => module.getBuffer("weight_mask").sum(0).tolist();
    expect(module.getBuffer("weight_mask").tolist()).toEqual([
      [1, 1, 0],
      [1, 1, 0],
      [1, 0, 1],
      [1, 0, 1],
    ]);
    prune.l1Unstructured(module, "weight", 2);
    expect(mask()).toEqual([4, 1, 1]);
    prune.lnStructured(module, "weight", 1, 2, 0);
    expect(mask()).toEqual([3, 0, 1]);
    module(input).sum().backward();
    expect(module.getParameter("weight_orig").grad?.select(0, 0).abs().sum().item()).toBe(0);
    expect(prune.isPruned(new nn.Sequential(module))).toBe(true);
    const value = module.weight.clone();
    prune.remove(module, "weight");
    expect(module.getParameter("weight").equal(value)).toBe(true);
    expect(prune.isPruned(module)).toBe(false);
    expect(() => prune.remove(module, "weight")).toThrow(/has to be pruned before pruning can be removed/);
  });

  test("random elements and channels, in PyTorch's stream", () => {
    const [first, second] = [layer(), layer()];
    torch.manualSeed(0);
    expect(prune.randomUnstructured(first, "weight", 5).getBuffer("weight_mask").tolist()).toEqual([
      [0, 0, 1],
      [1, 1, 0],
      [1, 0, 1],
      [0, 1, 1],
    ]);
    torch.manualSeed(0);
    expect(prune.randomStructured(second, "weight", 1, 1).getBuffer("weight_mask").select(0, 0).tolist()).toEqual([1, 1, 0]);
    expect(() => prune.randomUnstructured(layer(), "weight", 20)).toThrow(
      /amount=20 should be smaller than the number of parameters to prune=12/,
    );
    expect(() => prune.l1Unstructured(layer(), "weight", 1.5)).toThrow(/amount=1.5 should either be a float in the range/);
  });

  test("several parameters at once", () => {
    const [first, second] = [layer(), layer()];
    torch.noGrad(() => second.weight.mul_(100));
    prune.globalUnstructured(
      [
        [first, "weight"],
        [second, "weight"],
      ],
      new prune.L1Unstructured(14),
    );
    expect(first.getBuffer("weight_mask").sum().item()).toBe(0);
    expect(second.getBuffer("weight_mask").sum().item()).toBe(10);
  });
});

describe("fusion", () => {
  test("a normalisation folded into the layer before it", () => {
    torch.manualSeed(0);
    const images = torch.randn(1, 2, 6, 6);
    const same = (made: torch.Tensor, wanted: torch.Tensor): void => near(made.sub(wanted).abs().max(), [0]);
    const last = new nn.BatchNorm2d(4);
    last(torch.randn(3, 4, 5, 5));
    torch.noGrad(() => last.weight?.uniform_());
    last.eval();
    const conv = new nn.Conv2d(2, 4, 3).eval();
    const fusedConv = utils.fuseConvBnEval(conv, last);
    same(fusedConv(images), last(conv(images)));
    const transposed = new nn.ConvTranspose2d(2, 4, 3, { bias: false }).eval();
    const fusedTransposed = utils.fuseConvBnEval(transposed, last, true);
    same(fusedTransposed(images), last(transposed(images)));
    const norm = new nn.BatchNorm1d(4);
    norm(torch.randn(9, 4));
    expect(() => utils.fuseLinearBnEval(layer(), norm)).toThrow(/Fusion only for eval!/);
    const linear = layer().eval();
    const fusedLinear = utils.fuseLinearBnEval(linear, norm.eval());
    same(fusedLinear(input), norm(linear(input)));
  });
});

describe("functionalCall", () => {
  const { functionalCall } = torch.func;

  test("other parameters for one call, with gradients", () => {
    const net = new nn.Sequential(new nn.Linear(2, 2), new nn.BatchNorm1d(2));
    const weight = torch.ones(2, 2, { requiresGrad: true });
    const running = torch.zeros(2);
    const before = net[0].weight;
    const out = functionalCall(net, [{ "0.weight": weight }, { "1.running_mean": running }], [numbers(4, 2)]);
    out.square().sum().backward();
    expect(weight.grad?.shape).toEqual([2, 2]);
    expect(running.abs().sum().item()).toBeGreaterThan(0);
    expect(net[0].weight).toBe(before);
    expect(() => functionalCall(net, { nothing: weight }, [numbers(4, 2)])).toThrow(/has no attribute `nothing`/);
    expect(() => functionalCall(net, { "0.weight": weight }, [numbers(4, 2)], { strict: true })).toThrow(/Missing key\(s\): '0.bias'/);
  });

  test("tied tensors are replaced together", () => {
    const net = new nn.Sequential(new nn.Linear(2, 2, false), new nn.Linear(2, 2, false));
    net[1].weight = net[0].weight;
    const zero = torch.zeros(2, 2);
    const ones = torch.ones(1, 2);
    expect(functionalCall(net, { "0.weight": zero.add(1) }, [ones]).tolist()).toEqual([[4, 4]]);
    const own = net[1](ones.mul(2));
    near(functionalCall(net, { "0.weight": zero.add(1) }, [ones], { tieWeights: false }), own.tolist());
    expect(() => functionalCall(net, { "0.weight": zero, "1.weight": zero.add(1) }, [ones])).toThrow(/multiple values/);
  });
});

test("the states of several models, stacked", () => {
  const models = [new nn.Linear(2, 1), new nn.Linear(2, 1)];
  const [parameters, buffers] = torch.func.stackModuleState(models);
  expect(parameters["weight"]?.shape).toEqual([2, 1, 2]);
  expect(parameters["weight"]?.isLeaf && parameters["weight"].requiresGrad).toBe(true);
  expect(buffers).toEqual({});
  expect(() => torch.func.stackModuleState([...models, new nn.ReLU()])).toThrow(/of the same class/);
});

test("skipInit leaves the stream alone", () => {
  torch.manualSeed(0);
  const module = utils.skipInit(nn.Linear, 3, 4, { bias: false });
  expect(module.weight.device.type).toBe("cpu");
  expect(module.weight.shape).toEqual([4, 3]);
  torch.manualSeed(0);
  const expected = torch.rand(1).item();
  torch.manualSeed(0);
  utils.skipInit(nn.LSTM, 3, 4);
  expect(torch.rand(1).item()).toBe(expected);
});
