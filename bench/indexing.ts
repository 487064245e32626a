/** Indexing, sorting, scans and decompositions at a million elements: what must not be quadratic, and what memory costs. */

import * as torch from "flambeau";
import type { Benchmark } from "./harness.js";

type Tensor = torch.Tensor;

const MILLION = 1_000_000;
const HALF = 0.5;

/** Benchmarks whose calls get the tensors that `make` gives; where there are fewer than three, others are empty. */
function on(
  make: () => readonly Tensor[],
  cases: Readonly<Record<string, (x: Tensor, y: Tensor, z: Tensor) => unknown>>,
  target: number = HALF,
): Benchmark[] {
  return Object.entries(cases).map(([name, call]) => ({
    name: `indexing_${name}`,
    title: name.replaceAll("_", " "),
    target,
    least: 1,
    setup: () => {
      const none = torch.empty(0);
      const [x = none, y = none, z = none] = make();
      return () => call(x, y, z);
    },
  }));
}

const vector = (): Tensor[] => [torch.randn(MILLION)];
const whole = (): Tensor[] => [torch.randint(1000, [MILLION])];
const matrix = (): Tensor[] => [torch.randn(1000, 1000)];
const cube = (): Tensor[] => [torch.randn(100, 100, 100)];
const masked = (): Tensor[] => [torch.randn(1000, 1000), torch.rand(1000, 1000).gt(0.5)];
const indexed = (): Tensor[] => [torch.randn(1000, 1000), torch.randint(1000, [1000, 1000]), torch.randn(1000, 1000)];
const places = (): Tensor[] => [torch.randn(MILLION), torch.randint(MILLION, [MILLION]), torch.randn(MILLION)];
const table = (): Tensor[] => [torch.randn(50_000, 64), torch.randint(50_000, [20_000]), torch.randn(20_000, 64)];

const sorting: readonly Benchmark[] = [
  ...on(vector, { sort: (x) => x.sort() }, 1),
  ...on(whole, { sort_int64: (x) => x.sort() }),
  ...on(matrix, { sort_first: (x) => x.sort(0), sort_last: (x) => x.sort(1), argsort_last: (x) => x.argsort(1) }),
  ...on(cube, { sort_middle: (x) => x.sort(1) }),
  ...on(vector, {
    argsort: (x) => x.argsort(),
    topk_10: (x) => x.topk(10),
    topk_1000: (x) => x.topk(1000),
    kthvalue: (x) => x.kthvalue(500_000),
    median: (x) => x.median(),
    quantile: (x) => x.quantile(0.3),
    unique_float: (x) => x.unique(),
  }),
  ...on(matrix, { topk_rows: (x) => x.topk(10, 1), median_rows: (x) => x.median(1), kthvalue_first: (x) => x.kthvalue(10, 0) }),
  ...on(whole, {
    mode: (x) => x.mode(),
    unique: (x) => x.unique({ returnInverse: true, returnCounts: true }),
    unique_plain: (x) => x.unique(),
    unique_consecutive: (x) => x.uniqueConsecutive({ returnInverse: true, returnCounts: true }),
    bincount: (x) => x.bincount(),
  }),
  ...on(vector, {
    histc: (x) => x.histc(100),
    histogram: (x) => x.histogram(100),
    searchsorted: (x) => torch.searchsorted(edges(), x),
    bucketize: (x) => torch.bucketize(x, edges()),
    isin: (x) => torch.isin(x, edges()),
  }),
  ...on(whole, { isin_int64: (x) => torch.isin(x, torch.arange(0, 1000, 3)) }),
  ...on(() => [], { randperm: () => torch.randperm(MILLION) }),
];

let kept: Tensor | undefined;

/** A thousand increasing boundaries. */
function edges(): Tensor {
  kept ??= torch.linspace(-3, 3, 1000);
  return kept;
}

