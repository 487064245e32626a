/** Views in the shape of another tensor, and other ways to name a new shape or order of dimensions. */

import { ShapeError } from "../../core/errors.js";
import { formatShape, inferShape, numelOf, wrapDim } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type SizesNamed, transpose } from "./views.js";

/** `input.expand(other.shape)` */
export const expandAs: Op<(input: Tensor, other: Tensor) => Tensor> = composite("expandAs(Tensor input, Tensor other)", (input, other) =>
  input.expand(other.shape),
);

/** `input.view(other.shape)` */
export const viewAs: Op<(input: Tensor, other: Tensor) => Tensor> = composite("viewAs(Tensor input, Tensor other)", (input, other) =>
  input.view(other.shape),
);

/** `input.reshape(other.shape)` */
export const reshapeAs: Op<(input: Tensor, other: Tensor) => Tensor> = composite("reshapeAs(Tensor input, Tensor other)", (input, other) =>
  input.reshape(other.shape),
);

/** A view in which dimensions of size 1 are repeated without copying, as broadcasting would. */
export const broadcastTo: Op<(input: Tensor, ...size: SizesNamed<"size">) => Tensor> = composite(
  "broadcastTo(Tensor input, ...int[] size)",
  (input, size) => input.expand(size),
);

/** All elements in one dimension: a view where possible, else a copy. */
export const ravel: Op<(input: Tensor) => Tensor> = composite("ravel(Tensor input)", (input) => input.contiguous().view(-1));

/**
 * A view with dimension `dim` split into several, of which one size may be -1.
 * @throws {ShapeError} if the sizes do not multiply up to the size of the dimension.
 * @example
 * ```ts
 * torch.zeros(2, 6).unflatten(1, [3, -1]).shape; // [2, 3, 2]
 * ```
 */
export const unflatten: Op<(input: Tensor, dim: number, sizes: number | readonly number[]) => Tensor> = composite(
  "unflatten(Tensor input, int dim, int[] sizes)",
  (input, dim, sizes) => {
    const d = wrapDim("unflatten", dim, input.shape.length);
    if (sizes.length === 0) throw new ShapeError("unflatten: sizes must be non-empty");
    const size = input.shape[d] ?? 1;
    const known = numelOf(sizes.filter((n) => n !== -1));
    const fits = sizes.includes(-1) ? (known === 0 ? size === 0 : size % known === 0) : known === size;
    if (!fits) {
      throw new ShapeError(
        `unflatten: Provided sizes ${formatShape(sizes)} don't multiply up to the size of dim ${d} (${size}) in the input tensor`,
      );
    }
    return input.view([...input.shape.slice(0, d), ...inferShape("unflatten", sizes, size), ...input.shape.slice(d + 1)]);
  },
);

type Dims = number | readonly number[];

/**
 * A view with dimensions moved from `source` to `destination`; the others keep their order.
 * @throws {ShapeError} if a dimension is named twice, or the lists differ in length.
 */
export const movedim: Op<(input: Tensor, source: Dims, destination: Dims) => Tensor> = composite(
  "movedim(Tensor input, int[] source, int[] destination)",
  (input, source, destination) => {
    const rank = input.shape.length;
    if (source.length !== destination.length) {
      throw new ShapeError(
        `movedim: Invalid source or destination dims: source (${formatShape(source)} dims) should contain the same number of dims as destination (${formatShape(destination)} dims)`,
      );
    }
    const from = wrapAll(source, rank, "source");
    const to = wrapAll(destination, rank, "destination");
    if (rank === 0) return input.permute([]);
    const order = new Array<number>(rank).fill(-1);
    to.forEach((d, i) => {
      order[d] = from[i] as number;
    });
    const others = order.map((_, d) => d).filter((d) => !from.includes(d));
    return input.permute(order.map((d) => (d >= 0 ? d : (others.shift() as number))));
  },
);

function wrapAll(dims: readonly number[], rank: number, name: string): number[] {
  const wrapped = dims.map((dim) => wrapDim("movedim", dim, rank));
  if (new Set(wrapped).size < wrapped.length) throw new ShapeError(`movedim: repeated dim in \`${name}\` (${formatShape(dims)})`);
  return wrapped;
}

/** The same as `movedim`. */
export const moveaxis: typeof movedim = movedim;

/** The same as `transpose`. */
export const swapaxes: typeof transpose = transpose;

/** The same as `transpose`. */
export const swapdims: typeof transpose = transpose;

/**
 * The complex conjugate of matrices' transposes, over the last two dimensions; a 0-d tensor is only conjugated.
 * @throws {ShapeError} for one dimension.
 */
export const adjoint: Op<(input: Tensor) => Tensor> = composite("adjoint(Tensor input)", (input) => {
  const rank = input.shape.length;
  if (rank === 1) throw new ShapeError("adjoint: tensor.adjoint() is only supported on matrices or batches of matrices. Got 1-D tensor.");
  return rank === 0 ? input.conj() : input.transpose(-2, -1).conj();
});
