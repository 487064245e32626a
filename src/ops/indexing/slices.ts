/** Reading and writing whole slices through an index along one dimension. */

import { isComplexLike } from "../../core/complex.js";
import { int64 } from "../../core/dtype.js";
import { ArgumentError, DTypeError, IndexError, ShapeError } from "../../core/errors.js";
import { formatShape, sameShape, wrapDim } from "../../core/shape.js";
import { emptyOn, type Scalar, scalarOn, tensorOver } from "../../tensor/create.js";
import { primitive } from "../../tensor/define/index.js";
import type { InPlaceOp, Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { asIndex, checkBounds, requireLong, sameDevice, wrapIndex } from "./bounds.js";

/** The operands of an indexing kernel that address slices along dimension `dim`. */
function along(tensor: Tensor, dim: number, index: Tensor): (Tensor | null)[] {
  return Array.from({ length: Math.max(tensor.shape.length, 1) }, (_, d) => (d === dim ? index : null));
}

/** A 0-d tensor as a vector of one element, over the same memory. */
function atLeastVector(tensor: Tensor): Tensor {
  return tensor.shape.length > 0 ? tensor : tensorOver(tensor.storage, [1], [1], tensor.offset, tensor.dtype);
}

/** The same elements with dimension `dim` first: the order of indexing kernels. */
function leading(tensor: Tensor, dim: number): Tensor {
  if (dim === 0) return tensor;
  const first = (list: readonly number[]): number[] => [list[dim] as number, ...list.filter((_, d) => d !== dim)];
  return tensorOver(tensor.storage, first(tensor.shape), first(tensor.strides), tensor.offset, tensor.dtype);
}

function vector(op: string, index: Tensor): void {
  if (index.shape.length > 1)
    throw new IndexError(
      `${op}: ${op}(): Index is supposed to be a vector, but got dim: ${index.shape.length} with shape ${formatShape(index.shape)}`,
    );
}

/**
 * The slices of a dimension that `index` names, in its order.
 * @throws {IndexError} for an index out of bounds.
 * @example
 * ```ts
 * torch.tensor([[1, 2], [3, 4], [5, 6]]).indexSelect(0, torch.tensor([2n, 0n])); // tensor([[5., 6.], [1., 2.]])
 * ```
 */
export const indexSelect: Op<(input: Tensor, dim: number, index: Tensor) => Tensor> = primitive(
  "indexSelect(Tensor input, int dim, Tensor index)",
  {
    forward: (input, dim, index) => {
      const d = wrapDim("indexSelect", dim, input.shape.length);
      sameDevice("indexSelect", input, index);
      vector("indexSelect", index);
      if (index.count !== 1 && input.shape.length === 0) {
        throw new ShapeError(`indexSelect: index_select(): Index to scalar can have only 1 value, got ${index.count} value(s)`);
      }
      const checked = asIndex("indexSelect", index);
      const size = input.shape[d] ?? 1;
      checkBounds(checked, 0, size, (bad) => {
        throw new IndexError(`indexSelect: index out of range in self: index ${bad} is out of bounds for dimension ${d} with size ${size}`);
      });
      const out = emptyOn(
        input.storage.backend,
        input.shape.map((n, i) => (i === d ? index.count : n)),
        input.dtype,
      );
      input.storage.backend.kernels.indexGet(leading(atLeastVector(out), d), atLeastVector(input), along(input, d, atLeastVector(checked)));
      return out;
    },
    gradient: { input: (grad, { given, dim, index }) => grad.newZeros(given.input.shape).indexAdd(dim, index, grad) },
  },
);

/** Checks the shape of what is written, and gives the operands of the kernel. */
function slots(
  op: string,
  out: Tensor,
  dim: number,
  index: Tensor,
  source: Tensor,
): { readonly target: Tensor; readonly rows: Tensor; readonly dim: number } {
  sameDevice(op, out, index, source);
  vector(op, index);
  if (source.dtype !== out.dtype) {
    throw new DTypeError(
      `${op}: ${op}_(): self (${out.dtype.scalarName}) and source (${source.dtype.scalarName}) must have the same scalar type. Convert one with .to(dtype).`,
    );
  }
  const d = wrapDim(op, dim, out.shape.length);
  const target = atLeastVector(out);
  const rows = atLeastVector(source);
  if (index.count !== (rows.shape[d] ?? 1)) {
    throw new IndexError(
      `${op}: ${op}_(): Number of indices (${index.count}) should be equal to source.size(dim): (${rows.shape[d] ?? 1}), for dim: ${d}`,
    );
  }
  const wanted = target.shape.map((n, i) => (i === d ? index.count : n));
  if (!sameShape(rows.shape, wanted)) {
    throw new ShapeError(
      `${op}: source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = ${formatShape(out.shape)} source.shape = ${formatShape(source.shape)}: Source/destination tensor must have same slice shapes`,
    );
  }
  return { target, rows, dim: d };
}

function checkSlots(op: string, index: Tensor, target: Tensor, dim: number): void {
  const size = target.shape[dim] as number;
  checkBounds(index, 0, size, (bad) => {
    throw new IndexError(`${op}: ${op}_(): index ${bad} is out of bounds for dimension ${dim} with size ${size}`);
  });
}

/** Adds `alpha` times the slices of `source` to the slices that `index` names along a dimension. */
export const indexAdd: InPlaceOp<(input: Tensor, dim: number, index: Tensor, source: Tensor, options?: { alpha?: Scalar }) => Tensor> =
  primitive("indexAdd(Tensor input, int dim, Tensor index, Tensor source, *, Scalar alpha=1)", {
    writes: true,
    inPlace: true,
    forward: (out, dim, index, source, alpha) => {
      const { target, rows, dim: d } = slots("indexAdd", out, dim, index, source);
      const checked = asIndex("indexAdd", index);
      checkSlots("indexAdd", checked, target, d);
      const scaled = alpha === 1 ? rows : rows.mul(alpha).to(out.dtype);
      out.storage.backend.kernels.indexPut(target, along(out, d, atLeastVector(checked)), leading(scaled, d), true);
      return out;
    },
    gradient: {
      input: (grad) => grad,
      source: (grad, { given, dim, index, alpha }) => {
        const rows = grad.indexSelect(dim, index);
        return (alpha === 1 ? rows : rows.mul(isComplexLike(alpha) ? { re: alpha.re, im: -alpha.im } : alpha)).reshape(
          given.source.shape as number[],
        );
      },
    },
  });

/** Writes the slices of `source` to the slices that `index` names along a dimension. */
export const indexCopy: InPlaceOp<(input: Tensor, dim: number, index: Tensor, source: Tensor) => Tensor> = primitive(
  "indexCopy(Tensor input, int dim, Tensor index, Tensor source)",
  {
    writes: true,
    inPlace: true,
    forward: (out, dim, index, source) => {
      const { target, rows, dim: d } = slots("indexCopy", out, dim, index, source);
      requireLong("indexCopy", index);
      checkSlots("indexCopy", index, target, d);
      out.storage.backend.kernels.indexPut(target, along(out, d, atLeastVector(index)), leading(rows, d), false);
      return out;
    },
    gradient: {
      input: (grad, { dim, index }) => grad.indexFill(dim, index, 0),
      source: (grad, { given, dim, index }) => grad.indexSelect(dim, index).reshape(given.source.shape as number[]),
    },
  },
);

/** One value for every element of the slices: a tensor without memory of its own for each. */
function valueFor(out: Tensor, value: Tensor | Scalar): Tensor {
  if (!(value instanceof Tensor)) {
    if (isComplexLike(value) && !out.dtype.isComplex)
      throw new DTypeError("indexFill: index_fill_(): Converting complex Scalar to non-complex type is not supported");
    return scalarOn(out.storage.backend, value, out.dtype);
  }
  if (value.shape.length !== 0) {
    throw new ArgumentError(
      `indexFill: index_fill_ only supports a 0-dimensional value tensor, but got tensor with ${value.shape.length} dimension(s).`,
    );
  }
  if (value.dtype.isComplex && !out.dtype.isComplex)
    throw new DTypeError("indexFill: index_fill_(): Converting complex Tensor to non-complex type is not supported");
  sameDevice("indexFill", out, value);
  return value.to(out.dtype);
}

/** Writes one value to the slices that `index` names along a dimension. */
export const indexFill: InPlaceOp<(input: Tensor, dim: number, index: Tensor, value: Tensor | Scalar) => Tensor> = primitive(
  "indexFill(Tensor input, int dim, Tensor index, Operand value)",
  {
    writes: true,
    inPlace: true,
    forward: (out, dim, index, value) => {
      sameDevice("indexFill", out, index);
      vector("indexFill", index);
      if (index.dtype !== int64)
        throw new DTypeError(`indexFill: index_fill_(): Expected dtype int64 for index, got ${index.dtype}. Convert it with .long().`);
      const d = wrapDim("indexFill", dim, out.shape.length);
      const target = atLeastVector(out);
      const size = target.shape[d] as number;
      const checked = wrapIndex(index, size, (bad) => {
        throw new IndexError(`indexFill: index ${bad} is out of bounds for dimension ${d} with size ${size}`);
      });
      const shape = [index.count, ...target.shape.filter((_, i) => i !== d)];
      const source = valueFor(out, value).expand(shape);
      out.storage.backend.kernels.indexPut(target, along(out, d, atLeastVector(checked)), source, false);
      return out;
    },
    gradient: {
      input: (grad, { dim, index }) => grad.indexFill(dim, index, 0),
      // A slice that is named twice counts once.
      value: (grad, { dim, index }) => grad.newZeros(grad.shape).indexFill(dim, index, 1).mul(grad).sum(),
    },
    gradName: (_input, _dim, _index, value) => (value instanceof Tensor ? "IndexFillBackward1" : "IndexFillBackward0"),
  },
);
