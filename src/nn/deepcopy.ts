/** Deep copies of what modules hold. */

import { AutogradError } from "../core/errors.js";
import { Tensor } from "../tensor/tensor.js";
import { Buffer, isUninitialized, Parameter, uninitialized } from "./parameter.js";

interface Copyable {
  deepcopy(memo: Map<object, object>): object;
}

function isCopyable(value: object): value is Copyable {
  return "deepcopy" in value && typeof value.deepcopy === "function";
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A copy that waits for its shape if the original does. */
function sameState(tensor: Tensor, copy: Tensor): Tensor {
  return isUninitialized(tensor) ? uninitialized(copy) : copy;
}

function copyTensor(tensor: Tensor): Tensor {
  if (!tensor.isLeaf) {
    throw new AutogradError(
      "deepcopy: Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment; detach() the tensor first",
    );
  }
  const own = tensor.data.clone();
  if (tensor instanceof Parameter) return sameState(tensor, new Parameter(own, tensor.requiresGrad));
  if (tensor instanceof Buffer) return sameState(tensor, new Buffer(own, tensor.persistent));
  own.requiresGrad = tensor.requiresGrad;
  if (tensor.grad !== null) own.grad = copyTensor(tensor.grad.detach());
  return own;
}

/**
 * A copy of a value with everything below it: tensors, modules, arrays, maps, sets and plain objects. Anything else, functions included, is shared.
 * What occurs several times occurs as often in the copy; `memo` remembers it.
 * @throws {AutogradError} for tensors that are results of recorded operations.
 */
export function copyOf(value: unknown, memo: Map<object, object>): unknown {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return value;
  const found = memo.get(value);
  if (found !== undefined) return found;
  if (isCopyable(value)) return value.deepcopy(memo);
  const keep = <T extends object>(copy: T): T => {
    memo.set(value, copy);
    return copy;
  };
  if (value instanceof Tensor) return keep(copyTensor(value));
  if (Array.isArray(value)) {
    const copy = keep<unknown[]>([]);
    for (const item of value) copy.push(copyOf(item, memo));
    return copy;
  }
  if (value instanceof Map) {
    const copy = keep(new Map<unknown, unknown>());
    for (const [key, item] of value) copy.set(copyOf(key, memo), copyOf(item, memo));
    return copy;
  }
  if (value instanceof Set) {
    const copy = keep(new Set<unknown>());
    for (const item of value) copy.add(copyOf(item, memo));
    return copy;
  }
  if (!isPlain(value)) return value;
  const copy = keep<Record<string, unknown>>({});
  for (const [key, item] of Object.entries(value)) copy[key] = copyOf(item, memo);
  return copy;
}
