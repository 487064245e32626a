/** Distances and similarities of vectors. */

import { getDefaultDtype, int64 } from "../../core/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { promoteTypes } from "../../core/promotion.js";
import { broadcastShapes, formatShape, numelOf } from "../../core/shape.js";
import * as e from "../../expr/build.js";
import { denseCopy } from "../../tensor/copy.js";
import { emptyOn, fromHost } from "../../tensor/create.js";
import { composite, pointwise, primitive, rules } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { normGradient, vectorNorm } from "./vectorNorm.js";

/** `max(norm, eps)` as a value; the gradient is that of the norm itself. */
const atLeast: Op<(norm: Tensor, eps: number) => Tensor> = pointwise(
  "atLeast(Tensor norm, float eps=0)",
  (norm, eps) => e.maximum(norm, eps),
  rules.numeric,
  { inPlace: false, gradient: (grad) => [grad] },
);

/**
 * `x1·x2 / (max(‖x1‖, eps)·max(‖x2‖, eps))` along a dimension, of broadcast tensors.
 * @throws {DTypeError} for integers.
 */
export const cosineSimilarity: Op<
  (x1: Tensor, x2: Tensor, ...args: Args<[dim: number, eps: number], { dim?: number; eps?: number }>) => Tensor
> = composite("cosineSimilarity(Tensor x1, Tensor x2, int dim=1, float eps=1e-8)", (x1, x2, dim, eps) => {
  const dtype = promoteTypes(x1.dtype, x2.dtype);
  if (!dtype.isFloatingPoint)
    throw new DTypeError(`cosineSimilarity: expected common dtype to be floating point, yet common dtype is ${dtype.scalarName}`);
  const shape = broadcastShapes("cosineSimilarity", [x1.shape, x2.shape]) as number[];
  const unit = (x: Tensor): Tensor => {
    const full = x.to(dtype).expand(shape);
    return full.div(atLeast(vectorNorm(full, 2, dim, true), eps));
  };
  return unit(x1).mul(unit(x2)).sum(dim);
});

/** `‖x1 - x2 + eps‖_p` along the last dimension. */
export const pairwiseDistance: Op<
  (
    x1: Tensor,
    x2: Tensor,
    ...args: Args<[p: number, eps: number, keepdim: boolean], { p?: number; eps?: number; keepdim?: boolean }>
  ) => Tensor
> = composite("pairwiseDistance(Tensor x1, Tensor x2, float p=2, float eps=1e-6, bool keepdim=false)", (x1, x2, p, eps, keepdim) => {
  const difference = x1.sub(x2);
  return vectorNorm((difference.dtype.kind === "int" ? difference.to(getDefaultDtype()) : difference).add(eps), p, -1, keepdim);
});

/** `input / max(‖input‖_p, eps)` along a dimension. */
export const normalize: Op<
  (
    input: Tensor,
    ...args: Args<[p: number, dim: number | readonly number[], eps: number], { p?: number; dim?: number | readonly number[]; eps?: number }>
  ) => Tensor
> = composite("normalize(Tensor input, float p=2, int[] dim=[1], float eps=1e-12)", (input, p, dim, eps) =>
  input.div(vectorNorm(input, p, dim, true).clampMin(eps)),
);

/** Above this many rows PyTorch multiplies matrices for Euclidean distances. */
const ROWS_FOR_PRODUCT = 25;

/** `√(‖a‖² - 2·a·b + ‖b‖²)` of all pairs of rows as one matrix product. */
function euclideanByProduct(a: Tensor, b: Tensor): Tensor {
  const squares = (x: Tensor): Tensor => x.mul(x).sum(-1, true);
  const product = a.matmul(b.transpose(-2, -1)).mul(-2);
  return product.add(squares(a)).add(squares(b).transpose(-2, -1)).clampMin(0).sqrt();
}

/** 1 where elements differ, else 0: the terms of the 0-norm, whose gradient is zero. */
const differs: Op<(x1: Tensor, x2: Tensor) => Tensor> = pointwise(
  "differs(Tensor x1, Tensor x2)",
  (x, y) => e.select(e.ne(x, y), 1, 0),
  rules.numeric,
  { inPlace: false },
);

