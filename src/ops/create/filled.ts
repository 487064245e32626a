/** New tensors with given content. */

import { isComplexLike } from "../../core/complex.js";
import { bool, type DType, getDefaultDtype, int64, toComplexType } from "../../core/dtype.js";
import type { Scalar } from "../../tensor/create.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { blank, blankLike, filled, finish, OPTIONS, type SizesAndOptions, type TensorOptions } from "./blank.js";

export type { SizesAndOptions, TensorOptions } from "./blank.js";

/** A tensor whose elements are not initialised. */
export const empty: Op<(...size: SizesAndOptions) => Tensor> = composite(
  `empty(...int[] size, ${OPTIONS})`,
  (size, dtype, device, requiresGrad) => finish(blank("empty", size, dtype, device), requiresGrad),
);

/** A tensor of zeros. */
export const zeros: Op<(...size: SizesAndOptions) => Tensor> = composite(
  `zeros(...int[] size, ${OPTIONS})`,
  (size, dtype, device, requiresGrad) => finish(filled(blank("zeros", size, dtype, device), 0), requiresGrad),
);

/** A tensor of ones. */
export const ones: Op<(...size: SizesAndOptions) => Tensor> = composite(
  `ones(...int[] size, ${OPTIONS})`,
  (size, dtype, device, requiresGrad) => finish(filled(blank("ones", size, dtype, device), 1), requiresGrad),
);

/** The dtype of a tensor of one number: the default float dtype, int64 for bigints, bool for booleans, complex for complex numbers. */
export function typeOfFill(value: Scalar): DType {
  if (typeof value === "boolean") return bool;
  if (isComplexLike(value)) return toComplexType(getDefaultDtype());
  return typeof value === "bigint" ? int64 : getDefaultDtype();
}

/**
 * A tensor with `fillValue` everywhere. A number makes the default float dtype, a bigint int64, a boolean bool.
 * @example
 * ```ts
 * torch.full([2, 3], 7); // tensor([[7., 7., 7.], [7., 7., 7.]])
 * ```
 */
export const full: Op<(size: number | readonly number[], fillValue: Scalar, options?: TensorOptions) => Tensor> = composite(
  `full(int[] size, Scalar fillValue, ${OPTIONS})`,
  (size, fillValue, dtype, device, requiresGrad) =>
    finish(filled(blank("full", size, dtype ?? typeOfFill(fillValue), device), fillValue), requiresGrad),
);

/** A tensor in the shape of `input` whose elements are not initialised. */
export const emptyLike: Op<(input: Tensor, options?: TensorOptions) => Tensor> = composite(
  `emptyLike(Tensor input, ${OPTIONS})`,
  (input, dtype, device, requiresGrad) => finish(blankLike(input, dtype, device), requiresGrad),
);

/** A tensor of zeros in the shape of `input`. */
export const zerosLike: Op<(input: Tensor, options?: TensorOptions) => Tensor> = composite(
  `zerosLike(Tensor input, ${OPTIONS})`,
  (input, dtype, device, requiresGrad) => finish(filled(blankLike(input, dtype, device), 0), requiresGrad),
);

/** A tensor of ones in the shape of `input`. */
export const onesLike: Op<(input: Tensor, options?: TensorOptions) => Tensor> = composite(
  `onesLike(Tensor input, ${OPTIONS})`,
  (input, dtype, device, requiresGrad) => finish(filled(blankLike(input, dtype, device), 1), requiresGrad),
);

/** A tensor with `fillValue` everywhere, in the shape of `input`. */
export const fullLike: Op<(input: Tensor, fillValue: Scalar, options?: TensorOptions) => Tensor> = composite(
  `fullLike(Tensor input, Scalar fillValue, ${OPTIONS})`,
  (input, fillValue, dtype, device, requiresGrad) => finish(filled(blankLike(input, dtype, device), fillValue), requiresGrad),
);
