/**
 * Memory of gradients that is given back at once. A backward pass makes one gradient after another; what was made in the pass, waits at no node
 * and was seen by nobody outside of the engine is dead as soon as the node that it came to has been applied. Garbage of that size
 * would make the collector run several times a step, beside whose threads kernels have to compute.
 */

import { currentPass } from "../autograd/engine.js";
import type { Storage } from "../backend/storage.js";
import type { Tensor } from "./tensor.js";

/** Smaller memory lies in slabs and is not worth the counting. */
const LEAST_ELEMENTS = 1025;

/** The memory that a gradient lies in, as its first storage; null where that is small. */
function memoryOf({ storage }: Tensor): Storage | null {
  return storage.length < LEAST_ELEMENTS ? null : storage.root;
}

/** Notes that a gradient waits at a node. */
export function noteWaiting(grad: Tensor): void {
  const memory = memoryOf(grad);
  if (memory !== null) memory.waiting++;
}

/** Notes that a gradient no longer waits at a node. */
export function noteRelease(grad: Tensor): void {
  const memory = memoryOf(grad);
  if (memory !== null) memory.waiting--;
}

/** Gives the memory of a gradient back if it was made in this pass and waits at no node. A leaf that took it over has set its epoch to 0. */
export function reclaim(grad: Tensor): void {
  const memory = memoryOf(grad);
  if (memory === null || memory.waiting !== 0) return;
  const pass = currentPass();
  if (pass === 0 || (memory.epoch !== pass && memory.epoch !== -pass)) return;
  memory.epoch = 0;
  memory.backend.reclaim?.(memory);
}

/** Gives back the memory of a saved value that nobody but the node that was applied in this pass could read. */
export function reclaimSaved(saved: Tensor): void {
  const memory = memoryOf(saved);
  if (memory === null || memory.waiting !== 0 || currentPass() === 0) return;
  memory.backend.reclaim?.(memory);
}
