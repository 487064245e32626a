/** Selection by truth values. */

import { bool, int64 } from "../../core/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { broadcastShapes, formatShape, numelOf } from "../../core/shape.js";
import * as e from "../../expr/build.js";
import { type Scalar, tensorOver } from "../../tensor/create.js";
import { composite, pointwise, primitive, rules } from "../../tensor/define/index.js";
import { type InPlaceOp, type MethodOp, type Op, overloaded } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { checkBounds, sameDevice } from "./bounds.js";

function checkFill(input: Tensor, mask: Tensor, value: Tensor | Scalar): void {
  if (mask.dtype !== bool)
    throw new DTypeError(
      `maskedFill: masked_fill_ only supports boolean masks, but got mask with dtype ${mask.dtype}. Convert it with .bool().`,
    );
  if (value instanceof Tensor && value.shape.length > 0) {
    throw new ArgumentError(
      `maskedFill: masked_fill_ only supports a 0-dimensional value tensor, but got tensor with ${value.shape.length} dimension(s).`,
    );
  }
  const isComplex = value instanceof Tensor ? value.dtype.isComplex : typeof value === "object";
  if (isComplex && !input.dtype.isComplex)
    throw new DTypeError(`maskedFill: value cannot be converted to type ${input.dtype.name} without overflow: it is complex`);
}

/**
 * The tensor with `value` wherever `mask` is true.
 * @throws {DTypeError} if the mask is not bool.
 * @example
 * ```ts
 * torch.tensor([1, 2]).maskedFill(torch.tensor([true, false]), -Infinity); // tensor([-inf, 2.])
 * ```
 */
export const maskedFill: InPlaceOp<(input: Tensor, mask: Tensor, value: Tensor | Scalar) => Tensor> = pointwise(
  "maskedFill(Tensor input, Tensor mask, Operand value)",
  (x, mask, value) => e.select(e.ne(mask, 0), value, x),
  rules.leading,
  { check: checkFill, gradName: ([, , value]) => (value instanceof Tensor ? "MaskedFillBackward1" : "MaskedFillBackward0") },
);

/** The coordinates `[n, rank]` of elements that are not zero. */
function coordinates(input: Tensor): Tensor {
  const rank = input.shape.length;
  const flat = rank === 0 ? input.reshape(1) : input;
  const storage = input.storage.backend.kernels.nonzero(flat);
  const n = storage.length / Math.max(rank, 1);
  return tensorOver(storage, [n, rank], rank === 0 ? [1, 1] : [rank, 1], 0, int64);
}

const nonzeroTensor: Op<(input: Tensor) => Tensor> = primitive("nonzero(Tensor input)", { forward: coordinates, dynamicShape: true });

/**
 * Where elements are not zero: coordinates as rows `[n, rank]`, or with `asTuple` one vector of indices for each dimension.
 * @example
 * ```ts
 * torch.tensor([0, 3, 4]).nonzero();                    // tensor([[1], [2]])
 * torch.tensor([0, 3, 4]).nonzero({ asTuple: true })[0]; // tensor([1, 2])
 * ```
 */
export const nonzero: MethodOp<
  <T extends boolean = false>(input: Tensor, options?: { asTuple?: T }) => T extends true ? readonly Tensor[] : Tensor,
  <T extends boolean = false>(options?: { asTuple?: T }) => T extends true ? readonly Tensor[] : Tensor
> = overloaded(
  composite(
    "nonzero(Tensor input, *, bool asTuple=false)",
    (input, asTuple) => {
      if (!asTuple) return nonzeroTensor(input);
      const rows = nonzeroTensor(input.shape.length === 0 ? input.reshape(1) : input);
      return Array.from({ length: rows.shape[1] as number }, (_, d) => rows.select(1, d));
    },
    { dynamicShape: true, differentiable: false },
  ),
);

/** The coordinates of elements that are not zero, as rows `[n, rank]`. */
export const argwhere: Op<(input: Tensor) => Tensor> = composite("argwhere(Tensor input)", (input) => nonzeroTensor(input), {
  dynamicShape: true,
  differentiable: false,
});

