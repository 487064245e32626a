/** The bar of a loop. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { DataLoader, IterableDataset, Progress, progress } = torch.utils.data;

/** Keeps what is written. */
function screen(isTTY: boolean, columns = 80): { text: string; isTTY: boolean; columns: number; write(text: string): void } {
  return {
    text: "",
    isTTY,
    columns,
    write(text: string): void {
      this.text += text;
    },
  };
}

describe("the line", () => {
  const at = (count: number, seconds: number, columns = 80, options: torch.utils.data.ProgressOptions = {}): string => {
    const bar = new Progress([], { desc: "train", total: 40, ...options });
    bar.count = count;
    bar.setPostfix({ loss: 0.31234, step: 12, tiny: 1e-5 });
    return bar.line(seconds, columns);
  };

  test("has the part done, the times, the rate and values", () => {
    const numbers = "20/40 [00:08<00:08, 2.5 batches/s, loss=0.312, step=12, tiny=1.00e-5]";
    expect(at(20, 8)).toBe(`train:  50% ${numbers}`);
    expect(at(20, 8, 102)).toBe(`train:  50%|${"█".repeat(9)}${" ".repeat(9)}| ${numbers}`);
    expect(at(21, 8, 102)).toContain(`|${"█".repeat(9)}▍${" ".repeat(8)}|`);
    expect(at(1, 90, 200)).toContain(" 1/40 [01:30<58:30, 90.00 s/batch, ");
    expect(at(0, 0)).toContain(" 0/40 [00:00<?, ? batches/s, ");
    expect(at(40, 3700, 60)).toContain("100% 40/40 [1:01:40<00:00, ");
    expect(at(7, 2, 80, { total: null, unit: "items" })).toBe("train: 7 items [00:02, 3.5 items/s, loss=0.312, step=12, tiny=1.00e-5]");
  });
});

describe("a loop", () => {
  test("in a terminal draws one line again and again", () => {
    const stream = screen(true);
    const bar = progress([1, 2, 3], { desc: "x", stream, interval: 0 });
    const seen: number[] = [];
    for (const item of bar) {
      seen.push(item);
      if (item === 2) bar.write("half");
    }
    expect(seen).toEqual([1, 2, 3]);
    expect(stream.text.startsWith("\rx:   0%|")).toBe(true);
    expect(stream.text).toContain("\rhalf\x1b[K\n\rx:  33%|");
    expect(stream.text.endsWith("\n")).toBe(true);
    expect(stream.text.match(/\n/g)?.length).toBe(2);
  });

  test("elsewhere writes whole lines, and few of them", async () => {
    const stream = screen(false);
    for await (const _ of progress(new DataLoader([1, 2, 3, 4], { batchSize: 2 }), { stream }));
    expect(stream.text).toMatch(/^100%\|█+\| 2\/2 \[00:00<00:00, .* batches\/s\]\n$/);
    const every = screen(false);
    for (const _ of progress([1, 2], { stream: every, interval: 0 }));
    expect(
      every.text
        .trim()
        .split("\n")
        .map((line) => line.slice(-40).includes("batches/s")),
    ).toEqual([true, true]);
  });

  test("ends with a break, may vanish, or not be shown at all", () => {
    const stream = screen(true);
    for (const _ of progress([1, 2, 3], { stream })) break;
    expect(stream.text).toContain("0/3");
    expect(stream.text.endsWith("\n")).toBe(true);
    const vanishing = screen(true);
    for (const _ of progress([1], { stream: vanishing, leave: false }));
    expect(vanishing.text.endsWith("\r\x1b[K")).toBe(true);
    const silent = screen(true);
    for (const _ of progress([1], { stream: silent, disable: true }));
    expect(silent.text).toBe("");
  });

  test("over a stream whose length is not known", () => {
    class Two extends IterableDataset<number> {
      override *[Symbol.iterator](): Iterator<number> {
        yield* [1, 2];
      }
    }
    const stream = screen(false);
    for (const _ of progress(new DataLoader(new Two()), { stream, desc: "two" }));
    expect(stream.text).toMatch(/^two: 2 batches \[00:00, .*\]\n$/);
  });

  test("refuses to loop plainly over what is asynchronous", () => {
    async function* later(): AsyncGenerator<number> {
      yield 1;
    }
    expect(() => [...progress(later(), { stream: null })]).toThrow("progress: what is looped over is asynchronous: use `for await`");
  });
});
