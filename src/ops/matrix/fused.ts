/** Products added to a tensor: `beta · input + alpha · product`. */

import { isComplexLike } from "../../core/complex.js";
import type { DType } from "../../core/dtype.js";
import { DTypeError, ShapeError } from "../../core/errors.js";
import type { Scalar } from "../../tensor/create.js";
import { primitive } from "../../tensor/define/index.js";
import type { InPlaceOp } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { asColumn, checkAdded, checkBatches, checkFactors, checkInner, checkMatrixVector, product, shaped } from "./factors.js";

/** The factors of the sum, by name. */
export interface Scales {
  /** The factor of the tensor that is added; with 0 it is not read at all. */
  beta?: Scalar;
  /** The factor of the product. */
  alpha?: Scalar;
}

/** The factor as a kernel takes it: whole for integers, as PyTorch casts it. */
function factor(op: string, name: string, value: Scalar, dtype: DType): number {
  if (isComplexLike(value)) throw new DTypeError(`${op}: ${name} = (${value.re}, ${value.im}i) is complex but the tensors are ${dtype}`);
  return dtype.isFloatingPoint || dtype.isComplex ? Number(value) : Math.trunc(Number(value));
}

/** `beta · input + alpha · a · b` by one kernel (into `out`, where that is given), or for complex factors by three. */
function fused(op: string, input: Tensor, a: Tensor, b: Tensor, beta: Scalar, alpha: Scalar, out: Tensor | null = null): Tensor {
  if (a.dtype.isComplex && (isComplexLike(beta) || isComplexLike(alpha))) {
    const scaled = product(a, b).mul(alpha);
    return isZero(beta) ? scaled : scaled.add(input.mul(beta));
  }
  const scale = factor(op, "beta", beta, a.dtype);
  return product(a, b, { bias: scale === 0 ? null : input, beta: scale, alpha: factor(op, "alpha", alpha, a.dtype) }, out);
}

const isZero = (value: Scalar): boolean => !isComplexLike(value) && Number(value) === 0;

/** The gradient times the conjugate of a factor. */
function scaled(grad: Tensor, value: Scalar): Tensor {
  if (isComplexLike(value)) return grad.mul({ re: value.re, im: -value.im });
  return Number(value) === 1 ? grad : grad.mul(value);
}

/**
 * `beta · input + alpha · (mat1 · mat2)`, with `input` broadcast to the product's shape.
 *
 * Shapes: `mat1` `[n, m]`, `mat2` `[m, p]`, result `[n, p]`.
 * @throws {ShapeError} if a factor is no matrix, or sizes do not fit.
 */
export const addmm: InPlaceOp<(input: Tensor, mat1: Tensor, mat2: Tensor, options?: Scales) => Tensor> = primitive(
  "addmm(Tensor input, Tensor mat1, Tensor mat2, *, Scalar beta=1, Scalar alpha=1)",
  {
    forward: (input, mat1, mat2, beta, alpha) => {
      if (mat1.shape.length !== 2) throw new ShapeError(`addmm: mat1 must be a matrix, got ${mat1.shape.length}-D tensor`);
      if (mat2.shape.length !== 2) throw new ShapeError(`addmm: mat2 must be a matrix, got ${mat2.shape.length}-D tensor`);
      checkFactors("addmm", mat1, mat2, input);
      checkInner("addmm", mat1, mat2);
      checkAdded("addmm", input, [mat1.shape[0] as number, mat2.shape[1] as number]);
      return fused("addmm", input, mat1, mat2, beta, alpha);
    },
    gradient: {
      input: (grad, { beta }) => scaled(grad, beta),
      mat1: (grad, { mat2, alpha }) => scaled(grad.mm(mat2.t().conj()), alpha),
      mat2: (grad, { mat1, alpha }) => scaled(mat1.t().conj().mm(grad), alpha),
    },
    inPlace: true,
  },
);

/**
 * `beta · input + alpha · (mat · vec)`, with `input` broadcast to the product's shape.
 *
 * Shapes: `mat` `[n, m]`, `vec` `[m]`, result `[n]`.
 * @throws {ShapeError} if the factors are not a matrix and a vector, or sizes do not fit.
 */
