/** Scattered reductions: elements that meet at one place are combined. */

import type { ScatterMode } from "../../backend/contract.js";
import { bool, type DType } from "../../core/dtype.js";
import { ArgumentError, DTypeError, IndexError, ShapeError } from "../../core/errors.js";
import { formatShape, wrapDim } from "../../core/shape.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { InPlaceOp } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { asIndex, checkBounds } from "./bounds.js";

/** How elements that meet at one place are combined. */
export type ScatterReduction = "sum" | "prod" | "mean" | "amax" | "amin";

const modes: { readonly [name in ScatterReduction]: ScatterMode } = { sum: "add", prod: "mul", mean: "add", amax: "max", amin: "min" };

function isReduction(name: string): name is ScatterReduction {
  return name in modes;
}

/** The value that leaves others as they are. */
function neutral(reduce: ScatterReduction, dtype: DType): number | bigint {
  if (reduce === "sum" || reduce === "mean") return 0;
  if (reduce === "prod") return 1;
  const lowest = reduce === "amax";
  if (dtype.isFloatingPoint) return lowest ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (dtype === bool) return lowest ? 0 : 1;
  const bits = BigInt(8 * dtype.itemsize - (dtype.isSigned ? 1 : 0));
  const limit = lowest ? (dtype.isSigned ? -(2n ** bits) : 0n) : 2n ** bits - 1n;
  return dtype.itemsize === 8 ? limit : Number(limit);
}

/** How many elements went into each place. */
function countsOf(like: Tensor, dim: number, index: Tensor, src: Tensor, includeSelf: boolean): Tensor {
  const start = includeSelf ? like.newOnes(like.shape) : like.newZeros(like.shape);
  const counts = start.scatterAdd(dim, index, src.detach().newOnes(src.shape));
  return counts.maskedFill(counts.eq(0), 1);
}

function combine(input: Tensor, dim: number, index: Tensor, src: Tensor, reduce: ScatterReduction, includeSelf: boolean): Tensor {
  const { dtype } = input;
  if (dtype.isComplex && (reduce === "amax" || reduce === "amin"))
    throw new DTypeError(`scatterReduce: "scatter_reduce" with ${reduce} not implemented for '${dtype.scalarName}'`);
  if (src.dtype !== dtype)
    throw new DTypeError(
      `scatterReduce: scatter(): Expected self.dtype to be equal to src.dtype, got ${dtype} and ${src.dtype}. Convert one with .to(dtype).`,
    );
  // What is not included is overwritten first; this also checks the index.
  const start = input.scatter(dim, index, includeSelf ? src : neutral(reduce, dtype));
  const out = includeSelf ? input.clone() : start;
  const kernels = input.storage.backend.kernels;
  kernels.scatter(out, wrapDim("scatterReduce", dim, input.shape.length), asIndex("scatterReduce", index), src, modes[reduce]);
  if (reduce !== "mean") return out;
  const counts = countsOf(input, dim, index, src, includeSelf);
  return dtype.isFloatingPoint || dtype.isComplex ? out.div(counts) : out.floorDivide(counts);
}

interface Saved {
  readonly input: Tensor;
  readonly dim: number;
  readonly index: Tensor;
  readonly src: Tensor;
  readonly reduce: string;
  readonly includeSelf: boolean;
  readonly out: Tensor;
}

/** Each extreme element takes an equal share of the gradient. */
function shares(grad: Tensor, { input, dim, index, src, out }: Saved): { readonly self: Tensor; readonly source: Tensor } {
  const isSource = src.eq(out.gather(dim, index)).to(grad.dtype);
  const isSelf = input.eq(out).to(grad.dtype);
  const share = grad.div(isSelf.scatterAdd(dim, index, isSource));
  return { self: share.mul(isSelf), source: share.gather(dim, index).mul(isSource) };
}

/** The gradient of `input`, not yet regarding whether it is included. */
function inputGradient(grad: Tensor, saved: Saved): Tensor {
  const { input, dim, index, src, includeSelf } = saved;
  switch (saved.reduce as ScatterReduction) {
    case "sum":
      return grad;
    case "mean":
      return grad.div(countsOf(grad, dim, index, src, includeSelf));
    case "prod": {
      const filled = input.maskedFill(input.eq(0), 1);
      return grad.mul(filled.scatterReduce(dim, index, src, "prod", { includeSelf })).div(filled);
    }
    default:
      return shares(grad, saved).self;
  }
}

