/** Diagonals: taken from matrices, or made into matrices. */

import { DTypeError, ShapeError } from "../../core/errors.js";
import { contiguousStrides, formatShape, type Layout, wrapDim } from "../../core/shape.js";
import { composite, primitive, view } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { embed, embedded } from "./embedding.js";

/** The two dimensions of a diagonal's matrices, counted from the front. */
function planeOf(op: string, dim1: number, dim2: number, rank: number): readonly [number, number] {
  const a = wrapDim(op, dim1, rank);
  const b = wrapDim(op, dim2, rank);
  if (a === b) throw new ShapeError(`${op}: diagonal dimensions cannot be identical ${dim1}, ${dim2}`);
  return [a, b];
}

function diagonalLayout(input: Layout, offset: number, dim1: number, dim2: number): Layout {
  const [a, b] = planeOf("diagonal", dim1, dim2, input.shape.length);
  const [rows, columns] = [input.shape[a] as number, input.shape[b] as number];
  const [down, right] = [input.strides[a] as number, input.strides[b] as number];
  const length = Math.max(offset >= 0 ? Math.min(rows, columns - offset) : Math.min(rows + offset, columns), 0);
  const start = length === 0 ? 0 : offset >= 0 ? offset * right : -offset * down;
  return {
    shape: [...input.shape.filter((_, d) => d !== a && d !== b), length],
    strides: [...input.strides.filter((_, d) => d !== a && d !== b), down + right],
    offset: input.offset + start,
  };
}

type DiagonalArgs = Args<[offset: number, dim1: number, dim2: number], { offset?: number; dim1?: number; dim2?: number }>;

/**
 * The diagonal of matrices in dimensions `dim1` and `dim2`, as a view with it in the last dimension. A positive `offset` is above the main one.
 * @throws {ShapeError} if `dim1` and `dim2` are the same.
 */
export const diagonal: Op<(input: Tensor, ...args: DiagonalArgs) => Tensor> = view(
  "diagonal(Tensor input, int offset=0, int dim1=0, int dim2=1)",
  {
    layout: diagonalLayout,
    gradient: embedded(diagonalLayout),
  },
);

/**
 * Matrices in dimensions `dim1` and `dim2` of the result, zero but for a diagonal, which is the last dimension of `input`.
 * @throws {ShapeError} if `dim1` and `dim2` are the same.
 */
export const diagEmbed: Op<(input: Tensor, ...args: DiagonalArgs) => Tensor> = primitive(
  "diagEmbed(Tensor input, int offset=0, int dim1=-2, int dim2=-1)",
  {
    forward: (input, offset, dim1, dim2) => {
      const rank = input.shape.length + 1;
      const [a, b] = planeOf("diagEmbed", dim1, dim2, rank);
      wrapDim("diagEmbed", -1, input.shape.length);
      if (input.shape.length === 0) throw new ShapeError("diagEmbed: expected at least a 1-dimensional tensor");
      const size = (input.shape[rank - 2] as number) + Math.abs(offset);
      const others = input.shape.slice(0, -1);
      const shape = Array.from({ length: rank }, (_, d) => (d === a || d === b ? size : (others.shift() as number)));
      return embed(input, shape, diagonalLayout({ shape, strides: contiguousStrides(shape), offset: 0 }, offset, dim1, dim2));
    },
    gradient: { input: (grad, { offset, dim1, dim2 }) => grad.diagonal(offset, dim1, dim2) },
  },
);

/**
 * A matrix with a vector on its diagonal, or a copy of a matrix's diagonal.
 * @throws {ShapeError} for other ranks.
 */
export const diag: Op<(input: Tensor, ...args: Args<[diagonal: number], { diagonal?: number }>) => Tensor> = composite(
  "diag(Tensor input, int diagonal=0)",
  (input, offset) => {
    const rank = input.shape.length;
    if (rank !== 1 && rank !== 2) throw new ShapeError(`diag: diag(): Supports 1D or 2D tensors. Got ${rank}D`);
    return rank === 1 ? input.diagEmbed(offset) : input.diagonal(offset).clone();
  },
);

/** A matrix with all elements of a tensor on its diagonal. */
export const diagflat: Op<(input: Tensor, ...args: Args<[offset: number], { offset?: number }>) => Tensor> = composite(
  "diagflat(Tensor input, int offset=0)",
  (input, offset) => input.reshape(-1).diagEmbed(offset),
);

/**
 * The sum of a matrix's diagonal; integers are summed as int64.
 * @throws {ShapeError} if the input is no matrix.
 */
export const trace: Op<(input: Tensor) => Tensor> = composite("trace(Tensor input)", (input) => {
  if (input.shape.length !== 2)
    throw new ShapeError(`trace: expected a matrix, but got tensor with dim ${input.shape.length}: ${formatShape(input.shape)}`);
  if (input.dtype.kind === "bool") throw new DTypeError("trace: \"trace\" not implemented for 'Bool'");
  return input.diagonal().sum();
});

/**
 * Writes `value` on the main diagonal, in place: the places whose indices are all equal. With `wrap`, the diagonal of a tall matrix starts
 * again below each row that follows its end.
 * @throws {ShapeError} for less than two dimensions, or for more of different sizes.
 */
export const fillDiagonal_: Op<(input: Tensor, fillValue: number, ...args: Args<[wrap: boolean], { wrap?: boolean }>) => Tensor> =
  composite("fillDiagonal_(Tensor input, float fillValue, bool wrap=false)", (input, fillValue, wrap) => {
    const { shape, strides, offset } = input;
    const [rows, columns] = shape;
    if (rows === undefined || columns === undefined)
      throw new ShapeError(`fillDiagonal_: dimensions must larger than 1, got ${shape.length}`);
    if (shape.length > 2 && shape.some((n) => n !== rows))
      throw new ShapeError(`fillDiagonal_: all dimensions of input must be of equal length, got ${formatShape(shape)}`);
    const step = strides.reduce((a, b) => a + b, 0);
    const size = Math.min(...shape);
    input.asStrided([size], [step], offset).fill_(fillValue);
    if (wrap && shape.length === 2 && rows > columns + 1) {
      const wrapped = Math.ceil(input.count / (columns + 1)) - size;
      input.asStrided([wrapped], [step], offset + (strides[0] as number) * (columns + 1)).fill_(fillValue);
    }
    return input;
  });
