/** Bytes in pieces: in Node 20 an array of bytes ends at 4 GiB, one of floats does not. */

import type { Write } from "./atomic.js";

/** Bytes, in pieces one after the other. */
export type Pieces = readonly Uint8Array[];

const LARGEST_PIECE = 2 ** 30;

/** The number of bytes. */
export function lengthOf(pieces: Pieces): number {
  return pieces.reduce((length, piece) => length + piece.byteLength, 0);
}

/** Part of a buffer. */
export function piecesOf(buffer: ArrayBufferLike, start: number, length: number): Pieces {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < length; at += LARGEST_PIECE) pieces.push(new Uint8Array(buffer, start + at, Math.min(LARGEST_PIECE, length - at)));
  return pieces;
}

/** What a body writes, as one array. The body may hand over memory that it does not own: it is copied once the body is done. */
export function collected(body: (write: Write) => void): Uint8Array {
  const pieces: Uint8Array[] = [];
  body((bytes) => pieces.push(bytes));
  const all = new Uint8Array(lengthOf(pieces));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.byteLength;
  }
  return all;
}
