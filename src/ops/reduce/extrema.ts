/** Largest and smallest elements, and where they are. */

import { int64 } from "../../core/dtype.js";
import { ArgumentError, DTypeError } from "../../core/errors.js";
import { wrapDim } from "../../core/shape.js";
import * as e from "../../expr/build.js";
import { emptyOn } from "../../tensor/create.js";
import { composite, pointwise, primitive, rules } from "../../tensor/define/index.js";
import { type Args, type MethodOp, type Op, overloaded } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import {
  asLine,
  checkNonEmpty,
  checkOrdered,
  type Dims,
  itself,
  kept,
  reduceDims,
  reducedShape,
  reduceProgram,
  reshaped,
  scatterBack,
  type ValuesIndices,
} from "./reduction.js";

type Extreme = "max" | "min";

/** Whether elements hold the extreme value; where that is NaN, whether they are NaN. */
const holds = pointwise<(input: Tensor, value: Tensor) => Tensor>(
  "holds(Tensor input, Tensor value)",
  (x, value) => e.or(e.eq(x, value), e.isNan(x)),
  rules.equality,
  { inPlace: false },
);

/** The gradient shared evenly by the elements that hold the extreme value. */
function shared(grad: Tensor, input: Tensor, value: Tensor, dims: readonly number[], keepdim: boolean): Tensor {
  const winners = holds(input.detach(), kept(value.detach(), input.shape, dims, keepdim));
  const count = dims.length === 0 ? winners : winners.sum(dims as number[], true);
  return kept(grad, input.shape, dims, keepdim).div(count).mul(winners);
}

function extremeOf(op: string, kind: Extreme, input: Tensor, dim: readonly number[] | null, keepdim: boolean): Tensor {
  checkOrdered(op, input.dtype);
  const dims = reduceDims(op, dim, input.shape.length);
  checkNonEmpty(op, input.shape, input.count, dim);
  return reduceProgram(kind, itself, [input], input.shape, { dims, keepdim, compute: input.dtype, result: input.dtype });
}

type ExtremeValue = Op<(input: Tensor, ...args: Args<[dim: Dims, keepdim: boolean], { dim?: Dims; keepdim?: boolean }>) => Tensor>;

const extremeValue = (name: "amax" | "amin", kind: Extreme): ExtremeValue =>
  primitive(`${name}(Tensor input, int[]? dim=null, bool keepdim=false)`, {
    forward: (input, dim, keepdim) => extremeOf(name, kind, input, dim, keepdim),
    gradient: {
      input: (grad, { input, out, dim, keepdim }) => shared(grad, input, out, reduceDims(name, dim, input.shape.length), keepdim),
    },
  });

/**
 * The largest element, or the largest along dimensions. Elements that tie share the gradient evenly.
 * @throws {IndexError} if a reduced dimension is empty.
 */
export const amax: ExtremeValue = extremeValue("amax", "max");

/**
 * The smallest element, or the smallest along dimensions. Elements that tie share the gradient evenly.
 * @throws {IndexError} if a reduced dimension is empty.
 */
export const amin: ExtremeValue = extremeValue("amin", "min");

/** The smallest and the largest values. */
export type MinMax = readonly [min: Tensor, max: Tensor] & { readonly min: Tensor; readonly max: Tensor };

/**
 * The smallest and the largest element, or those along a dimension.
 * @throws {IndexError} if a reduced dimension is empty.
 */
export const aminmax: Op<(input: Tensor, options?: { dim?: number | null; keepdim?: boolean }) => MinMax> = primitive(
  "aminmax(Tensor input, *, int? dim=null, bool keepdim=false)",
  {
    forward: (input, dim, keepdim) => {
      const dims = dim === null ? null : [dim];
      if (dim === null && input.count === 0)
        throw new ArgumentError("aminmax: aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.");
      return [extremeOf("aminmax", "min", input, dims, keepdim), extremeOf("aminmax", "max", input, dims, keepdim)];
    },
    gradient: {
      input: (_grad, { input, outs, grads, dim, keepdim }) => {
        const dims = reduceDims("aminmax", dim === null ? null : [dim], input.shape.length);
        const parts = outs.flatMap((out, i) => {
          const grad = grads[i];
          return grad === null || grad === undefined ? [] : [shared(grad, input, out, dims, keepdim)];
        });
        return parts.reduce((sum, part) => sum.add(part));
      },
    },
    results: ["min", "max"],
  },
);

/** Runs the kernel that finds extremes and their places along one dimension. */
function locate(
  op: string,
  kind: Extreme,
  input: Tensor,
  dim: number,
  keepdim: boolean,
  values: boolean,
): [values: Tensor | null, indices: Tensor] {
  checkOrdered(op, input.dtype);
  const d = wrapDim(op, dim, input.shape.length);
  checkNonEmpty(op, input.shape, input.count, [dim]);
  const line = asLine(input);
  const { backend } = input.storage;
  const shape = line.shape.filter((_, i) => i !== d);
  const found = values ? emptyOn(backend, shape, input.dtype) : null;
  const indices = emptyOn(backend, shape, int64);
  backend.kernels.argReduce(kind, found, indices, line, d);
  if (!keepdim || input.shape.length === 0) return [found, indices];
  const keptShape = reducedShape(input.shape, [d], true);
  return [found === null ? null : reshaped(found, keptShape), reshaped(indices, keptShape)];
}

