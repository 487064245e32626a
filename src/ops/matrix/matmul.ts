/** Products of tensors of any rank. */

import { DTypeError, ShapeError } from "../../core/errors.js";
import { broadcastPair, contiguousStrides, formatShape, numelOf, type Shape } from "../../core/shape.js";
import { composite, view } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { tensordot } from "./contraction.js";

const reshaped: Op<(input: Tensor, size: readonly number[]) => Tensor> = view("unsafeView(Tensor input, int[] size)", {
  layout: (input, size) => ({ shape: size, strides: contiguousStrides(size), offset: input.offset }),
  gradient: (grad, input) => grad.reshape(input.shape),
});

/** A product in another shape: not a view, since nobody else holds the product. */
function inShape(result: Tensor, size: readonly number[]): Tensor {
  const out = reshaped(result, size);
  out.viewOf = null;
  return out;
}

/** `[…, n, m] · [m, p]` as one product of matrices over all rows, or with a vector `[m]` as one product of a matrix and a vector. */
function foldedProduct(input: Tensor, other: Tensor): Tensor {
  const lead = input.shape.slice(0, -1);
  const rows = input.reshape([numelOf(lead), input.shape[input.shape.length - 1] as number]);
  return other.shape.length === 1 ? inShape(rows.mv(other), lead) : inShape(rows.mm(other), [...lead, other.shape[1] as number]);
}

/** The matrices of a tensor as one batch, repeated (as a view where possible) over the batch dimensions. */
function batchOf(tensor: Tensor, batch: Shape, count: number): Tensor {
  const matrix = tensor.shape.slice(-2);
  return tensor.expand([...batch, ...matrix]).reshape([count, ...matrix]);
}

/** The products of batches; `row` says that `input` is one row, which the result leaves out. */
function batchedProduct(input: Tensor, other: Tensor, row = false): Tensor {
  const [n, m] = input.shape.slice(-2) as [number, number];
  const [k, p] = other.shape.slice(-2) as [number, number];
  if (m !== k) {
    throw new ShapeError(
      `matmul: Expected size for first two dimensions of batch2 tensor to be: [${numelOf(input.shape.slice(0, -2))}, ${m}] but got: [${numelOf(other.shape.slice(0, -2))}, ${k}]: inner sizes ${m} and ${k} of ${formatShape(input.shape)} and ${formatShape(other.shape)} differ`,
    );
  }
  const batch = broadcastPair("matmul", input.shape.slice(0, -2), other.shape.slice(0, -2));
  const count = numelOf(batch);
  return inShape(batchOf(input, batch, count).bmm(batchOf(other, batch, count)), row ? [...batch, p] : [...batch, n, p]);
}

/**
 * The product of two tensors: of vectors their dot product, of matrices the matrix product; leading dimensions of more than two are
 * batches that broadcast, and a vector counts as a matrix of one row (left) or one column (right), which the result leaves out.
 *
 * Shapes: `[…, n, m] · […, m, p] → […, n, p]`.
 * @throws {ShapeError} if an input is 0-d, or sizes do not fit.
 * @example
 * ```ts
 * torch.ones(5, 2, 3).matmul(torch.ones(3, 4)).shape; // [5, 2, 4]
 * ```
 */
export const matmul: Op<(input: Tensor, other: Tensor) => Tensor> = composite("matmul(Tensor input, Tensor other)", (input, other) => {
  const [a, b] = [input.shape.length, other.shape.length];
  if (a === 2 && b === 2) return input.mm(other);
  if (a === 0 || b === 0) throw new ShapeError(`matmul: both arguments to matmul need to be at least 1D, but they are ${a}D and ${b}D`);
  if (a === 1 && b === 1) return input.dot(other);
  if (a === 2 && b === 1) return input.mv(other);
  if (a === 1 && b === 2) return input.unsqueeze(0).mm(other).squeeze(0);
  if (a === 1) return batchedProduct(input.unsqueeze(0), other, true);
  if (b === 1 || (b === 2 && (input.dense || other.requiresGrad))) return foldedProduct(input, other);
  return batchedProduct(input, other);
});

/**
 * The products of two vectors' elements, `[n] · [m] → [n, m]`.
 * @throws {ShapeError} if an input is no vector.
 */
export const outer: Op<(input: Tensor, vec2: Tensor) => Tensor> = composite("outer(Tensor input, Tensor vec2)", (input, vec2) =>
  outerProduct("outer", input, vec2),
);

/** The same as `outer`, by its older name. */
export const ger: Op<(input: Tensor, vec2: Tensor) => Tensor> = composite("ger(Tensor input, Tensor vec2)", (input, vec2) =>
  outerProduct("ger", input, vec2),
);

function outerProduct(op: string, input: Tensor, vec2: Tensor): Tensor {
  if (input.shape.length !== 1) throw new ShapeError(`${op}: Expected 1-D argument self, but got ${input.shape.length}-D`);
  if (vec2.shape.length !== 1) throw new ShapeError(`${op}: Expected 1-D argument vec2, but got ${vec2.shape.length}-D`);
  return input.unsqueeze(1).mul(vec2);
}

/**
 * The dot products of the last dimensions of two tensors, `[…, n] · [***, n] → […, ***]`; with a 0-d tensor, the product.
 * @throws {ShapeError} if the last sizes differ.
 */
export const inner: Op<(input: Tensor, other: Tensor) => Tensor> = composite("inner(Tensor input, Tensor other)", (input, other) => {
  if (input.dtype !== other.dtype) throw new DTypeError(`inner: both inputs should have same dtype, got ${input.dtype} and ${other.dtype}`);
  if (input.shape.length === 0 || other.shape.length === 0) return input.mul(other);
  if (input.shape[input.shape.length - 1] !== other.shape[other.shape.length - 1]) {
    throw new ShapeError(
      `inner: inner() the last dimension must match on both input tensors but got shapes ${formatShape(input.shape)} and ${formatShape(other.shape)}`,
    );
  }
  if (input.shape.length === 1 && other.shape.length === 1) return input.dot(other);
  return tensordot(input, other, [[-1], [-1]]);
});

/**
 * The Kronecker product: every element of `input` multiplied by the whole of `other`, `[n₀, n₁, …] ⊗ [m₀, m₁, …] → [n₀m₀, n₁m₁, …]`.
 */
export const kron: Op<(input: Tensor, other: Tensor) => Tensor> = composite("kron(Tensor input, Tensor other)", (input, other) => {
  const rank = Math.max(input.shape.length, other.shape.length);
  const padded = (shape: Shape): number[] => [...new Array<number>(rank - shape.length).fill(1), ...shape];
  const [a, b] = [padded(input.shape), padded(other.shape)];
  const spreadOut = input.reshape(a.flatMap((n) => [n, 1]));
  const within = other.reshape(b.flatMap((n) => [1, n]));
  return spreadOut.mul(within).reshape(a.map((n, d) => n * (b[d] as number)));
});
