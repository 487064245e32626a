/** Reading and writing elements through an index along one dimension, one index for each element. */

import type { ScatterMode } from "../../backend/contract.js";
import { isComplexLike } from "../../core/complex.js";
import { ArgumentError, AutogradError, DTypeError, IndexError, ShapeError } from "../../core/errors.js";
import { broadcastShapes, formatShape, wrapDim } from "../../core/shape.js";
import { emptyOn, type Scalar, scalarOn } from "../../tensor/create.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Args, InPlaceOp, Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { asIndex, checkBounds, sameDevice } from "./bounds.js";

/** The index as int64, checked to be within bounds of `input` along `dim` and not larger than it elsewhere. */
function checkIndex(op: string, input: Tensor, dim: number, index: Tensor, source: Tensor | null): Tensor {
  sameDevice(op, input, index, source);
  const checked = asIndex(op, index);
  if (index.count === 0) return checked;
  const rank = Math.max(input.shape.length, 1);
  const of = (tensor: Tensor, d: number): number => tensor.shape[d] ?? 1;
  if (Math.max(index.shape.length, 1) !== rank) {
    throw new ShapeError(
      `${op}: Index tensor must have the same number of dimensions as ${source === null ? "input" : "self"} tensor, got ${formatShape(index.shape)} and ${formatShape(input.shape)}`,
    );
  }
  if (source !== null && Math.max(source.shape.length, 1) !== rank) {
    throw new ShapeError(
      `${op}: Index tensor must have the same number of dimensions as src tensor, got ${formatShape(index.shape)} and ${formatShape(source.shape)}`,
    );
  }
  for (let d = 0; d < rank; d++) {
    if (source === null && d !== dim && of(index, d) > of(input, d)) {
      throw new ShapeError(
        `${op}: Size does not match at dimension ${d} expected index ${formatShape(index.shape)} to be no larger than self ${formatShape(input.shape)} apart from dimension ${dim}`,
      );
    }
    if (source !== null && ((d !== dim && of(index, d) > of(input, d)) || of(index, d) > of(source, d))) {
      throw new ShapeError(
        `${op}: Expected index ${formatShape(index.shape)} to be no larger than self ${formatShape(input.shape)} apart from dimension ${dim} and to be no larger size than src ${formatShape(source.shape)}`,
      );
    }
  }
  const size = of(input, dim);
  checkBounds(checked, 0, size, (bad) => {
    throw new IndexError(`${op}: index ${bad} is out of bounds for dimension ${dim} with size ${size}`);
  });
  return checked;
}

/**
 * Elements along a dimension by an index for each: `out[i][j] = input[index[i][j]][j]` for `dim` 0, and so on.
 * @throws {IndexError} for an index out of bounds.
 * @example
 * ```ts
 * torch.tensor([[1, 2], [3, 4]]).gather(1, torch.tensor([[0n, 0n], [1n, 0n]])); // tensor([[1., 1.], [4., 3.]])
 * ```
 */
export const gather: Op<(input: Tensor, dim: number, index: Tensor, options?: { sparseGrad?: boolean }) => Tensor> = primitive(
  "gather(Tensor input, int dim, Tensor index, *, bool sparseGrad=false)",
  {
    forward: (input, dim, index) => {
      const d = wrapDim("gather", dim, input.shape.length);
      const out = emptyOn(input.storage.backend, index.shape, input.dtype);
      input.storage.backend.kernels.gather(out, input, d, checkIndex("gather", input, d, index, null));
      return out;
    },
    gradient: { input: (grad, { given, index, dim }) => grad.newZeros(given.input.shape).scatterAdd(dim, index, grad) },
  },
);

/** Writes `source` into `out` through an index, combined by `mode`. */
function scatterInto(op: string, out: Tensor, dim: number, index: Tensor, source: Tensor | Scalar, mode: ScatterMode): Tensor {
  const d = wrapDim(op, dim, out.shape.length);
  const tensor = source instanceof Tensor ? source : null;
  if (tensor !== null && tensor.dtype !== out.dtype) {
    throw new DTypeError(
      `${op}: ${op}(): Expected self.dtype to be equal to src.dtype, got ${out.dtype} and ${tensor.dtype}. Convert one with .to(dtype).`,
    );
  }
  const checked = checkIndex(op, out, d, index, tensor);
  out.storage.backend.kernels.scatter(out, d, checked, tensor ?? numberFor(op, out, index, source as Scalar), mode);
  return out;
}

