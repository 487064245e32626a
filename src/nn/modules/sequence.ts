/** Positions in containers: counted from the front or, below zero, from the end, and slices such as `"1:3"`. */

import { ArgumentError, IndexError } from "../../core/errors.js";

/**
 * A position counted from the front.
 * @throws {IndexError} if it is out of range.
 */
export function positionIn(op: string, index: number, length: number): number {
  if (!Number.isInteger(index)) throw new ArgumentError(`${op}: an index is an integer, ${index} is not`);
  if (index < -length || index >= length) throw new IndexError(`${op}: index ${index} is out of range for ${length} elements`);
  return index < 0 ? index + length : index;
}

/** The positions that a slice such as `"1:3"` or `"::2"` selects. */
export function positionsIn(op: string, slice: string, length: number): number[] {
  const parts = slice.split(":").map((part) => (part.trim() === "" ? null : Number(part)));
  if (parts.length < 2 || parts.length > 3 || parts.some((part) => part !== null && !Number.isInteger(part))) {
    throw new ArgumentError(`${op}: expected an index or a slice such as "1:3", got '${slice}'`);
  }
  const [start = null, stop = null, given = null] = parts;
  const step = given ?? 1;
  if (step === 0) throw new ArgumentError(`${op}: slice step cannot be zero`);
  const bound = (at: number | null, fallback: number): number => {
    if (at === null) return fallback;
    const low = step > 0 ? 0 : -1;
    return Math.min(Math.max(at < 0 ? at + length : at, low), length + low);
  };
  const positions: number[] = [];
  const end = bound(stop, step > 0 ? length : -1);
  for (let at = bound(start, step > 0 ? 0 : length - 1); step > 0 ? at < end : at > end; at += step) positions.push(at);
  return positions;
}
