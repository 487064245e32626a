/** Searching: places in sorted sequences, membership, coordinates. Functions of `torch` that are no methods. */

import { int32, int64 } from "../../core/dtype.js";
import { ArgumentError, DTypeError, IndexError, ShapeError } from "../../core/errors.js";
import { promoteTypes } from "../../core/promotion.js";
import { formatShape, sameShape } from "../../core/shape.js";
import { denseCopy } from "../../tensor/copy.js";
import { type Scalar, scalarOn } from "../../tensor/create.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { checkBounds } from "./bounds.js";

/** What the searches take by name. */
interface SearchOptions {
  /** Whether the results are int32 rather than int64. */
  outInt32?: boolean;
  /** Whether to give the place behind elements that are equal, rather than before them. */
  right?: boolean;
}

/** How many leading elements of each row of `rows` [b, m] come before each of `values` [b, k]. */
const countBefore: Op<(rows: Tensor, values: Tensor, right: boolean) => Tensor> = primitive(
  "countBefore(Tensor rows, Tensor values, bool right)",
  {
    forward: (rows, values, right) => {
      const { kernels } = values.storage.backend;
      const m = rows.shape[1] as number;
      if (kernels.search === undefined || values.dtype.isComplex || m >= 2 ** 30) return bisected(rows, values, right);
      const count = values.newZeros(values.shape, { dtype: int64 });
      const dense = (tensor: Tensor): Tensor => (tensor.dense ? tensor : denseCopy(tensor));
      if (m > 0 && values.count > 0) kernels.search(count, dense(rows), dense(values), right);
      return count;
    },
  },
);

/** The same by comparisons. */
function bisected(rows: Tensor, values: Tensor, right: boolean): Tensor {
  const m = rows.shape[1] as number;
  let count = values.newZeros(values.shape, { dtype: int64 });
  if (m === 0 || values.count === 0) return count;
  // Descending powers of two: each is added while the element before the new place still comes before the value.
  for (let step = 2 ** Math.floor(Math.log2(m)); step >= 1; step /= 2) {
    const next = count.add(step);
    const last = rows.gather(1, next.clamp(1, m).sub(1));
    const stays = right ? last.gt(values) : last.ge(values);
    count = next.where(next.le(m).logicalAnd(stays.logicalNot()), count);
  }
  return count;
}

function checkSides(op: string, right: boolean, side: string | null): boolean {
  if (side === null) return right;
  if (side !== "left" && side !== "right")
    throw new ArgumentError(`${op}: torch.searchsorted(): side can only be 'left' or 'right' but got ${side}`);
  if (right && side === "left")
    throw new ArgumentError(`${op}: torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True`);
  return side === "right";
}

function checkSorter(sequence: Tensor, sorter: Tensor): void {
  if (!sameShape(sorter.shape, sequence.shape)) {
    throw new ShapeError(
      `searchsorted: torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor ${formatShape(sequence.shape)} and got sorter tensor ${formatShape(sorter.shape)}`,
    );
  }
  if (sorter.dtype !== int64)
    throw new DTypeError(
      `searchsorted: torch.searchsorted(): sorter must be a tensor of long dtype but got dtype ${sorter.dtype.scalarName}`,
    );
  checkBounds(sorter, 0, Math.max(sequence.shape[sequence.shape.length - 1] ?? 1, 1), (bad) => {
    throw new IndexError(`searchsorted: torch.searchsorted(): sorter index out of range: ${bad}`);
  });
}

/** Tensors in one dtype, as comparison needs them. */
function inOneType(a: Tensor, b: Tensor): [Tensor, Tensor] {
  const dtype = promoteTypes(a.dtype, b.dtype);
  return [a.to(dtype), b.to(dtype)];
}

function search(op: string, sequence: Tensor, given: Tensor | Scalar, outInt32: boolean, right: boolean): Tensor {
  const value =
    given instanceof Tensor
      ? given
      : scalarOn(
          sequence.storage.backend,
          given,
          typeof given === "number" && !Number.isInteger(given)
            ? promoteTypes(sequence.dtype, sequence.detach().newZeros([0]).mul(0.5).dtype)
            : sequence.dtype,
        );
  const [sorted, values] = inOneType(sequence.detach(), value.detach());
  if (sorted.dtype.isComplex) throw new DTypeError(`${op}: "searchsorted" not implemented for '${sorted.dtype.scalarName}'`);
  const m = sorted.shape[sorted.shape.length - 1] ?? 1;
  const batches = sorted.shape.length <= 1 ? 1 : sorted.shape.slice(0, -1).reduce((a, b) => a * b, 1);
  const rows = sorted.reshape(batches, m);
  const each = values.reshape(batches, batches === 0 ? 0 : values.count / batches);
  const places = countBefore(rows, each, right).reshape(values.shape as number[]);
  return outInt32 ? places.to(int32) : places;
}

/**
 * Where values belong in sequences that are sorted along the last dimension: the number of elements that are smaller
 * (with `right`, not larger).
 * @throws {ShapeError} if the leading dimensions differ and the sequence is no vector.
 * @example
 * ```ts
 * torch.searchsorted(torch.tensor([1, 3, 5]), torch.tensor([3, 6])); // tensor([1, 3])
 * ```
 */
