/** Where bytes are read from, by range: a file, or memory. */

import { SerializationError } from "../core/errors.js";
import { requiredModule } from "./host.js";
import { lengthOf, type Pieces } from "./pieces.js";

/** What can be read: the path of a file, or its bytes. */
export type Readable = string | URL | Uint8Array | ArrayBuffer;

/** Bytes that are read where they are wanted. Nothing is read, nor allocated, before the range was checked against the real size. */
export abstract class ByteSource {
  constructor(
    /** The call that reads; errors begin with it. */
    readonly call: string,
    /** What is read, for errors: a path or `bytes`. */
    readonly name: string,
    /** The number of bytes there are. */
    readonly size: number,
  ) {}

  protected abstract fill(into: Uint8Array, at: number): void;

  /** Closes the file, if it is one. */
  abstract close(): void;

  /** The error of something that is wrong with the bytes. */
  fail(text: string): SerializationError {
    return new SerializationError(`${this.call}: ${this.name}: ${text}`);
  }

  /** Throws unless a range lies within the source. */
  check(at: number, length: number, what: string): void {
    if (Number.isSafeInteger(at) && Number.isSafeInteger(length) && at >= 0 && length >= 0 && at + length <= this.size) return;
    throw this.fail(`${what} would be the ${length} bytes from ${at} on, but there are ${this.size}: the file is cut off or corrupt`);
  }

  /** Fills memory with the bytes from `at` on. */
  readInto(into: Pieces, at: number, what: string): void {
    this.check(at, lengthOf(into), what);
    let from = at;
    for (const piece of into) {
      this.fill(piece, from);
      from += piece.byteLength;
    }
  }

  /** The `length` bytes from `at` on, in memory of their own. */
  read(at: number, length: number, what: string): Uint8Array {
    this.check(at, length, what);
    const bytes = new Uint8Array(length);
    this.fill(bytes, at);
    return bytes;
  }
}

class MemorySource extends ByteSource {
  constructor(
    call: string,
    private readonly bytes: Uint8Array,
  ) {
    super(call, "bytes", bytes.byteLength);
  }

  protected override fill(into: Uint8Array, at: number): void {
    into.set(this.bytes.subarray(at, at + into.byteLength));
  }

  override close(): void {}
}

/** One read asks for at most this many bytes: systems give at most 2 GiB at once. */
const LARGEST_READ = 2 ** 30;

class FileSource extends ByteSource {
  private readonly fs: typeof import("node:fs");

  constructor(
    call: string,
    path: string | URL,
    private readonly descriptor: number,
  ) {
    const fs = requiredModule(call, "fs");
    super(call, String(path), fs.fstatSync(descriptor).size);
    this.fs = fs;
  }

  protected override fill(into: Uint8Array, at: number): void {
    let done = 0;
    while (done < into.byteLength) {
      const length = Math.min(into.byteLength - done, LARGEST_READ);
      const got = this.fs.readSync(this.descriptor, into, done, length, at + done);
      if (got === 0) throw this.fail(`ends at ${at + done} bytes: it was cut off while it was read`);
      done += got;
    }
  }

  override close(): void {
    this.fs.closeSync(this.descriptor);
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Opens something readable.
 * @throws {SerializationError} if there is no such file.
 */
export function openSource(call: string, from: Readable): ByteSource {
  if (from instanceof Uint8Array) return new MemorySource(call, from);
  if (from instanceof ArrayBuffer) return new MemorySource(call, new Uint8Array(from));
  if (typeof from !== "string" && !(from instanceof URL)) {
    throw new SerializationError(
      `${call}: expected the path of a file or its bytes (Uint8Array), not ${from === null ? "null" : typeof from}`,
    );
  }
  const fs = requiredModule(call, "fs");
  let descriptor: number;
  try {
    descriptor = fs.openSync(from, "r");
  } catch (error) {
    throw new SerializationError(`${call}: cannot open ${String(from)}: ${reason(error)}`);
  }
  if (fs.fstatSync(descriptor).isFile()) return new FileSource(call, from, descriptor);
  fs.closeSync(descriptor);
  throw new SerializationError(`${call}: cannot read ${String(from)}: it is no regular file`);
}

/** Opens something readable for the time of a callback. */
export function withSource<R>(call: string, from: Readable, use: (source: ByteSource) => R): R {
  const source = openSource(call, from);
  try {
    return use(source);
  } catch (error) {
    // Memory that the host refuses (an array longer than it allows) is a fault of the file's sizes, not of the program.
    if (error instanceof RangeError) throw source.fail(`is too large for this host or nested too deeply: ${error.message}`);
    throw error;
  } finally {
    source.close();
  }
}
