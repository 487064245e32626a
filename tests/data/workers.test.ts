/** Loaders with workers: the same batches in the same order, and no worker that is left behind or waited for in vain. */

import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { compile } from "./compiled.js";

let torch: typeof import("../../src/index.js");
let fixtures: typeof import("./fixtures/datasets.js");
let module: URL;

beforeAll(async () => {
  const entries = ["src/index.ts", "src/data/workers/entry.ts", "src/data/workers/supervisor.ts", "tests/data/fixtures/datasets.ts"];
  const compiled = compile(...entries);
  module = new URL("tests/data/fixtures/datasets.js", compiled);
  torch = await import(/* @vite-ignore */ new URL("src/index.js", compiled).href);
  fixtures = await import(/* @vite-ignore */ module.href);
}, 120_000);

const numbered = (count: number, width = 2): InstanceType<typeof fixtures.Numbered> =>
  torch.utils.data.fromModule(module, fixtures.Numbered, count, width);
const labels = (batches: Iterable<readonly [unknown, InstanceType<typeof torch.Tensor>]>): unknown[] =>
  [...batches].map(([, label]) => label.tolist());

describe.each([0, 1, 2])("with %i workers", (numWorkers) => {
  test("batches come in the sampler's order, both ways", async () => {
    const { DataLoader } = torch.utils.data;
    torch.manualSeed(5);
    const expected = labels(new DataLoader(numbered(23), { batchSize: 4, shuffle: true }));
    torch.manualSeed(5);
    const loader = new DataLoader(numbered(23), { batchSize: 4, shuffle: true, numWorkers });
    expect(labels(loader)).toEqual(expected);
    torch.manualSeed(5);
    const found: unknown[] = [];
    for await (const [values, label] of loader) {
      expect(values.select(1, 0).to(torch.long).tolist()).toEqual(label.tolist());
      found.push(label.tolist());
    }
    expect(found).toEqual(expected);
  });

  test("large batches keep their values", () => {
    const loader = new torch.utils.data.DataLoader(numbered(6, 5000), { batchSize: 3, numWorkers });
    expect([...loader].map(([values]) => [values.shape, values.sum().item()])).toEqual([
      [[3, 5000], 15000],
      [[3, 5000], 60000],
    ]);
  });

  test("items come one by one without batches", () => {
    const loader = new torch.utils.data.DataLoader(numbered(3), { batchSize: null, numWorkers });
    expect([...loader].map(([values, label]) => [values.tolist(), label])).toEqual([
      [[0, 0], 0],
      [[1, 1], 1],
      [[2, 2], 2],
    ]);
  });

  test("datasets made of others, by a function, of tensors and of an array", () => {
    const { ConcatDataset, DataLoader, fromModule, Subset, TensorDataset } = torch.utils.data;
    const columns = new TensorDataset(torch.arange(6).view(3, 2).t(), torch.tensor([8n, 9n]));
    const plain = new Subset([{ text: "a", on: true }, { text: "b" }], [1, 0]);
    const all = new ConcatDataset<unknown>([new Subset(numbered(9), [7, 1]), fromModule(module, fixtures.twice, 1), columns, plain]);
    const text = (item: unknown): string => JSON.stringify(item, (_, part) => (part instanceof torch.Tensor ? part.tolist() : part));
    const loader = new DataLoader<unknown, string>(all, { batchSize: 4, collateFn: (items) => items.map(text).join(" "), numWorkers });
    expect([...loader]).toEqual(["[[7,7],7] [[1,1],1] [[0,0],0] [[0,0],0]", '[[0,2,4],8] [[1,3,5],9] {"text":"b"} {"text":"a","on":true}']);
  });

  test("an exported collateFn is called where the items are, another one in the loop's thread", () => {
    const exported = new torch.utils.data.DataLoader(numbered(4), { batchSize: 2, collateFn: fixtures.summed, numWorkers });
    expect([...exported]).toEqual([
      { sum: 1, worker: numWorkers === 0 ? -1 : 0 },
      { sum: 5, worker: numWorkers - 1 },
    ]);
    let calls = 0;
    const closure = (items: [unknown, number][]): number => {
      calls++;
      return items.reduce((sum, [, label]) => sum + label, 0);
    };
    expect([...new torch.utils.data.DataLoader(numbered(4), { batchSize: 2, collateFn: closure, numWorkers })]).toEqual([1, 5]);
    expect(calls).toBe(2);
  });

  test("promises are waited for", async () => {
    const late = torch.utils.data.fromModule(module, fixtures.Late);
    const loader = new torch.utils.data.DataLoader(late, { batchSize: 4, numWorkers });
    const found: unknown[] = [];
    for await (const batch of loader) found.push(batch.tolist());
    expect(found).toEqual([
      [0, 1, 2, 3],
      [4, 5],
    ]);
    if (numWorkers === 0) expect(() => [...loader]).toThrow(/DataLoader: the items of this dataset are promises/);
    else expect([...loader].map((batch) => batch.tolist())).toEqual(found);
  });

  test("an error says what was wrong", async () => {
    const faulty = (fault: "throw" | "index"): Iterable<unknown> & AsyncIterable<unknown> =>
      new torch.utils.data.DataLoader(torch.utils.data.fromModule(module, fixtures.Faulty, fault), { batchSize: 2, numWorkers });
    expect(() => [...faulty("throw")]).toThrow(
      numWorkers === 0
        ? /^no such thing as five$/
        : /Caught RangeError in DataLoader worker thread 0: no such thing as five\n.*\nRangeError[\s\S]*getItem/,
    );
    expect(() => [...faulty("index")]).toThrow(torch.IndexError);
    const loop = async (): Promise<void> => {
      for await (const _ of faulty("throw"));
    };
    await expect(loop()).rejects.toThrow("no such thing as five");
  });
});

