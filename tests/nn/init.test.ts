/** Initialisers: PyTorch's values for PyTorch's seeds. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { type Json, loadPart } from "../golden/cases.js";
import { assertClose } from "../golden/close.js";

const { nn } = torch;
const { init } = nn;

interface Row {
  readonly call: string;
  readonly seed: number;
  readonly out: Json;
}

const blank = (): torch.Tensor => torch.empty(6, 5);

const calls: Readonly<Record<string, () => unknown>> = {
  "nn.functional.dropout(ones(40), 0.3)": () => nn.functional.dropout(torch.ones(40), 0.3),
  "nn.Linear(3, 4).{weight,bias}": () => new nn.Linear(3, 4).parameters(),
  "nn.Conv2d(2, 3, 3).{weight,bias}": () => new nn.Conv2d(2, 3, 3).parameters(),
  "nn.LSTM(3, 2).parameters()": () => new nn.LSTM(3, 2).parameters(),
  "nn.MultiheadAttention(4, 2).parameters()": () => new nn.MultiheadAttention(4, 2).parameters(),
  "nn.Embedding(5, 4).weight": () => new nn.Embedding(5, 4).weight,
  "nn.init.uniform_(empty(6, 5))": () => init.uniform_(blank()),
  "nn.init.normal_(empty(6, 5))": () => init.normal_(blank()),
  "nn.init.xavier_uniform_(empty(6, 5))": () => init.xavierUniform_(blank()),
  "nn.init.xavier_normal_(empty(6, 5))": () => init.xavierNormal_(blank()),
  "nn.init.kaiming_uniform_(empty(6, 5))": () => init.kaimingUniform_(blank()),
  "nn.init.kaiming_normal_(empty(6, 5))": () => init.kaimingNormal_(blank()),
  "nn.init.trunc_normal_(empty(6, 5))": () => init.truncNormal_(blank()),
  "nn.init.orthogonal_(empty(6, 5))": () => init.orthogonal_(blank()),
};

describe("seeded", () => {
  for (const { call, seed, out } of loadPart<readonly Row[]>("random")) {
    const make = calls[call];
    if (make === undefined) continue;
    test(`${call} with seed ${seed}`, () => {
      torch.manualSeed(seed);
      const made = make();
      assertClose(Array.isArray(made) ? made : [made], out);
    });
  }
});

describe("initialisers", () => {
  test("gains", () => {
    expect(init.calculateGain("relu")).toBe(Math.sqrt(2));
    expect(init.calculateGain("leaky_relu", 0.2)).toBe(Math.sqrt(2 / 1.04));
    expect(init.calculateGain("conv_transpose2d")).toBe(1);
    // @ts-expect-error no gain is known for it
    expect(() => init.calculateGain("gelu")).toThrow("Unsupported nonlinearity gelu");
  });

  test("constants, diagonals and kernels that keep their input", () => {
    expect(init.constant_(torch.empty(2), 3).tolist()).toEqual([3, 3]);
    expect(init.eye_(torch.empty(2, 3)).tolist()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(init.dirac_(torch.empty(2, 1, 3), 2).tolist()).toEqual([[[0, 1, 0]], [[0, 1, 0]]]);
    expect(
      init
        .dirac_(torch.empty(3, 2, 2, 3))
        .sum([2, 3])
        .tolist(),
    ).toEqual([
      [1, 0],
      [0, 1],
      [0, 0],
    ]);
    expect(() => init.dirac_(torch.empty(3, 2, 1), { groups: 2 })).toThrow("dim 0 must be divisible by groups");
    expect(() => init.xavierUniform_(torch.empty(3))).toThrow(
      "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions",
    );
    expect(() => init.kaimingNormal_(torch.empty(3, 2), { mode: "fan" as "fan_in" })).toThrow("Mode fan not supported");
  });

  test("orthogonal in both directions, and of kernels", () => {
    for (const shape of [
      [3, 5],
      [5, 3],
      [4, 2, 3],
      [4, 4],
    ]) {
      const flat = init.orthogonal_(torch.empty(shape)).reshape(shape[0] as number, -1);
      const [rows, columns] = flat.shape as [number, number];
      const gram = rows < columns ? flat.mm(flat.t()) : flat.t().mm(flat);
      expect(
        gram
          .sub(torch.eye(Math.min(rows, columns)))
          .abs()
          .max()
          .item(),
      ).toBeLessThan(1e-6);
    }
  });

  test("sparse columns, and truncated tails", () => {
    const zeros = init.sparse_(torch.empty(10, 4), 0.25).eq(0).sum(0);
    expect(zeros.tolist()).toEqual([3, 3, 3, 3]);
    const tail = init.truncNormal_(torch.empty(1000), { a: 1.5, b: 3 });
    expect(tail.min().item()).toBeGreaterThanOrEqual(1.5);
    expect(tail.max().item()).toBeLessThanOrEqual(3);
  });

  test("nothing is recorded, and the meta device needs no values", () => {
    const weight = new nn.Parameter(torch.empty(3, 2));
    expect(init.kaimingUniform_(weight, { nonlinearity: "relu" })).toBe(weight);
    expect(weight.isLeaf && weight.requiresGrad).toBe(true);
    const meta = torch.empty(3, 2, { device: "meta" });
    for (const fill of [init.uniform_, init.truncNormal_, init.orthogonal_, init.xavierNormal_, init.eye_, init.zeros_])
      expect(fill(meta)).toBe(meta);
    expect(init.sparse_(meta, 0.1)).toBe(meta);
  });
});
