/** Matrix products, convolutions, and training steps that consist of them. */

import * as torch from "flambeau";
import type { Benchmark } from "./harness.js";

const { nn } = torch;

function product(n: number): Benchmark {
  return {
    name: `matmul_${n}`,
    title: `product of ${n} × ${n} matrices`,
    target: 1,
    least: 1,
    setup: () => {
      const [a, b] = [torch.randn(n, n), torch.randn(n, n)];
      return () => a.mm(b);
    },
  };
}

/** One step with Adam on random images of ten classes. */
function trainingStep(model: torch.nn.Sequential, images: torch.Tensor): () => unknown {
  const labels = torch.randint(10, [images.size(0)]);
  const criterion = new nn.CrossEntropyLoss();
  const optimizer = new torch.optim.Adam(model.parameters());
  return () => {
    optimizer.zeroGrad();
    const loss = criterion(model(images), labels);
    loss.backward();
    optimizer.step();
    return loss;
  };
}

export const matrix: readonly Benchmark[] = [
  ...[64, 256, 512, 1024, 2048].map(product),
  {
    name: "conv_3x3",
    title: "convolution 3×3, 64 → 64, 32 images of 56 × 56",
    target: 1,
    least: 1,
    setup: () => {
      const conv = new nn.Conv2d(64, 64, 3, { padding: 1 });
      const x = torch.randn(32, 64, 56, 56);
      return () => torch.noGrad(() => conv(x));
    },
  },
  {
    name: "mlp_step",
    title: "training step, MLP 784-256-10, batch of 128",
    target: 1.2,
    setup: () => trainingStep(new nn.Sequential(new nn.Linear(784, 256), new nn.ReLU(), new nn.Linear(256, 10)), torch.randn(128, 784)),
  },
  {
    name: "cnn_step",
    title: "training step, CNN 1-32-64, batch of 64, 28 × 28",
    target: 1.2,
    least: 1,
    setup: () => {
      const model = new nn.Sequential(
        new nn.Conv2d(1, 32, 3, { padding: 1 }),
        new nn.ReLU(),
        new nn.MaxPool2d(2),
        new nn.Conv2d(32, 64, 3, { padding: 1 }),
        new nn.ReLU(),
        new nn.MaxPool2d(2),
        new nn.Flatten(),
        new nn.Linear(64 * 7 * 7, 128),
        new nn.ReLU(),
        new nn.Linear(128, 10),
      );
      return trainingStep(model, torch.randn(64, 1, 28, 28));
    },
  },
];
