/** Fills of memory with samples, and the checks of their parameters. */

import { modes } from "../../autograd/modes.js";
import type { Distribution } from "../../backend/contract.js";
import { DTypeError } from "../../core/errors.js";
import { emptyLike } from "../../tensor/create.js";
import { type Generator, stateFor } from "../../tensor/generator.js";
import { checkInPlace, rebase } from "../../tensor/graph.js";
import type { Tensor } from "../../tensor/tensor.js";

/** Fills a tensor that nobody has read yet. */
export function fillFresh(op: string, target: Tensor, distribution: Distribution, generator: Generator | null): Tensor {
  const backend = target.storage.backend;
  backend.kernels.random(target, distribution, stateFor(op, generator, backend));
  return target;
}

/** Fills a tensor in place; gradients of what it was become zero. */
export function fillInPlace(op: string, target: Tensor, distribution: Distribution, generator: Generator | null): Tensor {
  return replaceBy(op, target, (memory) => fillFresh(op, memory, distribution, generator));
}

/** Has the memory of a tensor written by `draw`, as an in-place operation. */
export function replaceBy(op: string, target: Tensor, draw: (memory: Tensor) => Tensor): Tensor {
  checkInPlace(op, target);
  if (modes.grad && target.requiresGrad) return target.fill_(draw(emptyLike(target, target.dtype)));
  draw(target);
  rebase(target, null, 0);
  return target;
}

/** Checks that samples are floats, or complex where `complex` says so. */
export function checkFloating(op: string, kernel: string, tensor: Tensor, complex: boolean): void {
  if (tensor.dtype.isFloatingPoint || (complex && tensor.dtype.isComplex)) return;
  throw new DTypeError(`${op}: "${kernel}" not implemented for '${tensor.dtype.scalarName}'`);
}
