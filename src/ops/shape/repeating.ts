/** Repeating a tensor or its elements. */

import { ArgumentError, ShapeError } from "../../core/errors.js";
import { wrapDim } from "../../core/shape.js";
import { copyInto } from "../../tensor/copy.js";
import { emptyOn, tensorOver } from "../../tensor/create.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import type { SizesNamed } from "./views.js";

/** Every dimension of a repeated tensor as two: the copies, then the elements. */
const paired = (shape: readonly number[], repeats: readonly number[]): number[] => {
  const lead = repeats.length - shape.length;
  return repeats.flatMap((n, d) => [n, shape[d - lead] ?? 1]);
};

/**
 * The tensor repeated along its dimensions; more repeats than dimensions add dimensions in front.
 * @throws {ShapeError} if there are fewer repeats than dimensions.
 * @example
 * ```ts
 * torch.tensor([1, 2]).repeat(2, 2).tolist(); // [[1, 2, 1, 2], [1, 2, 1, 2]]
 * ```
 */
export const repeat: Op<(input: Tensor, ...repeats: SizesNamed<"repeats">) => Tensor> = primitive(
  "repeat(Tensor input, ...int[] repeats)",
  {
    forward: (input, repeats) => {
      const lead = repeats.length - input.shape.length;
      if (lead < 0)
        throw new ShapeError(
          `repeat: Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor: ${repeats.length} and ${input.shape.length}`,
        );
      const shape = repeats.map((n, d) => n * (input.shape[d - lead] ?? 1));
      const negative = shape.find((n, d) => n < 0 || (repeats[d] as number) < 0);
      if (negative !== undefined)
        throw new ShapeError(`repeat: Trying to create tensor with negative dimension ${negative}: [${shape.join(", ")}]`);
      const out = emptyOn(input.storage.backend, shape, input.dtype);
      const pairs = paired(input.shape, repeats);
      const source = tensorOver(
        input.storage,
        pairs,
        repeats.flatMap((_, d) => [0, input.strides[d - lead] ?? 0]),
        input.offset,
        input.dtype,
      );
      copyInto(out.view(pairs), source);
      return out;
    },
    gradient: {
      input: (grad, { given: { input, repeats } }) => {
        const lead = repeats.length - input.shape.length;
        if (grad.count === 0) return grad.newZeros(input.shape);
        const dims = repeats.map((_, d) => 2 * d);
        if (dims.length === 0) return grad;
        const summed = grad.reshape(paired(input.shape, repeats)).sum(dims);
        return lead === 0 ? summed : summed.reshape(input.shape);
      },
    },
  },
);

/** The tensor repeated along its dimensions; missing counts in front are 1. */
export const tile: Op<(input: Tensor, ...dims: SizesNamed<"dims">) => Tensor> = composite(
  "tile(Tensor input, ...int[] dims)",
  (input, dims) => {
    const missing = Math.max(input.shape.length - dims.length, 0);
    return input.repeat([...new Array<number>(missing).fill(1), ...dims]);
  },
);

/** For every element of the result, the position of the element that it repeats: how many start at or before it, less one. */
function repeatedPositions(repeats: Tensor, size: number): Tensor {
  const starts = repeats.cumsum(0).sub(repeats);
  const begun = repeats.newZeros([size + 1]).indexAdd(0, starts, repeats.newOnes(repeats.shape));
  return begun.cumsum(0).sub(1).narrow(0, 0, size);
}

function checkRepeats(repeats: Tensor, size: number): void {
  if (repeats.dtype.name !== "int64" && repeats.dtype.name !== "int32")
    throw new ArgumentError(`repeatInterleave: repeats has to be Long or Int tensor, got ${repeats.dtype.scalarName}`);
  if (repeats.shape.length > 1)
    throw new ShapeError(`repeatInterleave: repeats must be 0-dim or 1-dim tensor, got ${repeats.shape.length} dimensions`);
  if (repeats.count !== 1 && repeats.count !== size) {
    throw new ShapeError(
      `repeatInterleave: repeats must have the same size as input along dim, but got repeats.size(0) = ${repeats.count} and input.size(0) = ${size}`,
    );
  }
}

function interleaved(input: Tensor, repeats: Tensor, d: number, outputSize: number | null): Tensor {
  const size = input.shape[d] as number;
  checkRepeats(repeats, size);
  const counts = repeats.reshape(-1).expand(size).long();
  if (outputSize === null && counts.lt(0).any().item()) throw new ArgumentError(`repeatInterleave: repeats can not be negative: ${counts}`);
  return input.indexSelect(d, repeatedPositions(counts, outputSize ?? counts.sum().item()));
}

function evenlyInterleaved(input: Tensor, repeats: number, d: number): Tensor {
  if (repeats < 0) throw new ArgumentError(`repeatInterleave: repeats can not be negative, got ${repeats}`);
  const lead = input.shape.slice(0, d + 1);
  const rest = input.shape.slice(d + 1);
  const stretched = input.unsqueeze(d + 1).expand([...lead, repeats, ...rest]);
  return stretched.clone().view([...input.shape.slice(0, d), (input.shape[d] as number) * repeats, ...rest]);
}

/**
 * Each element repeated, `repeats` times or as often as a tensor says, along a dimension (null: of the flattened tensor).
 * Where `repeats` is a tensor, `outputSize` saves the device from having to tell its sum.
 * @throws {ShapeError} if there is not one count for each element.
 * @example
 * ```ts
 * torch.tensor([1, 2]).repeatInterleave(2).tolist(); // [1, 1, 2, 2]
 * ```
 */
export const repeatInterleave: Op<
  (
    input: Tensor,
    repeats: number | Tensor,
    ...args: Args<[dim: number | null], { dim?: number | null; outputSize?: number | null }>
  ) => Tensor
> = composite(
  "repeatInterleave(Tensor input, any repeats, int? dim=null, *, int? outputSize=null)",
  (given, repeats, dim, outputSize) => {
    const input = dim === null || given.shape.length === 0 ? given.reshape(-1) : given;
    const d = wrapDim("repeatInterleave", dim ?? 0, input.shape.length);
    if (repeats instanceof Tensor) return interleaved(input, repeats, d, outputSize);
    if (!Number.isInteger(Number(repeats)))
      throw new ArgumentError(`repeatInterleave(): argument 'repeats' must be int or Tensor, not ${typeof repeats}`);
    return evenlyInterleaved(input, Number(repeats), d);
  },
  { dynamicShape: true },
);
