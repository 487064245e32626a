/** Numbers in files: any width, either byte order. */

import type { DType, TypedArray } from "../../core/dtype.js";
import { contiguousStrides, type Shape } from "../../core/shape.js";
import { resolveBackend, tensorOver } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";

const isLittleEndianHost = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Turns the bytes of each number round. */
function reverse(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

/** The numbers that lie in bytes, as an array of their type over memory of their own. */
export function numbersOf(dtype: DType, bytes: Uint8Array, littleEndian: boolean): TypedArray {
  // Not `slice`: that of a Buffer is no copy.
  const own = new Uint8Array(bytes);
  const width = dtype.array.BYTES_PER_ELEMENT;
  if (width > 1 && littleEndian !== isLittleEndianHost) reverse(own, width);
  return new dtype.array(own.buffer, 0, own.byteLength / width);
}

/** A tensor on the CPU over an array that it takes over. With `columnsFirst` the first dimension runs fastest, as in Fortran. */
export function tensorOf(dtype: DType, data: TypedArray, shape: Shape, columnsFirst: boolean = false): Tensor {
  const strides = columnsFirst ? contiguousStrides([...shape].reverse()).reverse() : contiguousStrides(shape);
  return tensorOver(resolveBackend("cpu").upload(dtype, data), shape, strides, 0, dtype);
}
