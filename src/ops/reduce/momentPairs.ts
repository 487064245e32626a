/** Variances and standard deviations together with the mean. */

import { composite, primitive } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { deviationOf, meanGradient, measure, rootGradient, varianceGradient } from "./deviation.js";
import type { DeviationArgs } from "./moments.js";

type PairOp = Op<(input: Tensor, ...args: DeviationArgs) => readonly [deviation: Tensor, mean: Tensor]>;

function pair(op: "varMean" | "stdMean"): PairOp {
  const takeRoot = op === "stdMean";
  const inner: Op<(input: Tensor, dim: readonly number[] | null, correction: number, keepdim: boolean) => readonly [Tensor, Tensor]> =
    primitive(`${op}(Tensor input, int[]? dim, float correction, bool keepdim)`, {
      forward: (input, dim, correction, keepdim) => measure(op, input, { dim, correction, keepdim }, takeRoot),
      gradient: {
        input: (_grad, { input, out, grads, dim, correction, keepdim }) => {
          const how = { dim, correction, keepdim };
          const [first, second] = grads as readonly [Tensor | null, Tensor | null];
          const parts: Tensor[] = [];
          if (first !== null) parts.push(varianceGradient(op, takeRoot ? rootGradient(first, out) : first, input, how));
          if (second !== null) parts.push(meanGradient(op, second, input, how));
          return parts.reduce((sum, part) => sum.add(part));
        },
      },
    });
  return composite(
    `${op}(Tensor input, any dim=null, bool? unbiased=null, bool keepdim=false, *, float? correction=null)`,
    (input, dim, unbiased, keepdim, correction) => {
      const how = deviationOf(op, input, dim, unbiased, correction, keepdim);
      return inner(input, how.dim, how.correction, how.keepdim);
    },
  );
}

/**
 * The variance and the mean, of all elements or along dimensions.
 * @throws {DTypeError} for integers.
 */
export const varMean: PairOp = pair("varMean");

/**
 * The standard deviation and the mean, of all elements or along dimensions.
 * @throws {DTypeError} for integers.
 */
export const stdMean: PairOp = pair("stdMean");
