/** What the transforms of `torch.fft` share: one complex transform along a dimension, and the checks of their arguments. */

import { getDefaultDtype, toComplexType } from "../../core/dtype.js";
import { ArgumentError, DTypeError, IndexError } from "../../core/errors.js";
import { isHalf } from "../../core/promotion.js";
import { formatShape, wrapDim } from "../../core/shape.js";
import { emptyOn } from "../../tensor/create.js";
import { primitive } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { cat } from "../shape/joining.js";
import { constantPadNd } from "../shape/padding.js";

/** `scale · Σ input[j]·exp(∓2πi·j·k/n)` along a dimension of complex numbers, with plus where `inverse`. */
export const transformAlong: Op<(input: Tensor, dim: number, inverse: boolean, scale: number) => Tensor> = primitive(
  "fftC2c(Tensor input, int dim, bool inverse, float scale)",
  {
    forward: (input, dim, inverse, scale) => {
      const out = emptyOn(input.storage.backend, input.shape, input.dtype);
      out.storage.backend.kernels.fft(out, input, dim, inverse, scale);
      return out;
    },
    gradient: { input: (grad, { dim, inverse, scale }) => transformAlong(grad, dim, !inverse, scale) },
  },
);

/** Where the factor 1/n goes: to the inverse transform (`backward`, the default), to the other (`forward`), or its root to both (`ortho`). */
export type Norm = "backward" | "forward" | "ortho" | null;

/**
 * The factor of a transform of `n` elements.
 * @throws {ArgumentError} for an unknown mode.
 */
export function scaleFor(op: string, norm: string | null, n: number, inverse: boolean): number {
  if (norm === "ortho") return 1 / Math.sqrt(n);
  if (norm !== null && norm !== "backward" && norm !== "forward")
    throw new ArgumentError(`${op}: Invalid normalization mode: "${norm}"; it may be "backward", "forward" or "ortho"`);
  return (norm === "forward") === inverse ? 1 : 1 / n;
}

/** An input as floats or complex numbers: integers become the default float dtype. */
function inexact(op: string, input: Tensor): Tensor {
  if (isHalf(input.dtype)) throw new DTypeError(`${op}: Unsupported dtype ${input.dtype.scalarName}; convert it with .float()`);
  return input.dtype.isFloatingPoint || input.dtype.isComplex ? input : input.to(getDefaultDtype());
}

/** An input as complex numbers. */
export function asComplex(op: string, input: Tensor): Tensor {
  const floats = inexact(op, input);
  return floats.to(toComplexType(floats.dtype));
}

/**
 * A real input as floats.
 * @throws {DTypeError} for complex numbers.
 */
export function asReal(op: string, input: Tensor): Tensor {
  if (input.dtype.isComplex) throw new DTypeError(`${op}: ${op} expects a real input tensor, but got ${input.dtype.scalarName}`);
  return inexact(op, input);
}

/** A dimension of an input that has some. */
export function axisOf(op: string, input: Tensor, dim: number): number {
  if (input.shape.length === 0) throw new IndexError(`${op}: Dimension specified as ${dim} but tensor has no dimensions`);
  return wrapDim(op, dim, input.shape.length);
}

/** Checks a number of elements to transform. */
export function checkPoints(op: string, n: number): number {
  if (n < 1) throw new ArgumentError(`${op}: Invalid number of data points (${n}) specified`);
  return n;
}

/** A dimension cut to `n` elements, or filled up with zeros. */
export function fitted(input: Tensor, dim: number, n: number): Tensor {
  const size = input.shape[dim] as number;
  if (size === n) return input;
  if (size > n) return input.narrow(dim, 0, n);
  const pad = new Array<number>(2 * (input.shape.length - dim)).fill(0);
  pad[pad.length - 1] = n - size;
  return constantPadNd(input, pad);
}

/** The first half of a spectrum, which determines that of real numbers. */
export function firstHalf(spectrum: Tensor, dim: number): Tensor {
  return spectrum.narrow(dim, 0, Math.floor((spectrum.shape[dim] as number) / 2) + 1);
}

/** The spectrum of `n` real numbers from its first half: the other one mirrors it, conjugated. */
export function wholeSpectrum(half: Tensor, dim: number, n: number): Tensor {
  const kept = fitted(half, dim, Math.floor(n / 2) + 1);
  const mirrored = n - (kept.shape[dim] as number);
  return mirrored === 0 ? kept : cat([kept, kept.narrow(dim, 1, mirrored).flip(dim).conj()], dim);
}

/** Dimensions and the sizes to transform along them. */
export interface Axes {
  readonly dims: readonly number[];
  readonly sizes: readonly number[];
}

/**
 * The dimensions of an n-dimensional transform: those given, the last ones for which there are sizes, or all. A size of -1 is the input's.
 * @param halves whether the last dimension holds half of a spectrum, so that its own size is that of what it stands for.
 * @throws {ArgumentError} if dimensions repeat, or sizes do not fit.
 */
export function axesOf(op: string, input: Tensor, s: readonly number[] | null, dim: readonly number[] | null, halves: boolean): Axes {
  const rank = input.shape.length;
  if (dim !== null && s !== null && dim.length !== s.length) {
    throw new ArgumentError(
      `${op}: When given, dim and shape arguments must have the same length, got dim=${formatShape(dim)} and s=${formatShape(s)}`,
    );
  }
  if (s !== null && s.length > rank)
    throw new ArgumentError(`${op}: Got shape with ${s.length} values but input tensor only has ${rank} dimensions.`);
  const first = s === null ? 0 : rank - s.length;
  const dims = dim === null ? Array.from({ length: rank - first }, (_, i) => first + i) : dim.map((d) => axisOf(op, input, d));
  if (new Set(dims).size < dims.length) throw new ArgumentError(`${op}: FFT dims must be unique, got ${formatShape(dim ?? dims)}`);
  const sizes = dims.map((d, i) => {
    const asked = s?.[i] ?? -1;
    const own = input.shape[d] as number;
    return checkPoints(op, asked !== -1 ? asked : halves && i === dims.length - 1 ? 2 * (own - 1) : own);
  });
  return { dims, sizes };
}
