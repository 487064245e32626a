/** Medians and modes. */

import { int64 } from "../../core/dtype.js";
import { DTypeError } from "../../core/errors.js";
import { wrapDim } from "../../core/shape.js";
import * as e from "../../expr/build.js";
import { emptyLike, emptyOn } from "../../tensor/create.js";
import { composite, pointwise, primitive, rules } from "../../tensor/define/index.js";
import { type Args, type MethodOp, type Op, overloaded } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { ofRanks } from "../indexing/sorting.js";
import { asLine, checkNonEmpty, checkOrdered, reducedShape, reshaped, scatterBack, type ValuesIndices } from "./reduction.js";

/** Elements sorted along a dimension, NaN last, and where they were. */
function sorted(input: Tensor, dim: number): [values: Tensor, indices: Tensor] {
  const values = emptyLike(input, input.dtype);
  const indices = emptyLike(input, int64);
  input.storage.backend.kernels.sort(values, indices, input, dim, false);
  return [values, indices];
}

/** The place of the median among sorted elements: the lower middle of those that are not NaN, or a NaN if there is one and NaN counts. */
const middle = pointwise<(numbers: Tensor, size: number, skip: boolean) => Tensor>(
  "medianPlace(Tensor numbers, int size=0, bool skip=false)",
  (numbers, size, skip) => {
    const whole = e.floorDivide(e.sub(size, 1), 2);
    const known = e.maximum(e.floorDivide(e.sub(numbers, 1), 2), 0);
    return e.select(e.ne(skip, 0), known, e.select(e.lt(numbers, size), e.sub(size, 1), whole));
  },
  rules.numeric,
  { inPlace: false },
);

type MedianName = "median" | "nanmedian";

/** The median along one dimension, and its index. */
function locate(op: MedianName, input: Tensor, dim: number, keepdim: boolean): [values: Tensor, indices: Tensor] {
  checkOrdered(op, input.dtype);
  if (input.dtype.kind === "bool") throw new DTypeError(`${op}: "median_out_impl" not implemented for 'Bool'`);
  const d = wrapDim(op, dim, input.shape.length);
  checkNonEmpty(op, input.shape, input.count, [dim]);
  const line = asLine(input);
  const known = line.detach();
  const place = middle(known.eq(known).sum(d, true), line.shape[d] as number, op === "nanmedian");
  const [values, indices] = ofRanks(line, d, place, false);
  const shape = reducedShape(input.shape, [d], keepdim);
  return [reshaped(values, shape), reshaped(indices, shape)];
}

/** Whether elements hold the median; where that is NaN, whether they are NaN. */
const holds = pointwise<(input: Tensor, value: Tensor) => Tensor>(
  "holdsMedian(Tensor input, Tensor value)",
  (x, value) => e.or(e.eq(x, value), e.and(e.isNan(x), e.isNan(value))),
  rules.equality,
  { inPlace: false },
);

/** The median of all elements, or those along a dimension and their indices. */
interface MedianFunction {
  (input: Tensor): Tensor;
  (input: Tensor, dim: number, ...args: Args<[keepdim: boolean], { keepdim?: boolean; out?: readonly Tensor[] }>): ValuesIndices;
  (input: Tensor, options: { dim: number; keepdim?: boolean; out?: readonly Tensor[] }): ValuesIndices;
}

interface MedianMethod {
  (): Tensor;
  (dim: number, ...args: Args<[keepdim: boolean], { keepdim?: boolean }>): ValuesIndices;
  (options: { dim: number; keepdim?: boolean }): ValuesIndices;
}

