/** Sampling at given coordinates: functions of `torch` and `torch.nn.functional`. */

import { float32, int64 } from "../../core/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { isHalf } from "../../core/promotion.js";
import { formatShape } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { linspace } from "../create/ranges.js";
import { sameDevice } from "../indexing/bounds.js";
import { stack } from "../shape/joining.js";

/** How elements are interpolated between, and what lies outside of the image; the order is that of PyTorch's numbers for them. */
const modes = ["bilinear", "nearest", "bicubic"] as const;
const paddings = ["zeros", "border", "reflection"] as const;

type Mode = (typeof modes)[number];
type Padding = (typeof paddings)[number];

/** One dimension of the image. */
interface Axis {
  readonly size: number;
  readonly padding: Padding;
  readonly alignCorners: boolean;
}

/** From -1 … 1 to numbers of elements. */
const unnormalised = (x: Tensor, { size, alignCorners }: Axis): Tensor =>
  alignCorners ? x.add(1).mul((size - 1) / 2) : x.add(1).mul(size).sub(1).div(2);

/** Coordinates folded back at both ends: `low + extra` after an even number of folds, else `high - extra`. */
function reflected(x: Tensor, { size, alignCorners }: Axis): Tensor {
  const [low, high] = alignCorners ? [0, size - 1] : [-0.5, size - 0.5];
  const span = high - low;
  if (span === 0) return x.mul(0);
  const distance = x.sub(low).abs();
  const extra = distance.fmod(span);
  const isOdd = distance.detach().div(span).floor().remainder(2);
  return extra.add(isOdd.mul(extra.mul(-2).add(span))).add(low);
}

/** Coordinates brought into the image, unless it is surrounded by zeros. */
function padded(x: Tensor, axis: Axis): Tensor {
  if (axis.padding === "zeros") return x;
  return (axis.padding === "border" ? x : reflected(x, axis)).clamp(0, axis.size - 1);
}

/** An element along one dimension: its number, and with which weight it counts. */
interface Tap {
  /** A whole number, perhaps outside of the image. */
  readonly place: Tensor;
  readonly weight: Tensor | null;
}

/** Weights of four neighbours by cubic convolution with a = -0.75, at distance `t` from the second. */
function cubic(t: Tensor): Tensor[] {
  const a = -0.75;
  const near = (x: Tensor): Tensor =>
    x
      .mul(a + 2)
      .sub(a + 3)
      .mul(x)
      .mul(x)
      .add(1);
  const far = (x: Tensor): Tensor =>
    x
      .mul(a)
      .sub(5 * a)
      .mul(x)
      .add(8 * a)
      .mul(x)
      .sub(4 * a);
  return [far(t.add(1)), near(t), near(t.neg().add(1)), far(t.neg().add(2))];
}

function tapsAlong(x: Tensor, mode: Mode, axis: Axis): Tap[] {
  const at = unnormalised(x, axis);
  if (mode === "bicubic") {
    const first = at.detach().floor();
    return cubic(at.sub(first)).map((weight, k) => ({ place: padded(first.add(k - 1), axis), weight }));
  }
  const inside = padded(at, axis);
  if (mode === "nearest") {
    const place = inside.round();
    // The coordinates get a gradient, which is zero.
    return [{ place: place.detach(), weight: x.requiresGrad ? place.sub(place.detach()).add(1) : null }];
  }
  const low = inside.detach().floor();
  const rest = inside.sub(low);
  return [
    { place: low, weight: rest.neg().add(1) },
    { place: low.add(1), weight: rest },
  ];
}

/** Every choice of one tap for each dimension. */
function combinations(lists: readonly (readonly Tap[])[]): Tap[][] {
  return lists.reduce<Tap[][]>((chosen, taps) => chosen.flatMap((before) => taps.map((tap) => [...before, tap])), [[]]);
}

