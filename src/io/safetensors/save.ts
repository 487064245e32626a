/** Writing safetensors files. */

import { ArgumentError, DTypeError, SerializationError } from "../../core/errors.js";
import { Tensor } from "../../tensor/tensor.js";
import { type Write, writeAtomically } from "../atomic.js";
import { readBytes } from "../checkpoint/elements.js";
import { collected } from "../pieces.js";
import { LONGEST_HEADER, nameOfDType, rankOfDType } from "./header.js";

/** Tensors by name, to be written. */
export type TensorsToSave = Readonly<Record<string, Tensor>>;

/** Texts to be saved along. */
export type Metadata = Readonly<Record<string, string>> | null;

type Named = readonly [name: string, tensor: Tensor];

/** The memory of a tensor, to see which share it. */
function memoryOf({ storage }: Tensor): object {
  return storage.backend.hostMemory(storage)?.data.buffer ?? storage.root;
}

/** The bytes `[begin, end)` of a dense tensor in its buffer. */
function extent(tensor: Tensor): readonly [number, number] {
  const memory = tensor.storage.backend.hostMemory(tensor.storage);
  const base = memory === null ? 0 : memory.data.byteOffset + memory.base * tensor.dtype.itemsize;
  const begin = base + tensor.offset * tensor.dtype.itemsize;
  return [begin, begin + tensor.count * tensor.dtype.itemsize];
}

function checkShared(call: string, tensors: readonly Named[]): void {
  const byMemory = new Map<object, Named[]>();
  for (const one of tensors) {
    if (one[1].count === 0) continue;
    const key = memoryOf(one[1]);
    byMemory.set(key, [...(byMemory.get(key) ?? []), one]);
  }
  for (const group of byMemory.values()) {
    const sorted = group.map(([name, tensor]) => ({ name, extent: extent(tensor) })).sort((a, b) => a.extent[0] - b.extent[0]);
    for (let i = 1; i < sorted.length; i++) {
      const [before, here] = [sorted[i - 1], sorted[i]];
      if (before === undefined || here === undefined || here.extent[0] >= before.extent[1]) continue;
      throw new SerializationError(
        `${call}: Some tensors share memory, this will lead to duplicate memory on disk and potential differences when loading them again: '${before.name}' and '${here.name}'. Leave one out, or clone() it`,
      );
    }
  }
}

function checked(call: string, tensors: TensorsToSave): Named[] {
  const entries = Object.entries(tensors);
  for (const [name, tensor] of entries) {
    if (!(tensor instanceof Tensor))
      throw new ArgumentError(
        `${call}: Key '${name}' is invalid, expected torch.Tensor but received ${tensor === null ? "null" : typeof tensor}`,
      );
    if (name === "__metadata__") throw new ArgumentError(`${call}: a tensor cannot be named '__metadata__'`);
    if (nameOfDType(tensor.dtype) === null)
      throw new DTypeError(
        `${call}: tensor '${name}' is of ${tensor.dtype}, which the format does not have; save torch.viewAsReal(tensor) instead`,
      );
    if (tensor.device.type === "meta") throw new SerializationError(`${call}: tensor '${name}' is on the meta device and has no elements`);
    if (!tensor.isContiguous()) {
      throw new SerializationError(
        `${call}: You are trying to save a non contiguous tensor: '${name}' which is not allowed. Call contiguous() on it to pack it before saving`,
      );
    }
  }
  checkShared(call, entries);
  // The order of the reference implementation: wide elements first, so that all are aligned; then by name.
  const byUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return entries.sort(([a, x], [b, y]) => rankOfDType(y.dtype) - rankOfDType(x.dtype) || byUnits(a, b));
}

function headerOf(call: string, tensors: readonly Named[], metadata: Metadata): Uint8Array {
  const fields: [string, unknown][] = metadata === null ? [] : [["__metadata__", metadata]];
  for (const [name, text] of Object.entries(metadata ?? {})) {
    if (typeof text !== "string") throw new ArgumentError(`${call}: metadata must be texts by name, but '${name}' is ${typeof text}`);
  }
  let at = 0;
  for (const [name, { dtype, shape, count }] of tensors) {
    const end = at + count * dtype.itemsize;
    fields.push([name, { dtype: nameOfDType(dtype), shape, data_offsets: [at, end] }]);
    at = end;
  }
  const json = new TextEncoder().encode(`{${fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`);
  const length = Math.ceil(json.length / 8) * 8;
  if (length > LONGEST_HEADER)
    throw new SerializationError(`${call}: the header would take ${length} bytes; at most ${LONGEST_HEADER} are allowed`);
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}

/** @internal Writes a file for a call, whose errors begin with its name. */
export function writeTensors(call: string, tensors: TensorsToSave, metadata: Metadata, write: Write): void {
  const sorted = checked(call, tensors);
  write(headerOf(call, sorted, metadata));
  for (const [, { storage, offset, count }] of sorted) for (const piece of readBytes(call, storage, offset, offset + count)) write(piece);
}

/**
 * The bytes of a safetensors file with tensors by name.
 * @throws {SerializationError} as `saveFile`.
 */
export function save(tensors: TensorsToSave, metadata: Metadata = null): Uint8Array {
  return collected((write) => writeTensors("save", tensors, metadata, write));
}

/**
 * Saves tensors by name in a safetensors file, byte for byte as the reference implementation. The file appears whole or not at all.
 * @param metadata texts to save along.
 * @throws {SerializationError} if tensors share memory or are not contiguous: the format has neither.
 * @throws {DTypeError} for complex tensors, which the format does not have.
 * @example
 * ```ts
 * import { safetensors } from "flambeau/io";
 * safetensors.saveFile(model.stateDict(), "model.safetensors", { format: "pt" });
 * ```
 */
export function saveFile(tensors: TensorsToSave, path: string | URL, metadata: Metadata = null): void {
  writeAtomically("saveFile", path, (write) => writeTensors("saveFile", tensors, metadata, write));
}