describe("workers", () => {
  test("know who they are, and draw from their own seed", () => {
    const { DataLoader, fromModule, getWorkerInfo } = torch.utils.data;
    expect(getWorkerInfo()).toBe(null);
    torch.manualSeed(1);
    const [first, second] = [...new DataLoader(fromModule(module, fixtures.Told, 4), { batchSize: 2, numWorkers: 2 })];
    torch.manualSeed(1);
    const seed = torch.empty([], { dtype: torch.int64 }).random_().item() as number | bigint;
    expect([first?.id.tolist(), second?.id.tolist(), first?.numWorkers.tolist()]).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
    expect([first?.seed, second?.seed]).toEqual([
      [`${seed}`, `${seed}`],
      [`${BigInt(seed) + 1n}`, `${BigInt(seed) + 1n}`],
    ]);
    torch.manualSeed(BigInt(seed) + 1n);
    expect(second?.drawn.tolist()).toEqual([torch.rand(1).item(), torch.rand(1).item()]);
  });

  test.each([
    [false, 5],
    [true, 4],
  ])("share a stream (dropLast: %s)", (dropLast, batches) => {
    const stream = torch.utils.data.fromModule(module, fixtures.Shared, 9);
    const loader = new torch.utils.data.DataLoader(stream, { batchSize: 2, numWorkers: 2, dropLast });
    // Worker 0 has 0, 2, 4, 6, 8, worker 1 has 1, 3, 5, 7: as PyTorch does.
    const all = [[0, 2], [1, 3], [4, 6], [5, 7], [8]];
    expect([...loader].map((batch) => batch.tolist())).toEqual(all.slice(0, batches));
  });

  test("begin with workerInitFn and end with the loop, also after a break; persistent ones stay", async () => {
    const folder = mkdtempSync(join(tmpdir(), "flambeau-"));
    const diaryOf = async (
      name: string,
      body: (options: { numWorkers: number; workerInitFn: (id: number) => void }) => void,
    ): Promise<string[]> => {
      process.env["FLAMBEAU_DIARY"] = join(folder, name);
      body({ numWorkers: 2, workerInitFn: torch.utils.data.exported(module, fixtures.diary) });
      const lines = (): string[] =>
        existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8").trim().split("\n").sort() : [];
      while (lines().filter((line) => line.startsWith("end")).length < 2) await new Promise((resolve) => setTimeout(resolve, 25));
      return lines();
    };
    const once = ["begin 0", "begin 1", "end 0", "end 1"];
    const broken = await diaryOf("break", (options) => {
      for (const _ of new torch.utils.data.DataLoader(numbered(100), options)) break;
    });
    expect(broken).toEqual(once);
    const kept = await diaryOf("persistent", (options) => {
      const loader = new torch.utils.data.DataLoader(numbered(3), { ...options, persistentWorkers: true });
      for (const _ of loader) break;
      expect(labels(loader)).toEqual([[0], [1], [2]]);
      expect(labels(loader)).toEqual([[0], [1], [2]]);
      loader.close();
    });
    expect(kept).toEqual(once);
  });

  test.each(["exit", "later"] as const)("that die are reported (%s)", (fault) => {
    const dataset = torch.utils.data.fromModule(module, fixtures.Faulty, fault);
    const loader = new torch.utils.data.DataLoader(dataset, { numWorkers: 2 });
    const found: unknown[] = [];
    expect(() => {
      for (const batch of loader) found.push(batch.item());
    }).toThrow(
      fault === "exit"
        ? /DataLoader worker \(thread 1\) exited unexpectedly, with exit code 3/
        : /thread 1\) exited unexpectedly, by Error: nobody catches this/,
    );
    expect(found).toEqual([0, 1, 2, 3, 4]);
  });

  test.each(["for", "for await"])("that hang are not waited for longer than timeout (%s)", async (how) => {
    const dataset = torch.utils.data.fromModule(module, fixtures.Faulty, "hang");
    const loader = new torch.utils.data.DataLoader(dataset, { numWorkers: 1, timeout: 2 });
    const loop = async (): Promise<void> => {
      if (how === "for") for (const _ of loader);
      else for await (const _ of loader);
    };
    await expect(loop()).rejects.toThrow("DataLoader: DataLoader timed out after 2 seconds");
  });

  test("give batches as they are ready with inOrder: false", () => {
    const loader = new torch.utils.data.DataLoader(numbered(9), { numWorkers: 2, inOrder: false, prefetchFactor: 1 });
    expect(labels(loader).flat().sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test("what cannot travel is refused, with what to do", () => {
    const { DataLoader, fromModule } = torch.utils.data;
    class Local extends torch.utils.data.Dataset<number> {
      override length = 1;
      override getItem(): number {
        return 0;
      }
    }
    expect(() => [...new DataLoader(new Local(), { numWorkers: 1 })]).toThrow(
      /the dataset cannot go to another thread: an object of class Local .*fromModule/,
    );
    expect(() => [...new DataLoader(numbered(1), { numWorkers: 1, workerInitFn: () => {} })]).toThrow(
      /the workerInitFn cannot go .*exported/,
    );
    expect(() => [...new DataLoader(fromModule(module, Local), { numWorkers: 1 })]).toThrow(
      /found no export 'Local' in .*it exports .*Numbered/,
    );
    expect(() => [
      ...new DataLoader(fromModule(module, fixtures.Faulty, "function"), { batchSize: 10, collateFn: (items) => items, numWorkers: 1 }),
    ]).toThrow(/a batch cannot go to another thread: the function/);
  });

  test("options that need workers, or are out of range", () => {
    const loader = (options: object): unknown => new torch.utils.data.DataLoader([1], options);
    expect(() => loader({ numWorkers: -1 })).toThrow("num_workers option should be non-negative");
    expect(() => loader({ timeout: -1 })).toThrow("timeout option should be non-negative");
    expect(() => loader({ prefetchFactor: 2 })).toThrow("prefetch_factor option could only be specified in multiprocessing.");
    expect(() => loader({ numWorkers: 1, prefetchFactor: 0 })).toThrow("prefetch_factor option should be positive");
    expect(() => loader({ persistentWorkers: true })).toThrow("persistent_workers option needs num_workers > 0");
  });
});
