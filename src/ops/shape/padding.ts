/** Padding: tensors enlarged (or cut) at the ends of their last dimensions. */

import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import { copyInto } from "../../tensor/copy.js";
import { emptyOn, type Scalar, tensorOver } from "../../tensor/create.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { cat } from "./joining.js";

/** The amounts of padding of dimension `d`, `[before, after]`: `pad` lists them from the last dimension on. */
function amounts(pad: readonly number[], rank: number, d: number): readonly [number, number] {
  const k = 2 * (rank - 1 - d);
  return [pad[k] ?? 0, pad[k + 1] ?? 0];
}

function paddedShape(input: Tensor, pad: readonly number[]): number[] {
  const rank = input.shape.length;
  if (pad.length % 2 !== 0) throw new ShapeError(`constantPadNd: Length of pad must be even but instead it equals ${pad.length}`);
  if (pad.length > 2 * rank) {
    throw new ShapeError(
      `constantPadNd: Length of pad should be no more than twice the number of dimensions of the input. Pad length is ${pad.length} while the input has ${rank} dimensions.`,
    );
  }
  return input.shape.map((n, d) => {
    const [before, after] = amounts(pad, rank, d);
    if (n + Math.min(before, 0) + Math.min(after, 0) < 0) {
      throw new ShapeError(
        `constantPadNd: narrow(): length must be non-negative. The input size ${n}, plus negative padding ${before} and ${after} resulted in a negative size. Check dimension ${d} of your input.`,
      );
    }
    return n + before + after;
  });
}

/**
 * `input` with `value` around it: `pad` gives how much before and after the last dimension, then the one before it, and so on. Negative amounts cut.
 * @throws {ShapeError} if more is cut than there is.
 */
export const constantPadNd: Op<
  (input: Tensor, pad: number | readonly number[], ...args: Args<[value: Scalar], { value?: Scalar }>) => Tensor
> = primitive("constantPadNd(Tensor input, int[] pad, Scalar value=0)", {
  forward: (input, pad, value) => {
    const rank = input.shape.length;
    const shape = paddedShape(input, pad);
    const out = emptyOn(input.storage.backend, shape, input.dtype);
    if (pad.some((n) => n > 0)) out.fill_(value);
    const kept: number[] = [];
    let [from, to] = [input.offset, 0];
    for (let d = 0; d < rank; d++) {
      const [before, after] = amounts(pad, rank, d);
      const size = (input.shape[d] as number) + Math.min(before, 0) + Math.min(after, 0);
      kept.push(size);
      from += Math.max(-before, 0) * (input.strides[d] as number);
      to += Math.max(before, 0) * (out.strides[d] as number);
    }
    copyInto(tensorOver(out.storage, kept, out.strides, to, out.dtype), tensorOver(input.storage, kept, input.strides, from, input.dtype));
    return out;
  },
  gradient: {
    input: (grad, { pad }) =>
      constantPadNd(
        grad,
        pad.map((n) => -n),
      ),
  },
});

/** How a place outside of a dimension of `n` elements is filled, for places from `begin` to `end` (not included) on one side of it. */
type Fill = (input: Tensor, d: number, n: number, begin: number, end: number) => Tensor;

const fills: { readonly [mode in "reflect" | "replicate" | "circular"]: Fill } = {
  // Place -s shows element s; place n - 1 + s shows element n - 1 - s.
  reflect: (input, d, n, begin, end) => input.narrow(d, (begin < 0 ? 0 : 2 * (n - 1)) - end + 1, end - begin).flip(d),
  replicate: (input, d, n, begin, end) => {
    const shape = [...input.shape];
    shape[d] = end - begin;
    return input.narrow(d, begin < 0 ? 0 : n - 1, 1).expand(shape);
  },
  circular: (input, d, n, begin, end) => input.narrow(d, begin < 0 ? begin + n : begin - n, end - begin),
};

/** A dimension without what negative amounts of padding cut off. */
function cut(input: Tensor, d: number, before: number, after: number): Tensor {
  if (before >= 0 && after >= 0) return input;
  return input.narrow(d, Math.max(-before, 0), (input.shape[d] as number) + Math.min(before, 0) + Math.min(after, 0));
}

/** A dimension padded by pieces of itself: places -before … n + after - 1, those within it as they are. */
function padDim(input: Tensor, d: number, before: number, after: number, fill: Fill): Tensor {
  const n = input.shape[d] as number;
  const end = n + after;
  const pieces: Tensor[] = [];
  if (before > 0) pieces.push(fill(input, d, n, -before, Math.min(0, end)));
  const [from, to] = [Math.max(-before, 0), Math.min(n, end)];
  if (to > from) pieces.push(input.narrow(d, from, to - from));
  if (after > 0) pieces.push(fill(input, d, n, Math.max(n, -before), end));
  return pieces.length === 0 ? input.narrow(d, 0, 0) : cat(pieces, d);
}

type PaddingMode = keyof typeof fills;

