/** Average pooling: functions of `torch` and `torch.nn.functional`. */

import type { AverageWindow } from "../../backend/contract.js";
import { int64 } from "../../core/dtype.js";
import { ArgumentError, DTypeError } from "../../core/errors.js";
import type { Shape } from "../../core/shape.js";
import { emptyOn } from "../../tensor/create.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { AdaptiveSizes } from "./maxPool.js";
import type { Rank, Sizes } from "./spatial.js";
import { adaptiveSizes, asPlanes, checkPieces, checkPooled, pooledShape, windowsOf } from "./windows.js";

type Checked = Op<
  (
    tensor: Tensor,
    kernel: readonly number[],
    stride: readonly number[],
    padding: readonly number[],
    countIncludePad: boolean,
    divisor: number | null,
    size: Shape,
  ) => Tensor
>;

const windowOf = (
  kernel: readonly number[],
  stride: readonly number[],
  padding: readonly number[],
  countIncludePad: boolean,
  divisor: number | null,
): AverageWindow | null => (kernel.length === 0 ? null : { kernel, stride, padding, countIncludePad, divisor });

/** Average pooling with checked arguments; without `kernel`, over pieces that each dimension is cut into. */
const pool: Checked = primitive(
  "avgPool(Tensor input, int[] kernel, int[] stride, int[] padding, bool countIncludePad, int? divisor, int[] size)",
  {
    forward: (input, kernel, stride, padding, countIncludePad, divisor, size) => {
      const out = emptyOn(input.storage.backend, pooledShape(input.shape, size), input.dtype);
      out.storage.backend.kernels.avgPool(
        asPlanes(out, size.length),
        asPlanes(input, size.length),
        windowOf(kernel, stride, padding, countIncludePad, divisor),
      );
      return out;
    },
    gradient: {
      input: (grad, { given, kernel, stride, padding, countIncludePad, divisor, size }) =>
        poolBackward(grad, kernel, stride, padding, countIncludePad, divisor, given.input.shape.slice(-size.length)),
    },
    gradName: (_input, kernel, _stride, _padding, _count, _divisor, size) =>
      size.length === 1 ? "SqueezeBackward1" : `${kernel.length === 0 ? "Adaptive" : ""}AvgPool${size.length}DBackward0`,
  },
);

/** Gradients shared by the elements of their windows. */
const poolBackward: Checked = primitive(
  "avgPoolBackward(Tensor grad, int[] kernel, int[] stride, int[] padding, bool countIncludePad, int? divisor, int[] size)",
  {
    forward: (grad, kernel, stride, padding, countIncludePad, divisor, size) => {
      const out = emptyOn(grad.storage.backend, pooledShape(grad.shape, size), grad.dtype);
      out.storage.backend.kernels.avgPoolBackward(
        asPlanes(out, size.length),
        asPlanes(grad, size.length),
        windowOf(kernel, stride, padding, countIncludePad, divisor),
      );
      return out;
    },
    gradient: {
      grad: (grad, { given, kernel, stride, padding, countIncludePad, divisor, size }) =>
        pool(grad, kernel, stride, padding, countIncludePad, divisor, given.grad.shape.slice(-size.length)),
    },
  },
);

const SIGNATURE = "Tensor input, int[] kernelSize, int[]? stride=null, int[] padding=[0], bool ceilMode=false, bool countIncludePad=true";

type AvgPool1d = Op<
  (
    input: Tensor,
    kernelSize: Sizes,
    ...args: Args<
      [stride: Sizes | null, padding: Sizes, ceilMode: boolean, countIncludePad: boolean],
      { stride?: Sizes | null; padding?: Sizes; ceilMode?: boolean; countIncludePad?: boolean }
    >
  ) => Tensor
>;

type AvgPool = Op<
  (
    input: Tensor,
    kernelSize: Sizes,
    ...args: Args<
      [stride: Sizes | null, padding: Sizes, ceilMode: boolean, countIncludePad: boolean, divisorOverride: number | null],
      { stride?: Sizes | null; padding?: Sizes; ceilMode?: boolean; countIncludePad?: boolean; divisorOverride?: number | null }
    >
  ) => Tensor
