/** A pointwise program over many lists of operands in one native call. */

import type { KernelTable } from "../../../backend/contract.js";
import { type DType, float32, float64 } from "../../../core/dtype.js";
import type { Program } from "../../../expr/program.js";
import type { CpuOperand, CpuStorage } from "../storage.js";
import { GRAIN_COST, LEAST_ELEMENTS } from "../thresholds.js";
import type { Arguments } from "./arguments.js";
import { encode, type StepTable } from "./encode.js";
import type { NativeLibrary } from "./library.js";
import { type Plan, planFrom } from "./pointwise.js";

type Each = NonNullable<KernelTable<CpuStorage>["pointwiseEach"]>;

/** Lists of fewer elements than this on the average are faster in JavaScript: one costs the kernel about 150 ns before its first element. */
const LEAST_OF_LIST = 24;

/** The native `pointwiseEach`, with `otherwise` for what it does not take. */
export function nativePointwiseEach(library: NativeLibrary, args: Arguments, steps: StepTable, otherwise: Each, always: boolean): Each {
  const kernel = library.kernel("pointwise_each");
  let table = new Float64Array(0);
  let tableAddress = 0;

  const planOf = (program: Program, compute: DType, width: number, written: readonly number[]): Plan | null => {
    const key = `each of ${compute.name}`;
    const known = program.encoded.get(key) as Plan | null | undefined;
    if (known !== undefined) return known;
    // An input that is an output as it is would be read where another output may have been written.
    const passes = program.outputs.some((output) => output.kind === "input");
    const given = Array.from({ length: program.arity }, (_, k) => (k < width ? compute : null));
    const outputs = written.map(() => compute);
    const plan = passes ? null : planFrom(encode(program, steps, compute, outputs, given), library);
    program.encoded.set(key, plan);
    return plan;
  };

  /** Writes the table of lists: for each the number of its first block, its size and addresses. Gives the number of blocks. */
  const list = (operands: readonly CpuOperand[], width: number, block: number): number => {
    const length = (operands.length / width) * (width + 2);
    if (table.length < length) {
      table = new Float64Array(2 * length + 128);
      tableAddress = library.address(table);
    }
    let at = 0;
    let blocks = 0;
    for (let i = 0; i < operands.length; i += width) {
      const { count } = operands[i] as CpuOperand;
      table[at++] = blocks;
      table[at++] = count;
      for (let k = 0; k < width; k++) table[at++] = args.address(operands[i + k] as CpuOperand);
      blocks += Math.ceil(count / block);
    }
    return blocks;
  };

  return (program, compute, operands, width, written, numbers) => {
    let total = 0;
    for (let i = 0; i < operands.length; i += width) total += (operands[i] as CpuOperand).count;
    const lists = operands.length / width;
    const isSmall = total < LEAST_ELEMENTS || total < LEAST_OF_LIST * lists;
    const isNative = (compute === float32 || compute === float64) && (always || !isSmall);
    const plan = isNative ? planOf(program, compute, width, written) : null;
    if (plan === null) return otherwise(program, compute, operands, width, written, numbers);
    const block = 2048 / compute.itemsize;
    const blocks = list(operands, width, block);
    const grain = Math.max(1, Math.round((GRAIN_COST * blocks) / (plan.encoded.cost * total)));
    args.at = 0;
    for (const value of [plan.address, grain, lists, width, blocks, tableAddress]) args.put(value);
    for (const { index } of plan.encoded.outputs) args.put(written[index] as number);
    const { leaves } = plan.encoded;
    for (let k = 0; k < leaves.length; k++) {
      const index = leaves[k]?.index as number;
      args.put(index < width ? index : -1);
      if (index >= width) args.number(numbers[index - width] as number, k, plan.encoded);
    }
    kernel();
    return true;
  };
}