/**
 * The coordinates of the first `size` elements that are not zero; where there are fewer, rows of `fillValue` follow.
 * Its shape does not depend on data.
 */
export const nonzeroStatic: Op<(input: Tensor, options: { size: number; fillValue?: number }) => Tensor> = composite(
  "nonzeroStatic(Tensor input, *, int size=-1, int fillValue=-1)",
  (input, size, fillValue) => {
    if (size < 0) throw new ArgumentError(`nonzeroStatic: nonzero_static: 'size' must be an non-negative integer, got ${size}`);
    const rank = input.shape.length;
    const out = input.detach().newZeros([size, rank], { dtype: int64 }).fill_(fillValue);
    const n = Math.min(size, input.count);
    if (n === 0 || rank === 0) return out;
    // A stable sort brings what is not zero to the front, in row-major order.
    const found = input.detach().ne(0).reshape(-1);
    const { values, indices } = found.to(int64).sort({ descending: true, stable: true });
    const isFound = values.narrow(0, 0, n).to(bool);
    const places = indices.narrow(0, 0, n);
    let stride = input.count;
    input.shape.forEach((length, d) => {
      stride /= length;
      const at = places.floorDivide(stride).remainder(length);
      out.select(1, d).narrow(0, 0, n).copy_(at.maskedFill(isFound.logicalNot(), fillValue));
    });
    return out;
  },
  { differentiable: false },
);

function requireMask(op: string, input: Tensor, mask: Tensor): readonly number[] {
  if (mask.dtype !== bool) throw new DTypeError(`${op}: ${op}: expected BoolTensor for mask, got ${mask.dtype}. Convert it with .bool().`);
  sameDevice(op, input, mask);
  return broadcastShapes(op, [input.shape, mask.shape]);
}

/** The elements at which `mask` is true, in row-major order, as a vector. Input and mask broadcast against each other. */
export const maskedSelect: Op<(input: Tensor, mask: Tensor) => Tensor> = primitive("maskedSelect(Tensor input, Tensor mask)", {
  forward: (input, mask) => {
    const shape = requireMask("maskedSelect", input, mask) as number[];
    const places = nonzeroTensor(mask.expand(shape).reshape(-1)).reshape(-1);
    return input.expand(shape).reshape(-1).indexSelect(0, places);
  },
  gradient: {
    input: (grad, { given, mask }) => {
      const shape = broadcastShapes("maskedSelect", [given.input.shape, mask.shape]) as number[];
      return grad.newZeros(shape).maskedScatter(mask, grad);
    },
  },
  dynamicShape: true,
});

/**
 * The tensor in which the elements where `mask` is true are those of `source`, in its order.
 * @throws {ShapeError} if `source` has fewer elements than are needed.
 */
export const maskedScatter: InPlaceOp<(input: Tensor, mask: Tensor, source: Tensor) => Tensor> = composite(
  "maskedScatter(Tensor input, Tensor mask, Tensor source)",
  (input, mask, source) => {
    if (mask.dtype !== bool)
      throw new DTypeError(
        `maskedScatter: masked_scatter_ only supports boolean masks, but got mask with dtype ${mask.dtype}. Convert it with .bool().`,
      );
    if (source.dtype !== input.dtype)
      throw new DTypeError(
        `maskedScatter: masked_scatter: expected self and source to have same dtypes but got ${input.dtype.scalarName} and ${source.dtype.scalarName}`,
      );
    sameDevice("maskedScatter", input, mask, source);
    const shape = broadcastShapes("maskedScatter", [input.shape, mask.shape]) as number[];
    if (numelOf(shape) === 0) return input.expand(shape).clone();
    const places = mask.expand(shape).reshape(-1).cumsum(0).sub(1);
    checkBounds(places, -1, source.count, (bad) => {
      throw new ShapeError(
        `maskedScatter: Number of elements of source < number of ones in mask: source of shape ${formatShape(source.shape)} has ${source.count}, at least ${bad + 1} are needed`,
      );
    });
    if (source.count === 0) return input.expand(shape).clone();
    const taken = source
      .reshape(-1)
      .indexSelect(0, places.clamp(0, source.count - 1))
      .reshape(shape);
    return taken.where(mask, input);
  },
  { inPlace: true },
);
