/** Tensors filled in place with samples. */

import { ArgumentError, DTypeError } from "../../core/errors.js";
import { composite } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import { type Generator, stateFor } from "../../tensor/generator.js";
import { Tensor } from "../../tensor/tensor.js";
import { checkFloating, fillInPlace, replaceBy } from "./draw.js";
import { checkRange, largestOf, wholeBound } from "./limits.js";

/** The stream to draw from; that of the device by default. */
export interface Drawn {
  generator?: Generator | null;
}

const silent = { differentiable: false } as const;

/**
 * Fills the tensor with uniform numbers in `[from, to)`.
 * @throws {ArgumentError} if `from > to`, or a bound leaves the dtype's range.
 */
export const uniform_: Op<(input: Tensor, ...args: Args<[from: number, to: number], Drawn & { from?: number; to?: number }>) => Tensor> =
  composite(
    "uniform_(Tensor input, float from=0, float to=1, *, generator? generator=null)",
    (input, from, to, generator) => {
      checkFloating("uniform_", "check_uniform_bounds", input, true);
      const limit = largestOf(input.dtype);
      if (!(Math.abs(from) <= limit)) throw new ArgumentError(`uniform_: from is out of bounds for ${input.dtype}: ${from}`);
      if (!(Math.abs(to) <= limit)) throw new ArgumentError(`uniform_: to is out of bounds for ${input.dtype}: ${to}`);
      if (from > to) throw new ArgumentError(`uniform_ expects to return a [from, to) range, but found from=${from} > to=${to}`);
      if (to - from > limit)
        throw new ArgumentError(
          `uniform_ expects to-from <= std::numeric_limits<${input.dtype.scalarName}>::max(), but found to=${to} and from=${from} which result in to-from to exceed the limit`,
        );
      return fillInPlace("uniform_", input, { kind: "uniform", from, to }, generator);
    },
    silent,
  );

/**
 * Fills the tensor with normal numbers; of complex numbers both parts have half of the variance.
 * @throws {ArgumentError} if `std` is negative.
 */
export const normal_: Op<(input: Tensor, ...args: Args<[mean: number, std: number], Drawn & { mean?: number; std?: number }>) => Tensor> =
  composite(
    "normal_(Tensor input, float mean=0, float std=1, *, generator? generator=null)",
    (input, mean, std, generator) => {
      checkFloating("normal_", "normal_kernel_cpu", input, true);
      if (!(std >= 0)) throw new ArgumentError(`normal_: normal expects std >= 0.0, but found std ${std}`);
      return fillInPlace("normal_", input, { kind: "normal", mean, std: input.dtype.isComplex ? std / Math.SQRT2 : std }, generator);
    },
    silent,
  );

/**
 * Fills the tensor with exponential numbers of rate `lambd`, of density `λ exp(-λx)`.
 * @throws {ArgumentError} unless `lambd > 0`.
 */
export const exponential_: Op<(input: Tensor, ...args: Args<[lambd: number], Drawn & { lambd?: number }>) => Tensor> = composite(
  "exponential_(Tensor input, float lambd=1, *, generator? generator=null)",
  (input, lambd, generator) => {
    checkFloating("exponential_", "exponential_cpu", input, false);
    if (!(lambd > 0)) throw new ArgumentError(`exponential_ expects lambda > 0.0, but found lambda=${lambd}`);
    return fillInPlace("exponential_", input, { kind: "exponential", lambda: lambd }, generator);
  },
  silent,
);

/**
 * Fills the tensor with Cauchy numbers, `median + σ tan(π(u - ½))`.
 * @throws {ArgumentError} unless `sigma > 0`.
 */
export const cauchy_: Op<
  (input: Tensor, ...args: Args<[median: number, sigma: number], Drawn & { median?: number; sigma?: number }>) => Tensor
> = composite(
  "cauchy_(Tensor input, float median=0, float sigma=1, *, generator? generator=null)",
  (input, median, sigma, generator) => {
    checkFloating("cauchy_", "cauchy_cpu", input, false);
    if (!(sigma > 0)) throw new ArgumentError(`cauchy_ expects sigma > 0.0, but found sigma=${sigma}`);
    return fillInPlace("cauchy_", input, { kind: "cauchy", median, sigma }, generator);
  },
  silent,
);

