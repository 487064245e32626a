"""Writes dtypes.json: the dtypes of results under PyTorch's autocast on the CPU. `python tests/amp/dtypes.py`."""

import json
import re
from pathlib import Path

import torch


def t(*shape, dtype="float32", kind="ones"):
    return {"shape": list(shape), "dtype": dtype, "kind": kind}


A, B, V = t(3, 3, kind="spd"), t(3, 3), t(3)
LOW, HALF, WIDE = t(3, 3, dtype="bfloat16"), t(3, 3, dtype="float16"), t(3, 3, dtype="float64")
BATCH = t(2, 3, 3)
IMG1, IMG2, IMG3 = t(1, 2, 4), t(1, 2, 4, 4), t(1, 2, 4, 4, 4)
LABELS = t(3, dtype="int64", kind="zeros")
C = lambda name, *args, **named: [name, list(args), named]
LOW_BATCH = t(2, 3, 3, dtype="bfloat16")


def lowered(value):
    return {**value, "dtype": "bfloat16"} if isinstance(value, dict) and "shape" in value and value["dtype"] == "float32" else value


base = [
    # products
    C("mm", A, B), C("mm", LOW, B), C("mm", WIDE, WIDE), C("mm", HALF, HALF), C("bmm", BATCH, BATCH), C("matmul", A, V), C("matmul", BATCH, A),
    C("addmm", A, A, B), C("addmv", V, A, V), C("addr", A, V, V), C("addbmm", A, BATCH, BATCH), C("baddbmm", BATCH, BATCH, BATCH), C("mv", A, V),
    C("dot", V, V), C("inner", V, V), C("outer", V, V), C("einsum", "ij,jk->ik", A, B), C("tensordot", A, B, 1), C("chain_matmul", A, B, A),
    C("linalg.multi_dot", [A, B, A]), C("linalg.vecdot", V, V), C("kron", A, B), C("matrix_power", A, 2), C("linalg.matrix_power", A, 3),
    C("nn.functional.linear", A, B, V), C("nn.functional.linear", LOW, B), C("nn.functional.bilinear", A, A, t(2, 3, 3), t(2)),
    C("conv1d", IMG1, t(3, 2, 2)), C("conv2d", IMG2, t(3, 2, 2, 2), t(3)), C("conv3d", IMG3, t(3, 2, 2, 2, 2)),
    C("conv_transpose1d", IMG1, t(2, 3, 2)), C("conv_transpose2d", IMG2, t(2, 3, 2, 2)), C("conv_transpose3d", IMG3, t(2, 3, 2, 2, 2)),
    C("nn.functional.conv_tbc", t(4, 1, 2), t(2, 2, 3), t(3)), C("prelu", A, t(1)),
    C("nn.functional.scaled_dot_product_attention", t(1, 2, 3, 4), t(1, 2, 3, 4), t(1, 2, 3, 4)), C("cdist", A, B), C("cosine_similarity", A, B),
    C("corrcoef", A), C("cov", A), C("linalg.matrix_norm", A), C("norm", A), C("linalg.vector_norm", A), C("pairwise_distance", A, B),
    # losses
    C("nn.functional.mse_loss", A, B), C("nn.functional.l1_loss", A, B), C("nn.functional.smooth_l1_loss", A, B), C("nn.functional.huber_loss", A, B),
    C("nn.functional.cross_entropy", A, LABELS), C("nn.functional.nll_loss", A, LABELS), C("nn.functional.kl_div", A, B),
    C("nn.functional.binary_cross_entropy", B, B), C("nn.functional.binary_cross_entropy_with_logits", A, B),
    C("nn.functional.soft_margin_loss", A, B), C("nn.functional.hinge_embedding_loss", A, B), C("nn.functional.poisson_nll_loss", A, B),
    C("nn.functional.margin_ranking_loss", A, B, B), C("nn.functional.triplet_margin_loss", A, B, A), C("nn.functional.multi_margin_loss", A, LABELS),
    C("nn.functional.cosine_embedding_loss", A, B, V), C("nn.functional.multilabel_margin_loss", A, t(3, 3, dtype="int64", kind="zeros")),
    C("nn.functional.multilabel_soft_margin_loss", A, B), C("nn.functional.gaussian_nll_loss", A, B, B),
    C("nn.functional.ctc_loss", t(4, 2, 3), t(2, 2, dtype="int64"), t(2, dtype="int64", kind="fours"), t(2, dtype="int64")),
    # normalisation and others that run as they come
    C("softmax", A, 1), C("nn.functional.log_softmax", A, 1), C("nn.functional.layer_norm", A, [3], V, V), C("nn.functional.rms_norm", A, [3], V),
    C("nn.functional.batch_norm", IMG2, None, None, t(2), t(2), True), C("nn.functional.group_norm", IMG2, 1), C("nn.functional.instance_norm", IMG2),
    C("nn.functional.normalize", A), C("nn.functional.gelu", A), C("relu_", A), C("sigmoid", A), C("exp", A), C("log", B), C("sqrt", B), C("rsqrt", B),
    C("pow", A, 2), C("sum", A), C("mean", A), C("cumsum", A, 0), C("prod", A), C("prod", A, 0), C("var", A), C("std", A), C("add", A, B), C("mul", A, LOW),
    C("nn.functional.embedding", LABELS, A), C("nn.functional.max_pool2d", IMG2, 2), C("nn.functional.max_pool3d", IMG3, 2),
    C("nn.functional.avg_pool2d", IMG2, 2), C("nn.functional.avg_pool3d", IMG3, 2), C("nn.functional.adaptive_avg_pool3d", IMG3, 1),
    C("nn.functional.adaptive_avg_pool2d", IMG2, 1), C("nn.functional.adaptive_max_pool3d", IMG3, 1), C("nn.functional.interpolate", IMG2, None, 2),
    C("nn.functional.grid_sample", IMG2, t(1, 3, 3, 2), align_corners=False), C("nn.functional.dropout", A, 0.0), C("nn.functional.glu", t(3, 4)),
    C("nn.functional.max_unpool2d", t(1, 2, 2, 2), t(1, 2, 2, 2, dtype="int64"), 2), C("where", t(3, 3, dtype="bool"), A, LOW), C("trace", A),
    C("polar", V, V), C("quantile", V, 0.5), C("nanquantile", V, 0.5), C("view_as_complex", t(3, 2)), C("stft", t(16), 4, return_complex=True),
    C("linalg.cross", A, B), C("linalg.det", A), C("linalg.slogdet", A), C("logdet", A), C("linalg.pinv", A), C("pinverse", A),
    # decompositions
    C("cholesky", A), C("linalg.cholesky", A), C("cholesky_inverse", A), C("cholesky_solve", A, A), C("inverse", A), C("linalg.inv", A),
    C("linalg.inv_ex", A), C("linalg.cholesky_ex", A), C("linalg.solve", A, B), C("linalg.eig", A), C("linalg.eigh", A), C("linalg.eigvals", A),
    C("linalg.eigvalsh", A), C("linalg.svd", A), C("linalg.svdvals", A), C("svd", A), C("linalg.qr", A), C("qr", A), C("geqrf", A), C("linalg.cond", A),
    C("linalg.matrix_rank", A), C("linalg.lstsq", A, B), C("linalg.tensorinv", t(2, 2, kind="spd"), 1), C("linalg.householder_product", A, V),
    C("triangular_solve", A, A), C("orgqr", A, V), C("ormqr", A, V, A),
    # Fourier transforms
    C("fft.fft", V), C("fft.ifft", V), C("fft.rfft", V), C("fft.hfft", V), C("fft.ihfft", V), C("fft.fft2", A), C("fft.ifft2", A), C("fft.rfft2", A),
    C("fft.fftn", A), C("fft.ifftn", A), C("fft.rfftn", A),
    # joining
    C("cat", [A, LOW]), C("cat", [LOW, LOW]), C("cat", [LOW, HALF]), C("stack", [A, LOW]), C("stack", [LOW, LOW]), C("cat", [A, WIDE]), C("hstack", [A, LOW]),
    C("index_copy", A, 0, LABELS, LOW), C("index_copy", LOW, 0, LABELS, A),
]
# the same with arguments in bfloat16
cases = base + [[name, [lowered(a) if not isinstance(a, list) else [lowered(x) for x in a] for a in args], named] for name, args, named in base]


