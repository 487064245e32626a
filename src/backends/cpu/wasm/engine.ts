/** The WebAssembly engine: the kernels of `native/` in a module, over copies of the operands. */

import { denseOperand, move } from "../js/move.js";
import { type Kernels, nativeKernels } from "../native/engine.js";
import type { CpuOperand } from "../storage.js";
import { EACH_ELEMENTS, TABLE_SHARE } from "../thresholds.js";
import { PlacementError } from "./arena.js";
import { CopyingArguments } from "./arguments.js";
import { chunked } from "./chunks.js";
import type { WasmLibrary } from "./library.js";

/** A kernel that leaves to another one what cannot be copied to the module. */
function or<A extends unknown[], R>(kernel: (...args: A) => R, otherwise: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    try {
      return kernel(...args);
    } catch (error) {
      // It is thrown before the kernel runs.
      if (!(error instanceof PlacementError)) throw error;
      return otherwise(...args);
    }
  };
}

/** A dense operand like another one. */
const like = ({ dtype, shape }: CpuOperand): CpuOperand => denseOperand(dtype, shape);

/**
 * The kernels of a module over those of the js engine; `always` gives it small operands too, for tests. It has the families whose kernels say
 * which operands they write, and for which copies cost less than they gain; the js engine keeps the others.
 */
export function wasmKernels(library: WasmLibrary, js: Kernels, always: boolean): Kernels {
  const wasm = nativeKernels(library, js, always, new CopyingArguments(library, library.arena));
  const rows = or(wasm.indexGet, js.indexGet);
  const pointwise = chunked(or(wasm.pointwise, js.pointwise));
  return {
    ...js,
    pointwise,
    pointwiseEach: (program, compute, operands, width, written, numbers) => {
      const total = operands.reduce((sum, { count }) => sum + count, 0);
      if (!always && total < EACH_ELEMENTS * operands.length) return js.pointwiseEach(program, compute, operands, width, written, numbers);
      for (let i = 0; i < operands.length; i += width) {
        const list = operands.slice(i, i + width);
        const outputs = written.map((place) => list[place] as CpuOperand);
        pointwise(program, compute, outputs, [...list, ...numbers]);
      }
      return true;
    },
    reduce: or(wasm.reduce, js.reduce),
    softmax: or(wasm.softmax, js.softmax),
    layerNorm: wasm.layerNorm,
    layerNormBackward: wasm.layerNormBackward,
    batchNorm: wasm.batchNorm,
    batchNormBackward: wasm.batchNormBackward,
    recurrence: or(wasm.recurrence, () => false),
    // Where outputs lie among each other, they are moved there from dense ones.
    attention: or(wasm.attention, ({ output, logsumexp }, inputs) => {
      const results = { output: like(output), logsumexp: like(logsumexp) };
      wasm.attention(results, inputs);
      move(output, results.output);
      move(logsumexp, results.logsumexp);
    }),
    attentionBackward: or(wasm.attentionBackward, ([query, key, value], grad, outputs, inputs) => {
      const results = [like(query), like(key), like(value)] as const;
      wasm.attentionBackward(results, grad, outputs, inputs);
      move(query, results[0]);
      move(key, results[1]);
      move(value, results[2]);
    }),
    matmul: or(wasm.matmul, js.matmul),
    conv: or(wasm.conv, js.conv),
    convTranspose: or(wasm.convTranspose, js.convTranspose),
    convWeight: or(wasm.convWeight, js.convWeight),
    maxPool: or(wasm.maxPool, js.maxPool),
    maxPoolBackward: or(wasm.maxPoolBackward, js.maxPoolBackward),
    avgPool: or(wasm.avgPool, js.avgPool),
    avgPoolBackward: or(wasm.avgPoolBackward, js.avgPoolBackward),
    sort: or(wasm.sort, js.sort),
    indexGet: (output, input, indices) => {
      // The whole table would be copied.
      if (!always && output.count < TABLE_SHARE * input.count) js.indexGet(output, input, indices);
      else rows(output, input, indices);
    },
  };
}