function sourceGradient(grad: Tensor, saved: Saved): Tensor {
  const { input, dim, index, src, out, includeSelf } = saved;
  switch (saved.reduce as ScatterReduction) {
    case "sum":
      return grad.gather(dim, index);
    case "mean":
      return grad.gather(dim, index).div(countsOf(grad, dim, index, src, includeSelf).gather(dim, index));
    case "prod": {
      // The product of the others is the result divided by the element; for a single zero it is computed without it.
      const isZero = src.eq(0);
      const zeros = input.detach().newZeros(input.shape).scatterAdd(dim, index, isZero.to(src.dtype)).gather(dim, index);
      const single = isZero.mul(zeros.eq(1));
      const without = input.scatterReduce(dim, index, src.maskedFill(single, 1), "prod", { includeSelf });
      const others = grad.mul(out).gather(dim, index).div(src.maskedFill(isZero, 1));
      return others.maskedFill(single, 0).add(grad.mul(without).gather(dim, index).mul(single));
    }
    default:
      return shares(grad, saved).source;
  }
}

/**
 * Combines elements of `src` along a dimension by an index for each, with what is there (`includeSelf`) or instead of it.
 * @throws {ArgumentError} for an unknown reduction.
 * @example
 * ```ts
 * torch.zeros(2).scatterReduce(0, torch.tensor([0n, 0n, 1n]), torch.tensor([1, 3, 5]), "mean", { includeSelf: false }); // tensor([2., 5.])
 * ```
 */
export const scatterReduce: InPlaceOp<
  (input: Tensor, dim: number, index: Tensor, src: Tensor, reduce: ScatterReduction, options?: { includeSelf?: boolean }) => Tensor
> = primitive("scatterReduce(Tensor input, int dim, Tensor index, Tensor src, str reduce, *, bool includeSelf=true)", {
  inPlace: true,
  forward: (input, dim, index, src, reduce, includeSelf) => {
    if (!isReduction(reduce))
      throw new ArgumentError(`scatterReduce: reduce argument must be either sum, prod, mean, amax or amin, got ${reduce}`);
    return combine(input, dim, index, src, reduce, includeSelf);
  },
  gradient: {
    input: (grad, saved) => {
      const whole = inputGradient(grad, saved);
      return saved.includeSelf ? whole : whole.scatter(saved.dim, saved.index, 0);
    },
    src: sourceGradient,
  },
});

/**
 * Combines slices of `source` with the slices of `input` that `index` names along a dimension.
 * @throws {IndexError} for an index out of bounds.
 */
export const indexReduce: InPlaceOp<
  (
    input: Tensor,
    dim: number,
    index: Tensor,
    source: Tensor,
    reduce: Exclude<ScatterReduction, "sum">,
    options?: { includeSelf?: boolean },
  ) => Tensor
> = composite(
  "indexReduce(Tensor input, int dim, Tensor index, Tensor source, str reduce, *, bool includeSelf=true)",
  (input, dim, index, source, reduce, includeSelf) => {
    if (reduce === "sum" || !isReduction(reduce))
      throw new ArgumentError(`indexReduce: index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got ${reduce}.`);
    const rank = Math.max(input.shape.length, 1);
    const d = wrapDim("indexReduce", dim, rank);
    if (index.shape.length > 1)
      throw new IndexError(`indexReduce: index_reduce(): Index is supposed to be a vector, but got dim: ${index.shape.length}`);
    const rows = source.shape.length === 0 ? source.reshape(1) : source;
    if (index.count !== rows.shape[d]) {
      throw new ShapeError(
        `indexReduce: index_reduce(): Number of indices (${index.count}) should be equal to source.size(dim): (${rows.shape[d]}), for dim: ${d}; source has shape ${formatShape(source.shape)}`,
      );
    }
    const size = input.shape[d] ?? 1;
    checkBounds(asIndex("indexReduce", index), 0, size, (bad) => {
      throw new IndexError(`indexReduce: index_reduce(): index ${bad} is out of bounds for dimension ${d} with size ${size}`);
    });
    const each = index.reshape(Array.from({ length: rank }, (_, i) => (i === d ? -1 : 1))).expand(rows.shape as number[]);
    return input.scatterReduce(d, each, rows, reduce, { includeSelf });
  },
  { inPlace: true },
);
