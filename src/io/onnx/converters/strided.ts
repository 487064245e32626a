/** Views by explicit strides: gathered by the places of their elements. */

import { int64 } from "../../../core/dtype.js";
import type { Conversion, Converter } from "../conversion.js";
import { areKnown, combine, Dim, productOf, type Size, sameSize } from "../sizes.js";

/** Up to this many indices are written into the model; more are computed there. */
const FEW = 1024;

/** `count` integers from `start` on, `step` apart. */
export function range(c: Conversion, start: Size, count: Size, step: Size = 1): string {
  if (areKnown([start, count, step]) && (count as number) <= FEW) {
    const [first, n, by] = [start, count, step] as [number, number, number];
    return c.graph.ints(Array.from({ length: n }, (_, i) => first + i * by));
  }
  const counted = c.emit("Range", [c.graph.scalar(0n, int64), c.scalarSize(count), c.graph.scalar(1n, int64)]);
  const scaled = step === 1 ? counted : c.emit("Mul", [counted, c.shape([step])]);
  return start === 0 ? scaled : c.emit("Add", [scaled, c.shape([start])]);
}

/** The place behind the last element of a layout, from that of its first. */
const spanOf = (shape: readonly Size[], strides: readonly Size[]): Size =>
  combine([...shape, ...strides], (...all) => {
    const sizes = all.slice(0, shape.length);
    return sizes.includes(0) ? 0 : sizes.reduce((at, n, d) => at + (n - 1) * (all[shape.length + d] as number), 1);
  });

function isRowMajor(shape: readonly Size[], strides: readonly Size[]): boolean {
  return shape.every((size, d) => size === 1 || sameSize(strides[d] as Size, productOf(shape.slice(d + 1))));
}

/** The places of elements by strides in a tensor whose elements lie one after the other: a sum over the dimensions. */
function placesInRows(c: Conversion, size: readonly Size[], stride: readonly Size[], start: Size): string {
  const each = size.map((n, d) => c.unsqueeze(range(c, d === 0 ? start : 0, n, stride[d] as Size), ...after(size.length, d)));
  return each.length === 0 ? c.scalarSize(start) : each.reduce((a, b) => c.emit("Add", [a, b]));
}

/** The dimensions that a vector along dimension `d` needs behind its own. */
const after = (rank: number, d: number): number[] => Array.from({ length: rank - d - 1 }, (_, i) => i + 1);

/** The coordinates of a layout's elements in row-major order, as places in memory. */
function placesOf(shape: readonly number[], strides: readonly number[], start: number): number[] {
  let places = [start];
  shape.forEach((n, d) => {
    places = places.flatMap((at) => Array.from({ length: n }, (_, i) => at + i * (strides[d] as number)));
  });
  return places;
}

/** The same for a tensor of known sizes that lies in any order: each place in memory is looked up. */
function placesAnywhere(c: Conversion, shape: readonly number[], strides: readonly number[], wanted: readonly number[]): string {
  const elements = new Map(placesOf(shape, strides, 0).map((place, i) => [place, i]));
  const found = wanted.map((place) => elements.get(place) ?? outside(c));
  return c.graph.ints(found);
}

const outside = (c: Conversion): never =>
  c.fail("it shows memory outside of the tensor itself; take the view of the tensor that it is a part of");

/** A view by strides, which are those of memory: how the input lies there says which of its elements they address. */
export const strided: Converter = (c) => {
  const { shape } = c.value("input");
  const [size, stride] = [c.sizes("size"), c.sizes("stride")];
  const { strides, offset } = c.call.viewed ?? c.fail("how its input lies in memory is not known");
  const start = c.arg("storageOffset") === null ? 0 : combine([c.size("storageOffset"), offset], (to, from) => to - from);
  const flat = c.emit("Reshape", [c.in("input"), c.graph.ints([-1])]);
  if (isRowMajor(shape, strides)) {
    const isWithin = combine([start, spanOf(size, stride), productOf(shape)], (at, span, n) =>
      Number(at >= 0 && (span === 0 || at + span <= n)),
    );
    if (isWithin !== 1) return outside(c);
    return c.emit("Gather", [flat, placesInRows(c, size, stride, start)], { axis: 0 });
  }
  if (!areKnown([...shape, ...strides, ...size, ...stride]) || start instanceof Dim)
    return c.fail("strides of a tensor of dynamic sizes whose elements are not in order are not supported; call contiguous() first");
  const places = placesAnywhere(c, shape as number[], strides as number[], placesOf(size as number[], stride as number[], start));
  return c.emit("Reshape", [c.emit("Gather", [flat, places], { axis: 0 }), c.graph.ints(size as number[])]);
};
