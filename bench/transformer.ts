/** A training step of a small transformer, and the attention that it consists of. */

import * as torch from "flambeau";
import type { Benchmark } from "./harness.js";

const { nn } = torch;

const [VOCABULARY, WIDTH, HEADS, LENGTH, BATCH, LAYERS] = [100, 128, 4, 128, 16, 4];

/** Characters to scores of the next ones, by an encoder that looks back only. */
class Transformer extends nn.Module<[ids: torch.Tensor], torch.Tensor> {
  readonly characters = new nn.Embedding(VOCABULARY, WIDTH);
  readonly places = new nn.Embedding(LENGTH, WIDTH);
  readonly encoder: torch.nn.TransformerEncoder;
  readonly norm = new nn.LayerNorm(WIDTH);
  readonly head = new nn.Linear(WIDTH, VOCABULARY);
  readonly mask = nn.Transformer.generateSquareSubsequentMask(LENGTH);
  readonly positions = torch.arange(LENGTH);

  constructor(dropout: number) {
    super();
    const layer = new nn.TransformerEncoderLayer(WIDTH, HEADS, {
      dimFeedforward: 4 * WIDTH,
      dropout,
      activation: "gelu",
      batchFirst: true,
    });
    this.encoder = new nn.TransformerEncoder(layer, LAYERS);
  }

  forward(ids: torch.Tensor): torch.Tensor {
    const x = this.characters(ids).add(this.places(this.positions));
    return this.head(this.norm(this.encoder(x, { mask: this.mask, isCausal: true })));
  }
}

/** One step with AdamW. */
function step(dropout: number): () => torch.Tensor {
  const model = new Transformer(dropout);
  const criterion = new nn.CrossEntropyLoss();
  const optimizer = new torch.optim.AdamW(model.parameters(), { lr: 3e-4 });
  const ids = torch.randint(VOCABULARY, [BATCH, LENGTH + 1]);
  const [x, y] = [ids.narrow(1, 0, LENGTH).contiguous(), ids.narrow(1, 1, LENGTH).reshape(-1)];
  return () => {
    optimizer.zeroGrad();
    const loss = criterion(model(x).view(-1, VOCABULARY), y);
    loss.backward();
    optimizer.step();
    return loss;
  };
}

/** Attention of 4 heads of 32 to `length` places, split from one projection. */
function heads(length: number): [query: torch.Tensor, key: torch.Tensor, value: torch.Tensor] {
  const joined = torch.randn(BATCH, length, 3, HEADS, WIDTH / HEADS).requiresGrad_();
  return joined.permute(2, 0, 3, 1, 4).unbind(0) as [torch.Tensor, torch.Tensor, torch.Tensor];
}

export const transformer: readonly Benchmark[] = [
  {
    name: "transformer_step",
    title: "training step, transformer of 4 layers of 128, 16 × 128 characters",
    target: 1.2,
    least: 1,
    setup: () => step(0),
  },
  {
    name: "transformer_dropout_step",
    title: "the same with dropout 0.1",
    least: 1,
    setup: () => step(0.1),
  },
  {
    name: "attention_forward",
    title: "causal attention, 16 × 4 heads of 512 × 32",
    target: 1,
    least: 1,
    setup: () => {
      const [q, k, v] = heads(512);
      return () => torch.noGrad(() => nn.functional.scaledDotProductAttention(q, k, v, { isCausal: true }));
    },
  },
  {
    name: "attention_backward",
    title: "the same with its gradients",
    target: 1,
    least: 1,
    setup: () => {
      const [q, k, v] = heads(512).map((part) => part.detach().requiresGrad_()) as [torch.Tensor, torch.Tensor, torch.Tensor];
      const grad = torch.randn(BATCH, HEADS, 512, WIDTH / HEADS);
      return () => {
        for (const leaf of [q, k, v]) leaf.grad = null;
        nn.functional.scaledDotProductAttention(q, k, v, { isCausal: true }).backward(grad);
        return q.grad;
      };
    },
  },
];
