/** Tensors as typed arrays, as methods. */

import type { TypedArray } from "../../core/dtype.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import { readSync } from "../../tensor/read.js";
import type { Tensor } from "../../tensor/tensor.js";
import { decoded } from "../create/ndarray.js";

/**
 * A copy of the elements in row-major order, as a typed array of the dtype: half floats as float32, bool as bytes, complex numbers as pairs.
 * @throws {DeviceError} on devices that cannot be waited for; `toArrayAsync` works on every device.
 * @example
 * ```ts
 * torch.ones(2, 2).toArray(); // Float32Array [1, 1, 1, 1]
 * ```
 */
export const toArray: Op<(input: Tensor) => TypedArray> = composite(
  "toArray(Tensor input)",
  (input) => decoded(readSync(input, "toArray"), input.dtype),
  { differentiable: false },
);

/** A copy of the elements in row-major order, as a typed array of the dtype, once the device has them. */
export const toArrayAsync: Op<(input: Tensor) => Promise<TypedArray>> = composite(
  "toArrayAsync(Tensor input)",
  async (input) => decoded(await input.storage.backend.readAsync(input), input.dtype),
  {
    differentiable: false,
  },
);
