/** Indices brought to what kernels take: int64, within bounds, on the device of the data. */

import { int32, int64 } from "../../core/dtype.js";
import { DeviceError, DTypeError } from "../../core/errors.js";
import * as e from "../../expr/build.js";
import { input as element } from "../../expr/node.js";
import { Program } from "../../expr/program.js";
import { denseCopy } from "../../tensor/copy.js";
import { emptyOn } from "../../tensor/create.js";
import type { Tensor } from "../../tensor/tensor.js";

/** Checks that tensors are on one device. */
export function sameDevice(op: string, first: Tensor, ...others: readonly (Tensor | null)[]): void {
  for (const other of others) {
    if (other !== null && other.storage.backend !== first.storage.backend) {
      throw new DeviceError(
        `${op}: Expected all tensors to be on the same device, but found at least two devices, ${first.device} and ${other.device}! Move one with .to(device).`,
      );
    }
  }
}

/**
 * An int32 or int64 tensor as int64. A tensor without elements may have any dtype.
 * @throws {DTypeError} for other dtypes; the message says how to convert.
 */
export function asIndex(op: string, index: Tensor): Tensor {
  if (index.dtype === int64) return index;
  if (index.dtype === int32 || index.count === 0) return denseCopy(index, int64);
  throw new DTypeError(
    `${op}: ${op}(): Expected dtype int32/int64 for index but got: ${index.dtype.scalarName}. Convert it with .long(); torch.tensor([1n, 2n]) makes int64.`,
  );
}

/** Checks that an index is int64 and nothing else, as PyTorch wants it of some operations. */
export function requireLong(op: string, index: Tensor): void {
  if (index.dtype !== int64) {
    throw new DTypeError(
      `${op}: ${op}(): Expected a long tensor for index, but got ${index.dtype.scalarName}. Convert it with .long(); torch.tensor([1n, 2n]) makes int64.`,
    );
  }
}

/** Calls `fail` with a value of `index` that is not in `[from, to)`, if there is one and the host can know. */
export function checkBounds(index: Tensor, from: number, to: number, fail: (bad: number) => never): void {
  const range = index.storage.backend.kernels.indexRange?.(index);
  if (range === undefined || index.count === 0) return;
  if (range[0] < from) fail(range[0]);
  if (range[1] >= to) fail(range[1]);
}

const wrapped = new Program("index", [e.select(e.lt(element(0), 0), e.add(element(0), element(1)), element(0))], 2);

/** The index counted from the front: negative values count from the end of `size`. Calls `fail` with a value out of bounds. */
export function wrapIndex(index: Tensor, size: number, fail: (bad: number) => never): Tensor {
  if (index.count === 0) return index;
  const range = index.storage.backend.kernels.indexRange?.(index);
  if (range !== undefined) {
    if (range[0] < -size) fail(range[0]);
    if (range[1] >= size) fail(range[1]);
    if (range[0] >= 0) return index;
  }
  const out = emptyOn(index.storage.backend, index.shape, int64);
  index.storage.backend.kernels.pointwise(wrapped, int64, [out], [index, BigInt(size)]);
  return out;
}
