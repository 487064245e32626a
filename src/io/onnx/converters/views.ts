/** Views that regroup, reorder, add or drop dimensions, and copies. */

import type { Conversion, Converter } from "../conversion.js";
import { sameSize } from "../sizes.js";

const alias: Converter = (c) => c.in("input");

const reshape: Converter = (c) => {
  if (c.has("dtype")) c.fail("reading the bytes of a tensor as another dtype has no counterpart in ONNX");
  return c.reshape(c.in("input"), c.value("input").shape, c.out.shape);
};

/** A transposition, from the order of the dimensions. */
const reorder =
  (order: (c: Conversion, rank: number) => readonly number[]): Converter =>
  (c) =>
    c.transpose(c.in("input"), order(c, c.value("input").shape.length));

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

export const views: Readonly<Record<string, Converter>> = {
  "composite detach": alias,
  "primitive clone": alias,
  "primitive toDevice": alias,
  "view view": reshape,
  "view unsafeView": reshape,
  "view expand": (c) => c.expand(c.in("input"), c.value("input").shape, c.out.shape),
  "view permute": reorder((c, rank) => c.ints("dims").map((d) => (d < 0 ? d + rank : d))),
  "view transpose": reorder((c, rank) => {
    const order = range(rank);
    if (rank === 0) return order;
    const [a, b] = [c.axis("dim0", rank), c.axis("dim1", rank)];
    [order[a], order[b]] = [b, a];
    return order;
  }),
  "view t": reorder((_, rank) => range(rank).reverse()),
  "view unsqueeze": (c) => c.unsqueeze(c.in("input"), c.axis("dim", c.out.shape.length)),
  "view squeeze": (c) => {
    const { shape } = c.value("input");
    const dropped = shape.length - c.out.shape.length;
    const dims = c.axes("dim", shape.length).filter((d) => shape[d] === 1);
    return dims.length === dropped ? c.squeeze(c.in("input"), ...dims) : c.reshape(c.in("input"), shape, c.out.shape);
  },
  "primitive toCopy": (c) => c.as(c.value("input"), c.out.dtype),
  "primitive copy": (c) => {
    const source = c.value("src");
    return c.expand(c.as(source, c.out.dtype), source.shape, c.out.shape);
  },
  "primitive repeat": (c) => {
    const { shape } = c.value("input");
    const repeats = c.sizes("repeats");
    const lead = range(repeats.length - shape.length);
    const raised = c.unsqueeze(c.in("input"), ...lead);
    return repeats.every((n) => sameSize(n, 1)) ? raised : c.emit("Tile", [raised, c.shape(repeats)]);
  },
  "primitive flip": (c) => {
    const dims = c.axes("dims", c.value("input").shape.length);
    if (c.ints("dims").length === 0) return c.in("input");
    const all = (n: number): string => c.graph.ints(dims.map(() => n));
    return c.emit("Slice", [c.in("input"), all(-1), all(-Number.MAX_SAFE_INTEGER), c.graph.ints(dims), all(-1)]);
  },
};
