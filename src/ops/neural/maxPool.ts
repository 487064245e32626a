/** Max pooling: functions of `torch` and `torch.nn.functional`. */

import { int64 } from "../../core/dtype.js";
import type { Shape } from "../../core/shape.js";
import { emptyOn } from "../../tensor/create.js";
import { composite, primitive } from "../../tensor/define/index.js";
import { type Args, type Op, type OverloadedOp, overloaded } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { Rank, Sizes } from "./spatial.js";
import { adaptiveSizes, asPlanes, checkPieces, checkPooled, flattened, pooledShape, windowsOf } from "./windows.js";

/** The largest elements of windows, and their places in the flattened spatial dimensions. */
export type PooledIndices = readonly [output: Tensor, indices: Tensor] & { readonly output: Tensor; readonly indices: Tensor };

type Checked = Op<
  (
    input: Tensor,
    kernel: readonly number[],
    stride: readonly number[],
    padding: readonly number[],
    dilation: readonly number[],
    size: Shape,
  ) => PooledIndices
>;

/** Max pooling with checked arguments; without `kernel`, over pieces that each dimension is cut into. */
const pool: Checked = primitive("maxPool(Tensor input, int[] kernel, int[] stride, int[] padding, int[] dilation, int[] size)", {
  forward: (input, kernel, stride, padding, dilation, size) => {
    const { backend } = input.storage;
    const shape = pooledShape(input.shape, size);
    const [out, indices] = [emptyOn(backend, shape, input.dtype), emptyOn(backend, shape, int64)];
    const window = kernel.length === 0 ? null : { kernel, stride, padding, dilation };
    backend.kernels.maxPool(asPlanes(out, size.length), asPlanes(indices, size.length), asPlanes(input, size.length), window);
    return [out, indices];
  },
  gradient: {
    input: (grad, { given, outs, size }) => spread(grad, outs[1] as Tensor, given.input.shape.slice(-size.length)),
  },
  results: ["output", "indices"],
  gradName: (_input, kernel, _stride, _padding, _dilation, size) =>
    size.length === 1
      ? "SqueezeBackward1"
      : kernel.length === 0
        ? `AdaptiveMaxPool${size.length}DBackward0`
        : `MaxPool${size.length}DWithIndicesBackward0`,
});

/** Adds gradients of windows to where their elements came from; `size` gives the spatial sizes of the result. */
const spread: Op<(grad: Tensor, indices: Tensor, size: Shape) => Tensor> = primitive(
  "maxPoolBackward(Tensor grad, Tensor indices, int[] size)",
  {
    forward: (grad, indices, size) => {
      const { backend } = grad.storage;
      const out = emptyOn(backend, pooledShape(grad.shape, size), grad.dtype);
      backend.kernels.maxPoolBackward(asPlanes(out, size.length), asPlanes(grad, size.length), asPlanes(indices, size.length));
      return out;
    },
    gradient: {
      grad: (grad, { given, indices, size }) =>
        flattened(grad, size.length).gather(-1, flattened(indices, size.length)).reshape(given.grad.shape),
    },
  },
);

type MaxPoolArgs<R extends boolean> = Args<
  [stride: Sizes | null, padding: Sizes, dilation: Sizes, ceilMode: boolean, returnIndices: R],
  { stride?: Sizes | null; padding?: Sizes; dilation?: Sizes; ceilMode?: boolean; returnIndices?: R }
>;

interface MaxPool {
  (input: Tensor, kernelSize: Sizes, ...args: MaxPoolArgs<false>): Tensor;
  (input: Tensor, kernelSize: Sizes, ...args: MaxPoolArgs<true>): PooledIndices;
  (input: Tensor, kernelSize: Sizes, ...args: MaxPoolArgs<boolean>): Tensor | PooledIndices;
}

const WINDOWS = "int[] kernelSize, int[]? stride=null, int[] padding=[0], int[] dilation=[1], bool ceilMode=false";

const maxPool = (op: string, rank: Rank): OverloadedOp<MaxPool> =>
  overloaded(
    composite(
      `${op}(Tensor input, ${WINDOWS}, bool returnIndices=false)`,
      (input, kernelSize, strides, paddings, dilations, ceilMode, returnIndices) => {
        const { kernel, stride, padding, dilation, size } = windowsOf(op, input, rank, {
          kernelSize,
          stride: strides,
          padding: paddings,
          dilation: dilations,
          ceilMode,
        });
        checkPooled(op, input, true);
        const pooled = pool(input, kernel, stride, padding, dilation, size);
        return returnIndices ? pooled : pooled.output;
      },
    ),
  );

