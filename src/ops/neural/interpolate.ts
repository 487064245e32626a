/** Images and signals in other sizes: functions of `torch.nn.functional`. */

import { float32, float64, uint8 } from "../../core/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape, type Shape } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d } from "./averagePool.js";
import { cubicTaps, filterTaps, linearTaps, nearestTaps, type Resampling, resample, type Taps } from "./resampling.js";
import type { Sizes } from "./spatial.js";

/** How new elements are made of old ones. */
export type InterpolationMode = "nearest" | "nearest-exact" | "linear" | "bilinear" | "bicubic" | "trilinear" | "area" | "lanczos";

/** The number of spatial dimensions that a mode is for. */
const ranks: { readonly [mode in InterpolationMode]: readonly number[] } = {
  nearest: [1, 2, 3],
  "nearest-exact": [1, 2, 3],
  area: [1, 2, 3],
  linear: [1],
  bilinear: [2],
  bicubic: [2],
  lanczos: [2],
  trilinear: [3],
};

const isMode = (mode: string): mode is InterpolationMode => Object.hasOwn(ranks, mode);

/** A number for each spatial dimension. */
function eachOf(op: string, name: string, given: unknown, input: Tensor): number[] {
  const rank = input.shape.length - 2;
  const list: readonly unknown[] = Array.isArray(given) ? given : new Array<unknown>(rank).fill(given);
  if (list.length !== rank) {
    throw new ArgumentError(
      `${op}: Input and ${name} must have the same number of spatial dimensions, but got input with spatial dimensions of ${formatShape(input.shape.slice(2))} and ${name} of ${list.join(", ")}. Please provide input tensor in (N, C, d1, d2, ...,dK) format.`,
    );
  }
  return list.map(Number);
}

interface Target {
  readonly size: Shape;
  /** The factors that were given, unless they are to be computed from the sizes. */
  readonly factors: readonly number[] | null;
}

function targetOf(op: string, input: Tensor, size: unknown, scaleFactor: unknown, recompute: boolean): Target {
  if (size !== null && scaleFactor !== null) throw new ArgumentError(`${op}: only one of size or scale_factor should be defined`);
  if (size !== null) {
    if (recompute) throw new ArgumentError(`${op}: recompute_scale_factor is not meaningful with an explicit size.`);
    const sizes = eachOf(op, "output size", size, input);
    if (!sizes.every(Number.isInteger))
      throw new ArgumentError(`${op}: expected size to be one of int or Tuple[int], but got size ${sizes.join(", ")}`);
    return { size: sizes, factors: null };
  }
  if (scaleFactor === null) throw new ArgumentError(`${op}: either size or scale_factor should be defined`);
  const factors = eachOf(op, "scale_factor", scaleFactor, input);
  return { size: factors.map((factor, d) => Math.trunc((input.shape[d + 2] as number) * factor)), factors: recompute ? null : factors };
}

function tapsOf(mode: Exclude<InterpolationMode, "area">, of: Resampling, antialias: boolean): Taps {
  if (mode === "nearest" || mode === "nearest-exact") return nearestTaps(of, mode === "nearest-exact");
  if (antialias && (mode === "bilinear" || mode === "bicubic" || mode === "lanczos")) return filterTaps(of, mode);
  return mode === "bicubic" ? cubicTaps(of) : linearTaps(of);
}

function checkInput(op: string, input: Tensor, mode: InterpolationMode, size: Shape): void {
  const rank = input.shape.length - 2;
  if (!ranks[mode].includes(rank)) {
    const needs =
      ranks[mode].length === 1
        ? `${mode} mode needs ${(ranks[mode][0] as number) + 2}D input`
        : "Only 3D, 4D and 5D input Tensors supported";
    throw new ShapeError(`${op}: Got ${rank + 2}D input, but ${needs}`);
  }
  if (input.shape.slice(1).includes(0))
    throw new ShapeError(`${op}: Non-empty ${rank + 2}D data tensor expected but got a tensor with sizes ${formatShape(input.shape)}`);
  if (size.some((n) => n <= 0))
    throw new ShapeError(
      `${op}: Input and output sizes should be greater than 0, but got input ${formatShape(input.shape.slice(2))} and output ${formatShape(size)}`,
    );
  if (!input.dtype.isFloatingPoint && input.dtype !== uint8)
    throw new DTypeError(`${op}: "compute_indices_weights_${mode}" not implemented for '${input.dtype.scalarName}'`);
}

function resized(
  op: string,
  input: Tensor,
  mode: InterpolationMode,
  { size, factors }: Target,
  alignCorners: boolean,
  antialias: boolean,
): Tensor {
  checkInput(op, input, mode, size);
  if (mode === "area") return [adaptiveAvgPool1d, adaptiveAvgPool2d, adaptiveAvgPool3d][size.length - 1]?.(input, size) as Tensor;
  const { dtype } = input;
  const copies = mode === "nearest" || mode === "nearest-exact";
  // Half floats and bytes are computed in float32.
  const wide = copies || dtype === float64 ? dtype : float32;
  let out = wide === dtype ? input : input.to(wide);
  const round = dtype === float64 ? (x: number): number => x : Math.fround;
  for (let d = size.length - 1; d >= 0; d--) {
    const of: Resampling = {
      size: input.shape[d + 2] as number,
      places: size[d] as number,
      factor: factors?.[d] ?? null,
      alignCorners,
      round,
    };
    out = resample(out, d + 2, tapsOf(mode, of, antialias));
    // Bytes are rounded after each dimension.
    if (dtype === uint8 && wide !== dtype) out = out.add(0.5).floor().clamp(0, 255);
  }
  return wide === dtype ? out : out.to(dtype);
}

