/** Transforms along one dimension: functions of `torch.fft`. */

import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import {
  asComplex,
  asReal,
  axisOf,
  checkPoints,
  firstHalf,
  fitted,
  type Norm,
  scaleFor,
  transformAlong,
  wholeSpectrum,
} from "./spectrum.js";

type Transform = Op<
  (input: Tensor, ...args: Args<[n: number | null, dim: number, norm: Norm], { n?: number | null; dim?: number; norm?: Norm }>) => Tensor
>;

const ARGUMENTS = "Tensor input, int? n=null, int dim=-1, str? norm=null";

const complexTransform = (op: string, inverse: boolean): Transform =>
  composite(`${op}(${ARGUMENTS})`, (given, n, dim, norm) => {
    const d = axisOf(op, given, dim);
    const input = asComplex(op, given);
    const size = checkPoints(op, n ?? (input.shape[d] as number));
    return transformAlong(fitted(input, d, size), d, inverse, scaleFor(op, norm, size, inverse));
  });

/** Real numbers to half of a spectrum; the inverse transform differs by a conjugation. */
const fromReal = (op: string, inverse: boolean): Transform =>
  composite(`${op}(${ARGUMENTS})`, (given, n, dim, norm) => {
    const d = axisOf(op, given, dim);
    const input = asReal(op, given);
    const size = checkPoints(op, n ?? (input.shape[d] as number));
    return firstHalf(transformAlong(asComplex(op, fitted(input, d, size)), d, inverse, scaleFor(op, norm, size, inverse)), d);
  });

/** Half of a spectrum to real numbers. */
const toReal = (op: string, inverse: boolean): Transform =>
  composite(`${op}(${ARGUMENTS})`, (given, n, dim, norm) => {
    const d = axisOf(op, given, dim);
    const input = asComplex(op, given);
    const size = checkPoints(op, n ?? 2 * ((input.shape[d] as number) - 1));
    return transformAlong(wholeSpectrum(input, d, size), d, inverse, scaleFor(op, norm, size, inverse)).real;
  });

/**
 * The discrete Fourier transform along `dim`, `X[k] = Σ x[j]·exp(-2πi·j·k/n)`; the input is cut or filled with zeros to `n` elements.
 * @throws {ArgumentError} if `n` is less than 1, or `norm` is unknown.
 * @example
 * ```ts
 * torch.fft.fft(torch.tensor([1, 2, 3, 4])); // tensor([10.+0.j, -2.+2.j, -2.+0.j, -2.-2.j])
 * ```
 */
export const fft: Transform = complexTransform("fft", false);

/**
 * The inverse of `fft`, `x[j] = 1/n · Σ X[k]·exp(2πi·j·k/n)`.
 * @throws {ArgumentError} if `n` is less than 1, or `norm` is unknown.
 */
export const ifft: Transform = complexTransform("ifft", true);

/**
 * `fft` of real numbers: the first `⌊n/2⌋ + 1` elements, which determine the others.
 * @throws {DTypeError} for a complex input.
 */
export const rfft: Transform = fromReal("rfft", false);

/**
 * The inverse of `rfft`: `n` real numbers, by default `2·(size - 1)`.
 * @throws {ArgumentError} if `n` is less than 1, or `norm` is unknown.
 */
export const irfft: Transform = toReal("irfft", true);

/**
 * `fft` of numbers of which the first half is given and the other is its mirror image, conjugated: `n` real numbers, by default `2·(size - 1)`.
 * @throws {ArgumentError} if `n` is less than 1, or `norm` is unknown.
 */
export const hfft: Transform = toReal("hfft", false);

/**
 * The inverse of `hfft`: the first `⌊n/2⌋ + 1` elements of `ifft` of real numbers.
 * @throws {DTypeError} for a complex input.
 */
export const ihfft: Transform = fromReal("ihfft", true);
