/** Exported models compute what the library computes, at several batch sizes: evaluated by the tests, and by ONNX Runtime where it is installed. */

import * as torch from "flambeau";
import { expect, test } from "vitest";
import { agree } from "./agree.js";
import { readModel } from "./reader.js";

const { nn } = torch;
const F = nn.functional;
const batch = { x: { 0: "batch" } };
type Tensor = torch.Tensor;

test("MLP", async () => {
  const model = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 3), new nn.Softmax(-1));
  const program = await agree(model, [torch.randn(2, 4)], { dynamicAxes: batch }, [[torch.randn(5, 4)], [torch.randn(1, 4)]]);
  const read = readModel(program.bytes);
  expect(read.nodes.map(({ op }) => op)).toEqual(["Gemm", "Relu", "Gemm", "Softmax"]);
  expect([...read.initializers.keys()]).toEqual(["0.weight", "0.bias", "2.weight", "2.bias"]);
});

test("MLP that was exported with a batch of one", async () => {
  const model = new nn.Sequential(new nn.Flatten(), new nn.Linear(12, 8), new nn.Tanh(), new nn.Unflatten(1, [2, 4]));
  await agree(model, [torch.randn(1, 3, 4)], { dynamicAxes: batch }, [[torch.randn(7, 3, 4)]]);
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

class Block extends nn.Module<[x: Tensor], Tensor> {
  conv1: torch.nn.Conv2d;
  conv2: torch.nn.Conv2d;
  norm1: torch.nn.Module<[x: Tensor], Tensor>;
  norm2: torch.nn.Module<[x: Tensor], Tensor>;
  down: torch.nn.Sequential;
  constructor(from: number, to: number) {
    super();
    this.conv1 = new nn.Conv2d(from, to, 3, { stride: 2, padding: 1, bias: false });
    this.norm1 = new nn.BatchNorm2d(to);
    this.conv2 = new nn.Conv2d(to, to, 3, { padding: 1, bias: false });
    this.norm2 = new nn.GroupNorm(2, to);
    this.down = new nn.Sequential(new nn.Conv2d(from, to, 1, { stride: 2, bias: false }), new nn.BatchNorm2d(to));
  }
  forward(x: Tensor): Tensor {
    const out = this.norm2(this.conv2(this.norm1(this.conv1(x)).relu()));
    return out.add_(this.down(x)).relu();
  }
}

test("residual block, with dynamic images", async () => {
  const model = new nn.Sequential(new Block(3, 4), new Block(4, 8), new nn.AdaptiveAvgPool2d(1), new nn.Flatten()).eval();
  const dynamicAxes = { x: { 0: "batch", 2: "height", 3: "width" } };
  await agree(model, [torch.randn(2, 3, 16, 20)], { dynamicAxes }, [[torch.randn(3, 3, 16, 20)], [torch.randn(1, 3, 33, 27)]]);
});

test("autoencoder with transposed convolutions and upsampling", async () => {
  const model = new nn.Sequential(
    new nn.Conv2d(1, 4, 3, { stride: 2, padding: 1 }),
    new nn.InstanceNorm2d(4, { affine: true }),
    new nn.ELU(),
    new nn.ConvTranspose2d(4, 6, 3, { stride: 2, padding: 1, outputPadding: 1, groups: 2 }),
    new nn.Upsample({ scaleFactor: 2, mode: "bilinear" }),
    new nn.Upsample({ scaleFactor: 2 }),
    new nn.ReflectionPad2d(1),
    new nn.Conv2d(6, 1, 3),
    new nn.Sigmoid(),
  ).eval();
  await agree(model, [torch.rand(2, 1, 8, 10)], { dynamicAxes: batch }, [[torch.rand(3, 1, 8, 10)]]);
});

test("one-dimensional convolutions and pixels", async () => {
  const signal = new nn.Sequential(
    new nn.Conv1d(2, 4, 5, { padding: "same", dilation: 2 }),
    new nn.GELU(),
    new nn.MaxPool1d(3, { stride: 2, padding: 1 }),
  );
  await agree(signal, [torch.randn(2, 2, 15)], { dynamicAxes: { x: [0, 2] } }, [[torch.randn(3, 2, 22)]]);
  await agree(new nn.PixelShuffle(2), [torch.randn(2, 8, 3, 3)], { dynamicAxes: batch }, [[torch.randn(3, 8, 3, 3)]]);
});

test("LSTM", async () => {
  class Classifier extends nn.Module<[x: Tensor], Tensor> {
    lstm = new nn.LSTM(5, 6, { numLayers: 2, batchFirst: true, bidirectional: true });
    head = new nn.Linear(12, 3);
    forward(x: Tensor): Tensor {
      const [output, [h, c]] = this.lstm(x);
      return this.head(output.index(":", -1)).add(
        h
          .sum([0, 2])
          .add(c.mean([0, 2]))
          .unsqueeze(1),
      );
    }
  }
  const dynamicAxes = { x: { 0: "batch", 1: "steps" } };
  const program = await agree(new Classifier(), [torch.randn(2, 7, 5)], { dynamicAxes }, [[torch.randn(4, 7, 5)], [torch.randn(3, 11, 5)]]);
  expect(readModel(program.bytes).nodes.filter(({ op }) => op === "LSTM").length).toBe(4);
});

test("GRU with an initial state, and Elman's network", async () => {
  const gru = new nn.GRU(4, 5, { bidirectional: true });
  const args = (n: number, t: number): [Tensor, Tensor] => [torch.randn(t, n, 4), torch.randn(2, n, 5)];
  const dynamicAxes = { x: { 0: "steps", 1: "batch" }, y: { 1: "batch" } };
  await agree(gru, args(3, 6), { dynamicAxes }, [args(2, 9)]);
  for (const nonlinearity of ["tanh", "relu"] as const)
    await agree(new nn.RNN(4, 5, { nonlinearity }), [torch.randn(6, 2, 4)], { dynamicAxes: { x: { 1: "batch" } } }, [
      [torch.randn(6, 3, 4)],
    ]);
});

test("recurrent cells in a loop", async () => {
  class Loop extends nn.Module<[x: Tensor], Tensor> {
    lstm = new nn.LSTMCell(3, 4);
    gru = new nn.GRUCell(4, 5);
    forward(x: Tensor): Tensor {
      let state: [Tensor, Tensor] = [x.newZeros(x.shape[0] as number, 4), x.newZeros(x.shape[0] as number, 4)];
      let h = x.newZeros(x.shape[0] as number, 5);
      for (let t = 0; t < 3; t++) {
        state = this.lstm(x.select(1, t), state) as [Tensor, Tensor];
        h = this.gru(state[0], h);
      }
      return h;
    }
  }
  await agree(new Loop(), [torch.randn(2, 3, 3)], { dynamicAxes: batch }, [[torch.randn(4, 3, 3)]]);
});

test("TransformerEncoder with masks", async () => {
  class Encoder extends nn.Module<[x: Tensor, padding: Tensor], Tensor> {
    encoder: torch.nn.TransformerEncoder;
    constructor() {
      super();
      const layer = new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true, activation: "gelu", normFirst: true });
      this.encoder = new nn.TransformerEncoder(layer, 2);
    }
    forward(x: Tensor, padding: Tensor): Tensor {
      const mask = nn.Transformer.generateSquareSubsequentMask(x.shape[1] as number);
      return this.encoder(x, { mask, srcKeyPaddingMask: padding });
    }
  }
  const args = (n: number): [Tensor, Tensor] => {
    const padding = torch.zeros(n, 5, { dtype: torch.bool });
    padding.indexPut_([0, "3:"], true);
    return [torch.randn(n, 5, 8), padding];
  };
  const dynamicAxes = { x: { 0: "batch" }, y: { 0: "batch" } };
  await agree(new Encoder().eval(), args(2), { dynamicAxes }, [args(3)]);
});

