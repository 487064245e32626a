/** CRC-32 as zip files use it (polynomial 0xedb88320, reflected). */

import { nodeModule } from "./host.js";

/** Eight tables: table `k` takes a byte that lies `k` bytes ahead ("slicing by 8", Kounavis and Berry 2005). */
function makeTables(): readonly Uint32Array[] {
  const tables = Array.from({ length: 8 }, () => new Uint32Array(256));
  const first = tables[0] as Uint32Array;
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    first[byte] = value;
  }
  for (let byte = 0; byte < 256; byte++) {
    let value = first[byte] as number;
    for (const table of tables.slice(1)) {
      value = (first[value & 255] as number) ^ (value >>> 8);
      table[byte] = value;
    }
  }
  return tables;
}

let tables: readonly Uint32Array[] | null = null;

/** @internal The CRC-32 of bytes by tables, for hosts that have none of their own. */
export function crc32ByTables(bytes: Uint8Array, before = 0): number {
  tables ??= makeTables();
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as readonly Uint32Array[] & { length: 8 };
  const look = (table: Uint32Array | undefined, byte: number): number => (table as Uint32Array)[byte & 255] as number;
  const at = (i: number): number => bytes[i] as number;
  let crc = ~before;
  let i = 0;
  for (; i + 8 <= bytes.length; i += 8) {
    const low = crc ^ (at(i) | (at(i + 1) << 8) | (at(i + 2) << 16) | (at(i + 3) << 24));
    crc = look(t7, low) ^ look(t6, low >>> 8) ^ look(t5, low >>> 16) ^ look(t4, low >>> 24);
    crc ^= look(t3, at(i + 4)) ^ look(t2, at(i + 5)) ^ look(t1, at(i + 6)) ^ look(t0, at(i + 7));
  }
  for (; i < bytes.length; i++) crc = look(t0, crc ^ at(i)) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** The CRC-32 of bytes, in pieces one after the other: the host's where it has one (about 3 GB/s in Node), else by tables. */
export function crc32(pieces: readonly Uint8Array[]): number {
  const compute = nodeModule("zlib")?.crc32 ?? crc32ByTables;
  return pieces.reduce((value, bytes) => compute(bytes, value), 0);
}
