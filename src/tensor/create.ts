/** Making tensors: from memory, from layouts, from JavaScript values. */

import { currentPass } from "../autograd/engine.js";
import type { Backend } from "../backend/contract.js";
import { backendOf } from "../backend/registry.js";
import type { Storage } from "../backend/storage.js";
import { type ComplexLike, isComplexLike } from "../core/complex.js";
import { Device } from "../core/device.js";
import { bool, type DType, getDefaultDtype, int64, type TypedArray, toComplexType } from "../core/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../core/errors.js";
import { encodeBfloat16, encodeFloat16 } from "../core/half.js";
import { contiguousStrides, isContiguous, numelOf, type Shape } from "../core/shape.js";
import { Tensor } from "./tensor.js";

/** One number of a tensor, as users write it. */
export type Scalar = number | bigint | boolean | ComplexLike;

/** Numbers nested in arrays, as `torch.tensor` takes them. */
export type NestedArray = Scalar | readonly NestedArray[];

/** A tensor with undefined content on a backend. */
export function emptyOn(backend: Backend, shape: Shape, dtype: DType): Tensor {
  const count = numelOf(shape);
  const storage = backend.allocate(dtype, count);
  storage.epoch = currentPass();
  return new Tensor(storage, shape, contiguousStrides(shape), 0, dtype, count, true);
}

/** A dense tensor with undefined content, in the shape and on the device of another. */
export function emptyLike(like: Tensor, dtype: DType): Tensor {
  const storage = like.storage.backend.allocate(dtype, like.count);
  storage.epoch = currentPass();
  return new Tensor(storage, like.shape, like.dense ? like.strides : contiguousStrides(like.shape), 0, dtype, like.count, true);
}

/** A tensor over a storage. */
export function tensorOver(storage: Storage, shape: Shape, strides: readonly number[], offset: number, dtype: DType): Tensor {
  return new Tensor(storage, shape, strides, offset, dtype, numelOf(shape), isContiguous(shape, strides));
}

let defaultDevice: Device | null = null;

/** The backend of a device given by name; null means the default device. */
export function resolveBackend(device: Device | string | null | undefined): Backend {
  if (device === null || device === undefined) return backendOf(defaultDevice ?? Device.of("cpu"));
  return backendOf(Device.of(device));
}

/** Sets the device on which tensors are made when none is asked for. */
export function setDefaultDevice(device: Device | string | null): void {
  if (device !== null) backendOf(Device.of(device));
  defaultDevice = device === null ? null : Device.of(device);
}

/** The device on which tensors are made when none is asked for. */
export function getDefaultDevice(): Device {
  return defaultDevice ?? Device.of("cpu");
}

/** Writes a number into host memory as an element of `dtype`; complex elements take two places. */
export function encodeElement(data: TypedArray, at: number, dtype: DType, value: Scalar): void {
  if (dtype.isComplex) {
    data[2 * at] = isComplexLike(value) ? value.re : Number(value);
    data[2 * at + 1] = isComplexLike(value) ? value.im : 0;
    return;
  }
  if (isComplexLike(value)) throw new DTypeError(`tensor: a complex number cannot be stored as ${dtype}`);
  if (data instanceof BigInt64Array) {
    data[at] = typeof value === "bigint" ? value : toBigInt(value);
    return;
  }
  const number = Number(value);
  if (dtype === bool) data[at] = number !== 0 ? 1 : 0;
  else if (dtype.name === "float16") data[at] = encodeFloat16(number);
  else if (dtype.name === "bfloat16") data[at] = encodeBfloat16(number);
  else data[at] = number;
}

function toBigInt(value: number | boolean): bigint {
  const number = Math.trunc(Number(value));
  if (!Number.isFinite(number)) throw new DTypeError(`tensor: cannot convert ${value} to an integer`);
  return BigInt(number);
}

/** The dtype of bare values: numbers make the default float type, bigints int64, booleans bool, complex numbers complex. */
function inferDType(values: readonly Scalar[]): DType {
  let category = -1;
  for (const value of values) {
    const here = typeof value === "boolean" ? 0 : typeof value === "bigint" ? 1 : typeof value === "number" ? 2 : 3;
    if (here > category) category = here;
    if (category === 3) break;
  }
  if (category === 0) return bool;
  if (category === 1) return int64;
  return category === 3 ? toComplexType(getDefaultDtype()) : getDefaultDtype();
}

/** The shape of nested arrays and their numbers in row-major order. */
function flatten(op: string, data: NestedArray): { shape: number[]; values: Scalar[] } {
  const shape: number[] = [];
  for (let level: NestedArray | undefined = data; Array.isArray(level); level = level[0] as NestedArray | undefined)
    shape.push(level.length);
  const values: Scalar[] = [];
  const walk = (node: NestedArray, depth: number, path: string): void => {
    if (Array.isArray(node)) {
      if (depth === shape.length)
        throw new ShapeError(`${op}: nested arrays are ragged: a number was expected at data${path}, not an array`);
      if (node.length !== shape[depth]) {
        throw new ShapeError(
          `${op}: nested arrays are ragged: expected sequence of length ${shape[depth]} at dim ${depth} (got ${node.length} at data${path})`,
        );
      }
      for (let i = 0; i < node.length; i++) walk(node[i] as NestedArray, depth + 1, `${path}[${i}]`);
      return;
    }
    if (depth !== shape.length)
      throw new ShapeError(`${op}: nested arrays are ragged: an array was expected at data${path}, not ${String(node)}`);
    if (typeof node !== "number" && typeof node !== "bigint" && typeof node !== "boolean" && !isComplexLike(node)) {
      throw new ArgumentError(`${op}: could not infer dtype of ${node === null ? "null" : typeof node} at data${path}`);
    }
    values.push(node);
  };
  walk(data, 0, "");
  return { shape, values };
}

/** A new tensor from nested arrays of numbers. */
export function fromNested(op: string, data: NestedArray, dtype: DType | null, backend: Backend): Tensor {
  const { shape, values } = flatten(op, data);
  const type = dtype ?? inferDType(values);
  const host = new type.array(values.length * type.components);
  for (let i = 0; i < values.length; i++) encodeElement(host, i, type, values[i] as Scalar);
  return fromHost(host, shape, type, backend);
}

/** A new tensor that takes over host memory in row-major order. */
export function fromHost(data: TypedArray, shape: Shape, dtype: DType, backend: Backend): Tensor {
  return tensorOver(backend.upload(dtype, data), shape, contiguousStrides(shape), 0, dtype);
}

/** A 0-d tensor with one number, on the backend of a device. */
export function scalarOn(backend: Backend, value: Scalar, dtype: DType): Tensor {
  const host = new dtype.array(dtype.components);
  encodeElement(host, 0, dtype, value);
  return fromHost(host, [], dtype, backend);
}
