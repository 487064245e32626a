/** New tensors in the manner of an existing one, as methods. */

import { ArgumentError } from "../../core/errors.js";
import { type NestedArray, resolveBackend, type Scalar } from "../../tensor/create.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { blankLike, filled, finish, OPTIONS, type SizesAndOptions, type TensorOptions } from "./blank.js";
import { emptyIn } from "./memory.js";
import { tensorFrom } from "./tensor.js";

function checkSizes(op: string, size: readonly number[]): readonly number[] {
  for (const n of size)
    if (n < 0) throw new ArgumentError(`${op}: Trying to create tensor with negative dimension ${n}: [${size.join(", ")}]`);
  return size;
}

/** A tensor of zeros in the dtype and on the device of `input`. */
export const newZeros: Op<(input: Tensor, ...size: SizesAndOptions) => Tensor> = composite(
  `newZeros(Tensor input, ...int[] size, ${OPTIONS})`,
  (input, size, dtype, device, requiresGrad) =>
    finish(filled(blankLike(input, dtype, device, checkSizes("newZeros", size)), 0), requiresGrad),
);

/** A tensor of ones in the dtype and on the device of `input`. */
export const newOnes: Op<(input: Tensor, ...size: SizesAndOptions) => Tensor> = composite(
  `newOnes(Tensor input, ...int[] size, ${OPTIONS})`,
  (input, size, dtype, device, requiresGrad) =>
    finish(filled(blankLike(input, dtype, device, checkSizes("newOnes", size)), 1), requiresGrad),
);

/** A tensor with undefined content in the dtype and on the device of `input`. */
export const newEmpty: Op<(input: Tensor, ...size: SizesAndOptions) => Tensor> = composite(
  `newEmpty(Tensor input, ...int[] size, ${OPTIONS})`,
  (input, size, dtype, device, requiresGrad) => finish(blankLike(input, dtype, device, checkSizes("newEmpty", size)), requiresGrad),
);

/** A tensor with undefined content in a given layout, in the dtype and on the device of `input`. */
export const newEmptyStrided: Op<(input: Tensor, size: readonly number[], stride: readonly number[], options?: TensorOptions) => Tensor> =
  composite(`newEmptyStrided(Tensor input, int[] size, int[] stride, ${OPTIONS})`, (input, size, stride, dtype, device, requiresGrad) => {
    const backend = device === null ? input.storage.backend : resolveBackend(device);
    return finish(emptyIn("newEmptyStrided", backend, size, stride, dtype ?? input.dtype), requiresGrad);
  });

/** A tensor with one value everywhere, in the dtype and on the device of `input`. */
export const newFull: Op<(input: Tensor, size: number | readonly number[], fillValue: Scalar, options?: TensorOptions) => Tensor> =
  composite(`newFull(Tensor input, int[] size, Scalar fillValue, ${OPTIONS})`, (input, size, fillValue, dtype, device, requiresGrad) =>
    finish(filled(blankLike(input, dtype, device, checkSizes("newFull", size)), fillValue), requiresGrad),
  );

/** A tensor with the given values, in the dtype and on the device of `input`. */
export const newTensor: Op<(input: Tensor, data: NestedArray, options?: TensorOptions) => Tensor> = composite(
  `newTensor(Tensor input, any data, ${OPTIONS})`,
  (input, data, dtype, device, requiresGrad) =>
    finish(tensorFrom("newTensor", data, dtype ?? input.dtype, device ?? input.device), requiresGrad),
);
