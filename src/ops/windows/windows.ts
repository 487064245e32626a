/** `torch.signal.windows`: windows that taper a signal towards its ends. `M` is the number of points. */

import { ArgumentError } from "../../core/errors.js";
import { resolveBackend, scalarOn } from "../../tensor/create.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { finish } from "../create/blank.js";
import { linspace } from "../create/ranges.js";
import { checkWindow, cosines, shortWindow, steps, WINDOW_OPTIONS, type WindowOptions } from "./general.js";

type Window<O = unknown> = Op<(M: number, options?: WindowOptions & O) => Tensor>;

/** The window of Hann, `½ - ½ cos(2πk / (M - 1))`. */
export const hann: Window = composite(`hann(int M, *, ${WINDOW_OPTIONS})`, (M, sym, dtype, device, requiresGrad) =>
  finish(cosines("hann", M, [0.5, 0.5], sym, { dtype, device }), requiresGrad),
);

/** The window of Hamming, `0.54 - 0.46 cos(2πk / (M - 1))`. */
export const hamming: Window = composite(`hamming(int M, *, ${WINDOW_OPTIONS})`, (M, sym, dtype, device, requiresGrad) =>
  finish(cosines("hamming", M, [0.54, 1 - 0.54], sym, { dtype, device }), requiresGrad),
);

/** `α - (1 - α) cos(2πk / (M - 1))` */
export const generalHamming: Window<{ alpha?: number }> = composite(
  `generalHamming(int M, *, float alpha=0.54, ${WINDOW_OPTIONS})`,
  (M, alpha, sym, dtype, device, requiresGrad) =>
    finish(cosines("generalHamming", M, [alpha, 1 - alpha], sym, { dtype, device }), requiresGrad),
);

/** The window of Blackman, `0.42 - ½ cos(2πk / (M - 1)) + 0.08 cos(4πk / (M - 1))`. */
export const blackman: Window = composite(`blackman(int M, *, ${WINDOW_OPTIONS})`, (M, sym, dtype, device, requiresGrad) =>
  finish(cosines("blackman", M, [0.42, 0.5, 0.08], sym, { dtype, device }), requiresGrad),
);

/** The window of Nuttall with continuous first derivative: four cosines (Nuttall, 1981). */
export const nuttall: Window = composite(`nuttall(int M, *, ${WINDOW_OPTIONS})`, (M, sym, dtype, device, requiresGrad) =>
  finish(cosines("nuttall", M, [0.3635819, 0.4891775, 0.1365995, 0.0106411], sym, { dtype, device }), requiresGrad),
);

/**
 * `Σ (-1)ⁱ aᵢ cos(2πik / (M - 1))`
 * @throws {ArgumentError} if there are no coefficients.
 */
export const generalCosine: Window<{ a: readonly number[] }> = composite(
  `generalCosine(int M, *, float[] a, ${WINDOW_OPTIONS})`,
  (M, a, sym, dtype, device, requiresGrad) => finish(cosines("generalCosine", M, a, sym, { dtype, device }), requiresGrad),
);

/** The window of Bartlett, a triangle: `1 - |2k / (M - 1) - 1|`. */
export const bartlett: Window = composite(`bartlett(int M, *, ${WINDOW_OPTIONS})`, (M, sym, dtype, device, requiresGrad) => {
  const type = checkWindow("bartlett", M, { dtype, device });
  const step = 2 / (sym ? M - 1 : M);
  const window =
    shortWindow(M, type, device) ??
    steps(-1, -1 + (M - 1) * step, M, type, device)
      .abs()
      .neg()
      .add(1);
  return finish(window, requiresGrad);
});

/** Half a period of a sine, `sin(π(k + ½) / M)`. */
export const cosine: Window = composite(`cosine(int M, *, ${WINDOW_OPTIONS})`, (M, sym, dtype, device, requiresGrad) => {
  const type = checkWindow("cosine", M, { dtype, device });
  const step = Math.PI / (!sym && M > 1 ? M + 1 : M);
  return finish(
    M === 0 ? (shortWindow(0, type, device) as Tensor) : steps(0.5 * step, (0.5 + (M - 1)) * step, M, type, device).sin(),
    requiresGrad,
  );
});

/**
 * A normal distribution's bell, `exp(-(k - c)² / (2 std²))` around the middle `c`.
 * @throws {ArgumentError} unless `std > 0`.
 */
export const gaussian: Window<{ std?: number }> = composite(
  `gaussian(int M, *, float std=1, ${WINDOW_OPTIONS})`,
  (M, std, sym, dtype, device, requiresGrad) => {
    const type = checkWindow("gaussian", M, { dtype, device });
    if (!(std > 0)) throw new ArgumentError(`gaussian: Standard deviation must be positive, got: ${std} instead.`);
    const start = -(!sym && M > 1 ? M : M - 1) / 2;
    const scale = 1 / (std * Math.SQRT2);
    const window =
      M === 0
        ? (shortWindow(0, type, device) as Tensor)
        : steps(start * scale, (start + (M - 1)) * scale, M, type, device)
            .square()
            .neg()
            .exp();
    return finish(window, requiresGrad);
  },
);

/**
 * `exp(-|k - center| / tau)`, the center being the middle by default.
 * @throws {ArgumentError} unless `tau > 0`, or if a symmetric window is given a center.
 */
export const exponential: Window<{ center?: number | null; tau?: number }> = composite(
  `exponential(int M, *, float? center=null, float tau=1, ${WINDOW_OPTIONS})`,
  (M, center, tau, sym, dtype, device, requiresGrad) => {
    const type = checkWindow("exponential", M, { dtype, device });
    if (!(tau > 0)) throw new ArgumentError(`exponential: Tau must be positive, got: ${tau} instead.`);
    if (sym && center !== null) throw new ArgumentError(`exponential: Center must be None for symmetric windows, got ${center}`);
    const middle = center ?? (!sym && M > 1 ? M : M - 1) / 2;
    const window =
      M === 0
        ? (shortWindow(0, type, device) as Tensor)
        : steps(-middle / tau, (-middle + (M - 1)) / tau, M, type, device)
            .abs()
            .neg()
            .exp();
    return finish(window, requiresGrad);
  },
);

/**
 * The window of Kaiser, `I₀(β √(1 - (2k / (M - 1) - 1)²)) / I₀(β)`.
 * @throws {ArgumentError} if `beta` is negative.
 */
export const kaiser: Window<{ beta?: number }> = composite(
  `kaiser(int M, *, float beta=12, ${WINDOW_OPTIONS})`,
  (M, beta, sym, dtype, device, requiresGrad) => {
    const type = checkWindow("kaiser", M, { dtype, device });
    if (beta < 0) throw new ArgumentError(`kaiser: beta must be non-negative, got: ${beta} instead.`);
    const short = shortWindow(M, type, device);
    if (short !== null) return finish(short, requiresGrad);
    // Bounds in the window's dtype, so that rounding does not lead below the root's domain.
    const edge = scalarOn(resolveBackend(device), beta, type);
    const step = edge.mul(2).div(sym ? M - 1 : M);
    const k = linspace(
      edge.neg(),
      edge
        .neg()
        .add(step.mul(M - 1))
        .minimum(edge),
      M,
      { dtype: type, device },
    );
    return finish(edge.mul(edge).sub(k.square()).sqrt().i0().div(edge.i0()), requiresGrad);
  },
);
