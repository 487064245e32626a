/** Transforms along several dimensions: functions of `torch.fft`. */

import { ArgumentError } from "../../core/errors.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { type Axes, asComplex, asReal, axesOf, firstHalf, fitted, type Norm, scaleFor, transformAlong, wholeSpectrum } from "./spectrum.js";

type Sizes = readonly number[] | null;

type Transform = Op<(input: Tensor, ...args: Args<[s: Sizes, dim: Sizes, norm: Norm], { s?: Sizes; dim?: Sizes; norm?: Norm }>) => Tensor>;

/** How a transform is made of those along single dimensions. */
type Body = (op: string, input: Tensor, s: Sizes, dim: Sizes, norm: string | null) => Tensor;

/** The transform of two dimensions, by default the last ones. */
const ofTwo = (op: string, body: Body): Transform =>
  composite(`${op}(Tensor input, int[]? s=null, int[] dim=[-2 -1], str? norm=null)`, (input, s, dim, norm) =>
    body(op, input, s, dim, norm),
  );

/** The transform of any number of dimensions, by default all. */
const ofAny = (op: string, body: Body): Transform =>
  composite(`${op}(Tensor input, int[]? s=null, int[]? dim=null, str? norm=null)`, (input, s, dim, norm) => body(op, input, s, dim, norm));

/** Transforms along all dimensions but those after `count`. */
function along(op: string, input: Tensor, { dims, sizes }: Axes, count: number, inverse: boolean, norm: string | null): Tensor {
  let result = input;
  for (let i = count - 1; i >= 0; i--) {
    const [d, n] = [dims[i] as number, sizes[i] as number];
    result = transformAlong(fitted(result, d, n), d, inverse, scaleFor(op, norm, n, inverse));
  }
  return result;
}

const complexBody =
  (inverse: boolean): Body =>
  (op, given, s, dim, norm) => {
    const axes = axesOf(op, given, s, dim, false);
    const input = asComplex(op, given);
    return axes.dims.length === 0 ? input.clone() : along(op, input, axes, axes.dims.length, inverse, norm);
  };

function lastOf(op: string, { dims, sizes }: Axes): readonly [dim: number, size: number] {
  const last = dims.length - 1;
  if (last < 0) throw new ArgumentError(`${op}: ${op} must transform at least one axis`);
  return [dims[last] as number, sizes[last] as number];
}

const fromRealBody =
  (inverse: boolean): Body =>
  (op, given, s, dim, norm) => {
    const input = asReal(op, given);
    const axes = axesOf(op, given, s, dim, false);
    const [d, n] = lastOf(op, axes);
    const half = firstHalf(transformAlong(asComplex(op, fitted(input, d, n)), d, inverse, scaleFor(op, norm, n, inverse)), d);
    return along(op, half, axes, axes.dims.length - 1, inverse, norm);
  };

const toRealBody =
  (inverse: boolean): Body =>
  (op, given, s, dim, norm) => {
    const axes = axesOf(op, given, s, dim, true);
    const [d, n] = lastOf(op, axes);
    const half = along(op, asComplex(op, given), axes, axes.dims.length - 1, inverse, norm);
    return transformAlong(wholeSpectrum(half, d, n), d, inverse, scaleFor(op, norm, n, inverse)).real;
  };

/**
 * `fft` along two dimensions, by default the last.
 * @throws {ArgumentError} if sizes and dimensions do not fit.
 */
export const fft2: Transform = ofTwo("fft2", complexBody(false));

/**
 * `fft` along several dimensions, by default all; `s` gives their sizes, to which the input is cut or filled with zeros.
 * @throws {ArgumentError} if sizes and dimensions do not fit.
 */
export const fftn: Transform = ofAny("fftn", complexBody(false));

/**
 * The inverse of `fft2`.
 * @throws {ArgumentError} if sizes and dimensions do not fit.
 */
export const ifft2: Transform = ofTwo("ifft2", complexBody(true));

/**
 * The inverse of `fftn`.
 * @throws {ArgumentError} if sizes and dimensions do not fit.
 */
export const ifftn: Transform = ofAny("ifftn", complexBody(true));

/**
 * `fft2` of real numbers: the first half along the last dimension, which determines the other.
 * @throws {DTypeError} for a complex input.
 */
export const rfft2: Transform = ofTwo("rfft2", fromRealBody(false));

/**
 * `fftn` of real numbers: the first half along the last dimension, which determines the other.
 * @throws {DTypeError} for a complex input.
 */
export const rfftn: Transform = ofAny("rfftn", fromRealBody(false));

/**
 * The inverse of `rfft2`: real numbers, whose last size is `2·(size - 1)` unless given.
 * @throws {ArgumentError} if sizes and dimensions do not fit.
 */
export const irfft2: Transform = ofTwo("irfft2", toRealBody(true));

/**
 * The inverse of `rfftn`: real numbers, whose last size is `2·(size - 1)` unless given.
 * @throws {ArgumentError} if sizes and dimensions do not fit.
 */
export const irfftn: Transform = ofAny("irfftn", toRealBody(true));

/**
 * `hfft` along the last of two dimensions, and `fft` along the other.
 * @throws {ArgumentError} if sizes and dimensions do not fit.
 */
export const hfft2: Transform = ofTwo("hfft2", toRealBody(false));

/**
 * `hfft` along the last of several dimensions, and `fft` along the others.
 * @throws {ArgumentError} if sizes and dimensions do not fit.
 */
export const hfftn: Transform = ofAny("hfftn", toRealBody(false));

/**
 * The inverse of `hfft2`.
 * @throws {DTypeError} for a complex input.
 */
export const ihfft2: Transform = ofTwo("ihfft2", fromRealBody(true));

/**
 * The inverse of `hfftn`.
 * @throws {DTypeError} for a complex input.
 */
export const ihfftn: Transform = ofAny("ihfftn", fromRealBody(true));
