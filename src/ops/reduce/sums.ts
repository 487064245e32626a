/** Sums, products and means. */

import { type DType, int64 } from "../../core/dtype.js";
import { DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape, wrapDim, wrapDims } from "../../core/shape.js";
import * as e from "../../expr/build.js";
import { input as element } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { composite, primitive, sumToShape } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Sizes } from "../shape/views.js";
import { countOver, type Dims, kept, reduceDims, reduceProgram, reduceWith, spread } from "./reduction.js";

type Reduction = Op<
  (input: Tensor, ...args: Args<[dim: Dims, keepdim: boolean], { dim?: Dims; keepdim?: boolean; dtype?: DType | null }>) => Tensor
>;

/** Integers and truth values are summed and multiplied as int64. */
const wide = (input: DType, dtype: DType | null): DType => dtype ?? (input.kind === "int" || input.kind === "bool" ? int64 : input);

/**
 * The sum of all elements, or along dimensions. Integers are summed as int64.
 * @example
 * ```ts
 * torch.ones(2, 3).sum({ dim: 0 }); // tensor([2., 2., 2.])
 * ```
 */
export const sum: Reduction = primitive("sum(Tensor input, int[]? dim=null, bool keepdim=false, *, dtype? dtype=null)", {
  forward: (input, dim, keepdim, dtype) => {
    const result = wide(input.dtype, dtype);
    return reduceWith("sum", input, reduceDims("sum", dim, input.shape.length), keepdim, result, result);
  },
  gradient: {
    input: (grad, { given, dim, keepdim }) => spread(grad, given.input.shape, reduceDims("sum", dim, given.input.shape.length), keepdim),
  },
  gradName: (_input, dim) => (dim === null ? "SumBackward0" : "SumBackward1"),
});

const present = new Program("nansum", [e.select(e.isNan(element(0)), 0, element(0))], 1);

/**
 * The sum of the elements that are not NaN.
 * @throws {DTypeError} for complex numbers.
 */
export const nansum: Reduction = primitive("nansum(Tensor input, int[]? dim=null, bool keepdim=false, *, dtype? dtype=null)", {
  forward: (input, dim, keepdim, dtype) => {
    if (input.dtype.isComplex) throw new DTypeError(`nansum: nansum does not support complex inputs, got ${input.dtype}`);
    const result = wide(input.dtype, dtype);
    const dims = reduceDims("nansum", dim, input.shape.length);
    if (!input.dtype.isFloatingPoint) return reduceWith("sum", input, dims, keepdim, result, result);
    const compute = result.isFloatingPoint ? result : input.dtype;
    return reduceProgram("sum", present, [input], input.shape, { dims, keepdim, compute, result });
  },
  gradient: {
    input: (grad, { input, dim, keepdim }) =>
      spread(grad, input.shape, reduceDims("nansum", dim, input.shape.length), keepdim).mul(input.eq(input)),
  },
});

function meanType(op: string, input: DType, dtype: DType | null): DType {
  const result = dtype ?? input;
  if (result.isFloatingPoint || result.isComplex) return result;
  const which = dtype === null ? "Input dtype" : "Optional dtype";
  throw new DTypeError(
    `${op}: ${op}(): could not infer output dtype. ${which} must be either a floating point or complex dtype. Got: ${result.scalarName}`,
  );
}

/**
 * The mean of all elements, or along dimensions.
 * @throws {DTypeError} for integers, unless a float `dtype` is given.
 */
export const mean: Reduction = primitive("mean(Tensor input, int[]? dim=null, bool keepdim=false, *, dtype? dtype=null)", {
  forward: (input, dim, keepdim, dtype) => {
    const result = meanType("mean", input.dtype, dtype);
    const dims = reduceDims("mean", dim, input.shape.length);
    return reduceWith("sum", input, dims, keepdim, result, result, 1 / countOver(input.shape, dims));
  },
  gradient: {
    input: (grad, { given, dim, keepdim }) => {
      const { shape } = given.input;
      const dims = reduceDims("mean", dim, shape.length);
      return spread(grad.mul(1 / Math.max(countOver(shape, dims), 1)), shape, dims, keepdim);
    },
  },
  gradName: (_input, dim) => (dim === null ? "MeanBackward0" : "MeanBackward1"),
});

