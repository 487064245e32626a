/** Copies of elements between tensors of any layout and dtype. */

import { currentPass } from "../autograd/engine.js";
import type { DType } from "../core/dtype.js";
import { promoteTypes } from "../core/promotion.js";
import { input } from "../expr/node.js";
import { Program } from "../expr/program.js";
import { emptyOn, fromHost } from "./create.js";
import type { Tensor } from "./tensor.js";

const identity = new Program("copy", [input(0)], 1);

/** Writes the elements of `source` (broadcast) into the memory of `target`, converting them. Records nothing. */
export function copyInto(target: Tensor, source: Tensor): void {
  const from = source.storage.backend === target.storage.backend ? source : moved(source, target);
  const compute = target.dtype.isComplex ? promoteTypes(from.dtype, target.dtype) : from.dtype;
  target.storage.backend.kernels.pointwise(identity, compute, [target], [from]);
}

/** A dense copy, converted to a dtype. Records nothing. */
export function denseCopy(source: Tensor, dtype: DType = source.dtype): Tensor {
  const copy = emptyOn(source.storage.backend, source.shape, dtype);
  copyInto(copy, source);
  return copy;
}

/** A dense copy on the backend of another tensor. */
function moved(source: Tensor, target: Tensor): Tensor {
  const copy = fromHost(source.storage.backend.read(source), source.shape, source.dtype, target.storage.backend);
  copy.storage.epoch = currentPass();
  return copy;
}
