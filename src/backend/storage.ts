/** Storage: the memory behind tensors, as far as code above the backends may know it. */

import type { Device } from "../core/device.js";
import type { DType } from "../core/dtype.js";
import type { Layout } from "../core/shape.js";
import type { Backend } from "./contract.js";

/** A block of device memory that holds elements of one dtype. Views share it. */
export abstract class Storage {
  private writes = 0;
  /** The storage that counts writes for all that share its memory. */
  root: Storage = this;
  /** The number of the backward pass in which the storage was made; 0 outside of one. */
  epoch: number = 0;
  /** How many gradients in this memory wait at nodes of the running backward pass. */
  waiting: number = 0;

  constructor(
    /** The dtype of the elements. */
    readonly dtype: DType,
    /** The number of elements. */
    readonly length: number,
  ) {}

  /** The backend that owns the memory. */
  abstract readonly backend: Backend;

  /** The same memory under a version counter of its own. */
  abstract alias(): Storage;

  /** The same memory with elements of another dtype, under the same version counter. */
  abstract reinterpret(dtype: DType): Storage;

  /** How often the elements have been written in place. */
  get version(): number {
    return this.root.writes;
  }

  set version(value: number) {
    this.root.writes = value;
  }

  /** Makes another storage over the same memory count writes together with this one. */
  protected share<S extends Storage>(other: S): S {
    other.root = this.root;
    return other;
  }

  /** The device of the memory. */
  get device(): Device {
    return this.backend.device;
  }
}

/** What kernels take: a storage and where in it the elements lie. Tensors are operands. */
export interface Operand<S extends Storage = Storage> extends Layout {
  readonly storage: S;
  readonly dtype: DType;
  /** The number of elements. */
  readonly count: number;
  /** Whether the elements lie row-major without gaps. */
  readonly dense: boolean;
}