/**
 * The mean of the elements that are not NaN.
 * @throws {DTypeError} unless the dtype is a float.
 */
export const nanmean: Reduction = composite(
  "nanmean(Tensor input, int[]? dim=null, bool keepdim=false, *, dtype? dtype=null)",
  (input, dim, keepdim, dtype) => {
    if (!input.dtype.isFloatingPoint && !input.dtype.isComplex)
      throw new DTypeError(`nanmean: nanmean(): expected input to have floating point or complex dtype but got ${input.dtype.scalarName}`);
    const factor = input.eq(input).sum({ dim, keepdim });
    return input.nansum({ dim, keepdim, dtype }).div(factor);
  },
);

/** The products of all elements but one, along `dim`: those before it times those after it, which needs no division. */
function productOfOthers(input: Tensor, dim: number): Tensor {
  const n = input.shape[dim] as number;
  const ones = input.newOnes(input.shape);
  const before = ones.sliceScatter(input.narrow(dim, 0, n - 1), dim, 1, n).cumprod(dim);
  const after = ones
    .sliceScatter(input.narrow(dim, 1, n - 1).flip(dim), dim, 1, n)
    .cumprod(dim)
    .flip(dim);
  return before.mul(after);
}

/**
 * The product of all elements, or along a dimension. Integers are multiplied as int64.
 * @example
 * ```ts
 * torch.tensor([2, 3, 4]).prod(); // tensor(24.)
 * ```
 */
export const prod: Op<
  (
    input: Tensor,
    ...args: Args<[dim: number | null, keepdim: boolean], { dim?: number | null; keepdim?: boolean; dtype?: DType | null }>
  ) => Tensor
> = primitive("prod(Tensor input, int? dim=null, bool keepdim=false, *, dtype? dtype=null)", {
  forward: (input, dim, keepdim, dtype) => {
    const result = wide(input.dtype, dtype);
    return reduceWith("prod", input, wrapDims("prod", dim, input.shape.length), keepdim, result, result);
  },
  gradient: {
    input: (grad, { input, dim, keepdim }) => {
      const { shape } = input;
      if (shape.length === 0) return grad;
      const values = input.to(grad.dtype);
      if (input.count === 0) return values.mul(0);
      if (dim === null)
        return productOfOthers(values.reshape(-1), 0)
          .reshape(shape as number[])
          .conj()
          .mul(grad);
      const d = wrapDim("prod", dim, shape.length);
      return productOfOthers(values, d)
        .conj()
        .mul(kept(grad, shape, [d], keepdim));
    },
  },
  gradName: (_input, dim) => (dim === null ? "ProdBackward0" : "ProdBackward1"),
});

/**
 * The sum over the dimensions along which `size` would have to be stretched to the input's shape.
 * @throws {ShapeError} if `size` does not broadcast to the input's shape.
 * @example
 * ```ts
 * torch.ones(2, 3).sumToSize(1, 3); // tensor([[2., 2., 2.]])
 * ```
 */
export const sumToSize: Op<(input: Tensor, ...size: Sizes) => Tensor> = composite(
  "sumToSize(Tensor input, ...int[] size)",
  (input, size) => {
    const lead = input.shape.length - size.length;
    const fits = lead >= 0 && size.every((n, d) => n === 1 || n === input.shape[d + lead]);
    if (!fits) throw new ShapeError(`sumToSize: size ${formatShape(size)} is not expandable to size ${formatShape(input.shape)}.`);
    return size.length === 0 ? input.sum() : sumToShape(input, size);
  },
);
