/** Layers, forward and backward: a result, then the gradients of the input and of the parameters. */

import * as torch from "flambeau";
import type { Benchmark } from "./harness.js";

const { nn } = torch;

type Layer = torch.nn.Module & ((x: torch.Tensor) => torch.Tensor);

function layer(name: string, title: string, make: () => Layer, shape: readonly number[]): Benchmark {
  return {
    name,
    title,
    target: 1,
    least: 1,
    setup: () => {
      const module = make();
      const x = torch.randn(shape, { requiresGrad: true });
      const grad = torch.randnLike(module(x));
      return () => {
        x.grad = null;
        module.zeroGrad();
        module(x).backward(grad);
        return x.grad;
      };
    },
  };
}

export const layers: readonly Benchmark[] = [
  layer(
    "layer_conv2d",
    "Conv2d 3×3, 64 → 64, 32 images of 56 × 56, both ways",
    () => new nn.Conv2d(64, 64, 3, { padding: 1 }),
    [32, 64, 56, 56],
  ),
  layer(
    "layer_conv2d_small",
    "Conv2d 3×3, 64 → 128, 64 images of 7 × 7, both ways",
    () => new nn.Conv2d(64, 128, 3, { padding: 1 }),
    [64, 64, 7, 7],
  ),
  layer(
    "layer_conv2d_first",
    "Conv2d 3×3, 1 → 32, 64 images of 28 × 28, both ways",
    () => new nn.Conv2d(1, 32, 3, { padding: 1 }),
    [64, 1, 28, 28],
  ),
  layer(
    "layer_depthwise",
    "Conv2d 3×3, 64 groups, 32 images of 28 × 28, both ways",
    () => new nn.Conv2d(64, 64, 3, { padding: 1, groups: 64 }),
    [32, 64, 28, 28],
  ),
  layer("layer_conv1d", "Conv1d 5, 64 → 64, 32 signals of 256, both ways", () => new nn.Conv1d(64, 64, 5), [32, 64, 256]),
  layer(
    "layer_conv_transpose",
    "ConvTranspose2d 4×4 stride 2, 64 → 32, 32 images of 14 × 14, both ways",
    () => new nn.ConvTranspose2d(64, 32, 4, { stride: 2, padding: 1 }),
    [32, 64, 14, 14],
  ),
  layer("layer_batch_norm", "BatchNorm2d, 64 channels, 32 images of 28 × 28, both ways", () => new nn.BatchNorm2d(64), [32, 64, 28, 28]),
  layer("layer_max_pool", "MaxPool2d 2, 32 × 64 images of 28 × 28, both ways", () => new nn.MaxPool2d(2), [32, 64, 28, 28]),
  layer("layer_avg_pool", "AdaptiveAvgPool2d 7, 32 × 64 images of 28 × 28, both ways", () => new nn.AdaptiveAvgPool2d(7), [32, 64, 28, 28]),
  layer("layer_linear", "Linear 784 → 256, batch of 128, both ways", () => new nn.Linear(784, 256), [128, 784]),
];
