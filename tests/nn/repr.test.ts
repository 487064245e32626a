/** The text of modules: PyTorch's, to the character. */

import { describe, expect, test } from "vitest";
import * as torch from "../../src/index.js";
import { loadPart } from "../golden/cases.js";

const { nn } = torch;

/** Modules, and what PyTorch 2.13 prints for them. */
const printed: readonly (readonly [make: () => torch.nn.Module, text: string])[] = [
  [() => new nn.Identity(54, { unused: true }), "Identity()"],
  [() => new nn.Linear(3, 4, { bias: false }), "Linear(in_features=3, out_features=4, bias=False)"],
  [() => new nn.Bilinear(2, 3, 4), "Bilinear(in1_features=2, in2_features=3, out_features=4, bias=True)"],
  [() => new nn.ReLU({ inplace: true }), "ReLU(inplace=True)"],
  [() => new nn.LeakyReLU(), "LeakyReLU(negative_slope=0.01)"],
  [() => new nn.LeakyReLU(0.2, { inplace: true }), "LeakyReLU(negative_slope=0.2, inplace=True)"],
  [() => new nn.ELU(), "ELU(alpha=1.0)"],
  [() => new nn.ELU(0.5, true), "ELU(alpha=0.5, inplace=True)"],
  [() => new nn.CELU(), "CELU(alpha=1.0)"],
  [() => new nn.SELU({ inplace: true }), "SELU(inplace=True)"],
  [() => new nn.GELU(), "GELU(approximate='none')"],
  [() => new nn.GELU("tanh"), "GELU(approximate='tanh')"],
  [() => new nn.GLU(), "GLU(dim=-1)"],
  [() => new nn.Hardtanh(), "Hardtanh(min_val=-1.0, max_val=1.0)"],
  [() => new nn.Hardtanh(-2.5, 0.5, { inplace: true }), "Hardtanh(min_val=-2.5, max_val=0.5, inplace=True)"],
  [() => new nn.ReLU6(), "ReLU6()"],
  [() => new nn.ReLU6(true), "ReLU6(inplace=True)"],
  [() => new nn.Threshold(0.1, 20), "Threshold(threshold=0.1, value=20)"],
  [() => new nn.Softplus(), "Softplus(beta=1.0, threshold=20.0)"],
  [() => new nn.Softshrink(), "Softshrink(0.5)"],
  [() => new nn.Hardshrink(0.25), "Hardshrink(0.25)"],
  [() => new nn.RReLU(), "RReLU(lower=0.125, upper=0.3333333333333333)"],
  [() => new nn.PReLU(3), "PReLU(num_parameters=3)"],
  [() => new nn.Hardsigmoid(true), "Hardsigmoid()"],
  [() => new nn.Hardswish(), "Hardswish()"],
  [() => new nn.Mish(), "Mish()"],
  [() => new nn.SiLU({ inplace: true }), "SiLU(inplace=True)"],
  [() => new nn.Softsign(), "Softsign()"],
  [() => new nn.Tanhshrink(), "Tanhshrink()"],
  [() => new nn.LogSigmoid(), "LogSigmoid()"],
  [() => new nn.Softmax(), "Softmax(dim=None)"],
  [() => new nn.Softmin({ dim: 1 }), "Softmin(dim=1)"],
  [() => new nn.LogSoftmax(-1), "LogSoftmax(dim=-1)"],
  [() => new nn.Softmax2d(), "Softmax2d()"],
  [() => new nn.Dropout(), "Dropout(p=0.5, inplace=False)"],
  [() => new nn.Dropout2d(0.25, { inplace: true }), "Dropout2d(p=0.25, inplace=True)"],
  [() => new nn.AlphaDropout(0.1), "AlphaDropout(p=0.1, inplace=False)"],
  [() => new nn.Flatten(), "Flatten(start_dim=1, end_dim=-1)"],
  [() => new nn.Unflatten(1, [2, 5]), "Unflatten(dim=1, unflattened_size=(2, 5))"],
  [
    () => new nn.BatchNorm1d(4, { momentum: null }),
    "BatchNorm1d(4, eps=1e-05, momentum=None, affine=True, bias=True, track_running_stats=True)",
  ],
  [
    () => new nn.BatchNorm3d(4, { affine: false, trackRunningStats: false }),
    "BatchNorm3d(4, eps=1e-05, momentum=0.1, affine=False, bias=False, track_running_stats=False)",
  ],
  [() => new nn.InstanceNorm2d(3), "InstanceNorm2d(3, eps=1e-05, momentum=0.1, affine=False, bias=False, track_running_stats=False)"],
  [() => new nn.LayerNorm(5), "LayerNorm((5,), eps=1e-05, elementwise_affine=True, bias=True)"],
  [
    () => new nn.LayerNorm([2, 5], { eps: 0.001, elementwiseAffine: false }),
    "LayerNorm((2, 5), eps=0.001, elementwise_affine=False, bias=False)",
  ],
  [() => new nn.GroupNorm(2, 4, { bias: false }), "GroupNorm(2, 4, eps=1e-05, affine=True, bias=False)"],
  [() => new nn.RMSNorm([2, 3]), "RMSNorm((2, 3), eps=None, elementwise_affine=True)"],
  [() => new nn.LocalResponseNorm(2), "LocalResponseNorm(2, alpha=0.0001, beta=0.75, k=1.0)"],
  [
    () => new nn.Embedding(10, 3, { paddingIdx: -1, maxNorm: 1.5, normType: 1.5, scaleGradByFreq: true, sparse: true }),
    "Embedding(10, 3, padding_idx=9, max_norm=1.5, norm_type=1.5, scale_grad_by_freq=True, sparse=True)",
  ],
  [() => new nn.CosineSimilarity({ dim: 0 }), "CosineSimilarity()"],
  [() => new nn.PairwiseDistance({ p: 1.0 }), "PairwiseDistance()"],
  [() => new nn.PixelShuffle(2), "PixelShuffle(upscale_factor=2)"],
  [() => new nn.PixelUnshuffle(3), "PixelUnshuffle(downscale_factor=3)"],
  [() => new nn.ChannelShuffle(2), "ChannelShuffle(groups=2)"],
  [() => new nn.ZeroPad2d(2), "ZeroPad2d((2, 2, 2, 2))"],
  [() => new nn.ConstantPad1d([1, 2], 3.5), "ConstantPad1d(padding=(1, 2), value=3.5)"],
  [() => new nn.ReflectionPad2d([1, 2, 3, 4]), "ReflectionPad2d((1, 2, 3, 4))"],
  [() => new nn.CircularPad3d(1), "CircularPad3d((1, 1, 1, 1, 1, 1))"],
  [() => new nn.MSELoss(), "MSELoss()"],
  [() => new nn.BCELoss({ reduction: "sum" }), "BCELoss()"],
  [() => new nn.NLLLoss(), "NLLLoss()"],
  [() => new nn.KLDivLoss(), "KLDivLoss()"],
  [() => new nn.TripletMarginLoss(), "TripletMarginLoss()"],
  [
    () => new nn.ModuleList([new nn.Linear(2, 2), new nn.Linear(2, 2), new nn.ReLU()]),
    "ModuleList(\n  (0-1): 2 x Linear(in_features=2, out_features=2, bias=True)\n  (2): ReLU()\n)",
  ],
  [() => new nn.ModuleList([]), "ModuleList()"],
  [
    () => new nn.ModuleDict({ a: new nn.ReLU(), b: new nn.Sequential(new nn.Tanh()) }),
    "ModuleDict(\n  (a): ReLU()\n  (b): Sequential(\n    (0): Tanh()\n  )\n)",
  ],
  [() => new nn.ParameterList([torch.ones(2)]), "ParameterList(  (0): Parameter containing: [torch.float32 of size 2])"],
  [
    () => new nn.ParameterList([torch.ones(2), torch.ones(2, 3)]),
    "ParameterList(\n    (0): Parameter containing: [torch.float32 of size 2]\n    (1): Parameter containing: [torch.float32 of size 2x3]\n)",
  ],
  [
    () => new nn.ParameterDict({ a: torch.ones(2, 3), b: torch.ones([]) }),
    "ParameterDict(\n    (a): Parameter containing: [torch.FloatTensor of size 2x3]\n    (b): Parameter containing: [torch.FloatTensor of size ]\n)",
  ],
  [() => new nn.Sequential(), "Sequential()"],
  [
    () => new nn.Conv1d(2, 4, 3, { stride: 2, padding: "valid", dilation: 2, groups: 2, bias: false, paddingMode: "circular" }),
    "Conv1d(2, 4, kernel_size=(3,), stride=(2,), padding=valid, dilation=(2,), groups=2, bias=False, padding_mode=circular)",
  ],
  [
    () => new nn.ConvTranspose2d(2, 4, [3, 2], { stride: 2, outputPadding: 1 }),
    "ConvTranspose2d(2, 4, kernel_size=(3, 2), stride=(2, 2), output_padding=(1, 1))",
  ],
  [() => new nn.LazyConv2d(4, 3), "LazyConv2d(0, 4, kernel_size=(3, 3), stride=(1, 1))"],
  [() => new nn.MaxPool1d([3], { stride: 1, ceilMode: true }), "MaxPool1d(kernel_size=3, stride=1, padding=0, dilation=1, ceil_mode=True)"],
  [
    () => new nn.MaxPool2d([3, 2], { padding: [1, 0] }),
    "MaxPool2d(kernel_size=(3, 2), stride=(3, 2), padding=(1, 0), dilation=1, ceil_mode=False)",
  ],
  [() => new nn.AvgPool1d(2), "AvgPool1d(kernel_size=(2,), stride=(2,), padding=(0,))"],
  [() => new nn.AvgPool2d(2, [1, 2]), "AvgPool2d(kernel_size=2, stride=(1, 2), padding=0)"],
  [() => new nn.AdaptiveAvgPool2d([3, null]), "AdaptiveAvgPool2d(output_size=(3, None))"],
  [() => new nn.AdaptiveMaxPool1d(5), "AdaptiveMaxPool1d(output_size=5)"],
  [() => new nn.LPPool2d(1.5, 2), "LPPool2d(norm_type=1.5, kernel_size=2, stride=None, ceil_mode=False)"],
  [() => new nn.LPPool1d(2, 3, 2), "LPPool1d(norm_type=2, kernel_size=3, stride=2, ceil_mode=False)"],
  [() => new nn.MaxUnpool2d(2), "MaxUnpool2d(kernel_size=(2, 2), stride=(2, 2), padding=(0, 0))"],
  [() => new nn.FractionalMaxPool2d(3, { outputSize: 2 }), "FractionalMaxPool2d()"],
  [() => new nn.Upsample({ scaleFactor: 2 }), "Upsample(scale_factor=2.0, mode='nearest')"],
  [() => new nn.Upsample({ scaleFactor: [2, 3], mode: "bilinear" }), "Upsample(scale_factor=(2.0, 3.0), mode='bilinear')"],
  [() => new nn.Upsample([4, 5]), "Upsample(size=(4, 5), mode='nearest')"],
  [() => new nn.UpsamplingBilinear2d(4), "UpsamplingBilinear2d(size=4, mode='bilinear')"],
  [() => new nn.CrossMapLRN2d(3), "CrossMapLRN2d(3, alpha=0.0001, beta=0.75, k=1)"],
  [
    () => new nn.LSTM(2, 3, { numLayers: 2, dropout: 0.5, bidirectional: true, bias: false, batchFirst: true, projSize: 2 }),
    "LSTM(2, 3, proj_size=2, num_layers=2, bias=False, batch_first=True, dropout=0.5, bidirectional=True)",
  ],
  [() => new nn.RNN(2, 3, 2, "relu", { dropout: 0.25 }), "RNN(2, 3, num_layers=2, dropout=0.25)"],
  [() => new nn.RNNCell(2, 3, { nonlinearity: "relu", bias: false }), "RNNCell(2, 3, bias=False, nonlinearity=relu)"],
  [() => new nn.GRUCell(2, 3), "GRUCell(2, 3)"],
  [
    () => new nn.MultiheadAttention(4, 2, { addBiasKv: true, kdim: 3 }),
    "MultiheadAttention(\n  (out_proj): NonDynamicallyQuantizableLinear(in_features=4, out_features=4, bias=True)\n)",
  ],
  [
    () =>
      new nn.Transformer({ dModel: 4, nhead: 2, numEncoderLayers: 2, numDecoderLayers: 1, dimFeedforward: 8, activation: new nn.GELU() }),
    "Transformer(\n  (encoder): TransformerEncoder(\n    (layers): ModuleList(\n      (0-1): 2 x TransformerEncoderLayer(\n        (self_attn): MultiheadAttention(\n          (out_proj): NonDynamicallyQuantizableLinear(in_features=4, out_features=4, bias=True)\n        )\n        (linear1): Linear(in_features=4, out_features=8, bias=True)\n        (dropout): Dropout(p=0.1, inplace=False)\n        (linear2): Linear(in_features=8, out_features=4, bias=True)\n        (norm1): LayerNorm((4,), eps=1e-05, elementwise_affine=True, bias=True)\n        (norm2): LayerNorm((4,), eps=1e-05, elementwise_affine=True, bias=True)\n        (dropout1): Dropout(p=0.1, inplace=False)\n        (dropout2): Dropout(p=0.1, inplace=False)\n        (activation): GELU(approximate='none')\n      )\n    )\n    (norm): LayerNorm((4,), eps=1e-05, elementwise_affine=True, bias=True)\n  )\n  (decoder): TransformerDecoder(\n    (layers): ModuleList(\n      (0): TransformerDecoderLayer(\n        (self_attn): MultiheadAttention(\n          (out_proj): NonDynamicallyQuantizableLinear(in_features=4, out_features=4, bias=True)\n        )\n        (multihead_attn): MultiheadAttention(\n          (out_proj): NonDynamicallyQuantizableLinear(in_features=4, out_features=4, bias=True)\n        )\n        (linear1): Linear(in_features=4, out_features=8, bias=True)\n        (dropout): Dropout(p=0.1, inplace=False)\n        (linear2): Linear(in_features=8, out_features=4, bias=True)\n        (norm1): LayerNorm((4,), eps=1e-05, elementwise_affine=True, bias=True)\n        (norm2): LayerNorm((4,), eps=1e-05, elementwise_affine=True, bias=True)\n        (norm3): LayerNorm((4,), eps=1e-05, elementwise_affine=True, bias=True)\n        (dropout1): Dropout(p=0.1, inplace=False)\n        (dropout2): Dropout(p=0.1, inplace=False)\n        (dropout3): Dropout(p=0.1, inplace=False)\n        (activation): GELU(approximate='none')\n      )\n    )\n    (norm): LayerNorm((4,), eps=1e-05, elementwise_affine=True, bias=True)\n  )\n)",
  ],
  [() => new nn.Unfold([2, 3], { padding: [1, 2] }), "Unfold(kernel_size=(2, 3), dilation=1, padding=(1, 2), stride=1)"],
  [() => new nn.Fold([4, 5], 2, { stride: 2 }), "Fold(output_size=(4, 5), kernel_size=2, dilation=1, padding=0, stride=2)"],
];

