/** Changing the size of a tensor in place. */

import { AutogradError, ShapeError } from "../../core/errors.js";
import { contiguousStrides, formatShape, numelOf, type Shape } from "../../core/shape.js";
import { copyInto } from "../../tensor/copy.js";
import { emptyOn, tensorOver } from "../../tensor/create.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Sizes } from "./views.js";

function resize(op: string, tensor: Tensor, shape: Shape): Tensor {
  if (tensor.requiresGrad) throw new AutogradError(`${op}: cannot resize variables that require grad`);
  const negative = shape.find((n) => n < 0);
  if (negative !== undefined)
    throw new ShapeError(`${op}: Trying to create tensor with negative dimension ${negative}: ${formatShape(shape)}`);
  const count = numelOf(shape);
  if (tensor.offset + count > tensor.storage.length) {
    const { storage } = emptyOn(tensor.storage.backend, [tensor.offset + count], tensor.dtype);
    const old = tensorOver(tensor.storage, [tensor.storage.length], [1], 0, tensor.dtype);
    copyInto(tensorOver(storage, old.shape, [1], 0, tensor.dtype), old);
    tensor.storage = storage;
    tensor.viewOf = null;
  }
  tensor.shape = [...shape];
  tensor.strides = contiguousStrides(shape);
  tensor.count = count;
  tensor.dense = true;
  return tensor;
}

/**
 * Gives the tensor itself another size: its elements stay in row-major order, and those that are new are not initialised.
 * Where its memory is too small it gets new memory, which views of the old do not share.
 * @throws {AutogradError} if the tensor requires grad.
 */
export const resize_: Op<(input: Tensor, ...size: Sizes) => Tensor> = composite(
  "resize_(Tensor input, ...int[] size)",
  (input, size) => resize("resize_", input, size),
  {
    differentiable: false,
  },
);

/** `input.resize_(other.shape)` */
export const resizeAs_: Op<(input: Tensor, other: Tensor) => Tensor> = composite(
  "resizeAs_(Tensor input, Tensor other)",
  (input, other) => resize("resizeAs_", input, other.shape),
  {
    differentiable: false,
  },
);
