/** Which engine computes: JavaScript always, and the native library where it is there. `FLAMBEAU_CPU` forces one. */

import type { ComputeSettings } from "../../backend/contract.js";
import { DeviceError } from "../../core/errors.js";
import { type Kernels, nativeKernels } from "./native/engine.js";
import { loadNative, type NativeLibrary } from "./native/library.js";

/** The kernels of the chosen engine, and what there is to tell about it. */
export interface Engine {
  readonly kernels: Kernels;
  readonly settings: ComputeSettings;
}

function environment(name: string): string | undefined {
  return typeof process === "undefined" ? undefined : process.env[name];
}

/**
 * The engine for this process: native where the library loads.
 * @throws {DeviceError} if `FLAMBEAU_CPU` asks for an engine that is not there.
 */
export function chooseEngine(js: Kernels): Engine {
  const wanted = environment("FLAMBEAU_CPU");
  if (wanted !== undefined && wanted !== "" && wanted !== "js" && wanted !== "native") {
    throw new DeviceError(`FLAMBEAU_CPU=${wanted}: the engines of this build are js and native`);
  }
  if (wanted === "js") return { kernels: js, settings: plain("FLAMBEAU_CPU=js") };
  const native = nativeEngine(js, wanted === "native");
  if (typeof native !== "string") return native;
  if (wanted === "native") throw new DeviceError(`FLAMBEAU_CPU=native: ${native}`);
  return { kernels: js, settings: plain(native) };
}

/** The native engine, or why it is not there. */
function nativeEngine(js: Kernels, always: boolean): Engine | string {
  const library = loadNative();
  if (typeof library === "string") return library;
  try {
    return { kernels: nativeKernels(library, js, always), settings: settingsOf(library) };
  } catch (error) {
    return `the shared library is not of this version (node native/build.mjs builds it anew): ${error instanceof Error ? error.message : String(error)}`;
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

/** JavaScript computes in one thread, whatever is asked for. */
function plain(reason: string): ComputeSettings {
  return {
    engine: "js",
    instructions: "none",
    reason,
    get threads(): number {
      return 1;
    },
    set threads(_count: number) {},
  };
}
