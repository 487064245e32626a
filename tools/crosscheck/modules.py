"""Random configurations of every module of torch.nn: `python tools/crosscheck/modules.py OUT [ROUNDS [SEED]]` writes what PyTorch makes of them."""

import random
import sys
import warnings

import torch
from torch import nn

from describe import described, flat, weights, write

warnings.simplefilter("ignore")
rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 0)
pick = rng.choice
maybe = lambda value, otherwise=None: pick([value, otherwise])
flag = lambda: pick([True, False])
size = lambda low=1, high=4: rng.randint(low, high)


def x(*shape, grad=True, low=None, high=None):
    made = torch.randn(shape) if low is None else torch.rand(shape) * (high - low) + low
    return made.requires_grad_(grad)


def labels(*shape, classes):
    return torch.randint(0, classes, shape)


def spread(n, low, high):
    """One number for all dimensions, or one for each."""
    if n == 1:
        return size(low, high)
    return maybe(size(low, high), [size(low, high) for _ in range(n)])


def listed(value, n):
    return value if isinstance(value, list) else [value] * n


def conv(n, transposed=False):
    groups = pick([1, 1, 2])
    cin, cout = groups * size(1, 2), groups * size(1, 2)
    kernel, dilation = spread(n, 1, 3), spread(n, 1, 2)
    named = {"dilation": dilation, "groups": groups, "bias": flag()}
    stride = spread(n, 1, 3)
    if transposed:
        named |= {"stride": stride, "padding": spread(n, 0, 1)}
        limit = [max(s, d) for s, d in zip(listed(stride, n), listed(dilation, n))]
        named["output_padding"] = [rng.randrange(0, one) for one in limit]
    else:
        named["padding_mode"] = pick(["zeros", "zeros", "reflect", "replicate", "circular"])
        kind = pick(["number", "number", "same", "valid"])
        named["padding"] = spread(n, 0, 2) if kind == "number" else kind
        named["stride"] = 1 if kind == "same" else stride
    extent = [size(6, 9) for _ in range(n)]
    return [cin, cout, kernel], named, [x(*maybe([2], []), cin, *extent)]


def pool(n, **more):
    kernel = spread(n, 2, 3)
    named = {"stride": maybe(spread(n, 1, 3)), "padding": rng.randint(0, 1), "ceil_mode": flag()} | {k: v() for k, v in more.items()}
    return [kernel], named, [x(*maybe([2], []), size(1, 3), *[size(5, 8) for _ in range(n)])]


def unpool(n):
    kernel, stride = 2, 2
    image = x(2, 3, *[size(2, 3) * 2 for _ in range(n)], grad=False)
    made, indices = getattr(nn, f"MaxPool{n}d")(kernel, stride, return_indices=True)(image)
    return [kernel], {"stride": stride}, [made.requires_grad_(), indices]


def adaptive(n, **more):
    out = pick([size(1, 4), [pick([size(1, 4), None]) for _ in range(n)]]) if n > 1 else size(1, 4)
    return [out], {k: v() for k, v in more.items()}, [x(*maybe([2], []), size(1, 3), *[size(4, 7) for _ in range(n)])]


def fractional(n):
    named = pick([{"output_size": size(2, 3)}, {"output_ratio": pick([0.5, 0.6])}]) | {"return_indices": flag()}
    return [2], named, [x(2, 3, *[size(6, 8) for _ in range(n)])]


def norm(n):
    c = size(1, 4)
    shape = [3, c] + [size(2, 4) for _ in range(n)] if n else pick([[4, c], [3, c, 5]])
    return [c], {"eps": pick([1e-5, 1e-2]), "momentum": pick([0.1, 0.3, None]), "affine": flag(), "track_running_stats": flag()}, [x(*shape)]


def instance(n):
    c = size(1, 4)
    named = {"eps": pick([1e-5, 1e-2]), "momentum": pick([0.1, 0.3]), "affine": flag(), "track_running_stats": flag()}
    return [c], named, [x(*maybe([3], []), c, *[size(2, 5) for _ in range(n)])]


