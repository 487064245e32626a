/** Tensors as NumPy arrays. */

import {
  bool,
  complex64,
  complex128,
  type DType,
  float16,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  type TypedArray,
  uint8,
} from "../core/dtype.js";
import { AutogradError, DeviceError, DTypeError } from "../core/errors.js";
import { decodeFloat16 } from "../core/half.js";
import { contiguousStrides } from "../core/shape.js";
import { composite } from "../tensor/define/index.js";
import type { Op } from "../tensor/dispatch.js";
import type { Tensor } from "../tensor/tensor.js";
import { arrayOver, type NDArray } from "./ndarray.js";

const names = new Map([
  [bool, "bool"],
  [uint8, "uint8"],
  [int8, "int8"],
  [int16, "int16"],
  [int32, "int32"],
  [int64, "int64"],
  [float16, "float16"],
  [float32, "float32"],
  [float64, "float64"],
  [complex64, "complex64"],
  [complex128, "complex128"],
] as const);

type Name = typeof names extends Map<unknown, infer N> ? N : never;

function nameOf(op: string, dtype: DType): Name {
  const name = names.get(dtype);
  if (name === undefined)
    throw new DTypeError(`${op}: Got unsupported ScalarType ${dtype.scalarName}. Convert it first, as in t.float().${op}().`);
  return name;
}

/** An array over a copy of the elements. numpy-ts keeps half floats as float32 where JavaScript has no arrays of them. */
function arrayOfCopy(op: string, data: TypedArray, { dtype, shape }: Tensor): NDArray {
  const elements = dtype === float16 ? Float32Array.from(data as Uint16Array, decodeFloat16) : data;
  return arrayOver(elements, shape, contiguousStrides(shape), 0, nameOf(op, dtype));
}

function checked(op: string, input: Tensor, force: boolean): Tensor {
  if (input.requiresGrad && !force)
    throw new AutogradError(`${op}: Can't call ${op}() on Tensor that requires grad. Use tensor.detach().${op}() instead.`);
  nameOf(op, input.dtype);
  if (input.device.type === "meta")
    throw new DeviceError(
      `${op}: can't convert meta device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first.`,
    );
  return input;
}

/** An array over a tensor's own memory, cut to the part that its elements span. */
function arrayOfMemory(tensor: Tensor, memory: { readonly data: TypedArray; readonly base: number }): NDArray {
  const { shape, strides, offset, dtype, count } = tensor;
  const span = count === 0 ? 0 : shape.reduce((at, n, d) => at + (n - 1) * (strides[d] as number), 1);
  const start = (memory.base + offset) * dtype.components;
  return arrayOver(memory.data.subarray(start, start + span * dtype.components), shape, strides, 0, nameOf("numpy", dtype));
}

/**
 * The tensor as an array of numpy-ts. A tensor on the CPU shares its memory with it: what is written into one is seen in the other
 * (float16 is copied). With `force`, other tensors are copied first.
 * @throws {AutogradError} for a tensor that requires grad: use `detach().numpy()`.
 * @throws {DeviceError} for a tensor on another device: use `cpu().numpy()`, or `await numpyAsync()`.
 * @example
 * ```ts
 * import { arrayRepr } from "flambeau/numpy";
 * arrayRepr(torch.ones(3).numpy()); // "array([1., 1., 1.], dtype=float32)"
 * ```
 */
export const numpy: Op<(input: Tensor, options?: { force?: boolean }) => NDArray> = composite(
  "numpy(Tensor input, *, bool force=false)",
  (input, force) => {
    const tensor = checked("numpy", input, force);
    const { backend } = tensor.storage;
    const memory = tensor.dtype === float16 ? null : backend.hostMemory(tensor.storage);
    if (memory !== null) return arrayOfMemory(tensor, memory);
    if (!backend.canBlock) throw new DeviceError(`numpy: the device ${tensor.device} cannot be waited for; use \`await t.numpyAsync()\``);
    if (tensor.device.type !== "cpu" && !force) {
      throw new DeviceError(
        `numpy: can't convert ${tensor.device} device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first.`,
      );
    }
    return arrayOfCopy("numpy", backend.read(tensor), tensor);
  },
  { differentiable: false },
);

/**
 * A copy of the tensor as an array of numpy-ts, from any device, once it has the values.
 * @throws {AutogradError} for a tensor that requires grad, unless forced.
 */
export const numpyAsync: Op<(input: Tensor, options?: { force?: boolean }) => Promise<NDArray>> = composite(
  "numpyAsync(Tensor input, *, bool force=false)",
  async (input, force) => {
    const tensor = checked("numpyAsync", input, force);
    return arrayOfCopy("numpyAsync", await tensor.storage.backend.readAsync(tensor), tensor);
  },
  { differentiable: false },
);
