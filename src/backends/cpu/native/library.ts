/** The shared library of native kernels: found, loaded and called through koffi. Absent where it was not built. */

import type { CpuStorage } from "../storage.js";
import { nativeThresholds, type Thresholds } from "../thresholds.js";

/** What is used of koffi. */
interface Koffi {
  load(path: string): { func(definition: string): (...args: never[]) => unknown };
  address(value: ArrayBufferView): bigint;
  decode(pointer: unknown, type: string, length: number): unknown;
  view(pointer: unknown, length: number): ArrayBuffer;
}

/** A loaded library. Kernels take their arguments from `block`. */
export interface NativeLibrary {
  /** The instruction set whose kernels are called: `avx512`, `avx2` or `base`. */
  readonly isa: string;
  /** The argument block, memory of the library. */
  readonly block: Float64Array;
  /** The address of the argument block. */
  readonly blockAddress: number;
  /** The kernel of a name. */
  kernel(name: string): () => void;
  /** A text that the library holds for the instruction set. */
  text(name: string): string;
  /** The address of the first element of an array. */
  address(data: CpuStorage["data"]): number;
  /** The number of threads that kernels use. */
  readonly threads: number;
  /** From which sizes on the kernels are faster than JavaScript. */
  readonly thresholds: Thresholds;
  /** Sets the number of threads. */
  setThreads(count: number): void;
}

const ISAS = ["base", "avx2", "avx512"] as const;

/** The modules of Node that loading needs; null in other hosts, where importing them would fail. */
function nodeModules(): {
  fs: typeof import("node:fs");
  module: typeof import("node:module");
  os: typeof import("node:os");
  url: typeof import("node:url");
  v8: typeof import("node:v8");
} | null {
  const get = globalThis.process?.getBuiltinModule;
  if (get === undefined) return null;
  return { fs: get("node:fs"), module: get("node:module"), os: get("node:os"), url: get("node:url"), v8: get("node:v8") };
}

/** The place of the library: what `FLAMBEAU_NATIVE_LIBRARY` says, else beside the sources, both for them and for the compiled package. */
function findLibrary(node: NonNullable<ReturnType<typeof nodeModules>>): string | null {
  const given = process.env["FLAMBEAU_NATIVE_LIBRARY"];
  if (given !== undefined && given !== "") return given;
  const name = `libflambeau-${process.platform}-${process.arch}.node`;
  for (const up of ["../../../../", "../../../../../"]) {
    const path = node.url.fileURLToPath(new URL(`${up}native/build/${name}`, import.meta.url));
    if (node.fs.existsSync(path)) return path;
  }
  return null;
}

/** The best instruction set that the machine has (all up to number `most`) and the library was built for. */
function bestOf(most: number, call: (name: string) => () => void): string | null {
  for (let i = most; i >= 0; i--) {
    const isa = ISAS[i] as string;
    try {
      call(`fb_gemm_float32_${isa}`);
      return isa;
    } catch {
      // Not built for this one.
    }
  }
  return null;
}

/**
 * Lets V8 free dead arrays in the pause in which it finds them. By default it hands them to a thread, and waits for it at the next pause:
 * with a million-element array for each call, which is a pause for every eighth, 190 µs a call; without the thread 7.
 * Later versions of V8 may not know the flag and would print an error.
 */
function freeAtOnce(v8: typeof import("node:v8")): void {
  if (Number.parseInt(process.versions.node, 10) <= 24) v8.setFlagsFromString("--no-concurrent-array-buffer-sweeping");
}

/** Loads the library; null, with the reason, where it is absent or does not load. */
export function loadNative(): NativeLibrary | string {
  const node = nodeModules();
  if (node === null) return "shared libraries cannot be loaded here";
  const path = findLibrary(node);
  if (path === null) return "the shared library was not built (no C++ compiler at install)";
  let koffi: Koffi;
  try {
    koffi = node.module.createRequire(import.meta.url)("koffi") as Koffi;
  } catch (error) {
    return `koffi does not load: ${error instanceof Error ? error.message : String(error)}`;
  }
  let library: ReturnType<Koffi["load"]>;
  try {
    library = koffi.load(path);
  } catch (error) {
    return `the shared library does not load: ${error instanceof Error ? error.message : String(error)}`;
  }
  const call = (name: string): (() => void) => library.func(`void ${name}()`) as () => void;
  const pointer = (library.func("void *fb_block()") as () => unknown)();
  const block = new Float64Array(koffi.view(pointer, 1024 * 8));
  call("fb_detect")();
  if (process.env["FLAMBEAU_MALLOC"] !== "default") {
    call("fb_tune_malloc")();
    freeAtOnce(node.v8);
  }
  const isa = bestOf(block[0] as number, call);
  if (isa === null) return "the shared library was built for another machine; run `node native/build.mjs`";
  const setThreads = call("fb_set_threads");
  let threads = 1;
  const loaded: NativeLibrary = {
    isa,
    block,
    thresholds: nativeThresholds,
    blockAddress: Number(koffi.address(block)),
    kernel: (name) => call(`fb_${name}_${isa}`),
    text: (name) => (library.func(`const char *fb_${name}_${isa}()`) as () => string)(),
    address: (data) => {
      // Reading `buffer` moves the elements of a small array out of the garbage-collected heap for good.
      if (data.length < 65) void data.buffer;
      return Number(koffi.address(data));
    },
    get threads(): number {
      return threads;
    },
    setThreads: (count) => {
      threads = count;
      block[0] = count;
      setThreads();
    },
  };
  loaded.setThreads(node.os.cpus().length);
  return loaded;
}
