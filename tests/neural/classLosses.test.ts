/** Losses of class labels beyond the golden cases: what is ignored, smoothed, weighted or wrong. Expected values are those of PyTorch 2.13. */

import { expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { crossEntropy, mseLoss, nllLoss } from "../../src/nn/functional.js";

const scores = torch.tensor([
  [1, 2, 3],
  [0, -1, 4],
]);

test("printed losses name PyTorch's nodes", () => {
  const x = scores.clone().requiresGrad_();
  expect(String(crossEntropy(x, torch.tensor([2n, 0n])))).toBe("tensor(2.2162, grad_fn=<NllLossBackward0>)");
  expect(String(mseLoss(x, torch.zeros(2, 3)))).toBe("tensor(5.1667, grad_fn=<MseLossBackward0>)");
});

test("ignored labels count for nothing, whatever their scores", () => {
  const logs = torch.tensor([
    [-Infinity, 0],
    [-1, -2],
  ]);
  expect(nllLoss(logs, torch.tensor([-100n, 1n])).item()).toBe(2);
  expect(nllLoss(logs, torch.tensor([-100n, -100n])).item()).toBeNaN();
  expect(nllLoss(logs, torch.tensor([0n, 1n]), { ignoreIndex: 0 }).item()).toBe(2);
  const x = logs.clone().requiresGrad_();
  nllLoss(x, torch.tensor([-100n, 1n])).backward();
  expect(x.grad?.tolist()).toEqual([
    [-0, 0],
    [0, -1],
  ]);
});

test("labels that are no labels say how to mend them", () => {
  expect(() => crossEntropy(scores, torch.tensor([2, 0]))).toThrow(
    /crossEntropy: expected scalar type Long but found Float: class labels are int64, convert them with target.long\(\)/,
  );
  expect(() => crossEntropy(scores, torch.tensor([Number.NaN, 0]))).toThrow(/expected scalar type Long but found Float/);
  expect(() => crossEntropy(scores, torch.tensor([3n, 0n]))).toThrow(/Target 3 is out of bounds/);
  expect(() => crossEntropy(scores, torch.tensor([-1n, 0n]))).toThrow(/Target -1 is out of bounds/);
  expect(() => crossEntropy(scores, torch.tensor([1n, 0n, 0n]))).toThrow(
    /Expected input batch_size \(2\) to match target batch_size \(3\)/,
  );
});

test("weights, smoothing and probabilities", () => {
  const labels = torch.tensor([2n, 0n]);
  const weight = torch.tensor([1, 2, 3]);
  expect(crossEntropy(scores, labels, { weight }).item()).toBeCloseTo(1.311890721321106, 5);
  expect(crossEntropy(scores, labels, { weight, labelSmoothing: 0.1 }).item()).toBeCloseTo(1.3523191213607788, 5);
  expect(
    crossEntropy(
      scores,
      torch.tensor([
        [0, 0.5, 0.5],
        [1, 0, 0],
      ]),
    ).item(),
  ).toBeCloseTo(2.4661755561828613, 5);
});

test("a mean of nothing is NaN, and the meta device gives shapes", () => {
  expect(mseLoss(torch.zeros(0), torch.zeros(0)).item()).toBeNaN();
  expect(crossEntropy(scores.to("meta"), torch.tensor([2n, 0n]).to("meta")).shape).toEqual([]);
});
