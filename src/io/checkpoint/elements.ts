/** Elements of storages as bytes. Tensors are little-endian in files, and so are all hosts that run JavaScript engines today. */

import type { Backend } from "../../backend/contract.js";
import type { Operand, Storage } from "../../backend/storage.js";
import type { DType, TypedArray } from "../../core/dtype.js";
import { DeviceError } from "../../core/errors.js";

/** The bytes of an array. */
export function bytesOf(data: TypedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Turns numbers of `width` bytes around. */
export function swapBytes(bytes: Uint8Array, width: number): void {
  for (let at = 0; at + width <= bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

/** A storage of elements that `fill` writes as little-endian bytes, on a backend. */
export function storageFrom(backend: Backend, dtype: DType, length: number, fill: (bytes: Uint8Array) => void): Storage {
  if (backend.device.type === "meta") return backend.allocate(dtype, length);
  const data = new dtype.array(length * dtype.components);
  fill(bytesOf(data));
  return backend.upload(dtype, data);
}

/** All elements of a storage, in order. */
function whole(storage: Storage): Operand {
  const { dtype, length } = storage;
  return { storage, dtype, shape: [length], strides: [1], offset: 0, count: length, dense: true };
}

/** Where a storage's elements lie in host memory; null where the host cannot touch them. */
export function hostBytes(storage: Storage): Uint8Array | null {
  const memory = storage.backend.hostMemory(storage);
  if (memory === null) return null;
  const { itemsize } = storage.dtype;
  return new Uint8Array(memory.data.buffer, memory.data.byteOffset + memory.base * itemsize, storage.length * itemsize);
}

/**
 * The bytes of a storage's elements: its own memory, or a copy from the device.
 * @throws {DeviceError} on devices that cannot be waited for; the message names the asynchronous form.
 */
export function readBytes(call: string, storage: Storage): Uint8Array {
  const { backend } = storage;
  const host = hostBytes(storage);
  if (host !== null) return host;
  if (!backend.canBlock) throw new DeviceError(`${call}: the device ${backend.device} cannot be waited for; use \`await ${call}Async(…)\``);
  return bytesOf(backend.read(whole(storage)));
}

/** The bytes of a storage's elements, once the device has them. */
export async function readBytesAsync(storage: Storage): Promise<Uint8Array> {
  return hostBytes(storage) ?? bytesOf(await storage.backend.readAsync(whole(storage)));
}
