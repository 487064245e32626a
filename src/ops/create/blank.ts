/** What functions that make tensors have in common: their options, and memory ready to be filled. */

import type { Device } from "../../core/device.js";
import { type DType, getDefaultDtype } from "../../core/dtype.js";
import { ArgumentError } from "../../core/errors.js";
import { emptyOn, resolveBackend } from "../../tensor/create.js";
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

/** The options as they stand in signatures. */
export const OPTIONS = "*, dtype? dtype=null, device? device=null, bool requiresGrad=false";

/** A tensor with undefined content, ready to be filled. */
export function blank(op: string, size: readonly number[], dtype: DType | null, device: Device | null): Tensor {
  for (const n of size) if (n < 0) throw new ArgumentError(`${op}: Trying to create tensor with negative dimension ${n}: [${size.join(", ")}]`);
  return emptyOn(resolveBackend(device), size, dtype ?? getDefaultDtype());
}

/** A tensor with undefined content in the shape of another; its dtype and device are the other's unless given. */
export function blankLike(input: Tensor, dtype: DType | null, device: Device | null, size: readonly number[] = input.shape): Tensor {
  return emptyOn(device === null ? input.storage.backend : resolveBackend(device), size, dtype ?? input.dtype);
}

/** The tensor, as a leaf that requires grad where that is asked for. */
export function finish(tensor: Tensor, requiresGrad: boolean): Tensor {
  if (requiresGrad) tensor.requiresGrad = true;
  return tensor;
}
