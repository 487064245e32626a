/** Pooling composed of other operations: the reverse of max pooling, and power averages. */

import { int64 } from "../../core/dtype.js";
import { DTypeError, IndexError, ShapeError } from "../../core/errors.js";
import { formatShape, type Shape, sameShape } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { checkBounds } from "../indexing/bounds.js";
import { avgPool1d, avgPool2d, avgPool3d } from "./averagePool.js";
import { maxPool1d, maxPool2d, maxPool3d } from "./maxPool.js";
import { type Rank, type Sizes, sizesOf } from "./spatial.js";
import { flattened, pooledShape } from "./windows.js";

type Unpool = Op<
  (
    input: Tensor,
    indices: Tensor,
    kernelSize: Sizes,
    ...args: Args<
      [stride: Sizes | null, padding: Sizes, outputSize: readonly number[] | null],
      { stride?: Sizes | null; padding?: Sizes; outputSize?: readonly number[] | null }
    >
  ) => Tensor
>;

/** The sizes that max pooling came from: those asked for, which may differ by less than a step from what follows from the windows. */
function unpooledSizes(
  op: string,
  input: Tensor,
  rank: Rank,
  kernel: Shape,
  stride: Shape,
  padding: Shape,
  asked: readonly number[] | null,
): Shape {
  const usual = kernel.map(
    (k, d) => ((input.shape[input.shape.length - rank + d] as number) - 1) * (stride[d] as number) + k - 2 * (padding[d] as number),
  );
  if (asked === null) return usual;
  const size = asked.length === rank + 2 ? asked.slice(2) : asked;
  if (size.length !== rank)
    throw new ShapeError(
      `${op}: output_size should be a sequence containing ${rank} or ${rank + 2} elements, but it has a length of '${asked.length}'`,
    );
  size.forEach((n, d) => {
    const [low, high] = [(usual[d] as number) - (stride[d] as number), (usual[d] as number) + (stride[d] as number)];
    if (!(low < n && n < high))
      throw new ShapeError(`${op}: invalid output_size "(${size.join(", ")})" (dim ${d} must be between ${low} and ${high})`);
  });
  return size;
}

const maxUnpool = (op: string, rank: Rank): Unpool =>
  composite(
    `${op}(Tensor input, Tensor indices, int[] kernelSize, int[]? stride=null, int[] padding=[0], int[]? outputSize=null)`,
    (input, indices, kernelSize, stride, padding, outputSize) => {
      const kernel = sizesOf(op, "kernel_size", kernelSize, rank);
      const steps = stride === null || stride.length === 0 ? kernel : sizesOf(op, "stride", stride, rank);
      if (indices.dtype !== int64)
        throw new DTypeError(`${op}: elements in indices should be type int64 but got: ${indices.dtype.scalarName}`);
      if (!sameShape(input.shape, indices.shape))
        throw new ShapeError(
          `${op}: Expected shape of indices to be same as that of the input tensor (${formatShape(input.shape)}) but got indices tensor with shape: ${formatShape(indices.shape)}`,
        );
      if ((input.shape.length !== rank + 1 && input.shape.length !== rank + 2) || input.shape.slice(-rank - 1).includes(0)) {
        throw new ShapeError(
          `${op}: Input to ${op} should be a ${rank + 1}d or ${rank + 2}d Tensor with non-zero sizes, but got ${formatShape(input.shape)}`,
        );
      }
      const size = unpooledSizes(op, input, rank, kernel, steps, sizesOf(op, "padding", padding, rank), outputSize);
      if (size.some((n) => n < 0))
        throw new ShapeError(`${op}: output_size must contain non-negative spatial dimensions, but got ${formatShape(size)}`);
      const volume = size.reduce((n, k) => n * k, 1);
      checkBounds(indices, 0, volume, (bad) => {
        throw new IndexError(`${op}: Found an invalid max index: ${bad} (output volumes are of size ${size.join("x")})`);
      });
      const blank = input.newZeros([...input.shape.slice(0, -rank), volume]);
      return blank.scatter(-1, flattened(indices, rank), flattened(input, rank)).reshape(pooledShape(input.shape, size));
    },
  );

/**
 * The reverse of `maxPool1d`: elements at the places that `indices` give, zeros elsewhere.
 * @throws {IndexError} for a place outside of the result.
 */
export const maxUnpool1d: Unpool = maxUnpool("maxUnpool1d", 1);

/**
 * The reverse of `maxPool2d`: elements at the places of the flattened image that `indices` give, zeros elsewhere.
 * @throws {IndexError} for a place outside of the result.
 */
export const maxUnpool2d: Unpool = maxUnpool("maxUnpool2d", 2);

/**
 * The reverse of `maxPool3d`: elements at the places of the flattened volume that `indices` give, zeros elsewhere.
 * @throws {IndexError} for a place outside of the result.
 */
export const maxUnpool3d: Unpool = maxUnpool("maxUnpool3d", 3);

type LpPool = Op<
  (
    input: Tensor,
    normType: number,
    kernelSize: Sizes,
    ...args: Args<[stride: Sizes | null, ceilMode: boolean], { stride?: Sizes | null; ceilMode?: boolean }>
  ) => Tensor
>;

const lpPool = (op: string, rank: Rank, averages: typeof avgPool2d | typeof avgPool1d, maxima: typeof maxPool2d): LpPool =>
  composite(
    `${op}(Tensor input, float normType, int[] kernelSize, int[]? stride=null, bool ceilMode=false)`,
    (input, normType, kernelSize, stride, ceilMode) => {
      const kernel = sizesOf(op, "kernel_size", kernelSize, rank);
      if (Math.abs(normType) === Number.POSITIVE_INFINITY) {
        const sign = Math.sign(normType);
        return maxima(input.abs().mul(sign), kernel, stride, 0, 1, ceilMode).mul(sign);
      }
      const out = averages(input.pow(normType), kernel, stride, 0, ceilMode);
      return out
        .sign()
        .mul(out.abs().relu())
        .mul(kernel.reduce((n, k) => n * k, 1))
        .pow(1 / normType);
    },
  );

/**
 * Power averages of windows of a signal, `(Σ xᵖ)^(1/p)` with `p = normType`: `[N, C, L] → [N, C, L']`.
 * @throws {ShapeError} if no window fits.
 */
export const lpPool1d: LpPool = lpPool("lpPool1d", 1, avgPool1d, maxPool1d);

/**
 * Power averages of windows of an image, `(Σ xᵖ)^(1/p)` with `p = normType`: `[N, C, H, W] → [N, C, H', W']`.
 * @throws {ShapeError} if no window fits.
 */
export const lpPool2d: LpPool = lpPool("lpPool2d", 2, avgPool2d, maxPool2d);

/**
 * Power averages of windows of a volume, `(Σ xᵖ)^(1/p)` with `p = normType`: `[N, C, D, H, W] → [N, C, D', H', W']`.
 * @throws {ShapeError} if no window fits.
 */
export const lpPool3d: LpPool = lpPool("lpPool3d", 3, avgPool3d, maxPool3d);
