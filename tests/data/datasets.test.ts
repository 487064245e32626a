/** Datasets, samplers, splits and the default batches. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

type Tensor = torch.Tensor;
const {
  BatchSampler,
  ConcatDataset,
  defaultCollate,
  RandomSampler,
  randomSplit,
  SequentialSampler,
  Subset,
  SubsetRandomSampler,
  TensorDataset,
  WeightedRandomSampler,
} = torch.utils.data;
const seeded = (seed: number): torch.Generator => new torch.Generator().manualSeed(seed);

describe("datasets", () => {
  const squares = new TensorDataset(torch.arange(4), torch.arange(4).square());

  test("TensorDataset gives tuples of slices", () => {
    expect(squares.length).toBe(4);
    expect(squares.getItem(3).map((one) => one.item())).toEqual([3, 9]);
    expect([...squares].map(([x]) => x.item())).toEqual([0, 1, 2, 3]);
    expect(() => squares.getItem(4)).toThrow(torch.IndexError);
    expect(() => new TensorDataset(torch.ones(2), torch.ones(3))).toThrow(
      "TensorDataset: Size mismatch between tensors: first sizes are 2, 3",
    );
    expect(() => new TensorDataset(torch.ones([]))).toThrow("0-d tensor");
    expect(() => new TensorDataset()).toThrow("at least one tensor");
  });

  test("Subset", () => {
    const subset = new Subset(squares, [2, 0]);
    expect([subset.length, subset.getItem(0)[1].item(), subset.getItem(1)[1].item()]).toEqual([2, 4, 0]);
  });

  test("ConcatDataset counts through, and from the end", () => {
    const both = new ConcatDataset([squares, new Subset(squares, [3, 3]), squares]);
    expect([both.length, both.cumulativeSizes]).toEqual([10, [4, 6, 10]]);
    expect([0, 3, 4, 5, 6, 9, -1, -10].map((i) => both.getItem(i)[0].item())).toEqual([0, 3, 3, 3, 0, 3, 3, 0]);
    expect(() => both.getItem(10)).toThrow("index 10 is out of range for 10 items");
    expect(() => both.getItem(-11)).toThrow(torch.IndexError);
    expect(() => new ConcatDataset([])).toThrow("datasets should not be an empty iterable");
  });
});

describe("samplers draw PyTorch's numbers", () => {
  test("BatchSampler takes what a RandomSampler, or a subclass of it, iterates over", () => {
    const ten = Array.from({ length: 10 }, (_, i) => i);
    const options = { numSamples: 25, generator: seeded(3) };
    const order = [...new RandomSampler(ten, options)];
    options.generator.manualSeed(3);
    const batches = [...new BatchSampler(new RandomSampler(ten, options), 4, false)];
    expect(batches.flat()).toEqual(order);
    expect(batches.map((batch) => batch.length)).toEqual([4, 4, 4, 4, 4, 4, 1]);
    class Backwards extends RandomSampler {
      override *[Symbol.iterator](): Iterator<number> {
        for (let i = this.length - 1; i >= 0; i--) yield i;
      }
    }
    expect([...new BatchSampler(new Backwards(ten), 4, true)]).toEqual([
      [9, 8, 7, 6],
      [5, 4, 3, 2],
    ]);
  });

  test("RandomSampler", () => {
    const ten = { length: 10 };
    expect([...new RandomSampler(ten, { replacement: true, numSamples: 40, generator: seeded(3) })]).toEqual([
      6, 8, 7, 7, 0, 0, 0, 5, 1, 9, 4, 1, 5, 9, 6, 9, 5, 4, 0, 4, 6, 9, 1, 6, 2, 8, 7, 4, 4, 0, 0, 1, 4, 3, 9, 2, 3, 0, 2, 1,
    ]);
    torch.manualSeed(3);
    expect([...new RandomSampler(ten, { replacement: true, numSamples: 6 })]).toEqual([7, 8, 5, 1, 8, 6]);
    expect([...new RandomSampler({ length: 4 }, { numSamples: 10, generator: seeded(3) })]).toEqual([2, 3, 1, 0, 3, 2, 1, 0, 0, 3]);
    expect([...new SequentialSampler(ten)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("drawing with replacement takes no more than it needs", () => {
    const generator = seeded(3);
    [...new RandomSampler({ length: 10 }, { replacement: true, numSamples: 3, generator })];
    const other = seeded(3);
    torch.randint(10, [3], { generator: other });
    expect(torch.rand(2, { generator }).tolist()).toEqual(torch.rand(2, { generator: other }).tolist());
  });

  test("WeightedRandomSampler", () => {
    const weights = [0.1, 0.9, 0.4, 0.7, 3.0, 0.6];
    expect([...new WeightedRandomSampler(weights, 8, true, seeded(3))]).toEqual([1, 3, 4, 1, 4, 4, 2, 4]);
    expect([...new WeightedRandomSampler(weights, 5, false, seeded(3))]).toEqual([3, 0, 1, 4, 5]);
    expect([...new WeightedRandomSampler(torch.tensor(weights), 5, false, seeded(3))].sort()).toEqual([0, 1, 3, 4, 5]);
    torch.manualSeed(3);
    expect([...new WeightedRandomSampler([0.1, 0.9, 0.4], 5)]).toEqual([0, 1, 2, 1, 2]);
    expect(() => new WeightedRandomSampler(weights, 0)).toThrow("num_samples=0");
    expect(() => new WeightedRandomSampler(torch.ones(1, 2), 1)).toThrow(
      "weights should be a 1d sequence but given weights have shape [1, 2]",
    );
  });

  test("SubsetRandomSampler", () => {
    expect([...new SubsetRandomSampler([7, 8, 9, 10, 11], seeded(3))]).toEqual([8, 7, 10, 11, 9]);
    torch.manualSeed(3);
    expect([...new SubsetRandomSampler([7, 8, 9, 10, 11])]).toEqual([8, 7, 10, 11, 9]);
  });

  test("randomSplit by fractions", () => {
    const split = (n: number, lengths: number[]): unknown =>
      randomSplit(
        Array.from({ length: n }, (_, i) => i),
        lengths,
        { generator: seeded(42) },
      ).map(({ indices }) => indices);
    expect(split(10, [0.3, 0.3, 0.4])).toEqual([
      [2, 6, 1],
      [8, 4, 5],
      [0, 9, 3, 7],
    ]);
    expect(split(7, [0.5, 0.5])).toEqual([
      [1, 6, 3, 5],
      [4, 0, 2],
    ]);
    expect(() => split(10, [3, 3])).toThrow("Sum of input lengths does not equal the length of the input dataset: 6, not 10");
    expect(() => split(10, [0.5, 0.6])).toThrow(torch.ArgumentError);
  });
});

describe("defaultCollate", () => {
  test("stacks tensors, and makes tensors of numbers", () => {
    expect(defaultCollate([torch.ones(2), torch.zeros(2)]).tolist()).toEqual([
      [1, 1],
      [0, 0],
    ]);
    const types = [
      [1, 2],
      [1.5, 2],
      [1n, 2n],
      [true, false],
    ].map((items) => defaultCollate<number | bigint | boolean>(items).dtype.name);
    expect(types).toEqual(["int64", "float64", "int64", "bool"]);
    expect(defaultCollate(["a", "b"])).toEqual(["a", "b"]);
  });

  test("collates arrays and objects part by part", () => {
    const items = [
      { x: torch.ones(1), meta: { id: 1, tags: ["a", "b"] as [string, string] } },
      { x: torch.zeros(1), meta: { id: 2, tags: ["c", "d"] as [string, string] } },
    ];
    const batch = defaultCollate(items);
    const x: Tensor = batch.x;
    const id: Tensor = batch.meta.id;
    const tags: [string[], string[]] = batch.meta.tags;
    expect([x.tolist(), id.tolist(), tags]).toEqual([
      [[1], [0]],
      [1, 2],
      [
        ["a", "c"],
        ["b", "d"],
      ],
    ]);
  });

  test("refuses what it cannot batch", () => {
    expect(() => defaultCollate([])).toThrow("cannot make a batch of no items");
    expect(() => defaultCollate([null])).toThrow("batch must contain tensors, numbers, strings, arrays or objects; found null");
    expect(() => defaultCollate([new Map()])).toThrow("found object");
    expect(() => defaultCollate<unknown>([torch.ones(1), 3])).toThrow("item 0 of the batch is a tensor, item 1 is not");
    expect(() => defaultCollate<unknown>([{ a: 1 }, { b: 1 }])).toThrow(torch.ArgumentError);
    expect(() => defaultCollate<unknown>([1, "a"])).toThrow(torch.ArgumentError);
  });
});
