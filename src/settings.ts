/** Settings of the whole library, under PyTorch's names. */

import type { ComputeSettings } from "./backend/contract.js";
import { backendOf } from "./backend/registry.js";
import { Device } from "./core/device.js";
import { ArgumentError } from "./core/errors.js";

/** The version of flambeau. */
export const __version__ = "0.1.0";

/**
 * The device of a name, such as `torch.device("cuda:0")`. The device need not be there: `torch.cuda.isAvailable()` tells.
 * @throws {ArgumentError} if the name is not that of a device.
 */
export function device(name: string | Device, index?: number): Device {
  return Device.of(index === undefined ? name : `${name}:${index}`);
}

/** The CPU's settings; those of a device that says nothing are of one thread. */
function cpu(): ComputeSettings {
  return backendOf(Device.of("cpu")).settings ?? { engine: "js", instructions: "none", reason: null, threads: 1 };
}

/** How the CPU device computes. */
export interface CpuSettings {
  /** `native`: the shared library of kernels; `js`: generated JavaScript. `FLAMBEAU_CPU` forces one. */
  readonly engine: string;
  /** Why a faster engine is not in use, or null. */
  readonly reason: string | null;
  /** The instruction set of the kernels as PyTorch names it: `AVX512`, `AVX2` or `DEFAULT`. */
  getCpuCapability(): string;
}

const capabilities: Readonly<Record<string, string>> = { avx512: "AVX512", avx2: "AVX2" };

/** What there is to know and to set about devices. That of `cudnn` is for programs that set it; there is nothing here that it would change. */
export const backends: { readonly cpu: CpuSettings; readonly cudnn: { deterministic: boolean; benchmark: boolean; enabled: boolean } } = {
  cpu: {
    get engine(): string {
      return cpu().engine;
    },
    get reason(): string | null {
      return cpu().reason;
    },
    getCpuCapability: () => capabilities[cpu().instructions] ?? "DEFAULT",
  },
  cudnn: { deterministic: true, benchmark: false, enabled: false },
};

/** The number of threads that operations on the CPU use. */
export function getNumThreads(): number {
  return cpu().threads;
}

/**
 * Sets the number of threads that operations on the CPU use. The JavaScript engine has one, whatever is asked for.
 * @throws {ArgumentError} unless `count` is a positive whole number.
 */
export function setNumThreads(count: number): void {
  if (!Number.isInteger(count) || count < 1) throw new ArgumentError(`setNumThreads: set_num_threads expects a positive integer, not ${count}`);
  cpu().threads = count;
}

let deterministic = true;

/** Asks for deterministic algorithms. All algorithms of the CPU device are. */
export function useDeterministicAlgorithms(mode: boolean): void {
  deterministic = mode;
}

/** Whether deterministic algorithms were asked for. */
export function areDeterministicAlgorithmsEnabled(): boolean {
  return deterministic;
}
