/** Softmax and its kin. */

import type { DType } from "../../core/dtype.js";
import { DTypeError } from "../../core/errors.js";
import { wrapDim } from "../../core/shape.js";
import * as e from "../../expr/build.js";
import { input as element } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { emptyLike } from "../../tensor/create.js";
import { composite, pointwise, primitive, rules } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { accumulateType, asLine, itself, reduceProgram, reshaped } from "./reduction.js";
import { summation } from "./summation.js";

const [x, top, total] = [element(0), element(1), element(2)];
const exponential = new Program("softmax", [e.exp(e.sub(x, top))], 2);
const quotient = new Program("softmax", [e.div(e.exp(e.sub(x, top)), total)], 3);
const logarithm = new Program("logSoftmax", [e.sub(e.sub(x, top), e.log(total))], 3);

/** One fused kernel where the device has it; else three, from the maximum `top` and the sum of exponentials `total`. */
function forward(op: "softmax" | "logSoftmax", input: Tensor, dim: number): Tensor {
  const { dtype } = input;
  if (!dtype.isFloatingPoint)
    throw new DTypeError(
      `${op}: "${op === "softmax" ? "softmax" : "log_softmax"}_kernel_impl" not implemented for '${dtype.scalarName}'. Give { dtype: torch.float32 } to convert.`,
    );
  const d = wrapDim(op, dim, input.shape.length);
  const line = asLine(input);
  const out = emptyLike(line, dtype);
  const { kernels } = input.storage.backend;
  if (kernels.softmax !== undefined) kernels.softmax(out, line, d, op === "logSoftmax");
  else if (line.count > 0) {
    const compute = accumulateType(dtype);
    const options = { dims: [d], keepdim: true, compute, result: compute };
    const maximum = reduceProgram("max", itself, [line], line.shape, options).expand(line.shape as number[]);
    const sum = reduceProgram("sum", exponential, [line, maximum], line.shape, options).expand(line.shape as number[]);
    kernels.pointwise(op === "softmax" ? quotient : logarithm, compute, [out], [line, maximum, sum]);
  }
  return input.shape.length === 0 ? reshaped(out, []) : out;
}

const dot = summation("softmaxDot", 2, (grad, out) => e.mul(grad, out));
const plain = summation("softmaxSum", 1, (grad) => grad);

/** `out·(grad - Σ grad·out)` */
const step = pointwise<(grad: Tensor, out: Tensor, dot: Tensor) => Tensor>(
  "softmaxStep(Tensor grad, Tensor output, Tensor dot)",
  (grad, out, s) => e.mul(out, e.sub(grad, s)),
  rules.gradientRule,
  { inPlace: false },
);

/** `grad - exp(out)·Σ grad` */
const logStep = pointwise<(grad: Tensor, out: Tensor, sum: Tensor) => Tensor>(
  "logSoftmaxStep(Tensor grad, Tensor output, Tensor sum)",
  (grad, out, s) => e.sub(grad, e.mul(e.exp(out), s)),
  rules.gradientRule,
  { inPlace: false },
);

const softmaxAlong: Op<(input: Tensor, dim: number) => Tensor> = primitive("softmax(Tensor input, int dim)", {
  forward: (input, dim) => forward("softmax", input, dim),
  gradient: {
    input: (grad, { out, dim }) =>
      step(grad, out, dot([grad, out], out.shape.length === 0 ? [] : [wrapDim("softmax", dim, out.shape.length)], true)),
  },
});

const logSoftmaxAlong: Op<(input: Tensor, dim: number) => Tensor> = primitive("logSoftmax(Tensor input, int dim)", {
  forward: (input, dim) => forward("logSoftmax", input, dim),
  gradient: {
    input: (grad, { out, dim }) =>
      logStep(grad, out, plain([grad], out.shape.length === 0 ? [] : [wrapDim("logSoftmax", dim, out.shape.length)], true)),
  },
});

type SoftmaxOp = Op<(input: Tensor, dim: number, ...args: Args<[dtype: DType | null], { dtype?: DType | null }>) => Tensor>;

/**
 * `exp(input) / Σ exp(input)` along a dimension: numbers between 0 and 1 that sum to 1.
 * @throws {DTypeError} for integers, unless a float `dtype` is given.
 * @example
 * ```ts
 * torch.tensor([0, 0]).softmax(0); // tensor([0.5000, 0.5000])
 * ```
 */
export const softmax: SoftmaxOp = composite("softmax(Tensor input, int dim, dtype? dtype=null)", (input, dim, dtype) =>
  softmaxAlong(dtype === null ? input : input.to(dtype), dim),
);

/**
 * `log(softmax(input))` along a dimension, computed as `input - log Σ exp(input)` without overflow.
 * @throws {DTypeError} for integers, unless a float `dtype` is given.
 */
export const logSoftmax: SoftmaxOp = composite("logSoftmax(Tensor input, int dim, dtype? dtype=null)", (input, dim, dtype) =>
  logSoftmaxAlong(dtype === null ? input : input.to(dtype), dim),
);