/**
 * Fills the tensor with numbers whose logarithms are normal.
 * @throws {ArgumentError} unless `std > 0`.
 */
export const logNormal_: Op<
  (input: Tensor, ...args: Args<[mean: number, std: number], Drawn & { mean?: number; std?: number }>) => Tensor
> = composite(
  "logNormal_(Tensor input, float mean=1, float std=2, *, generator? generator=null)",
  (input, mean, std, generator) => {
    checkFloating("logNormal_", "log_normal_cpu", input, false);
    if (!(std > 0)) throw new ArgumentError(`logNormal_: log_normal_ expects std > 0.0, but found std=${std}`);
    return fillInPlace("logNormal_", input, { kind: "logNormal", mean, std }, generator);
  },
  silent,
);

/**
 * Fills the tensor with numbers of trials up to the first success, each with probability `p`.
 * @throws {ArgumentError} unless `0 < p < 1`.
 */
export const geometric_: Op<(input: Tensor, ...args: Args<[p: number], Drawn & { p?: number }>) => Tensor> = composite(
  "geometric_(Tensor input, float p, *, generator? generator=null)",
  (input, p, generator) => {
    if (!(p > 0 && p < 1)) throw new ArgumentError(`geometric_ expects p to be in (0, 1), but got p=${p}`);
    if (input.dtype.isComplex || input.dtype.kind === "bool")
      throw new DTypeError(`geometric_: "geometric_cpu" not implemented for '${input.dtype.scalarName}'`);
    return fillInPlace("geometric_", input, { kind: "geometric", p }, generator);
  },
  silent,
);

type Bound = number | bigint | null;

/**
 * Fills the tensor with uniform integers in `[from, to)`; given one number, in `[0, from)`; given none, over what the dtype holds.
 * @throws {ArgumentError} if the range is empty or leaves the dtype.
 */
export const random_: Op<(input: Tensor, ...args: Args<[from: Bound, to: Bound], Drawn & { from?: Bound; to?: Bound }>) => Tensor> =
  composite(
    "random_(Tensor input, any from=null, any to=null, *, generator? generator=null)",
    (input, from, to, generator) => {
      const { dtype } = input;
      if (dtype.isComplex) throw new DTypeError(`random_: "random_" not implemented for '${dtype.scalarName}'`);
      if (from === null && to === null) return fillInPlace("random_", input, { kind: "anyInteger" }, generator);
      const low = to === null || from === null ? 0n : wholeBound("random_", "from", from as number | bigint);
      const high = wholeBound("random_", "to", (to ?? from) as number | bigint);
      checkRange("random_", low, high, dtype);
      return fillInPlace("random_", input, { kind: "integer", from: low, to: high }, generator);
    },
    silent,
  );

/**
 * Fills the tensor with ones of probability `p`, a number or a tensor of them, and zeros.
 * @throws {ArgumentError} if a probability is outside of `[0, 1]`.
 */
export const bernoulli_: Op<(input: Tensor, ...args: Args<[p: Tensor | number], Drawn & { p?: Tensor | number }>) => Tensor> = composite(
  "bernoulli_(Tensor input, Operand p=0.5, *, generator? generator=null)",
  (input, p, generator) => {
    if (input.dtype.isComplex) throw new DTypeError(`bernoulli_: "bernoulli_scalar_cpu_" not implemented for '${input.dtype.scalarName}'`);
    if (!(p instanceof Tensor)) {
      const probability = Number(p);
      if (!(probability >= 0 && probability <= 1))
        throw new ArgumentError(`bernoulli_ expects p to be in [0, 1], but got p=${probability}`);
      return fillInPlace("bernoulli_", input, { kind: "bernoulli", p: probability }, generator);
    }
    if (!p.dtype.isFloatingPoint)
      throw new DTypeError(`bernoulli_: expected probabilities tensor to have floating type, got ${p.dtype.scalarName}`);
    const backend = input.storage.backend;
    const probabilities = p.detach().expand(input.shape);
    return replaceBy("bernoulli_", input, (memory) => {
      backend.kernels.bernoulli(memory, probabilities, stateFor("bernoulli_", generator, backend));
      return memory;
    });
  },
  silent,
);
