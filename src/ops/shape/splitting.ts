/** Splitting a tensor into views along a dimension. */

import { ArgumentError, IndexError, ShapeError } from "../../core/errors.js";
import { formatShape, wrapDim } from "../../core/shape.js";
import { composite, type ViewInput, type ViewLayout, view } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { cat, stack } from "./joining.js";

/** Layouts of consecutive pieces of the given sizes. */
function pieces(input: ViewInput, sizes: readonly number[], d: number): ViewLayout[] {
  let at = 0;
  return sizes.map((size) => {
    const shape = [...input.shape];
    shape[d] = size;
    const offset = input.offset + at * (input.strides[d] as number);
    at += size;
    return { shape, strides: input.strides, offset };
  });
}

/** The gradients of pieces, joined; zeros stand for pieces that nobody used. */
function joined(grads: readonly (Tensor | null)[], input: ViewInput, sizes: readonly number[], d: number): Tensor {
  const like = grads.find((grad) => grad !== null) as Tensor;
  return cat(
    grads.map((grad, i) => {
      if (grad !== null) return grad;
      const shape = [...input.shape];
      shape[d] = sizes[i] as number;
      return like.newZeros([]).expand(shape);
    }),
    d,
  );
}

function dimOf(op: string, input: ViewInput, dim: number): number {
  if (input.shape.length === 0) throw new ShapeError(`${op}: ${op} expects at least a 1-dimensional tensor`);
  return wrapDim(op, dim, input.shape.length);
}

/** The sizes of pieces of `length` each, the last one perhaps smaller. */
function evenSizes(op: string, size: number, length: number): number[] {
  if (length < 0) throw new ShapeError(`${op}: ${op} expects split_size be non-negative, but got split_size=${length}`);
  if (length === 0 && size !== 0)
    throw new ShapeError(`${op}: split_size can only be 0 if dimension size is 0, but got dimension size of ${size}`);
  const count = length === 0 ? 1 : Math.max(Math.ceil(size / length), 1);
  return Array.from({ length: count }, (_, i) => (i < count - 1 ? length : size - (count - 1) * length));
}

/**
 * Views of consecutive pieces with the given sizes.
 * @throws {ShapeError} if the sizes do not add up to the size of the dimension.
 */
export const splitWithSizes: Op<
  (input: Tensor, splitSizes: readonly number[], ...args: Args<[dim: number], { dim?: number }>) => Tensor[]
> = view("splitWithSizes(Tensor input, int[] splitSizes, int dim=0)", {
  layout: (input, sizes, dim) => {
    const d = dimOf("splitWithSizes", input, dim);
    const size = input.shape[d] as number;
    if (sizes.some((n) => n < 0))
      throw new ShapeError(
        `splitWithSizes: split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes=${formatShape(sizes)}`,
      );
    if (sizes.reduce((a, b) => a + b, 0) !== size) {
      throw new ShapeError(
        `splitWithSizes: split_with_sizes expects split_sizes to sum exactly to ${size} (input tensor's size at dimension ${dim}), but got split_sizes=${formatShape(sizes)}`,
      );
    }
    return pieces(input, sizes, d);
  },
  gradients: (grads, input, sizes, dim) => joined(grads, input, sizes, wrapDim("splitWithSizes", dim, input.shape.length)),
});

const splitEven: Op<(input: Tensor, splitSize: number, dim: number) => Tensor[]> = view("split(Tensor input, int splitSize, int dim)", {
  layout: (input, length, dim) => {
    const d = dimOf("split", input, dim);
    return pieces(input, evenSizes("split", input.shape[d] as number, length), d);
  },
  gradients: (grads, input, length, dim) => {
    const d = wrapDim("split", dim, input.shape.length);
    return joined(grads, input, evenSizes("split", input.shape[d] as number, length), d);
  },
});

const sizeOrSizes = (op: string, name: string, given: unknown): number | readonly number[] => {
  if (typeof given === "number" || typeof given === "bigint") return Number(given);
  if (given instanceof Tensor) return given.tolist() as number | number[];
  if (Array.isArray(given) && given.every((n) => typeof n === "number" || typeof n === "bigint")) return given.map(Number);
  throw new ArgumentError(
    `${op}(): received an invalid combination of arguments. Argument '${name}' must be int or int[], not ${typeof given}`,
  );
};

