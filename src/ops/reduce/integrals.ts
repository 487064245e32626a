/** Integrals of samples by the trapezoidal rule. */

import { DTypeError, ShapeError } from "../../core/errors.js";
import { formatShape, wrapDim } from "../../core/shape.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

type Trapezoid = Op<(y: Tensor, ...args: Args<[x: Tensor | null], { x?: Tensor | null; dx?: number; dim?: number }>) => Tensor>;

/** The widths of the intervals between sample points, in a shape that broadcasts with the samples. */
function widths(op: string, y: Tensor, x: Tensor, dim: number): Tensor {
  const rank = y.shape.length;
  const wanted = y.shape[dim] as number;
  const line = x.shape.length === 1;
  const padded = line
    ? x.view(y.shape.map((_, d) => (d === dim ? -1 : 1)))
    : x.view([...new Array<number>(Math.max(rank - x.shape.length, 0)).fill(1), ...x.shape]);
  const n = padded.shape[dim] as number;
  if (line && n !== wanted)
    throw new ShapeError(`${op}: There must be one \`x\` value for each sample point, got ${formatShape(x.shape)} for ${wanted} samples`);
  return padded.narrow(dim, Math.min(1, n), Math.max(n - 1, 0)).sub(padded.narrow(dim, 0, Math.max(n - 1, 0)));
}

function trapezoidal(
  op: string,
  finish: (pairs: Tensor, dim: number) => Tensor,
  empty: (y: Tensor, dim: number) => Tensor | null,
): Trapezoid {
  return composite(`${op}(Tensor y, Tensor? x=null, *, float dx=1, int dim=-1)`, (y, x, dx, dim) => {
    if (y.dtype.kind === "bool" || x?.dtype.kind === "bool")
      throw new DTypeError(`${op}: received a bool input for \`x\` or \`y\`, but bool is not supported`);
    const d = wrapDim(op, dim, y.shape.length);
    const n = y.shape[d] as number;
    const none = empty(y, d);
    if (none !== null) return none;
    const pairs = y.narrow(d, Math.min(1, n), Math.max(n - 1, 0)).add(y.narrow(d, 0, Math.max(n - 1, 0)));
    return x === null ? finish(pairs, d).mul(dx / 2) : finish(pairs.mul(widths(op, y, x, d)), d).div(2);
  });
}

/**
 * The integral along a dimension, `Σ (x[i + 1] - x[i])·(y[i] + y[i + 1])/2`, of samples at points `x` or at distance `dx`.
 * @throws {DTypeError} for truth values.
 * @example
 * ```ts
 * torch.trapezoid(torch.tensor([1, 5, 10])); // tensor(10.5000)
 * ```
 */
export const trapezoid: Trapezoid = trapezoidal(
  "trapezoid",
  (pairs, dim) => pairs.sum(dim),
  (y, dim) => (y.shape[dim] === 0 ? y.sum(dim) : null),
);

/** Another name of `trapezoid`. */
export const trapz: Trapezoid = trapezoidal(
  "trapz",
  (pairs, dim) => pairs.sum(dim),
  (y, dim) => (y.shape[dim] === 0 ? y.sum(dim) : null),
);

/** The running integral along a dimension, one element shorter than the samples. */
export const cumulativeTrapezoid: Trapezoid = trapezoidal(
  "cumulativeTrapezoid",
  (pairs, dim) => pairs.cumsum(dim),
  () => null,
);
