/** Reading and writing elements by their place in row-major order. */

import { DTypeError, IndexError } from "../../core/errors.js";
import { isContiguous } from "../../core/shape.js";
import { copyInto, denseCopy } from "../../tensor/copy.js";
import { emptyOn, tensorOver } from "../../tensor/create.js";
import { primitive } from "../../tensor/define/index.js";
import type { Args, InPlaceOp, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { requireLong, sameDevice, wrapIndex } from "./bounds.js";

/** A dense tensor as a vector, over the same memory. */
function vectorOver(tensor: Tensor): Tensor {
  return tensorOver(tensor.storage, [tensor.count], [1], tensor.offset, tensor.dtype);
}

/** Places in row-major order as an index vector. */
function placesOf(op: string, input: Tensor, index: Tensor): Tensor {
  sameDevice(op, input, index);
  requireLong(op, index);
  const places = vectorOver(index.dense ? index : denseCopy(index));
  if (input.count === 0 && index.count > 0) throw new IndexError(`${op}: ${op}(): tried to take from an empty tensor`);
  return wrapIndex(places, input.count, (bad) => {
    throw new IndexError(`${op}: out of range: tried to access index ${bad} on a tensor of ${input.count} elements.`);
  });
}

/**
 * The elements at the given places of the flattened tensor, in the shape of `index`.
 * @throws {IndexError} for a place out of bounds.
 * @example
 * ```ts
 * torch.tensor([[4, 3], [2, 1]]).take(torch.tensor([0n, 3n])); // tensor([4., 1.])
 * ```
 */
export const take: Op<(input: Tensor, index: Tensor) => Tensor> = primitive("take(Tensor input, Tensor index)", {
  forward: (input, index) => {
    const places = placesOf("take", input, index);
    const out = emptyOn(input.storage.backend, index.shape, input.dtype);
    input.storage.backend.kernels.indexGet(vectorOver(out), vectorOver(input.dense ? input : denseCopy(input)), [places]);
    return out;
  },
  gradient: { input: (grad, { given, index }) => grad.newZeros(given.input.shape).put_(index, grad, true) },
});

/**
 * Writes the elements of `source` to the given places of the flattened tensor, or adds them there with `accumulate`.
 * @throws {IndexError} for a place out of bounds.
 */
export const put: InPlaceOp<
  (input: Tensor, index: Tensor, source: Tensor, ...args: Args<[accumulate: boolean], { accumulate?: boolean }>) => Tensor
> = primitive("put(Tensor input, Tensor index, Tensor source, bool accumulate=false)", {
  writes: true,
  inPlace: true,
  forward: (out, index, source, accumulate) => {
    if (source.dtype !== out.dtype) {
      throw new DTypeError(
        `put: put_(): self and source expected to have the same dtype, but got self.dtype = ${out.dtype.scalarName} and source.dtype = ${source.dtype.scalarName}. Convert one with .to(dtype).`,
      );
    }
    if (source.count !== index.count) {
      throw new IndexError(
        `put: put_(): Expected source and index to have the same number of elements, but got source.numel() = ${source.count}, index.numel() = ${index.count}`,
      );
    }
    sameDevice("put", out, source);
    const places = placesOf("put", out, index);
    const isDense = isContiguous(out.shape, out.strides);
    const target = isDense ? out : denseCopy(out);
    out.storage.backend.kernels.indexPut(vectorOver(target), [places], vectorOver(source.dense ? source : denseCopy(source)), accumulate);
    if (!isDense) copyInto(out, target);
    return out;
  },
  gradient: {
    input: (grad, { given, index, accumulate }) =>
      accumulate ? grad : grad.put(index, given.source.detach().newZeros(given.source.shape)),
    source: (grad, { given, index }) => grad.take(index).reshape(given.source.shape as number[]),
  },
});
