/** Windows as functions of `torch`, periodic unless asked otherwise. */

import type { Device } from "../../core/device.js";
import { type DType, getDefaultDtype } from "../../core/dtype.js";
import { ArgumentError, DTypeError } from "../../core/errors.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { finish, OPTIONS, type TensorOptions } from "../create/blank.js";
import { empty, ones } from "../create/filled.js";
import { arange } from "../create/ranges.js";

type Periodic = Args<[periodic: boolean], TensorOptions & { periodic?: boolean }>;

/** Windows are made with one point more and cut where they are periodic. `formula` gets `k` and the last `k` of the symmetric window. */
function makeWindow(
  op: string,
  length: number,
  periodic: boolean,
  dtype: DType | null,
  device: Device | null,
  formula: (k: Tensor, last: number) => Tensor,
): Tensor {
  const type = dtype ?? getDefaultDtype();
  if (!type.isFloatingPoint) throw new DTypeError(`${op}: ${op} expects floating point dtypes, got: ${type}`);
  if (length < 0) throw new ArgumentError(`${op}: ${op} requires non-negative window_length, got window_length=${length}`);
  if (length === 0) return empty([0], { dtype: type, device });
  if (length === 1) return ones([1], { dtype: type, device });
  const points = periodic ? length + 1 : length;
  const window = formula(arange(points, { dtype: type, device }), points - 1);
  return periodic ? window.narrow(0, 0, length).clone() : window;
}

const cosines = (k: Tensor, last: number, alpha: number, beta: number): Tensor =>
  k
    .mul((2 * Math.PI) / last)
    .cos()
    .mul(-beta)
    .add(alpha);

/** The window of Hann, `½ - ½ cos(2πk / N)`. */
export const hannWindow: Op<(windowLength: number, ...args: Periodic) => Tensor> = composite(
  `hannWindow(int windowLength, bool periodic=true, ${OPTIONS})`,
  (windowLength, periodic, dtype, device, requiresGrad) =>
    finish(
      makeWindow("hannWindow", windowLength, periodic, dtype, device, (k, last) => cosines(k, last, 0.5, 0.5)),
      requiresGrad,
    ),
);

/** The window of Hamming, `α - β cos(2πk / N)`. */
export const hammingWindow: Op<
  (
    windowLength: number,
    ...args: Args<[periodic: boolean, alpha: number, beta: number], TensorOptions & { periodic?: boolean; alpha?: number; beta?: number }>
  ) => Tensor
> = composite(
  `hammingWindow(int windowLength, bool periodic=true, float alpha=0.54, float beta=0.46, ${OPTIONS})`,
  (windowLength, periodic, alpha, beta, dtype, device, requiresGrad) =>
    finish(
      makeWindow("hammingWindow", windowLength, periodic, dtype, device, (k, last) => cosines(k, last, alpha, beta)),
      requiresGrad,
    ),
);

/** The window of Blackman, `0.42 - ½ cos(2πk / N) + 0.08 cos(4πk / N)`. */
export const blackmanWindow: Op<(windowLength: number, ...args: Periodic) => Tensor> = composite(
  `blackmanWindow(int windowLength, bool periodic=true, ${OPTIONS})`,
  (windowLength, periodic, dtype, device, requiresGrad) => {
    const formula = (k: Tensor, last: number): Tensor => {
      const angle = k.mul(Math.PI / last);
      return angle.mul(4).cos().mul(0.08).sub(angle.mul(2).cos().mul(0.5)).add(0.42);
    };
    return finish(makeWindow("blackmanWindow", windowLength, periodic, dtype, device, formula), requiresGrad);
  },
);

/** The window of Bartlett, a triangle: `1 - |2k / N - 1|`. */
export const bartlettWindow: Op<(windowLength: number, ...args: Periodic) => Tensor> = composite(
  `bartlettWindow(int windowLength, bool periodic=true, ${OPTIONS})`,
  (windowLength, periodic, dtype, device, requiresGrad) =>
    finish(
      makeWindow("bartlettWindow", windowLength, periodic, dtype, device, (k, last) =>
        k
          .mul(2 / last)
          .sub(1)
          .abs()
          .neg()
          .add(1),
      ),
      requiresGrad,
    ),
);

/** The window of Kaiser, `I₀(β √(1 - (2k / N - 1)²)) / I₀(β)`. */
export const kaiserWindow: Op<
  (windowLength: number, ...args: Args<[periodic: boolean, beta: number], TensorOptions & { periodic?: boolean; beta?: number }>) => Tensor
> = composite(
  `kaiserWindow(int windowLength, bool periodic=true, float beta=12, ${OPTIONS})`,
  (windowLength, periodic, beta, dtype, device, requiresGrad) => {
    const formula = (k: Tensor, last: number): Tensor => {
      const root = k
        .mul(2 / last)
        .sub(1)
        .square()
        .neg()
        .add(1)
        .clamp(0)
        .sqrt()
        .mul(beta);
      return root.i0().div(root.newFull([], beta).i0());
    };
    return finish(makeWindow("kaiserWindow", windowLength, periodic, dtype, device, formula), requiresGrad);
  },
);
