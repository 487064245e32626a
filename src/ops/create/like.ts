/** New tensors in the manner of an existing one, as methods. */

import type { DType } from "../../core/dtype.js";
import { composite } from "../../tensor/define/index.js";
import { emptyOn, resolveBackend, type Scalar } from "../../tensor/create.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { SizesAndOptions, TensorOptions } from "./filled.js";
import type { Device } from "../../core/device.js";

const OPTIONS = "*, dtype? dtype=null, device? device=null, bool requiresGrad=false";

function make(input: Tensor, size: readonly number[], dtype: DType | null, device: Device | null): Tensor {
  return emptyOn(device === null ? input.storage.backend : resolveBackend(device), size, dtype ?? input.dtype);
}

function finish(tensor: Tensor, requiresGrad: boolean): Tensor {
  if (requiresGrad) tensor.requiresGrad = true;
  return tensor;
}

/** A tensor of zeros in the dtype and on the device of `input`. */
export const newZeros: Op<(input: Tensor, ...size: SizesAndOptions) => Tensor> = composite(
  `newZeros(Tensor input, ...int[] size, ${OPTIONS})`,
  (input, size, dtype, device, requiresGrad) => finish(make(input, size, dtype, device).zero_(), requiresGrad),
);

/** A tensor of ones in the dtype and on the device of `input`. */
export const newOnes: Op<(input: Tensor, ...size: SizesAndOptions) => Tensor> = composite(
  `newOnes(Tensor input, ...int[] size, ${OPTIONS})`,
  (input, size, dtype, device, requiresGrad) => finish(make(input, size, dtype, device).fill_(1), requiresGrad),
);

/** A tensor with undefined content in the dtype and on the device of `input`. */
export const newEmpty: Op<(input: Tensor, ...size: SizesAndOptions) => Tensor> = composite(
  `newEmpty(Tensor input, ...int[] size, ${OPTIONS})`,
  (input, size, dtype, device, requiresGrad) => finish(make(input, size, dtype, device), requiresGrad),
);

/** A tensor with one value everywhere, in the dtype and on the device of `input`. */
export const newFull: Op<(input: Tensor, size: number | readonly number[], fillValue: Scalar, options?: TensorOptions) => Tensor> = composite(
  `newFull(Tensor input, int[] size, Scalar fillValue, ${OPTIONS})`,
  (input, size, fillValue, dtype, device, requiresGrad) => finish(make(input, size, dtype, device).fill_(fillValue), requiresGrad),
);
