/** Reading zip archives by range: the directory first, then the entries that are wanted. */

import { crc32 } from "../crc32.js";
import { requiredModule } from "../host.js";
import type { Pieces } from "../pieces.js";
import type { ByteSource } from "../source.js";
import {
  CENTRAL_HEADER,
  CENTRAL_SIZE,
  END,
  END_64,
  END_64_LOCATOR,
  END_64_LOCATOR_SIZE,
  END_64_SIZE,
  END_SIZE,
  IN_ZIP64,
  LOCAL_HEADER,
  LOCAL_SIZE,
  viewOf,
  ZIP64_FIELD,
} from "./format.js";

/** One file in an archive. */
export interface ZipEntry {
  readonly name: string;
  /** The number of bytes. */
  readonly size: number;
  /** The checksum; 0 where the writer computed none. */
  readonly crc: number;
  /** Where the entry's header lies. */
  readonly header: number;
  /** The number of bytes that they take in the archive. */
  readonly packed: number;
  /** The compression method; 0 for none, 8 for deflate. */
  readonly method: number;
  readonly encrypted: boolean;
}

/** Where the directory lies. */
interface Directory {
  readonly at: number;
  readonly size: number;
  readonly count: number;
}

/** The compression method of most archives. */
const DEFLATE = 8;

/** The longest comment that may follow the end record. */
const LONGEST_COMMENT = 0xffff;

function number64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

/** An archive whose entries are read on demand. */
export class ZipReader {
  /** The entries by name, in the order of the directory. */
  readonly entries: ReadonlyMap<string, ZipEntry>;
  private readonly directory: Directory;

  /** @throws {SerializationError} if the directory is missing or makes no sense. */
  constructor(private readonly source: ByteSource) {
    this.directory = this.findDirectory();
    this.entries = this.readDirectory();
  }

  private findDirectory(): Directory {
    const { source } = this;
    const length = Math.min(source.size, END_SIZE + LONGEST_COMMENT);
    const tail = source.read(source.size - length, length, "the end of the zip archive");
    const view = viewOf(tail);
    for (let at = length - END_SIZE; at >= 0; at--) {
      if (view.getUint32(at, true) !== END || at + END_SIZE + view.getUint16(at + 20, true) !== length) continue;
      const end = source.size - length + at;
      const found = this.findDirectory64(end) ?? {
        at: view.getUint32(at + 16, true),
        size: view.getUint32(at + 12, true),
        count: view.getUint16(at + 10, true),
      };
      source.check(found.at, found.size, "the directory of the zip archive");
      if (found.at + found.size > end) throw source.fail("the directory of the zip archive overlaps its end: the file is corrupt");
      if (found.count * CENTRAL_SIZE > found.size) {
        throw source.fail(
          `the directory of the zip archive cannot hold ${found.count} entries in ${found.size} bytes: the file is corrupt`,
        );
      }
      return found;
    }
    throw source.fail("failed finding central directory of the zip archive: the file is cut off or corrupt");
  }

  private findDirectory64(end: number): Directory | null {
    const { source } = this;
    if (end < END_64_LOCATOR_SIZE) return null;
    const locator = viewOf(source.read(end - END_64_LOCATOR_SIZE, END_64_LOCATOR_SIZE, "the zip64 locator"));
    if (locator.getUint32(0, true) !== END_64_LOCATOR) return null;
    const record = viewOf(source.read(number64(locator, 8), END_64_SIZE, "the zip64 end of the archive"));
    if (record.getUint32(0, true) !== END_64)
      throw source.fail("the zip64 end of the archive is not where it should be: the file is corrupt");
    return { at: number64(record, 48), size: number64(record, 40), count: number64(record, 32) };
  }

  private readDirectory(): Map<string, ZipEntry> {
    const { source, directory } = this;
    const bytes = source.read(directory.at, directory.size, "the directory of the zip archive");
    const view = viewOf(bytes);
    const entries = new Map<string, ZipEntry>();
    const text = new TextDecoder();
    let at = 0;
    for (let i = 0; i < directory.count; i++) {
      if (at + CENTRAL_SIZE > bytes.length || view.getUint32(at, true) !== CENTRAL_HEADER) {
        throw source.fail(`entry ${i} of the zip directory is damaged: the file is corrupt`);
      }
      const nameEnd = at + CENTRAL_SIZE + view.getUint16(at + 28, true);
      const extraEnd = nameEnd + view.getUint16(at + 30, true);
      const next = extraEnd + view.getUint16(at + 32, true);
      if (next > bytes.length) throw source.fail(`entry ${i} of the zip directory is damaged: the file is corrupt`);
      const name = text.decode(bytes.subarray(at + CENTRAL_SIZE, nameEnd));
      if (entries.has(name)) throw source.fail(`the zip archive has two entries named '${name}'`);
      entries.set(name, this.entryAt(view, at, name, nameEnd, extraEnd));
      at = next;
    }
    return entries;
  }

