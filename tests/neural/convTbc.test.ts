/** `convTbc` and `rrelu_` against PyTorch's values: they have no golden cases. */

import { expect, test } from "vitest";
import * as torch from "../../src/index.js";

const F = torch.nn.functional;

test("convTbc convolves along the first dimension", () => {
  const x = torch.arange(12, { dtype: torch.float32 }).reshape(3, 2, 2).requiresGrad_();
  const w = torch.arange(12, { dtype: torch.float32 }).reshape(2, 2, 3).sub(5).requiresGrad_();
  const b = torch.tensor([1, 2, 3], { requiresGrad: true });
  const y = F.convTbc(x, w, b, 1);
  expect(y.shape).toEqual([4, 2, 3]);
  expect(y.flatten().tolist()).toEqual([5, 7, 9, 15, 21, 27, 23, 34, 45, 19, 38, 57, 15, 42, 69, 11, 46, 81, -57, -39, -21, -71, -49, -27]);
  y.square().sum().backward();
  expect(x.grad?.flatten().tolist()).toEqual([-680, 58, -560, 502, -448, 920, -432, 1080, 1620, 1674, 1956, 1902]);
  expect(w.grad?.flatten().tolist()).toEqual([-2004, -564, 876, -2124, -420, 1284, 932, 2404, 3876, 1108, 2780, 4452]);
  expect(b.grad?.tolist()).toEqual([-80, 200, 480]);
  expect(() => F.convTbc(torch.ones(5, 2), w, b)).toThrow("convTbc: Input must have 3 dims: time, batch, in_channel");
  expect(() => F.convTbc(torch.ones(5, 2, 6), w, b)).toThrow("Input dim 2 (input channels) is not == dim 1 in the weight tensor");
});

test("rrelu_ writes into its input, with PyTorch's slopes", () => {
  torch.manualSeed(0);
  const x = torch.tensor([-1, 2, -3]);
  expect(torch.rrelu_(x, 0.1, 0.3, true)).toBe(x);
  torch.testing.assertClose(x, torch.tensor([-0.294, 2, -0.7247]), { rtol: 0, atol: 1e-4 });
  torch.testing.assertClose(F.rrelu_(torch.tensor([-1]), 0.1, 0.3), torch.tensor([-0.2]));
});
