/** Tensors over memory that is there already, or in a layout that is asked for. */

import { backendOf } from "../../backend/registry.js";
import { Device } from "../../core/device.js";
import { type DType, getDefaultDtype, type TypedArray } from "../../core/dtype.js";
import { ArgumentError, ShapeError } from "../../core/errors.js";
import { formatShape, numelOf, type Shape } from "../../core/shape.js";
import { emptyOn, fromHost, resolveBackend, tensorOver } from "../../tensor/create.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { finish, OPTIONS, type TensorOptions } from "./blank.js";
import { isNumpyArray, shareNumpy } from "./ndarray.js";
import { dtypeOfArray, type TensorData, tensorFrom } from "./tensor.js";

/** A tensor with undefined content in a given layout, with memory for just that. */
export function emptyIn(
  op: string,
  backend: ReturnType<typeof resolveBackend>,
  size: Shape,
  stride: readonly number[],
  dtype: DType,
): Tensor {
  if (size.length !== stride.length)
    throw new ShapeError(`${op}: dimensionality of sizes (${size.length}) must match dimensionality of strides (${stride.length})`);
  for (const n of size)
    if (n < 0) throw new ShapeError(`${op}: Trying to create tensor with negative dimension ${n}: ${formatShape(size)}`);
  if (stride.some((s) => s < 0))
    throw new ShapeError(`${op}: Storage size calculation overflowed with sizes=${formatShape(size)} and strides=${formatShape(stride)}`);
  const length = numelOf(size) === 0 ? 0 : size.reduce((last, n, d) => last + (n - 1) * (stride[d] as number), 1);
  return tensorOver(emptyOn(backend, [length], dtype).storage, [...size], [...stride], 0, dtype);
}

/**
 * A tensor with the given sizes and strides whose elements are not initialised.
 * @throws {ShapeError} if sizes and strides differ in number, or one is negative.
 * @example
 * ```ts
 * torch.emptyStrided([2, 3], [1, 2]).stride(); // [1, 2]
 * ```
 */
export const emptyStrided: Op<(size: readonly number[], stride: readonly number[], options?: TensorOptions) => Tensor> = composite(
  `emptyStrided(int[] size, int[] stride, ${OPTIONS})`,
  (size, stride, dtype, device, requiresGrad) =>
    finish(emptyIn("emptyStrided", resolveBackend(device), size, stride, dtype ?? getDefaultDtype()), requiresGrad),
);

/**
 * A tensor whose elements are not initialised and whose dimensions lie in memory in the order `physicalLayout`, the one that steps farthest first.
 * @throws {ShapeError} unless `physicalLayout` names every dimension once.
 * @example
 * ```ts
 * torch.emptyPermuted([2, 3, 4], [2, 0, 1]).stride(); // [3, 1, 6]
 * ```
 */
export const emptyPermuted: Op<(size: readonly number[], physicalLayout: readonly number[], options?: TensorOptions) => Tensor> = composite(
  `emptyPermuted(int[] size, int[] physicalLayout, ${OPTIONS})`,
  (size, layout, dtype, device, requiresGrad) => {
    if (layout.length !== size.length)
      throw new ShapeError(
        `emptyPermuted: Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = ${size.length} is not equal to len(physical_layout) = ${layout.length}`,
      );
    const stride: number[] = new Array(size.length).fill(-1);
    let step = 1;
    for (const [i, dim] of [...layout.entries()].reverse()) {
      if (dim < 0 || dim >= size.length)
        throw new ShapeError(
          `emptyPermuted: Dimension out of range (expected to be between 0 and ${size.length - 1}, but got ${dim} at index ${i})`,
        );
      if (stride[dim] !== -1) throw new ShapeError(`emptyPermuted: Duplicate dim not allowed, got ${formatShape(layout)}`);
      stride[dim] = step;
      step *= Math.max(1, size[dim] as number);
    }
    return finish(emptyIn("emptyPermuted", resolveBackend(device), size, stride, dtype ?? getDefaultDtype()), requiresGrad);
  },
);

/** The tensor that shows an object's own memory, or null where it cannot: an array of numbers, or a typed array of no dtype. */
function sharing(data: TensorData): Tensor | null {
  if (data instanceof Tensor) return data;
  if (isNumpyArray(data)) return shareNumpy("asarray", data);
  const dtype = ArrayBuffer.isView(data) ? dtypeOfArray(data) : null;
  if (dtype === null) return null;
  const array = data as TypedArray;
  return fromHost(array, [array.length], dtype, backendOf(Device.of("cpu")));
}

