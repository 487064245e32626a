/** Samples whose probabilities are given by a tensor, as methods. */

import { int64 } from "../../core/dtype.js";
import { ArgumentError, DTypeError, ShapeError } from "../../core/errors.js";
import { emptyOn } from "../../tensor/create.js";
import { composite, primitive } from "../../tensor/define/index.js";
import type { Args, Op } from "../../tensor/dispatch.js";
import { stateFor } from "../../tensor/generator.js";
import { writeOut } from "../../tensor/out.js";
import type { Tensor } from "../../tensor/tensor.js";
import { fillFresh } from "./draw.js";
import type { Drawn } from "./fills.js";

/**
 * Ones with the probabilities in `input`, else zeros; with `p`, all ones have that probability. Gradients are zero.
 * @throws {ArgumentError} if a probability is outside of `[0, 1]`.
 */
export const bernoulli: Op<(input: Tensor, ...args: Args<[p: number | null], Drawn & { p?: number | null }>) => Tensor> = primitive(
  "bernoulli(Tensor input, float? p=null, *, generator? generator=null)",
  {
    forward: (input, p, generator) => {
      const backend = input.storage.backend;
      const out = emptyOn(backend, input.shape, input.dtype);
      if (p !== null) {
        if (!(p >= 0 && p <= 1)) throw new ArgumentError(`bernoulli: bernoulli_ expects p to be in [0, 1], but got p=${p}`);
        return fillFresh("bernoulli", out, { kind: "bernoulli", p }, generator);
      }
      if (!input.dtype.isFloatingPoint)
        throw new DTypeError(`bernoulli: "bernoulli_tensor_cpu_self_" not implemented for '${input.dtype.scalarName}'`);
      backend.kernels.bernoulli(out, input, stateFor("bernoulli", generator, backend));
      return out;
    },
    gradient: { input: (grad) => grad.newZeros(grad.shape) },
  },
);

/**
 * The indices of `numSamples` categories for each row of weights, which need not sum to 1 (int64).
 *
 * Shapes: `input` `[categories]` or `[rows, categories]`, result `[numSamples]` or `[rows, numSamples]`.
 * @throws {ArgumentError} if weights are negative or not finite, or there are too few to draw from without replacement.
 */
export const multinomial: Op<
  (
    input: Tensor,
    ...args: Args<[numSamples: number, replacement: boolean], Drawn & { numSamples?: number; replacement?: boolean; out?: Tensor | null }>
  ) => Tensor
> = composite(
  "multinomial(Tensor input, int numSamples, bool replacement=false, *, generator? generator=null, Tensor? out=null)",
  (input, numSamples, replacement, generator, given) => {
    const rank = input.shape.length;
    if (rank < 1 || rank > 2) throw new ShapeError(`multinomial: prob_dist must be 1 or 2 dim, got ${rank}`);
    if (!input.dtype.isFloatingPoint)
      throw new DTypeError(`multinomial: multinomial only supports floating-point dtypes for input, got: ${input.dtype.scalarName}`);
    if (numSamples <= 0) throw new ArgumentError(`multinomial: cannot sample n_sample <= 0 samples, got ${numSamples}`);
    const categories = input.shape[rank - 1] as number;
    if (!replacement && numSamples > categories)
      throw new ArgumentError(
        `multinomial: cannot sample n_sample > prob_dist.size(-1) samples without replacement, got ${numSamples} > ${categories}`,
      );
    if (categories > 2 ** 24) throw new ArgumentError(`multinomial: number of categories cannot exceed 2^24, got ${categories}`);
    if (given !== null && given.dtype !== int64)
      throw new DTypeError(`multinomial: multinomial expects Long tensor out, got: ${given.dtype.scalarName}`);
    const backend = input.storage.backend;
    const out = emptyOn(backend, [...input.shape.slice(0, -1), numSamples], int64);
    backend.kernels.multinomial(out, input, replacement, stateFor("multinomial", generator, backend));
    if (given === null) return out;
    writeOut("multinomial", given, () => out);
    return given;
  },
  { differentiable: false },
);
