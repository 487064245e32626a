/** Datasets side by side, shares of datasets, and items without batches. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { DataChunk, DataLoader, DistributedSampler, StackDataset, TensorDataset, defaultConvert } = torch.utils.data;

describe("StackDataset", () => {
  const [a, b] = [new TensorDataset(torch.arange(4)), new TensorDataset(torch.arange(4).mul(10))];

  test("in an array", () => {
    const both = new StackDataset(a, b);
    expect(both.length).toBe(4);
    expect(both.getItem(2).map(([x]) => x?.item())).toEqual([2, 20]);
    expect(
      [...new DataLoader(both, { batchSize: 3 })].map((batch) =>
        JSON.stringify(batch, (_, v) => (v instanceof torch.Tensor ? v.tolist() : v)),
      ),
    ).toEqual(["[[[0,1,2]],[[0,10,20]]]", "[[[3]],[[30]]]"]);
  });

  test("by names", () => {
    const both = new StackDataset({ small: a, large: b });
    expect(both.getItems([3, 1]).map(({ large }) => large[0]?.item())).toEqual([30, 10]);
  });

  test("lengths must agree", () => {
    expect(() => new StackDataset(a, new TensorDataset(torch.ones(3)))).toThrow(
      /StackDataset: Size mismatch between datasets: lengths are 4, 3/,
    );
  });
});

describe("DistributedSampler", () => {
  const order = (length: number, numReplicas: number, options: object = {}): number[][] =>
    Array.from({ length: numReplicas }, (_, rank) => [...new DistributedSampler({ length }, { numReplicas, rank, ...options })]);

  test("PyTorch's orders", () => {
    // torch.utils.data.DistributedSampler(range(10), 3, rank, seed=7), epoch 0 and 2
    expect(order(10, 3, { seed: 7 })).toEqual([
      [5, 4, 9, 2],
      [0, 1, 6, 5],
      [3, 7, 8, 0],
    ]);
    const later = [0, 1, 2].map((rank) => {
      const sampler = new DistributedSampler({ length: 10 }, { numReplicas: 3, rank, seed: 7, dropLast: true });
      sampler.setEpoch(2);
      return [...sampler];
    });
    expect(later).toEqual([
      [0, 7, 9],
      [5, 6, 1],
      [8, 2, 4],
    ]);
  });

  test("every process gets as many, also of few items", () => {
    expect(order(5, 2, { shuffle: false })).toEqual([
      [0, 2, 4],
      [1, 3, 0],
    ]);
    expect(order(2, 5, { shuffle: false })).toEqual([[0], [1], [0], [1], [0]]);
    expect(order(5, 2, { shuffle: false, dropLast: true })).toEqual([
      [0, 2],
      [1, 3],
    ]);
  });

  test("ranks are checked", () => {
    expect(() => order(3, 0)).not.toThrow();
    expect(() => new DistributedSampler([], { numReplicas: 2, rank: 2 })).toThrow(
      /Invalid rank 2, rank should be in the interval \[0, 1\]/,
    );
    expect(() => new DistributedSampler([], { numReplicas: 0, rank: 0 })).toThrow(/numReplicas must be a positive whole number, got 0/);
  });
});

test("defaultConvert makes tensors of typed arrays only", () => {
  const converted = defaultConvert({ x: [new Float32Array([1, 2]), "a"], n: 3, y: new BigInt64Array([4n]) });
  const [first, second] = converted.x as [torch.Tensor, string];
  expect([first.tolist(), second, converted.n, converted.y.dtype, converted.y.tolist()]).toEqual([[1, 2], "a", 3, torch.int64, [4]]);
});

test("DataChunk", () => {
  const chunk = new DataChunk([1, 2, 3]);
  expect([[...chunk], chunk.length, chunk.asStr("  ")]).toEqual([[1, 2, 3], 3, "  [1, 2, 3]"]);
});

test("weights in channelsLast are in another order, and give the same", () => {
  const { nn } = torch;
  for (const [make, convert, format, shape, strides] of [
    [() => new nn.Conv2d(3, 4, 2), nn.utils.convertConv2dWeightMemoryFormat, torch.channelsLast, [2, 3, 5, 5], [12, 1, 6, 3]],
    [
      () => new nn.ConvTranspose3d(3, 4, 2),
      nn.utils.convertConv3dWeightMemoryFormat,
      torch.channelsLast3d,
      [2, 3, 4, 4, 4],
      [32, 1, 16, 8, 4],
    ],
  ] as const) {
    const conv = make() as torch.nn.Conv2d;
    const model = new nn.Sequential(conv, new nn.ReLU());
    const x = torch.randn([...shape]);
    const before = model(x) as torch.Tensor;
    expect(convert(model, format)).toBe(model);
    expect(conv.weight.stride()).toEqual(strides);
    expect(before.allclose(model(x) as torch.Tensor, { atol: 1e-6 })).toBe(true);
    convert(model, torch.contiguousFormat);
    expect(conv.weight.isContiguous()).toBe(true);
  }
  expect(() => nn.utils.convertConv2dWeightMemoryFormat(new nn.ReLU(), torch.channelsLast3d)).toThrow(
    /torch.channels_last_3d is for tensors of 5/,
  );
});
