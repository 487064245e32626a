"""Writes new cases for tests/conformance/golden.test.ts, with other values and arguments than those that the repository keeps.

    python3 tools/crosscheck/generate.py cases.jsonl --seed 1
    CONFORMANCE_CASES=cases.jsonl npx vitest run tests/conformance/golden.test.ts

Inputs come from PyTorch's own sample generators (its OpInfo database), results and gradients from calling it here. `--ops add,sub` chooses
operators, `--most 3` how many samples of each dtype.
"""

import argparse
import itertools
import json
import math
import random
import sys
import types
import unittest
import unittest.mock
import warnings

import torch

# The database imports it for tests that are not run here.
sys.modules.setdefault("expecttest", types.SimpleNamespace(TestCase=unittest.TestCase))
from torch.testing._internal.common_methods_invocations import op_db  # noqa: E402

DTYPES = ["float32", "float64", "int64", "int32", "uint8", "bool", "complex64", "bfloat16", "float16"]
GRADIENTS = {"float32", "float64", "complex64"}
LARGEST = 400


class Unsupported(Exception):
    pass


def number(x):
    if isinstance(x, bool):
        return x
    if isinstance(x, int):
        return x if abs(x) <= 2**53 else {"$int": str(x)}
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "Infinity" if x > 0 else "-Infinity"
    return x


def data(tensor):
    flat = tensor.detach().resolve_conj().resolve_neg().contiguous().reshape(-1)
    if flat.is_complex():
        flat = torch.view_as_real(flat).reshape(-1)
    if flat.dtype in (torch.float16, torch.bfloat16):
        flat = flat.float()
    if flat.dtype == torch.float32:
        # The shortest text that float32 reads back.
        return [number(float(format(x, ".9g"))) for x in flat.tolist()]
    return [number(x) for x in flat.tolist()]


def encode(value):
    if isinstance(value, torch.Tensor):
        if value.layout != torch.strided or value.is_quantized or value.numel() > LARGEST:
            raise Unsupported
        name = str(value.dtype).removeprefix("torch.")
        if name not in DTYPES and name not in ("int8", "int16", "complex128"):
            raise Unsupported
        tensor = {"dtype": name, "shape": list(value.shape), "data": data(value)}
        if value.requires_grad and value.is_leaf:
            tensor["requires_grad"] = True
        return {"$tensor": tensor}
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return number(value)
    if isinstance(value, float):
        whole = math.isfinite(value) and value == int(value) and abs(value) < 2**53
        return {"$float": value} if whole else number(value)
    if isinstance(value, complex):
        return {"$complex": [number(value.real), number(value.imag)]}
    if isinstance(value, torch.dtype):
        return {"$dtype": str(value).removeprefix("torch.")}
    if isinstance(value, torch.device):
        return {"$device": str(value)}
    if value is Ellipsis:
        return {"$ellipsis": True}
    if isinstance(value, slice):
        return {"$slice": [value.start, value.stop, value.step]}
    if isinstance(value, (list, tuple, torch.Size)):
        return [encode(one) for one in value]
    raise Unsupported


def tensors(value):
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, (list, tuple)):
        return [t for one in value for t in tensors(one)]
    if isinstance(value, dict):
        return [t for one in value.values() for t in tensors(one)]
    return []


def fresh(value, grad):
    """A copy whose tensors are leaves of their own."""
    if isinstance(value, torch.Tensor):
        copy = value.detach().clone()
        return copy.requires_grad_(True) if grad and value.requires_grad else copy
    if isinstance(value, (list, tuple)):
        copies = [fresh(one, grad) for one in value]
        return type(value)(copies) if type(value) in (list, tuple) else copies
    if isinstance(value, dict):
        return {name: fresh(one, grad) for name, one in value.items()}
    return value


def case(op, sample, dtype):
    given = (sample.input, list(sample.args), dict(sample.kwargs))
    wants = dtype in GRADIENTS and op.supports_autograd

    def call(seed, grad):
        torch.manual_seed(seed)
        first, args, kwargs = fresh(given, grad)
        # The database's entries of random operators set a seed of their own, which would hide that they are random.
        with unittest.mock.patch("torch.manual_seed", lambda _: None):
            return (first, args, kwargs), op.op(first, *args, **kwargs)

    (first, args, kwargs), out = call(1, wants)
    found = {"args": [encode(first), *[encode(one) for one in args]], "kwargs": {k: encode(v) for k, v in kwargs.items()}}
    found["dtype"] = dtype
    if op.variant_test_name:
        found["variant"] = op.variant_test_name
    again = [encode(t.detach()) for t in tensors(call(2, False)[1])]
    if json.dumps(again) != json.dumps([encode(t.detach()) for t in tensors(out)]):
        found["random"] = True
    detached = tuple(t.detach() for t in out) if isinstance(out, tuple) else out.detach() if isinstance(out, torch.Tensor) else fresh(out, False)
    found["out"] = encode(detached)
    outputs = [t for t in tensors(out) if t.requires_grad]
    leaves = [t for t in tensors([first, args, kwargs]) if t.requires_grad]
    if wants and outputs and leaves and "random" not in found:
        torch.manual_seed(3)
        grads = [torch.randn(t.shape, dtype=t.dtype) for t in outputs]
        found["grad_outputs"] = [encode(g) for g in grads]
        results = torch.autograd.grad(outputs, leaves, grads, allow_unused=True)
        found["grads"] = [None if g is None else encode(g.detach()) for g in results]
    return found


def spiced(sample):
    """The sample with NaN, infinities and zeros among its floats."""
    copy = sample.input.detach().clone()
    flat = copy.reshape(-1)
    for i, value in zip(range(0, flat.numel(), 3), itertools.cycle([math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0])):
        flat[i] = value
    sample.input = flat.reshape(copy.shape)
    return sample


def cases_of(op, most, seed):
    for name in DTYPES:
        dtype = getattr(torch, name)
        if dtype not in op.supported_dtypes("cpu"):
            continue
        torch.manual_seed(seed)
        random.seed(seed)
        try:
            samples = list(op.sample_inputs("cpu", dtype, requires_grad=name in GRADIENTS and op.supports_autograd))
        except Exception:
            continue
        chosen = random.sample(samples, min(len(samples), 2 * most if name == "float32" else most))
        pointwise = type(op).__name__ in ("UnaryUfuncInfo", "BinaryUfuncInfo", "ReductionOpInfo")
        if pointwise and dtype.is_floating_point and chosen and isinstance(chosen[-1].input, torch.Tensor):
            try:
                chosen.append(spiced(next(iter(op.sample_inputs("cpu", dtype)))))
            except Exception:
                pass
        for sample in chosen:
            try:
                yield case(op, sample, name)
            except Exception:
                continue


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=int, default=3)
    parser.add_argument("--ops", default="")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    chosen = set(options.ops.split(",")) if options.ops else None
    found = {}
    for op in op_db:
        if (chosen is not None and op.name not in chosen) or op.name.startswith(("masked.", "_", "ops.", "to_sparse", "sparse.", "empty", "new_empty")):
            if op.name != "__getitem__":
                continue
        one = found.setdefault(op.name, {"op": op.name, "inplace": op.inplace_variant is not None, "cases": [], "errors": []})
        one["cases"].extend(cases_of(op, options.most, options.seed))
    with open(options.file, "w") as file:
        for one in found.values():
            file.write(json.dumps(one) + "\n")
    print(len(found), "operators,", sum(len(one["cases"]) for one in found.values()), "cases")


main()
