/** The WebAssembly modules of the CPU kernels: found, compiled and called. */

import type { NativeLibrary } from "../native/library.js";
import { Arena, type Memory } from "./arena.js";
import { type Instructions, vectorInstructions } from "./features.js";

/** A module in use. */
export interface WasmLibrary extends NativeLibrary {
  /** The vector instructions that it uses. */
  readonly instructions: Instructions;
  /** Where operands are copied to. */
  readonly arena: Arena;
}

/** The file names of the modules, below `native/wasm`. */
const files: { readonly [instructions in Instructions]: string } = {
  simd128: "flambeau-simd.wasm",
  "relaxed-simd": "flambeau-relaxed.wasm",
};

/** Where the modules may lie from here: beside the sources, and beside the compiled package. */
const places = ["../../../../native/wasm/", "../../../../../native/wasm/"];

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
  const paths = places.map((place) => fileURLToPath(new URL(`${place}${files[instructions]}`, import.meta.url)));
  const path = paths.find((candidate) => existsSync(candidate));
  if (path === undefined) return `native/wasm/${files[instructions]} is not there`;
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
  let reason = "";
  for (const place of places) {
    try {
      const response = await fetch(new URL(`${place}${files[instructions]}`, import.meta.url));
      if (!response.ok) {
        reason = `${response.url}: ${response.status} ${response.statusText}`;
        continue;
      }
      const { instance } = await WebAssembly.instantiate(await response.arrayBuffer());
      return libraryOf(instance, instructions);
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
  }
  return `the WebAssembly module does not load: ${reason}`;
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
    if (typeof found !== "function") throw new Error(`the module has no kernel ${name}`);
    return found as () => number;
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
      const address = module.fb_allocate(copied.length);
      arena.bytes.set(copied, address);
      return address;
    },
    threads: 1,
    setThreads: () => {},
  };
}
