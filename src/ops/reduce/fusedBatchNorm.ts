/** Batch normalisation in one kernel forward and one backward, on devices that have them. */

import { modes } from "../../autograd/modes.js";
import { type DType, float32, float64 } from "../../core/dtype.js";
import { denseCopy } from "../../tensor/copy.js";
import { emptyLike, emptyOn } from "../../tensor/create.js";
import { primitive } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

/** Whether operands are what the kernels take: float32 or float64 throughout, and elements in `input`. */
function fits(input: Tensor, vectors: readonly (Tensor | null)[]): boolean {
  const { dtype } = input;
  if ((dtype !== float32 && dtype !== float64) || input.count === 0) return false;
  return vectors.every((vector) => vector === null || vector.dtype === dtype);
}

const inMemory = (tensor: Tensor): Tensor => (tensor.dense ? tensor : denseCopy(tensor, tensor.dtype));

/** A vector over channels without gaps, or nothing. */
const dense = (vector: Tensor | null): Tensor | null => (vector === null ? null : inMemory(vector));

const vector = (like: Tensor, dtype: DType): Tensor => emptyOn(like.storage.backend, [like.shape[1] as number], dtype);

/** The result and the statistics of the batch that it used, vectors over channels; null where the device has no kernel for the operands. */
export function standardisedByBatch(
  input: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  eps: number,
): { readonly out: Tensor; readonly mean: Tensor; readonly variance: Tensor; readonly rstd: Tensor } | null {
  const { kernels } = input.storage.backend;
  if (kernels.batchNorm === undefined || !fits(input, [weight, bias])) return null;
  const { dtype } = input;
  const [out, mean, variance, rstd] = [emptyLike(input, input.dtype), vector(input, dtype), vector(input, dtype), vector(input, dtype)];
  kernels.batchNorm(out, mean, variance, rstd, inMemory(input), dense(weight), dense(bias), eps, true);
  return { out, mean, variance, rstd };
}

/** The result for given statistics, or null as above. */
export function standardisedBy(input: Tensor, mean: Tensor, rstd: Tensor, weight: Tensor | null, bias: Tensor | null): Tensor | null {
  const { kernels } = input.storage.backend;
  if (kernels.batchNorm === undefined || !fits(input, [mean, rstd, weight, bias])) return null;
  const out = emptyLike(input, input.dtype);
  kernels.batchNorm(out, inMemory(mean), null, inMemory(rstd), inMemory(input), dense(weight), dense(bias), 0, false);
  return out;
}

type Gradients = readonly [input: Tensor, weight: Tensor, bias: Tensor];

const backward: Op<(grad: Tensor, input: Tensor, weight: Tensor | null, mean: Tensor, rstd: Tensor, training: boolean) => Gradients> =
  primitive("batchNormBackward(Tensor grad, Tensor input, Tensor? weight, Tensor mean, Tensor rstd, bool training)", {
    forward: (grad, input, weight, mean, rstd, training) => {
      const { dtype } = input;
      const made = [emptyLike(input, input.dtype), vector(input, dtype), vector(input, dtype)] as const;
      const given = [inMemory(grad), inMemory(input), inMemory(mean), inMemory(rstd), dense(weight)] as const;
      input.storage.backend.kernels.batchNormBackward?.(...made, ...given, training);
      return made;
    },
  });

/** The gradients of one pass through a node, whose rules ask for them one by one. */
const known = new WeakMap<object, Gradients>();

/**
 * The gradients of input, weight and bias by one kernel; null where the device has none for the operands, or where the pass is recorded, since
 * the kernel has no derivative. `pass` is the same object for all rules of one pass.
 */
export function gradientsByBatch(
  pass: object,
  grad: Tensor,
  input: Tensor,
  weight: Tensor | null,
  mean: Tensor,
  rstd: Tensor,
  training: boolean,
): Gradients | null {
  if (modes.grad || input.storage.backend.kernels.batchNormBackward === undefined || !fits(input, [grad, weight, mean, rstd])) return null;
  const before = known.get(pass);
  if (before !== undefined) return before;
  const made = backward(grad, input, weight, mean, rstd, training);
  known.set(pass, made);
  return made;
}
