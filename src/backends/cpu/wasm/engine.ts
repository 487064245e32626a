/** The WebAssembly engine: the kernels of `native/` in a module, over copies of the operands. */

import type { Kernels } from "../native/engine.js";
import { nativeKernels } from "../native/engine.js";
import { TABLE_SHARE } from "../thresholds.js";
import { PlacementError } from "./arena.js";
import { CopyingArguments } from "./arguments.js";
import { chunked } from "./chunks.js";
import type { WasmLibrary } from "./library.js";

/** The kernels of a module over those of the js engine; `always` gives it small operands too, for tests. */
export function wasmKernels(library: WasmLibrary, js: Kernels, always: boolean): Kernels {
  const { arena } = library;
  const wasm = nativeKernels(library, js, always, new CopyingArguments(library, arena));

  /** A kernel that leaves to another one what cannot be copied to the module. */
  const or = <A extends unknown[]>(kernel: (...args: A) => void, otherwise: (...args: A) => void): ((...args: A) => void) => {
    return (...args) => {
      try {
        kernel(...args);
      } catch (error) {
        arena.release();
        if (!(error instanceof PlacementError)) throw error;
        otherwise(...args);
      }
    };
  };

  const rows = or(wasm.indexGet, js.indexGet);
  return {
    ...wasm,
    pointwise: chunked(or(wasm.pointwise, js.pointwise)),
    reduce: or(wasm.reduce, js.reduce),
    softmax: or(wasm.softmax, js.softmax),
    matmul: or(wasm.matmul, js.matmul),
    conv: or(wasm.conv, js.conv),
    convTranspose: or(wasm.convTranspose, js.convTranspose),
    convWeight: or(wasm.convWeight, js.convWeight),
    maxPool: or(wasm.maxPool, js.maxPool),
    avgPool: or(wasm.avgPool, js.avgPool),
    avgPoolBackward: or(wasm.avgPoolBackward, js.avgPoolBackward),
    indexGet: (output, input, indices) => {
      if (!always && output.count < TABLE_SHARE * input.count) js.indexGet(output, input, indices);
      else rows(output, input, indices);
    },
    sort: or(wasm.sort, js.sort),
  };
}