/**
 * The largest element of each window of a signal, `[N, C, L] → [N, C, L']` or `[C, L] → [C, L']`; windows are `kernelSize` apart unless
 * `stride` says otherwise. With `returnIndices` also their places.
 * @throws {ShapeError} if no window fits.
 * @example
 * ```ts
 * torch.nn.functional.maxPool1d(torch.tensor([[1, 5, 2, 3]]), 2).tolist(); // [[5, 3]]
 * ```
 */
export const maxPool1d: OverloadedOp<MaxPool> = maxPool("maxPool1d", 1);

/**
 * The largest element of each window of an image, `[N, C, H, W] → [N, C, H', W']`, with
 * `H' = ⌊(H + 2·padding - dilation·(kernelSize - 1) - 1)/stride⌋ + 1` (rounded up with `ceilMode`).
 * @throws {ShapeError} if no window fits.
 */
export const maxPool2d: OverloadedOp<MaxPool> = maxPool("maxPool2d", 2);

/**
 * The largest element of each window of a volume, `[N, C, D, H, W] → [N, C, D', H', W']`.
 * @throws {ShapeError} if no window fits.
 */
export const maxPool3d: OverloadedOp<MaxPool> = maxPool("maxPool3d", 3);

type WithIndices = Op<
  (
    input: Tensor,
    kernelSize: Sizes,
    ...args: Args<
      [stride: Sizes | null, padding: Sizes, dilation: Sizes, ceilMode: boolean],
      { stride?: Sizes | null; padding?: Sizes; dilation?: Sizes; ceilMode?: boolean }
    >
  ) => PooledIndices
>;

const withIndices = (op: string, plain: OverloadedOp<MaxPool>): WithIndices =>
  composite(`${op}(Tensor input, ${WINDOWS})`, (input, kernelSize, stride, padding, dilation, ceilMode) =>
    plain(input, kernelSize, stride, padding, dilation, ceilMode, true),
  );

/** `maxPool1d` with `returnIndices`: the largest elements and their places. */
export const maxPool1dWithIndices: WithIndices = withIndices("maxPool1dWithIndices", maxPool1d);

/** `maxPool2d` with `returnIndices`: the largest elements and their places in the flattened image. */
export const maxPool2dWithIndices: WithIndices = withIndices("maxPool2dWithIndices", maxPool2d);

/** `maxPool3d` with `returnIndices`: the largest elements and their places in the flattened volume. */
export const maxPool3dWithIndices: WithIndices = withIndices("maxPool3dWithIndices", maxPool3d);

/** A size for every dimension, or one for each; null leaves a dimension as it is. */
export type AdaptiveSizes = number | null | readonly (number | null)[];

interface AdaptiveMaxPool {
  (input: Tensor, outputSize: AdaptiveSizes, ...args: Args<[returnIndices: false], { returnIndices?: false }>): Tensor;
  (input: Tensor, outputSize: AdaptiveSizes, ...args: Args<[returnIndices: true], { returnIndices?: true }>): PooledIndices;
  (input: Tensor, outputSize: AdaptiveSizes, ...args: Args<[returnIndices: boolean], { returnIndices?: boolean }>): Tensor | PooledIndices;
}

const adaptiveMaxPool = (op: string, rank: Rank): OverloadedOp<AdaptiveMaxPool> =>
  overloaded(
    composite(`${op}(Tensor input, any outputSize, bool returnIndices=false)`, (input, outputSize, returnIndices) => {
      const size = adaptiveSizes(op, input, rank, outputSize);
      checkPieces(op, input, rank);
      const pooled = pool(input, [], [], [], [], size);
      return returnIndices ? pooled : pooled.output;
    }),
  );

/**
 * The largest elements of `outputSize` pieces of a signal, the i-th from `⌊i·L/outputSize⌋` to before `⌈(i+1)·L/outputSize⌉`.
 * @throws {ShapeError} if the input is no signal.
 */
export const adaptiveMaxPool1d: OverloadedOp<AdaptiveMaxPool> = adaptiveMaxPool("adaptiveMaxPool1d", 1);

/**
 * The largest elements of the pieces that an image is cut into, `[N, C, H, W] → [N, C, …outputSize]`.
 * @throws {ShapeError} if the input is no image.
 */
export const adaptiveMaxPool2d: OverloadedOp<AdaptiveMaxPool> = adaptiveMaxPool("adaptiveMaxPool2d", 2);

/**
 * The largest elements of the pieces that a volume is cut into, `[N, C, D, H, W] → [N, C, …outputSize]`.
 * @throws {ShapeError} if the input is no volume.
 */
export const adaptiveMaxPool3d: OverloadedOp<AdaptiveMaxPool> = adaptiveMaxPool("adaptiveMaxPool3d", 3);
