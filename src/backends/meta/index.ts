/** The meta device: shapes and dtypes without data. Every kernel is done as soon as it is called. */

import type { Backend, KernelTable, RandomState } from "../../backend/contract.js";
import { type Operand, Storage } from "../../backend/storage.js";
import { Device } from "../../core/device.js";
import type { DType } from "../../core/dtype.js";
import { DeviceError } from "../../core/errors.js";

/** A storage that remembers its dtype and length, and has no memory. */
export class MetaStorage extends Storage {
  declare readonly backend: Backend<MetaStorage>;

  override alias(): MetaStorage {
    return new MetaStorage(this.dtype, this.length);
  }

  override reinterpret(dtype: DType): MetaStorage {
    return this.share(new MetaStorage(dtype, Math.floor((this.length * this.dtype.itemsize) / dtype.itemsize)));
  }
}

/** A random state that nothing is drawn from: it keeps its seed, and lets itself be saved and restored. */
class MetaRandomState implements RandomState {
  constructor(private current: bigint) {}

  get seed(): bigint {
    return this.current;
  }

  save(): Uint8Array {
    const state = new Uint8Array(8);
    new DataView(state.buffer).setBigUint64(0, BigInt.asUintN(64, this.current), true);
    return state;
  }

  restore(state: Uint8Array): void {
    if (state.byteLength < 8) return;
    this.current = new DataView(state.buffer, state.byteOffset, state.byteLength).getBigUint64(0, true);
  }

  draw(): bigint {
    return 0n;
  }
}

const nothing = (): void => {};

function noData(operand: Operand<MetaStorage>): never {
  throw new DeviceError(
    `Cannot copy out of meta tensor; no data! The tensor of shape [${operand.shape.join(", ")}] has a shape and a dtype only. ` +
      "Make it on a device that holds data (such as 'cpu') to read its values; for a module, use toEmpty() instead of to() and initialise its parameters",
  );
}

const kernels: KernelTable<MetaStorage> = {
  pointwise: nothing,
  reduce: nothing,
  argReduce: nothing,
  scan: nothing,
  matmul: nothing,
  conv: nothing,
  convTranspose: nothing,
  convWeight: nothing,
  maxPool: nothing,
  maxPoolBackward: nothing,
  avgPool: nothing,
  avgPoolBackward: nothing,
  fft: nothing,
  gather: nothing,
  scatter: nothing,
  indexGet: nothing,
  indexPut: nothing,
  sort: nothing,
  nonzero: (input) => {
    throw new DeviceError(
      `nonzero: the shape of the result depends on data, which a meta tensor of shape [${input.shape.join(", ")}] does not have; use a device that holds data, such as 'cpu'`,
    );
  },
  sequence: nothing,
  random: nothing,
  bernoulli: nothing,
  sample: nothing,
  multinomial: nothing,
  linalg: {
    cholesky: nothing,
    lu: nothing,
    permutation: nothing,
    luSolve: nothing,
    triangularSolve: nothing,
    ldl: nothing,
    ldlSolve: nothing,
    geqrf: nothing,
    householderProduct: nothing,
    eigh: nothing,
    eig: nothing,
    svd: nothing,
  },
};

/** The meta backend. */
export const metaBackend: Backend<MetaStorage> = {
  device: Device.of("meta"),
  canBlock: true,
  allocate: (dtype, length) => new MetaStorage(dtype, length),
  upload: (dtype, data) => new MetaStorage(dtype, data.length / dtype.components),
  read: noData,
  readAsync: async (operand) => noData(operand),
  hostMemory: () => null,
  synchronize: nothing,
  randomState: (seed) => new MetaRandomState(seed),
  kernels,
};

Object.defineProperty(MetaStorage.prototype, "backend", { value: metaBackend });
