/**
 * Two engines of the CPU in one process: the js engine is what the native one is compared with, or that of WebAssembly with
 * `FLAMBEAU_CPU=wasm`.
 */

import { describe } from "vitest";
import { jsKernels } from "../../src/backends/cpu/index.js";
import { type Kernels, nativeKernels } from "../../src/backends/cpu/native/engine.js";
import { loadNative, type NativeLibrary } from "../../src/backends/cpu/native/library.js";
import { wasmKernels } from "../../src/backends/cpu/wasm/engine.js";
import { loadWasm, type WasmLibrary } from "../../src/backends/cpu/wasm/library.js";

/** The library that is tested; a text says why it is not there. */
export const loaded: NativeLibrary | WasmLibrary | string = process.env["FLAMBEAU_CPU"] === "wasm" ? loadWasm() : loadNative();

function kernelsOf(library: NativeLibrary | WasmLibrary): Kernels {
  return "arena" in library ? wasmKernels(library, jsKernels, true) : nativeKernels(library, jsKernels, true);
}

export const js: Kernels = jsKernels;
export const native: Kernels = typeof loaded === "string" ? jsKernels : kernelsOf(loaded);

/** A group of tests of the native engine; skipped, with the reason printed, where the library is not there. */
export function describeNative(name: string, body: () => void): void {
  if (typeof loaded === "string") console.warn(`${name}: skipped, ${loaded}`);
  describe.skipIf(typeof loaded === "string")(name, body);
}