def value(arg):
    if isinstance(arg, list):
        return [value(x) for x in arg]
    if not isinstance(arg, dict):
        return arg
    dtype = getattr(torch, arg["dtype"])
    if arg["kind"] == "spd":
        return (torch.eye(arg["shape"][0]) + 0.25).to(dtype)
    return torch.full(arg["shape"], {"ones": 1, "zeros": 0, "fours": 4}[arg["kind"]], dtype=dtype)


def dtypes(result):
    if isinstance(result, torch.Tensor):
        return str(result.dtype).removeprefix("torch.")
    return [dtypes(one) for one in result]


camel = lambda name: re.sub(r"_(\w)", lambda m: m[1].upper(), name)
seen, written = set(), []
for name, args, named in cases:
    key = json.dumps([name, args, named])
    if key in seen:
        continue
    seen.add(key)
    function = torch
    for part in name.split("."):
        function = getattr(function, part)
    for dtype in ("bfloat16", "float16"):
        try:
            with torch.autocast("cpu", dtype=getattr(torch, dtype)):
                result = function(*value(args), **named)
        except (RuntimeError, torch.linalg.LinAlgError):
            continue  # not implemented in few bits
        path = ".".join(camel(part) for part in name.split("."))
        written.append({"name": path, "args": args, "named": {camel(k): v for k, v in named.items()}, "autocast": dtype, "result": dtypes(result)})
Path(__file__).with_name("dtypes.json").write_text("[\n" + ",\n".join(json.dumps(one, separators=(",", ":")) for one in written) + "\n]\n")
print(len(written), "cases,", len({one["name"] for one in written}), "functions")
