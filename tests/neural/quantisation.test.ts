/** Simulated quantisation against values of PyTorch 2.13. */

import { expect, test } from "vitest";
import * as torch from "../../src/index.js";

test("fakeQuantizePerTensorAffine", () => {
  const x = torch.tensor([-1, -0.26, -0.25, 0, 0.1, 0.24, 0.25, 0.7, 1.3, Number.NaN], { requiresGrad: true });
  const y = torch.fakeQuantizePerTensorAffine(x, 0.1, 2, 0, 7);
  const wanted = torch.tensor([-0.2, -0.2, -0.2, 0, 0.1, 0.2, 0.2, 0.5, 0.5, -0.2]);
  expect(torch.allclose(y, wanted)).toBe(true);
  expect(String(y.gradFn)).toBe("<FakeQuantizePerTensorAffineCachemaskBackward0>");
  y.sum().backward();
  expect(x.grad?.tolist()).toEqual([0, 0, 1, 1, 1, 1, 1, 0, 0, 0]);
  expect(() => torch.fakeQuantizePerTensorAffine(x, 0.1, 9, 0, 7)).toThrow(/fakeQuantizePerTensorAffine.*zero_point/);
});
