"""Makes streams.json, what PyTorch draws for the calls that streams.test.ts repeats: `python streams.py > streams.json`.

Made with torch 2.13.0+cpu on an AMD processor with AVX2. (Without AVX2 PyTorch does not fuse multiply-adds, and its float32 normals
differ in the last place.)
"""

import hashlib
import json
import sys

import torch

DTYPES = {name: getattr(torch, name) for name in (
    "bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64")}
FLOATS = ["float16", "bfloat16", "float32", "float64"]
REAL = ["float32", "float64"]


def cases(sizes, long):
    for dtype in FLOATS:
        for n in sizes:
            yield "uniform_", dtype, n, []
            yield "uniform_", dtype, n, [-0.3, 1.93]
            yield "normal_", dtype, n, [0.0, 1.0]
            yield "normal_", dtype, n, [0.3, 1.7]
        for name, args in (("exponential_", [1.5]), ("cauchy_", [0.2, 1.7]), ("log_normal_", [0.2, 0.7])):
            yield name, dtype, long, args
        yield "trunc_normal_", dtype, long, [0.0, 1.0, -2.0, 2.0]
        yield "trunc_normal_", dtype, long, [0.1, 0.5, 0.5, 0.7]
        yield "bernoulli", dtype, long, []
        for samples, replacement in ((1, False), (1, True), (5, False), (12, True)):
            yield "multinomial", dtype, 9, [samples, replacement]
    for dtype in DTYPES:
        yield "bernoulli_", dtype, long, [0.3]
        yield "random_", dtype, long, []
        if dtype != "bool":
            yield "geometric_", dtype, long, [0.2]
            yield "random_", dtype, long, [3, 100]
    for args in ([0, 2**28 - 1], [0, 2**28], [-5, 2**40], [-(2**63), 2**62], [-(2**63), None], [7, None], [2**61, 2**61 + 99]):
        yield "random_", "int64", long, args
    for dtype, args in (("float32", [0, 2**24 + 3]), ("float32", [-(2**30) - 1, 2**30]), ("float16", [-60000, 65504]),
                        ("bfloat16", [-1000, 1000]), ("float64", [0, 2**60 + 1]), ("float32", [-(2**63), None]),
                        ("bfloat16", [-(2**63), None]), ("float64", [-(2**63), None]), ("int32", [5, None]), ("int32", [-(2**31), 2**31]),
                        ("float32", [5, None])):
        yield "random_", dtype, long, args
    for n in [0, 1, 2, 3, 624, *sizes]:
        yield "randperm", "int64", n, []
    for dtype in REAL:
        for name in ("poisson", "binomial", "standard_gamma", "dirichlet"):
            yield name, dtype, long, []


def draw(name, dtype, n, args, generator):
    kind = DTYPES[dtype]
    ramp = torch.arange(1, n + 1, dtype=torch.float64)
    if name == "randperm":
        return torch.randperm(n, generator=generator)
    if name == "trunc_normal_":
        return torch.nn.init.trunc_normal_(torch.empty(n, dtype=kind), *args, generator=generator)
    if name == "bernoulli":
        return torch.bernoulli((ramp / (n + 1)).to(kind), generator=generator)
    if name == "multinomial":
        return torch.multinomial(torch.stack([ramp, ramp.flip(0) ** 2]).to(kind), *args, generator=generator)
    if name == "poisson":
        return torch.poisson((ramp * 0.37).to(kind), generator=generator)
    if name == "binomial":
        return torch.binomial((ramp * 3).to(kind), (ramp / (n + 1)).to(kind), generator=generator)
    if name == "standard_gamma":
        return torch._standard_gamma((ramp * 0.17).to(kind), generator=generator)
    if name == "dirichlet":
        return torch._sample_dirichlet((ramp * 0.17).to(kind).reshape(-1, 4), generator=generator)
    return getattr(torch.empty(n, dtype=kind), name)(*args, generator=generator)


def digest(generator):
    # Without the cached normal, whose last bit depends on the C library.
    return hashlib.sha256(generator.get_state().numpy().tobytes()[:5016]).hexdigest()[:16]


def main(seeds, sizes, long):
    for seed in seeds:
        for name, dtype, n, args in cases(sizes, long):
            generator = torch.Generator().manual_seed(seed)
            out = draw(name, dtype, n, args, generator).flatten()
            values = out.tolist() if out.dtype != torch.int64 else [str(v) for v in out.tolist()]
            if dtype == "float32" and out.dtype == torch.float32:
                values = [float(str(v)) for v in out.numpy()]
            yield {"name": name, "dtype": dtype, "n": n, "args": [str(a) if isinstance(a, int) and not isinstance(a, bool) else a for a in args],
                   "seed": seed, "out": values, "state": digest(generator)}


if __name__ == "__main__":
    wide = len(sys.argv) > 1
    rows = main(range(20), [1, 5, 15, 16, 17, 31, 32, 100, 1000], 400) if wide else main([42], [5, 16, 37], 24)
    print("[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]")
