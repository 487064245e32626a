/** The order of frequencies: functions of `torch.fft`. */

import type { Device } from "../../core/device.js";
import { type DType, getDefaultDtype } from "../../core/dtype.js";
import { ArgumentError, DTypeError } from "../../core/errors.js";
import { wrapDims } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { finish, OPTIONS, type TensorOptions } from "../create/blank.js";
import { arange } from "../create/ranges.js";
import { roll } from "../shape/flipping.js";
import { cat } from "../shape/joining.js";

type Shift = Op<
  (input: Tensor, ...args: Args<[dim: number | readonly number[] | null], { dim?: number | readonly number[] | null }>) => Tensor
>;

const shift = (op: string, by: (n: number) => number): Shift =>
  composite(`${op}(Tensor input, int[]? dim=null)`, (input, dim) => {
    const dims = wrapDims(op, dim, input.shape.length);
    if (dims.length === 0) return input.clone();
    return roll(
      input,
      dims.map((d) => by(input.shape[d] as number)),
      dims,
    );
  });

/**
 * The output of `fft` with frequency zero brought from the beginning to the middle, along all dimensions or those given.
 * @example
 * ```ts
 * torch.fft.fftshift(torch.fft.fftfreq(4)); // tensor([-0.5000, -0.2500, 0.0000, 0.2500])
 * ```
 */
export const fftshift: Shift = shift("fftshift", (n) => Math.floor(n / 2));

/** The reverse of `fftshift`: frequency zero comes first. */
export const ifftshift: Shift = shift("ifftshift", (n) => Math.floor((n + 1) / 2));

type Frequencies = Op<(n: number, ...args: Args<[d: number], TensorOptions & { d?: number }>) => Tensor>;

type Order = (n: number, options: { readonly dtype: DType; readonly device: Device | null }) => Tensor;

const frequencies = (op: string, order: Order): Frequencies =>
  composite(`${op}(int n, float d=1, ${OPTIONS})`, (n, d, dtype, device, requiresGrad) => {
    const type = dtype ?? getDefaultDtype();
    if (!type.isFloatingPoint && !type.isComplex)
      throw new DTypeError(`${op}: ${op} requires a floating point or complex dtype, got ${type.scalarName}`);
    if (n <= 0) throw new ArgumentError(`${op}: Invalid number of data points (${n}) specified`);
    return finish(order(n, { dtype: type, device }).mul(1 / (n * d)), requiresGrad);
  });

/**
 * The frequencies of the `n` elements of `fft` for samples `d` apart: `[0, 1, …, ⌊(n-1)/2⌋, -⌊n/2⌋, …, -1]/(d·n)`.
 * @throws {ArgumentError} if `n` is less than 1.
 */
export const fftfreq: Frequencies = frequencies("fftfreq", (n, options) =>
  cat([arange(0, Math.ceil(n / 2), options), arange(-Math.floor(n / 2), 0, options)]),
);

/**
 * The frequencies of the elements of `rfft` of `n` samples `d` apart: `[0, 1, …, ⌊n/2⌋]/(d·n)`.
 * @throws {ArgumentError} if `n` is less than 1.
 */
export const rfftfreq: Frequencies = frequencies("rfftfreq", (n, options) => arange(0, Math.floor(n / 2) + 1, options));