describe("modules print as PyTorch's do", () => {
  for (const [make, text] of printed) {
    test(text.split("\n")[0] as string, () => {
      expect(String(make())).toBe(text);
    });
  }
});

/** The modules among the measured texts, as TypeScript writes them. */
const golden: Readonly<Record<string, () => torch.nn.Module>> = {
  "nn.Linear(3, 4)": () => new nn.Linear(3, 4),
  "nn.Sequential(nn.Linear(1, 5), nn.ReLU(), nn.Dropout(0.3), nn.Softmax(dim=1))": () =>
    new nn.Sequential(new nn.Linear(1, 5), new nn.ReLU(), new nn.Dropout(0.3), new nn.Softmax({ dim: 1 })),
  "nn.Conv2d(1, 6, 5, padding=2)": () => new nn.Conv2d(1, 6, 5, { padding: 2 }),
  "nn.LSTM(3, 4, num_layers=2, batch_first=True)": () => new nn.LSTM(3, 4, { numLayers: 2, batchFirst: true }),
  "nn.TransformerEncoderLayer(8, 2)": () => new nn.TransformerEncoderLayer(8, 2),
  "nn.MaxPool2d(2)": () => new nn.MaxPool2d(2),
  "nn.BatchNorm2d(8)": () => new nn.BatchNorm2d(8),
  "nn.Embedding(10, 3)": () => new nn.Embedding(10, 3),
  "nn.ModuleList([nn.Linear(2, 2), nn.Tanh()])": () => new nn.ModuleList([new nn.Linear(2, 2), new nn.Tanh()]),
  "nn.CrossEntropyLoss()": () => new nn.CrossEntropyLoss(),
};

describe("measured texts", () => {
  for (const { python, text } of loadPart<readonly { python: string; text: string }[]>("reprs")) {
    const make = golden[python];
    if (make !== undefined) test(python, () => expect(String(make())).toBe(text));
  }
});

test("modules nest with indentation, and say several things on lines of their own", () => {
  class Inner extends nn.Module {
    layer = new nn.ReLU();
    override extraRepr(): string {
      return "first=1\nsecond=2";
    }
  }
  class Outer extends nn.Module {
    inner = new Inner();
    list = new nn.ModuleList([new Inner(), new Inner()]);
    constructor() {
      super();
      this.addModule("absent", null);
    }
  }
  expect(String(new Outer())).toBe(`Outer(
  (inner): Inner(
    first=1
    second=2
    (layer): ReLU()
  )
  (list): ModuleList(
    (0-1): 2 x Inner(
      first=1
      second=2
      (layer): ReLU()
    )
  )
  (absent): None
)`);
});