const scans: readonly Benchmark[] = [
  ...on(vector, {
    cumsum: (x) => x.cumsum(0),
    cumprod: (x) => x.cumprod(0),
    cummax: (x) => x.cummax(0),
    logcumsumexp: (x) => x.logcumsumexp(0),
  }),
  ...on(whole, { cumsum_int64: (x) => x.cumsum(0) }),
  ...on(matrix, {
    cumsum_first: (x) => x.cumsum(0),
    cumsum_last: (x) => x.cumsum(1),
    cummax_first: (x) => x.cummax(0),
    logcumsumexp_first: (x) => x.logcumsumexp(0),
  }),
];

const reductions: readonly Benchmark[] = [
  ...on(vector, { argmax: (x) => x.argmax(), max: (x) => x.max(), amax: (x) => x.amax() }),
  ...on(whole, { max_int64: (x) => x.max(), argmax_int64: (x) => x.argmax() }),
  ...on(matrix, {
    max_first: (x) => x.max(0),
    max_last: (x) => x.max(1),
    argmax_first: (x) => x.argmax(0),
    argmax_last: (x) => x.argmax(1),
    amax_first: (x) => x.amax(0),
    any_last: (x) => x.any(1),
    all_first: (x) => x.all(0),
    norm: (x) => x.norm(),
    norm_first: (x) => x.norm(2, 0),
    norm_last: (x) => x.norm(2, 1),
    std: (x) => x.std(),
    std_first: (x) => x.std(0),
    var_last: (x) => x.var(1),
    logsumexp_first: (x) => x.logsumexp(0),
    logsumexp_last: (x) => x.logsumexp(1),
  }),
  ...on(cube, { max_middle: (x) => x.max(1), std_middle: (x) => x.std(1), logsumexp_middle: (x) => x.logsumexp(1) }),
];

const moves: readonly Benchmark[] = [
  ...on(masked, {
    nonzero: (_, mask) => mask.nonzero(),
    masked_select: (x, mask) => x.maskedSelect(mask),
    index_mask: (x, mask) => x.index(mask),
    masked_fill: (x, mask) => x.maskedFill(mask, 0),
    where: (x, mask) => torch.where(mask, x, 0),
    index_put_mask: (x, mask) => x.indexPut_([mask], 1),
    masked_scatter: (x, mask) => x.maskedScatter(mask, x),
  }),
  ...on(indexed, {
    gather_first: (x, index) => x.gather(0, index),
    gather_last: (x, index) => x.gather(1, index),
    scatter_first: (x, index, source) => x.scatter(0, index, source),
    scatter_add_first: (x, index, source) => x.scatterAdd(0, index, source),
    scatter_add_last: (x, index, source) => x.scatterAdd(1, index, source),
    take_along_dim: (x, index) => torch.takeAlongDim(x, index, 1),
  }),
  ...on(places, {
    gather_1m: (x, index) => x.gather(0, index),
    scatter_add_1m: (x, index, source) => x.scatterAdd(0, index, source),
    index_1m: (x, index) => x.index(index),
    index_put_1m: (x, index, source) => x.indexPut([index], source),
    index_put_add_1m: (x, index, source) => x.indexPut([index], source, true),
    take: (x, index) => x.take(index),
    put: (x, index, source) => x.put(index, source),
    index_add_1m: (x, index, source) => x.indexAdd(0, index, source),
  }),
  ...on(table, { index_select: (x, index) => x.indexSelect(0, index), index_rows: (x, index) => x.index(index) }, 1),
  ...on(table, {
    index_add: (x, index, source) => x.indexAdd(0, index, source),
    index_copy: (x, index, source) => x.indexCopy(0, index, source),
  }),
  ...on(matrix, {
    index_select_last: (x) => x.indexSelect(1, columns()),
    flip_first: (x) => x.flip(0),
    flip_last: (x) => x.flip(1),
    roll: (x) => x.roll(100, 1),
    roll_flat: (x) => x.roll(100),
    cat_first: (x) => torch.cat([x, x], 0),
    cat_last: (x) => torch.cat([x, x], 1),
    stack_last: (x) => torch.stack([x, x], -1),
    contiguous: (x) => x.t().contiguous(),
    repeat: (x) => x.repeat(2, 2),
    repeat_interleave: (x) => x.repeatInterleave(2, 1),
    tril: (x) => x.tril(),
    triu: (x) => x.triu(1),
    pad: (x) => torch.nn.functional.pad(x, [3, 3, 3, 3]),
    pad_reflect: (x) => torch.nn.functional.pad(x.unsqueeze(0), [3, 3, 3, 3], "reflect"),
    diagonal_copy: (x) => x.diagonal().clone(),
  }),
  ...on(() => [torch.randn(100, 100, 100)], {
    permute_copy: (x) => x.permute(2, 1, 0).contiguous(),
    permute_swap: (x) => x.permute(0, 2, 1).contiguous(),
  }),
  ...on(() => [torch.randint(10, [1000, 1000])], { contiguous_int64: (x) => x.t().contiguous() }),
];

