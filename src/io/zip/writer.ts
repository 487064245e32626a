/** Writing zip archives as PyTorch does, to the byte: stored entries at multiples of 64 bytes, each followed by its checksum and size. */

import type { Write } from "../atomic.js";
import { crc32 } from "../crc32.js";
import { lengthOf, type Pieces } from "../pieces.js";
import {
  CENTRAL_HEADER,
  CENTRAL_SIZE,
  DATA_DESCRIPTOR,
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

/** Where the bytes of entries begin: multiples of this. */
export const ALIGNMENT = 64;

/** Sizes follow the bytes, and names are UTF-8. */
const FLAGS = 0x0808;

/** The extra field of PyTorch's padding: `FB`, its length, and that many `Z`. */
const PADDING_FIELD = 0x4246;

interface Written {
  readonly name: Uint8Array;
  readonly size: number;
  readonly crc: number;
  readonly header: number;
}

/** The extra field with what does not fit 32 bits; empty where all does. */
function zip64Field(size: number, header: number): Uint8Array {
  const values = [...(size >= IN_ZIP64 ? [size, size] : []), ...(header >= IN_ZIP64 ? [header] : [])];
  if (values.length === 0) return new Uint8Array(0);
  const bytes = new Uint8Array(4 + 8 * values.length);
  const view = viewOf(bytes);
  view.setUint16(0, ZIP64_FIELD, true);
  view.setUint16(2, 8 * values.length, true);
  values.forEach((value, i) => {
    view.setBigUint64(4 + 8 * i, BigInt(value), true);
  });
  return bytes;
}

/** Fills the space up to the next multiple of `ALIGNMENT`, given where the field would begin. */
function paddingField(at: number): Uint8Array {
  const padding = (ALIGNMENT - ((at + 4) % ALIGNMENT)) % ALIGNMENT;
  const bytes = new Uint8Array(4 + padding).fill("Z".charCodeAt(0));
  viewOf(bytes).setUint16(0, PADDING_FIELD, true);
  viewOf(bytes).setUint16(2, padding, true);
  return bytes;
}

/** An archive that is written from front to back. */
export class ZipWriter {
  private readonly entries: Written[] = [];
  private at = 0;

  constructor(private readonly sink: Write) {}

  private write(bytes: Uint8Array): void {
    this.sink(bytes);
    this.at += bytes.byteLength;
  }

  /** The checksums of what was written so far, in order. */
  get checksums(): readonly number[] {
    return this.entries.map((entry) => entry.crc);
  }

  /** Appends an entry. */
  add(name: string, content: Pieces): void {
    const entry: Written = { name: new TextEncoder().encode(name), size: lengthOf(content), crc: crc32(content), header: this.at };
    const wide = zip64Field(entry.size, entry.header);
    const padding = paddingField(this.at + LOCAL_SIZE + entry.name.length + wide.length);
    const header = new Uint8Array(LOCAL_SIZE);
    const view = viewOf(header);
    view.setUint32(0, LOCAL_HEADER, true);
    view.setUint16(6, FLAGS, true);
    view.setUint16(26, entry.name.length, true);
    view.setUint16(28, wide.length + padding.length, true);
    for (const part of [header, entry.name, wide, padding, ...content]) this.write(part);
    if (entry.size > 0) this.write(this.descriptor(entry, wide.length > 0));
    this.entries.push(entry);
  }

  private descriptor({ crc, size }: Written, wide: boolean): Uint8Array {
    const bytes = new Uint8Array(wide ? 24 : 16);
    const view = viewOf(bytes);
    view.setUint32(0, DATA_DESCRIPTOR, true);
    view.setUint32(4, crc, true);
    for (let i = 0; i < 2; i++) {
      if (wide) view.setBigUint64(8 + 8 * i, BigInt(size), true);
      else view.setUint32(8 + 4 * i, size, true);
    }
    return bytes;
  }

  /** Writes the directory. */
  finish(): void {
    const start = this.at;
    for (const entry of this.entries) this.writeCentral(entry);
    this.writeEnd(start, this.at - start);
  }

  private writeCentral({ name, size, crc, header }: Written): void {
    const wide = zip64Field(size, header);
    const bytes = new Uint8Array(CENTRAL_SIZE);
    const view = viewOf(bytes);
    view.setUint32(0, CENTRAL_HEADER, true);
    view.setUint16(8, FLAGS, true);
    view.setUint32(16, crc, true);
    view.setUint32(20, Math.min(size, IN_ZIP64), true);
    view.setUint32(24, Math.min(size, IN_ZIP64), true);
    view.setUint16(28, name.length, true);
    view.setUint16(30, wide.length, true);
    view.setUint32(42, Math.min(header, IN_ZIP64), true);
    for (const part of [bytes, name, wide]) this.write(part);
  }

  private writeEnd(start: number, size: number): void {
    const end = this.at;
    const count = this.entries.length;
    const record = viewOf(new Uint8Array(END_64_SIZE + END_64_LOCATOR_SIZE + END_SIZE));
    const wide = (at: number, value: number): void => record.setBigUint64(at, BigInt(value), true);
    record.setUint32(0, END_64, true);
    wide(4, END_64_SIZE - 12);
    // Made by Unix, version 3.0 of the format; 4.5 is needed for zip64.
    record.setUint16(12, 0x031e, true);
    record.setUint16(14, 0x2d, true);
    wide(24, count);
    wide(32, count);
    wide(40, size);
    wide(48, start);
    const locator = END_64_SIZE;
    record.setUint32(locator, END_64_LOCATOR, true);
    wide(locator + 8, end);
    record.setUint32(locator + 16, 1, true);
    const last = locator + END_64_LOCATOR_SIZE;
    record.setUint32(last, END, true);
    record.setUint16(last + 8, Math.min(count, 0xffff), true);
    record.setUint16(last + 10, Math.min(count, 0xffff), true);
    record.setUint32(last + 12, Math.min(size, IN_ZIP64), true);
    record.setUint32(last + 16, Math.min(start, IN_ZIP64), true);
    this.write(new Uint8Array(record.buffer));
  }
}
