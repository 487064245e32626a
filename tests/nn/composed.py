"""What PyTorch gives for modules whose cases are not among its module database: writes composed.json beside this file."""

import json
import pathlib
import warnings

import torch
from torch import nn

warnings.simplefilter("ignore")


def numbers(*shape, step=7):
    count = 1
    for size in shape:
        count *= size
    return ((torch.arange(count) * step % 11).double() / 10 - 0.45).reshape(shape)


def filled(module):
    module = module.double()
    for k, parameter in enumerate(module.parameters()):
        with torch.no_grad():
            parameter.copy_(numbers(*parameter.shape, step=7 + k % 3))
    return module


x = numbers(4, 2, 6)
y = numbers(3, 2, 6, step=5)
late = torch.tensor([[False, False, False, True], [False, False, True, True]])
causal = nn.Transformer.generate_square_subsequent_mask(4, dtype=torch.float64)
small = dict(dim_feedforward=5, dropout=0.0)
images = numbers(2, 4, 5, 6)
signals = numbers(2, 3, 7)


def attention_of_other_sizes():
    module = filled(nn.MultiheadAttention(6, 2, kdim=3, vdim=2, batch_first=True))
    return module(numbers(2, 3, 6), numbers(2, 4, 3), numbers(2, 4, 2), key_padding_mask=late, attn_mask=numbers(3, 4), average_attn_weights=False)


def attention_with_additions():
    module = filled(nn.MultiheadAttention(6, 3, add_bias_kv=True, add_zero_attn=True, bias=False))
    return module(y, x, x, attn_mask=numbers(6, 3, 4) > 0.2)


def attention_without_weights():
    return filled(nn.MultiheadAttention(6, 3))(x, x, x, need_weights=False, attn_mask=causal, is_causal=True)[0]


def encoder():
    layer = nn.TransformerEncoderLayer(6, 2, activation="gelu", **small)
    module = filled(nn.TransformerEncoder(layer, 2, nn.LayerNorm(6)))
    return module(x, mask=causal, src_key_padding_mask=late)


def decoder():
    layer = nn.TransformerDecoderLayer(6, 2, norm_first=True, **small)
    return filled(nn.TransformerDecoder(layer, 2))(x, y, tgt_mask=causal, tgt_is_causal=True, memory_key_padding_mask=late[:, 1:])


def transformer():
    module = filled(nn.Transformer(6, 2, 1, 2, **small))
    return module(x, y, src_key_padding_mask=late, tgt_mask=nn.Transformer.generate_square_subsequent_mask(3, dtype=torch.float64))


def unpooled():
    out, indices = nn.MaxPool2d(2, return_indices=True)(images)
    return nn.MaxUnpool2d(2)(out, indices, output_size=images.shape)


def dropped():
    lstm = filled(nn.LSTM(6, 3, 2, dropout=0.5, bidirectional=True))
    torch.manual_seed(3)
    packed = nn.utils.rnn.pack_padded_sequence(x, [2, 4], enforce_sorted=False)
    output, (h, c) = lstm(packed)
    return output.data, h, c


def dropped_padded():
    gru = filled(nn.GRU(6, 3, 2, dropout=0.5))
    torch.manual_seed(3)
    return gru(x)


cases = {
    "attention of other sizes": attention_of_other_sizes,
    "attention with additions": attention_with_additions,
    "attention without weights": attention_without_weights,
    "encoder": encoder,
    "decoder": decoder,
    "transformer": transformer,
    "circular padding": lambda: filled(nn.Conv1d(3, 2, 3, padding=2, padding_mode="circular"))(signals),
    "reflected padding to the same size": lambda: filled(nn.Conv2d(4, 2, (2, 3), padding="same", dilation=2, groups=2, padding_mode="reflect"))(images),
    "transposed to a size": lambda: filled(nn.ConvTranspose2d(4, 2, 3, stride=2, padding=1))(images, output_size=[10, 11]),
    "response, odd": lambda: nn.CrossMapLRN2d(3, alpha=0.5)(images),
    "response, even": lambda: nn.CrossMapLRN2d(4, alpha=0.5, k=2)(images),
    "linear cross entropy": lambda: filled(nn.LinearCrossEntropyLoss(6, 4, out_features=(3,), bias=True, label_smoothing=0.1))(x[0], torch.tensor([[0, 1, 3], [2, 2, 0]])),
    "unpooled": unpooled,
    "fractional": lambda: nn.FractionalMaxPool2d(2, output_size=3, _random_samples=numbers(2, 4, 2) + 0.5)(images),
    "upsampled": lambda: nn.Upsample(scale_factor=(1.5, 2), mode="bilinear")(images),
    "corners aligned": lambda: nn.UpsamplingBilinear2d(4)(images),
    "dropout between layers, packed": dropped,
    "dropout between layers": dropped_padded,
}


def flat(out):
    if isinstance(out, torch.Tensor):
        return [{"shape": list(out.shape), "data": [float(f"{value:.9g}") for value in out.flatten().tolist()]}]
    return [one for part in out for one in flat(part)]


def run(case):
    return flat(case())


path = pathlib.Path(__file__).with_name("composed.json")
path.write_text(json.dumps({name: run(case) for name, case in cases.items()}) + "\n")
