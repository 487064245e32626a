/** Layers whose cases are not among the measured files. The numbers are PyTorch 2.13's for the same seeds. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { nn } = torch;

function near(actual: readonly unknown[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, 5);
  });
}

test("AdaptiveLogSoftmaxWithLoss", () => {
  torch.manualSeed(0);
  const module = new nn.AdaptiveLogSoftmaxWithLoss(8, 20, [4, 10], { divValue: 2 });
  const x = torch.randn(5, 8);
  const target = torch.tensor([0n, 5n, 12n, 3n, 19n]);
  const { output, loss } = module(x, target);
  near(output.tolist() as number[], [-2.2301723957, -5.3033046722, -4.2627782821, -1.3158795833, -3.9822001457]);
  near([loss.item(), module.logProb(x).sum().item() / 100], [3.4188671112, -3.7221722412]);
  expect(module.predict(x).tolist()).toEqual([3, 2, 3, 3, 2]);
  loss.backward();
  near([module.getParameter("tail.0.0.weight").grad?.sum().item()], [0.1772066056]);
  expect(module(x.select(0, 0), target.select(0, 0)).output.shape).toEqual([]);
  expect(() => module(x, target.add(1))).toThrow("Target values should be in [0, 19], but values in range [1, 20] were found");
  expect(() => new nn.AdaptiveLogSoftmaxWithLoss(8, 20, [10, 4])).toThrow("sorted in an increasing order");
});

describe("embeddings", () => {
  test("the padding row is zero, and takes its place in the stream of numbers", () => {
    torch.manualSeed(0);
    const table = new nn.Embedding(5, 3, { paddingIdx: -4 });
    near(table.weight.select(0, 0).tolist() as number[], [1.5409960747, -0.2934288979, -2.1787893772]);
    expect(table.weight.select(0, 1).tolist()).toEqual([0, 0, 0]);
    table(torch.tensor([0n, 1n]))
      .sum()
      .backward();
    expect(table.weight.grad?.sum(1).tolist()).toEqual([3, 0, 0, 0, 0]);
    expect(() => new nn.Embedding(5, 3, 7)).toThrow("Padding_idx must be within num_embeddings");
  });

  test("pretrained ones are not learnt unless asked for", () => {
    const weight = torch.tensor([
      [1, 2],
      [3, 4],
    ]);
    expect(nn.Embedding.fromPretrained(weight)(torch.tensor([1n])).tolist()).toEqual([[3, 4]]);
    expect(nn.Embedding.fromPretrained(weight).weight.requiresGrad).toBe(false);
    expect(nn.Embedding.fromPretrained(weight, { freeze: false }).weight.requiresGrad).toBe(true);
  });

  test("bags", () => {
    torch.manualSeed(0);
    const bag = new nn.EmbeddingBag(5, 3, { mode: "sum", paddingIdx: 1 });
    expect(String(bag)).toBe("EmbeddingBag(5, 3, mode='sum', padding_idx=1)");
    const sums = bag(torch.tensor([0n, 1n, 2n, 4n]), torch.tensor([0n, 2n]));
    near((sums.tolist() as number[][]).flat(), [1.5409960747, -0.2934288979, -2.1787893772, -0.453327775, 1.9386305809, -1.7904449701]);
  });
});

test("Unfold takes images apart, Fold adds them up", () => {
  const image = torch.arange(16).float().reshape(1, 1, 4, 4);
  const blocks = new nn.Unfold(2, { stride: 2 })(image);
  expect(blocks.select(2, 1).tolist()).toEqual([[2, 3, 6, 7]]);
  expect(new nn.Fold(4, 2, { stride: 2 })(blocks).tolist()).toEqual(image.tolist());
});

describe("lazy modules", () => {
  test("LazyLinear becomes Linear with the first input, and draws what that would", () => {
    torch.manualSeed(0);
    const layer = new nn.LazyLinear(3);
    const { weight } = layer;
    expect(String(layer)).toBe("LazyLinear(in_features=0, out_features=3, bias=True)");
    near((layer(torch.ones(1, 4)).tolist() as number[][]).flat(), [-0.9926879406, -0.0031014085, -0.3675665259]);
    expect(String(layer)).toBe("Linear(in_features=4, out_features=3, bias=True)");
    expect(layer.weight).toBe(weight);
    expect(() => layer(torch.ones(1, 5))).toThrow("linear");
  });

  test("copies wait on their own", () => {
    const layer = new nn.LazyLinear(3);
    const copy = layer.deepcopy();
    expect(layer(torch.ones(1, 4)).shape).toEqual(copy(torch.ones(1, 4)).shape);
    expect(copy(torch.ones(1, 4)).tolist()).not.toEqual(layer(torch.ones(1, 4)).tolist());
  });

  test("a state gives the shapes, too", () => {
    const [from, to] = [new nn.Linear(4, 3), new nn.LazyLinear(3)];
    to.loadStateDict(from.stateDict());
    expect(to(torch.ones(1, 4)).tolist()).toEqual(from(torch.ones(1, 4)).tolist());
  });

  test("normalisations", () => {
    const batch = new nn.LazyBatchNorm1d();
    batch(torch.randn(3, 4));
    expect(String(batch)).toBe("BatchNorm1d(4, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)");
    expect(batch.running_mean?.shape).toEqual([4]);
    const instance = new nn.LazyInstanceNorm2d({ affine: true });
    expect(instance(torch.randn(2, 3, 4, 4)).shape).toEqual([2, 3, 4, 4]);
    expect(instance.numFeatures).toBe(3);
  });
});

describe("normalisation", () => {
  test("a state of the first version lacks the number of batches", () => {
    const norm = new nn.BatchNorm1d(2);
    const { num_batches_tracked, ...old } = norm.stateDict();
    expect(num_batches_tracked?.item()).toBe(0);
    expect(String(norm.loadStateDict(old))).toBe("<All keys matched successfully>");
    expect(() => new nn.Sequential(norm).loadStateDict({})).toThrow(
      'Missing key(s) in state_dict: "0.weight", "0.bias", "0.running_mean", "0.running_var". ',
    );
  });

  test("without momentum the statistics are means over all batches", () => {
    const norm = new nn.BatchNorm1d(1, { momentum: null });
    norm(torch.tensor([[0], [2]]));
    norm(torch.tensor([[4], [6]]));
    expect(norm.running_mean?.tolist()).toEqual([3]);
    expect(norm.num_batches_tracked?.item()).toBe(2);
    expect(() => norm(torch.ones(1))).toThrow("expected 2D or 3D input (got 1D input)");
  });
});

test("arguments of constructors are checked as those of functions", () => {
  // @ts-expect-error the size of the output is missing
  expect(() => new nn.Linear(3)).toThrow("Linear() missing required argument 'outFeatures' (position 2)");
  // @ts-expect-error there is no such option
  expect(() => new nn.Linear(3, 4, { biass: false })).toThrow("Linear() got an unexpected keyword argument 'biass'");
  expect(() => new nn.Dropout(1.5)).toThrow("dropout probability has to be between 0 and 1, but got 1.5");
  // @ts-expect-error no such reduction
  expect(() => new nn.MSELoss({ reduction: "average" })).toThrow("average is not a valid value for reduction");
  expect(new nn.MSELoss(false).reduction).toBe("sum");
  expect(new nn.L1Loss({ reduce: false }).reduction).toBe("none");
});
