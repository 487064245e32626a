/** Training steps of recurrent layers, and steps of optimisers over many small tensors and over a few large ones. */

import * as torch from "flambeau";
import type { Benchmark } from "./harness.js";

const { nn, optim } = torch;

/** A recurrent layer whose last output goes through a linear layer: sequences of 50 steps, batches of 32, Adam on the mean squared error. */
function recurrentStep(layer: torch.nn.Module, run: (x: torch.Tensor) => torch.Tensor): () => unknown {
  const head = new nn.Linear(128, 1);
  const criterion = new nn.MSELoss();
  const optimizer = new optim.Adam([...layer.parameters(), ...head.parameters()]);
  const x = torch.randn(32, 50, 32);
  const y = torch.randn(32, 1);
  return () => {
    const loss = criterion(head(run(x).select(1, 49)), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss;
  };
}

/** Parameters of one size with a gradient each. */
function withGradients(count: number, size: number): torch.Tensor[] {
  return Array.from({ length: count }, () => {
    const parameter = torch.randn([size], { requiresGrad: true });
    parameter.grad = torch.randn(size);
    return parameter;
  });
}

/** A step of an optimiser. */
function optimizerStep(make: (params: torch.Tensor[]) => { step(): unknown }, count: number, size: number): () => () => unknown {
  return () => {
    const params = withGradients(count, size);
    const optimizer = make(params);
    return () => {
      optimizer.step();
      return params;
    };
  };
}

const adam = (params: torch.Tensor[]): torch.optim.Adam => new optim.Adam(params);
const momentum = (params: torch.Tensor[]): torch.optim.SGD => new optim.SGD(params, { lr: 0.01, momentum: 0.9 });

export const training: readonly Benchmark[] = [
  {
    name: "lstm_step",
    title: "training step, LSTM 32 → 128, 50 steps, batch of 32",
    target: 1.2,
    least: 1,
    setup: () => {
      const layer = new nn.LSTM(32, 128, { batchFirst: true });
      return recurrentStep(layer, (x) => layer(x)[0]);
    },
  },
  {
    name: "gru_step",
    title: "training step, GRU 32 → 128, 50 steps, batch of 32",
    target: 1,
    least: 1,
    setup: () => {
      const layer = new nn.GRU(32, 128, { batchFirst: true });
      return recurrentStep(layer, (x) => layer(x)[0]);
    },
  },
  { name: "adam_small", title: "Adam, 200 tensors of 64", target: 1, setup: optimizerStep(adam, 200, 64) },
  { name: "adam_medium", title: "Adam, 50 tensors of 4,096", target: 1, setup: optimizerStep(adam, 50, 4096) },
  { name: "adam_large", title: "Adam, 8 tensors of 500,000", target: 1, least: 1, setup: optimizerStep(adam, 8, 500_000) },
  { name: "sgd_small", title: "SGD with momentum, 200 tensors of 64", target: 1, setup: optimizerStep(momentum, 200, 64) },
];