/** `grad·sign(x)` where `|x|` is the norm. */
const farthest: Op<(grad: Tensor, x: Tensor, norm: Tensor) => Tensor> = pointwise(
  "farthest(Tensor grad, Tensor x, Tensor norm)",
  (grad, x, norm) => e.select(e.eq(e.abs(x), norm), e.mul(grad, e.sign(x)), 0),
  rules.gradientRule,
  { inPlace: false },
);

/** The largest modulus along the last dimension; each of several has the whole gradient, unlike in `vectorNorm`. */
const chebyshev: Op<(x: Tensor) => Tensor> = primitive("chebyshev(Tensor x)", {
  forward: (x) => vectorNorm(x, Number.POSITIVE_INFINITY, -1),
  gradient: { x: (grad, { x, out }) => farthest(grad.unsqueeze(-1), x, out.unsqueeze(-1)) },
});

/** The `p`-norms of differences along the last dimension. */
function lengths(x1: Tensor, x2: Tensor, p: number): Tensor {
  if (p === Number.POSITIVE_INFINITY) return chebyshev(x1.sub(x2));
  return p === 0 ? differs(x1, x2).sum(-1) : vectorNorm(x1.sub(x2), p, -1);
}

/** The gradient of the difference of rows from that of their distance, both with a last dimension of 1. */
function differenceGradient(grad: Tensor, difference: Tensor, distance: Tensor, p: number): Tensor | null {
  return p === Number.POSITIVE_INFINITY ? farthest(grad, difference, distance) : normGradient(grad, difference, distance, p, [-1]);
}

/** The distances of all pairs of rows of `x1` `[n, i, m]` and `x2` `[n, j, m]`: `[n, i, j]`. */
const betweenRows: Op<(x1: Tensor, x2: Tensor, p: number) => Tensor> = primitive("cdist(Tensor x1, Tensor x2, float p)", {
  forward: (x1, x2, p) => {
    const { backend } = x1.storage;
    const out = emptyOn(backend, [x1.shape[0] as number, x1.shape[1] as number, x2.shape[1] as number], x1.dtype);
    const dense = (x: Tensor): Tensor => (x.dense ? x : denseCopy(x));
    return backend.kernels.distances?.(out, dense(x1), dense(x2), p) === true ? out : lengths(x1.unsqueeze(-2), x2.unsqueeze(-3), p);
  },
  gradient: {
    x1: (grad, { x1, x2, out, p }) =>
      differenceGradient(grad.unsqueeze(-1), x1.unsqueeze(-2).sub(x2.unsqueeze(-3)), out.unsqueeze(-1), p)?.sum(-2) ??
      grad.newZeros(x1.shape),
    x2: (grad, { x1, x2, out, p }) =>
      differenceGradient(grad.unsqueeze(-1), x1.unsqueeze(-2).sub(x2.unsqueeze(-3)), out.unsqueeze(-1), p)
        ?.sum(-3)
        .neg() ?? grad.newZeros(x2.shape),
  },
  gradName: "CdistBackward0",
});

/** The distances of all pairs of rows of a matrix. */
const withinRows: Op<(input: Tensor, p: number) => Tensor> = primitive("pdist(Tensor input, float p)", {
  forward: (input, p) => {
    const n = input.shape[0] as number;
    const { backend } = input.storage;
    const out = emptyOn(backend, [(n * (n - 1)) / 2], input.dtype);
    const rows = (input.dense ? input : denseCopy(input)).unsqueeze(0);
    if (backend.kernels.distances?.(out, rows, null, p) === true) return out;
    const [first, second] = pairs(n, input);
    return lengths(input.indexSelect(0, first), input.indexSelect(0, second), p);
  },
  gradient: {
    input: (grad, { input, out, p }) => {
      const [first, second] = pairs(input.shape[0] as number, input);
      const difference = input.indexSelect(0, first).sub(input.indexSelect(0, second));
      const each = differenceGradient(grad.unsqueeze(-1), difference, out.unsqueeze(-1), p);
      const zeros = grad.newZeros(input.shape);
      return each === null ? zeros : zeros.indexAdd(0, first, each).indexAdd(0, second, each.neg());
    },
  },
  gradName: "PdistBackward0",
});

