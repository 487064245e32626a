"""PyTorch's side of bench/indexing.ts: for each name, a function that makes the call."""

import torch
from torch.nn import functional as F

MILLION = 1_000_000


def on(make, **cases):
    def setup(call):
        def made():
            tensors = make()
            return lambda: call(*tensors)

        return made

    return {"indexing_" + name: setup(call) for name, call in cases.items()}


def vector():
    return (torch.randn(MILLION),)


def whole():
    return (torch.randint(1000, (MILLION,)),)


def matrix():
    return (torch.randn(1000, 1000),)


def cube():
    return (torch.randn(100, 100, 100),)


def masked():
    return torch.randn(1000, 1000), torch.rand(1000, 1000) > 0.5


def indexed():
    return torch.randn(1000, 1000), torch.randint(1000, (1000, 1000)), torch.randn(1000, 1000)


def places():
    return torch.randn(MILLION), torch.randint(MILLION, (MILLION,)), torch.randn(MILLION)


def table():
    return torch.randn(50_000, 64), torch.randint(50_000, (20_000,)), torch.randn(20_000, 64)


edges = torch.linspace(-3, 3, 1000)
thirds = torch.arange(0, 1000, 3)
order = torch.randperm(1000)

SETUPS = {
    **on(vector, sort=lambda x: x.sort(), argsort=lambda x: x.argsort(), topk_10=lambda x: x.topk(10), topk_1000=lambda x: x.topk(1000)),
    **on(vector, kthvalue=lambda x: x.kthvalue(500_000), median=lambda x: x.median(), quantile=lambda x: x.quantile(0.3)),
    **on(vector, unique_float=lambda x: x.unique(), histc=lambda x: x.histc(100), histogram=lambda x: x.histogram(100)),
    **on(vector, searchsorted=lambda x: torch.searchsorted(edges, x), bucketize=lambda x: torch.bucketize(x, edges), isin=lambda x: torch.isin(x, edges)),
    **on(vector, cumsum=lambda x: x.cumsum(0), cumprod=lambda x: x.cumprod(0), cummax=lambda x: x.cummax(0), logcumsumexp=lambda x: x.logcumsumexp(0)),
    **on(vector, argmax=lambda x: x.argmax(), max=lambda x: x.max(), amax=lambda x: x.amax()),
    **on(whole, sort_int64=lambda x: x.sort(), mode=lambda x: x.mode(), bincount=lambda x: x.bincount(), isin_int64=lambda x: torch.isin(x, thirds)),
    **on(whole, unique=lambda x: x.unique(return_inverse=True, return_counts=True), unique_plain=lambda x: x.unique()),
    **on(whole, unique_consecutive=lambda x: x.unique_consecutive(return_inverse=True, return_counts=True)),
    **on(whole, cumsum_int64=lambda x: x.cumsum(0), max_int64=lambda x: x.max(), argmax_int64=lambda x: x.argmax()),
    **on(matrix, sort_first=lambda x: x.sort(0), sort_last=lambda x: x.sort(1), argsort_last=lambda x: x.argsort(1)),
    **on(matrix, topk_rows=lambda x: x.topk(10, 1), median_rows=lambda x: x.median(1), kthvalue_first=lambda x: x.kthvalue(10, 0)),
    **on(matrix, cumsum_first=lambda x: x.cumsum(0), cumsum_last=lambda x: x.cumsum(1), cummax_first=lambda x: x.cummax(0)),
    **on(matrix, logcumsumexp_first=lambda x: x.logcumsumexp(0), max_first=lambda x: x.max(0), max_last=lambda x: x.max(1)),
    **on(matrix, argmax_first=lambda x: x.argmax(0), argmax_last=lambda x: x.argmax(1), amax_first=lambda x: x.amax(0)),
    **on(matrix, any_last=lambda x: x.any(1), all_first=lambda x: x.all(0), norm=lambda x: x.norm(), norm_first=lambda x: x.norm(2, 0)),
    **on(matrix, norm_last=lambda x: x.norm(2, 1), std=lambda x: x.std(), std_first=lambda x: x.std(0), var_last=lambda x: x.var(1)),
    **on(matrix, logsumexp_first=lambda x: x.logsumexp(0), logsumexp_last=lambda x: x.logsumexp(1)),
    **on(cube, sort_middle=lambda x: x.sort(1), max_middle=lambda x: x.max(1), std_middle=lambda x: x.std(1), logsumexp_middle=lambda x: x.logsumexp(1)),
    **on(lambda: (), randperm=lambda: torch.randperm(MILLION)),
    **on(masked, nonzero=lambda x, m: m.nonzero(), masked_select=lambda x, m: x.masked_select(m), index_mask=lambda x, m: x[m]),
    **on(masked, masked_fill=lambda x, m: x.masked_fill(m, 0), where=lambda x, m: torch.where(m, x, 0)),
    **on(masked, index_put_mask=lambda x, m: x.index_put_((m,), torch.tensor(1.0)), masked_scatter=lambda x, m: x.masked_scatter(m, x)),
    **on(indexed, gather_first=lambda x, i, s: x.gather(0, i), gather_last=lambda x, i, s: x.gather(1, i), scatter_first=lambda x, i, s: x.scatter(0, i, s)),
    **on(indexed, scatter_add_first=lambda x, i, s: x.scatter_add(0, i, s), scatter_add_last=lambda x, i, s: x.scatter_add(1, i, s)),
    **on(indexed, take_along_dim=lambda x, i, s: torch.take_along_dim(x, i, 1)),
    **on(places, gather_1m=lambda x, i, s: x.gather(0, i), scatter_add_1m=lambda x, i, s: x.scatter_add(0, i, s), index_1m=lambda x, i, s: x[i]),
    **on(places, index_put_1m=lambda x, i, s: x.index_put((i,), s), index_put_add_1m=lambda x, i, s: x.index_put((i,), s, accumulate=True)),
    **on(places, take=lambda x, i, s: x.take(i), put=lambda x, i, s: x.put(i, s), index_add_1m=lambda x, i, s: x.index_add(0, i, s)),
    **on(table, index_select=lambda x, i, s: x.index_select(0, i), index_rows=lambda x, i, s: x[i]),
    **on(table, index_add=lambda x, i, s: x.index_add(0, i, s), index_copy=lambda x, i, s: x.index_copy(0, i, s)),
    **on(matrix, index_select_last=lambda x: x.index_select(1, order), flip_first=lambda x: x.flip(0), flip_last=lambda x: x.flip(1)),
    **on(matrix, roll=lambda x: x.roll(100, 1), roll_flat=lambda x: x.roll(100), cat_first=lambda x: torch.cat([x, x], 0)),
    **on(matrix, cat_last=lambda x: torch.cat([x, x], 1), stack_last=lambda x: torch.stack([x, x], -1), contiguous=lambda x: x.t().contiguous()),
    **on(matrix, repeat=lambda x: x.repeat(2, 2), repeat_interleave=lambda x: x.repeat_interleave(2, 1), tril=lambda x: x.tril(), triu=lambda x: x.triu(1)),
    **on(matrix, pad=lambda x: F.pad(x, [3, 3, 3, 3]), pad_reflect=lambda x: F.pad(x.unsqueeze(0), [3, 3, 3, 3], "reflect")),
    **on(matrix, diagonal_copy=lambda x: x.diagonal().clone(), fft2=lambda x: torch.fft.fft2(x), fft_rows=lambda x: torch.fft.fft(x)),
    **on(cube, permute_copy=lambda x: x.permute(2, 1, 0).contiguous(), permute_swap=lambda x: x.permute(0, 2, 1).contiguous()),
    **on(lambda: (torch.randint(10, (1000, 1000)),), contiguous_int64=lambda x: x.t().contiguous()),
    **on(
        lambda: (torch.randn(64, 100, 32), torch.randn(64, 32, 100)),
        einsum_batch=lambda a, b: torch.einsum("bij,bjk->bik", a, b),
        einsum_contract=lambda a, b: torch.einsum("bij,bji->b", a, b),
    ),
    **on(
        lambda: (torch.randn(1000, 1000), torch.randn(1000)),
        einsum_vector=lambda a, v: torch.einsum("ij,j->i", a, v),
        einsum_trace=lambda a, v: torch.einsum("ii->", a),
        einsum_outer=lambda a, v: torch.einsum("i,j->ij", v, v),
        einsum_permute=lambda a, v: torch.einsum("ij->ji", a).contiguous(),
    ),
    **on(
        lambda: (torch.randn(1000, 64), torch.randn(1000, 64)),
        cdist=lambda a, b: torch.cdist(a, b),
        cdist_1=lambda a, b: torch.cdist(a, b, 1),
        pdist=lambda a, b: F.pdist(a),
    ),
    **on(
        lambda: (torch.randn(2**20), torch.randn(999_983)),
        fft_2_20=lambda x, y: torch.fft.fft(x),
        rfft_2_20=lambda x, y: torch.fft.rfft(x),
        fft_prime=lambda x, y: torch.fft.fft(y),
    ),
}


def decompositions(n):
    def made():
        a = torch.randn(n, n)
        return a, a @ a.T + torch.eye(n) * n, torch.randn(n, n)

    calls = {
        "inv": lambda a, s, b: torch.linalg.inv(a),
        "solve": lambda a, s, b: torch.linalg.solve(a, b),
        "cholesky": lambda a, s, b: torch.linalg.cholesky(s),
        "qr": lambda a, s, b: torch.linalg.qr(a),
        "svd": lambda a, s, b: torch.linalg.svd(a),
        "eigh": lambda a, s, b: torch.linalg.eigh(s),
        "det": lambda a, s, b: torch.linalg.det(a),
        "triangular": lambda a, s, b: torch.linalg.solve_triangular(s, b, upper=True),
        "lstsq": lambda a, s, b: torch.linalg.lstsq(a, b),
        "pinv": lambda a, s, b: torch.linalg.pinv(a),
        "svdvals": lambda a, s, b: torch.linalg.svdvals(a),
        "eigvalsh": lambda a, s, b: torch.linalg.eigvalsh(s),
    }
    return on(made, **{f"{name}_{n}": call for name, call in calls.items()})


SETUPS.update(decompositions(256))
SETUPS.update(decompositions(512))
