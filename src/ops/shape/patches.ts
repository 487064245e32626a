/** Patches of images as columns of a matrix, and their sum: convolution as matrix multiplication is made of these. */

import { DTypeError, ShapeError } from "../../core/errors.js";
import { contiguousStrides, formatShape } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { embed } from "./embedding.js";
import { constantPadNd } from "./padding.js";
import { foldWindows } from "./windows.js";

type Pair = readonly [number, number];

/** One number for height and width, or both. */
function pairOf(op: string, name: string, given: readonly number[]): Pair {
  const [height, width = height] = given;
  if (given.length > 2 || height === undefined || width === undefined)
    throw new ShapeError(`${op}: It is expected ${name} equals to 2, but got size ${given.length}`);
  return [height, width];
}

/** How a kernel moves over an image. */
interface Sliding {
  readonly kernel: Pair;
  readonly dilation: Pair;
  readonly padding: Pair;
  readonly stride: Pair;
}

function slidingOf(
  op: string,
  kernelSize: readonly number[],
  dilation: readonly number[],
  padding: readonly number[],
  stride: readonly number[],
): Sliding {
  const sliding: Sliding = {
    kernel: pairOf(op, "kernel_size", kernelSize),
    dilation: pairOf(op, "dilation", dilation),
    padding: pairOf(op, "padding", padding),
    stride: pairOf(op, "stride", stride),
  };
  const positive = (what: string, name: string, [height, width]: Pair): void => {
    if (height <= 0 || width <= 0)
      throw new ShapeError(`${op}: ${what} should be greater than zero, but got ${name}_height: ${height} ${name}_width: ${width}`);
  };
  positive("kernel size", "kernel", sliding.kernel);
  positive("dilation", "dilation", sliding.dilation);
  positive("stride", "stride", sliding.stride);
  if (sliding.padding.some((n) => n < 0))
    throw new ShapeError(
      `${op}: padding should be non-negative, but got pad_height: ${sliding.padding[0]} pad_width: ${sliding.padding[1]}`,
    );
  return sliding;
}

/** The number of elements that a dilated kernel reaches over, down and across. */
const reach = ({ kernel, dilation }: Sliding): Pair => [dilation[0] * (kernel[0] - 1) + 1, dilation[1] * (kernel[1] - 1) + 1];

/** The number of places of the kernel, down and across. */
function blocksOf(size: Pair, sliding: Sliding): Pair {
  const span = reach(sliding);
  const along = (k: 0 | 1): number => Math.floor((size[k] + 2 * sliding.padding[k] - span[k]) / sliding.stride[k]) + 1;
  return [along(0), along(1)];
}

const describe = ({ kernel, dilation, padding, stride }: Sliding): string =>
  `kernel_size=(${kernel.join(", ")}), dilation=(${dilation.join(", ")}), padding=(${padding.join(", ")}), stride=(${stride.join(", ")})`;

function checkDType(op: string, kernel: string, input: Tensor): void {
  if (input.dtype.kind === "int") throw new DTypeError(`${op}: "${kernel}" not implemented for '${input.dtype.scalarName}'`);
}

type SlidingArgs = Args<
  [dilation: number | readonly number[], padding: number | readonly number[], stride: number | readonly number[]],
  { dilation?: number | readonly number[]; padding?: number | readonly number[]; stride?: number | readonly number[] }
>;

/**
 * All patches that a kernel covers while it moves over images, as columns: `[N, C, H, W] → [N, C·kh·kw, L]` for `L` places of the kernel.
 * @throws {ShapeError} if the kernel does not fit.
 */
