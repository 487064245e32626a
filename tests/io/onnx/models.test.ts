/** Exported models compute what the library computes, at two batch sizes. */

import * as torch from "flambeau";
import { expect, test } from "vitest";
import { agree } from "./agree.js";

const { nn } = torch;
const F = nn.functional;
const batch = { x: { 0: "batch" } };

test("MLP", async () => {
  const model = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 3), new nn.Softmax(-1));
  const program = await agree(model, [torch.randn(2, 4)], { dynamicAxes: batch }, [[torch.randn(5, 4)]]);
  expect(program.inputNames).toEqual(["x"]);
});

test("CNN with BatchNorm and pools", async () => {
  const model = new nn.Sequential(
    new nn.Conv2d(3, 8, 3, { padding: 1 }),
    new nn.BatchNorm2d(8),
    new nn.ReLU(true),
    new nn.MaxPool2d(2),
    new nn.Conv2d(8, 12, 3, { stride: 2, padding: 1, groups: 4 }),
    new nn.LeakyReLU(0.1),
    new nn.AvgPool2d(3, { stride: 2, padding: 1, ceilMode: true }),
    new nn.AdaptiveAvgPool2d(2),
    new nn.Flatten(),
    new nn.Linear(48, 10),
  ).eval();
  await agree(model, [torch.randn(2, 3, 18, 17)], { dynamicAxes: batch }, [[torch.randn(3, 3, 18, 17)]]);
});

test("LSTM", async () => {
  class Classifier extends nn.Module<[x: torch.Tensor], torch.Tensor> {
    lstm = new nn.LSTM(5, 6, { numLayers: 2, batchFirst: true, bidirectional: true });
    head = new nn.Linear(12, 3);
    forward(x: torch.Tensor): torch.Tensor {
      const [output, [h, c]] = this.lstm(x);
      return this.head(output.index(":", -1)).add(h.sum().add(c.mean()));
    }
  }
  await agree(new Classifier(), [torch.randn(2, 7, 5)], { dynamicAxes: batch }, [[torch.randn(4, 7, 5)]]);
});

test("TransformerEncoder", async () => {
  const layer = new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true, activation: "gelu" });
  const model = new nn.TransformerEncoder(layer, 2).eval();
  await agree(model, [torch.randn(2, 5, 8)], { dynamicAxes: batch }, [[torch.randn(3, 5, 8)]]);
});

void F;