def group():
    groups = size(1, 3)
    c = groups * size(1, 2)
    return [groups, c], {"eps": pick([1e-5, 1e-2]), "affine": flag()}, [x(3, c, *[size(2, 4) for _ in range(size(1, 3))])]


def layer(**more):
    shape = [size(3, 5) for _ in range(size(1, 3))]
    named = {"eps": pick([1e-5, 1e-2]), "elementwise_affine": flag()} | {k: v() for k, v in more.items()}
    return [maybe(shape, shape[0]) if len(shape) == 1 else shape], named, [x(size(2, 3), *shape)]


def pointwise(*args, low=None, high=None, **named):
    return lambda: ([v() if callable(v) else v for v in args], {k: v() for k, v in named.items()}, [x(*[size(1, 5) for _ in range(size(1, 4))], low=low, high=high)])


def along(**named):
    def make():
        shape = [size(2, 5) for _ in range(size(2, 4))]
        return [], {"dim": pick([0, 1, -1])} | {k: v() for k, v in named.items()}, [x(*shape)]
    return make


def dropout(n=None):
    shape = [size(2, 5) for _ in range(size(1, 4))] if n is None else maybe([3], []) + [4] + [size(3, 5) for _ in range(n)]
    return [], {"p": pick([0.0, 0.25, 0.5, 0.9, 1.0]), "inplace": False}, [x(*shape)]


def embedding():
    count, dim = size(4, 8), size(2, 4)
    named = {"padding_idx": maybe(rng.randint(-count, count - 1)), "max_norm": maybe(0.8), "norm_type": pick([1.0, 2.0, 3.0]), "scale_grad_by_freq": flag()}
    return [count, dim], named, [labels(*[size(1, 4) for _ in range(size(1, 3))], classes=count)]


def embedding_bag():
    count, dim, mode = size(4, 8), size(2, 4), pick(["sum", "mean", "max"])
    last = flag()
    named = {"mode": mode, "include_last_offset": last, "padding_idx": maybe(rng.randint(0, count - 1)), "max_norm": maybe(0.8)}
    if flag():
        return [count, dim], named, [labels(3, 4, classes=count)]
    inputs = [labels(7, classes=count), torch.tensor([0, 2, 2, 5] + ([7] if last else []))]
    return [count, dim], named, inputs + ([x(7)] if mode == "sum" and flag() else [])


def recurrent(**more):
    inp, hidden, layers = size(1, 4), size(2, 4), size(1, 3)
    named = {"num_layers": layers, "bias": flag(), "batch_first": flag(), "dropout": pick([0.0, 0.4]) if layers > 1 else 0.0, "bidirectional": flag()}
    named |= {k: v(hidden) for k, v in more.items()}
    named = {k: v for k, v in named.items() if v is not None}
    batched = flag()
    steps, batch = size(1, 4), size(1, 3)
    shape = ([batch, steps] if named["batch_first"] else [steps, batch]) if batched else [steps]
    inputs = [x(*shape, inp)]
    if flag():
        count = layers * (2 if named["bidirectional"] else 1)
        lead = [count, batch] if batched else [count]
        if "proj_size" in more:
            inputs.append((x(*lead, named.get("proj_size") or hidden), x(*lead, hidden)))
        else:
            inputs.append(x(*lead, hidden))
    return [inp, hidden], named, inputs


def cell(lstm=False, **more):
    inp, hidden = size(1, 4), size(2, 4)
    lead = maybe([3], [])
    inputs = [x(*lead, inp)]
    if flag():
        state = x(*lead, hidden)
        inputs.append((state, x(*lead, hidden)) if lstm else state)
    return [inp, hidden], {"bias": flag()} | {k: v() for k, v in more.items()}, inputs