type Factors = number | readonly number[] | null;

/**
 * `input` `[N, C, …]` with other sizes, given by `size` or by `scaleFactor`: by copying the nearest element (`nearest`, as PyTorch always
 * did, or `nearest-exact`), by linear (`linear`, `bilinear`, `trilinear`) or cubic interpolation (`bicubic`), or by averages (`area`).
 * @param alignCorners whether the middles of the corner elements stay where they are, and not the corners themselves.
 * @param recomputeScaleFactor whether coordinates follow from the rounded sizes, and not from `scaleFactor`.
 * @param antialias whether `bilinear`, `bicubic` and `lanczos` filter before they shrink an image.
 * @throws {ArgumentError} if not exactly one of `size` and `scaleFactor` is given.
 * @example
 * ```ts
 * torch.nn.functional.interpolate(torch.tensor([[[1, 2]]]), 4, { mode: "linear" }).tolist(); // [[[1, 1.25, 1.75, 2]]]
 * ```
 */
export const interpolate: Op<
  (
    input: Tensor,
    ...args: Args<
      [
        size: Sizes | null,
        scaleFactor: Factors,
        mode: InterpolationMode,
        alignCorners: boolean | null,
        recomputeScaleFactor: boolean | null,
        antialias: boolean,
      ],
      {
        size?: Sizes | null;
        scaleFactor?: Factors;
        mode?: InterpolationMode;
        alignCorners?: boolean | null;
        recomputeScaleFactor?: boolean | null;
        antialias?: boolean;
      }
    >
  ) => Tensor
> = composite(
  "interpolate(Tensor input, any size=null, any scaleFactor=null, str mode='nearest', bool? alignCorners=null, bool? recomputeScaleFactor=null, bool antialias=false)",
  (input, size, scaleFactor, mode, alignCorners, recompute, antialias) => {
    if (!isMode(mode))
      throw new ArgumentError(
        `interpolate: Input Error: mode must be nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got ${mode})`,
      );
    if (ranks[mode].length > 1 && alignCorners !== null)
      throw new ArgumentError(
        "interpolate: align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear",
      );
    if (antialias && !(["bilinear", "bicubic", "lanczos"].includes(mode) && input.shape.length === 4)) {
      throw new ArgumentError(
        "interpolate: Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input",
      );
    }
    if (mode === "lanczos" && (!antialias || alignCorners === true))
      throw new ArgumentError("interpolate: Lanczos mode requires antialias=True and does not support align_corners=True");
    const target = targetOf("interpolate", input, size, scaleFactor, recompute === true || (mode === "area" && size === null));
    return resized("interpolate", input, mode, target, alignCorners === true, antialias);
  },
);

type UpsampleArgs = Args<[size: Sizes | null, scaleFactor: Factors], { size?: Sizes | null; scaleFactor?: Factors }>;

/**
 * `interpolate` by copying the nearest element.
 * @throws {ArgumentError} if not exactly one of `size` and `scaleFactor` is given.
 */
export const upsampleNearest: Op<(input: Tensor, ...args: UpsampleArgs) => Tensor> = composite(
  "upsampleNearest(Tensor input, any size=null, any scaleFactor=null)",
  (input, size, scaleFactor) =>
    resized("upsampleNearest", input, "nearest", targetOf("upsampleNearest", input, size, scaleFactor, false), false, false),
);

/**
 * `interpolate` of images by bilinear interpolation with `alignCorners`.
 * @throws {ArgumentError} if not exactly one of `size` and `scaleFactor` is given.
 */
export const upsampleBilinear: Op<(input: Tensor, ...args: UpsampleArgs) => Tensor> = composite(
  "upsampleBilinear(Tensor input, any size=null, any scaleFactor=null)",
  (input, size, scaleFactor) =>
    resized("upsampleBilinear", input, "bilinear", targetOf("upsampleBilinear", input, size, scaleFactor, false), true, false),
);

/**
 * The older name of `interpolate`.
 * @throws {ArgumentError} if not exactly one of `size` and `scaleFactor` is given.
 */
export const upsample: Op<
  (
    input: Tensor,
    ...args: Args<
      [size: Sizes | null, scaleFactor: Factors, mode: InterpolationMode, alignCorners: boolean | null],
      { size?: Sizes | null; scaleFactor?: Factors; mode?: InterpolationMode; alignCorners?: boolean | null }
    >
  ) => Tensor
> = composite(
  "upsample(Tensor input, any size=null, any scaleFactor=null, str mode='nearest', bool? alignCorners=null)",
  (input, size, scaleFactor, mode, alignCorners) =>
    interpolate(input, size as Sizes | null, scaleFactor as Factors, mode as InterpolationMode, alignCorners),
);
