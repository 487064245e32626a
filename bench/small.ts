/** Small operations: what a call costs beyond its arithmetic. */

import * as torch from "flambeau";
import type { Benchmark } from "./harness.js";

export const small: readonly Benchmark[] = [
  {
    name: "add_100",
    title: "add of 100 elements, no gradient",
    limit: 400,
    setup: () => {
      const a = torch.ones(100);
      const b = torch.ones(100);
      return () => a.add(b);
    },
  },
  {
    name: "chain",
    title: "chain of 100,000 mul, forward and backward",
    target: 4,
    least: 1,
    setup: () => () => {
      const x = torch.tensor(1, { requiresGrad: true });
      let y = x;
      for (let i = 0; i < 100_000; i++) y = y.mul(1.00001);
      y.backward();
      return x.grad;
    },
  },
];
