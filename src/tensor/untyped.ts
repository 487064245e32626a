/** The memory of tensors as users see it: bytes without a type. */

import type { Storage } from "../backend/storage.js";
import type { Device } from "../core/device.js";
import type { Tensor } from "./tensor.js";

/** Numbers that stand for addresses: a page tells no addresses, and comparing them is what they are asked for. */
const addresses = new WeakMap<object, number>();
/** Addresses begin after 0, which is that of empty tensors, at multiples of the largest element's size. */
let free = 64;

/** The place where a block of memory begins. */
function addressOf(block: object, bytes: number): number {
  let address = addresses.get(block);
  if (address === undefined) {
    address = free;
    free += (bytes + 127) & ~63;
    addresses.set(block, address);
  }
  return address;
}

/** The place of the first element of a storage. */
function startOf(storage: Storage): number {
  const memory = storage.backend.hostMemory(storage);
  if (memory === null) return addressOf(storage.root, storage.length * storage.dtype.itemsize);
  const { buffer, byteOffset, BYTES_PER_ELEMENT } = memory.data;
  return addressOf(buffer, buffer.byteLength) + byteOffset + memory.base * storage.dtype.components * BYTES_PER_ELEMENT;
}

/** A number that two tensors have in common if and only if their first elements lie at the same place; 0 for empty and `meta` tensors. */
export function dataPtr(tensor: Tensor): number {
  if (tensor.count === 0 || tensor.device.type === "meta") return 0;
  return startOf(tensor.storage) + tensor.offset * tensor.dtype.itemsize;
}

/** The memory behind a tensor and its views. */
export class UntypedStorage {
  /** @internal */
  constructor(
    /** @internal The storage as backends know it. */
    readonly storage: Storage,
  ) {}

  /** The device of the memory. */
  get device(): Device {
    return this.storage.device;
  }

  /** The number of bytes. */
  nbytes(): number {
    return this.storage.length * this.storage.dtype.itemsize;
  }

  /** The number of bytes. */
  size(): number {
    return this.nbytes();
  }

  /** The number of bytes, as Python's `len`. */
  get length(): number {
    return this.nbytes();
  }

  /** A number that stands for the address of the memory: equal for storages over the same memory. */
  dataPtr(): number {
    return this.storage.length === 0 || this.device.type === "meta" ? 0 : startOf(this.storage);
  }

  toString(): string {
    return `torch.storage.UntypedStorage(device=${this.device}) of size ${this.nbytes()}`;
  }
}
