/** Products of two matrices, batches of matrices and vectors, of one given rank each. */

import { ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import { primitive } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { asColumn, asRow, checkBatches, checkFactors, checkInner, checkMatrixVector, product, shaped } from "./factors.js";

/**
 * The product of two matrices, `[n, m] · [m, p] → [n, p]`.
 * @throws {ShapeError} if an input is no matrix, or the inner sizes differ.
 */
export const mm: Op<(input: Tensor, mat2: Tensor) => Tensor> = primitive("mm(Tensor input, Tensor mat2)", {
  forward: (input, mat2) => {
    if (input.shape.length !== 2) throw new ShapeError(`mm: self must be a matrix, got shape ${formatShape(input.shape)}`);
    if (mat2.shape.length !== 2) throw new ShapeError(`mm: mat2 must be a matrix, got shape ${formatShape(mat2.shape)}`);
    checkFactors("mm", input, mat2);
    checkInner("mm", input, mat2);
    return product(input, mat2);
  },
  gradient: {
    input: (grad, { mat2 }) => grad.mm(mat2.t().conj()),
    mat2: (grad, { input }) => input.t().conj().mm(grad),
  },
});

/**
 * The products of matrices at the same place of two batches, `[b, n, m] · [b, m, p] → [b, n, p]`.
 * @throws {ShapeError} if an input is no batch of matrices, or sizes differ.
 */
export const bmm: Op<(input: Tensor, mat2: Tensor) => Tensor> = primitive("bmm(Tensor input, Tensor mat2)", {
  forward: (input, mat2) => {
    checkBatches("bmm", input, mat2);
    checkFactors("bmm", input, mat2);
    return product(input, mat2);
  },
  gradient: {
    input: (grad, { mat2 }) => grad.bmm(mat2.transpose(1, 2).conj()),
    mat2: (grad, { input }) => input.transpose(1, 2).conj().bmm(grad),
  },
});

/**
 * The product of a matrix and a vector, `[n, m] · [m] → [n]`.
 * @throws {ShapeError} if the inputs are not a matrix and a vector, or sizes differ.
 */
export const mv: Op<(input: Tensor, vec: Tensor) => Tensor> = primitive("mv(Tensor input, Tensor vec)", {
  forward: (input, vec) => {
    checkMatrixVector("mv", input, vec);
    checkFactors("mv", input, vec);
    return shaped(product(input, asColumn(vec)), [input.shape[0] as number]);
  },
  gradient: {
    input: (grad, { vec }) => grad.outer(vec.conj()),
    vec: (grad, { input }) => input.t().conj().mv(grad),
  },
});

function checkVectors(op: string, a: Tensor, b: Tensor): void {
  if (a.shape.length !== 1 || b.shape.length !== 1) {
    throw new ShapeError(`${op}: 1D tensors expected, but got ${a.shape.length}D and ${b.shape.length}D tensors`);
  }
  checkFactors(op, a, b);
  if (a.count !== b.count) {
    throw new ShapeError(
      `${op}: inconsistent tensor size, expected tensor ${formatShape(a.shape)} and src ${formatShape(b.shape)} to have the same number of elements, but got ${a.count} and ${b.count} elements respectively`,
    );
  }
}

/**
 * The sum of the products of two vectors' elements, `Σ inputᵢ · tensorᵢ`.
 * @throws {ShapeError} if an input is no vector, or lengths differ.
 */
export const dot: Op<(input: Tensor, tensor: Tensor) => Tensor> = primitive("dot(Tensor input, Tensor tensor)", {
  forward: (input, tensor) => {
    checkVectors("dot", input, tensor);
    return shaped(product(asRow(input), asColumn(tensor)), []);
  },
  gradient: {
    input: (grad, { tensor }) => grad.mul(tensor.conj()),
    tensor: (grad, { input }) => grad.mul(input.conj()),
  },
});

/**
 * The sum of the products of two vectors' elements, the first ones conjugated, `Σ conj(inputᵢ) · otherᵢ`.
 * @throws {ShapeError} if an input is no vector, or lengths differ.
 */
export const vdot: Op<(input: Tensor, other: Tensor) => Tensor> = primitive("vdot(Tensor input, Tensor other)", {
  forward: (input, other) => {
    checkVectors("vdot", input, other);
    return shaped(product(asRow(input.conj()), asColumn(other)), []);
  },
  gradient: {
    input: (grad, { other }) => grad.conj().mul(other),
    other: (grad, { input }) => grad.mul(input),
  },
});
