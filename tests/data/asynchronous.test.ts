/** Loops with `for await`: the same batches, between which the event loop turns. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { DataLoader, IterableDataset, TensorDataset } = torch.utils.data;
const numbered = (n: number): torch.utils.data.TensorDataset<[torch.Tensor]> => new TensorDataset(torch.arange(n));

describe("for await", () => {
  test("gives the same batches", async () => {
    torch.manualSeed(7);
    const loader = new DataLoader(numbered(10), { batchSize: 4, shuffle: true });
    const expected = [...loader].map(([batch]) => batch.tolist());
    torch.manualSeed(7);
    const found: unknown[] = [];
    for await (const [batch] of loader) found.push(batch.tolist());
    expect(found).toEqual(expected);
  });

  test("lets the event loop turn", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const busy = (milliseconds: number): void => {
      const end = performance.now() + milliseconds;
      while (performance.now() < end);
    };
    for await (const _ of new DataLoader(numbered(5))) busy(8);
    clearInterval(timer);
    expect(turns).toBeGreaterThanOrEqual(4);
  });

  test("ends with a break", async () => {
    let finished = false;
    class Watched extends IterableDataset<number> {
      override *[Symbol.iterator](): Iterator<number> {
        try {
          yield* [1, 2, 3];
        } finally {
          finished = true;
        }
      }
    }
    for await (const _ of new DataLoader(new Watched())) break;
    expect(finished).toBe(true);
  });
});