/**
 * Views of consecutive pieces: of one size each (the last may be smaller), or of the given sizes.
 * @example
 * ```ts
 * torch.arange(5).split(2).map((piece) => piece.tolist()); // [[0, 1], [2, 3], [4]]
 * ```
 */
export const split: Op<
  (input: Tensor, splitSizeOrSections: number | readonly number[], ...args: Args<[dim: number], { dim?: number }>) => Tensor[]
> = composite("split(Tensor input, any splitSizeOrSections, int dim=0)", (input, given, dim) => {
  const size = sizeOrSizes("split", "splitSizeOrSections", given);
  return typeof size === "number" ? splitEven(input, size, dim) : input.splitWithSizes(size, dim);
});

/** At most `chunks` views of equal size, the last one perhaps smaller. */
export const chunk: Op<(input: Tensor, chunks: number, ...args: Args<[dim: number], { dim?: number }>) => Tensor[]> = composite(
  "chunk(Tensor input, int chunks, int dim=0)",
  (input, chunks, dim) => {
    const d = dimOf("chunk", input, dim);
    if (chunks <= 0) throw new ArgumentError(`chunk: chunk expects \`chunks\` to be greater than 0, got: ${chunks}`);
    const size = input.shape[d] as number;
    const length = Math.ceil(size / chunks);
    // Of nothing there are as many empty pieces as were asked for.
    if (length === 0) return input.splitWithSizes(new Array<number>(chunks).fill(0), d);
    return splitEven(input, length, d);
  },
);

/** The slices along a dimension, as views without it. */
export const unbind: Op<(input: Tensor, ...args: Args<[dim: number], { dim?: number }>) => Tensor[]> = view(
  "unbind(Tensor input, int dim=0)",
  {
    layout: (input, dim) => {
      if (input.shape.length === 0) throw new IndexError(`unbind: Dimension specified as ${dim} but tensor has no dimensions`);
      const d = wrapDim("unbind", dim, input.shape.length);
      const shape = input.shape.filter((_, k) => k !== d);
      const strides = input.strides.filter((_, k) => k !== d);
      return Array.from({ length: input.shape[d] as number }, (_, i) => ({
        shape,
        strides,
        offset: input.offset + i * (input.strides[d] as number),
      }));
    },
    gradients: (grads, input, dim) => {
      const d = wrapDim("unbind", dim, input.shape.length);
      const like = grads.find((grad) => grad !== null) as Tensor;
      const shape = input.shape.filter((_, k) => k !== d);
      return stack(
        grads.map((grad) => grad ?? like.newZeros([]).expand(shape)),
        d,
      );
    },
  },
);

/** Where pieces end that are as equal as possible, the larger ones first; but for the last piece. */
const equalEnds = (size: number, sections: number): number[] =>
  Array.from({ length: sections - 1 }, (_, i) => (i + 1) * Math.floor(size / sections) + Math.min(i + 1, size % sections));

/**
 * Views of pieces: `indicesOrSections` pieces as equal as possible, or the pieces between the given positions.
 * @example
 * ```ts
 * torch.arange(7).tensorSplit(3).map((piece) => piece.tolist()); // [[0, 1, 2], [3, 4], [5, 6]]
 * ```
 */
export const tensorSplit: Op<
  (input: Tensor, indicesOrSections: number | readonly number[] | Tensor, ...args: Args<[dim: number], { dim?: number }>) => Tensor[]
