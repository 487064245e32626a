/** Reversing, rotating and shifting along dimensions. */

import { IndexError, ShapeError } from "../../core/errors.js";
import { wrapDim, wrapDims } from "../../core/shape.js";
import { copyInto, denseCopy } from "../../tensor/copy.js";
import { emptyOn, tensorOver } from "../../tensor/create.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { SizesNamed } from "./views.js";

/**
 * A copy with the order of elements reversed along dimensions.
 * @throws {IndexError} if a dimension is out of range or given twice.
 * @example
 * ```ts
 * torch.arange(3).flip(0).tolist(); // [2, 1, 0]
 * ```
 */
export const flip: Op<(input: Tensor, ...dims: SizesNamed<"dims">) => Tensor> = primitive("flip(Tensor input, ...int[] dims)", {
  forward: (input, dims) => {
    const flipped = new Set(wrapDims("flip", dims, input.shape.length));
    if (flipped.size === 0 || input.count === 0) return denseCopy(input);
    const strides = input.strides.map((s, d) => (flipped.has(d) ? -s : s));
    const last = [...flipped].reduce((at, d) => at + ((input.shape[d] as number) - 1) * (input.strides[d] as number), input.offset);
    return denseCopy(tensorOver(input.storage, input.shape, strides, last, input.dtype));
  },
  gradient: { input: (grad, { dims }) => grad.flip(dims) },
});

/**
 * A copy with the columns in reverse order.
 * @throws {ShapeError} for less than two dimensions.
 */
export const fliplr: Op<(input: Tensor) => Tensor> = composite("fliplr(Tensor input)", (input) => {
  if (input.shape.length < 2) throw new ShapeError(`fliplr: Input must be >= 2-d. Got ${input.shape.length}-d`);
  return input.flip(1);
});

/**
 * A copy with the rows in reverse order.
 * @throws {ShapeError} for a 0-d tensor.
 */
export const flipud: Op<(input: Tensor) => Tensor> = composite("flipud(Tensor input)", (input) => {
  if (input.shape.length < 1) throw new ShapeError("flipud: Input must be >= 1-d. Got 0-d");
  return input.flip(0);
});

/** One dimension's shift: the two parts that change places, each as [start in the source, start in the result, length]. */
function movesOf(size: number, shift: number): (readonly [number, number, number])[] {
  const by = size === 0 ? 0 : ((shift % size) + size) % size;
  return by === 0
    ? [[0, 0, size]]
    : [
        [0, by, size - by],
        [size - by, 0, by],
      ];
}

/** A copy with every dimension shifted around: each of its parts is one strided copy. */
function rolled(input: Tensor, shifts: readonly number[]): Tensor {
  const out = emptyOn(input.storage.backend, input.shape, input.dtype);
  const copyPart = (d: number, shape: readonly number[], from: number, to: number): void => {
    if (d === input.shape.length) {
      copyInto(
        tensorOver(out.storage, shape, out.strides, to, out.dtype),
        tensorOver(input.storage, shape, input.strides, from, input.dtype),
      );
      return;
    }
    for (const [source, target, length] of movesOf(input.shape[d] as number, shifts[d] as number)) {
      copyPart(d + 1, [...shape, length], from + source * (input.strides[d] as number), to + target * (out.strides[d] as number));
    }
  };
  copyPart(0, [], input.offset, 0);
  return out;
}

const rollOp: Op<(input: Tensor, shifts: readonly number[], dims: readonly number[]) => Tensor> = primitive(
  "roll(Tensor input, int[] shifts, int[] dims)",
  {
    forward: (input, shifts, dims) => {
      const total = input.shape.map(() => 0);
      dims.forEach((dim, i) => {
        if (input.shape.length === 0) throw new IndexError(`roll: Dimension specified as ${dim} but tensor has no dimensions`);
        const d = wrapDim("roll", dim, input.shape.length);
        total[d] = (total[d] as number) + (shifts[i] as number);
      });
      return rolled(input, total);
    },
    gradient: {
      input: (grad, { shifts, dims }) =>
        grad.roll(
          shifts.map((shift) => -shift),
          dims,
        ),
    },
  },
);

/**
 * A copy with elements shifted along dimensions; those that leave at one end come in at the other. Without `dims`, along the flattened tensor.
 * @throws {ShapeError} if there are not as many shifts as dimensions.
 * @example
 * ```ts
 * torch.arange(4).roll(1).tolist(); // [3, 0, 1, 2]
 * ```
 */
export const roll: Op<
  (
    input: Tensor,
    ...args: Args<
      [shifts: number | readonly number[], dims: number | readonly number[]],
      { shifts?: number | readonly number[]; dims?: number | readonly number[] }
    >
  ) => Tensor
> = composite("roll(Tensor input, int[] shifts, int[] dims=[])", (input, shifts, dims) => {
  if (shifts.length === 0) throw new ShapeError("roll: `shifts` required");
  if (dims.length === 0 && shifts.length === 1) return rollOp(input.reshape(-1), shifts, [0]).view(input.shape);
  if (dims.length !== shifts.length)
    throw new ShapeError(`roll: shifts and dimensions must align. shifts: ${shifts.length}, dims:${dims.length}`);
  return rollOp(input, shifts, dims);
});

/**
 * A copy rotated by `k` quarter turns in the plane of two dimensions, from the first towards the second.
 * @throws {ShapeError} if not two different dimensions are given.
 */
export const rot90: Op<
  (input: Tensor, ...args: Args<[k: number, dims: readonly number[]], { k?: number; dims?: readonly number[] }>) => Tensor
> = composite("rot90(Tensor input, int k=1, int[] dims=[0 1])", (input, k, dims) => {
  const rank = input.shape.length;
  if (dims.length !== 2) throw new ShapeError(`rot90: expected total rotation dims == 2, but got dims = ${dims.length}`);
  if (rank < 2) throw new ShapeError(`rot90: expected total dims >= 2, but got total dims = ${rank}`);
  const [dim0, dim1] = dims as [number, number];
  const [a, b] = [wrapDim("rot90", dim0, rank), wrapDim("rot90", dim1, rank)];
  if (a === b) throw new ShapeError(`rot90: expected rotation dims to be different, but got dim0 = ${dim0} and dim1 = ${dim1}`);
  switch (((k % 4) + 4) % 4) {
    case 1:
      return input.flip(b).transpose(a, b);
    case 2:
      return input.flip(a, b);
    case 3:
      return input.flip(a).transpose(a, b);
    default:
      return input.clone();
  }
});
