/** Sorting and selection by rank. */

import { bool, int64 } from "../../core/dtype.js";
import { ArgumentError, DTypeError } from "../../core/errors.js";
import { wrapDim } from "../../core/shape.js";
import { emptyLike, emptyOn, tensorOver } from "../../tensor/create.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reducedShape, reshaped, type ValuesIndices } from "../reduce/reduction.js";

function requireOrder(op: string, input: Tensor): void {
  if (input.dtype.isComplex)
    throw new DTypeError(`${op}: Sort does not support complex dtypes on CPU, got ${input.dtype}; sort abs() or angle() instead`);
}

/** Values and indices in order along a dimension. NaN counts as the largest number; equal elements keep their order. */
function sorted(op: string, input: Tensor, dim: number, descending: boolean): [values: Tensor, indices: Tensor] {
  const d = wrapDim(op, dim, input.shape.length);
  requireOrder(op, input);
  const values = emptyLike(input, input.dtype);
  const indices = emptyLike(input, int64);
  input.storage.backend.kernels.sort(values, indices, input, d, descending);
  return [values, indices];
}

/** Values and indices of elements of given ranks (int64) along a dimension, as sorting would bring them there. */
export function ofRanks(input: Tensor, dim: number, ranks: Tensor, descending: boolean): [values: Tensor, indices: Tensor] {
  const { backend } = input.storage;
  const values = emptyOn(backend, ranks.shape, input.dtype);
  const indices = emptyOn(backend, ranks.shape, int64);
  if (backend.kernels.select?.(values, indices, input, dim, ranks, descending) === true) return [values, indices];
  const [all, places] = [emptyLike(input, input.dtype), emptyLike(input, int64)];
  backend.kernels.sort(all, places, input, dim, descending);
  backend.kernels.gather(values, all, dim, ranks);
  backend.kernels.gather(indices, places, dim, ranks);
  return [values, indices];
}

/** The ranks from `first` on, `count` of them, for every line of a tensor along a dimension. */
function ranksFrom(first: number, count: number, input: Tensor, dim: number): Tensor {
  const line = emptyOn(input.storage.backend, [count], int64);
  input.storage.backend.kernels.sequence(line, BigInt(first), 1n);
  const shape = input.shape.map((n, d) => (d === dim ? count : n));
  return tensorOver(
    line.storage,
    shape,
    shape.map((_, d) => (d === dim ? 1 : 0)),
    line.offset,
    int64,
  );
}

interface Selected {
  readonly given: { readonly input: Tensor };
  readonly outs: readonly Tensor[];
  readonly dim: number;
}

/** Values that were selected along a dimension give their gradients to the elements that they came from. */
function selectionGradient(grad: Tensor, { given, outs, dim }: Selected): Tensor {
  return grad.newZeros(given.input.shape).scatter(dim, outs[1] as Tensor, grad);
}

/**
 * The elements in order along a dimension, and where each came from. NaN counts as the largest; the order of equal elements is kept.
 * @throws {DTypeError} for complex numbers.
 * @example
 * ```ts
 * const { values, indices } = torch.tensor([3, 1, 2]).sort();
 * ```
 */
export const sort: Op<
  (
    input: Tensor,
    ...args: Args<[dim: number, descending: boolean], { dim?: number; descending?: boolean; stable?: boolean | null }>
  ) => ValuesIndices
> = primitive("sort(Tensor input, int dim=-1, bool descending=false, *, bool? stable=null)", {
  results: ["values", "indices"],
  forward: (input, dim, descending) => sorted("sort", input, dim, descending),
  gradient: { input: selectionGradient },
});

/** The indices that sort along a dimension. */
export const argsort: Op<
  (input: Tensor, ...args: Args<[dim: number, descending: boolean], { dim?: number; descending?: boolean; stable?: boolean }>) => Tensor
> = composite(
  "argsort(Tensor input, int dim=-1, bool descending=false, *, bool stable=false)",
  (input, dim, descending) => sorted("argsort", input, dim, descending)[1],
  { differentiable: false },
);

/** The elements in order along the first dimension. */
export const msort: Op<(input: Tensor) => Tensor> = composite("msort(Tensor input)", (input) => input.sort(0).values);

/**
 * The `k` largest (or smallest) elements along a dimension, in order, and where each came from.
 * @throws {ArgumentError} if `k` is larger than the dimension.
 * @example
 * ```ts
 * const { values, indices } = torch.tensor([1, 5, 3]).topk(2);
 * values; // tensor([5., 3.])
 * indices; // tensor([1, 2])
 * ```
 */
export const topk: Op<
  (
    input: Tensor,
    k: number,
    ...args: Args<[dim: number, largest: boolean, sorted: boolean], { dim?: number; largest?: boolean; sorted?: boolean }>
  ) => ValuesIndices
> = primitive("topk(Tensor input, int k, int dim=-1, bool largest=true, bool sorted=true)", {
  results: ["values", "indices"],
  forward: (input, k, dim, largest) => {
    const d = wrapDim("topk", dim, input.shape.length);
    const size = input.shape[d] ?? 1;
    if (input.dtype === bool) throw new DTypeError("topk: topk does not support bool dtypes on CPU; convert it with .int()");
    if (k < 0 || k > size) throw new ArgumentError(`topk: selected index k out of range: k is ${k}, dimension ${d} has ${size} elements`);
    if (input.shape.length === 0) return sorted("topk", input, d, largest);
    requireOrder("topk", input);
    return ofRanks(input, d, ranksFrom(0, k, input, d), largest);
  },
  gradient: { input: selectionGradient },
});

/**
 * The `k`-th smallest element along a dimension (counted from 1), and where it came from.
 * @throws {ArgumentError} if there is no such element.
 */
export const kthvalue: Op<
  (input: Tensor, k: number, ...args: Args<[dim: number, keepdim: boolean], { dim?: number; keepdim?: boolean }>) => ValuesIndices
> = primitive("kthvalue(Tensor input, int k, int dim=-1, bool keepdim=false)", {
  results: ["values", "indices"],
  forward: (input, k, dim, keepdim) => {
    const d = wrapDim("kthvalue", dim, input.shape.length);
    const size = input.shape[d] ?? 1;
    if (input.dtype === bool || input.dtype.isComplex)
      throw new DTypeError(`kthvalue: "kthvalue_cpu" not implemented for '${input.dtype.scalarName}'`);
    if (k < 1 || k > size)
      throw new ArgumentError(
        `kthvalue: kthvalue(): selected number k out of range for dimension ${d}: k is ${k}, there are ${size} elements`,
      );
    if (input.shape.length === 0) return sorted("kthvalue", input, d, false);
    const both = ofRanks(input, d, ranksFrom(k - 1, 1, input, d), false);
    return keepdim ? both : both.map((one) => reshaped(one, reducedShape(input.shape, [d], false)));
  },
  gradient: {
    input: (grad, { given, outs, dim, keepdim }) => {
      const { shape } = given.input;
      if (shape.length === 0 || keepdim) return grad.newZeros(shape).scatter(dim, outs[1] as Tensor, grad);
      return grad.newZeros(shape).scatter(dim, (outs[1] as Tensor).unsqueeze(dim), grad.unsqueeze(dim));
    },
  },
});
