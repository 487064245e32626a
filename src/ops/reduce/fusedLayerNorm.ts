/** The gradients of layer normalisation in one kernel, on devices that have it. */

import { modes } from "../../autograd/modes.js";
import { float32, float64 } from "../../core/dtype.js";
import { denseCopy } from "../../tensor/copy.js";
import { emptyLike, emptyOn } from "../../tensor/create.js";
import { primitive } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

type Gradients = readonly [input: Tensor, weight: Tensor, bias: Tensor];

const inMemory = (tensor: Tensor): Tensor => (tensor.dense ? tensor : denseCopy(tensor, tensor.dtype));

const backward: Op<(grad: Tensor, input: Tensor, weight: Tensor | null, mean: Tensor, rstd: Tensor, dims: readonly number[]) => Gradients> =
  primitive("layerNormBackward(Tensor grad, Tensor input, Tensor? weight, Tensor mean, Tensor rstd, int[] dims)", {
    forward: (grad, input, weight, mean, rstd, dims) => {
      const { backend } = input.storage;
      const shape = dims.map((d) => input.shape[d] as number);
      const made = [emptyLike(input, input.dtype), emptyOn(backend, shape, input.dtype), emptyOn(backend, shape, input.dtype)] as const;
      const given = [inMemory(grad), inMemory(input), inMemory(mean), inMemory(rstd)] as const;
      backend.kernels.layerNormBackward?.(...made, ...given, weight === null ? null : inMemory(weight));
      return made;
    },
  });

/** What the rules of one pass through the node share: an object that is the same for all of them, and what it saved. */
export interface LayerPass {
  readonly input: Tensor;
  readonly weight: Tensor | null;
  readonly outs: readonly Tensor[];
}

/** The gradients of one pass through a node, whose rules ask for them one by one. */
const known = new WeakMap<object, Gradients>();

/**
 * The gradients of input, weight and bias, normalised over the dimensions `dims`, the last ones, by one kernel; null where the device has none
 * for the operands, or where the pass is recorded, since the kernel has no derivative.
 */
export function gradientsByRows(pass: LayerPass, grad: Tensor, dims: readonly number[]): Gradients | null {
  const { input, weight, outs } = pass;
  const [mean, rstd] = [outs[1] as Tensor, outs[2] as Tensor];
  if (modes.grad || input.storage.backend.kernels.layerNormBackward === undefined || input.count === 0) return null;
  const { dtype } = input;
  if (dtype !== float32 && dtype !== float64) return null;
  if (![grad, mean, rstd, weight].every((tensor) => tensor === null || tensor.dtype === dtype)) return null;
  const before = known.get(pass);
  if (before !== undefined) return before;
  const made = backward(grad, input, weight, mean, rstd, dims);
  known.set(pass, made);
  return made;
}
