/** Elements of several operands brought together. */

import type { CpuOperand } from "../storage.js";

/** Up to this many numbers a loop copies faster than `TypedArray.set`, which costs about 100 ns to call. */
const LONGEST_LOOPED_COPY = 96;

/** See `KernelTable.join`. */
export function join(output: CpuOperand, inputs: readonly CpuOperand[]): void {
  const { components } = output.dtype;
  const to = output.storage.data;
  let at = (output.storage.base + output.offset) * components;
  for (const { storage, offset, count } of inputs) {
    const from = storage.data;
    const start = (storage.base + offset) * components;
    const length = count * components;
    if (length > LONGEST_LOOPED_COPY) to.set(from.subarray(start, start + length) as never, at);
    else for (let i = 0; i < length; i++) to[at + i] = from[start + i] as never;
    at += length;
  }
}