def attention():
    heads = size(1, 3)
    embed = heads * size(1, 3)
    kdim, vdim = maybe(size(2, 5)), maybe(size(2, 5))
    first = flag()
    named = {"dropout": pick([0.0, 0.0, 0.3]), "bias": flag(), "add_bias_kv": flag(), "add_zero_attn": flag(), "kdim": kdim, "vdim": vdim, "batch_first": first}
    batched = flag()
    target, source, batch = size(2, 4), size(2, 4), size(1, 3)
    lead = lambda length: ([batch, length] if first else [length, batch]) if batched else [length]
    padding = maybe(torch.rand(*([batch] if batched else []), source) < 0.3)
    mask = pick([None, torch.rand(target, source) < 0.2, torch.randn(target, source)])
    if padding is not None and mask is not None and mask.dtype != torch.bool:
        padding = None  # mixing is deprecated
    inputs = [x(*lead(target), embed), x(*lead(source), kdim or embed), x(*lead(source), vdim or embed), padding, flag(), mask, flag()]
    return [embed, heads], named, inputs


def transformer_layer(decoder=False):
    heads = size(1, 2)
    d = heads * size(3, 5)
    first = flag()
    named = {"dim_feedforward": size(3, 8), "dropout": pick([0.0, 0.2]), "activation": pick(["relu", "gelu"]), "layer_norm_eps": pick([1e-5, 1e-3]), "batch_first": first, "norm_first": flag(), "bias": flag()}
    lead = lambda length: [2, length] if first else [length, 2]
    mask = maybe(torch.rand(3, 3) < 0.2)
    if mask is not None:
        mask.fill_diagonal_(False)
    inputs = [x(*lead(3), d)]
    if decoder:
        inputs.append(x(*lead(4), d))
    return [d, heads], named, inputs + [mask]


def transformer():
    heads = size(1, 2)
    d = heads * 4
    first = flag()
    named = {"nhead": heads, "num_encoder_layers": size(1, 2), "num_decoder_layers": size(1, 2), "dim_feedforward": size(3, 6), "dropout": pick([0.0, 0.2]), "activation": pick(["relu", "gelu"]), "batch_first": first, "norm_first": flag(), "bias": flag()}
    lead = lambda length: [2, length] if first else [length, 2]
    return [d], named, [x(*lead(3), d), x(*lead(4), d)]


reduction = lambda: pick(["mean", "sum", "none"])


def loss(target, low=None, high=None, **named):
    def make():
        shape = [size(1, 4) for _ in range(size(1, 3))]
        return [], {"reduction": reduction()} | {k: v() for k, v in named.items()}, [x(*shape, low=low, high=high), target(shape)]
    return make


def cross_entropy(nll=False):
    classes, batch = size(2, 5), size(1, 4)
    extent = [size(1, 3) for _ in range(size(0, 2))]
    named = {"weight": maybe(torch.rand(classes)), "reduction": reduction(), "ignore_index": pick([-100, 0])}
    logits = x(batch, classes, *extent)
    target = labels(batch, *extent, classes=classes)
    if not nll:
        named["label_smoothing"] = pick([0.0, 0.2])
        if flag():
            target = torch.softmax(torch.randn(batch, classes, *extent), 1)
            named.pop("ignore_index")
    if nll or named.get("ignore_index") == 0 or target.dtype == torch.int64:
        target.view(-1)[0] = 1 if target.dtype == torch.int64 else target.view(-1)[0]
    return [], named, [logits, target]


def bce(logits):
    shape = [size(1, 4), size(1, 4)]
    named = {"weight": maybe(torch.rand(shape)), "reduction": reduction()}
    if logits:
        named["pos_weight"] = maybe(torch.rand(shape[-1]))
    return [], named, [x(*shape, low=0.05, high=0.95) if not logits else x(*shape), torch.rand(shape)]


def signs(shape):
    return torch.randint(0, 2, shape) * 2.0 - 1


