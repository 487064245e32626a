/**
 * The part of the zip format (PKWARE's APPNOTE 6.3) that PyTorch's files use: entries stored as they are, zip64 where sizes need it.
 *
 * This is no general archive library, on purpose: storages must begin at multiples of 64 bytes, and a reader must fetch the central directory and
 * then single entries by range from files of many gigabytes. Libraries for zip files read or write whole archives in memory and do not align.
 */

export const LOCAL_HEADER = 0x04034b50;
export const DATA_DESCRIPTOR = 0x08074b50;
export const CENTRAL_HEADER = 0x02014b50;
export const END = 0x06054b50;
export const END_64 = 0x06064b50;
export const END_64_LOCATOR = 0x07064b50;

export const LOCAL_SIZE = 30;
export const CENTRAL_SIZE = 46;
export const END_SIZE = 22;
export const END_64_SIZE = 56;
export const END_64_LOCATOR_SIZE = 20;

/** A 32-bit field of this value says that the real one stands in a zip64 field. */
export const IN_ZIP64 = 0xffffffff;
/** The extra field with 64-bit sizes and offset. */
export const ZIP64_FIELD = 1;

/** A view for reading and writing the little-endian numbers of bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
