/** Files of gigabytes are read by range: what is asked for costs what it measures, not what the file does. The files are holes, which take no disk. */

import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { safetensors } from "../../src/io/index.js";

const GIB = 2 ** 30;
const folder = mkdtempSync(join(tmpdir(), "flambeau-large-"));
const path = join(folder, "large.safetensors");
const [rows, columns] = [3 * 2 ** 18, 1024];

beforeAll(() => {
  const large = rows * columns * 4;
  const header = {
    large: { dtype: "F32", shape: [rows, columns], data_offsets: [0, large] },
    last: { dtype: "F32", shape: [4], data_offsets: [large, large + 16] },
  };
  const text = Buffer.from(JSON.stringify(header).padEnd(256, " "));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = openSync(path, "w");
  writeSync(file, Buffer.concat([length, text]));
  ftruncateSync(file, 8 + text.length + large + 16);
  writeSync(file, new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer), 0, 16, 8 + text.length + large);
  // The first elements of a row far beyond 2^31 bytes.
  writeSync(file, new Uint8Array(new Float32Array([5, 6]).buffer), 0, 8, 8 + text.length + (rows - 2) * columns * 4);
  closeSync(file);
});

afterAll(() => rmSync(folder, { recursive: true }));

/** How much memory a call takes, at its end. */
function growth(call: () => void): number {
  const before = process.memoryUsage();
  call();
  const after = process.memoryUsage();
  return Math.max(after.rss - before.rss, after.arrayBuffers - before.arrayBuffers);
}

describe("a file of 3 GiB", () => {
  test("gives a tensor and a slice from its end without being read", () => {
    const file = safetensors.safeOpen(path);
    const used = growth(() => {
      expect(file.getTensor("last").tolist()).toEqual([1, 2, 3, 4]);
      const slice = file.getSlice("large");
      expect(slice.getShape()).toEqual([rows, columns]);
      expect(slice.index(`${rows - 2}:${rows}`, "0:3").tolist()).toEqual([
        [5, 6, 0],
        [0, 0, 0],
      ]);
      expect(slice.index(`0:${rows}:${2 ** 17}`, "0:1").shape).toEqual([6, 1]);
    });
    file.close();
    expect(used).toBeLessThan(GIB / 16);
  });

  test("is refused as a checkpoint, and a copy that was cut off is refused, before anything is read", () => {
    const used = growth(() => {
      expect(() => torch.load(path, { mmap: true })).toThrow(/seems to be a safetensors file/);
      const cut = openSync(path, "r+");
      ftruncateSync(cut, 2 * GIB);
      closeSync(cut);
      expect(() => safetensors.safeOpen(path)).toThrow(/safeOpen/);
    });
    expect(used).toBeLessThan(GIB / 16);
  });
});

test("a checkpoint is loaded into the memory of its tensors, and no more", () => {
  const file = join(folder, "model.pt");
  const size = 2 ** 24;
  torch.save({ a: torch.ones(size), b: torch.zeros(4) }, file);
  let loaded: Record<string, torch.Tensor> = {};
  const used = growth(() => {
    loaded = torch.load(file, { mmap: true });
  });
  expect([loaded["a"]?.shape, loaded["b"]?.tolist()]).toEqual([[size], [0, 0, 0, 0]]);
  expect(used).toBeLessThan(1.5 * 4 * size);
});
