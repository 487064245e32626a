/** Attention, transformers and what PyTorch's module database lacks: outputs in float64 as `composed.py` measured them, and derivatives. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";

const { nn } = torch;

interface Expected {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

const expected: Readonly<Record<string, readonly Expected[]>> = JSON.parse(
  readFileSync(new URL("./composed.json", import.meta.url), "utf8"),
);

function numbers(shape: readonly number[], step = 7): torch.Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const data = Array.from({ length: count }, (_, i) => ((i * step) % 11) / 10 - 0.45);
  return torch.tensor(data, { dtype: torch.float64 }).view(shape);
}

function filled<M extends torch.nn.Module>(module: M): M {
  module.double();
  module.parameters().forEach((parameter, k) => {
    torch.noGrad(() => parameter.copy_(numbers(parameter.shape, 7 + (k % 3))));
  });
  return module;
}

const x = numbers([4, 2, 6]);
const y = numbers([3, 2, 6], 5);
const late = torch.tensor([
  [false, false, false, true],
  [false, false, true, true],
]);
const mask = (size: number): torch.Tensor => nn.Transformer.generateSquareSubsequentMask(size, { dtype: torch.float64 });
const small = { dimFeedforward: 5, dropout: 0 };
const images = numbers([2, 4, 5, 6]);
const signals = numbers([2, 3, 7]);

const cases: Readonly<Record<string, () => readonly (torch.Tensor | null)[]>> = {
  "attention of other sizes": () => {
    const module = filled(new nn.MultiheadAttention(6, 2, { kdim: 3, vdim: 2, batchFirst: true }));
    const masks = { keyPaddingMask: late, attnMask: numbers([3, 4]), averageAttnWeights: false };
    return module(numbers([2, 3, 6]), numbers([2, 4, 3]), numbers([2, 4, 2]), masks);
  },
  "attention with additions": () => {
    const module = filled(new nn.MultiheadAttention(6, 3, { addBiasKv: true, addZeroAttn: true, bias: false }));
    return module(y, x, x, { attnMask: numbers([6, 3, 4]).gt(0.2) });
  },
  "attention without weights": () => [
    filled(new nn.MultiheadAttention(6, 3))(x, x, x, { needWeights: false, attnMask: mask(4), isCausal: true })[0],
  ],
  encoder: () => {
    const layer = new nn.TransformerEncoderLayer(6, 2, { activation: "gelu", ...small });
    return [filled(new nn.TransformerEncoder(layer, 2, new nn.LayerNorm(6)))(x, { mask: mask(4), srcKeyPaddingMask: late })];
  },
  decoder: () => {
    const layer = new nn.TransformerDecoderLayer(6, 2, { normFirst: true, ...small });
    const masks = { tgtMask: mask(4), tgtIsCausal: true, memoryKeyPaddingMask: late.narrow(1, 1, 3) };
    return [filled(new nn.TransformerDecoder(layer, 2))(x, y, masks)];
  },
  transformer: () => [filled(new nn.Transformer(6, 2, 1, 2, small))(x, y, { srcKeyPaddingMask: late, tgtMask: mask(3) })],
  "circular padding": () => [filled(new nn.Conv1d(3, 2, 3, { padding: 2, paddingMode: "circular" }))(signals)],
  "reflected padding to the same size": () => [
    filled(new nn.Conv2d(4, 2, [2, 3], { padding: "same", dilation: 2, groups: 2, paddingMode: "reflect" }))(images),
  ],
  "transposed to a size": () => [filled(new nn.ConvTranspose2d(4, 2, 3, { stride: 2, padding: 1 }))(images, [10, 11])],
  "response, odd": () => [new nn.CrossMapLRN2d(3, { alpha: 0.5 })(images)],
  "response, even": () => [new nn.CrossMapLRN2d(4, { alpha: 0.5, k: 2 })(images)],
  "linear cross entropy": () => {
    const loss = new nn.LinearCrossEntropyLoss(6, 4, { outFeatures: [3], bias: true, labelSmoothing: 0.1 });
    const target = torch.tensor([
      [0n, 1n, 3n],
      [2n, 2n, 0n],
    ]);
    return [filled(loss)(x.select(0, 0), target)];
  },
  unpooled: () => {
    const { output, indices } = new nn.MaxPool2d(2, { returnIndices: true })(images);
    return [new nn.MaxUnpool2d(2)(output, indices, images.shape)];
  },
  fractional: () => [new nn.FractionalMaxPool2d(2, { outputSize: 3, _randomSamples: numbers([2, 4, 2]).add(0.5) })(images)],
  upsampled: () => [new nn.Upsample({ scaleFactor: [1.5, 2], mode: "bilinear" })(images)],
  "corners aligned": () => [new nn.UpsamplingBilinear2d(4)(images)],
  "dropout between layers, packed": () => {
    const lstm = filled(new nn.LSTM(6, 3, 2, { dropout: 0.5, bidirectional: true }));
    torch.manualSeed(3);
    const [output, states] = lstm(nn.utils.rnn.packPaddedSequence(x, [2, 4], { enforceSorted: false }));
    return [output.data, ...states];
  },
  "dropout between layers": () => {
    const gru = filled(new nn.GRU(6, 3, 2, { dropout: 0.5 }));
    torch.manualSeed(3);
    return gru(x);
  },
};

describe("outputs", () => {
  test.each(Object.entries(cases))("%s", (name, make) => {
    const made = make().filter((tensor) => tensor !== null);
    const wanted = expected[name] ?? [];
    expect(made.map(({ shape }) => [...shape])).toEqual(wanted.map(({ shape }) => shape));
    made.forEach((tensor, i) => {
      const off = tensor.sub(torch.tensor([...(wanted[i] as Expected).data], { dtype: torch.float64 }).view(tensor.shape));
      expect(off.abs().max().item()).toBeLessThan(1e-7);
    });
  });
});

test("derivatives of attention", () => {
  const module = filled(new nn.MultiheadAttention(4, 2, { kdim: 3, addBiasKv: true }));
  const inputs = [numbers([2, 1, 4]), numbers([3, 1, 3]), numbers([3, 1, 4])].map((tensor) => tensor.requiresGrad_());
  const run = (q: torch.Tensor, k: torch.Tensor, v: torch.Tensor): readonly (torch.Tensor | null)[] => module(q, k, v);
  expect(torch.autograd.gradcheck(run, inputs)).toBe(true);
  expect(torch.autograd.gradgradcheck(run, inputs)).toBe(true);
});

test("everything runs without data", () => {
  const meta = { device: "meta" };
  const at = (...shape: number[]): torch.Tensor => torch.zeros(shape, meta);
  const made: readonly (readonly [torch.Tensor, readonly number[]])[] = [
    [new nn.Conv2d(4, 2, 3, meta)(at(2, 4, 5, 6)), [2, 2, 3, 4]],
    [new nn.ConvTranspose2d(4, 2, 3, meta)(at(2, 4, 5, 6)), [2, 2, 7, 8]],
    [new nn.LazyConv1d(2, 3, meta)(at(4, 5)), [2, 3]],
    [new nn.MaxPool2d(2)(at(2, 4, 5, 6)), [2, 4, 2, 3]],
    [new nn.AdaptiveAvgPool2d([1, null])(at(2, 4, 5, 6)), [2, 4, 1, 6]],
    [new nn.LPPool2d(2, 2)(at(2, 4, 5, 6)), [2, 4, 2, 3]],
    [new nn.Upsample({ scaleFactor: 2 })(at(2, 4, 5, 6)), [2, 4, 10, 12]],
    [
      new nn.Transformer({ dModel: 4, nhead: 2, numEncoderLayers: 1, numDecoderLayers: 1, dimFeedforward: 3, ...meta })(
        at(5, 1, 4),
        at(3, 1, 4),
      ),
      [3, 1, 4],
    ],
    [new nn.LSTM(2, 3, meta)(at(5, 1, 2))[0], [5, 1, 3]],
    [new nn.GRUCell(2, 3, meta)(at(5, 2)), [5, 3]],
  ];
  for (const [tensor, shape] of made) {
    expect(tensor.device.type).toBe("meta");
    expect([...tensor.shape]).toEqual(shape);
  }
});

test("wrappers of one device", () => {
  const norm = new nn.BatchNorm2d(3);
  const converted = nn.SyncBatchNorm.convertSyncBatchnorm(new nn.Sequential(new nn.Conv2d(1, 3, 2), norm));
  expect(Object.keys(converted.stateDict())).toContain("1.running_mean");
  expect(converted.getParameter("1.weight")).toBe(norm.weight);
  const wrapped = new nn.DataParallel(new nn.Linear(2, 1));
  expect(wrapped(torch.ones(3, 2)).shape).toEqual([3, 1]);
  expect(Object.keys(wrapped.stateDict())).toEqual(["module.weight", "module.bias"]);
  expect(() => new nn.SyncBatchNorm(3)(torch.zeros(3))).toThrow(/expected at least 2D input \(got 1D input\)/);
});

test("arguments are checked", () => {
  expect(() => new nn.MultiheadAttention(5, 2)).toThrow(/embed_dim must be divisible by num_heads, got 5 and 2/);
  expect(() => new nn.Conv2d(3, 4, 3, { groups: 2 })).toThrow(/Conv2d: in_channels must be divisible by groups, got 3 and 2/);
  expect(() => new nn.Conv2d(2, 2, 3, { padding: "same", stride: 2 })).toThrow(/padding='same' is not supported for strided convolutions/);
  expect(() => new nn.ConvTranspose1d(2, 2, 3, { stride: 2 })(torch.zeros(2, 4), [12])).toThrow(/valid sizes range from \[9\] to \[10\]/);
  expect(() => new nn.LazyConv2d(2, 3)(torch.zeros(4, 5))).toThrow(/LazyConv2d: Expected 3D \(unbatched\) or 4D \(batched\) input/);
  expect(() => new nn.FractionalMaxPool2d(2)).toThrow(/requires specifying either an output size, or a pooling ratio/);
  expect(() => new nn.Transformer(4, 2, 1, 1, 3)(torch.zeros(2, 1, 4), torch.zeros(2, 2, 4))).toThrow(
    /batch number of src and tgt must be equal/,
  );
  // @ts-expect-error no such activation
  expect(() => new nn.TransformerEncoderLayer(4, 2, { activation: "tanh" })).toThrow(/activation should be relu\/gelu, not tanh/);
});
