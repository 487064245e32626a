/** Shapes, strides and the ways they combine. */

import { ArgumentError, IndexError, ShapeError } from "./errors.js";

/** Sizes of the dimensions, outermost first. */
export type Shape = readonly number[];

/** Where the elements of a tensor lie in its storage: element `(i, j, …)` at `offset + i·strides[0] + j·strides[1] + …`. */
export interface Layout {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
}

/** The number of elements of a shape. */
export function numelOf(shape: Shape): number {
  let n = 1;
  for (let i = 0; i < shape.length; i++) n *= shape[i] as number;
  return n;
}

/** The strides of a row-major tensor without gaps. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= Math.max(shape[i] as number, 1);
  }
  return strides;
}

/** Whether a layout is row-major without gaps. */
export function isContiguous(shape: Shape, strides: readonly number[]): boolean {
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const size = shape[i] as number;
    if (size === 0) return true;
    if (size !== 1) {
      if (strides[i] !== step) return false;
      step *= size;
    }
  }
  return true;
}

/** Whether two shapes are equal. */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** `[2, 3]`, as Python prints a list. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/**
 * The shape that two shapes broadcast to: sizes are aligned at the last dimension, and 1 stretches.
 * @throws {ShapeError} where two sizes differ and neither is 1.
 */
export function broadcastPair(op: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const x = a.length >= i ? (a[a.length - i] as number) : 1;
    const y = b.length >= i ? (b[b.length - i] as number) : 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(
        `${op}: shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast: The size of tensor a (${x}) must match the size of tensor b (${y}) at non-singleton dimension ${rank - i}`,
      );
    }
    shape[rank - i] = x === 1 ? y : x;
  }
  return shape;
}

/** The shape that several shapes broadcast to. */
export function broadcastShapes(op: string, shapes: readonly Shape[]): Shape {
  let result: Shape = [];
  for (const shape of shapes) result = broadcastPair(op, result, shape);
  return result;
}

/** The strides that read a tensor as if it had the broadcast shape: stretched dimensions get stride 0. */
export function broadcastStrides(shape: Shape, strides: readonly number[], target: Shape): number[] {
  const lead = target.length - shape.length;
  const result = new Array<number>(target.length);
  for (let i = 0; i < target.length; i++) {
    result[i] = i < lead || (shape[i - lead] === 1 && target[i] !== 1) ? 0 : (strides[i - lead] as number);
  }
  return result;
}

/**
 * A dimension counted from the front: `-1` is the last of `rank`. A 0-d tensor has dimensions 0 and -1.
 * @throws {IndexError} if it is out of range.
 */
export function wrapDim(op: string, dim: number, rank: number): number {
  const range = Math.max(rank, 1);
  if (!Number.isInteger(dim)) throw new ArgumentError(`${op}: dim must be an integer, got ${dim}`);
  if (dim < -range || dim >= range) {
    throw new IndexError(`${op}: Dimension out of range (expected to be in range of [${-range}, ${range - 1}], but got ${dim})`);
  }
  return dim < 0 ? dim + range : dim;
}

/**
 * Dimensions counted from the front; none given means all.
 * @throws {IndexError} if one is out of range, or given twice.
 */
export function wrapDims(op: string, dims: number | readonly number[] | null, rank: number): number[] {
  if (dims === null) {
    const all: number[] = [];
    for (let d = 0; d < rank; d++) all.push(d);
    return all;
  }
  const list = typeof dims === "number" ? [dims] : dims;
  if (rank > 64) throw new IndexError(`${op}: only tensors with up to 64 dims are supported, got ${rank}`);
  if (list.length === 1 && rank > 0) return [wrapDim(op, list[0] as number, rank)];
  const seen = new Set<number>();
  for (const dim of list) {
    const wrapped = wrapDim(op, dim, rank);
    if (seen.has(wrapped)) throw new IndexError(`${op}: dim ${dim} appears multiple times in the list of dims`);
    seen.add(wrapped);
  }
  return [...seen].filter((dim) => dim < rank);
}

/**
 * A shape in which one size may be -1, computed from the number of elements.
 * @throws {ShapeError} if the number of elements does not fit.
 */
export function inferShape(op: string, size: readonly number[], numel: number): number[] {
  const fail = (): never => {
    throw new ShapeError(`${op}: shape '${formatShape(size)}' is invalid for input of size ${numel}`);
  };
  let known = 1;
  let unknown = -1;
  for (let i = 0; i < size.length; i++) {
    const n = size[i] as number;
    if (n === -1) {
      if (unknown >= 0) throw new ShapeError(`${op}: only one dimension can be inferred, got ${formatShape(size)}`);
      unknown = i;
    } else if (!Number.isInteger(n) || n < 0) {
      throw new ShapeError(`${op}: invalid shape dimension ${n} in ${formatShape(size)}`);
    } else known *= n;
  }
  const shape = [...size];
  if (unknown >= 0) {
    if (known === 0 && numel === 0) {
      throw new ShapeError(
        `${op}: cannot reshape tensor of 0 elements into shape ${formatShape(size)} because the unspecified dimension size -1 can be any value and is ambiguous`,
      );
    }
    if (known === 0 || numel % known !== 0) fail();
    shape[unknown] = numel / known;
  } else if (known !== numel) fail();
  return shape;
}

/**
 * The strides with which a tensor can be seen in another shape without copying, or null if it cannot.
 */
export function viewStrides(shape: Shape, strides: readonly number[], target: Shape): number[] | null {
  if (numelOf(shape) === 0) return sameShape(shape, target) ? [...strides] : contiguousStrides(target);
  const result = new Array<number>(target.length);
  let at = target.length - 1;
  let chunkStride = shape.length > 0 ? (strides[shape.length - 1] as number) : 1;
  let chunkSize = 1;
  let viewSize = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    chunkSize *= shape[i] as number;
    const ends = i === 0 || (shape[i - 1] !== 1 && strides[i - 1] !== chunkSize * chunkStride);
    if (!ends) continue;
    while (at >= 0 && (viewSize < chunkSize || target[at] === 1)) {
      result[at] = viewSize * chunkStride;
      viewSize *= target[at] as number;
      at--;
    }
    if (viewSize !== chunkSize) return null;
    if (i > 0) {
      chunkStride = strides[i - 1] as number;
      chunkSize = 1;
      viewSize = 1;
    }
  }
  for (; at >= 0; at--) result[at] = 1;
  return result;
}