/** The elements at a choice of taps, times their weights; those outside of the image are zeros. */
function sampled(lines: Tensor, sizes: readonly number[], taps: readonly Tap[]): Tensor {
  const each = taps.map(({ place }, d) => {
    const within = place.ge(0).logicalAnd(place.le((sizes[d] as number) - 1));
    return { within, place: place.maskedFill(within.logicalNot(), 0).to(int64) };
  });
  const { place: places, within: mask } = each.reduce((before, { place, within }, d) => ({
    place: before.place.mul(sizes[d] as number).add(place),
    within: before.within.logicalAnd(within),
  }));
  const weight = taps.reduce<Tensor | null>(
    (product, { weight: own }) => (own === null ? product : product === null ? own : product.mul(own)),
    null,
  );
  const [batch, channels] = lines.shape as [number, number];
  const found = lines
    .gather(2, places.reshape([batch, 1, -1]).expand(batch, channels, -1))
    .view([batch, channels, ...places.shape.slice(1)]);
  const factor = weight === null ? mask.to(lines.dtype) : weight.maskedFill(mask.logicalNot(), 0);
  return found.mul(factor.unsqueeze(1));
}

function checkInputs(op: string, input: Tensor, grid: Tensor, mode: Mode): void {
  const rank = input.shape.length - 2;
  const fail = (what: string): never => {
    throw new ShapeError(
      `${op}: grid_sampler(): expected ${what}, but got input with sizes ${formatShape(input.shape)} and grid with sizes ${formatShape(grid.shape)}`,
    );
  };
  sameDevice(op, input, grid);
  if (input.dtype !== grid.dtype)
    throw new DTypeError(
      `${op}: grid_sampler(): expected input and grid to have same dtype, but input has ${input.dtype.name} and grid has ${grid.dtype.name}`,
    );
  if (!input.dtype.isFloatingPoint) throw new DTypeError(`${op}: "grid_sampler" not implemented for '${input.dtype.scalarName}'`);
  if ((rank !== 2 && rank !== 3) || grid.shape.length !== rank + 2) fail("4D or 5D input and grid with same number of dimensions");
  if (input.shape[0] !== grid.shape[0]) fail("grid and input to have same batch size");
  if (grid.shape[rank + 1] !== rank) fail(`grid to have size ${rank} in last dimension`);
  if (input.shape.slice(2).includes(0)) fail("input to have non-empty spatial dimensions");
  if (mode === "bicubic" && rank !== 2) throw new ArgumentError(`${op}: grid_sampler(): bicubic interpolation only supports 4D input`);
}

function sampleAt(op: string, given: Tensor, coordinates: Tensor, mode: Mode, padding: Padding, alignCorners: boolean): Tensor {
  checkInputs(op, given, coordinates, mode);
  const { dtype } = given;
  const [input, grid] = isHalf(dtype) ? [given.to(float32), coordinates.to(float32)] : [given, coordinates];
  const sizes = input.shape.slice(2);
  // Coordinates come in the order of the last dimension first.
  const taps = sizes.map((size, d) => tapsAlong(grid.select(-1, sizes.length - 1 - d), mode, { size, padding, alignCorners }));
  const lines = input.flatten(2);
  const out = combinations(taps)
    .map((choice) => sampled(lines, sizes, choice))
    .reduce((sum, part) => sum.add(part));
  return out.dtype === dtype ? out : out.to(dtype);
}

function named<N extends string>(op: string, what: string, names: readonly N[], given: string): N {
  const name = names.find((one) => one === given);
  if (name === undefined)
    throw new ArgumentError(
      `${op}: nn.functional.grid_sample(): expected ${what} to be ${names.map((one) => `'${one}'`).join(", ")}, but got: '${given}'`,
    );
  return name;
}

/**
 * `input` sampled at the coordinates in `grid`, where -1 and 1 are the ends of a dimension and x comes before y.
 *
 * Shapes: `input` `[N, C, H, W]` with `grid` `[N, Ho, Wo, 2]`, or `[N, C, D, H, W]` with `[N, Do, Ho, Wo, 3]`; result `[N, C, Ho, Wo]` or
 * `[N, C, Do, Ho, Wo]`. Outside of the image lie zeros, its border, or its reflection; `alignCorners` puts -1 and 1 into the middle of the
 * corner elements.
 * @throws {ShapeError} if the sizes do not fit.
 */
export const gridSample: Op<
  (
    input: Tensor,
    grid: Tensor,
    ...args: Args<
      [mode: Mode, paddingMode: Padding, alignCorners: boolean | null],
      { mode?: Mode; paddingMode?: Padding; alignCorners?: boolean | null }
    >
  ) => Tensor