  private entryAt(view: DataView, at: number, name: string, extra: number, extraEnd: number): ZipEntry {
    let packed = view.getUint32(at + 20, true);
    let size = view.getUint32(at + 24, true);
    let header = view.getUint32(at + 42, true);
    for (let field = extra; field + 4 <= extraEnd; field += 4 + view.getUint16(field + 2, true)) {
      if (view.getUint16(field, true) !== ZIP64_FIELD) continue;
      let place = field + 4;
      const end = Math.min(place + view.getUint16(field + 2, true), extraEnd);
      const wide = (narrow: number): number => {
        if (narrow !== IN_ZIP64 || place + 8 > end) return narrow;
        place += 8;
        return number64(view, place - 8);
      };
      size = wide(size);
      packed = wide(packed);
      header = wide(header);
      break;
    }
    const method = view.getUint16(at + 10, true);
    if (method === 0 && packed !== size)
      throw this.source.fail(`the zip entry '${name}' is stored, but its sizes ${packed} and ${size} differ`);
    this.source.check(header, LOCAL_SIZE, `the header of the zip entry '${name}'`);
    return { name, size, packed, header, method, crc: view.getUint32(at + 16, true), encrypted: (view.getUint16(at + 8, true) & 1) === 1 };
  }

  /** Where the bytes of an entry lie that is not compressed. */
  private storedPlace(entry: ZipEntry): number {
    const { source } = this;
    const { name } = entry;
    if (entry.method !== 0) {
      throw source.fail(
        `the zip entry '${name}' is compressed (method ${entry.method}); checkpoints are stored: pack the files again with \`zip -0\``,
      );
    }
    return this.place(entry);
  }

  /** Where the bytes of an entry lie. */
  private place(entry: ZipEntry): number {
    const { source, directory } = this;
    const { name, header } = entry;
    if (entry.encrypted) throw source.fail(`the zip entry '${name}' is encrypted`);
    const local = viewOf(source.read(header, LOCAL_SIZE, `the header of the zip entry '${name}'`));
    const nameLength = local.getUint16(26, true);
    const at = header + LOCAL_SIZE + nameLength + local.getUint16(28, true);
    const found = new TextDecoder().decode(source.read(header + LOCAL_SIZE, nameLength, `the name of the zip entry '${name}'`));
    if (local.getUint32(0, true) !== LOCAL_HEADER || found !== name) {
      throw source.fail(`the zip entry '${name}' is not where the directory says: the file is corrupt`);
    }
    if (at + entry.packed > directory.at) {
      throw source.fail(
        `the zip entry '${name}' of ${entry.packed} bytes from ${at} on would reach beyond the entries, which end at ${directory.at}: the file is corrupt`,
      );
    }
    return at;
  }

  /**
   * Fills memory with an entry's bytes, for which it has the right size.
   * @throws {SerializationError} if the entry is damaged: it lies outside the file, or its checksum is wrong.
   */
  readInto(entry: ZipEntry, into: Pieces): void {
    this.source.readInto(into, this.storedPlace(entry), `the zip entry '${entry.name}'`);
    this.checkSum(entry, into);
  }

  private checkSum(entry: ZipEntry, bytes: Pieces): void {
    // PyTorch writes 0 where it was told not to compute checksums.
    if (entry.crc !== 0 && crc32(bytes) !== entry.crc) {
      throw this.source.fail(`the checksum of the zip entry '${entry.name}' is wrong: the file is corrupt`);
    }
  }

  /** An entry's bytes. */
  read(entry: ZipEntry): Uint8Array {
    this.source.check(this.storedPlace(entry), entry.size, `the zip entry '${entry.name}'`);
    const bytes = new Uint8Array(entry.size);
    this.readInto(entry, [bytes]);
    return bytes;
  }

  /** An entry's bytes, unpacked if they are compressed. */
  unpack(entry: ZipEntry): Uint8Array {
    if (entry.method !== DEFLATE) return this.read(entry);
    const packed = this.source.read(this.place(entry), entry.packed, `the zip entry '${entry.name}'`);
    const { inflateRawSync } = requiredModule(this.source.call, "zlib");
    let bytes: Uint8Array;
    try {
      bytes = inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.size) });
    } catch (error) {
      throw this.source.fail(`the zip entry '${entry.name}' cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (bytes.length !== entry.size) {
      throw this.source.fail(`the zip entry '${entry.name}' has ${bytes.length} bytes, not ${entry.size}: the file is corrupt`);
    }
    this.checkSum(entry, [bytes]);
    return bytes;
  }

  /** Throws if an entry's bytes do not lie within the file; nothing but its header is read. */
  check(entry: ZipEntry): void {
    this.storedPlace(entry);
  }
}
