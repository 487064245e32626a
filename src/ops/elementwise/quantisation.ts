/** Quantisation, simulated in floats. */

import { ArgumentError } from "../../core/errors.js";
import * as e from "../../expr/build.js";
import { pointwise, rules } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/** The number of the level nearest to an element. */
const level = (x: e.Expr, scale: e.Expr, zeroPoint: e.Expr): e.Expr => e.add(e.round(e.mul(x, e.div(1, scale))), zeroPoint);

function checkLevels(_input: Tensor, scale: number, zeroPoint: number, quantMin: number, quantMax: number): void {
  const op = "fakeQuantizePerTensorAffine";
  if (!(scale > 0)) throw new ArgumentError(`${op}: scale must be positive, got ${scale}`);
  if (quantMin > quantMax)
    throw new ArgumentError(`${op}: \`quant_min\` should be less than or equal to \`quant_max\`, got ${quantMin} and ${quantMax}`);
  if (zeroPoint < quantMin || zeroPoint > quantMax)
    throw new ArgumentError(
      `${op}: \`zero_point\` must be between \`quant_min\` and \`quant_max\`, got ${zeroPoint}, ${quantMin} and ${quantMax}`,
    );
}

/**
 * The input as it is after quantisation to the integers `quantMin … quantMax` and back:
 * `(min(max(round(input / scale) + zeroPoint, quantMin), quantMax) - zeroPoint) · scale`. Gradients pass through where nothing was cut off, so
 * that a model can be trained for quantised inference.
 * @throws {ArgumentError} if there are no levels, or `zeroPoint` is not among them.
 * @example
 * ```ts
 * torch.fakeQuantizePerTensorAffine(torch.tensor([-1, 0.12, 0.7]), 0.1, 2, 0, 7); // tensor([-0.2000, 0.1000, 0.5000])
 * ```
 */
export const fakeQuantizePerTensorAffine: Op<
  (input: Tensor, scale: number, zeroPoint: number, quantMin: number, quantMax: number) => Tensor
> = pointwise(
  "fakeQuantizePerTensorAffine(Tensor input, float scale=1, int zeroPoint=0, int quantMin=0, int quantMax=255)",
  (x, scale, zeroPoint, low, high) => {
    const kept = e.minimum(e.maximum(level(x, scale, zeroPoint), low), high);
    return e.mul(e.sub(e.select(e.isNan(x), low, kept), zeroPoint), scale);
  },
  rules.floatOnly,
  {
    inPlace: false,
    check: checkLevels,
    gradient: (grad, inputs) => {
      const [x, scale, zeroPoint, low, high] = inputs as [e.Expr, e.Expr, e.Expr, e.Expr, e.Expr];
      const at = level(x, scale, zeroPoint);
      return [e.select(e.and(e.ge(at, low), e.le(at, high)), grad, 0)];
    },
    gradName: "FakeQuantizePerTensorAffineCachemaskBackward0",
  },
);
