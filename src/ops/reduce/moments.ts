/** Variances and standard deviations. */

import { composite, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { deviationOf, measure, rootGradient, varianceGradient } from "./deviation.js";
import type { Dims } from "./reduction.js";

/** `(unbiased)`, `(dim, unbiased, keepdim)`, or by name. */
export type DeviationArgs =
  | [unbiased: boolean]
  | Args<
      [dim: Dims, unbiased: boolean, keepdim: boolean],
      { dim?: Dims; unbiased?: boolean; correction?: number | null; keepdim?: boolean }
    >;

type DeviationOp = Op<(input: Tensor, ...args: DeviationArgs) => Tensor>;

const INNER = "Tensor input, int[]? dim, float correction, bool keepdim";
const OUTER = "Tensor input, any dim=null, bool? unbiased=null, bool keepdim=false, *, float? correction=null";

const variance: Op<(input: Tensor, dim: readonly number[] | null, correction: number, keepdim: boolean) => Tensor> = primitive(
  `var(${INNER})`,
  {
    forward: (input, dim, correction, keepdim) => measure("var", input, { dim, correction, keepdim }, false)[0],
    gradient: { input: (grad, { input, dim, correction, keepdim }) => varianceGradient("var", grad, input, { dim, correction, keepdim }) },
  },
);

const deviation: Op<(input: Tensor, dim: readonly number[] | null, correction: number, keepdim: boolean) => Tensor> = primitive(
  `std(${INNER})`,
  {
    forward: (input, dim, correction, keepdim) => measure("std", input, { dim, correction, keepdim }, true)[0],
    gradient: {
      input: (grad, { input, out, dim, correction, keepdim }) =>
        varianceGradient("std", rootGradient(grad, out), input, { dim, correction, keepdim }),
    },
  },
);

const variation: DeviationOp = composite(`var(${OUTER})`, (input, dim, unbiased, keepdim, correction) => {
  const how = deviationOf("var", input, dim, unbiased, correction, keepdim);
  return variance(input, how.dim, how.correction, how.keepdim);
});

/**
 * The variance `Σ |x - mean|² / (n - correction)`, of all elements or along dimensions. `correction` is 1 by default (`unbiased`).
 * @throws {DTypeError} for integers.
 */
export { variation as var };

/**
 * The standard deviation, the square root of `var`.
 * @throws {DTypeError} for integers.
 * @example
 * ```ts
 * torch.tensor([1, 2, 3, 4]).std({ correction: 0 }); // tensor(1.1180)
 * ```
 */
export const std: DeviationOp = composite(`std(${OUTER})`, (input, dim, unbiased, keepdim, correction) => {
  const how = deviationOf("std", input, dim, unbiased, correction, keepdim);
  return deviation(input, how.dim, how.correction, how.keepdim);
});
