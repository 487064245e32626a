/** `torch.save`. */

// biome-ignore-all lint/suspicious/noConfusingVoidType: a sink's write may return nothing

import type { Storage } from "../../backend/storage.js";
import { ArgumentError } from "../../core/errors.js";
import { type Write, writeAtomically } from "../atomic.js";
import { collected, type Pieces } from "../pieces.js";
import { ALIGNMENT, ZipWriter } from "../zip/writer.js";
import { readBytes, readBytesAsync } from "./elements.js";
import { CheckpointPickler } from "./pickler.js";

/** What can be written to: the path of a file, or an object that takes the bytes piece by piece. A piece may be memory of a tensor: copy what you keep. */
export type Writable = string | URL | { write(bytes: Uint8Array): unknown };

/** The folder in the archive, named after the file as PyTorch does. */
function folderFor(f: Writable | undefined): string {
  const path = typeof f === "string" ? f : f instanceof URL ? f.pathname : "";
  const stem = /([^/\\]*?)(\.[^./\\]*)?$/.exec(path)?.[1] ?? "";
  return /^[\x21-\x7e]+$/.test(stem) ? stem : "archive";
}

/** A number for the content, from names and checksums: equal files have equal ones. FNV-1a with 64 bits. */
function fingerprint(values: readonly (string | number)[]): string {
  let hash = 0xcbf29ce484222325n;
  for (const character of values.join()) hash = BigInt.asUintN(64, (hash ^ BigInt(character.charCodeAt(0))) * 0x100000001b3n);
  return hash.toString().padStart(20, "0");
}

interface Content {
  readonly pickle: Uint8Array;
  readonly storages: readonly Storage[];
}

function contentOf(obj: unknown): Content {
  const pickler = new CheckpointPickler();
  return { pickle: pickler.pickle(obj), storages: pickler.storages };
}

/** Writes the archive: the pickle, facts about the file, one entry for each storage. */
function writeArchive(write: Write, folder: string, content: Content, bytesOf: (storage: Storage, i: number) => Pieces): void {
  const zip = new ZipWriter(write);
  const names: string[] = [];
  const add = (name: string, value: Pieces | string): void => {
    names.push(name);
    zip.add(`${folder}/${name}`, typeof value === "string" ? [new TextEncoder().encode(value)] : value);
  };
  add("data.pkl", [content.pickle]);
  add(".format_version", "1");
  add(".storage_alignment", String(ALIGNMENT));
  add("byteorder", "little");
  content.storages.forEach((storage, i) => {
    add(`data/${i}`, bytesOf(storage, i));
  });
  add("version", "3\n");
  add(".data/serialization_id", fingerprint(names) + fingerprint(zip.checksums));
  zip.finish();
}

function deliver(call: string, f: Writable | undefined, body: (write: Write) => void): Uint8Array | undefined {
  if (f === undefined) return collected(body);
  if (typeof f === "string" || f instanceof URL) writeAtomically(call, f, body);
  else if (typeof f === "object" && f !== null && typeof f.write === "function") body((bytes) => f.write(bytes));
  else throw new ArgumentError(`${call}: expected a path or an object with a write method, not ${f === null ? "null" : typeof f}`);
  return undefined;
}

/**
 * Saves a value in PyTorch's format, for `torch.load` here and (with `weights_only=True`) in Python.
 *
 * What is saved: tensors and parameters with their storages (views share them, strides are kept), strings, booleans, null, `Uint8Array` as bytes, arrays
 * as lists (frozen ones as tuples), plain objects and maps as dicts, sets, sizes, dtypes, devices, complex numbers. Whole numbers become ints, others
 * floats. A plain object whose names are all whole numbers has int keys, as optimizers' states do; a Map says keys exactly. The state of a module is an
 * `OrderedDict`, with its metadata. Properties that are undefined are left out.
 *
 * A file appears whole or not at all: see `writeAtomically`.
 *
 * @param f the path of a file, or an object that takes the bytes; without it, the bytes are returned.
 * @throws {SerializationError} for what is no data, such as a module or a function, or a file that cannot be written.
 * @throws {DeviceError} for tensors on a device that cannot be waited for: `await saveAsync(…)`.
 * @example
 * ```ts
 * torch.save({ model: model.stateDict(), optimizer: optimizer.stateDict(), epoch: 3 }, "checkpoint.pt");
 * ```
 */
export function save(obj: unknown): Uint8Array;
export function save(obj: unknown, f: Writable): void;
export function save(obj: unknown, f?: Writable): Uint8Array | void {
  const content = contentOf(obj);
  return deliver("save", f, (write) => writeArchive(write, folderFor(f), content, (storage) => readBytes("save", storage)));
}

/**
 * Saves a value as `save` does, once the devices have its tensors.
 * @throws {SerializationError} as `save`.
 */
export function saveAsync(obj: unknown): Promise<Uint8Array>;
export function saveAsync(obj: unknown, f: Writable): Promise<void>;
export async function saveAsync(obj: unknown, f?: Writable): Promise<Uint8Array | void> {
  const content = contentOf(obj);
  const elements = await Promise.all(content.storages.map(readBytesAsync));
  return deliver("saveAsync", f, (write) => writeArchive(write, folderFor(f), content, (_, i) => elements[i] as Pieces));
}
