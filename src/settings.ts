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
  /** `native`: the shared library of kernels; `wasm`: the same in WebAssembly; `js`: generated JavaScript. `FLAMBEAU_CPU` forces one. */
  readonly engine: string;
  /** The vector instructions of the kernels: `avx512`, `avx2` or `base`; in WebAssembly `relaxed-simd` or `simd128`; `none` in JavaScript. */
  readonly instructions: string;
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
    get instructions(): string {
      return cpu().instructions;
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
  if (!Number.isInteger(count) || count < 1)
    throw new ArgumentError(`setNumThreads: set_num_threads expects a positive integer, not ${count}`);
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

const debugModes = ["default", "warn", "error"] as const;

/**
 * Says what is to happen where an operation is not deterministic: nothing (`"default"` or 0), a warning (`"warn"` or 1) or an error (`"error"`
 * or 2). All algorithms of the CPU device are deterministic.
 * @throws {ArgumentError} for other modes.
 */
export function setDeterministicDebugMode(mode: (typeof debugModes)[number] | 0 | 1 | 2): void {
  const number = typeof mode === "number" ? mode : debugModes.indexOf(mode);
  if (debugModes[number] === undefined) {
    const expected = typeof mode === "string" ? "one of `default`, `warn`, `error`" : "0, 1, or 2";
    throw new ArgumentError(`setDeterministicDebugMode: invalid value of debug_mode, expected ${expected}, but got ${mode}`);
  }
  debugMode = number;
  deterministic = number > 0;
}

let debugMode = 0;

/** What is to happen where an operation is not deterministic: 0 for nothing, 1 for a warning, 2 for an error. */
export function getDeterministicDebugMode(): number {
  return debugMode;
}

const precisions = ["highest", "high", "medium"] as const;

/** How exactly products of float32 matrices are computed. */
export type MatmulPrecision = (typeof precisions)[number];

let precision: MatmulPrecision = "highest";

/**
 * Allows products of float32 matrices to be computed less exactly. The CPU always computes them in full.
 * @throws {ArgumentError} for other values.
 */
export function setFloat32MatmulPrecision(value: MatmulPrecision): void {
  if (!precisions.includes(value))
    throw new ArgumentError(`setFloat32MatmulPrecision: ${String(value)} is not one of 'highest', 'high', or 'medium'`);
  precision = value;
}

/** How exactly products of float32 matrices are to be computed. */
export function getFloat32MatmulPrecision(): MatmulPrecision {
  return precision;
}

let interop = 1;

/** The number of threads asked for to run operations beside each other. They run one after the other, whatever it is. */
export function getNumInteropThreads(): number {
  return interop;
}

/**
 * Asks for threads to run operations beside each other.
 * @throws {ArgumentError} unless `count` is a positive whole number.
 */
export function setNumInteropThreads(count: number): void {
  if (!Number.isInteger(count) || count < 1)
    throw new ArgumentError(`setNumInteropThreads: set_num_interop_threads expects a positive integer, not ${count}`);
  interop = count;
}

let warnsAlways = false;

/** Asks for warnings each time instead of once. There are none so far: what is wrong is an error. */
export function setWarnAlways(always: boolean): void {
  warnsAlways = always;
}

/** Whether warnings are to appear each time. */
export function isWarnAlwaysEnabled(): boolean {
  return warnsAlways;
}
