/** Large operands of pointwise programs in chunks, which stay in the caches while they are copied, computed and copied back. */

import type { KernelTable } from "../../../backend/contract.js";
import type { CpuInput } from "../native/arguments.js";
import type { CpuOperand, CpuStorage } from "../storage.js";

type Pointwise = KernelTable<CpuStorage>["pointwise"];

/** Elements of a chunk. Three operands of float32 take 192 KB then, and a call is a tenth of the time. */
const CHUNK = 16384;

/** Elements of a dense operand from number `start` on. */
function stretch(operand: CpuOperand, start: number, count: number): CpuOperand {
  const { storage, dtype, offset } = operand;
  return { storage, dtype, shape: [count], strides: [1], offset: offset + start, count, dense: true };
}

/** Whether elements of an operand with the first coordinate i lie behind all those with a smaller one. */
function hasRows({ shape, strides, dense }: CpuOperand): boolean {
  if (dense) return true;
  let reach = 1;
  for (let d = 1; d < shape.length; d++) {
    if ((strides[d] as number) < 0) return false;
    reach += (strides[d] as number) * ((shape[d] as number) - 1);
  }
  return (strides[0] as number) >= reach;
}

/** Some first coordinates of an operand. */
function rows(operand: CpuOperand, start: number, count: number): CpuOperand {
  const { storage, dtype, shape, strides, offset, dense } = operand;
  const size = shape[0] as number;
  return {
    storage,
    dtype,
    shape: [count, ...shape.slice(1)],
    strides,
    offset: offset + start * (strides[0] as number),
    count: (operand.count / size) * count,
    dense,
  };
}

/** The kernel over chunks of its operands, if these are large and can be cut. */
export function chunked(kernel: Pointwise): Pointwise {
  return (program, compute, outputs, inputs) => {
    const { count, shape } = outputs[0] as CpuOperand;
    if (count < 2 * CHUNK) return kernel(program, compute, outputs, inputs);
    const isFlat = (input: CpuInput): boolean => typeof input !== "object" || input.count === 1 || (input.dense && input.count === count);
    if (outputs.every(isFlat) && inputs.every(isFlat)) {
      for (let start = 0; start < count; start += CHUNK) {
        const n = Math.min(CHUNK, count - start);
        const part = (input: CpuOperand): CpuOperand => (input.count === 1 ? input : stretch(input, start, n));
        kernel(
          program,
          compute,
          outputs.map(part),
          inputs.map((input) => (typeof input === "object" ? part(input) : input)),
        );
      }
      return;
    }
    const size = shape[0] as number;
    const isCut = (input: CpuOperand): boolean => input.shape.length === shape.length && input.shape[0] === size;
    const canBeCut = (input: CpuInput): boolean => typeof input !== "object" || !isCut(input) || hasRows(input);
    if (size === 1 || !outputs.every(hasRows) || !inputs.every(canBeCut)) return kernel(program, compute, outputs, inputs);
    const step = Math.max(1, Math.round((CHUNK * size) / count));
    for (let start = 0; start < size; start += step) {
      const n = Math.min(step, size - start);
      kernel(
        program,
        compute,
        outputs.map((output) => rows(output, start, n)),
        inputs.map((input) => (typeof input === "object" && isCut(input) ? rows(input, start, n) : input)),
      );
    }
  };
}