def pairs(classes=None):
    return [size(2, 4), size(2, 4)]


def triplet(**named):
    shape = pairs()
    return [], {"margin": pick([0.5, 1.0]), "swap": flag(), "reduction": reduction()} | named, [x(*shape), x(*shape), x(*shape)]


def ctc():
    steps, batch, classes = 6, size(1, 3), 4
    log_probs = torch.randn(steps, batch, classes).log_softmax(2).requires_grad_()
    return [], {"blank": pick([0, 3]), "reduction": reduction(), "zero_infinity": flag()}, [
        log_probs, torch.randint(1, 3, (batch, 3)), torch.randint(5, 7, (batch,)), torch.randint(1, 4, (batch,))]


def upsample():
    n = size(1, 3)
    mode = pick(["nearest", {1: "linear", 2: pick(["bilinear", "bicubic"]), 3: "trilinear"}[n]])
    extent = [size(2, 4) for _ in range(n)]
    named = pick([{"size": [size(2, 7) for _ in range(n)]}, {"scale_factor": pick([2, 1.5, 0.7])}]) | {"mode": mode}
    if mode != "nearest":
        named["align_corners"] = flag()
    if "scale_factor" in named:
        named["recompute_scale_factor"] = maybe(True)
    return [], named, [x(2, 2, *extent)]


def unfold():
    kernel = spread(2, 1, 3)
    named = {"dilation": spread(2, 1, 2), "padding": spread(2, 0, 1), "stride": spread(2, 1, 2)}
    return [kernel], named, [x(*maybe([2], []), 2, size(5, 7), size(5, 7))]


