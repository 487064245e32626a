/** The tutorial's training: a network of four small layers, batches of 32, Adam. */

import * as torch from "flambeau";
import type { Benchmark } from "./harness.js";

const { nn, optim } = torch;

/** The tutorial's network. */
export function sineModel(): torch.nn.Module & ((x: torch.Tensor) => torch.Tensor) {
  return new nn.Sequential(
    new nn.Linear(1, 5),
    new nn.ReLU(),
    new nn.Linear(5, 5),
    new nn.ReLU(),
    new nn.Linear(5, 5),
    new nn.ReLU(),
    new nn.Linear(5, 1),
  );
}

class Sine extends torch.utils.data.Dataset<[torch.Tensor, torch.Tensor]> {
  constructor(
    readonly x: torch.Tensor,
    readonly y: torch.Tensor,
  ) {
    super();
  }

  get length(): number {
    return this.y.length;
  }

  getItem(index: number): [torch.Tensor, torch.Tensor] {
    return [this.x.index(index), this.y.index(index)];
  }
}

/** One training step on a batch. */
export function sineStep(): () => torch.Tensor {
  const model = sineModel();
  const criterion = new nn.MSELoss();
  const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });
  const x = torch.rand(32, 1);
  const y = torch.rand(32, 1);
  return () => {
    const loss = criterion(model(x), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss;
  };
}

export const sine: readonly Benchmark[] = [
  { name: "sine_step", title: "sine model: one training step", limit: 30_000, target: 25, setup: sineStep },
  {
    name: "sine_epoch",
    title: "sine model: an epoch of 1,000 items with Dataset and DataLoader",
    target: 30,
    least: 1,
    setup: () => {
      const x = torch.rand(1000, 1).mul(6.28);
      const loader = new torch.utils.data.DataLoader(new Sine(x, x.sin()), { batchSize: 32, shuffle: true });
      const model = sineModel();
      const criterion = new nn.MSELoss();
      const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });
      return () => {
        let last: torch.Tensor | null = null;
        for (const [xs, ys] of loader) {
          const loss = criterion(model(xs), ys);
          last = loss;
          optimizer.zeroGrad();
          loss.backward();
          optimizer.step();
        }
        return last;
      };
    },
  },
];