function medianOf(op: MedianName): MethodOp<MedianFunction, MedianMethod> {
  const whole: Op<(input: Tensor) => Tensor> = primitive(`${op}(Tensor input)`, {
    forward: (input) => {
      checkOrdered(op, input.dtype);
      if (input.count > 0) return locate(op, input.reshape(-1), 0, false)[0];
      const out = emptyOn(input.storage.backend, [], input.dtype);
      return out.fill_(input.dtype.isFloatingPoint ? Number.NaN : input.dtype === int64 ? -(2n ** 63n) : 0);
    },
    gradient: {
      input: (grad, { input, out }) => {
        const winners = holds(input.detach(), out.detach());
        return grad.div(winners.sum()).mul(winners);
      },
    },
  });
  const along: Op<(input: Tensor, dim: number, keepdim: boolean) => ValuesIndices> = primitive(
    `${op}(Tensor input, int dim, bool keepdim)`,
    {
      forward: (input, dim, keepdim) => locate(op, input, dim, keepdim),
      gradient: { input: (grad, { given, outs, dim, keepdim }) => scatterBack(grad, outs[1] as Tensor, given.input.shape, dim, keepdim) },
      results: ["values", "indices"],
      gradName: op === "median" ? "MedianBackward1" : "NanmedianBackward1",
    },
  );
  return overloaded(
    composite(`${op}(Tensor input, int? dim=null, bool keepdim=false)`, (input, dim, keepdim) =>
      dim === null ? whole(input) : along(input, dim, keepdim),
    ),
  );
}

/**
 * The median: the lower one of an even number of elements, NaN if there is one. With `dim`, the medians along it and their indices.
 * @throws {IndexError} if the dimension is empty.
 * @example
 * ```ts
 * torch.tensor([3, 1, 2, 9]).median(); // tensor(2.)
 * ```
 */
export const median: MethodOp<MedianFunction, MedianMethod> = medianOf("median");

/** The median of the elements that are not NaN; NaN if there are none. With `dim`, the medians along it and their indices. */
export const nanmedian: MethodOp<MedianFunction, MedianMethod> = medianOf("nanmedian");

/** `length` at the ends of runs, elsewhere 0, where a run of equal elements began at `start`. */
const runLength = pointwise<(ends: Tensor, position: Tensor, start: Tensor) => Tensor>(
  "runLength(Tensor ends, Tensor position, Tensor start)",
  (ends, position, start) => e.select(ends, e.add(e.sub(position, start), 1), 0),
  rules.choice,
  {
    inPlace: false,
  },
);

/**
 * The most frequent value along a dimension (the smallest of those) and the index of its last occurrence.
 * @throws {IndexError} if the dimension is empty.
 */
export const mode: Op<
  (input: Tensor, ...args: Args<[dim: number, keepdim: boolean], { dim?: number; keepdim?: boolean }>) => ValuesIndices
> = primitive("mode(Tensor input, int dim=-1, bool keepdim=false)", {
  forward: (input, dim, keepdim) => {
    checkOrdered("mode", input.dtype);
    const d = wrapDim("mode", dim, input.shape.length);
    if (input.count === 0 && (input.shape[d] === 0 || input.shape.length === 0)) checkNonEmpty("mode", input.shape, 0, [dim]);
    const line = asLine(input);
    const n = line.shape[d] as number;
    const [values, indices] = sorted(line, d);
    const changes = values.narrow(d, 1, n - 1).ne(values.narrow(d, 0, n - 1));
    const edges = changes.newOnes(line.shape as number[]);
    const position = emptyOn(input.storage.backend, [n], int64);
    input.storage.backend.kernels.sequence(position, 0n, 1n);
    const along = position.view(line.shape.map((_, i) => (i === d ? n : 1))).expand(line.shape as number[]);
    const starts = edges.sliceScatter(changes, d, 1, n);
    const start = along.mul(starts).cummax(d).values;
    const place = runLength(edges.sliceScatter(changes, d, 0, n - 1), along, start).argmax(d, true);
    const shape = keepdim ? reducedShape(input.shape, [d], true) : input.shape.filter((_, i) => i !== d);
    return [reshaped(values.gather(d, place), shape), reshaped(indices.gather(d, place), shape)];
  },
  gradient: { input: (grad, { given, outs, dim, keepdim }) => scatterBack(grad, outs[1] as Tensor, given.input.shape, dim, keepdim) },
  results: ["values", "indices"],
});