test("attention with its weights", async () => {
  const model = new nn.MultiheadAttention(8, 2, { batchFirst: true }).eval();
  const args = (n: number): Tensor[] => [torch.randn(n, 3, 8), torch.randn(n, 4, 8), torch.randn(n, 4, 8)];
  const dynamicAxes = { x: { 0: "batch" }, y: { 0: "batch" }, z: { 0: "batch" } };
  await agree(model, args(2), { dynamicAxes }, [args(3)]);
});

class Attention extends nn.Module<[x: Tensor], Tensor> {
  norm = new nn.LayerNorm(8);
  qkv = new nn.Linear(8, 24);
  out = new nn.Linear(8, 8);
  mlp = new nn.Sequential(new nn.LayerNorm(8), new nn.Linear(8, 16), new nn.GELU({ approximate: "tanh" }), new nn.Linear(16, 8));
  forward(x: Tensor): Tensor {
    const [n, t] = x.shape as [number, number];
    const [q, k, v] = this.qkv(this.norm(x))
      .split(8, 2)
      .map((part) => part.view(n, t, 2, 4).transpose(1, 2)) as [Tensor, Tensor, Tensor];
    const heard = F.scaledDotProductAttention(q, k, v, { isCausal: true }).transpose(1, 2).contiguous().view(n, t, 8);
    const residual = x.add(this.out(heard));
    return residual.add(this.mlp(residual));
  }
}