> = composite("tensorSplit(Tensor input, any indicesOrSections, int dim=0)", (input, given, dim) => {
  if (input.shape.length === 0)
    throw new ShapeError("tensorSplit: tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims");
  const d = wrapDim("tensorSplit", dim, input.shape.length);
  if (given instanceof Tensor && given.shape.length > 1) {
    throw new ShapeError(
      `tensorSplit: tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, but got a tensor with ${given.shape.length} dims`,
    );
  }
  if (given instanceof Tensor && given.dtype.name !== "int64") {
    throw new ArgumentError(
      `tensorSplit: tensor_split expected tensor_indices_or_sections to have dtype of long, but got ${given.dtype.scalarName}`,
    );
  }
  const sections = sizeOrSizes("tensorSplit", "indicesOrSections", given);
  const size = input.shape[d] as number;
  if (typeof sections === "number" && sections <= 0)
    throw new ArgumentError(`tensorSplit: number of sections must be larger than 0, got ${sections}`);
  const ends = typeof sections === "number" ? equalEnds(size, sections) : sections;
  return [0, ...ends].map((start, i) => input.slice(d, start, ends[i] ?? size));
});

/** Splits along the dimension that `dims` gives for the rank of the input. */
const along = (
  op: string,
  rank: number,
  dimOf: (input: Tensor) => number,
): Op<(input: Tensor, indicesOrSections: number | readonly number[]) => Tensor[]> =>
  composite(`${op}(Tensor input, any indicesOrSections)`, (...bound) => {
    const [input, given] = bound as readonly [Tensor, unknown];
    if (input.shape.length < rank) {
      throw new ShapeError(
        `${op}: torch.${op} requires a tensor with at least ${rank} dimension, but got a tensor with ${input.shape.length} dimensions!`,
      );
    }
    const sections = sizeOrSizes(op, "indicesOrSections", given);
    const dim = dimOf(input);
    const size = input.shape[dim] as number;
    if (typeof sections === "number" && (sections === 0 || size % sections !== 0)) {
      throw new ShapeError(
        `${op}: torch.${op} attempted to split along dimension ${dim}, but the size of the dimension ${size} is not divisible by the split_size ${sections}!`,
      );
    }
    return input.tensorSplit(sections, dim);
  });

/** Pieces side by side: splits the second dimension, or the only one of a vector. */
export const hsplit: Op<(input: Tensor, indicesOrSections: number | readonly number[]) => Tensor[]> = along("hsplit", 1, (input) =>
  input.shape.length === 1 ? 0 : 1,
);

/** Pieces one below the other: splits the first dimension of a tensor that has at least two. */
export const vsplit: Op<(input: Tensor, indicesOrSections: number | readonly number[]) => Tensor[]> = along("vsplit", 2, () => 0);

/** Pieces one behind the other: splits the third dimension. */
export const dsplit: Op<(input: Tensor, indicesOrSections: number | readonly number[]) => Tensor[]> = along("dsplit", 3, () => 2);

/** Pieces as views of their own, which may be written in place. */
const apart = (input: Tensor, pieces: readonly Tensor[], dim: number): Tensor[] => {
  const d = wrapDim("split", dim, input.shape.length);
  let at = 0;
  return pieces.map((piece) => {
    const size = piece.shape[d] as number;
    at += size;
    return input.narrow(d, at - size, size);
  });
};

/** As `split` with one size; the pieces may be written in place, if the input is not used afterwards. */
export const unsafeSplit: Op<(input: Tensor, splitSize: number, ...args: Args<[dim: number], { dim?: number }>) => Tensor[]> = composite(
  "unsafeSplit(Tensor input, int splitSize, int dim=0)",
  (input, splitSize, dim) => apart(input, input.split(splitSize, dim), dim),
);

/** As `splitWithSizes`; the pieces may be written in place, if the input is not used afterwards. */
export const unsafeSplitWithSizes: Op<
  (input: Tensor, splitSizes: readonly number[], ...args: Args<[dim: number], { dim?: number }>) => Tensor[]
> = composite("unsafeSplitWithSizes(Tensor input, int[] splitSizes, int dim=0)", (input, splitSizes, dim) =>
  apart(input, input.splitWithSizes(splitSizes, dim), dim),
);

/** As `chunk`; the pieces may be written in place, if the input is not used afterwards. */
export const unsafeChunk: Op<(input: Tensor, chunks: number, ...args: Args<[dim: number], { dim?: number }>) => Tensor[]> = composite(
  "unsafeChunk(Tensor input, int chunks, int dim=0)",
  (input, chunks, dim) => apart(input, input.chunk(chunks, dim), dim),
);
