/** Products of matrices and vectors. */

import { DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import { primitive } from "../../tensor/define/index.js";
import { emptyOn } from "../../tensor/create.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/** Checks that factors have one dtype. */
export function sameDType(op: string, a: Tensor, b: Tensor): void {
  if (a.dtype !== b.dtype) {
    throw new DTypeError(`${op}: expected both tensors to have the same dtype, but got ${a.dtype} and ${b.dtype}. Convert one with .to(dtype).`);
  }
}

function checkInner(op: string, a: Tensor, b: Tensor, inner: number, other: number): void {
  if (inner !== other) {
    throw new ShapeError(
      `${op}: mat1 and mat2 shapes cannot be multiplied (${a.shape.join("x")} and ${b.shape.join("x")}): inner sizes ${inner} and ${other} differ`,
    );
  }
}

/**
 * The product of two matrices, `[n, m] · [m, p] → [n, p]`.
 * @throws {ShapeError} if an input is no matrix, or the inner sizes differ.
 */
export const mm: Op<(input: Tensor, mat2: Tensor) => Tensor> = primitive("mm(Tensor input, Tensor mat2)", {
  forward: (input, mat2) => {
    if (input.shape.length !== 2) throw new ShapeError(`mm: self must be a matrix, got shape ${formatShape(input.shape)}`);
    if (mat2.shape.length !== 2) throw new ShapeError(`mm: mat2 must be a matrix, got shape ${formatShape(mat2.shape)}`);
    sameDType("mm", input, mat2);
    const [n, m] = input.shape as [number, number];
    const [k, p] = mat2.shape as [number, number];
    checkInner("mm", input, mat2, m, k);
    const out = emptyOn(input.storage.backend, [n, p], input.dtype);
    input.storage.backend.kernels.matmul(out, input, mat2, {});
    return out;
  },
  gradient: {
    input: (grad, { mat2 }) => grad.mm(mat2.t().conj()),
    mat2: (grad, { input }) => input.t().conj().mm(grad),
  },
});

/** `input · weightᵀ + bias` for rows in the last dimension: the kernel runs on the weight as it lies. */
export const linear: Op<(input: Tensor, weight: Tensor, bias?: Tensor | null) => Tensor> = primitive("linear(Tensor input, Tensor weight, Tensor? bias=null)", {
  forward: (input, weight, bias) => {
    const rank = input.shape.length;
    if (rank === 0 || weight.shape.length !== 2) {
      throw new ShapeError(`linear: expected an input with at least 1 dimension and a weight matrix, got ${formatShape(input.shape)} and ${formatShape(weight.shape)}`);
    }
    sameDType("linear", input, weight);
    const inner = input.shape[rank - 1] as number;
    const [features, columns] = weight.shape as [number, number];
    if (inner !== columns) {
      throw new ShapeError(`linear: mat1 and mat2 shapes cannot be multiplied (${input.count / Math.max(inner, 1)}x${inner} and ${columns}x${features}): the input has ${inner} features, the weight takes ${columns}`);
    }
    const rows = rank === 2 ? input : input.reshape([input.count / Math.max(inner, 1), inner]);
    const n = rows.shape[0] as number;
    const out = emptyOn(input.storage.backend, [n, features], input.dtype);
    const transposed = { shape: [columns, features], strides: [weight.strides[1] as number, weight.strides[0] as number], offset: weight.offset };
    const { storage, dtype, count, dense } = weight;
    input.storage.backend.kernels.matmul(out, rows, { ...transposed, storage, dtype, count, dense: dense && (columns === 1 || features === 1) }, { bias });
    return rank === 2 ? out : out.view([...input.shape.slice(0, -1), features]);
  },
  gradient: {
    input: (grad, { weight }) => grad.matmul(weight.conj()),
    weight: (grad, { input }) => grad.reshape(-1, grad.shape[grad.shape.length - 1] as number).t().mm(input.reshape(-1, input.shape[input.shape.length - 1] as number).conj()),
    bias: (grad) => grad,
  },
  gradName: (input) => (input.shape.length === 2 ? "AddmmBackward0" : "ViewBackward0"),
});