>;

type Given = readonly [
  kernelSize: readonly number[],
  stride: readonly number[] | null,
  padding: readonly number[],
  ceilMode: boolean,
  countIncludePad: boolean,
  divisor: number | null,
];

function averaged(
  op: string,
  input: Tensor,
  rank: Rank,
  [kernelSize, strides, paddings, ceilMode, countIncludePad, divisor]: Given,
): Tensor {
  const { kernel, stride, padding, size } = windowsOf(op, input, rank, { kernelSize, stride: strides, padding: paddings, ceilMode });
  if (divisor === 0) throw new ArgumentError(`${op}: divisor must be not zero`);
  checkPooled(op, input, true);
  if (input.dtype.kind === "int" && input.dtype !== int64)
    throw new DTypeError(`${op}: "${op}" not implemented for '${input.dtype.scalarName}'`);
  return pool(input, kernel, stride, padding, countIncludePad, divisor, size);
}

/**
 * The average of each window of a signal, `[N, C, L] → [N, C, L']` or `[C, L] → [C, L']`; windows are `kernelSize` apart unless `stride` says
 * otherwise. Zeros of the padding count unless `countIncludePad` is false.
 * @throws {ShapeError} if no window fits.
 * @example
 * ```ts
 * torch.nn.functional.avgPool1d(torch.tensor([[1, 5, 2, 4]]), 2).tolist(); // [[3, 3]]
 * ```
 */
export const avgPool1d: AvgPool1d = composite(`avgPool1d(${SIGNATURE})`, (input, ...given) =>
  averaged("avgPool1d", input, 1, [...given, null]),
);

const avgPool = (op: string, rank: Rank): AvgPool =>
  composite(`${op}(${SIGNATURE}, int? divisorOverride=null)`, (input, ...given) => averaged(op, input, rank, given));

/**
 * The average of each window of an image, `[N, C, H, W] → [N, C, H', W']` with `H' = ⌊(H + 2·padding - kernelSize)/stride⌋ + 1`; sums are
 * divided by `divisorOverride` if it is given.
 * @throws {ShapeError} if no window fits.
 */
export const avgPool2d: AvgPool = avgPool("avgPool2d", 2);

/**
 * The average of each window of a volume, `[N, C, D, H, W] → [N, C, D', H', W']`.
 * @throws {ShapeError} if no window fits.
 */
export const avgPool3d: AvgPool = avgPool("avgPool3d", 3);

type AdaptiveAvgPool = Op<(input: Tensor, outputSize: AdaptiveSizes) => Tensor>;

const adaptiveAvgPool = (op: string, rank: Rank): AdaptiveAvgPool =>
  composite(`${op}(Tensor input, any outputSize)`, (input, outputSize) => {
    const size = adaptiveSizes(op, input, rank, outputSize);
    checkPooled(op, input, false);
    if (size.every((n) => n === 1))
      return input.mean(
        size.map((_, d) => d - rank),
        true,
      );
    checkPieces(op, input, rank);
    return pool(input, [], [], [], false, null, size);
  });

/**
 * The averages of `outputSize` pieces of a signal, the i-th from `⌊i·L/outputSize⌋` to before `⌈(i+1)·L/outputSize⌉`.
 * @throws {ShapeError} if the input is no signal.
 */
export const adaptiveAvgPool1d: AdaptiveAvgPool = adaptiveAvgPool("adaptiveAvgPool1d", 1);

/**
 * The averages of the pieces that an image is cut into, `[N, C, H, W] → [N, C, …outputSize]`; null leaves a size as it is.
 * @throws {ShapeError} if the input is no image.
 */
export const adaptiveAvgPool2d: AdaptiveAvgPool = adaptiveAvgPool("adaptiveAvgPool2d", 2);

/**
 * The averages of the pieces that a volume is cut into, `[N, C, D, H, W] → [N, C, …outputSize]`.
 * @throws {ShapeError} if the input is no volume.
 */
export const adaptiveAvgPool3d: AdaptiveAvgPool = adaptiveAvgPool("adaptiveAvgPool3d", 3);