export const addmv: InPlaceOp<(input: Tensor, mat: Tensor, vec: Tensor, options?: Scales) => Tensor> = primitive(
  "addmv(Tensor input, Tensor mat, Tensor vec, *, Scalar beta=1, Scalar alpha=1)",
  {
    forward: (input, mat, vec, beta, alpha) => {
      checkMatrixVector("addmv", mat, vec);
      checkFactors("addmv", mat, vec, input);
      const rows = mat.shape[0] as number;
      checkAdded("addmv", input, [rows]);
      const column = input.shape.length === 0 ? input : input.unsqueeze(1);
      return shaped(fused("addmv", column, mat, asColumn(vec), beta, alpha), [rows]);
    },
    gradient: {
      input: (grad, { beta }) => scaled(grad, beta),
      mat: (grad, { vec, alpha }) => scaled(grad.outer(vec.conj()), alpha),
      vec: (grad, { mat, alpha }) => scaled(mat.t().conj().mv(grad), alpha),
    },
    inPlace: true,
  },
);

/**
 * `beta · input + alpha · (batch1 · batch2)` for every pair of matrices of two batches.
 *
 * Shapes: `batch1` `[b, n, m]`, `batch2` `[b, m, p]`, result `[b, n, p]`, to which `input` is broadcast.
 * @throws {ShapeError} if a factor is no batch of matrices, or sizes do not fit.
 */
export const baddbmm: InPlaceOp<(input: Tensor, batch1: Tensor, batch2: Tensor, options?: Scales) => Tensor> = primitive(
  "baddbmm(Tensor input, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1)",
  {
    forward: (input, batch1, batch2, beta, alpha) => {
      checkBatches("baddbmm", batch1, batch2);
      checkFactors("baddbmm", batch1, batch2, input);
      checkAdded("baddbmm", input, [batch1.shape[0] as number, batch1.shape[1] as number, batch2.shape[2] as number]);
      return fused("baddbmm", input, batch1, batch2, beta, alpha);
    },
    gradient: {
      input: (grad, { beta }) => scaled(grad, beta),
      batch1: (grad, { batch2, alpha }) => scaled(grad.bmm(batch2.transpose(1, 2).conj()), alpha),
      batch2: (grad, { batch1, alpha }) => scaled(batch1.transpose(1, 2).conj().bmm(grad), alpha),
    },
    inPlace: true,
  },
);

/** The sum `beta · input + alpha · Σ batch1ᵢ · batch2ᵢ`, one product at a time into the same memory: it rounds as PyTorch's does. */
function summedProducts(input: Tensor, batch1: Tensor, batch2: Tensor, beta: Scalar, alpha: Scalar): Tensor {
  const [batches, rows] = batch1.shape as [number, number, number];
  if (batches === 0)
    return input
      .mul(beta)
      .expand([rows, batch2.shape[2] as number])
      .clone();
  let sum = fused("addbmm", input, batch1.select(0, 0), batch2.select(0, 0), beta, alpha);
  for (let i = 1; i < batches; i++) sum = fused("addbmm", sum, batch1.select(0, i), batch2.select(0, i), 1, alpha, sum);
  return sum;
}

/** A gradient for every matrix of a batch. */
const each = (grad: Tensor, batches: number): Tensor => grad.unsqueeze(0).expand([batches, ...grad.shape]);

/**
 * `beta · input + alpha · Σᵢ (batch1ᵢ · batch2ᵢ)`: the products of all pairs of matrices of two batches, summed.
 *
 * Shapes: `batch1` `[b, n, m]`, `batch2` `[b, m, p]`, result `[n, p]`, to which `input` is broadcast.
 * @throws {ShapeError} if a factor is no batch of matrices, or sizes do not fit.
 */
export const addbmm: InPlaceOp<(input: Tensor, batch1: Tensor, batch2: Tensor, options?: Scales) => Tensor> = primitive(
  "addbmm(Tensor input, Tensor batch1, Tensor batch2, *, Scalar beta=1, Scalar alpha=1)",
  {
    forward: (input, batch1, batch2, beta, alpha) => {
      if (batch1.shape.length === 3 && batch2.shape.length === 3 && batch1.shape[0] !== batch2.shape[0]) {
        throw new ShapeError(`addbmm: batch1 and batch2 must have same number of batches, got ${batch1.shape[0]} and ${batch2.shape[0]}`);
      }
      checkBatches("addbmm", batch1, batch2);
      checkFactors("addbmm", batch1, batch2, input);
      checkAdded("addbmm", input, [batch1.shape[1] as number, batch2.shape[2] as number]);
      return summedProducts(input, batch1, batch2, beta, alpha);
    },
    gradient: {
      input: (grad, { beta }) => scaled(grad, beta),
      batch1: (grad, { batch2, alpha }) => scaled(each(grad, batch2.shape[0] as number).bmm(batch2.transpose(1, 2).conj()), alpha),
      batch2: (grad, { batch1, alpha }) =>
        scaled(
          batch1
            .transpose(1, 2)
            .conj()
            .bmm(each(grad, batch1.shape[0] as number)),
          alpha,
        ),
    },
    inPlace: true,
  },
);
