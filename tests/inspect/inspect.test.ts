/** Questions about tensors, their memory, and tensors over given memory. Values are PyTorch 2.13's. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

describe("kinds", () => {
  test.each([
    [torch.bool, false, false, false],
    [torch.uint8, false, false, false],
    [torch.int64, false, false, true],
    [torch.bfloat16, true, false, true],
    [torch.complex64, false, true, true],
  ])("%s", (dtype, floating, complex, signed) => {
    const t = torch.zeros(2, { dtype });
    expect([t.isFloatingPoint(), t.isComplex(), t.isSigned()]).toEqual([floating, complex, signed]);
    expect([torch.isFloatingPoint(t), torch.isComplex(t), torch.isSigned(t)]).toEqual([floating, complex, signed]);
  });

  test("counts and places", () => {
    const t = torch.zeros(2, 3);
    expect([torch.numel(t), t.nelement(), t.ndimension(), t.denseDim(), t.getDevice()]).toEqual([6, 6, 2, 2, -1]);
    expect([t.itemsize, t.nbytes, t.expand(5, 2, 3).nbytes]).toEqual([4, 24, 120]);
    expect([t.isCpu, t.isCuda, t.isMeta, t.isPinned(), t.isShared(), t.isInference()]).toEqual([true, false, false, false, false, false]);
    expect(t.to("meta").isMeta).toBe(true);
  });

  test("the order of dimensions in memory", () => {
    expect(torch.zeros(2, 3).t().dimOrder()).toEqual([1, 0]);
    expect(torch.emptyPermuted([2, 3, 4], [2, 0, 1]).dimOrder()).toEqual([2, 0, 1]);
    expect(torch.empty(1, 3, 1).dimOrder()).toEqual([0, 1, 2]);
  });

  test("isNonzero takes one element", () => {
    expect(torch.isNonzero(torch.tensor([2]))).toBe(true);
    expect(torch.isNonzero(torch.tensor(new torch.Complex(0, 0)))).toBe(false);
    expect(() => torch.isNonzero(torch.zeros(2))).toThrow("isNonzero: Boolean value of Tensor with more than one value is ambiguous");
    expect(() => torch.isNonzero(torch.zeros(0))).toThrow("Boolean value of Tensor with no values is ambiguous");
  });

  test("resultType promotes as operations do", () => {
    expect(torch.resultType(torch.tensor([1n]), 1.5)).toBe(torch.float32);
    expect(torch.resultType(torch.tensor([1], { dtype: torch.int8 }), 2)).toBe(torch.int8);
    expect(torch.resultType(torch.tensor([1], { dtype: torch.int8 }), new torch.Complex(0, 1))).toBe(torch.complex64);
    expect(torch.resultType(torch.ones(1), torch.ones(1, { dtype: torch.float64 }))).toBe(torch.float64);
    expect(torch.resultType(torch.ones(1), torch.ones([], { dtype: torch.float64 }))).toBe(torch.float32);
  });

  test("limits of dtypes", () => {
    expect(torch.finfo(torch.float16)).toMatchObject({ bits: 16, eps: 0.0009765625, max: 65504, tiny: 6.103515625e-5, resolution: 1e-3 });
    expect(torch.finfo(torch.bfloat16)).toMatchObject({
      bits: 16,
      eps: 0.0078125,
      max: 3.3895313892515355e38,
      tiny: 1.1754943508222875e-38,
    });
    expect(torch.finfo(torch.complex128)).toMatchObject({ bits: 64, eps: Number.EPSILON, max: Number.MAX_VALUE, tiny: 2 ** -1022 });
    expect(String(torch.finfo())).toBe(
      "finfo(resolution=1e-06, min=-3.40282e+38, max=3.40282e+38, eps=1.19209e-07, smallest_normal=1.17549e-38, tiny=1.17549e-38, dtype=float32)",
    );
    expect(torch.iinfo(torch.uint8)).toMatchObject({ bits: 8, min: 0, max: 255 });
    expect(torch.iinfo(torch.int64).max).toBe(2n ** 63n - 1n);
    expect(String(torch.iinfo(torch.int64))).toBe("iinfo(min=-9.22337e+18, max=9.22337e+18, dtype=int64)");
    expect(() => torch.iinfo(torch.float32)).toThrow("requires an integer input type");
    expect(() => torch.finfo(torch.int32)).toThrow("requires a floating point input type");
  });
});

describe("memory", () => {
  test("addresses are equal for the same place", () => {
    const t = torch.zeros(2, 3);
    const twin = torch.zeros(2, 3);
    expect(t.view(6).dataPtr()).toBe(t.dataPtr());
    expect(t.index(1).dataPtr() - t.dataPtr()).toBe(12);
    expect(twin.dataPtr()).not.toBe(t.dataPtr());
    expect([torch.zeros(0).dataPtr(), torch.zeros(2, { device: "meta" }).dataPtr()]).toEqual([0, 0]);
    expect(t.untypedStorage().dataPtr()).toBe(t.index(1).untypedStorage().dataPtr());
    expect([t.untypedStorage().nbytes(), t.index(1).untypedStorage().length]).toEqual([24, 24]);
    expect([torch.isStorage(t.untypedStorage()), torch.isStorage(t), torch.isTensor(t), torch.isTensor([1])]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  test("set_ shows other memory", () => {
    const s = torch.arange(6, { dtype: torch.float32 }).view(2, 3);
    const t = torch.zeros(1).set_(s);
    expect(t.isSetTo(s)).toBe(true);
    s.fill_(7);
    expect(t.tolist()).toEqual(s.tolist());
    expect(s.isSetTo(s.view(3, 2))).toBe(false);
    expect(torch.zeros(1).set_(s.untypedStorage(), 1, [2], [3]).stride()).toEqual([3]);
    expect(torch.zeros(1).set_(s.untypedStorage()).shape).toEqual([6]);
    expect(torch.zeros(1).set_().shape).toEqual([0]);
    expect(() => torch.zeros(1).set_(s, 4, [2], [3])).toThrow("out of bounds for storage of 6");
    expect(() => torch.zeros(1).set_(s.double())).toThrow(torch.DTypeError);
    expect(() => torch.zeros(1, { requiresGrad: true }).set_(s)).toThrow("a leaf Variable that requires grad");
  });

  test("apply_ and map_ call a function for every element", () => {
    const t = torch.arange(6).view(2, 3).t();
    expect(t.apply_((x) => x * 2 + 0.5).tolist()).toEqual([
      [0, 6],
      [2, 8],
      [4, 10],
    ]);
    expect(
      torch
        .zeros(2, 2)
        .map_(torch.tensor([1, 2]), (a, b) => a + b)
        .tolist(),
    ).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(
      torch
        .tensor([true, false])
        .apply_((x) => !x)
        .tolist(),
    ).toEqual([false, true]);
    expect(() => torch.zeros(2, { requiresGrad: true }).apply_((x) => x)).toThrow("Use var.detach().apply_() instead");
    expect(() => torch.zeros(2).map_(torch.ones(2, { dtype: torch.int32 }), (a) => a)).toThrow(
      "expected torch.FloatTensor for 'other' (got torch.IntTensor)",
    );
  });

  test("toDense gives the tensor itself", () => {
    const t = torch.zeros(2);
    expect(t.toDense()).toBe(t);
    expect(t.toDense(torch.float64).dtype).toBe(torch.float64);
  });
});

describe("tensors over memory", () => {
  test("layouts", () => {
    expect(torch.emptyStrided([2, 3], [1, 2]).stride()).toEqual([1, 2]);
    expect(torch.zeros(1, { dtype: torch.int32 }).newEmptyStrided([2, 2], [4, 1])).toMatchObject({ dtype: torch.int32, shape: [2, 2] });
    expect(torch.emptyPermuted([2, 3, 4], [2, 0, 1]).stride()).toEqual([3, 1, 6]);
    expect(() => torch.emptyStrided([2, 3], [1])).toThrow("dimensionality of sizes (2) must match dimensionality of strides (1)");
    expect(() => torch.emptyPermuted([2, 3], [0, 0])).toThrow("Duplicate dim not allowed");
  });

  test("asarray shares memory where it can", () => {
    const memory = new Float32Array(2);
    torch.asarray(memory).fill_(7);
    expect(memory).toEqual(new Float32Array([7, 7]));
    const t = torch.zeros(2);
    expect(torch.asarray(t)).toBe(t);
    expect(torch.asarray(t, { copy: true }).dataPtr()).not.toBe(t.dataPtr());
    expect(torch.asarray([1n, 2n]).dtype).toBe(torch.int64);
    expect(() => torch.asarray(t, { copy: false, dtype: torch.float64 })).toThrow(
      "can't alias tensor with dtype 'Float' into dtype 'Double'",
    );
    expect(() => torch.asarray([1, 2], { copy: false })).toThrow("can't alias arbitrary sequence into a tensor");
  });

  test("frombuffer reads bytes", () => {
    const bytes = Uint8Array.from({ length: 16 }, (_, i) => i);
    expect(torch.frombuffer(bytes, { dtype: torch.int32, count: 2, offset: 4 }).tolist()).toEqual([117835012, 185207048]);
    torch.frombuffer(bytes.buffer, { dtype: torch.uint8 }).zero_();
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(() => torch.frombuffer(bytes, { dtype: torch.int32, offset: 1 })).toThrow("must be a multiple of element size (4)");
    expect(() => torch.frombuffer(bytes, { dtype: torch.int32, count: 5 })).toThrow("requested buffer length (5 * 4 bytes)");
    expect(() => torch.frombuffer(bytes, { dtype: torch.int32, offset: 16 })).toThrow("minus 1");
    expect(() => torch.frombuffer(bytes, { dtype: torch.int32, count: 0 })).toThrow("both buffer length (16) and count (0) must not be 0");
    expect(() => torch.frombuffer(bytes, { dtype: torch.int32, offset: 1, count: 2 })).toThrow("copy the buffer with slice(1)");
  });

  test("range includes its end", () => {
    expect(torch.range(0, 1, 0.25).tolist()).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(torch.range(1, 0, -0.25).tolist()).toEqual([1, 0.75, 0.5, 0.25, 0]);
    expect(torch.range(1, 4.9, { dtype: torch.int32 }).tolist()).toEqual([1, 2, 3, 4]);
    expect(() => torch.range(3, 0)).toThrow("upper bound and lower bound inconsistent with step sign");
  });
});

describe("settings", () => {
  test("the type of tensors that numbers make", () => {
    torch.setDefaultTensorType(torch.DoubleTensor);
    expect(torch.tensor([1]).dtype).toBe(torch.float64);
    torch.setDefaultTensorType("torch.FloatTensor");
    expect(torch.tensor([1]).dtype).toBe(torch.float32);
    expect(() => torch.setDefaultTensorType(torch.IntTensor)).toThrow("only floating-point types are supported");
  });

  test("modes are kept and checked", () => {
    torch.setDeterministicDebugMode("warn");
    expect([torch.getDeterministicDebugMode(), torch.areDeterministicAlgorithmsEnabled()]).toEqual([1, true]);
    torch.setDeterministicDebugMode(0);
    torch.setFloat32MatmulPrecision("high");
    expect(torch.getFloat32MatmulPrecision()).toBe("high");
    torch.setFloat32MatmulPrecision("highest");
    expect(() => torch.setNumInteropThreads(0)).toThrow("expects a positive integer");
  });
});
