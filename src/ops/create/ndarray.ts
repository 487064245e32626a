/** NumPy arrays as tensors. Arrays are known by their face, so that the library need not be loaded for those who use none. */

import { backendOf } from "../../backend/registry.js";
import { Device } from "../../core/device.js";
import { type DType, dtypes, float16, float32, type TypedArray } from "../../core/dtype.js";
import { ArgumentError, DTypeError } from "../../core/errors.js";
import { decodeFloat16 } from "../../core/half.js";
import { tensorOver } from "../../tensor/create.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/** What an array of numpy-ts shows of itself. Strides and offset count elements; complex ones take two numbers of `data`. */
export interface NumpyArray {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly dtype: string;
  readonly data: object;
  readonly storage: { readonly offset: number };
}

/** Whether a value is an array of numpy-ts. */
export function isNumpyArray(value: unknown): value is NumpyArray {
  if (typeof value !== "object" || value === null) return false;
  const { shape, strides, dtype, data, storage } = value as Partial<Record<keyof NumpyArray, unknown>>;
  return (
    Array.isArray(shape) &&
    Array.isArray(strides) &&
    typeof dtype === "string" &&
    ArrayBuffer.isView(data) &&
    typeof storage === "object" &&
    storage !== null &&
    "offset" in storage
  );
}

/** Arrays whose memory tensors share: they must not be collected before, since some have memory that is freed then. */
const owners = new WeakMap<object, NumpyArray>();

const supported = "float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint8, and bool";

function dtypeNamed(op: string, name: string): DType {
  const found = dtypes.find((dtype) => dtype.name === name && name !== "bfloat16");
  if (found === undefined)
    throw new DTypeError(
      `${op}: can't convert np.ndarray of type ${name}. The only supported types are: ${supported}. Convert it with .astype(…).`,
    );
  return found;
}

const isMemoryOf = (dtype: DType, data: object): data is TypedArray => data instanceof dtype.array;

/**
 * A tensor on the CPU over an array's memory. Half floats that an array holds as float32 are copied.
 * @throws {ArgumentError} for negative strides.
 */
export function shareNumpy(op: string, array: NumpyArray): Tensor {
  const { shape, strides, data, storage } = array;
  if (strides.some((stride) => stride < 0)) {
    throw new ArgumentError(
      `${op}: At least one stride in the given numpy array is negative, and tensors with negative strides are not currently supported. (You can probably work around this by making a copy of your array with array.copy().)`,
    );
  }
  const dtype = dtypeNamed(op, array.dtype);
  const held = dtype === float16 && data instanceof Float32Array ? float32 : dtype;
  const memory = held === float16 ? asBits(data) : data;
  if (!isMemoryOf(held, memory))
    throw new DTypeError(`${op}: an array of ${array.dtype} holds its elements in an unknown kind of memory, ${data.constructor.name}`);
  owners.set(memory, array);
  const backend = backendOf(Device.of("cpu"));
  const tensor = tensorOver(backend.upload(held, memory), [...shape], [...strides], storage.offset, held);
  return held === dtype ? tensor : tensor.to(dtype);
}

/** The bits of half floats, over the same memory. */
function asBits(data: object): object {
  return ArrayBuffer.isView(data) ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : data;
}

/**
 * A tensor that shares the memory of a numpy-ts array: what is written into one is seen in the other.
 * @throws {ArgumentError | DTypeError} if the value is no array, has negative strides, or a dtype that tensors lack.
 * @example
 * ```ts
 * torch.fromNumpy(np.array([1, 2, 3])); // tensor([1., 2., 3.], dtype=torch.float64)
 * ```
 */
export const fromNumpy: Op<(ndarray: NumpyArray) => Tensor> = composite("fromNumpy(any ndarray)", (ndarray) => {
  if (!isNumpyArray(ndarray))
    throw new ArgumentError(`fromNumpy: expected np.ndarray (got ${Array.isArray(ndarray) ? "array" : typeof ndarray})`);
  return shareNumpy("fromNumpy", ndarray);
});

/** The elements in row-major order as JavaScript numbers hold them: half floats as float32, complex numbers as pairs. */
export function decoded(data: TypedArray, dtype: DType): TypedArray {
  if (dtype === float16) return Float32Array.from(data as Uint16Array, decodeFloat16);
  if (dtype.name !== "bfloat16") return data;
  const bits = Uint32Array.from(data as Uint16Array, (half) => half << 16);
  return new Float32Array(bits.buffer);
}
