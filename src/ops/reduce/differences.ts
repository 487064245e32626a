/** Differences along a dimension, as a method of tensors. */

import { ArgumentError, ShapeError } from "../../core/errors.js";
import { wrapDim } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { cat } from "../shape/joining.js";

/**
 * The `n`-th differences `input[i + 1] - input[i]` along a dimension, after joining `prepend` and `append` to it.
 * @throws {ArgumentError} for a negative `n`.
 * @example
 * ```ts
 * torch.tensor([1, 4, 9]).diff(); // tensor([3., 5.])
 * ```
 */
export const diff: Op<
  (
    input: Tensor,
    ...args: Args<
      [n: number, dim: number, prepend: Tensor | null, append: Tensor | null],
      { n?: number; dim?: number; prepend?: Tensor | null; append?: Tensor | null }
    >
  ) => Tensor
> = composite("diff(Tensor input, int n=1, int dim=-1, Tensor? prepend=null, Tensor? append=null)", (input, n, dim, prepend, append) => {
  const rank = input.shape.length;
  if (rank === 0) throw new ShapeError("diff: diff expects input to be at least one-dimensional");
  const d = wrapDim("diff", dim, rank);
  for (const [name, other] of [
    ["prepend", prepend],
    ["append", append],
  ] as const) {
    if (other !== null && other.shape.length !== rank)
      throw new ShapeError(
        `diff: diff expects prepend or append to be the same dimension as input, but ${name} has ${other.shape.length} dimensions and the input ${rank}`,
      );
  }
  if (n < 0) throw new ArgumentError(`diff: order must be non-negative but got ${n}`);
  if (n === 0) return input.clone();
  const pieces = [prepend, input, append].filter((piece) => piece !== null);
  let result = pieces.length === 1 ? input : cat(pieces, d);
  const steps = Math.min(n, result.shape[d] as number);
  for (let i = 0; i < steps; i++) {
    const size = result.shape[d] as number;
    const [after, before] = [result.narrow(d, Math.min(1, size), Math.max(size - 1, 0)), result.narrow(d, 0, Math.max(size - 1, 0))];
    result = result.dtype.kind === "bool" ? after.logicalXor(before) : after.sub(before);
  }
  return result;
});
