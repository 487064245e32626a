/** Numerical gradients of sampled functions. */

import { ArgumentError, IndexError, ShapeError } from "../../core/errors.js";
import { formatShape, wrapDims } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import { Tensor } from "../../tensor/tensor.js";
import { cat } from "../shape/joining.js";

/** The distance between samples of one dimension, or the coordinates of the samples. */
export type Spacing = number | Tensor;

/** The differences at the interior points and at both ends, as quotients. */
interface Stencil {
  readonly first: Tensor;
  readonly interior: Tensor;
  readonly last: Tensor;
}

/** Central differences at distance `h`; at the ends one-sided ones of first or second order. */
function uniform(f: (from: number, to: number) => Tensor, n: number, h: number, edgeOrder: number): Stencil {
  const at = (i: number): Tensor => f(i, i + 1);
  const interior = f(2, n)
    .sub(f(0, n - 2))
    .div(2 * h);
  if (edgeOrder === 1)
    return {
      first: at(1).sub(at(0)).div(h),
      interior,
      last: at(n - 1)
        .sub(at(n - 2))
        .div(h),
    };
  return {
    first: at(0).mul(-1.5).add(at(1).mul(2)).sub(at(2).mul(0.5)).div(h),
    interior,
    last: at(n - 1)
      .mul(1.5)
      .sub(at(n - 2).mul(2))
      .add(at(n - 3).mul(0.5))
      .div(h),
  };
}

/** The weighted sum of three neighbours. */
const combine = (a: Tensor, x: Tensor, b: Tensor, y: Tensor, c: Tensor, z: Tensor): Tensor => a.mul(x).add(b.mul(y)).add(c.mul(z));

/** Differences of second order over uneven distances `h` between neighbours (already shaped to broadcast along `dim`). */
function uneven(f: (from: number, to: number) => Tensor, n: number, h: Tensor, dim: number, edgeOrder: number): Stencil {
  const at = (i: number): Tensor => f(i, i + 1);
  const step = (i: number): Tensor => h.narrow(dim, i, 1);
  const [left, right] = [h.narrow(dim, 0, n - 2), h.narrow(dim, 1, n - 2)];
  const both = left.add(right);
  const interior = combine(
    right.neg().div(left.mul(both)),
    f(0, n - 2),
    right.sub(left).div(left.mul(right)),
    f(1, n - 1),
    left.div(right.mul(both)),
    f(2, n),
  );
  if (edgeOrder === 1)
    return {
      first: at(1).sub(at(0)).div(step(0)),
      interior,
      last: at(n - 1)
        .sub(at(n - 2))
        .div(step(n - 2)),
    };
  const [a, b, y, z] = [step(0), step(1), step(n - 3), step(n - 2)];
  const [start, end] = [a.add(b), y.add(z)];
  return {
    first: combine(a.mul(2).add(b).neg().div(a.mul(start)), at(0), start.div(a.mul(b)), at(1), a.neg().div(b.mul(start)), at(2)),
    interior,
    last: combine(z.div(y.mul(end)), at(n - 3), end.neg().div(y.mul(z)), at(n - 2), z.mul(2).add(y).div(z.mul(end)), at(n - 1)),
  };
}

/** The spacing of each dimension of the result. */
function spacings(spacing: unknown, dims: readonly number[], named: boolean): Spacing[] {
  if (spacing === null) return dims.map(() => 1);
  if (typeof spacing === "number") return dims.map(() => spacing);
  if (!Array.isArray(spacing))
    throw new ArgumentError(
      `gradient(): argument 'spacing' must be a number, an array of numbers or an array of tensors, not ${typeof spacing}`,
    );
  if (spacing.length !== dims.length) {
    throw new ArgumentError(
      `gradient: torch.gradient expected spacing to be unspecified, a scalar or a list of length ${named ? "equal to 'dim'" : "self.dim()"} (${dims.length}), but got a list of length ${spacing.length}`,
    );
  }
  return spacing as Spacing[];
}

/**
 * The gradient of a function from its samples, for each dimension: central differences inside, one-sided ones of order `edgeOrder` at the ends.
 * `spacing` is the distance of the samples, for each dimension or for all, or their coordinates.
 * @throws {ShapeError} if a dimension has fewer than `edgeOrder + 1` samples.
 * @example
 * ```ts
 * torch.gradient(torch.tensor([1, 4, 9, 16])); // [tensor([3., 4., 6., 7.])]
 * ```
 */
export const gradient: Op<
  (
    input: Tensor,
    options?: {
      spacing?: number | readonly number[] | readonly Tensor[] | null;
      dim?: number | readonly number[] | null;
      edgeOrder?: number;
    },
  ) => readonly Tensor[]
> = composite("gradient(Tensor input, *, any spacing=null, int[]? dim=null, int edgeOrder=1)", (input, spacing, dim, edgeOrder) => {
  if (edgeOrder !== 1 && edgeOrder !== 2)
    throw new ArgumentError(`gradient: torch.gradient only supports edge_order=1 and edge_order=2, got ${edgeOrder}.`);
  const rank = input.shape.length;
  if (dim?.some((d) => d < -rank || d >= rank))
    throw new IndexError(
      `gradient: Dimension out of range (expected to be in range of [${-rank}, ${rank - 1}], but got ${formatShape(dim)})`,
    );
  const dims = wrapDims("gradient", dim, rank);
  const steps = spacings(spacing, dims, dim !== null);
  return dims.map((d, i) => {
    const n = input.shape[d] as number;
    if (n < edgeOrder + 1)
      throw new ShapeError(
        `gradient: torch.gradient expected each dimension size to be at least edge_order+1, got size ${n} in dimension ${d} and edge_order ${edgeOrder}`,
      );
    const samples = (from: number, to: number): Tensor => input.narrow(d, from, Math.max(to - from, 0));
    const h = steps[i] as Spacing;
    if (h instanceof Tensor && (h.shape.length !== 1 || h.shape[0] !== n)) {
      throw new ShapeError(
        `gradient: torch.gradient expected each tensor in spacing to have one coordinate for each of the ${n} samples of dimension ${d}, got shape ${formatShape(h.shape)}`,
      );
    }
    const { first, interior, last } =
      h instanceof Tensor
        ? uneven(samples, n, h.diff().view(input.shape.map((_, k) => (k === d ? n - 1 : 1))), d, edgeOrder)
        : uniform(samples, n, h, edgeOrder);
    return cat([first, interior, last], d);
  });
});
