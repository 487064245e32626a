/** Tensors that nodes keep for the backward pass, and the check that nobody has written into them. */

import { AutogradError } from "../../core/errors.js";
import { formatShape } from "../../core/shape.js";
import type { Tensor } from "../tensor.js";

/** The error for a second backward pass through nodes that gave up what they saved. */
export function freedError(): AutogradError {
  return new AutogradError(
    "backward: Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify { retainGraph: true } if you need to backward through the graph a second time or if you need to access saved tensors after calling backward.",
  );
}

/**
 * Checks that a saved tensor still holds the values that it had.
 * @throws {AutogradError} naming the tensor and the versions, if it was written in place.
 */
export function checkVersion(tensor: Tensor, saved: number): void {
  if (tensor.storage.version === saved) return;
  const producer = tensor.producer;
  const origin = producer === null ? "" : `, which is output ${tensor.outputIndex} of ${producer.name.replace(/Backward0?/, "")},`;
  throw new AutogradError(
    `backward: one of the variables needed for gradient computation has been modified by an inplace operation: [torch.${tensor.dtype.legacyName}Tensor ${formatShape(tensor.shape)}]${origin} is at version ${tensor.storage.version}; expected version ${saved} instead. Hint: enable anomaly detection to find the operation that failed to compute its gradient, with torch.autograd.setDetectAnomaly(true).`,
  );
}
