/** The loader: its order, batches, options and errors. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { type Json, loadPart } from "../golden/cases.js";
import { assertClose } from "../golden/close.js";

type Tensor = torch.Tensor;
const {
  BatchSampler,
  ChainDataset,
  DataLoader,
  Dataset,
  IterableDataset,
  randomSplit,
  RandomSampler,
  SequentialSampler,
  Subset,
  TensorDataset,
} = torch.utils.data;

interface Row {
  readonly call: string;
  readonly seed: number;
  readonly out: readonly Json[];
}

const rows = loadPart<readonly Row[]>("random");
const numbered = (n: number): torch.utils.data.TensorDataset<[Tensor]> => new TensorDataset(torch.arange(n));
const orders = (loader: Iterable<readonly [Tensor]>): unknown[] => [...loader].map(([batch]) => batch.tolist());
const seeded = (seed: number): torch.Generator => new torch.Generator().manualSeed(seed);

class Stream extends IterableDataset<number> {
  constructor(private readonly count: number) {
    super();
  }
  override *[Symbol.iterator](): Iterator<number> {
    for (let i = 0; i < this.count; i++) yield i;
  }
}

describe("order", () => {
  test.each(rows.filter(({ call }) => call.startsWith("order of DataLoader")))("of two shuffled epochs, seed $seed", ({ seed, out }) => {
    torch.manualSeed(seed);
    const loader = new DataLoader(numbered(20), { batchSize: 4, shuffle: true });
    const batches = [...loader, ...loader].map(([batch]) => batch);
    assertClose(batches, out);
  });

  test.each(rows.filter(({ call }) => call.startsWith("random_split")))("of randomSplit, seed $seed", ({ seed, out }) => {
    torch.manualSeed(seed);
    const indices = randomSplit(numbered(10), [6, 4]).map((part) => torch.tensor(part.indices.map(BigInt)));
    assertClose(indices, out);
  });

  test("with a generator of its own, which it draws from as PyTorch does", () => {
    const generator = seeded(5);
    const loader = new DataLoader(numbered(10), { batchSize: 4, shuffle: true, generator });
    expect([orders(loader), orders(loader)]).toEqual([
      [
        [7, 4, 8, 1],
        [2, 3, 6, 5],
        [9, 0],
      ],
      [
        [2, 1, 6, 3],
        [5, 9, 4, 7],
        [8, 0],
      ],
    ]);
    expect(torch.randint(0, 1000, [3], { generator }).tolist()).toEqual([286, 433, 434]);
  });

  test("with the global one", () => {
    torch.manualSeed(3);
    const loader = new DataLoader(numbered(10), { batchSize: 4, shuffle: true });
    expect([orders(loader), orders(loader)]).toEqual([
      [
        [6, 2, 0, 1],
        [8, 3, 5, 4],
        [7, 9],
      ],
      [
        [3, 4, 0, 9],
        [6, 7, 1, 2],
        [5, 8],
      ],
    ]);
    expect(torch.randint(0, 1000, [3]).tolist()).toEqual([981, 739, 514]);
  });

  test("an epoch draws one number even where nothing is shuffled", () => {
    torch.manualSeed(3);
    expect(orders(new DataLoader(numbered(10), { batchSize: 5 }))).toEqual([
      [0, 1, 2, 3, 4],
      [5, 6, 7, 8, 9],
    ]);
    expect(torch.randint(0, 1000, [3]).tolist()).toEqual([737, 667, 360]);
  });
});

describe("batches", () => {
  test("the last one may be incomplete, or left out", () => {
    const whole = new DataLoader(numbered(7), 3);
    const dropped = new DataLoader(numbered(7), { batchSize: 3, dropLast: true });
    expect([whole.length, dropped.length]).toEqual([3, 2]);
    expect(orders(whole)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(orders(dropped)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  test("batchSize is one by default; null takes items as they are", () => {
    expect(orders(new DataLoader(numbered(2)))).toEqual([[0], [1]]);
    const items = new DataLoader(["a", "b"], { batchSize: null });
    expect([...items]).toEqual(["a", "b"]);
    expect(items.length).toBe(2);
  });

  test("a batch sampler or a sampler may give the order", () => {
    const batchSampler = [[3, 1], [0], [2, 2, 2]];
    const loader = new DataLoader(numbered(4), { batchSampler });
    expect([loader.length, loader.batchSize, orders(loader)]).toEqual([3, null, batchSampler]);
    expect(orders(new DataLoader(numbered(4), { sampler: [3, 0, 3], batchSize: 2 }))).toEqual([[3, 0], [3]]);
    const even = new BatchSampler(new SequentialSampler({ length: 5 }), 2, true);
    expect(orders(new DataLoader(numbered(5), { batchSampler: even }))).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  test("are typed by the items", () => {
    class Pairs extends Dataset<[Tensor, number, string]> {
      override get length(): number {
        return 4;
      }
      override getItem(index: number): [Tensor, number, string] {
        return [torch.full([2], index), index, `item ${index}`];
      }
    }
    for (const [x, y, names] of new DataLoader(new Pairs(), { batchSize: 4 })) {
      const tensors: [Tensor, Tensor] = [x, y];
      const labels: string[] = names;
      expect(tensors.map((one) => [one.shape, one.dtype.name])).toEqual([
        [[4, 2], "float32"],
        [[4], "int64"],
      ]);
      expect(labels).toEqual(["item 0", "item 1", "item 2", "item 3"]);
    }
    for (const [x, y] of new DataLoader(new TensorDataset(torch.rand(3, 2), torch.rand(3)))) {
      const both: [Tensor, Tensor] = [x, y];
      expect(both.map((one) => one.shape)).toEqual([[1, 2], [1]]);
    }
  });

  test("a dataset that gives several items at once is asked for them", () => {
    const asked: (readonly number[])[] = [];
    class Bulk extends Dataset<number> {
      override get length(): number {
        return 5;
      }
      override getItem(): number {
        throw new Error("one by one");
      }
      override getItems(indices: readonly number[]): number[] {
        asked.push([...indices]);
        return indices.map((i) => i * i);
      }
    }
    expect([...new DataLoader(new Bulk(), 2)].map((batch) => batch.tolist())).toEqual([[0, 1], [4, 9], [16]]);
    expect(asked).toEqual([[0, 1], [2, 3], [4]]);
  });

  test("collateFn makes them", () => {
    const loader = new DataLoader([3, 1, 2], { batchSize: 2, collateFn: (items) => Math.max(...items) });
    const batches: number[] = [...loader];
    expect(batches).toEqual([3, 2]);
  });

  test("every epoch starts anew, and several may run at once", () => {
    const loader = new DataLoader(numbered(4), 2);
    const pairs: unknown[] = [];
    for (const [a] of loader) for (const [b] of loader) pairs.push([a.tolist(), b.tolist()]);
    expect(pairs.length).toBe(4);
    for (const _ of loader) break;
    expect(orders(loader).length).toBe(2);
  });

  test("items of a dataset that require grad stay connected", () => {
    const x = torch.ones(4, 2, { requiresGrad: true });
    for (const [batch] of new DataLoader(new TensorDataset(x), 3)) batch.sum().backward();
    expect(x.grad?.tolist()).toEqual(Array.from({ length: 4 }, () => [1, 1]));
  });

  test("an empty dataset has no batches", () => {
    const loader = new DataLoader([]);
    expect([loader.length, [...loader]]).toEqual([0, []]);
    expect(() => new DataLoader([], { shuffle: true })).toThrow("num_samples should be a positive integer value, but got num_samples=0");
  });
});

describe("streams", () => {
  test("are cut into batches", () => {
    const lists = (loader: Iterable<Tensor>): unknown[] => [...loader].map((batch) => batch.tolist());
    expect(lists(new DataLoader(new Stream(5), { batchSize: 2 }))).toEqual([[0, 1], [2, 3], [4]]);
    expect(lists(new DataLoader(new Stream(5), { batchSize: 2, dropLast: true }))).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect([...new DataLoader(new Stream(2), { batchSize: null })]).toEqual([0, 1]);
    expect(lists(new DataLoader(new ChainDataset([new Stream(2), new Stream(3)]), { batchSize: 3 }))).toEqual([
      [0, 1, 0],
      [1, 2],
    ]);
  });

  test("have no length and no other order", () => {
    expect(() => new DataLoader(new Stream(5)).length).toThrow("the length of an IterableDataset is not known");
    expect(() => new DataLoader(new Stream(5), { shuffle: true })).toThrow(
      "DataLoader with IterableDataset: expected unspecified shuffle option",
    );
    expect(() => new DataLoader(new Stream(5), { sampler: [1] })).toThrow("expected unspecified sampler option");
  });
});

describe("errors", () => {
  const data = numbered(4);
  const failures: readonly (readonly [() => unknown, string])[] = [
    [() => new DataLoader(data, { batchSize: 0 }), "DataLoader: batch_size should be a positive integer value, but got batch_size=0"],
    [() => new DataLoader(data, { batchSize: -2 }), "batch_size=-2"],
    [() => new DataLoader(data, { batchSize: 1.5 }), "argument 'batchSize' must be int or null, not number 1.5"],
    [() => new DataLoader(data, { shuffle: true, sampler: [1] }), "DataLoader: sampler option is mutually exclusive with shuffle"],
    [
      () => new DataLoader(data, { batchSize: 2, batchSampler: [[1]] }),
      "DataLoader: batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last",
    ],
    [() => new DataLoader(data, { dropLast: true, batchSampler: [[1]] }), "batch_sampler option is mutually exclusive"],
    [
      () => new DataLoader(data, { batchSize: null, dropLast: true }),
      "DataLoader: batch_size=None option disables auto-batching and is mutually exclusive with drop_last",
    ],
    [() => Reflect.construct(DataLoader, [data, { batch_size: 2 }]), "DataLoader() got an unexpected keyword argument 'batch_size'"],
    [() => Reflect.construct(DataLoader, [5]), "DataLoader: the dataset must be a Dataset or an array, not number"],
    [() => [...new DataLoader(data, { batchSampler: [[]] })], "collate: cannot make a batch of no items"],
    [
      () => [...new DataLoader([torch.ones(2), torch.ones(3)], 2)],
      "stack expects each tensor to be equal size, but got [2] at entry 0 and [3] at entry 1",
    ],
    [() => [...new DataLoader([[1, 2], [3]], 2)], "each element in list of batch should be of equal size"],
    [() => [...new DataLoader(data, { sampler: [9] })], "index 9"],
    [() => [...new DataLoader([1, 2], { sampler: [2] })], "index 2 is out of range for 2 items"],
    [() => [...new DataLoader(new Subset(data, [0]), { sampler: [3] })], "Subset: index 3 is out of range for 1 items"],
    [() => new RandomSampler(data, { numSamples: 0 }), "num_samples=0"],
    [
      () => new BatchSampler(new SequentialSampler(data), 0, false),
      "BatchSampler: batch_size should be a positive integer value, but got batch_size=0",
    ],
  ];
  for (const [call, message] of failures)
    test(message, () => {
      expect(call).toThrow(torch.TorchError);
      expect(call).toThrow(message);
    });
});
