/** Which engine computes: JavaScript always, the native library where it is there, else WebAssembly. `FLAMBEAU_CPU` forces one. */

import type { ComputeSettings } from "../../backend/contract.js";
import { DeviceError } from "../../core/errors.js";
import { canCompile } from "./js/compile.js";
import { Arguments } from "./native/arguments.js";
import { type Kernels, nativeKernels } from "./native/engine.js";
import { loadNative, type NativeLibrary } from "./native/library.js";
import { nativeRegenerator } from "./native/twister.js";
import type { Regenerator } from "./random/index.js";
import { wasmKernels } from "./wasm/engine.js";
import { fetchWasm, loadWasm, type WasmLibrary } from "./wasm/library.js";

/** The kernels of the chosen engine, and what there is to tell about it. */
export interface Engine {
  readonly kernels: Kernels;
  readonly settings: ComputeSettings;
  /** What computes random words, where the engine does. */
  readonly regenerator?: Regenerator;
}

function environment(name: string): string | undefined {
  return typeof process === "undefined" ? undefined : process.env[name];
}

const engines = ["js", "native", "wasm"];

/**
 * The engine for this process: native where the library loads, else WebAssembly where it has vectors.
 * @throws {DeviceError} if `FLAMBEAU_CPU` asks for an engine that is not there.
 */
export function chooseEngine(js: Kernels): Engine {
  const wanted = environment("FLAMBEAU_CPU") ?? "";
  if (wanted !== "" && !engines.includes(wanted)) {
    throw new DeviceError(`FLAMBEAU_CPU=${wanted}: the engines are ${engines.join(", ")}`);
  }
  if (wanted === "js") return { kernels: js, settings: plain("js", "none", "FLAMBEAU_CPU=js") };
  // Interpreted JavaScript is slower than any call.
  const always = wanted !== "" || !canCompile();
  const native = wanted === "wasm" ? "FLAMBEAU_CPU=wasm" : nativeEngine(js, always);
  if (typeof native !== "string") return native;
  if (wanted === "native") throw new DeviceError(`FLAMBEAU_CPU=native: ${native}`);
  const wasm = wasmEngine(loadWasm(), js, always, native);
  if (typeof wasm !== "string") return wasm;
  if (wanted === "wasm") throw new DeviceError(`FLAMBEAU_CPU=wasm: ${wasm}`);
  return { kernels: js, settings: plain("js", "none", `${native}; ${wasm}`) };
}

/** The engine of a page: WebAssembly if its module can be fetched; a text says why not. */
export async function fetchEngine(js: Kernels): Promise<Engine | string> {
  return wasmEngine(await fetchWasm(), js, !canCompile(), "shared libraries cannot be loaded here");
}

/** The native engine, or why it is not there. */
function nativeEngine(js: Kernels, always: boolean): Engine | string {
  const library = loadNative();
  if (typeof library === "string") return library;
  try {
    return {
      kernels: nativeKernels(library, js, always),
      settings: settingsOf(library),
      regenerator: nativeRegenerator(library, new Arguments(library)),
    };
  } catch (error) {
    return `the shared library is not of this version (node native/build.mjs builds it anew): ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The WebAssembly engine, which is in use for a reason, or why it is not there. */
function wasmEngine(library: WasmLibrary | string, js: Kernels, always: boolean, reason: string): Engine | string {
  if (typeof library === "string") return library;
  try {
    return { kernels: wasmKernels(library, js, always), settings: plain("wasm", library.instructions, reason) };
  } catch (error) {
    return `the WebAssembly module is not of this version (npm run build:wasm builds it anew): ${error instanceof Error ? error.message : String(error)}`;
  }
}

function settingsOf(library: NativeLibrary): ComputeSettings {
  return {
    engine: "native",
    instructions: library.isa,
    reason: null,
    get threads(): number {
      return library.threads;
    },
    set threads(count: number) {
      library.setThreads(count);
    },
  };
}

/** JavaScript and WebAssembly compute in one thread, whatever is asked for. */
export function plain(engine: string, instructions: string, reason: string): ComputeSettings {
  return {
    engine,
    instructions,
    reason,
    get threads(): number {
      return 1;
    },
    set threads(_count: number) {},
  };
}
