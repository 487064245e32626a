/** Matrices side by side on a diagonal. */

import { ArgumentError, ShapeError } from "../../core/errors.js";
import { ResultType } from "../../core/promotion.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { zeros } from "../create/filled.js";
import { cat } from "../shape/joining.js";

/** A tensor of at most two dimensions as a matrix: a vector is a row. */
function asMatrix(tensor: unknown, i: number): Tensor {
  if (!(tensor instanceof Tensor)) throw new ArgumentError(`blockDiag: expected tensors, got ${typeof tensor} at position ${i}`);
  const rank = tensor.shape.length;
  if (rank > 2) throw new ShapeError(`blockDiag: Input tensors must have 2 or fewer dimensions. Input ${i} has ${rank} dimensions`);
  return rank === 2 ? tensor : tensor.reshape([1, tensor.count]);
}

/**
 * A matrix with the given ones along its diagonal, and zeros elsewhere. Vectors and numbers count as matrices of one row.
 * @throws {ShapeError} if a tensor has more than two dimensions.
 */
export const blockDiag: Op<(...tensors: Tensor[] | [readonly Tensor[]]) => Tensor> = composite("blockDiag(...any tensors)", (tensors) => {
  const blocks = (tensors as readonly unknown[]).map(asMatrix);
  if (blocks.length === 0) return zeros(1, 0);
  const type = new ResultType();
  for (const block of blocks) type.tensor(block.dtype, 2);
  const { dtype } = type;
  const width = blocks.reduce((n, block) => n + (block.shape[1] as number), 0);
  let before = 0;
  const rows = blocks.map((block) => {
    const [height, columns] = block.shape as [number, number];
    const made = cat(
      [block.newZeros([height, before], { dtype }), block.to(dtype), block.newZeros([height, width - before - columns], { dtype })],
      1,
    );
    before += columns;
    return made;
  });
  return cat(rows, 0);
});