/** How `cdist` computes Euclidean distances. */
export type ComputeMode = "use_mm_for_euclid_dist_if_necessary" | "use_mm_for_euclid_dist" | "donot_use_mm_for_euclid_dist";

/**
 * The `p`-norm distances between all pairs of rows of `x1` `[…, P, M]` and `x2` `[…, R, M]`: `[…, P, R]`.
 * @throws {ShapeError} if the rows differ in length, or an input has fewer than two dimensions.
 */
export const cdist: Op<
  (x1: Tensor, x2: Tensor, ...args: Args<[p: number, computeMode: ComputeMode], { p?: number; computeMode?: ComputeMode }>) => Tensor
> = composite("cdist(Tensor x1, Tensor x2, float p=2, str? computeMode=null)", (x1, x2, p, mode) => {
  for (const [name, x] of [
    ["X1", x1],
    ["X2", x2],
  ] as const) {
    if (!x.dtype.isFloatingPoint)
      throw new DTypeError(`cdist: cdist only supports floating-point dtypes, ${name} got: ${x.dtype.scalarName}`);
    if (x.shape.length < 2) throw new ShapeError(`cdist: cdist only supports at least 2D tensors, ${name} got: ${x.shape.length}D`);
  }
  const [p1, m1] = x1.shape.slice(-2) as [number, number];
  const [p2, m2] = x2.shape.slice(-2) as [number, number];
  if (m1 !== m2) throw new ShapeError(`cdist: X1 and X2 must have the same number of columns. X1: ${m1} X2: ${m2}`);
  if (!(p >= 0)) throw new ArgumentError(`cdist: cdist only supports non-negative p values, got ${p}`);
  const many = p1 > ROWS_FOR_PRODUCT || p2 > ROWS_FOR_PRODUCT;
  const byProduct = mode === "use_mm_for_euclid_dist" || ((mode === null || mode === "use_mm_for_euclid_dist_if_necessary") && many);
  if (p === 2 && byProduct && x1.count > 0 && x2.count > 0) return euclideanByProduct(x1, x2);
  if (m1 === 0) return x1.unsqueeze(-2).sub(x2.unsqueeze(-3)).sum(-1);
  const dtype = promoteTypes(x1.dtype, x2.dtype);
  const batch = broadcastShapes("cdist", [x1.shape.slice(0, -2), x2.shape.slice(0, -2)]);
  const joined = (x: Tensor, n: number): Tensor =>
    x
      .to(dtype)
      .expand([...batch, n, m1])
      .reshape([numelOf(batch), n, m1]);
  return betweenRows(joined(x1, p1), joined(x2, p2), p).reshape([...batch, p1, p2]);
});

/** The indices `i < j` of all pairs of `n` things, on the device of a tensor. */
function pairs(n: number, like: Tensor): [first: Tensor, second: Tensor] {
  const count = (n * (n - 1)) / 2;
  const first = new BigInt64Array(count);
  const second = new BigInt64Array(count);
  let at = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      first[at] = BigInt(i);
      second[at++] = BigInt(j);
    }
  }
  const { backend } = like.storage;
  return [fromHost(first, [count], int64, backend), fromHost(second, [count], int64, backend)];
}

/**
 * The `p`-norm distances between all pairs of different rows of a matrix, those of the first row first.
 * @throws {ShapeError} if the input is no matrix.
 */
export const pdist: Op<(input: Tensor, ...args: Args<[p: number], { p?: number }>) => Tensor> = composite(
  "pdist(Tensor input, float p=2)",
  (input, p) => {
    if (input.shape.length !== 2)
      throw new ShapeError(`pdist: pdist only supports 2D tensors, got: ${input.shape.length}D, shape ${formatShape(input.shape)}`);
    if (!input.dtype.isFloatingPoint) throw new DTypeError(`pdist: pdist only supports floating-point dtypes, got ${input.dtype}`);
    if (!(p >= 0)) throw new ArgumentError(`pdist: pdist only supports non-negative p values, got ${p}`);
    return withinRows(input, p);
  },
);
