/** Running sums, products and extremes along a dimension. */

import type { Scanner } from "../../backend/contract.js";
import { type DType, int64 } from "../../core/dtype.js";
import { DTypeError } from "../../core/errors.js";
import { wrapDim } from "../../core/shape.js";
import { emptyLike } from "../../tensor/create.js";
import { primitive } from "../../tensor/define/index.js";
import type { Args, InPlaceOp, Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";
import { asLine, checkOrdered, reshaped, type ValuesIndices } from "./reduction.js";

type Scan = InPlaceOp<(input: Tensor, ...args: Args<[dim: number], { dim?: number; dtype?: DType | null }>) => Tensor>;

function scanWith(op: string, kind: Scanner, input: Tensor, dim: number, result: DType): Tensor {
  const d = wrapDim(op, dim, input.shape.length);
  const line = asLine(input);
  const out = emptyLike(line, result);
  input.storage.backend.kernels.scan(kind, out, null, line, d);
  return input.shape.length === 0 ? reshaped(out, []) : out;
}

/** Integers and truth values accumulate as int64. */
const wide = (input: DType, dtype: DType | null): DType => dtype ?? (input.kind === "int" || input.kind === "bool" ? int64 : input);

/** The running sum from the end. */
const sumFromEnd = (input: Tensor, dim: number): Tensor => (input.shape.length === 0 ? input : input.flip(dim).cumsum(dim).flip(dim));

/**
 * The running sum along a dimension: `out[i] = input[0] + … + input[i]`. Integers are summed as int64.
 * @example
 * ```ts
 * torch.tensor([1, 2, 3]).cumsum(0); // tensor([1., 3., 6.])
 * ```
 */
export const cumsum: Scan = primitive("cumsum(Tensor input, int dim, *, dtype? dtype=null)", {
  forward: (input, dim, dtype) => scanWith("cumsum", "sum", input, dim, wide(input.dtype, dtype)),
  gradient: { input: (grad, { dim }) => sumFromEnd(grad, dim) },
  inPlace: true,
});

/** The elements after each one along `dim`, `by` places on; `fill` where there are none. */
function ahead(input: Tensor, dim: number, by: number, fill: number): Tensor {
  const n = input.shape[dim] as number;
  return input.newFull(input.shape, fill).sliceScatter(input.narrow(dim, by, n - by), dim, 0, n - by);
}

/**
 * Solves `s[i] = g[i] + x[i + 1]·s[i + 1]` from the end, by composing the affine steps pairwise (Hillis and Steele 1986). Unlike
 * a quotient of running sums it needs no division, so zeros are nothing special, and its derivatives are those of a polynomial.
 */
function recurrenceFromEnd(g: Tensor, x: Tensor, dim: number): Tensor {
  const n = x.shape[dim] as number;
  let factor = ahead(x, dim, 1, 0);
  let sum = g;
  for (let by = 1; by < n; by *= 2) {
    sum = sum.add(factor.mul(ahead(sum, dim, by, 0)));
    factor = factor.mul(ahead(factor, dim, by, 0));
  }
  return sum;
}

/**
 * The running product along a dimension: `out[i] = input[0] · … · input[i]`. Integers are multiplied as int64.
 *
 * Its gradient is `∂/∂x[j] = (Π_{i<j} x[i]) · Σ_{k≥j} g[k]·Π_{j<i≤k} x[i]`.
 */
export const cumprod: Scan = primitive("cumprod(Tensor input, int dim, *, dtype? dtype=null)", {
  forward: (input, dim, dtype) => scanWith("cumprod", "prod", input, dim, wide(input.dtype, dtype)),
  gradient: {
    input: (grad, { input, dim }) => {
      const n = input.shape.length;
      if (n === 0 || input.count <= 1) return grad;
      const d = wrapDim("cumprod", dim, n);
      const size = input.shape[d] as number;
      const x = input.to(grad.dtype).conj();
      const before = x
        .newOnes(x.shape)
        .sliceScatter(x.narrow(d, 0, size - 1), d, 1, size)
        .cumprod(d);
      return before.mul(recurrenceFromEnd(grad, x, d));
    },
  },
  inPlace: true,
});

const smallest: Readonly<Record<string, number>> = {
  float16: -65504,
  bfloat16: -3.3895313892515355e38,
  float32: -3.4028234663852886e38,
  float64: -Number.MAX_VALUE,
};

/** `log Σ_{k≥i} exp(input[k])` */
const logSumFromEnd = (input: Tensor, dim: number): Tensor =>
  input.shape.length === 0 ? input : input.flip(dim).logcumsumexp(dim).flip(dim);

/** The running `log Σ exp` along a dimension, computed without overflow. */
export const logcumsumexp: Op<(input: Tensor, dim: number) => Tensor> = primitive("logcumsumexp(Tensor input, int dim)", {
  forward: (input, dim) => {
    if (!input.dtype.isFloatingPoint && !input.dtype.isComplex)
      throw new DTypeError(`logcumsumexp: "logcumsumexp_out_cpu" not implemented for '${input.dtype.scalarName}'`);
    return scanWith("logcumsumexp", "logsumexp", input, dim, input.dtype);
  },
  gradient: {
    // Σ_{k≥i} g[k]·exp(x[i] - out[k]), with the positive and negative g each in logarithms.
    input: (grad, { input, out, dim }) => {
      if (grad.count === 0) return grad;
      if (grad.dtype.isComplex) return logSumFromEnd(grad.conj().log().sub(out), dim).add(input).exp().conj();
      const lowest = smallest[grad.dtype.name] ?? Number.NEGATIVE_INFINITY;
      const magnitude = grad.abs().log();
      const part = (taken: Tensor): Tensor =>
        logSumFromEnd(magnitude.maskedFill(taken.logicalNot(), lowest).sub(out), dim).add(input).exp();
      return part(grad.gt(0)).sub(part(grad.lt(0)));
    },
  },
});

type ScanExtreme = Op<(input: Tensor, dim: number) => ValuesIndices>;

const scanExtreme = (name: "cummax" | "cummin", kind: "max" | "min"): ScanExtreme =>
  primitive(`${name}(Tensor input, int dim)`, {
    forward: (input, dim) => {
      checkOrdered(name, input.dtype);
      const d = wrapDim(name, dim, input.shape.length);
      const line = asLine(input);
      const values = emptyLike(line, input.dtype);
      const indices = emptyLike(line, int64);
      input.storage.backend.kernels.scan(kind, values, indices, line, d);
      return input.shape.length === 0 ? [reshaped(values, []), reshaped(indices, [])] : [values, indices];
    },
    gradient: {
      input: (grad, { given, outs, dim }) =>
        given.input.shape.length === 0 ? grad : grad.newZeros(given.input.shape).scatterAdd(dim, outs[1] as Tensor, grad),
    },
    results: ["values", "indices"],
  });

/** The largest element so far along a dimension, and its index (the last one, of equals). */
export const cummax: ScanExtreme = scanExtreme("cummax", "max");

/** The smallest element so far along a dimension, and its index (the last one, of equals). */
export const cummin: ScanExtreme = scanExtreme("cummin", "min");
