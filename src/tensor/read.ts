/** Reading values: from device memory to JavaScript numbers, nested arrays and text. */

import { Complex } from "../core/complex.js";
import { bool, type DType, getDefaultDtype, type TypedArray } from "../core/dtype.js";
import { DeviceError, ShapeError } from "../core/errors.js";
import { decodeBfloat16, decodeFloat16 } from "../core/half.js";
import { formatTensor, getPrintoptions, tensorSuffixes } from "../core/printing/index.js";
import { formatShape } from "../core/shape.js";
import type { NestedArray } from "./create.js";
import { reads } from "./reads.js";
import type { Tensor } from "./tensor.js";

/** A number as users read it: booleans for bool, bigints only beyond 2^53. */
export type ReadValue = number | bigint | boolean | Complex;

/** The value of the element at `i` of host memory. */
export function decodeElement(data: TypedArray, i: number, dtype: DType): ReadValue {
  if (dtype.isComplex) return new Complex(Number(data[2 * i]), Number(data[2 * i + 1]));
  const raw = data[i];
  if (typeof raw === "bigint") return raw >= -9007199254740991n && raw <= 9007199254740991n ? Number(raw) : raw;
  if (dtype === bool) return raw !== 0;
  if (dtype.name === "float16") return decodeFloat16(raw as number);
  if (dtype.name === "bfloat16") return decodeBfloat16(raw as number);
  return raw as number;
}

/**
 * The elements in row-major order, read at once.
 * @throws {DeviceError} on devices that have no values or cannot block; the message names the asynchronous form.
 */
export function readSync(tensor: Tensor, call: string): TypedArray {
  if (reads.observer !== null) reads.observer(tensor, call);
  const backend = tensor.storage.backend;
  if (!backend.canBlock) {
    throw new DeviceError(`${call}(): the device ${backend.device} cannot be waited for; use \`await ${call}Async()\``);
  }
  try {
    return backend.read(tensor);
  } catch (error) {
    if (error instanceof DeviceError) error.message = `${call}(): ${error.message}`;
    throw error;
  }
}

/** The value of a tensor with one element. */
export function itemOf(data: TypedArray, tensor: Tensor): ReadValue {
  if (tensor.count !== 1)
    throw new ShapeError(
      `item(): a Tensor with ${tensor.count} elements cannot be converted to Scalar; its shape is ${formatShape(tensor.shape)}`,
    );
  return decodeElement(data, 0, tensor.dtype);
}

/** The values as nested arrays in the tensor's shape. */
export function nested(data: TypedArray, tensor: Tensor): NestedArray {
  const { shape, dtype } = tensor;
  let at = 0;
  const level = (d: number): NestedArray => {
    if (d === shape.length) return decodeElement(data, at++, dtype);
    const size = shape[d] as number;
    const rows: NestedArray[] = [];
    for (let i = 0; i < size; i++) rows.push(level(d + 1));
    return rows;
  };
  return level(0);
}

/** PyTorch's text of a tensor. */
export function textOf(tensor: Tensor): string {
  const { dtype, shape } = tensor;
  const onCpu = tensor.device.type === "cpu";
  const gradFn = tensor.gradFn;
  const hasData = tensor.device.type !== "meta";
  const suffixes = tensorSuffixes({
    shape,
    dtypeName: dtype.name,
    defaultDtypeName: getDefaultDtype().name,
    edgeitems: getPrintoptions().edgeitems,
    hasData,
    requiresGrad: tensor.requiresGrad,
    ...(onCpu ? {} : { deviceName: tensor.device.toString() }),
    ...(gradFn === null ? {} : { gradFnName: gradFn.name }),
  });
  const data = hasData ? readSync(tensor, "toString") : null;
  return formatTensor({
    kind: dtype.kind,
    shape,
    at: (i) => (data === null ? 0 : decodeElement(data, i, dtype)),
    suffixes,
    dtypeName: dtype.name,
    ...(hasData ? {} : { contents: "..." }),
  });
}