class Gpt extends nn.Module<[x: Tensor], Tensor> {
  tokens = new nn.Embedding(20, 8);
  positions = new nn.Embedding(16, 8);
  drop = new nn.Dropout(0.1);
  blocks = new nn.ModuleList([new Attention(), new Attention()]);
  norm = new nn.LayerNorm(8);
  forward(x: Tensor): Tensor {
    const places = torch.arange(x.shape[1] as number);
    let h = this.drop(this.tokens(x).add(this.positions(places)));
    for (const block of this.blocks) h = (block as Attention)(h);
    return this.norm(h).matmul(this.tokens.weight.t());
  }
}

test("GPT with dynamic batch and length", async () => {
  const args = (n: number, t: number): [Tensor] => [torch.randint(0, 20, [n, t])];
  const dynamicAxes = { x: { 0: "batch", 1: "length" } };
  const model = new Gpt().eval();
  for (const opsetVersion of [18, 20]) {
    const program = await agree(model, args(2, 6), { dynamicAxes, opsetVersion, outputNames: ["logits"] }, [
      args(3, 6),
      args(1, 11),
      args(4, 16),
    ]);
    const { outputs, initializers } = readModel(program.bytes);
    expect(outputs.map(({ name, shape }) => [name, ...shape])).toEqual([["logits", "batch", "length", 20]]);
    expect([...initializers.keys()]).toContain("blocks.1.qkv.weight");
  }
});

test("writing in place, through views as well", async () => {
  const model = (x: Tensor): Tensor => {
    const y = x.clone();
    y.index(":", 0).add_(1);
    y.indexPut_([":", "1:3"], 5);
    const row = y.select(0, 1);
    row.mul_(2);
    y.fillDiagonal_(0);
    const counts = torch.zeros(x.shape[0] as number, 4);
    counts.index("...", 2).copy_(y.sum(1));
    return counts.add_(y).add(row);
  };
  await agree(model, [torch.randn(4, 4)], {});
  const partial = (x: Tensor): Tensor => {
    const y = torch.zerosLike(x);
    y.index(":", 1).copy_(x.index(":", 0));
    return y.relu_().add(x);
  };
  await agree(partial, [torch.randn(2, 4)], { dynamicAxes: batch }, [[torch.randn(5, 4)]]);
});