let order: Tensor | undefined;

function columns(): Tensor {
  order ??= torch.randperm(1000);
  return order;
}

const products: readonly Benchmark[] = [
  ...on(() => [torch.randn(64, 100, 32), torch.randn(64, 32, 100)], {
    einsum_batch: (a, b) => torch.einsum("bij,bjk->bik", a, b),
    einsum_contract: (a, b) => torch.einsum("bij,bji->b", a, b),
  }),
  ...on(() => [torch.randn(1000, 1000), torch.randn(1000)], {
    einsum_vector: (a, v) => torch.einsum("ij,j->i", a, v),
    einsum_trace: (a) => torch.einsum("ii->", a),
    einsum_outer: (_, v) => torch.einsum("i,j->ij", v, v),
    einsum_permute: (a) => torch.einsum("ij->ji", a).contiguous(),
  }),
  ...on(() => [torch.randn(1000, 64), torch.randn(1000, 64)], {
    cdist: (a, b) => torch.cdist(a, b),
    cdist_1: (a, b) => torch.cdist(a, b, 1),
    pdist: (a) => torch.nn.functional.pdist(a),
  }),
  ...on(() => [torch.randn(2 ** 20), torch.randn(999_983)], {
    fft_2_20: (x) => torch.fft.fft(x),
    rfft_2_20: (x) => torch.fft.rfft(x),
    fft_prime: (_, y) => torch.fft.fft(y),
  }),
  ...on(matrix, { fft2: (x) => torch.fft.fft2(x), fft_rows: (x) => torch.fft.fft(x) }),
];

/** Decompositions of matrices of n rows. */
function decompositions(n: number): Benchmark[] {
  const made = (): Tensor[] => {
    const a = torch.randn(n, n);
    return [a, a.mm(a.t()).add(torch.eye(n).mul(n)), torch.randn(n, n)];
  };
  const calls: Readonly<Record<string, (a: Tensor, spd: Tensor, b: Tensor) => unknown>> = {
    inv: (a) => torch.linalg.inv(a),
    solve: (a, _, b) => torch.linalg.solve(a, b),
    cholesky: (_, spd) => torch.linalg.cholesky(spd),
    qr: (a) => torch.linalg.qr(a),
    svd: (a) => torch.linalg.svd(a),
    eigh: (_, spd) => torch.linalg.eigh(spd),
    det: (a) => torch.linalg.det(a),
    triangular: (_, spd, b) => torch.linalg.solveTriangular(spd, b, { upper: true }),
    lstsq: (a, _, b) => torch.linalg.lstsq(a, b),
    pinv: (a) => torch.linalg.pinv(a),
    svdvals: (a) => torch.linalg.svdvals(a),
    eigvalsh: (_, spd) => torch.linalg.eigvalsh(spd),
  };
  return on(made, Object.fromEntries(Object.entries(calls).map(([name, call]) => [`${name}_${n}`, call])));
}

export const indexing: readonly Benchmark[] = [
  ...sorting,
  ...scans,
  ...reductions,
  ...moves,
  ...products,
  ...decompositions(256),
  ...decompositions(512),
];
