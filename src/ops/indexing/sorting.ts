/** Sorting and selection by rank. */

import { bool, int64 } from "../../core/dtype.js";
import { ArgumentError, DTypeError } from "../../core/errors.js";
import { wrapDim } from "../../core/shape.js";
import { denseCopy } from "../../tensor/copy.js";
import { emptyLike } from "../../tensor/create.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { ValuesIndices } from "../reduce/reduction.js";

/** Values and indices in order along a dimension. NaN counts as the largest number; equal elements keep their order. */
function sorted(op: string, input: Tensor, dim: number, descending: boolean): [values: Tensor, indices: Tensor] {
  const d = wrapDim(op, dim, input.shape.length);
  if (input.dtype.isComplex)
    throw new DTypeError(`${op}: Sort does not support complex dtypes on CPU, got ${input.dtype}; sort abs() or angle() instead`);
  const values = emptyLike(input, input.dtype);
  const indices = emptyLike(input, int64);
  input.storage.backend.kernels.sort(values, indices, input, d, descending);
  return [values, indices];
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
    const [values, indices] = sorted("topk", input, d, largest);
    if (input.shape.length === 0) return [values, indices];
    return [denseCopy(values.narrow(d, 0, k)), denseCopy(indices.narrow(d, 0, k))];
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
    const both = sorted("kthvalue", input, d, false);
    if (input.shape.length === 0) return both;
    return both.map((one) => denseCopy(keepdim ? one.narrow(d, k - 1, 1) : one.select(d, k - 1)));
  },
  gradient: {
    input: (grad, { given, outs, dim, keepdim }) => {
      const { shape } = given.input;
      if (shape.length === 0 || keepdim) return grad.newZeros(shape).scatter(dim, outs[1] as Tensor, grad);
      return grad.newZeros(shape).scatter(dim, (outs[1] as Tensor).unsqueeze(dim), grad.unsqueeze(dim));
    },
  },
});
