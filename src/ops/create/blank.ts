/** What functions that make tensors have in common: their options, and memory ready to be filled. */

import { isComplexLike } from "../../core/complex.js";
import type { Device } from "../../core/device.js";
import { type DType, getDefaultDtype, int64 } from "../../core/dtype.js";
import { ArgumentError } from "../../core/errors.js";
import { input } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { emptyOn, resolveBackend, type Scalar } from "../../tensor/create.js";
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
  for (const n of size)
    if (n < 0) throw new ArgumentError(`${op}: Trying to create tensor with negative dimension ${n}: [${size.join(", ")}]`);
  return emptyOn(resolveBackend(device), size, dtype ?? getDefaultDtype());
}

const content = new Program("fill", [input(0)], 1);

/** Writes one value everywhere into a tensor that nobody has read yet. */
export function filled(tensor: Tensor, value: Scalar): Tensor {
  const { dtype, storage } = tensor;
  if (isComplexLike(value)) return tensor.fill_(value);
  const one = dtype !== int64 ? Number(value) : typeof value === "bigint" ? value : BigInt(Math.trunc(Number(value)));
  storage.backend.kernels.pointwise(content, dtype, [tensor], [one]);
  return tensor;
}

/** A tensor with undefined content in the shape of another; its dtype and device are the other's unless given. */
export function blankLike(like: Tensor, dtype: DType | null, device: Device | null, size: readonly number[] = like.shape): Tensor {
  return emptyOn(device === null ? like.storage.backend : resolveBackend(device), size, dtype ?? like.dtype);
}

/** The tensor, as a leaf that requires grad where that is asked for. */
export function finish(tensor: Tensor, requiresGrad: boolean): Tensor {
  // Writing the first values is no change.
  tensor.storage.version = 0;
  if (requiresGrad) tensor.requiresGrad = true;
  return tensor;
}