test("views by strides", async () => {
  const model = (x: Tensor): Tensor[] => {
    const turned = x.clone().t();
    turned.fillDiagonal_(7);
    const planes = x.expand(3, 6, 4).clone();
    planes.select(0, 1).narrow(0, 1, 4).fillDiagonal_(-1);
    const tall = x.clone().fillDiagonal_(9, true);
    return [x.asStrided([2, 3], [1, 2], 1), x.t().asStrided([], [], 5), turned, planes, tall, x.t().asStrided([3, 2], [4, 1])];
  };
  await agree(model, [torch.randn(6, 4)]);
  const dynamic = (x: Tensor): Tensor[] => {
    const [n] = x.shape as [number];
    return [x.clone().fillDiagonal_(0), x.asStrided([n, 2], [4, 1], 2), x.view(n, 2, 2).diagonal(-1, 1, 2), x.matmul(x.t()).diagonal(1)];
  };
  await agree(dynamic, [torch.randn(4, 4)], { dynamicAxes: batch }, [[torch.randn(7, 4)]]);
  expect(() => torch.onnx.export((x: Tensor) => x.select(0, 1).asStrided([2], [1], 0), [torch.ones(2, 2)])).toThrow(
    /outside of the tensor/,
  );
});

test("indices, masks and order", async () => {
  const model = (x: Tensor): Tensor[] => {
    const best = x.topk(2, 1);
    const picked = x.gather(1, best.indices);
    const chosen = torch.where(x.gt(0), x, x.neg().mul(0.5)).maskedFill(x.lt(-1), -1);
    const last = x.index(torch.arange(x.shape[0] as number), x.argmax(1));
    return [picked, chosen, last, x.cumsum(1), x.max(1).values, x.sort(1, true).indices, F.oneHot(x.argmax(1), 4)];
  };
  await agree(model, [torch.randn(3, 4)], { dynamicAxes: batch }, [[torch.randn(5, 4)]]);
});

test("sizes that are products and sums of dynamic ones", async () => {
  const model = (x: Tensor, y: Tensor): Tensor[] => {
    const [n, t, d] = x.shape as [number, number, number];
    const joined = torch.cat([x, y], 1);
    return [
      x.reshape(n * t, d).sum(0),
      joined.mean(1),
      torch.arange(n * t).view(n, t),
      joined.view(n, -1).narrow(1, 0, t * d),
      torch.ones(n, t + 1).tril(),
      x.unsqueeze(1).expand(n, 3, t, d),
    ];
  };
  const args = (n: number, t: number, s: number): [Tensor, Tensor] => [torch.randn(n, t, 3), torch.randn(n, s, 3)];
  const dynamicAxes = { x: { 0: "n", 1: "t" }, y: { 0: "n", 1: "s" } };
  await agree(model, args(2, 4, 5), { dynamicAxes }, [args(3, 5, 2), args(6, 2, 2)]);
});

test("dtypes", async () => {
  const model = (x: Tensor): Tensor[] => [x.mul(2).add(1), x.sum(0), x.to(torch.int64), x.gt(1), x.softmax(-1)];
  for (const dtype of [torch.float64, torch.float16, torch.bfloat16])
    await agree(model, [torch.randn(2, 3).to(dtype)], { dynamicAxes: batch, isRunnable: dtype !== torch.bfloat16, atol: 1e-2, rtol: 1e-2 });
  const integers = (x: Tensor): Tensor[] => [x.mul(x).sub(3), x.floorDivide(4), x.remainder(3), x.sum(), x.bitwiseAnd(6), x.div(2)];
  for (const dtype of [torch.int64, torch.int32]) await agree(integers, [torch.randint(-9, 9, [3, 4]).to(dtype)], { isRunnable: false });
  await agree((x: Tensor) => [x.logicalNot(), x.any(1), x.all(), x.sum(1)], [torch.rand(3, 4).gt(0.5)], { dynamicAxes: batch });
});
