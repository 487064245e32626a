/** The WebAssembly modules of the CPU kernels: found, compiled and called. */

import { DeviceError } from "../../../core/errors.js";
import type { NativeLibrary } from "../native/library.js";
import { wasmThresholds } from "../thresholds.js";
import { Arena, type Memory, PlacementError } from "./arena.js";
import { type Instructions, vectorInstructions } from "./features.js";

/** A module in use. */
export interface WasmLibrary extends NativeLibrary {
  /** The vector instructions that it uses. */
  readonly instructions: Instructions;
  /** Where operands are copied to. */
  readonly arena: Arena;
}

/** The modules as they lie beside the compiled package. Bundlers find them by these texts. */
const modules: { readonly [instructions in Instructions]: URL } = {
  simd128: new URL("../../../../../native/wasm/flambeau-simd.wasm", import.meta.url),
  "relaxed-simd": new URL("../../../../../native/wasm/flambeau-relaxed.wasm", import.meta.url),
};

const BLOCK_SIZE = 1024;

type Exports = Memory & { fb_block(): number } & Readonly<Record<string, unknown>>;

let loaded: WasmLibrary | string | null = null;

/** The library of this process, from the file beside the package; a text says why it is not there. */
export function loadWasm(): WasmLibrary | string {
  loaded ??= load();
  return loaded;
}

function load(): WasmLibrary | string {
  const get = globalThis.process?.getBuiltinModule;
  if (get === undefined) return "a page has to fetch the WebAssembly module first";
  const instructions = vectorInstructions();
  if (instructions === null) return "WebAssembly has no vector instructions here";
  const { existsSync, readFileSync } = get("node:fs");
  const { fileURLToPath } = get("node:url");
  const packaged = fileURLToPath(modules[instructions]);
  const name = packaged.slice(packaged.search(/[^/\\]*$/));
  // The sources lie a folder higher than what is compiled from them.
  const path = [packaged, fileURLToPath(new URL(`../../../../native/wasm/${name}`, import.meta.url))].find((candidate) =>
    existsSync(candidate),
  );
  if (path === undefined) return `native/wasm/${name} is not there`;
  try {
    return libraryOf(new WebAssembly.Instance(new WebAssembly.Module(readFileSync(path))), instructions);
  } catch (error) {
    return `the WebAssembly module does not load: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The library of this page, whose module is fetched from beside the package; a text says why it is not there. */
export async function fetchWasm(): Promise<WasmLibrary | string> {
  if (loaded === null || typeof loaded === "string") loaded = await fetched();
  return loaded;
}

async function fetched(): Promise<WasmLibrary | string> {
  const instructions = vectorInstructions();
  if (instructions === null) return "WebAssembly has no vector instructions here";
  try {
    const response = await fetch(modules[instructions]);
    if (!response.ok) return `${response.url} does not load: ${response.status} ${response.statusText}`;
    const { instance } = await WebAssembly.instantiate(await response.arrayBuffer());
    return libraryOf(instance, instructions);
  } catch (error) {
    return `the WebAssembly module does not load: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function libraryOf({ exports }: WebAssembly.Instance, instructions: Instructions): WasmLibrary {
  const module = exports as Exports;
  const arena = new Arena(module);
  const blockAddress = module.fb_block();
  // A block of its own, since the module's memory is another buffer each time that it has grown.
  const block = new Float64Array(BLOCK_SIZE);
  const blockBytes = new Uint8Array(block.buffer);
  const find = (name: string): (() => number) => {
    const found = module[`fb_${name}_wasm`];
    if (typeof found === "function") return found as () => number;
    // Modules are built without the kernels that nothing would gain from: see native/build-wasm.mjs.
    return () => {
      throw new PlacementError(`the WebAssembly module has no kernel ${name}`);
    };
  };
  return {
    isa: "wasm",
    instructions,
    arena,
    block,
    blockAddress,
    kernel: (name) => {
      const kernel = find(name);
      return () => {
        arena.bytes.set(blockBytes, blockAddress);
        kernel();
        arena.finish();
      };
    },
    text: (name) => {
      const start = find(name)();
      const { bytes } = arena;
      return new TextDecoder().decode(bytes.subarray(start, bytes.indexOf(0, start)));
    },
    // What is not an operand stays.
    address: (data) => {
      const copied = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      const address = arena.allocate(copied.length);
      if (address === 0) throw new DeviceError(`WebAssembly has no memory for ${copied.length} bytes`);
      arena.bytes.set(copied, address);
      return address;
    },
    thresholds: wasmThresholds,
    threads: 1,
    setThreads: () => {},
  };
}