/** A number as the kernel takes it: a complex one as a tensor. */
function numberFor(op: string, out: Tensor, index: Tensor, value: Scalar): number | bigint | Tensor {
  if (!isComplexLike(value)) return typeof value === "boolean" ? Number(value) : value;
  if (!out.dtype.isComplex)
    throw new DTypeError(`${op}: value cannot be converted to type ${out.dtype.name} without overflow: (${value.re}, ${value.im}i)`);
  return scalarOn(out.storage.backend, value, out.dtype).expand(index.shape as number[]);
}

const modeOf = (reduce: string | null): ScatterMode => {
  if (reduce === null) return "write";
  if (reduce === "add") return "add";
  if (reduce === "multiply") return "mul";
  throw new ArgumentError(`scatter: reduce argument must be either add or multiply, got '${reduce}'`);
};

/**
 * Writes elements of `src`, or one number, along a dimension by an index for each: `out[index[i][j]][j] = src[i][j]` for `dim` 0, and so on.
 * @throws {IndexError} for an index out of bounds.
 */
export const scatter: InPlaceOp<
  (
    input: Tensor,
    dim: number,
    index: Tensor,
    src?: Tensor | Scalar | { value?: Scalar; reduce?: "add" | "multiply" },
    options?: { reduce?: "add" | "multiply" | null },
  ) => Tensor
> = primitive("scatter(Tensor input, int dim, Tensor index, Operand? src=null, *, Operand? value=null, str? reduce=null)", {
  writes: true,
  inPlace: true,
  forward: (out, dim, index, src, value, reduce) => {
    const source = src ?? value;
    if (source === null)
      throw new ArgumentError("scatter() missing required argument 'src' (position 4): a tensor, or a number for all places");
    return scatterInto("scatter", out, dim, index, source, modeOf(reduce));
  },
  gradient: {
    input: (grad, { dim, index, reduce }) => {
      if (reduce === "multiply")
        throw new AutogradError(
          "scatter: the derivative for scatter with reduce 'multiply' is not implemented; use scatterReduce with 'prod'",
        );
      return reduce === "add" ? grad : grad.scatter(dim, index, 0);
    },
    src: (grad, { dim, index }) => grad.gather(dim, index),
  },
});

/** Adds elements of `src` along a dimension by an index for each: `out[index[i][j]][j] += src[i][j]` for `dim` 0, and so on. */
export const scatterAdd: InPlaceOp<(input: Tensor, dim: number, index: Tensor, src: Tensor) => Tensor> = primitive(
  "scatterAdd(Tensor input, int dim, Tensor index, Tensor src)",
  {
    writes: true,
    inPlace: true,
    forward: (out, dim, index, src) => scatterInto("scatterAdd", out, dim, index, src, "add"),
    gradient: {
      input: (grad) => grad,
      src: (grad, { dim, index }) => grad.gather(dim, index),
    },
  },
);

/**
 * Elements along a dimension by indices that broadcast against the input; without `dim`, of the flattened input.
 * @example
 * ```ts
 * const x = torch.tensor([[3, 1], [2, 4]]);
 * x.takeAlongDim(x.argsort(1), 1); // tensor([[1., 3.], [2., 4.]])
 * ```
 */
export const takeAlongDim: Op<(input: Tensor, indices: Tensor, ...args: Args<[dim: number | null], { dim?: number | null }>) => Tensor> =
  composite("takeAlongDim(Tensor input, Tensor indices, int? dim=null)", (input, indices, dim) => {
    if (indices.dtype.name !== "int64") {
      throw new DTypeError(
        `takeAlongDim: torch.take_along_dim(): dtype of indices should be Long but got ${indices.dtype.scalarName}. Convert them with .long().`,
      );
    }
    if (dim === null) return input.reshape(-1).takeAlongDim(indices.reshape(-1), 0);
    const rank = input.shape.length;
    if (indices.shape.length !== rank) {
      throw new ShapeError(
        `takeAlongDim: torch.take_along_dim(): input and indices should have the same number of dimensions, but got ${rank} dimensions for input, and ${indices.shape.length} dimensions for indices`,
      );
    }
    const d = wrapDim("takeAlongDim", dim, rank);
    const without = (shape: readonly number[]): number[] => shape.map((n, i) => (i === d ? 1 : n));
    const common = broadcastShapes("takeAlongDim", [without(input.shape), without(indices.shape)]);
    const withSize = (size: number | undefined): number[] => common.map((n, i) => (i === d && size !== undefined ? size : n));
    // PyTorch takes indices modulo the size here, which changes those only that are out of bounds.
    const size = Math.max(input.shape[d] ?? 1, 1);
    const range = indices.storage.backend.kernels.indexRange?.(indices);
    const places = range !== undefined && range[0] >= 0 && range[1] < size ? indices : indices.remainder(size);
    return input.expand(withSize(input.shape[d])).gather(d, places.expand(withSize(indices.shape[d])));
  });
