/** JavaScript functions applied to every element, as methods. They are slow: meant for what no operation does. */

import { ArgumentError, AutogradError, DTypeError } from "../../core/errors.js";
import { numelOf } from "../../core/shape.js";
import { encodeElement, fromHost, type Scalar } from "../../tensor/create.js";
import { composite } from "../../tensor/define/index.js";
import type { Op } from "../../tensor/dispatch.js";
import type { Tensor } from "../../tensor/tensor.js";

const silent = { differentiable: false } as const;

function checkCall(op: string, input: Tensor, callable: unknown): asserts callable is (...values: Scalar[]) => Scalar {
  if (typeof callable !== "function") throw new ArgumentError(`${op}(): argument 'callable' must be a function, not ${typeof callable}`);
  if (input.requiresGrad)
    throw new AutogradError(`${op}: Can't call ${op}() on Variable that requires grad. Use var.detach().${op}() instead.`);
}

/** The elements in row-major order. */
function flat(input: Tensor): readonly Scalar[] {
  return input.reshape(numelOf(input.shape)).tolist() as readonly Scalar[];
}

/** Writes values in row-major order; whole dtypes keep their whole part. */
function write(input: Tensor, values: readonly Scalar[]): Tensor {
  const host = new input.dtype.array(values.length * input.dtype.components);
  values.forEach((value, i) => {
    encodeElement(host, i, input.dtype, value);
  });
  return input.copy_(fromHost(host, input.shape, input.dtype, input.storage.backend));
}

/**
 * Replaces every element `x` by `callable(x)`, in row-major order.
 * @throws {AutogradError} if the tensor requires grad.
 * @example
 * ```ts
 * torch.tensor([1, 2]).apply_((x) => x * 10); // tensor([10., 20.])
 * ```
 */
export const apply_: Op<(input: Tensor, callable: (x: number) => Scalar) => Tensor> = composite(
  "apply_(Tensor input, any callable)",
  (input, callable) => {
    checkCall("apply_", input, callable);
    if (input.device.type === "meta") return input;
    return write(
      input,
      flat(input).map((x) => callable(x)),
    );
  },
  silent,
);

/**
 * Replaces every element `x` by `callable(x, y)` with the element `y` of `tensor` (broadcast) at the same place.
 * @throws {DTypeError} if the dtypes differ.
 * @throws {AutogradError} if a tensor requires grad.
 */
export const map_: Op<(input: Tensor, tensor: Tensor, callable: (x: number, y: number) => Scalar) => Tensor> = composite(
  "map_(Tensor input, Tensor tensor, any callable)",
  (input, tensor, callable) => {
    checkCall("map_", input, callable);
    checkCall("map_", tensor, callable);
    if (tensor.dtype !== input.dtype)
      throw new DTypeError(`map_: expected torch.${input.dtype.legacyName}Tensor for 'other' (got torch.${tensor.dtype.legacyName}Tensor)`);
    const others = tensor.expand(input.shape);
    if (input.device.type === "meta") return input;
    const second = flat(others);
    return write(
      input,
      flat(input).map((x, i) => callable(x, second[i] as Scalar)),
    );
  },
  silent,
);
