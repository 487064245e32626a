/** Checks of the factors of products, and the one kernel call behind them all. */

import type { MatmulOptions } from "../../backend/contract.js";
import { bool } from "../../core/dtype.js";
import { DeviceError, DTypeError } from "../../core/errors.js";
import { contiguousStrides, type Shape } from "../../core/shape.js";
import { emptyOn, tensorOver } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";

/**
 * Checks that factors have one dtype other than bool, and live on one device.
 * @throws {DTypeError | DeviceError} naming those that differ.
 */
export function checkFactors(op: string, first: Tensor, ...others: readonly Tensor[]): void {
  for (const other of others) {
    if (other.dtype !== first.dtype) {
      throw new DTypeError(`${op}: expected m1 and m2 to have the same dtype, but got: ${first.dtype.scalarName} != ${other.dtype.scalarName}. Convert one with .to(dtype).`);
    }
    if (other.storage.backend !== first.storage.backend) {
      throw new DeviceError(`${op}: expected all tensors to be on the same device, but found at least two devices, ${first.device} and ${other.device}. Move one with .to(device).`);
    }
  }
  if (first.dtype === bool) throw new DTypeError(`${op}: "${op}" not implemented for 'Bool'. Convert the factors with .to(dtype).`);
}

/** `alpha·a·b + beta·bias` for matrices, or for batches of them of one size. */
export function product(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const columns = b.shape[b.shape.length - 1] as number;
  const out = emptyOn(a.storage.backend, [...a.shape.slice(0, -1), columns], a.dtype);
  a.storage.backend.kernels.matmul(out, a, b, options);
  return out;
}

/** A result that owns its dense memory, in another shape: not a view, since nobody else holds the memory. */
export function shaped(result: Tensor, shape: Shape): Tensor {
  return tensorOver(result.storage, shape, contiguousStrides(shape), result.offset, result.dtype);
}