type ArgExtreme = Op<
  (input: Tensor, ...args: Args<[dim: number | null, keepdim: boolean], { dim?: number | null; keepdim?: boolean }>) => Tensor
>;

const argExtreme = (name: "argmax" | "argmin", kind: Extreme): ArgExtreme =>
  primitive(`${name}(Tensor input, int? dim=null, bool keepdim=false)`, {
    forward: (input, dim, keepdim) => {
      if (input.dtype.kind === "bool") throw new DTypeError(`${name}: "${name}_cpu" not implemented for 'Bool'`);
      if (dim !== null) return locate(name, kind, input, dim, keepdim, false)[1];
      checkNonEmpty(name, input.shape, input.count, null);
      const index = locate(name, kind, input.reshape(-1), 0, false, false)[1];
      return keepdim
        ? reshaped(
            index,
            input.shape.map(() => 1),
          )
        : index;
    },
  });

/**
 * The index of the (first) largest element, in the flattened input or along a dimension.
 * @throws {IndexError} if the reduced dimension is empty.
 */
export const argmax: ArgExtreme = argExtreme("argmax", "max");

/**
 * The index of the (first) smallest element, in the flattened input or along a dimension.
 * @throws {IndexError} if the reduced dimension is empty.
 */
export const argmin: ArgExtreme = argExtreme("argmin", "min");

const wholeExtreme = (kind: Extreme): Op<(input: Tensor) => Tensor> =>
  primitive(`${kind}(Tensor input)`, {
    forward: (input) => extremeOf(kind, kind, input, null, false),
    gradient: { input: (grad, { input, out }) => shared(grad, input, out, reduceDims(kind, null, input.shape.length), false) },
    gradName: kind === "max" ? "MaxBackward1" : "MinBackward1",
  });

const extremeAlong = (kind: Extreme): Op<(input: Tensor, dim: number, keepdim: boolean) => ValuesIndices> =>
  primitive(`${kind}(Tensor input, int dim, bool keepdim)`, {
    forward: (input, dim, keepdim) => locate(kind, kind, input, dim, keepdim, true) as [Tensor, Tensor],
    gradient: { input: (grad, { given, outs, dim, keepdim }) => scatterBack(grad, outs[1] as Tensor, given.input.shape, dim, keepdim) },
    results: ["values", "indices"],
  });

/** The largest or smallest element; with `dim`, those along it and their indices; with another tensor, element by element. */
interface ExtremeFunction {
  (input: Tensor): Tensor;
  (input: Tensor, other: Tensor, options?: { out?: Tensor }): Tensor;
  (input: Tensor, dim: number, ...args: Args<[keepdim: boolean], { keepdim?: boolean; out?: readonly Tensor[] }>): ValuesIndices;
  (input: Tensor, options: { dim: number; keepdim?: boolean; out?: readonly Tensor[] }): ValuesIndices;
}

interface ExtremeMethod {
  (): Tensor;
  (other: Tensor): Tensor;
  (dim: number, ...args: Args<[keepdim: boolean], { keepdim?: boolean }>): ValuesIndices;
  (options: { dim: number; keepdim?: boolean }): ValuesIndices;
}

function extreme(kind: Extreme): MethodOp<ExtremeFunction, ExtremeMethod> {
  const whole = wholeExtreme(kind);
  const along = extremeAlong(kind);
  return overloaded(
    composite(`${kind}(Tensor input, any dim=null, bool keepdim=false, *, Tensor? other=null)`, (input, dim, keepdim, other) => {
      const second = other ?? (dim instanceof Tensor ? dim : null);
      if (second !== null) return kind === "max" ? input.maximum(second) : input.minimum(second);
      if (dim === null) return whole(input);
      if (typeof dim === "number" && Number.isInteger(dim)) return along(input, dim, keepdim);
      throw new ArgumentError(`${kind}(): argument 'dim' (position 2) must be an integer or a Tensor, not ${typeof dim}`);
    }),
  );
}

/**
 * The largest element; with `dim`, the largest along it and their indices; with another tensor, the larger of each pair.
 * @throws {IndexError} if the reduced dimension is empty.
 * @example
 * ```ts
 * const { values, indices } = torch.tensor([[1, 5], [7, 3]]).max(1); // [5., 7.], [1, 0]
 * ```
 */
export const max: MethodOp<ExtremeFunction, ExtremeMethod> = extreme("max");

/**
 * The smallest element; with `dim`, the smallest along it and their indices; with another tensor, the smaller of each pair.
 * @throws {IndexError} if the reduced dimension is empty.
 */
export const min: MethodOp<ExtremeFunction, ExtremeMethod> = extreme("min");
