/** Writing files that appear whole or not at all: whenever the process or the machine stops, the old file is there or the new one. */

import { SerializationError } from "../core/errors.js";
import { requiredModule } from "./host.js";

/** Takes the bytes of a file, piece by piece. */
export type Write = (bytes: Uint8Array) => void;

type Fs = typeof import("node:fs");

/** One write hands over at most this many bytes: systems take at most 2 GiB at once. */
const LARGEST_WRITE = 2 ** 30;

function writeFully(fs: Fs, descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.byteLength; ) at += fs.writeSync(descriptor, bytes, at, Math.min(bytes.byteLength - at, LARGEST_WRITE));
}

/** Makes a rename last through a power failure. Windows cannot open folders; there the file system's journal does it. */
function syncFolder(fs: Fs, folder: string): void {
  try {
    const descriptor = fs.openSync(folder, "r");
    try {
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  } catch {}
}

/** The file behind a path, through symbolic links, and its permissions; null if there is none. */
function existing(fs: Fs, path: string | URL): { readonly path: string; readonly mode: number; readonly isFile: boolean } | null {
  try {
    const target = fs.realpathSync(path);
    const stat = fs.statSync(target);
    return { path: target, mode: stat.mode & 0o777, isFile: stat.isFile() };
  } catch {
    return null;
  }
}

/** Writes straight into what can be no file beside others: a pipe, a device. */
function writeThrough(fs: Fs, path: string, body: (write: Write) => void): void {
  const descriptor = fs.openSync(path, "w");
  try {
    body((bytes) => writeFully(fs, descriptor, bytes));
  } finally {
    fs.closeSync(descriptor);
  }
}

let count = 0;

/**
 * Writes a file: into a temporary one in the same folder, which is brought to the disk and then takes the name. If anything fails, the temporary
 * file is removed and what was there before stays as it was. Permissions of a file that is replaced are kept, and links to it stay links.
 *
 * @param call the call that writes; errors begin with it.
 * @param body writes the content, in order.
 * @throws {SerializationError} if the file cannot be written; errors of `body` are passed on.
 * @example
 * ```ts
 * import { writeAtomically } from "flambeau/io";
 * writeAtomically("report", "report.txt", (write) => write(new TextEncoder().encode("done\n")));
 * ```
 */
export function writeAtomically(call: string, path: string | URL, body: (write: Write) => void): void {
  const fs = requiredModule(call, "fs");
  const { dirname, basename, join } = requiredModule(call, "path");
  const old = existing(fs, path);
  const guarded = (step: () => void): void => {
    try {
      step();
    } catch (error) {
      if (error instanceof Error && "syscall" in error)
        throw new SerializationError(`${call}: cannot write ${String(path)}: ${error.message}`);
      throw error;
    }
  };
  if (old !== null && !old.isFile) return guarded(() => writeThrough(fs, old.path, body));
  const target = old?.path ?? (path instanceof URL ? requiredUrlPath(call, path) : path);
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}-${count++}-${Math.random().toString(36).slice(2, 8)}.tmp`);
  guarded(() => {
    // "wx": never through a file or link that someone else has put there.
    const descriptor = fs.openSync(temporary, "wx", 0o666);
    try {
      try {
        body((bytes) => writeFully(fs, descriptor, bytes));
        if (old !== null) fs.fchmodSync(descriptor, old.mode);
        fs.fsyncSync(descriptor);
      } finally {
        fs.closeSync(descriptor);
      }
      fs.renameSync(temporary, target);
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw error;
    }
    syncFolder(fs, dirname(target));
  });
}

function requiredUrlPath(call: string, url: URL): string {
  if (url.protocol !== "file:") throw new SerializationError(`${call}: cannot write ${String(url)}: only file: URLs name files`);
  const path = decodeURIComponent(url.pathname);
  return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path;
}

/** Writes a whole file of text or bytes; see `writeAtomically`. */
export function writeFileAtomically(call: string, path: string | URL, contents: string | Uint8Array): void {
  writeAtomically(call, path, (write) => write(typeof contents === "string" ? new TextEncoder().encode(contents) : contents));
}
