/** Attention by the native kernels. */

import type { AttentionInputs, AttentionOutputs, KernelTable } from "../../../backend/contract.js";
import { float64 } from "../../../core/dtype.js";
import type { CpuOperand, CpuStorage } from "../storage.js";
import type { Arguments } from "./arguments.js";
import type { NativeLibrary } from "./library.js";

type Table = KernelTable<CpuStorage>;

/** The native `attention` and `attentionBackward`. */
export function nativeAttention(library: NativeLibrary, args: Arguments): Required<Pick<Table, "attention" | "attentionBackward">> {
  const forward = { single: library.kernel("attention_float32"), double: library.kernel("attention_float64") };
  const backward = { single: library.kernel("attention_backward_float32"), double: library.kernel("attention_backward_float64") };

  /** Writes an operand: its address and four strides, those behind the last dimension being 0. */
  const place = (operand: CpuOperand | null, isOutput: boolean): void => {
    args.put(operand === null ? 0 : isOutput ? args.target(operand) : args.address(operand));
    for (let d = 0; d < 4; d++) args.put(operand?.strides[d] ?? 0);
  };

  const begin = ({ output, logsumexp }: AttentionOutputs<CpuStorage>, inputs: AttentionInputs<CpuStorage>, isForward: boolean): void => {
    const { query, key, value, mask } = inputs;
    const [batches, heads, length, size] = query.shape as [number, number, number, number];
    const [, shared, sources] = key.shape as [number, number, number, number];
    args.at = 0;
    for (const count of [batches, heads, heads / shared, length, sources, size, value.shape[3] as number]) args.put(count);
    args.put(inputs.causal ? 1 : 0);
    args.put(inputs.scale);
    for (const operand of [query, key, value, mask]) place(operand, false);
    for (const operand of [output, logsumexp]) place(operand, isForward);
  };

  return {
    attention: (outputs, inputs) => {
      if (outputs.logsumexp.count === 0) return;
      begin(outputs, inputs, true);
      (inputs.query.dtype === float64 ? forward.double : forward.single)();
    },
    attentionBackward: (gradients, grad, outputs, inputs) => {
      if (inputs.query.shape[0] === 0 || inputs.key.shape[1] === 0) return;
      begin(outputs, inputs, false);
      place(grad, false);
      for (const operand of gradients) place(operand, true);
      (inputs.query.dtype === float64 ? backward.double : backward.single)();
    },
  };
}
