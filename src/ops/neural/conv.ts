/** Convolutions: functions of `torch` and `torch.nn.functional`. */

import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape, type Shape } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { sameDevice } from "../indexing/bounds.js";
import { convolve, convolveTransposed } from "./convolution.js";
import { asBatch, type Rank, type Sizes } from "./spatial.js";

function expanded(op: string, name: string, given: readonly number[], rank: number): readonly number[] {
  if (given.length === rank) return given;
  if (given.length !== 1) {
    throw new ArgumentError(
      `${op}: expected ${name} to be a single integer value or a list of ${rank} values to match the convolution dimensions, but got ${name}=${formatShape(given)}`,
    );
  }
  return new Array<number>(rank).fill(given[0] as number);
}

/** Checks of the numbers that describe a convolution. */
function checkGeometry(
  op: string,
  stride: readonly number[],
  padding: readonly number[],
  dilation: readonly number[],
  groups: number,
): void {
  if (padding.some((n) => n < 0)) throw new ArgumentError(`${op}: negative padding is not supported, got padding=${formatShape(padding)}`);
  if (stride.some((n) => n <= 0)) throw new ArgumentError(`${op}: non-positive stride is not supported, got stride=${formatShape(stride)}`);
  if (dilation.some((n) => n <= 0))
    throw new ArgumentError(
      `${op}: non-positive dilation is not supported: dilation should be greater than zero, got dilation=${formatShape(dilation)}`,
    );
  if (groups <= 0) throw new ArgumentError(`${op}: non-positive groups is not supported, got groups=${groups}`);
}

function checkTensors(op: string, input: Tensor, weight: Tensor, bias: Tensor | null): void {
  sameDevice(op, input, weight, bias);
  const other = weight.dtype !== input.dtype ? weight : bias !== null && bias.dtype !== input.dtype ? bias : null;
  if (other !== null) {
    const [name, type] = other === weight ? ["weight", other.dtype] : ["bias", other.dtype];
    throw new DTypeError(
      `${op}: Input type (torch.${input.dtype.legacyName}Tensor) and ${name} type (torch.${type.legacyName}Tensor) should be the same. Convert one with .to(dtype).`,
    );
  }
  if (input.dtype.kind === "bool") throw new DTypeError(`${op}: "${op}" not implemented for 'Bool'`);
}

function checkRank(op: string, input: Tensor, rank: Rank): void {
  const { length } = input.shape;
  if (length !== rank + 1 && length !== rank + 2) {
    throw new ShapeError(
      `${op}: Expected ${rank + 1}D (unbatched) or ${rank + 2}D (batched) input to ${op}, but got input of size: ${formatShape(input.shape)}`,
    );
  }
}

/** Checks that channels, groups and bias fit; `input` has a batch dimension. */
function checkChannels(op: string, input: Tensor, weight: Tensor, bias: Tensor | null, groups: number, transposed: boolean): void {
  const [inputs, weights] = [formatShape(input.shape), formatShape(weight.shape)];
  const [first = 0, second = 0] = weight.shape;
  if (weight.shape.length !== input.shape.length) {
    throw new ShapeError(
      `${op}: Expected ${weight.shape.length}-dimensional input for ${weight.shape.length}-dimensional weight ${weights}, but got ${input.shape.length}-dimensional input of size ${inputs} instead`,
    );
  }
  if (first < groups)
    throw new ShapeError(
      `${op}: Given groups=${groups}, expected weight to be at least ${groups} at dimension 0, but got weight of size ${weights} instead`,
    );
  if (first % groups !== 0)
    throw new ShapeError(
      `${op}: Given groups=${groups}, expected weight to be divisible by ${groups} at dimension 0, but got weight of size ${weights} instead`,
    );
  const channels = transposed ? first : second * groups;
  if (input.shape[1] !== channels) {
    const given = transposed ? "transposed=1" : `groups=${groups}`;
    throw new ShapeError(
      `${op}: Given ${given}, weight of size ${weights}, expected input${inputs} to have ${channels} channels, but got ${input.shape[1]} channels instead`,
    );
  }
  const features = transposed ? second * groups : first;
  if (bias !== null && (bias.shape.length !== 1 || bias.count !== features)) {
    throw new ShapeError(
      `${op}: Given ${transposed ? "transposed=1, " : ""}weight of size ${weights}, expected bias to be 1-dimensional with ${features} elements, but got bias of size ${formatShape(bias.shape)} instead`,
    );
  }
}

