/** Elements of storages as bytes. Tensors are little-endian in files, and so are all hosts that run JavaScript engines today. */

import type { Backend } from "../../backend/contract.js";
import type { Operand, Storage } from "../../backend/storage.js";
import type { DType, TypedArray } from "../../core/dtype.js";
import { DeviceError } from "../../core/errors.js";
import { type Pieces, piecesOf } from "../pieces.js";

/** The bytes of an array. */
function bytesOf(data: TypedArray): Pieces {
  return piecesOf(data.buffer, data.byteOffset, data.byteLength);
}

/** Turns numbers of `width` bytes around. */
export function swapBytes(pieces: Pieces, width: number): void {
  for (const bytes of pieces) for (let at = 0; at + width <= bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

/** A storage of elements that `fill` writes as little-endian bytes, on a backend. */
export function storageFrom(backend: Backend, dtype: DType, length: number, fill: (pieces: Pieces) => void): Storage {
  if (backend.device.type === "meta") return backend.allocate(dtype, length);
  if (backend.device.type !== "cpu") {
    const data = new dtype.array(length * dtype.components);
    fill(bytesOf(data));
    return backend.upload(dtype, data);
  }
  // The device's own memory: aligned, and not filled with zeros first.
  const storage = backend.allocate(dtype, length);
  fill(readBytes("load", storage));
  return storage;
}

/** The elements `from` to `to` of a storage. */
function part(storage: Storage, from: number, to: number): Operand {
  return { storage, dtype: storage.dtype, shape: [to - from], strides: [1], offset: from, count: to - from, dense: true };
}

/** Where elements of a storage lie in host memory; null where the host cannot touch them. */
function hostBytes(storage: Storage, from: number, to: number): Pieces | null {
  const memory = storage.backend.hostMemory(storage);
  if (memory === null) return null;
  const { itemsize } = storage.dtype;
  return piecesOf(memory.data.buffer, memory.data.byteOffset + (memory.base + from) * itemsize, (to - from) * itemsize);
}

/**
 * The bytes of the elements `from` to `to` of a storage: its own memory, or a copy from the device.
 * @throws {DeviceError} on devices that cannot be waited for; the message names the asynchronous form.
 */
export function readBytes(call: string, storage: Storage, from: number = 0, to: number = storage.length): Pieces {
  const { backend } = storage;
  const host = hostBytes(storage, from, to);
  if (host !== null) return host;
  if (!backend.canBlock) throw new DeviceError(`${call}: the device ${backend.device} cannot be waited for; use \`await ${call}Async(…)\``);
  return bytesOf(backend.read(part(storage, from, to)));
}

/** The bytes of a storage's elements, once the device has them. */
export async function readBytesAsync(storage: Storage): Promise<Pieces> {
  return hostBytes(storage, 0, storage.length) ?? bytesOf(await storage.backend.readAsync(part(storage, 0, storage.length)));
}
