/** SparseAdam on embeddings, against PyTorch's values. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { nn, optim } = torch;

interface Case {
  readonly options: torch.optim.SparseAdamOptions;
  readonly steps: readonly { readonly indices: readonly (readonly number[])[]; readonly weight: readonly number[] }[];
  readonly step: number;
  readonly expAvg: readonly number[];
  readonly keys: readonly string[];
}

const cases = JSON.parse(readFileSync(new URL("sparseAdam.json", import.meta.url), "utf8")) as readonly Case[];

function near(found: torch.Tensor, wanted: readonly number[]): void {
  const values = found.detach().reshape(-1).tolist() as number[];
  wanted.forEach((value, i) => {
    expect(values[i], `element ${i}`).toBeCloseTo(value, 5);
  });
}

function table(): torch.nn.Embedding {
  const made = new nn.Embedding(7, 3, { paddingIdx: 2, sparse: true });
  torch.noGrad(() => made.weight.copy_(torch.arange(21).reshape(7, 3).mul(0.1).sub(1)));
  return made;
}

describe.each(cases.map((one) => [JSON.stringify(one.options), one] as const))("SparseAdam %s", (_name, { options, steps, ...state }) => {
  test("updates the rows that were looked up, as PyTorch does", () => {
    const embedding = table();
    const optimizer = new optim.SparseAdam(embedding.parameters(), options);
    for (const { indices, weight } of steps) {
      optimizer.zeroGrad();
      const found = embedding(torch.tensor(indices as number[][], { dtype: torch.int64 }));
      // Row 5 is looked up too, with a gradient of zero.
      found
        .square()
        .sum()
        .add(
          embedding(torch.tensor([5n]))
            .sum()
            .mul(0),
        )
        .backward();
      optimizer.step();
      near(embedding.weight, weight);
    }
    const dict = optimizer.stateDict();
    expect(dict.state["0"]?.["step"]).toBe(state.step);
    near(dict.state["0"]?.["exp_avg"] as torch.Tensor, state.expAvg);
    expect(Object.keys(dict.param_groups[0] as object).sort()).toEqual([...state.keys].sort());
  });
});

test("gradients that add up are about the rows of all", () => {
  const embedding = table();
  const before = embedding.weight.detach().clone();
  const optimizer = new optim.SparseAdam(embedding.parameters(), { lr: 0.1 });
  embedding(torch.tensor([0n]))
    .sum()
    .backward();
  embedding(torch.tensor([6n]))
    .sum()
    .backward();
  optimizer.step();
  const changed = embedding.weight.ne(before).any(1).tolist();
  expect(changed).toEqual([true, false, false, false, false, false, true]);
});

test("dense gradients and senseless options are errors", () => {
  const parameter = new nn.Parameter(torch.ones(2));
  const optimizer = new optim.SparseAdam([parameter]);
  parameter.grad = torch.ones(2);
  expect(() => optimizer.step()).toThrow("SparseAdam does not support dense gradients, please consider Adam instead");
  expect(() => new optim.SparseAdam([parameter], { lr: 0 })).toThrow("SparseAdam: Invalid learning rate: 0");
  expect(() => new optim.SparseAdam([parameter], { eps: 0 })).toThrow("SparseAdam: Invalid epsilon value: 0");
  expect(() => new optim.SparseAdam([parameter], { betas: [1, 0.9] })).toThrow("SparseAdam: Invalid beta parameter at index 0: 1");
});