export const unfold: Op<(input: Tensor, kernelSize: number | readonly number[], ...args: SlidingArgs) => Tensor> = composite(
  "unfold(Tensor input, int[] kernelSize, int[] dilation=[1], int[] padding=[0], int[] stride=[1])",
  (input, kernelSize, dilation, padding, stride) => {
    const sliding = slidingOf("unfold", kernelSize, dilation, padding, stride);
    const rank = input.shape.length;
    if ((rank !== 3 && rank !== 4) || input.shape.slice(rank - 3).includes(0)) {
      throw new ShapeError(
        `unfold: Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: ${formatShape(input.shape)}`,
      );
    }
    checkDType("unfold", "im2col_out_cpu", input);
    const [height, width] = input.shape.slice(-2) as [number, number];
    const [down, across] = blocksOf([height, width], sliding);
    if (down < 1 || across < 1) {
      throw new ShapeError(
        `unfold: Given input with spatial size (${height}, ${width}), ${describe(sliding)}, calculated shape of the array of sliding blocks as (${down}, ${across}), but its components must be at least one.`,
      );
    }
    const images = rank === 3 ? input.unsqueeze(0) : input;
    const [batch, channels] = images.shape as [number, number];
    const [kernel, { padding: pad, dilation: apart, stride: steps }, span] = [sliding.kernel, sliding, reach(sliding)];
    const padded = pad[0] + pad[1] > 0 ? constantPadNd(images, [pad[1], pad[1], pad[0], pad[0]]) : images;
    const windows = padded.unfold(2, span[0], steps[0]).unfold(3, span[1], steps[1]);
    const taken = windows.slice(4, 0, null, apart[0]).slice(5, 0, null, apart[1]);
    const columns = taken.permute(0, 1, 4, 5, 2, 3).reshape(batch, channels * kernel[0] * kernel[1], down * across);
    return rank === 3 ? columns.squeeze(0) : columns;
  },
);

/** Windows with their elements `apart` from each other, zeros between them, along the last two dimensions. */
function dilated(windows: Tensor, apart: Pair, span: Pair): Tensor {
  if (apart[0] === 1 && apart[1] === 1) return windows;
  const shape = [...windows.shape.slice(0, -2), ...span];
  const strides = contiguousStrides(shape).map((s, d) => (d < shape.length - 2 ? s : s * (apart[d - shape.length + 2] as number)));
  return embed(windows, shape, { shape: windows.shape, strides, offset: 0 });
}

/**
 * The sum of patches, each where it lay in images of `outputSize`: `[N, C·kh·kw, L] → [N, C, H, W]`, the reverse of `unfold` up to the overlaps.
 * @throws {ShapeError} if the number of patches does not fit.
 */
export const fold: Op<
  (input: Tensor, outputSize: number | readonly number[], kernelSize: number | readonly number[], ...args: SlidingArgs) => Tensor
> = composite(
  "fold(Tensor input, int[] outputSize, int[] kernelSize, int[] dilation=[1], int[] padding=[0], int[] stride=[1])",
  (input, outputSize, kernelSize, dilation, padding, stride) => {
    const [height, width] = pairOf("fold", "output_size", outputSize);
    const sliding = slidingOf("fold", kernelSize, dilation, padding, stride);
    const rank = input.shape.length;
    if ((rank !== 2 && rank !== 3) || input.shape.slice(rank - 2).includes(0)) {
      throw new ShapeError(
        `fold: Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, but got: ${formatShape(input.shape)}`,
      );
    }
    checkDType("fold", "col2im_out_cpu", input);
    const { kernel, padding: pad, dilation: apart, stride: steps } = sliding;
    const columns = rank === 2 ? input.unsqueeze(0) : input;
    const [batch, rows, length] = columns.shape as [number, number, number];
    const size = kernel[0] * kernel[1];
    if (rows % size !== 0)
      throw new ShapeError(
        `fold: Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)=${rows} and kernel_size=(${kernel.join(", ")}).`,
      );
    const [down, across] = blocksOf([height, width], sliding);
    if (down < 1 || across < 1 || down * across !== length) {
      throw new ShapeError(
        `fold: Given output_size=(${height}, ${width}), ${describe(sliding)}, expected size of input's dimension 2 to match the calculated number of sliding blocks ${down} * ${across} = ${down * across}, but got input.size(2)=${length}.`,
      );
    }
    const channels = rows / size;
    const span = reach(sliding);
    const taken = columns.reshape(batch, channels, kernel[0], kernel[1], down, across).permute(0, 1, 4, 5, 2, 3);
    const [fullHeight, fullWidth] = [height + 2 * pad[0], width + 2 * pad[1]];
    const rowsOfWindows = foldWindows(dilated(taken, apart, span), [batch, channels, down, fullWidth, span[0]], 3, span[1], steps[1]);
    const padded = foldWindows(rowsOfWindows, [batch, channels, fullHeight, fullWidth], 2, span[0], steps[0]);
    const images = padded.narrow(2, pad[0], height).narrow(3, pad[1], width);
    return rank === 2 ? images.squeeze(0) : images;
  },
);
