/** Tensors from JavaScript values. */

import type { Device } from "../../core/device.js";
import { type DType, float32, float64, getDefaultDtype, int8, int16, int32, int64, type TypedArray, uint8 } from "../../core/dtype.js";
import { ArgumentError, DTypeError } from "../../core/errors.js";
import { fromHost, fromNested, type NestedArray, resolveBackend, type Scalar } from "../../tensor/create.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { finish, OPTIONS, type TensorOptions } from "./blank.js";
import { isNumpyArray, type NumpyArray, shareNumpy } from "./ndarray.js";

/** What `torch.tensor` and its like take. */
export type TensorData = NestedArray | TypedArray | Uint8ClampedArray | Tensor | NumpyArray;

const arrayTypes: readonly (readonly [new (length: number) => TypedArray, DType])[] = [
  [Float32Array, float32],
  [Float64Array, float64],
  [BigInt64Array, int64],
  [Int32Array, int32],
  [Int16Array, int16],
  [Int8Array, int8],
  [Uint8Array, uint8],
];

/** The dtype whose elements a typed array holds. */
export function dtypeOfArray(array: object): DType | null {
  for (const [constructor, dtype] of arrayTypes) if (array instanceof constructor) return dtype;
  return null;
}

function converted(made: Tensor, dtype: DType | null, device: Device | null): Tensor {
  return dtype === null && device === null
    ? made
    : made.to({ ...(dtype === null ? {} : { dtype }), ...(device === null ? {} : { device }) });
}

/** A new tensor with the given values. */
export function tensorFrom(op: string, data: unknown, dtype: DType | null, device: Device | null): Tensor {
  const backend = resolveBackend(device);
  if (data instanceof Tensor) {
    return converted(data.detach().clone(), dtype, device);
  }
  if (isNumpyArray(data)) return converted(shareNumpy(op, data).clone(), dtype, device);
  if (ArrayBuffer.isView(data)) {
    const type = dtypeOfArray(data);
    if (type === null)
      throw new DTypeError(
        `${op}: cannot make a tensor from a ${data.constructor.name}; the supported typed arrays are ${arrayTypes.map(([c]) => c.name).join(", ")}`,
      );
    const host = (data as TypedArray).slice();
    const made = fromHost(host, [host.length], type, backend);
    return dtype === null || dtype === type ? made : made.to(dtype);
  }
  if (data === undefined || data === null) throw new ArgumentError(`${op}: could not infer dtype of ${String(data)}`);
  return fromNested(op, data as NestedArray, dtype, backend);
}

/**
 * A new tensor with the given values.
 *
 * Numbers make the default float dtype, bigints int64, booleans bool, complex numbers complex64; typed arrays keep their type.
 * @throws {ShapeError} if nested arrays are ragged.
 * @example
 * ```ts
 * torch.tensor([[1, 2], [3, 4]]);         // float32
 * torch.tensor([1n, 2n]);                 // int64
 * torch.tensor([1, 2], { dtype: torch.int32 });
 * ```
 */
export const tensor: Op<(data: TensorData, options?: TensorOptions) => Tensor> = composite(
  `tensor(any data, ${OPTIONS})`,
  (data, dtype, device, requiresGrad) => finish(tensorFrom("tensor", data, dtype, device), requiresGrad),
);

/** A tensor with the given values: the tensor itself, if it is one of that dtype on that device; over the memory of an array of numpy-ts; else a new one. */
export const asTensor: Op<(data: TensorData, options?: TensorOptions) => Tensor> = composite(
  "asTensor(any data, *, dtype? dtype=null, device? device=null)",
  (data, dtype, device) => {
    if (data instanceof Tensor) return converted(data, dtype, device);
    if (isNumpyArray(data)) return converted(shareNumpy("asTensor", data), dtype, device);
    return tensorFrom("asTensor", data, dtype, device);
  },
);

/** A 0-d tensor with one number. */
export const scalarTensor: Op<(s: Scalar, options?: TensorOptions) => Tensor> = composite(
  `scalarTensor(Scalar s, ${OPTIONS})`,
  (s, dtype, device, requiresGrad) => finish(tensorFrom("scalarTensor", s, dtype ?? getDefaultDtype(), device), requiresGrad),
);
