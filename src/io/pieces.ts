/** Files that are put together in memory. */

import type { Write } from "./atomic.js";

/** What a body writes, as one array. The body may hand over memory that it does not own: it is copied once the body is done. */
export function collected(body: (write: Write) => void): Uint8Array {
  const pieces: Uint8Array[] = [];
  body((bytes) => pieces.push(bytes));
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.byteLength;
  }
  return all;
}
