/** Distinct elements. */

import { bool } from "../../core/dtype.js";
import { DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape, numelOf, wrapDim } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import { type MethodOp, overloaded } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/** The distinct elements; with them, as asked for, which of them each element is, and how often each occurs. */
export type Distinct<I, C> = I extends true
  ? C extends true
    ? readonly [output: Tensor, inverse: Tensor, counts: Tensor]
    : readonly [output: Tensor, inverse: Tensor]
  : C extends true
    ? readonly [output: Tensor, counts: Tensor]
    : Tensor;

interface ConsecutiveOptions<I, C> {
  /** Whether to give, for each element, which of the distinct ones it is. */
  returnInverse?: I;
  /** Whether to give how often each occurs. */
  returnCounts?: C;
  /** Compares slices of this dimension; by default all elements. */
  dim?: number | null;
}

interface UniqueOptions<I, C> extends ConsecutiveOptions<I, C> {
  /** The result is sorted in any case, as PyTorch's on the CPU is. */
  sorted?: boolean;
}

type UniqueArguments<I, C> = [options?: UniqueOptions<I, C>] | [sorted: boolean, returnInverse?: I, returnCounts?: C, dim?: number | null];
type ConsecutiveArguments<I, C> = [options?: ConsecutiveOptions<I, C>] | [returnInverse: I, returnCounts?: C, dim?: number | null];

/** The rows that are compared: all elements as a vector, or one row for each slice of a dimension. */
function rowsOf(op: string, input: Tensor, dim: number | null): Tensor {
  if (dim === null) return input.reshape(-1);
  const d = wrapDim(op, dim, input.shape.length);
  if (input.shape.length === 0) return input.reshape(1);
  const n = input.shape[d] as number;
  const others = input.shape.filter((_, i) => i !== d);
  if (others.includes(0))
    throw new ShapeError(
      `${op}: There are 0 sized dimensions, and they aren't selected, so unique cannot be applied: the shape is ${formatShape(input.shape)}`,
    );
  return input.movedim(d, 0).reshape(n, numelOf(others));
}

/** The order that sorts rows by their first column, then the second, and so on: stable sorts from the last column on. */
function lexicographic(rows: Tensor): Tensor {
  if (rows.shape.length === 1) return rows.argsort(0);
  let order = rows.select(1, (rows.shape[1] as number) - 1).argsort(0);
  for (let c = (rows.shape[1] as number) - 2; c >= 0; c--) {
    const step = rows.select(1, c).indexSelect(0, order).argsort(0);
    order = order.indexSelect(0, step);
  }
  return order;
}

/** Whether each row differs from the one before it. */
function starts(rows: Tensor): Tensor {
  const n = rows.shape[0] as number;
  if (n < 2) return rows.newOnes([n], { dtype: bool });
  const first = rows.newEmpty([n], { dtype: bool });
  first.narrow(0, 0, 1).fill_(true);
  const differs = rows.narrow(0, 1, n - 1).ne(rows.narrow(0, 0, n - 1));
  first.narrow(0, 1, n - 1).copy_(differs.dim() > 1 ? differs.any(1) : differs);
  return first;
}

function distinct(
  input: Tensor,
  rows: Tensor,
  order: Tensor | null,
  dim: number | null,
  returnInverse: boolean,
  returnCounts: boolean,
): Tensor | readonly Tensor[] {
  const n = rows.shape[0] as number;
  const inOrder = order === null ? rows : rows.indexSelect(0, order);
  const isFirst = starts(inOrder);
  const first = isFirst.nonzero().select(1, 0);
  const output =
    dim === null ? inOrder.indexSelect(0, first) : input.indexSelect(dim, order === null ? first : order.indexSelect(0, first));
  const results = [output];
  if (returnInverse) {
    // Groups are numbered from 0: the first element begins none.
    const changes = isFirst.clone();
    changes.narrow(0, 0, Math.min(n, 1)).fill_(false);
    const group = changes.cumsum(0);
    const inverse = order === null ? group : group.newZeros([n]).scatter(0, order, group);
    results.push(dim === null ? inverse.reshape(input.shape as number[]) : inverse);
  }
  if (returnCounts) {
    const m = first.shape[0] as number;
    const ends = first.newEmpty([m]);
    if (m > 0) ends.narrow(0, m - 1, 1).fill_(n);
    if (m > 1) ends.narrow(0, 0, m - 1).copy_(first.narrow(0, 1, m - 1));
    results.push(ends.sub_(first));
  }
  return results.length === 1 ? output : results;
}

/**
 * The distinct elements (or slices of a dimension), sorted. Every NaN counts as distinct.
 * @throws {DTypeError} for complex numbers.
 * @example
 * ```ts
 * const [values, counts] = torch.tensor([2, 1, 2]).unique({ returnCounts: true }); // [1., 2.], [1, 2]
 * ```
 */
export const unique: MethodOp<
  <I extends boolean = false, C extends boolean = false>(input: Tensor, ...args: UniqueArguments<I, C>) => Distinct<I, C>,
  <I extends boolean = false, C extends boolean = false>(...args: UniqueArguments<I, C>) => Distinct<I, C>
> = overloaded(
  composite(
    "unique(Tensor input, bool sorted=true, bool returnInverse=false, bool returnCounts=false, int? dim=null)",
    (input, _sorted, returnInverse, returnCounts, dim) => {
      if (input.dtype.isComplex) throw new DTypeError(`unique: "unique" not implemented for '${input.dtype.scalarName}'`);
      const values = input.detach();
      const rows = rowsOf("unique", values, dim);
      return distinct(values, rows, lexicographic(rows), dim, returnInverse, returnCounts);
    },
    { dynamicShape: true, differentiable: false },
  ),
);

/** The elements (or slices of a dimension) that differ from the one before. */
export const uniqueConsecutive: MethodOp<
  <I extends boolean = false, C extends boolean = false>(input: Tensor, ...args: ConsecutiveArguments<I, C>) => Distinct<I, C>,
  <I extends boolean = false, C extends boolean = false>(...args: ConsecutiveArguments<I, C>) => Distinct<I, C>
> = overloaded(
  composite(
    "uniqueConsecutive(Tensor input, bool returnInverse=false, bool returnCounts=false, int? dim=null)",
    (input, returnInverse, returnCounts, dim) => {
      const values = input.detach();
      return distinct(values, rowsOf("uniqueConsecutive", values, dim), null, dim, returnInverse, returnCounts);
    },
    { dynamicShape: true, differentiable: false },
  ),
);
