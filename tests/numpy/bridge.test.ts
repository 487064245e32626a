/** Tensors and arrays of numpy-ts over the same memory. */

import * as np from "numpy-ts";
import { expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { arrayRepr, arrayStr } from "../../src/numpy/index.js";

test("the tutorial's cells", () => {
  const a = np.array([1, 2, 3]);
  expect(arrayStr(a)).toBe("[1. 2. 3.]");
  const t = torch.tensor(a);
  expect(String(t)).toBe("tensor([1., 2., 3.], dtype=torch.float64)");
  expect(arrayRepr(t.numpy())).toBe("array([1., 2., 3.])");
});

test("tensor() copies, fromNumpy() and asTensor() share", () => {
  const a = np.arange(6).reshape(2, 3);
  const copy = torch.tensor(a);
  const shared = torch.fromNumpy(a);
  const same = torch.asTensor(a);
  a.set([1, 2], 50);
  expect([copy, shared, same].map((t) => t.index(1, 2).item())).toEqual([5, 50, 50]);
  shared.mul_(2);
  expect(a.get([1, 2])).toBe(100);
  expect(copy.dtype).toBe(torch.float64);
});

test("arrays of any layout keep their strides", () => {
  const a = np.arange(12).reshape(3, 4);
  const view = torch.fromNumpy(a.T.slice("1:3"));
  expect(view.stride()).toEqual([1, 4]);
  expect(view.tolist()).toEqual([
    [1, 5, 9],
    [2, 6, 10],
  ]);
  expect(torch.tensor(a.T).isContiguous()).toBe(true);
  expect(() => torch.fromNumpy(a.slice("::-1"))).toThrow(/fromNumpy: At least one stride in the given numpy array is negative/);
});

test.each(["float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "bool", "complex64", "complex128"] as const)(
  "%s there and back",
  (dtype) => {
    const a = np.array([1, 0, 2]).astype(dtype);
    const t = torch.tensor(a);
    expect(t.dtype.name).toBe(dtype);
    const back = t.numpy();
    expect(back.dtype).toBe(dtype);
    expect(arrayRepr(back)).toBe(arrayRepr(a));
    expect(torch.fromNumpy(back).equal(t)).toBe(true);
  },
);

test("dtypes that tensors lack are refused", () => {
  expect(() => torch.tensor(np.array([1]).astype("uint16"))).toThrow(/can't convert np.ndarray of type uint16/);
  expect(() => torch.ones(2, { dtype: torch.bfloat16 }).numpy()).toThrow(/Got unsupported ScalarType BFloat16/);
});

test("numpy() shares the memory of a CPU tensor, views included", () => {
  const t = torch.arange(6, { dtype: torch.float32 }).reshape(2, 3);
  const a = t.t().numpy();
  expect(a.shape).toEqual([3, 2]);
  a.set([2, 0], 20);
  expect(t.index(0, 2).item()).toBe(20);
  t.add_(1);
  expect(a.get([0, 1])).toBe(4);
  expect(arrayRepr(np.matmul(a, t.numpy()))).toBe(arrayRepr(t.t().matmul(t).numpy()));
  expect(torch.zeros(0, 3).numpy().shape).toEqual([0, 3]);
  expect(torch.tensor(2.5).numpy().get([])).toBe(2.5);
});

test("tensors that require grad are detached first", async () => {
  const t = torch.ones(2, { requiresGrad: true });
  expect(() => t.numpy()).toThrow(/Can't call numpy\(\) on Tensor that requires grad. Use tensor.detach\(\).numpy\(\) instead./);
  expect(arrayRepr(t.detach().numpy())).toBe("array([1., 1.], dtype=float32)");
  expect(t.numpy({ force: true }).shape).toEqual([2]);
  await expect(t.numpyAsync()).rejects.toThrow(/numpyAsync/);
  expect(arrayRepr(await t.detach().numpyAsync())).toBe("array([1., 1.], dtype=float32)");
});

test("a tensor without data has no array", () => {
  expect(() => torch.ones(2, { device: "meta" }).numpy()).toThrow(/can't convert meta device type tensor to numpy/);
});

test("typed arrays both ways", () => {
  expect(torch.tensor(new Int16Array([1, 2])).dtype).toBe(torch.int16);
  expect(
    torch
      .tensor([
        [1, 2],
        [3, 4],
      ])
      .t()
      .toArray(),
  ).toEqual(new Float32Array([1, 3, 2, 4]));
  expect(torch.tensor([1.5, -2], { dtype: torch.bfloat16 }).toArray()).toEqual(new Float32Array([1.5, -2]));
  expect(torch.tensor([1.5, -2], { dtype: torch.float16 }).toArray()).toEqual(new Float32Array([1.5, -2]));
  expect(torch.tensor([true, false]).toArray()).toEqual(new Uint8Array([1, 0]));
});

test("typed constructors take sizes or values, with and without new", () => {
  expect(torch.FloatTensor(2, 3).shape).toEqual([2, 3]);
  expect(new torch.FloatTensor(2, 3).dtype).toBe(torch.float32);
  expect(String(torch.LongTensor([1, 2]))).toBe("tensor([1, 2])");
  expect(String(new torch.BoolTensor([1, 0]))).toBe("tensor([ True, False])");
  expect(
    torch.HalfTensor([
      [1, 2],
      [3, 4],
    ]).dtype,
  ).toBe(torch.float16);
  expect(torch.FloatTensor().shape).toEqual([0]);
  expect(torch.ones(2) instanceof torch.FloatTensor).toBe(true);
  expect(torch.ones(2) instanceof torch.DoubleTensor).toBe(false);
  expect(() => torch.FloatTensor(3.5)).toThrow(/FloatTensor: new\(\): data must be a sequence/);
});