/** The number of places of a kernel along each dimension, with `total` padding. */
function placesOf(
  op: string,
  input: Shape,
  kernel: Shape,
  stride: readonly number[],
  dilation: readonly number[],
  total: readonly number[],
): number[] {
  const padded = kernel.map((_, d) => (input[d + 2] as number) + (total[d] as number));
  const reach = kernel.map((k, d) => (dilation[d] as number) * (k - 1) + 1);
  if (kernel.includes(0) || reach.some((n, d) => n > (padded[d] as number))) {
    throw new ShapeError(
      `${op}: Calculated padded input size per channel: (${padded.join(" x ")}). Kernel size: (${reach.join(" x ")}). Kernel size can't be greater than actual input size, nor zero`,
    );
  }
  return padded.map((n, d) => Math.floor((n - (reach[d] as number)) / (stride[d] as number)) + 1);
}

/** Padding by name: as much as keeps the size, more of it behind where it is odd; or none. */
function namedPadding(
  op: string,
  name: string,
  kernel: Shape,
  stride: readonly number[],
  dilation: readonly number[],
): { readonly before: readonly number[]; readonly total: readonly number[] } {
  if (name !== "same" && name !== "valid") throw new ArgumentError(`${op}: Invalid padding string: '${name}'; it may be 'valid' or 'same'`);
  if (name === "same" && stride.some((n) => n !== 1))
    throw new ArgumentError(`${op}: padding='same' is not supported for strided convolutions, got stride=${formatShape(stride)}`);
  const total = kernel.map((k, d) => (name === "same" ? (dilation[d] as number) * (k - 1) : 0));
  return { before: total.map((n) => Math.floor(n / 2)), total };
}

function paddingOf(op: string, padding: unknown, rank: Rank): readonly number[] {
  const list: readonly unknown[] = Array.isArray(padding) ? padding : [padding];
  const numbers = list.map((n) => (typeof n === "bigint" ? Number(n) : n));
  if (!numbers.every((n): n is number => Number.isInteger(n)))
    throw new ArgumentError(`${op}(): argument 'padding' (position 5) must be int[] or 'same' or 'valid'`);
  return expanded(op, "padding", numbers, rank);
}

type Padding = Sizes | "same" | "valid";

type ConvOp = Op<
  (
    input: Tensor,
    weight: Tensor,
    ...args: Args<
      [bias: Tensor | null, stride: Sizes, padding: Padding, dilation: Sizes, groups: number],
      { bias?: Tensor | null; stride?: Sizes; padding?: Padding; dilation?: Sizes; groups?: number }
    >
  ) => Tensor
>;

const convolution = (op: string, rank: Rank): ConvOp =>
  composite(
    `${op}(Tensor input, Tensor weight, Tensor? bias=null, int[] stride=[1], any padding=0, int[] dilation=[1], int groups=1)`,
    (given, weight, bias, stride, padding, dilation, groups) => {
      checkRank(op, given, rank);
      const { input, unbatched } = asBatch(given, rank);
      checkTensors(op, input, weight, bias);
      const [steps, apart] = [expanded(op, "stride", stride, rank), expanded(op, "dilation", dilation, rank)];
      const kernel = weight.shape.slice(2);
      const numbers = typeof padding === "string" ? null : paddingOf(op, padding, rank);
      checkGeometry(op, steps, numbers ?? [], apart, groups);
      checkChannels(op, input, weight, bias, groups, false);
      const { before, total } =
        numbers === null
          ? namedPadding(op, padding as string, kernel, steps, apart)
          : { before: numbers, total: numbers.map((n) => 2 * n) };
      const size = placesOf(op, input.shape, kernel, steps, apart, total);
      const out = convolve(input, weight, bias, steps, before, apart, groups, size);
      return unbatched ? out.squeeze(0) : out;
    },
  );

type ConvTransposeOp = Op<
  (
    input: Tensor,
    weight: Tensor,
    ...args: Args<
      [bias: Tensor | null, stride: Sizes, padding: Sizes, outputPadding: Sizes, groups: number, dilation: Sizes],
      { bias?: Tensor | null; stride?: Sizes; padding?: Sizes; outputPadding?: Sizes; groups?: number; dilation?: Sizes }
    >
  ) => Tensor
>;

