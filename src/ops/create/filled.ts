/** New tensors with given content. */

import type { Device } from "../../core/device.js";
import { bool, type DType, getDefaultDtype, int64 } from "../../core/dtype.js";
import { ArgumentError } from "../../core/errors.js";
import { inferShape } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import { emptyOn, resolveBackend, type Scalar } from "../../tensor/create.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Sizes } from "../shape/views.js";

/** What every function that makes a tensor takes by name. */
export interface TensorOptions {
  /** The element type. */
  dtype?: DType | null;
  /** Where the tensor lives. */
  device?: Device | string | null;
  /** Whether gradients are computed for it. */
  requiresGrad?: boolean;
}

/** Sizes, spread or in an array, then options. */
export type SizesAndOptions = Sizes | [...size: number[], options: TensorOptions] | [size: readonly number[], options: TensorOptions];

const OPTIONS = "*, dtype? dtype=null, device? device=null, bool requiresGrad=false";

/** A tensor with undefined content, ready to be filled. */
function make(op: string, size: readonly number[], dtype: DType | null, device: Device | null): Tensor {
  for (const n of size) if (n < 0) throw new ArgumentError(`${op}: Trying to create tensor with negative dimension ${n}: [${size.join(", ")}]`);
  return emptyOn(resolveBackend(device), inferShape(op, size, size.reduce((a, b) => a * b, 1)), dtype ?? getDefaultDtype());
}

function finish(tensor: Tensor, requiresGrad: boolean): Tensor {
  if (requiresGrad) tensor.requiresGrad = true;
  return tensor;
}

/** A tensor whose elements are not initialised. */
export const empty: Op<(...size: SizesAndOptions) => Tensor> = composite(`empty(...int[] size, ${OPTIONS})`, (size, dtype, device, requiresGrad) =>
  finish(make("empty", size, dtype, device), requiresGrad),
);

/** A tensor of zeros. */
export const zeros: Op<(...size: SizesAndOptions) => Tensor> = composite(`zeros(...int[] size, ${OPTIONS})`, (size, dtype, device, requiresGrad) =>
  finish(make("zeros", size, dtype, device).zero_(), requiresGrad),
);

/** A tensor of ones. */
export const ones: Op<(...size: SizesAndOptions) => Tensor> = composite(`ones(...int[] size, ${OPTIONS})`, (size, dtype, device, requiresGrad) =>
  finish(make("ones", size, dtype, device).fill_(1), requiresGrad),
);

function typeOfFill(value: Scalar): DType {
  if (typeof value === "boolean") return bool;
  return typeof value === "bigint" ? int64 : getDefaultDtype();
}

/** A tensor with `fillValue` everywhere. A number makes the default float dtype, a bigint int64, a boolean bool. */
export const full: Op<(size: number | readonly number[], fillValue: Scalar, options?: TensorOptions) => Tensor> = composite(
  `full(int[] size, Scalar fillValue, ${OPTIONS})`,
  (size, fillValue, dtype, device, requiresGrad) => finish(make("full", size, dtype ?? typeOfFill(fillValue), device).fill_(fillValue), requiresGrad),
);
