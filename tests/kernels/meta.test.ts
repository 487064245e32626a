/** The meta device: the contract without data. */

import { expect, test } from "vitest";
import type { Operand } from "../../src/backend/storage.js";
import { type MetaStorage, metaBackend } from "../../src/backends/meta/index.js";
import { complex64, float32, int64, uint8 } from "../../src/core/dtype.js";
import { DeviceError } from "../../src/core/errors.js";

function operand(shape: readonly number[]): Operand<MetaStorage> {
  return { storage: metaBackend.allocate(float32, 6), dtype: float32, shape, strides: [3, 1], offset: 0, count: 6, dense: true };
}

test("storage has a dtype, a length and a device", () => {
  const storage = metaBackend.upload(complex64, new Float32Array(8));
  expect([storage.dtype, storage.length, storage.device.type]).toEqual([complex64, 4, "meta"]);
  expect(storage.reinterpret(uint8).length).toBe(32);
  expect(storage.alias().length).toBe(4);
});

test("views count writes together, aliases apart", () => {
  const storage = metaBackend.allocate(float32, 4);
  const [view, alias] = [storage.reinterpret(int64), storage.alias()];
  storage.version++;
  expect([view.version, alias.version]).toEqual([1, 0]);
});

test("kernels do nothing, and reading says why it cannot", async () => {
  const x = operand([2, 3]);
  metaBackend.kernels.gather(x, x, 0, x);
  metaBackend.kernels.random(x, { kind: "randperm" }, metaBackend.randomState(1n));
  metaBackend.synchronize();
  expect(() => metaBackend.read(x)).toThrow(DeviceError);
  expect(() => metaBackend.read(x)).toThrow("Cannot copy out of meta tensor; no data!");
  await expect(metaBackend.readAsync(x)).rejects.toThrow("Cannot copy out of meta tensor; no data!");
  expect(() => metaBackend.kernels.nonzero(x)).toThrow("depends on data");
});

test("a random state keeps its seed", () => {
  const state = metaBackend.randomState(5n);
  const saved = state.save();
  const other = metaBackend.randomState(6n);
  other.restore(saved);
  expect(other.seed).toBe(5n);
  expect(other.draw(32)).toBe(0n);
});
