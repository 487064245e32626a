/** Whole files as bytes, unpacked where they are compressed. */

import { requiredModule } from "../../io/host.js";
import { type ByteSource, type Readable, withSource } from "../../io/source.js";

export type { Readable } from "../../io/source.js";

/** The bytes of a file, or given ones, and how to complain about them. */
export interface FileBytes {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The error of something that is wrong with the file: it names the call and the file. */
  readonly fail: ByteSource["fail"];
}

/** Whether bytes begin as gzip's do. */
function isGzip(bytes: Uint8Array): boolean {
  return bytes.length > 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * The bytes of a file; of one that gzip has packed, those that were packed.
 * @throws {SerializationError} if the file cannot be read or unpacked.
 */
export function readBytes(call: string, from: Readable): FileBytes {
  return withSource(call, from, (source) => {
    const fail: ByteSource["fail"] = (text) => source.fail(text);
    const raw = source.read(0, source.size, "the file");
    const bytes = isGzip(raw) ? unzipped(call, raw, fail) : raw;
    return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), fail };
  });
}

function unzipped(call: string, raw: Uint8Array, fail: ByteSource["fail"]): Uint8Array {
  const { gunzipSync } = requiredModule(call, "zlib");
  try {
    return gunzipSync(raw);
  } catch (error) {
    throw fail(`cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The first of some paths that is a file, or null. */
export function existingFile(call: string, paths: readonly string[]): string | null {
  const { statSync } = requiredModule(call, "fs");
  return paths.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true) ?? null;
}

/** The path of names below a folder. */
export function joined(call: string, ...parts: readonly string[]): string {
  return requiredModule(call, "path").join(...parts);
}
