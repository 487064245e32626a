/** The arguments of WebAssembly kernels: addresses of copies of the operands. */

import { Arguments, type CpuInput } from "../native/arguments.js";
import type { Encoded, Leaf } from "../native/encode.js";
import type { NativeLibrary } from "../native/library.js";
import type { CpuOperand } from "../storage.js";
import type { Arena } from "./arena.js";

/** Copies operands into the memory of a module; the call of the kernel copies outputs back. */
export class CopyingArguments extends Arguments {
  constructor(
    library: NativeLibrary,
    private readonly arena: Arena,
  ) {
    super(library);
  }

  override address(operand: CpuOperand): number {
    return this.arena.place(operand, true, false);
  }

  override target(operand: CpuOperand): number {
    return this.arena.place(operand, false, true);
  }

  override update(operand: CpuOperand): number {
    return this.arena.place(operand, true, true);
  }

  override flat(encoded: Encoded, n: number, outputs: readonly CpuOperand[], inputs: readonly CpuInput[]): boolean {
    return areFlat(encoded, n, outputs, inputs) && super.flat(encoded, n, outputs, inputs);
  }
}

/** Whether one loop over dense operands serves, before anything is copied for it. */
function areFlat(encoded: Encoded, n: number, outputs: readonly CpuOperand[], inputs: readonly CpuInput[]): boolean {
  const isFlat = ({ index }: Leaf): boolean => {
    const input = inputs[index] as CpuInput;
    return typeof input !== "object" || input.count === 1 || (input.dense && input.count === n);
  };
  return outputs.every((output) => output.dense) && encoded.leaves.every(isFlat);
}
