/** Moving the tensors of modules to other devices and dtypes. */

import { Device } from "../core/device.js";
import { DType } from "../core/dtype.js";
import { DTypeError } from "../core/errors.js";
import type { Tensor } from "../tensor/tensor.js";
import { Buffer } from "./parameter.js";

/** What `Module.to` converts to. */
export type ModuleTarget = DType | Device | string | Tensor | { dtype?: DType; device?: Device | string };

/** What moving must know of a module. */
export interface Movable {
  readonly _parameters: ReadonlyMap<string, Tensor | null>;
  readonly _buffers: ReadonlyMap<string, Tensor | null>;
  /** Puts a tensor in the place of one that has this name. */
  _replaceMember(name: string, tensor: Tensor): void;
}

/** Replaces the memory of every parameter and its gradient, and every buffer, each once. The parameters stay the same objects. */
export function replaceAll(modules: readonly Movable[], fn: (tensor: Tensor) => Tensor): void {
  const done = new Map<Tensor, Tensor>();
  for (const module of modules) {
    for (const parameter of module._parameters.values()) {
      if (parameter === null || done.has(parameter)) continue;
      done.set(parameter, parameter);
      parameter.data = fn(parameter.data);
      if (parameter.grad !== null) parameter.grad.data = fn(parameter.grad.data);
    }
    for (const [name, buffer] of module._buffers) {
      if (buffer === null) continue;
      const changed = done.get(buffer) ?? replaced(buffer, fn);
      done.set(buffer, changed);
      module._replaceMember(name, changed);
    }
  }
}

function replaced(buffer: Tensor, fn: (tensor: Tensor) => Tensor): Tensor {
  const changed = fn(buffer.data);
  return buffer instanceof Buffer ? new Buffer(changed, buffer.persistent) : changed;
}

/**
 * The conversion that `Module.to` asks for: of the device for all tensors, of the dtype for floating and complex ones.
 * @throws {DTypeError} for a dtype that is neither.
 */
export function conversion(target: ModuleTarget, second: DType | undefined): (tensor: Tensor) => Tensor {
  const named =
    target instanceof DType ? { dtype: target } : target instanceof Device || typeof target === "string" ? { device: target } : target;
  const { device } = named;
  const dtype = named.dtype ?? second;
  if (dtype !== undefined && !dtype.isFloatingPoint && !dtype.isComplex) {
    throw new DTypeError(`to: nn.Module.to only accepts floating point or complex dtypes, but got desired dtype=${dtype}`);
  }
  return (tensor) => {
    const moved = device === undefined ? tensor : tensor.to(device);
    return dtype !== undefined && (moved.dtype.isFloatingPoint || moved.dtype.isComplex) ? moved.to(dtype) : moved;
  };
}
