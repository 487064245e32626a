/** Logarithms of sums of exponentials. */

import { toRealType } from "../../core/dtype.js";
import { toFloating } from "../../core/promotion.js";
import * as e from "../../expr/build.js";
import { input as element } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { emptyLike } from "../../tensor/create.js";
import { pointwise, primitive, rules } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { accumulateType, type Dims, kept, reduceDims, reduceProgram } from "./reduction.js";

const real = new Program("logsumexp", [e.re(element(0))], 1);
/** What is subtracted before the exponential: the maximum, unless that is infinite. */
const shift = e.select(e.eq(e.abs(element(1)), Number.POSITIVE_INFINITY), 0, element(1));
const exponential = new Program("logsumexp", [e.exp(e.sub(element(0), shift))], 2);
const logarithm = new Program("logsumexp", [e.add(e.log(element(0)), shift)], 2);

/** `grad · exp(input - out)` */
const share = pointwise<(grad: Tensor, input: Tensor, out: Tensor) => Tensor>(
  "logsumexpShare(Tensor grad, Tensor input, Tensor output)",
  (grad, input, out) => e.mul(grad, e.conj(e.exp(e.sub(input, out)))),
  rules.gradientRule,
  { inPlace: false },
);

/** `log Σ exp(input)` along dimensions, computed without overflow. Integers are computed in the default float dtype. */
export const logsumexp: Op<(input: Tensor, dim: Dims, ...args: Args<[keepdim: boolean], { keepdim?: boolean }>) => Tensor> = primitive(
  "logsumexp(Tensor input, int[]? dim, bool keepdim=false)",
  {
    forward: (input, dim, keepdim) => {
      const { shape } = input;
      const dims = reduceDims("logsumexp", dim, shape.length);
      const dtype = toFloating(input.dtype);
      const compute = accumulateType(dtype);
      const top = reduceProgram("max", real, [input], shape, {
        dims,
        keepdim: true,
        compute: toRealType(compute),
        result: toRealType(compute),
      });
      const sum = reduceProgram("sum", exponential, [input, top.expand(shape as number[])], shape, {
        dims,
        keepdim,
        compute,
        result: compute,
      });
      const out = compute === dtype ? sum : emptyLike(sum, dtype);
      out.storage.backend.kernels.pointwise(
        logarithm,
        compute,
        [out],
        [sum, keepdim || dims.length === 0 ? top : top.reshape(sum.shape as number[])],
      );
      return out;
    },
    gradient: {
      input: (grad, { input, out, dim, keepdim }) => {
        const dims = reduceDims("logsumexp", dim, input.shape.length);
        return share(kept(grad, input.shape, dims, keepdim), input, kept(out, input.shape, dims, keepdim));
      },
    },
  },
);