> = composite(
  "gridSample(Tensor input, Tensor grid, str mode='bilinear', str paddingMode='zeros', bool? alignCorners=null)",
  (input, grid, mode, paddingMode, alignCorners) =>
    sampleAt(
      "gridSample",
      input,
      grid,
      named("gridSample", "mode", modes, mode),
      named("gridSample", "padding_mode", paddings, paddingMode),
      alignCorners === true,
    ),
);

type GridSampler = Op<(input: Tensor, grid: Tensor, interpolationMode: number, paddingMode: number, alignCorners: boolean) => Tensor>;

const gridSamplerOf = (op: string): GridSampler =>
  composite(
    `${op}(Tensor input, Tensor grid, int interpolationMode, int paddingMode, bool alignCorners)`,
    (input, grid, interpolationMode, paddingMode, alignCorners) => {
      const [mode, padding] = [modes[interpolationMode], paddings[paddingMode]];
      if (mode === undefined || padding === undefined)
        throw new ArgumentError(
          `${op}: interpolation_mode and padding_mode must be 0, 1 or 2, got ${interpolationMode} and ${paddingMode}`,
        );
      return sampleAt(op, input, grid, mode, padding, alignCorners);
    },
  );

/**
 * `gridSample` with numbers for the mode (0 bilinear, 1 nearest, 2 bicubic) and the padding (0 zeros, 1 border, 2 reflection).
 * @throws {ShapeError} if the sizes do not fit.
 */
export const gridSampler: GridSampler = gridSamplerOf("gridSampler");

/**
 * `gridSampler` of images.
 * @throws {ShapeError} if the sizes do not fit.
 */
export const gridSampler2d: GridSampler = gridSamplerOf("gridSampler2d");

/**
 * `gridSampler` of volumes.
 * @throws {ShapeError} if the sizes do not fit.
 */
export const gridSampler3d: GridSampler = gridSamplerOf("gridSampler3d");

/** Coordinates of `n` elements between -1 and 1: of their middles, or with the first and last at the ends. */
function span(theta: Tensor, n: number, alignCorners: boolean): Tensor {
  if (n <= 1) return theta.newZeros([n]);
  const ends = linspace(-1, 1, n, { dtype: theta.dtype, device: theta.device });
  return alignCorners ? ends : ends.mul((n - 1) / n);
}

/**
 * The grid for `gridSample` that applies affine maps `theta` to coordinates, `grid[n, y, x] = theta[n] · (x, y, 1)`.
 * @param size the shape of the result of `gridSample`: `[N, C, H, W]` for `theta` `[N, 2, 3]`, `[N, C, D, H, W]` for `[N, 3, 4]`.
 * @throws {ShapeError} if `theta` and `size` do not fit.
 */
export const affineGrid: Op<
  (theta: Tensor, size: readonly number[], ...args: Args<[alignCorners: boolean | null], { alignCorners?: boolean | null }>) => Tensor
> = composite("affineGrid(Tensor theta, int[] size, bool? alignCorners=null)", (theta, size, alignCorners) => {
  const rank = size.length - 2;
  if (!theta.dtype.isFloatingPoint) throw new DTypeError(`affineGrid: Expected theta to have floating point type, but got ${theta.dtype}`);
  if (rank !== 2 && rank !== 3)
    throw new ShapeError(
      `affineGrid: affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size ${formatShape(size)}.`,
    );
  if (theta.shape.length !== 3 || theta.shape[0] !== size[0] || theta.shape[1] !== rank || theta.shape[2] !== rank + 1) {
    throw new ShapeError(
      `affineGrid: Expected a batch of ${rank}D affine matrices of shape Nx${rank}x${rank + 1} for size ${formatShape(size)}. Got ${formatShape(theta.shape)}.`,
    );
  }
  if (size.some((n) => n <= 0)) throw new ShapeError(`affineGrid: Expected non-zero, positive output size. Got ${formatShape(size)}`);
  const spatial = size.slice(2);
  const along = spatial.map((n, d) =>
    span(theta, n, alignCorners === true)
      .view(spatial.map((_, k) => (k === d ? n : 1)))
      .expand(spatial),
  );
  const base = stack([...along.reverse(), theta.newOnes(spatial)], -1).view(1, -1, rank + 1);
  const batch = size[0] as number;
  return base
    .expand(batch, -1, -1)
    .bmm(theta.transpose(1, 2))
    .view([batch, ...spatial, rank]);
});