def fold():
    while True:
        (kernel,), named, _ = unfold()
        out = [size(5, 7), size(5, 7)]
        k, d, p, s = (listed(v, 2) for v in (kernel, named["dilation"], named["padding"], named["stride"]))
        blocks = [(o + 2 * pp - dd * (kk - 1) - 1) // ss + 1 for o, pp, dd, kk, ss in zip(out, p, d, k, s)]
        if min(blocks) > 0:
            return [out, kernel], named, [x(2, 2 * k[0] * k[1], blocks[0] * blocks[1])]


def padding(n, negative=True, value=False):
    amounts = [rng.randint(-1 if negative else 0, 2) for _ in range(2 * n)]
    return [maybe(amounts, size(0, 2))] + ([pick([0.0, 1.5])] if value else []), {}, [x(*maybe([2], []), 2, *[size(4, 6) for _ in range(n)])]


def adaptive_softmax():
    d, classes = size(4, 6), size(6, 9)
    cutoffs = sorted(rng.sample(range(1, classes), size(1, 3)))
    return [d, classes, cutoffs], {"div_value": pick([1.5, 2.0, 4.0]), "head_bias": flag()}, [x(5, d), labels(5, classes=classes)]


def shuffled(kind):
    r = size(1, 3)
    if kind == "shuffle":
        return [r], {}, [x(2, 2 * r * r, 3, 2)]
    if kind == "unshuffle":
        return [r], {}, [x(2, 2, 3 * r, 2 * r)]
    return [r], {}, [x(2, 2 * r, 3, 2)]


def linear_like(lazy=False):
    inp, out = size(1, 5), size(1, 5)
    return [out] if lazy else [inp, out], {"bias": flag()}, [x(*[size(1, 3) for _ in range(size(0, 3))], inp)]


def lazy(make, drop):
    def made():
        args, named, inputs = make()
        return args[drop:], named, inputs
    return made


def multi_label():
    n, c = size(1, 3), size(3, 5)
    target = torch.full((n, c), -1)
    for row in target:
        chosen = rng.sample(range(c), size(0, c))
        row[: len(chosen)] = torch.tensor(chosen)
    return [], {"reduction": reduction()}, [x(n, c), target]


def multi_margin():
    n, c = size(1, 4), size(2, 5)
    return [], {"p": pick([1, 2]), "margin": pick([0.5, 1.0]), "weight": maybe(torch.rand(c)), "reduction": reduction()}, [x(n, c), labels(n, classes=c)]


def unflatten():
    return [1, [2, 3]], {}, [x(2, 6, *maybe([2], []))]


def flatten():
    start = pick([0, 1])
    return [start, pick([-1, 2])], {}, [x(2, 3, 2, 2)]


modules = {
    "Linear": linear_like, "LazyLinear": lambda: linear_like(True), "Identity": pointwise(),
    "Bilinear": lambda: (lambda a, b: ([a, b, size(1, 3)], {"bias": flag()}, [x(3, a), x(3, b)]))(size(), size()),
    **{f"Conv{n}d": (lambda n=n: conv(n)) for n in (1, 2, 3)}, **{f"ConvTranspose{n}d": (lambda n=n: conv(n, True)) for n in (1, 2, 3)},
    **{f"LazyConv{n}d": lazy(lambda n=n: conv(n), 1) for n in (1, 2, 3)}, **{f"LazyConvTranspose{n}d": lazy(lambda n=n: conv(n, True), 1) for n in (1, 2, 3)},
    **{f"MaxPool{n}d": (lambda n=n: pool(n, dilation=lambda: size(1, 2), return_indices=flag)) for n in (1, 2, 3)},
    **{f"AvgPool{n}d": (lambda n=n: pool(n, count_include_pad=flag, **({"divisor_override": lambda: maybe(3)} if n > 1 else {}))) for n in (1, 2, 3)},
    **{f"LPPool{n}d": (lambda n=n: ([pick([1.0, 2.0, 3.0]), 2], {"stride": maybe(2), "ceil_mode": flag()}, [x(2, 2, *[size(4, 6) for _ in range(n)], low=0.1, high=2)])) for n in (1, 2, 3)},
    **{f"MaxUnpool{n}d": (lambda n=n: unpool(n)) for n in (1, 2, 3)},
    **{f"AdaptiveAvgPool{n}d": (lambda n=n: adaptive(n)) for n in (1, 2, 3)}, **{f"AdaptiveMaxPool{n}d": (lambda n=n: adaptive(n, return_indices=flag)) for n in (1, 2, 3)},
    **{f"FractionalMaxPool{n}d": (lambda n=n: fractional(n)) for n in (2, 3)},
    **{f"BatchNorm{n}d": (lambda n=n: norm(n if n > 1 else 0)) for n in (1, 2, 3)}, **{f"LazyBatchNorm{n}d": lazy(lambda n=n: norm(n if n > 1 else 0), 1) for n in (1, 2, 3)},
    **{f"InstanceNorm{n}d": (lambda n=n: instance(n)) for n in (1, 2, 3)},
    "GroupNorm": group, "LayerNorm": lambda: layer(bias=flag), "RMSNorm": layer,
    "LocalResponseNorm": lambda: ([size(1, 4)], {"alpha": pick([1e-4, 0.1]), "beta": pick([0.75, 0.5]), "k": pick([1.0, 2.0])}, [x(2, 4, *[size(1, 3) for _ in range(size(1, 2))])]),
    "CrossMapLRN2d": lambda: ([size(1, 4)], {"alpha": pick([1e-4, 0.1]), "beta": 0.75, "k": pick([1.0, 2.0])}, [x(2, 4, 3, 3)]),
    "ELU": pointwise(alpha=lambda: pick([1.0, 0.5])), "CELU": pointwise(alpha=lambda: pick([1.0, 0.5])), "SELU": pointwise(), "GELU": pointwise(approximate=lambda: pick(["none", "tanh"])),
    "ReLU": pointwise(), "ReLU6": pointwise(), "LeakyReLU": pointwise(negative_slope=lambda: pick([0.01, 0.3])), "RReLU": pointwise(lower=lambda: pick([0.1, 0.125]), upper=lambda: 0.4),
    "PReLU": lambda: (lambda c: ([c], {"init": pick([0.25, 0.1])}, [x(2, max(c, 2) if c == 1 else c, 3)]))(size()), "Hardshrink": pointwise(lambda: pick([0.5, 0.2])), "Softshrink": pointwise(lambda: pick([0.5, 0.2])),
    "Hardtanh": pointwise(min_val=lambda: pick([-1.0, -0.3]), max_val=lambda: pick([1.0, 0.4])), "Hardsigmoid": pointwise(), "Hardswish": pointwise(), "Sigmoid": pointwise(), "SiLU": pointwise(), "Mish": pointwise(),
    "Softplus": pointwise(beta=lambda: pick([1.0, 2.5]), threshold=lambda: pick([20.0, 1.0])), "Softsign": pointwise(), "Tanh": pointwise(), "Tanhshrink": pointwise(), "LogSigmoid": pointwise(),
    "Threshold": pointwise(lambda: pick([0.1, -0.2]), lambda: pick([20.0, 0.0])), "GLU": lambda: ([], {"dim": pick([0, 1, -1])}, [x(4, 2, 6)]),
    "Softmax": along(), "LogSoftmax": along(), "Softmin": along(), "Softmax2d": lambda: ([], {}, [x(*maybe([2], []), 3, 2, 2)]),
    "Dropout": dropout, "AlphaDropout": dropout, "FeatureAlphaDropout": lambda: dropout(1), "Dropout1d": lambda: dropout(1), "Dropout2d": lambda: dropout(2), "Dropout3d": lambda: dropout(3),
    "Embedding": embedding, "EmbeddingBag": embedding_bag,
    "RNN": lambda: recurrent(nonlinearity=lambda h: pick(["tanh", "relu"])), "LSTM": lambda: recurrent(proj_size=lambda h: pick([None, h - 1])), "GRU": recurrent,
    "RNNCell": lambda: cell(nonlinearity=lambda: pick(["tanh", "relu"])), "LSTMCell": lambda: cell(True), "GRUCell": cell,
    "MultiheadAttention": attention, "TransformerEncoderLayer": transformer_layer, "TransformerDecoderLayer": lambda: transformer_layer(True), "Transformer": transformer,
    "MSELoss": loss(lambda s: torch.randn(s)), "L1Loss": loss(lambda s: torch.randn(s)), "SmoothL1Loss": loss(lambda s: torch.randn(s), beta=lambda: pick([1.0, 0.3, 0.0])), "HuberLoss": loss(lambda s: torch.randn(s), delta=lambda: pick([1.0, 0.3])),
    "KLDivLoss": lambda: (lambda s: ([], {"reduction": pick(["mean", "sum", "none", "batchmean"]), "log_target": False}, [x(*s), torch.rand(s)]))(pairs()),
    "PoissonNLLLoss": loss(lambda s: torch.rand(s) * 4, low=0.1, high=3, log_input=flag, full=flag), "SoftMarginLoss": loss(signs), "HingeEmbeddingLoss": loss(signs, margin=lambda: pick([1.0, 0.3])),
    "GaussianNLLLoss": lambda: (lambda s: ([], {"full": flag(), "reduction": reduction()}, [x(*s), torch.randn(s), x(*s, low=0.1, high=2)]))(pairs()),
    "CrossEntropyLoss": cross_entropy, "NLLLoss": lambda: cross_entropy(True), "BCELoss": lambda: bce(False), "BCEWithLogitsLoss": lambda: bce(True), "CTCLoss": ctc,
    "MultiLabelMarginLoss": multi_label, "MultiMarginLoss": multi_margin, "MultiLabelSoftMarginLoss": lambda: (lambda s: ([], {"weight": maybe(torch.rand(s[-1])), "reduction": reduction()}, [x(*s), (torch.rand(s) > 0.5).float()]))(pairs()),
    "MarginRankingLoss": lambda: (lambda n: ([], {"margin": pick([0.0, 0.5]), "reduction": reduction()}, [x(n), x(n), signs([n])]))(size()),
    "CosineEmbeddingLoss": lambda: (lambda s: ([], {"margin": pick([0.0, 0.5]), "reduction": reduction()}, [x(*s), x(*s), signs(s[:1])]))(pairs()),
    "TripletMarginLoss": lambda: triplet(p=pick([1.0, 2.0, 3.0])), "TripletMarginWithDistanceLoss": triplet,
    "AdaptiveLogSoftmaxWithLoss": adaptive_softmax, "CosineSimilarity": lambda: (lambda s: ([], {"dim": pick([0, 1]), "eps": pick([1e-8, 0.1])}, [x(*s), x(*s)]))(pairs()),
    "PairwiseDistance": lambda: (lambda s: ([], {"p": pick([1.0, 2.0, 3.0]), "keepdim": flag()}, [x(*s), x(*s)]))(pairs()),
    "Upsample": upsample, "Unfold": unfold, "Fold": fold, "Flatten": flatten, "Unflatten": unflatten,
    "PixelShuffle": lambda: shuffled("shuffle"), "PixelUnshuffle": lambda: shuffled("unshuffle"), "ChannelShuffle": lambda: shuffled("channels"),
    **{f"ZeroPad{n}d": (lambda n=n: padding(n)) for n in (1, 2, 3)}, **{f"ConstantPad{n}d": (lambda n=n: padding(n, value=True)) for n in (1, 2, 3)},
    **{f"{kind}Pad{n}d": (lambda n=n: padding(n, negative=False)) for kind in ("Reflection", "Replication", "Circular") for n in (1, 2, 3)},
}


def tuples(value):
    """Lists within arguments as Python's users write them."""
    return tuple(map(tuples, value)) if isinstance(value, (list, tuple)) else value


def record(name):
    torch.manual_seed(rng.randrange(2**31))
    args, named, inputs = modules[name]()
    args, named = tuples(args), {key: tuples(value) for key, value in named.items()}
    seed = rng.randrange(2**31)
    torch.manual_seed(seed)
    module = getattr(nn, name)(*args, **named)
    training = rng.random() < 0.75
    module.train(training)
    lazy_ = name.startswith("Lazy")
    text = repr(module)
    state = {} if lazy_ else {key: value.clone() for key, value in module.state_dict().items()}
    described_inputs = described(inputs)
    torch.manual_seed(seed + 1)
    outputs = flat(module(*inputs))
    leaves = [t for t in flat(inputs) if t.is_floating_point() and t.requires_grad]
    floats = [out for out in outputs if out.is_floating_point() and out.requires_grad]
    grads = {}
    if floats:
        sum((out * weights(out)).sum() for out in floats).backward()
        grads = {key: p.grad for key, p in module.named_parameters() if p.grad is not None}
    return {
        "module": name, "args": described(args), "named": described(named), "seed": seed, "training": training, "repr": text, "state": described(state),
        "inputs": described_inputs, "outputs": described(outputs), "inputGrads": described([leaf.grad for leaf in leaves]), "grads": described(grads),
        "after": described(module.state_dict()), "reprAfter": repr(module),
    }


records, failed = [], {}
for round_ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 20):
    for name in modules:
        for attempt in range(5):
            try:
                records.append(record(name))
                break
            except (RuntimeError, ValueError, AssertionError, IndexError, NotImplementedError) as error:
                failed.setdefault(name, str(error)[:200])  # a configuration that PyTorch refuses
write(records, sys.argv[1])
print(len(records), "configurations of", len(modules), "modules;", "refused:", {name: error for name, error in failed.items() if not any(r["module"] == name for r in records)})
missing = [n for n in dir(nn) if isinstance(getattr(nn, n), type) and issubclass(getattr(nn, n), nn.Module) and n not in modules]
print("without configurations:", *missing)