const isPaddingMode = (mode: string): mode is PaddingMode => Object.hasOwn(fills, mode);

function checkPadding(input: Tensor, pad: readonly number[], mode: PaddingMode): void {
  const rank = input.shape.length;
  const dims = pad.length / 2;
  if (dims < 1 || dims > 3 || (rank !== dims + 1 && rank !== dims + 2)) {
    throw new ShapeError(
      `pad: Padding size ${pad.length} is not supported for ${rank}D input tensor. Supported combinations for non-constant padding: 2D or 3D input: padding size = 2 (pads last dimension); 3D or 4D input: padding size = 4 (pads last 2 dimensions); 4D or 5D input: padding size = 6 (pads last 3 dimensions)`,
    );
  }
  const batched = rank === dims + 2;
  if (input.shape.slice(batched ? 1 : 0).includes(0) && mode !== "circular") {
    throw new ShapeError(
      `pad: Expected ${dims + 1}D or ${dims + 2}D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: ${formatShape(input.shape)}`,
    );
  }
  if (input.dtype.kind === "bool" && mode !== "circular")
    throw new DTypeError(`pad: "${mode === "reflect" ? "reflection" : "replication"}_pad${dims}d" not implemented for 'Bool'`);
  const sizes = input.shape
    .slice(rank - dims)
    .map((_, i) => checkAmounts(input, rank - dims + i, amounts(pad, rank, rank - dims + i), mode));
  if (mode !== "circular" && !sizes.some((n) => n > 0)) {
    throw new ShapeError(`pad: input ${formatShape(input.shape)} is too small. Calculated output sizes: ${formatShape(sizes)}`);
  }
}

/** The size of a padded dimension. */
function checkAmounts(input: Tensor, d: number, [before, after]: readonly [number, number], mode: PaddingMode): number {
  const n = input.shape[d] as number;
  if (mode === "reflect" && (before >= n || after >= n)) {
    throw new ShapeError(
      `pad: Padding size should be less than the corresponding input dimension, but got: padding (${before}, ${after}) at dimension ${d} of input ${formatShape(input.shape)}`,
    );
  }
  const kept = n + Math.min(before, 0) + Math.min(after, 0);
  if (mode === "circular" && kept >= 0 && (before > kept || after > kept))
    throw new ShapeError(`pad: Padding value causes wrapping around more than once: (${before}, ${after}) at dimension ${d} of size ${n}`);
  const size = n + before + after;
  if (size < 0 || (mode === "circular" && kept < 0)) {
    throw new ShapeError(
      `pad: Negative padding value is resulting in an empty dimension: input (${n}) is too small. Calculated output: ${size} at dimension ${d}`,
    );
  }
  return size;
}

/**
 * `input` enlarged at the ends of its last dimensions (negative amounts cut): with a constant, its own mirror image (`reflect`, the edge
 * not repeated), its edge (`replicate`), or its other end (`circular`).
 * @param pad how much before and after the last dimension, then the one before it, and so on.
 * @throws {ShapeError} if the mode does not support the padding.
 * @example
 * ```ts
 * torch.nn.functional.pad(torch.tensor([[1, 2, 3]]), [2, 1], "reflect").tolist(); // [[3, 2, 1, 2, 3, 2]]
 * ```
 */
export const pad: Op<
  (
    input: Tensor,
    pad: readonly number[],
    ...args: Args<[mode: "constant" | PaddingMode, value: number | null], { mode?: "constant" | PaddingMode; value?: number | null }>
  ) => Tensor
> = composite("pad(Tensor input, int[] pad, str mode='constant', float? value=null)", (input, amountsOfAll, mode, value) => {
  if (amountsOfAll.length % 2 !== 0) throw new ShapeError(`pad: Padding length must be divisible by 2, got ${formatShape(amountsOfAll)}`);
  if (amountsOfAll.length > 2 * input.shape.length)
    throw new ShapeError(
      `pad: Padding length should be less than or equal to two times the input dimension but got padding length ${amountsOfAll.length} and input of dimension ${input.shape.length}`,
    );
  if (mode === "constant") return constantPadNd(input, amountsOfAll, value ?? 0);
  if (value !== null && value !== 0) throw new ArgumentError(`pad: Padding mode "${mode}" doesn't take in value argument, got ${value}`);
  if (!isPaddingMode(mode)) throw new ArgumentError(`pad: Unrecognised padding mode ${mode}`);
  checkPadding(input, amountsOfAll, mode);
  const rank = input.shape.length;
  let result = input;
  for (let d = rank - amountsOfAll.length / 2; d < rank; d++) {
    const [before, after] = amounts(amountsOfAll, rank, d);
    if (before === 0 && after === 0) continue;
    // The other end is that of what is left; mirror image and edge are those of the whole.
    if (mode === "circular") result = padDim(cut(result, d, before, after), d, Math.max(before, 0), Math.max(after, 0), fills.circular);
    else result = padDim(result, d, before, after, fills[mode]);
  }
  return result.storage.root === input.storage.root ? result.clone() : result;
});