export const searchsorted: Op<
  (
    sortedSequence: Tensor,
    input: Tensor | Scalar,
    options?: SearchOptions & { side?: "left" | "right" | null; sorter?: Tensor | null },
  ) => Tensor
> = composite(
  "searchsorted(Tensor sortedSequence, Operand input, *, bool outInt32=false, bool right=false, str? side=null, Tensor? sorter=null)",
  (sortedSequence, input, outInt32, right, side, sorter) => {
    const fromRight = checkSides("searchsorted", right, side);
    const rank = sortedSequence.shape.length;
    if (rank !== 1 && !(input instanceof Tensor))
      throw new ShapeError(
        `searchsorted: torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got boundaries tensor dim(${rank})`,
      );
    if (
      input instanceof Tensor &&
      rank !== 1 &&
      (rank === 0 || input.shape.length !== rank || !sameShape(input.shape.slice(0, -1), sortedSequence.shape.slice(0, -1)))
    ) {
      throw new ShapeError(
        `searchsorted: torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value tensor must match, but we got boundaries tensor ${formatShape(sortedSequence.shape)} and input value tensor ${formatShape(input.shape)}`,
      );
    }
    if (sorter !== null) checkSorter(sortedSequence, sorter);
    const sequence = sorter === null ? sortedSequence : sortedSequence.gather(-1, sorter);
    return search("searchsorted", sequence, input, outInt32, fromRight);
  },
  { differentiable: false },
);

/**
 * The number of the bucket that each element falls into, given the sorted boundaries between buckets.
 * @throws {ShapeError} if the boundaries are no vector.
 */
export const bucketize: Op<(input: Tensor | Scalar, boundaries: Tensor, options?: SearchOptions) => Tensor> = composite(
  "bucketize(Operand input, Tensor boundaries, *, bool outInt32=false, bool right=false)",
  (input, boundaries, outInt32, right) => {
    if (boundaries.shape.length !== 1)
      throw new ShapeError(
        `bucketize: boundaries tensor must be 1 dimension, but got dim(${boundaries.shape.length}) with shape ${formatShape(boundaries.shape)}`,
      );
    return search("bucketize", boundaries, input, outInt32, right);
  },
  { differentiable: false },
);

/** Beyond this many candidates a search in sorted order does less work than comparing each with each. */
const FEW = 32;

/**
 * Whether each element is among `testElements`.
 * @example
 * ```ts
 * torch.isin(torch.tensor([1, 2, 3]), torch.tensor([2, 3])); // tensor([False, True, True])
 * ```
 */
export const isin: Op<
  (elements: Tensor | Scalar, testElements: Tensor | Scalar, options?: { assumeUnique?: boolean; invert?: boolean }) => Tensor
> = composite(
  "isin(Operand elements, Operand testElements, *, bool assumeUnique=false, bool invert=false)",
  (elements, testElements, _assumeUnique, invert) => {
    const like = elements instanceof Tensor ? elements : testElements;
    if (!(like instanceof Tensor)) throw new ArgumentError("isin(): at least one of 'elements' and 'testElements' must be a Tensor");
    const tensorOf = (value: Tensor | Scalar): Tensor => (value instanceof Tensor ? value.detach() : like.detach().newZeros([]).add(value));
    const [wanted, candidates] = inOneType(tensorOf(elements), tensorOf(testElements).reshape(-1));
    const found =
      candidates.count <= FEW || wanted.dtype.isComplex ? wanted.unsqueeze(-1).eq(candidates).any(-1) : foundInOrder(wanted, candidates);
    return invert ? found.logicalNot() : found;
  },
  { differentiable: false },
);

function foundInOrder(wanted: Tensor, candidates: Tensor): Tensor {
  const { values } = candidates.sort();
  const places = search("isin", values, wanted, false, false).clamp(0, candidates.count - 1);
  return values.take(places).eq(wanted);
}

/**
 * The coordinates, in a tensor of the given shape, of places in row-major order: one tensor for each dimension.
 * @throws {DTypeError} if the places are no integers.
 * @example
 * ```ts
 * torch.unravelIndex(torch.tensor([5n]), [2, 3]); // [tensor([1]), tensor([2])]
 * ```
 */
export const unravelIndex: Op<(indices: Tensor, shape: number | readonly number[]) => readonly Tensor[]> = composite(
  "unravelIndex(Tensor indices, int[] shape)",
  (indices, shape) => {
    if (indices.dtype.kind !== "int")
      throw new DTypeError(`unravelIndex: expected 'indices' to be integer dtype, but got ${indices.dtype}`);
    for (const n of shape) {
      if (n < 0) throw new ArgumentError(`unravelIndex: 'shape' cannot have negative values, but got ${formatShape(shape)}`);
      if (n === 0 && indices.count > 0) throw new ArgumentError(`unravelIndex: a tensor of shape ${formatShape(shape)} has no elements`);
    }
    const places = indices.to(int64);
    let stride = 1;
    const coordinates = [...shape].reverse().map((n) => {
      const at = places.floorDivide(stride).remainder(Math.max(n, 1));
      stride *= Math.max(n, 1);
      return at;
    });
    return coordinates.reverse();
  },
  { differentiable: false },
);
