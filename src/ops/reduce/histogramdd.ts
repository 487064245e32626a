/** Histograms of points. */

import { float32, float64 } from "../../core/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import { composite, namedTuple, primitive } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { countInto, evenEdges, givenRange, outerEdges, type Places, placesByEdges } from "./binning.js";

/** The edges of each coordinate's bins. */
function edgesOf(points: Tensor, bins: unknown, range: readonly number[] | null): Tensor[] {
  const d = points.shape[1] as number;
  const list: readonly unknown[] = Array.isArray(bins) ? bins : new Array<unknown>(d).fill(bins);
  if (list.length !== d)
    throw new ShapeError(
      `histogramdd: The size of bins must be equal to the innermost dimension of the input. Got ${list.length} and ${d}`,
    );
  if (range !== null && range.length !== 2 * d)
    throw new ArgumentError(
      `histogramdd: range should have ${2 * d} elements (a minimum and a maximum for each dimension), but got ${range.length}`,
    );
  return list.map((one, k) => {
    if (one instanceof Tensor) {
      if (one.dtype !== points.dtype)
        throw new DTypeError(
          `histogramdd: input tensor and bins tensors should have the same dtype, but got ${points.dtype} and ${one.dtype} for dimension ${k}`,
        );
      return one;
    }
    if (typeof one !== "number" || !Number.isInteger(one) || one <= 0)
      throw new ArgumentError(`histogramdd: bins must be > 0, but got ${String(one)} for dimension ${k}`);
    if (range === null) return evenEdges(...outerEdges(points.select(1, k), 0.5), one);
    const [from, to] = [range[2 * k] as number, range[2 * k + 1] as number];
    if (!(from <= to)) throw new ArgumentError(`histogramdd: min should not exceed max, but got min ${from} max ${to} for dimension ${k}`);
    return evenEdges(...givenRange(points, from === to ? from - 0.5 : from, from === to ? to + 0.5 : to), one);
  });
}

/** Counts of points in boxes, and the edges along each coordinate. */
export type HistogramOfPoints = readonly [hist: Tensor, binEdges: readonly Tensor[]] & {
  readonly hist: Tensor;
  readonly binEdges: readonly Tensor[];
};

/** The counts, then the edges of every coordinate. */
const counted: Op<
  (input: Tensor, bins: unknown, range: readonly number[] | null, weight: Tensor | null, density: boolean) => readonly Tensor[]
> = primitive("histogramdd(Tensor input, any bins, float[]? range, Tensor? weight, bool density)", {
  forward: (input, bins, range, weight, density) => {
    if (input.dtype !== float32 && input.dtype !== float64)
      throw new DTypeError(
        `histogramdd: "histogramdd" not implemented for '${input.dtype.scalarName}'. Convert it with .to(torch.float32).`,
      );
    if (input.shape.length < 2)
      throw new ShapeError(`histogramdd: input tensor should have at least 2 dimensions, but got ${input.shape.length}`);
    const points = input.reshape([-1, input.shape[input.shape.length - 1] as number]);
    if (weight !== null && weight.count !== points.shape[0]) {
      throw new ShapeError(
        `histogramdd: if weight tensor is provided it should have the same shape as the input tensor excluding its innermost dimension, got ${formatShape(weight.shape)} and ${formatShape(input.shape)}`,
      );
    }
    const edges = edgesOf(points, bins, range);
    let place: Places | null = null;
    edges.forEach((edge, k) => {
      const here = placesByEdges(points.select(1, k), edge);
      place =
        place === null ? here : { index: place.index.mul(edge.count - 1).add(here.index), inside: place.inside.logicalAnd(here.inside) };
    });
    const sizes = edges.map((edge) => edge.count - 1);
    const boxes = sizes.reduce((a, b) => a * b, 1);
    const found: Places = place ?? {
      index: points.newZeros([points.shape[0] as number]).long(),
      inside: points.newOnes([points.shape[0] as number]).bool(),
    };
    let hist = countInto(boxes, found, weight === null ? null : weight.reshape(-1), input.dtype).view(sizes);
    if (density) {
      hist = hist.div(hist.sum());
      edges.forEach((edge, k) => {
        hist = hist.div(edge.diff().view(sizes.map((_, i) => (i === k ? -1 : 1))));
      });
    }
    return [hist, ...edges];
  },
});

/**
 * How many points (in the last dimension; or what `weight` of them) fall into each box of a grid, and the edges of the grid along each coordinate:
 * even ones, as many as `bins` says, in `range` (a minimum and a maximum for each coordinate; by default the extremes), or given edges.
 * @throws {ShapeError} if `bins` does not fit the coordinates.
 */
export const histogramdd: Op<
  (
    input: Tensor,
    bins: number | readonly number[] | readonly Tensor[],
    options?: { range?: readonly number[] | null; weight?: Tensor | null; density?: boolean },
  ) => HistogramOfPoints
> = composite(
  "histogramdd(Tensor input, any bins, *, float[]? range=null, Tensor? weight=null, bool density=false)",
  (input, bins, range, weight, density) => {
    const [hist, ...binEdges] = counted(input, bins, range, weight, density);
    return namedTuple<unknown>(["hist", "binEdges"], [hist, binEdges]);
  },
);
