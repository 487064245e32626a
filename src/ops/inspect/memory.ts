/** The memory behind a tensor, as methods. */

import { ArgumentError, AutogradError, DTypeError, ShapeError } from "../../core/errors.js";
import { contiguousStrides, formatShape, isContiguous, numelOf, type Shape, sameShape } from "../../core/shape.js";
import { emptyOn } from "../../tensor/create.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { dataPtr as pointerOf, UntypedStorage } from "../../tensor/untyped.js";

const silent = { differentiable: false } as const;

/**
 * A number that stands for the address of the first element: two tensors have it in common if and only if these are one. Empty tensors have 0.
 * @example
 * ```ts
 * const x = torch.zeros(2, 3);
 * x.view(6).dataPtr() === x.dataPtr(); // true
 * ```
 */
export const dataPtr: Op<(input: Tensor) => number> = composite("dataPtr(Tensor input)", pointerOf, silent);

/** `dataPtr` for those who will only read. */
export const constDataPtr: Op<(input: Tensor) => number> = composite("constDataPtr(Tensor input)", pointerOf, silent);

/** The memory that the tensor shares with its views. */
export const untypedStorage: Op<(input: Tensor) => UntypedStorage> = composite(
  "untypedStorage(Tensor input)",
  (input) => new UntypedStorage(input.storage),
  silent,
);

/** Whether both tensors show the same elements of one memory in the same order. */
export const isSetTo: Op<(input: Tensor, tensor: Tensor) => boolean> = composite(
  "isSetTo(Tensor input, Tensor tensor)",
  (input, tensor) =>
    input.dtype === tensor.dtype &&
    input.offset === tensor.offset &&
    sameShape(input.shape, tensor.shape) &&
    sameShape(input.strides, tensor.strides) &&
    new UntypedStorage(input.storage).dataPtr() === new UntypedStorage(tensor.storage).dataPtr(),
  silent,
);

/** The tensor itself, as no tensor is sparse; in another dtype where one is given. */
export const toDense: Op<(input: Tensor, ...args: Args<[dtype: Tensor["dtype"] | null], { dtype?: Tensor["dtype"] | null }>) => Tensor> =
  composite("toDense(Tensor input, dtype? dtype=null)", (input, dtype) => (dtype === null ? input : input.to(dtype)));

/** Checks that all places of a layout lie in a storage of `length` elements. */
function checkLayout(shape: Shape, strides: readonly number[], offset: number, length: number): void {
  if (shape.length !== strides.length)
    throw new ShapeError(
      `set_: mismatch in length of strides and shape: sizes ${formatShape(shape)} and strides ${formatShape(strides)} differ in number`,
    );
  if (offset < 0 || strides.some((stride) => stride < 0) || shape.some((n) => n < 0))
    throw new ShapeError(
      `set_: sizes, strides and offset must not be negative, got ${formatShape(shape)}, ${formatShape(strides)} and ${offset}`,
    );
  const last = shape.reduce((at, n, d) => at + (n - 1) * (strides[d] as number), offset);
  if (numelOf(shape) > 0 && last >= length)
    throw new ShapeError(
      `set_: setStorage: sizes ${formatShape(shape)}, strides ${formatShape(strides)}, storage offset ${offset} require ${last + 1} elements, which are out of bounds for storage of ${length}`,
    );
}

interface SetOptions {
  source?: Tensor | UntypedStorage | null;
  storageOffset?: number;
  size?: readonly number[] | null;
  stride?: readonly number[] | null;
}

/**
 * Makes the tensor show the memory of another tensor, or a part of it; without arguments it becomes empty. No elements are copied.
 * @throws {DTypeError} if the dtypes differ.
 * @throws {ShapeError} if the sizes and strides lead out of the memory.
 * @throws {AutogradError} if gradients are computed for the tensor.
 */
export const set_: Op<
  (
    input: Tensor,
    ...args: Args<
      [source: Tensor | UntypedStorage | null, storageOffset: number, size: readonly number[] | null, stride: readonly number[] | null],
      SetOptions
    >
  ) => Tensor
> = composite(
  "set_(Tensor input, any source=null, int storageOffset=0, int[]? size=null, int[]? stride=null)",
  (input, source, storageOffset, size, stride) => {
    if (input.requiresGrad) throw new AutogradError("set_: a leaf Variable that requires grad is being used in an in-place operation.");
    if (source !== null && !(source instanceof Tensor) && !(source instanceof UntypedStorage))
      throw new ArgumentError(`set_(): argument 'source' must be Tensor or UntypedStorage, not ${typeof source}`);
    const whole = source instanceof Tensor && size === null;
    const given = source === null ? emptyOn(input.storage.backend, [0], input.dtype).storage : source.storage;
    if (source instanceof Tensor && source.dtype !== input.dtype)
      throw new DTypeError(`set_: Could not set tensor of type ${source.dtype} to a tensor of type ${input.dtype}`);
    const storage = given.dtype === input.dtype ? given : given.reinterpret(input.dtype);
    const shape = whole ? source.shape : (size ?? [storage.length]);
    const strides = whole ? source.strides : (stride ?? contiguousStrides(shape));
    const offset = whole ? source.offset : storageOffset;
    checkLayout(shape, strides, offset, storage.length);
    input.storage = storage;
    input.shape = shape;
    input.strides = strides;
    input.offset = offset;
    input.count = numelOf(shape);
    input.dense = isContiguous(shape, strides);
    input.viewOf = null;
    return input;
  },
  silent,
);
