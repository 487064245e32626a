/** Averaged models and their schedule. */

import { expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { AveragedModel, getEmaAvgFn, SWALR, updateBn } = torch.optim.swaUtils;
const near = (values: readonly number[]): unknown[] => values.map((value) => expect.closeTo(value, 12));

function fill(model: torch.nn.Linear, value: number): void {
  torch.noGrad(() => {
    for (const param of model.parameters()) param.fill_(value);
  });
}

test("the average is equal by default, or exponential", () => {
  const model = new torch.nn.Linear(1, 1);
  const equal = new AveragedModel(model);
  const moving = new AveragedModel(model, { avgFn: getEmaAvgFn(0.5) });
  for (const value of [1, 2, 6]) {
    fill(model, value);
    equal.updateParameters(model);
    moving.updateParameters(model);
  }
  const weights = [equal, moving].map((averaged) => averaged.parameters().map((param) => param.detach().sum().item()));
  expect(weights).toEqual([
    [3, 3],
    [3.75, 3.75],
  ]);
  expect(equal.n_averaged.item()).toBe(3);
  expect(Object.keys(equal.stateDict())).toEqual(["n_averaged", "module.weight", "module.bias"]);
  expect(equal(torch.ones(1, 1)).item()).toBe(6);
  expect(String(equal)).toBe("AveragedModel(\n  (module): Linear(in_features=1, out_features=1, bias=True)\n)");
  expect(model.weight.item()).toBe(6);
  expect(() => getEmaAvgFn(1.5)).toThrow("Invalid decay value 1.5");
});

test("updateBn computes running statistics from one pass", () => {
  const norm = new torch.nn.BatchNorm1d(2);
  const batches = [torch.randn(4, 2), torch.randn(4, 2)] as const;
  updateBn(batches, norm);
  const mean = torch.stack(batches.map((batch) => batch.mean(0))).mean(0);
  expect((norm.running_mean as torch.Tensor).sub(mean).abs().max().item()).toBeLessThan(1e-6);
  expect([norm.momentum, norm.training]).toEqual([0.1, true]);
});

test("SWALR moves to its rate and stays", () => {
  const run = (steps: number, ...args: ConstructorParameters<typeof SWALR> extends [unknown, ...infer A] ? A : never): number[] => {
    const optimizer = new torch.optim.SGD([torch.ones(1, { requiresGrad: true })], { lr: 0.5 });
    const scheduler = new SWALR(optimizer, ...args);
    const found = [optimizer.paramGroups[0]?.lr as number];
    for (let i = 0; i < steps; i++) {
      scheduler.step();
      found.push(optimizer.paramGroups[0]?.lr as number);
    }
    return found;
  };
  expect(run(6, 0.05, 4)).toEqual(near([0.5, 0.4340990257669732, 0.275, 0.11590097423302682, 0.05, 0.05, 0.05]));
  expect(run(4, 0.05, { annealEpochs: 3, annealStrategy: "linear" })).toEqual(near([0.5, 0.35, 0.2, 0.05, 0.05]));
  expect(() => run(1, 0.05, -1)).toThrow("SWALR: anneal_epochs must be equal or greater than 0, got -1");
});