const transposedConvolution = (op: string, rank: Rank): ConvTransposeOp =>
  composite(
    `${op}(Tensor input, Tensor weight, Tensor? bias=null, int[] stride=[1], int[] padding=[0], int[] outputPadding=[0], int groups=1, int[] dilation=[1])`,
    (given, weight, bias, stride, padding, outputPadding, groups, dilation) => {
      checkRank(op, given, rank);
      const { input, unbatched } = asBatch(given, rank);
      checkTensors(op, input, weight, bias);
      const [steps, apart] = [expanded(op, "stride", stride, rank), expanded(op, "dilation", dilation, rank)];
      const [before, behind] = [expanded(op, "padding", padding, rank), expanded(op, "output_padding", outputPadding, rank)];
      checkGeometry(op, steps, before, apart, groups);
      if (behind.some((n) => n < 0))
        throw new ArgumentError(`${op}: negative output_padding is not supported, got output_padding=${formatShape(behind)}`);
      checkChannels(op, input, weight, bias, groups, true);
      if (behind.some((n, d) => n >= (steps[d] as number) && n >= (apart[d] as number))) {
        throw new ArgumentError(
          `${op}: output padding must be smaller than either stride or dilation, but got output_padding=${formatShape(behind)}, stride=${formatShape(steps)}, dilation=${formatShape(apart)}`,
        );
      }
      const size = weight.shape
        .slice(2)
        .map(
          (k, d) =>
            ((input.shape[d + 2] as number) - 1) * (steps[d] as number) -
            2 * (before[d] as number) +
            (apart[d] as number) * (k - 1) +
            (behind[d] as number) +
            1,
        );
      if (size.some((n) => n < 0)) {
        throw new ShapeError(
          `${op}: Given input size per channel: (${input.shape.slice(2).join(" x ")}). Calculated output size per channel: (${size.join(" x ")}). Output size is too small`,
        );
      }
      const out = convolveTransposed(input, weight, bias, steps, before, apart, groups, size);
      return unbatched ? out.squeeze(0) : out;
    },
  );

/**
 * Convolution (cross-correlation) of signals: `out[n, o, p] = bias[o] + Σ input[n, c, p·stride + k·dilation - padding] · weight[o, c, k]`.
 *
 * Shapes: `input` `[N, Ci, L]` or `[Ci, L]`, `weight` `[Co, Ci/groups, K]`, `bias` `[Co]`; the result has
 * `⌊(L + 2·padding - dilation·(K - 1) - 1)/stride⌋ + 1` places. `padding: "same"` keeps the length.
 * @throws {ShapeError} if channels do not fit or the kernel is larger than the padded input.
 * @example
 * ```ts
 * torch.nn.functional.conv1d(torch.tensor([[1, 2, 3]]), torch.tensor([[[1, -1]]])).tolist(); // [[-1, -1]]
 * ```
 */
export const conv1d: ConvOp = convolution("conv1d", 1);

/**
 * Convolution (cross-correlation) of images: `input` `[N, Ci, H, W]` or `[Ci, H, W]`, `weight` `[Co, Ci/groups, kH, kW]`, `bias` `[Co]`;
 * each size of the result is `⌊(size + 2·padding - dilation·(k - 1) - 1)/stride⌋ + 1`.
 * @throws {ShapeError} if channels do not fit or the kernel is larger than the padded input.
 */
export const conv2d: ConvOp = convolution("conv2d", 2);

/**
 * Convolution (cross-correlation) of volumes: `input` `[N, Ci, D, H, W]` or `[Ci, D, H, W]`, `weight` `[Co, Ci/groups, kD, kH, kW]`, `bias` `[Co]`.
 * @throws {ShapeError} if channels do not fit or the kernel is larger than the padded input.
 */
export const conv3d: ConvOp = convolution("conv3d", 3);

/**
 * Transposed convolution of signals, the gradient of `conv1d` with respect to its input: `input` `[N, Ci, L]` or `[Ci, L]`, `weight`
 * `[Ci, Co/groups, K]`, `bias` `[Co]`; the result is `(L - 1)·stride - 2·padding + dilation·(K - 1) + outputPadding + 1` long.
 * @throws {ShapeError} if channels do not fit or nothing would be left.
 */
export const convTranspose1d: ConvTransposeOp = transposedConvolution("convTranspose1d", 1);

/**
 * Transposed convolution of images, the gradient of `conv2d` with respect to its input: `input` `[N, Ci, H, W]` or `[Ci, H, W]`, `weight`
 * `[Ci, Co/groups, kH, kW]`, `bias` `[Co]`; each size is `(size - 1)·stride - 2·padding + dilation·(k - 1) + outputPadding + 1`.
 * @throws {ShapeError} if channels do not fit or nothing would be left.
 */
export const convTranspose2d: ConvTransposeOp = transposedConvolution("convTranspose2d", 2);

/**
 * Transposed convolution of volumes, the gradient of `conv3d` with respect to its input: `input` `[N, Ci, D, H, W]` or `[Ci, D, H, W]`,
 * `weight` `[Ci, Co/groups, kD, kH, kW]`, `bias` `[Co]`.
 * @throws {ShapeError} if channels do not fit or nothing would be left.
 */
export const convTranspose3d: ConvTransposeOp = transposedConvolution("convTranspose3d", 3);