/**
 * A tensor with the given values. It shares the memory of a tensor, a typed array or an array of numpy-ts where `copy` is not true and neither
 * dtype nor device change.
 * @throws {ArgumentError} if `copy` is false and a copy is needed.
 * @example
 * ```ts
 * const memory = new Float32Array(2);
 * torch.asarray(memory).fill_(7);
 * memory; // Float32Array [7, 7]
 * ```
 */
export const asarray: Op<(obj: TensorData, options?: TensorOptions & { copy?: boolean | null }) => Tensor> = composite(
  "asarray(any obj, *, dtype? dtype=null, device? device=null, bool? copy=null, bool requiresGrad=false)",
  (obj, dtype, device, copy, requiresGrad) => {
    const own = sharing(obj as TensorData);
    if (own === null) {
      if (copy === false) throw new ArgumentError("asarray: can't alias arbitrary sequence into a tensor.");
      return finish(tensorFrom("asarray", obj, dtype, device), requiresGrad);
    }
    if (copy === false && device !== null && resolveBackend(device) !== own.storage.backend)
      throw new ArgumentError(`asarray: can't alias tensor from device '${own.device}' to '${device}'.`);
    if (copy === false && dtype !== null && dtype !== own.dtype)
      throw new ArgumentError(`asarray: can't alias tensor with dtype '${own.dtype.scalarName}' into dtype '${dtype.scalarName}'.`);
    const moved = own.to({ ...(dtype === null ? {} : { dtype }), ...(device === null ? {} : { device }) });
    const made = copy === true && moved === own ? own.clone() : moved;
    if (requiresGrad && !made.requiresGrad) made.requiresGrad = true;
    return made;
  },
);

/** The bytes of a buffer or of what a view shows of one. */
function bytesOf(buffer: unknown): Uint8Array {
  if (buffer instanceof ArrayBuffer) return new Uint8Array(buffer);
  if (ArrayBuffer.isView(buffer) && buffer.buffer instanceof ArrayBuffer)
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  throw new ArgumentError(
    `frombuffer: object does not implement Python buffer protocol: expected an ArrayBuffer or a view of one, got ${typeof buffer}`,
  );
}

/**
 * A tensor of one dimension over the memory of a buffer: `count` elements (all by default) from byte `offset` on, read as `dtype`.
 * @throws {ArgumentError} if the buffer has no such elements, or they do not begin at a multiple of their size.
 * @example
 * ```ts
 * torch.frombuffer(new Uint8Array([1, 0, 2, 0]), { dtype: torch.int16 }); // tensor([1, 2], dtype=torch.int16)
 * ```
 */
export const frombuffer: Op<
  (buffer: ArrayBuffer | ArrayBufferView, options: { dtype: DType; count?: number; offset?: number; requiresGrad?: boolean }) => Tensor
> = composite(
  "frombuffer(any buffer, *, dtype dtype, int count=-1, int offset=0, bool requiresGrad=false)",
  (buffer, dtype, count, offset, requiresGrad) => {
    const bytes = bytesOf(buffer);
    const { itemsize } = dtype;
    const length = bytes.byteLength;
    if (length === 0 || count === 0)
      throw new ArgumentError(`frombuffer: both buffer length (${length}) and count (${count}) must not be 0`);
    if (offset < 0 || offset >= length)
      throw new ArgumentError(
        `frombuffer: offset (${offset} bytes) must be non-negative and no greater than buffer length (${length} bytes) minus 1`,
      );
    const rest = length - offset;
    if (count < 0 && rest % itemsize !== 0)
      throw new ArgumentError(
        `frombuffer: buffer length (${rest} bytes) after offset (${offset} bytes) must be a multiple of element size (${itemsize})`,
      );
    const n = count < 0 ? rest / itemsize : count;
    if (n * itemsize > rest)
      throw new ArgumentError(
        `frombuffer: requested buffer length (${n} * ${itemsize} bytes) after offset (${offset} bytes) must not be greater than actual buffer length (${length} bytes)`,
      );
    const start = bytes.byteOffset + offset;
    if (start % dtype.array.BYTES_PER_ELEMENT !== 0)
      throw new ArgumentError(
        `frombuffer: elements of ${dtype} must begin at a multiple of ${dtype.array.BYTES_PER_ELEMENT} bytes, not at ${start}: copy the buffer with slice(${start})`,
      );
    const array = new dtype.array(bytes.buffer, start, n * dtype.components);
    return finish(fromHost(array, [n], dtype, backendOf(Device.of("cpu"))), requiresGrad);
  },
);
