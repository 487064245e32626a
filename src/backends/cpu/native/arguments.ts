/** The argument block of native kernels: sizes, strides, numbers and addresses, written in the order in which kernels read them. */

import type { PointwiseInput } from "../../../backend/contract.js";
import { int64 } from "../../../core/dtype.js";
import type { CpuOperand, CpuStorage } from "../storage.js";
import type { Encoded, Leaf } from "./encode.js";
import type { NativeLibrary } from "./library.js";

export type CpuInput = PointwiseInput<CpuStorage>;

/** Kernels take loop nests of at most so many dimensions. */
export const MOST_DIMS = 12;

/** Where plain numbers lie in the block, behind all arguments. */
const NUMBERS = 960;

/** Writes arguments for the kernels of one library. */
export class Arguments {
  /** The place of the next argument. */
  at = 0;
  private readonly block: Float64Array;
  private readonly wholes: BigInt64Array;
  /** The memory whose address was asked for last: small tensors lie side by side in one. */
  private latest: CpuStorage["data"] | null = null;
  private latestAddress = 0;

  constructor(protected readonly library: NativeLibrary) {
    this.block = library.block;
    this.wholes = new BigInt64Array(library.block.buffer, library.block.byteOffset, library.block.length);
  }

  /** Writes the next argument. */
  put(value: number): void {
    this.block[this.at++] = value;
  }

  /**
   * The address of the first element of an operand that the kernel reads. Asked for once the call is certain: where kernels have memory of
   * their own, the elements are copied there.
   */
  address(operand: CpuOperand): number {
    const { storage } = operand;
    if (storage.address === 0) storage.address = this.find(storage);
    return storage.address + (storage.base + operand.offset) * operand.dtype.itemsize;
  }

  private find({ data, length, dtype }: CpuStorage): number {
    if (data.length === length * dtype.components) return this.library.address(data);
    if (data !== this.latest) {
      this.latestAddress = this.library.address(data);
      this.latest = data;
    }
    return this.latestAddress;
  }

  /** The address of the first element of an operand all of whose elements the kernel writes. */
  target(operand: CpuOperand): number {
    return this.address(operand);
  }

  /** The address of the first element of an operand of which the kernel writes some elements, or reads them before. */
  update(operand: CpuOperand): number {
    return this.address(operand);
  }

  /** Writes the address of an output, or of a part of its complex elements. */
  private write(operand: CpuOperand, leaf: Leaf): void {
    this.block[this.at++] = this.target(operand) + (leaf.part === 1 ? operand.dtype.itemsize / 2 : 0);
  }

  /** Writes the address of an input, or of a part of its complex elements. */
  private read(operand: CpuOperand, leaf: Leaf): void {
    this.block[this.at++] = this.address(operand) + (leaf.part === 1 ? operand.dtype.itemsize / 2 : 0);
  }

  /** Writes the address of a plain number, which lies in the block itself. */
  number(value: number | bigint, k: number, encoded: Encoded): void {
    if (encoded.type === int64) this.wholes[NUMBERS + k] = BigInt(typeof value === "number" ? Math.trunc(value) : value);
    else this.block[NUMBERS + k] = Number(value);
    this.block[this.at++] = this.library.blockAddress + 8 * (NUMBERS + k);
  }

  /** Writes one loop over dense operands, of which inputs may also have one element; false where an operand is neither. */
  flat(encoded: Encoded, n: number, outputs: readonly CpuOperand[], inputs: readonly CpuInput[]): boolean {
    for (let k = 0; k < outputs.length; k++) if (!(outputs[k] as CpuOperand).dense) return false;
    this.put(1);
    this.put(n);
    for (let k = 0; k < encoded.outputs.length; k++) {
      const leaf = encoded.outputs[k] as Leaf;
      this.write(outputs[leaf.index] as CpuOperand, leaf);
      this.put(leaf.part === null ? 1 : 2);
    }
    for (let k = 0; k < encoded.leaves.length; k++) {
      const leaf = encoded.leaves[k] as Leaf;
      const input = inputs[leaf.index] as CpuInput;
      if (typeof input !== "object") {
        this.number(input, k, encoded);
        this.put(0);
        continue;
      }
      if (input.count !== 1 && !(input.dense && input.count === n)) return false;
      this.read(input, leaf);
      this.put(input.count === 1 ? 0 : leaf.part === null ? 1 : 2);
    }
    return true;
  }

  /** Writes the sizes of a loop nest, which has at least one loop. */
  sizes(sizes: readonly number[]): void {
    this.put(Math.max(1, sizes.length));
    if (sizes.length === 0) this.put(1);
    for (const size of sizes) this.put(size);
  }

  /** Writes the strides of an operand along a loop nest. */
  strides(strides: readonly number[], scale: number): void {
    if (strides.length === 0) this.put(0);
    for (const stride of strides) this.put(stride * scale);
  }

  /** Writes the outputs of a program along a loop nest; `strides` has those of each output. */
  outputs(encoded: Encoded, outputs: readonly CpuOperand[], strides: readonly (readonly number[])[]): void {
    for (const leaf of encoded.outputs) {
      this.write(outputs[leaf.index] as CpuOperand, leaf);
      this.strides(strides[leaf.index] as readonly number[], leaf.part === null ? 1 : 2);
    }
  }

  /** Writes the inputs of a program along a loop nest; `strides` has those of each leaf. */
  leaves(encoded: Encoded, inputs: readonly CpuInput[], strides: readonly (readonly number[])[]): void {
    encoded.leaves.forEach((leaf, k) => {
      const input = inputs[leaf.index] as CpuInput;
      if (typeof input === "object") this.read(input, leaf);
      else this.number(input, k, encoded);
      this.strides(strides[k] as readonly number[], leaf.part === null ? 1 : 2);
    });
  }
}
