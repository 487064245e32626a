/** The CPU device. */

import type { Backend, KernelTable, RandomState } from "../../backend/contract.js";
import { Device } from "../../core/device.js";
import type { DType, TypedArray } from "../../core/dtype.js";
import { matmul } from "./js/matmul.js";
import { pointwise } from "./js/pointwise.js";
import { reduce } from "./js/reduce.js";
import { read } from "./read.js";
import { allocate, CpuStorage } from "./storage.js";

const kernels: KernelTable<CpuStorage> = {
  pointwise,
  reduce,
  matmul,
};

/** The CPU backend. */
export const cpuBackend: Backend<CpuStorage> = {
  device: Device.of("cpu"),
  canBlock: true,
  allocate,
  upload: (dtype: DType, data: TypedArray) => new CpuStorage(dtype, data.length / dtype.components, data, 0),
  read,
  readAsync: async (operand) => read(operand),
  synchronize: () => {},
  randomState,
  kernels,
};

Object.defineProperty(CpuStorage.prototype, "backend", { value: cpuBackend });
