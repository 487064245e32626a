/** Inputs with other sizes, by interpolation. */

import type { Args } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { reader } from "../arguments.js";
import * as F from "../functional.js";
import { Module } from "../module.js";
import { float, python } from "../repr.js";
import type { Sizes } from "./convBase.js";

/** Factors of the sizes: one for all dimensions, or one for each. */
type Factors = number | readonly number[];

interface UpsampleOptions {
  size?: Sizes | null;
  scaleFactor?: Factors | null;
  mode?: F.InterpolationMode;
  /** Whether the middles of the corner elements stay where they are, and not the corners themselves. */
  alignCorners?: boolean | null;
  /** Whether coordinates follow from the rounded sizes, and not from `scaleFactor`. */
  recomputeScaleFactor?: boolean | null;
}

const upsampleArguments = reader(
  "Upsample(any size=null, any scaleFactor=null, str mode='nearest', bool? alignCorners=null, bool? recomputeScaleFactor=null)",
);

/**
 * `[batch, channels, …]` with other sizes, given by `size` or by `scaleFactor`: modes are `nearest`, `linear` (signals), `bilinear`, `bicubic`
 * (images) and `trilinear` (volumes).
 * @throws {ArgumentError} when called, unless exactly one of `size` and `scaleFactor` is given.
 */
export class Upsample extends Module<[input: Tensor], Tensor> {
  readonly size: Sizes | null;
  readonly scaleFactor: Factors | null;
  readonly mode: F.InterpolationMode;
  readonly alignCorners: boolean | null;
  readonly recomputeScaleFactor: boolean | null;

  constructor(
    ...args: Args<
      [
        size: Sizes | null,
        scaleFactor: Factors | null,
        mode: F.InterpolationMode,
        alignCorners: boolean | null,
        recomputeScaleFactor: boolean | null,
      ],
      UpsampleOptions
    >
  ) {
    super();
    const [size, scaleFactor, mode, alignCorners, recomputeScaleFactor] = upsampleArguments(args, new.target.name);
    this.size = size as Sizes | null;
    this.scaleFactor = scaleFactor as Factors | null;
    this.mode = mode as F.InterpolationMode;
    this.alignCorners = alignCorners;
    this.recomputeScaleFactor = recomputeScaleFactor;
  }

  forward(input: Tensor): Tensor {
    const { size, scaleFactor, mode, alignCorners, recomputeScaleFactor } = this;
    return F.interpolate(input, { size, scaleFactor, mode, alignCorners, recomputeScaleFactor });
  }

  override extraRepr(): string {
    const { size, scaleFactor, mode } = this;
    const factors = (given: Factors): string => (typeof given === "number" ? float(given) : `(${given.map(float).join(", ")})`);
    return `${scaleFactor === null ? `size=${python(size)}` : `scale_factor=${factors(scaleFactor)}`}, mode=${python(mode)}`;
  }
}

type SizeArguments = Args<[size: Sizes | null, scaleFactor: Factors | null], { size?: Sizes | null; scaleFactor?: Factors | null }>;

const sizeArguments = reader("Upsampling(any size=null, any scaleFactor=null)");

/** `Upsample` of images by copying the nearest element. */
export class UpsamplingNearest2d extends Upsample {
  constructor(...args: SizeArguments) {
    const [size, scaleFactor] = sizeArguments(args, "UpsamplingNearest2d");
    super(size as Sizes | null, scaleFactor as Factors | null, "nearest");
  }
}

/** `Upsample` of images by bilinear interpolation, the corner elements staying in place. */
export class UpsamplingBilinear2d extends Upsample {
  constructor(...args: SizeArguments) {
    const [size, scaleFactor] = sizeArguments(args, "UpsamplingBilinear2d");
    super(size as Sizes | null, scaleFactor as Factors | null, "bilinear", true);
  }
}
