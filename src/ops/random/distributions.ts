/** Samples of distributions whose parameters are tensors: functions of `torch`. */

import type { Sampler } from "../../backend/contract.js";
import { ArgumentError, DTypeError } from "../../core/errors.js";
import { broadcastPair } from "../../core/shape.js";
import { emptyOn, type Scalar } from "../../tensor/create.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import { type Generator, stateFor } from "../../tensor/generator.js";
import { Tensor } from "../../tensor/tensor.js";
import { blank, finish } from "../create/blank.js";
import type { Drawn } from "./fills.js";
import type { SampledOptions } from "./sampled.js";

/** The arguments of `normal`: parameters as tensors or numbers; two numbers need a size. */
export type NormalArguments =
  | [mean: Tensor, std?: Tensor | number, options?: Drawn]
  | [mean: number, std: Tensor, options?: Drawn]
  | [mean: number, std: number, size: readonly number[], options?: SampledOptions]
  | [mean: number, std: number, options: SampledOptions & { size: readonly number[] }];

/** Normal numbers around the elements of `mean`, or those of `std` wide, or both. Gradients are zero. */
const normalAround: Op<(mean: Tensor | Scalar, std: Tensor | Scalar, generator: Generator | null) => Tensor> = primitive(
  "normal(Operand mean, Operand std, generator? generator)",
  {
    forward: (mean, std, generator) => {
      if (!(std instanceof Tensor)) {
        const like = mean as Tensor;
        return emptyOn(like.storage.backend, like.shape, like.dtype).normal_(0, Number(std), { generator }).add_(like);
      }
      if (std.dtype.isComplex) throw new DTypeError("normal expects standard deviation to be non-complex");
      const shape = mean instanceof Tensor ? broadcastPair("normal", mean.shape, std.shape) : std.shape;
      const out = emptyOn(std.storage.backend, shape, mean instanceof Tensor ? mean.dtype : std.dtype);
      return out.normal_(0, 1, { generator }).mul_(std).add_(mean);
    },
    gradient: {
      mean: (_grad, { mean }) => zeros(mean as Tensor),
      std: (_grad, { std }) => zeros(std as Tensor),
    },
  },
);

/**
 * Normal numbers, each of its own mean and standard deviation, or `size` of them of the same.
 * @throws {ArgumentError} if a standard deviation that is a number is negative.
 * @example
 * ```ts
 * torch.normal(0, 1, [2, 3]);
 * torch.normal(torch.zeros(3), torch.tensor([1, 2, 3]));
 * ```
 */
export const normal: Op<(...args: NormalArguments) => Tensor> = composite(
  "normal(Operand mean=0, Operand std=1, int[]? size=null, *, generator? generator=null, dtype? dtype=null, device? device=null, bool requiresGrad=false)",
  (mean, std, size, generator, dtype, device, requiresGrad) => {
    const given = mean instanceof Tensor || std instanceof Tensor;
    if (given !== (size === null)) {
      throw new ArgumentError(
        `normal() received an invalid combination of arguments: ${given ? "tensors have sizes of their own, and take no size" : "two numbers need a size"}`,
      );
    }
    if (given) return normalAround(mean, std, generator);
    return finish(blank("normal", size ?? [], dtype, device).normal_(Number(mean), Number(std), { generator }), requiresGrad);
  },
);

function sampled(op: string, sampler: Sampler, parameters: readonly Tensor[], generator: Generator | null): Tensor {
  const [first, ...others] = parameters as [Tensor, ...Tensor[]];
  for (const one of parameters) {
    if (!one.dtype.isFloatingPoint) throw new DTypeError(`${op}: "${op}_cpu" not implemented for '${one.dtype.scalarName}'`);
    if (one.dtype !== first.dtype)
      throw new DTypeError(`${op}: expected scalar type ${first.dtype.scalarName} but found ${one.dtype.scalarName}`);
  }
  const shape = others.reduce((wide, one) => broadcastPair(op, wide, one.shape), first.shape);
  const backend = first.storage.backend;
  const out = emptyOn(backend, shape, first.dtype);
  backend.kernels.sample(
    sampler,
    out,
    parameters.map((one) => one.expand(shape)),
    stateFor(op, generator, backend),
  );
  return out;
}

const zeros = (grad: Tensor): Tensor => grad.newZeros(grad.shape);

/** Poisson counts of the rates in `input`. Gradients are zero. */
export const poisson: Op<(input: Tensor, generator?: Generator | null) => Tensor> = primitive(
  "poisson(Tensor input, generator? generator=null)",
  {
    forward: (input, generator) => sampled("poisson", "poisson", [input], generator),
    gradient: { input: zeros },
  },
);

/** Binomial counts: successes in `count` trials of probability `prob` each. Gradients are zero. */
export const binomial: Op<(count: Tensor, prob: Tensor, generator?: Generator | null) => Tensor> = primitive(
  "binomial(Tensor count, Tensor prob, generator? generator=null)",
  {
    forward: (count, prob, generator) => sampled("binomial", "binomial", [count, prob], generator),
    gradient: { count: zeros, prob: zeros },
  },
);
